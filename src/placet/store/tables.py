"""The tables.  `entries` and `checkpoints` belong to the log; the rest is projected from the entries.

Text is compared by its bytes in every database: the order of rows is the order of a snapshot.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "METADATA",
    "PROJECTED",
    "SCHEMA",
    "TEXT",
    "acts",
    "checkpoints",
    "declarations",
    "entries",
    "line_subjects",
    "lines",
    "parties",
    "spoken",
    "works",
]

SCHEMA = "0003"  # the newest Alembic revision this release writes and reads

METADATA = MetaData()
TEXT = Text().with_variant(Text(collation="C"), "postgresql")  # SQLite's own is BINARY

entries = Table(
    "entries",
    METADATA,
    Column("index", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("leaf", LargeBinary(32), nullable=False, unique=True),
    Column("data", LargeBinary, nullable=False),
)

checkpoints = Table(
    "checkpoints",
    METADATA,
    Column("origin", TEXT, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("note", LargeBinary, nullable=False),
)

parties = Table(
    "parties",
    METADATA,
    Column("key", TEXT, primary_key=True),
    Column("index", ForeignKey("entries.index"), nullable=False),
    Column("role", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    Column("last", TEXT, nullable=False),
)

works = Table(
    "works",
    METADATA,
    Column("id", TEXT, primary_key=True),
    Column("by", ForeignKey("parties.key"), nullable=False),
    Column("index", ForeignKey("entries.index"), nullable=False),
    Column("sha256", TEXT, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Index("works_by_digest", "sha256"),
    Index("works_by_party", "by"),
)

declarations = Table(
    "declarations",
    METADATA,
    Column("index", ForeignKey("entries.index"), primary_key=True, autoincrement=False),
    Column("id", TEXT, nullable=False, unique=True),
    Column("by", ForeignKey("parties.key"), nullable=False),
    Column("stance", TEXT, nullable=False),
    Column("uses", JSON, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("territory", JSON, nullable=False),
    Column("agent", TEXT, nullable=False),
    Column("right", TEXT, nullable=False),
    Column("terms", TEXT, nullable=False),
    Column("withdraws", ForeignKey("declarations.index")),
    Column("at", BigInteger, nullable=False),
)

spoken = Table(
    "declaration_subjects",
    METADATA,
    Column("index", ForeignKey("declarations.index"), nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("subject", TEXT, nullable=False),
    UniqueConstraint("index", "kind", "subject"),
    Index("declarations_by_subject", "kind", "subject"),
)

acts = Table(
    "acts",
    METADATA,
    Column("index", ForeignKey("entries.index"), primary_key=True, autoincrement=False),
    Column("id", TEXT, nullable=False, unique=True),
    Column("by", ForeignKey("parties.key"), nullable=False),
    Column("role", TEXT, nullable=False),
    Column("type", TEXT, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", JSON, nullable=False),
)

lines = Table(
    "lines",
    METADATA,
    Column("index", ForeignKey("acts.index"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", TEXT, nullable=False),
    Column("by", TEXT, nullable=False),
    Column("record", LargeBinary, nullable=False),
    UniqueConstraint("index", "number"),
)

line_subjects = Table(
    "line_subjects",
    METADATA,
    Column("index", ForeignKey("acts.index"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("subject", TEXT, nullable=False),
    UniqueConstraint("index", "number", "subject"),
    Index("lines_by_subject", "subject"),
)

# Emptied and filled again by a rebuild, in this order.
PROJECTED = (parties, works, declarations, spoken, acts, lines, line_subjects)
