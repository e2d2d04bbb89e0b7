"""A party's name leaves the tables: its column holds the commitment, as the log does."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    names = sa.table("parties", sa.column("key"), sa.column("index"), sa.column("name"))
    said = sa.table("entries", sa.column("index"), sa.column("data"))
    connection = op.get_bind()
    query = sa.select(names.c.key, said.c.data).join(said, names.c.index == said.c.index)
    rows = [(key, json.loads(bytes(data))["body"]["name"]) for key, data in connection.execute(query)]
    if rows:
        change = sa.update(names).where(names.c.key == sa.bindparam("whose")).values(name=sa.bindparam("commitment"))
        connection.execute(change, [{"whose": key, "commitment": name} for key, name in rows])


def downgrade() -> None:
    """Names stay away: `placet fsck --rebuild` of an older release reads those that lie open."""
    op.execute(sa.update(sa.table("parties", sa.column("name"))).values(name=""))
