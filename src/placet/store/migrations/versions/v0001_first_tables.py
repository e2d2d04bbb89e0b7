"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "entries",
        sa.Column("index", number, primary_key=True, autoincrement=False),
        sa.Column("leaf", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("origin", text, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary(32), nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "parties",
        sa.Column("key", text, primary_key=True),
        sa.Column("index", number, sa.ForeignKey("entries.index"), nullable=False),
        sa.Column("role", text, nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("last", text, nullable=False),
    )
    op.create_table(
        "works",
        sa.Column("id", text, primary_key=True),
        sa.Column("by", text, sa.ForeignKey("parties.key"), nullable=False),
        sa.Column("index", number, sa.ForeignKey("entries.index"), nullable=False),
        sa.Column("sha256", text, nullable=False),
        sa.Column("record", sa.LargeBinary, nullable=False),
    )
    op.create_index("works_by_digest", "works", ["sha256"])
    op.create_index("works_by_party", "works", ["by"])
    op.create_table(
        "declarations",
        sa.Column("index", number, sa.ForeignKey("entries.index"), primary_key=True, autoincrement=False),
        sa.Column("id", text, nullable=False, unique=True),
        sa.Column("by", text, sa.ForeignKey("parties.key"), nullable=False),
        sa.Column("stance", text, nullable=False),
        sa.Column("uses", sa.JSON, nullable=False),
        sa.Column("start", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("territory", sa.JSON, nullable=False),
        sa.Column("agent", text, nullable=False),
        sa.Column("right", text, nullable=False),
        sa.Column("terms", text, nullable=False),
        sa.Column("withdraws", number, sa.ForeignKey("declarations.index")),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "declaration_subjects",
        sa.Column("index", number, sa.ForeignKey("declarations.index"), nullable=False),
        sa.Column("kind", text, nullable=False),
        sa.Column("subject", text, nullable=False),
        sa.UniqueConstraint("index", "kind", "subject"),
    )
    op.create_index("declarations_by_subject", "declaration_subjects", ["kind", "subject"])


def downgrade() -> None:
    for name in ("declaration_subjects", "declarations", "works", "parties", "checkpoints", "entries"):
        op.drop_table(name)
