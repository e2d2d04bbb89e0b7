"""Acts (who may speak for what), and the lines of sheets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "acts",
        sa.Column("index", number, sa.ForeignKey("entries.index"), primary_key=True, autoincrement=False),
        sa.Column("id", text, nullable=False, unique=True),
        sa.Column("by", text, sa.ForeignKey("parties.key"), nullable=False),
        sa.Column("role", text, nullable=False),
        sa.Column("type", text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
    )
    op.create_table(
        "lines",
        sa.Column("index", number, sa.ForeignKey("acts.index"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("by", text, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
        sa.UniqueConstraint("index", "number"),
    )
    op.create_table(
        "line_subjects",
        sa.Column("index", number, sa.ForeignKey("acts.index"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("subject", text, nullable=False),
        sa.UniqueConstraint("index", "number", "subject"),
    )
    op.create_index("lines_by_subject", "line_subjects", ["subject"])


def downgrade() -> None:
    for name in ("line_subjects", "lines", "acts"):
        op.drop_table(name)
