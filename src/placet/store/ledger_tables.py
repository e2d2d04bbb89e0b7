"""The ledger's tables, after TigerBeetle's accounts and transfers, and what their triggers hold to.

The ledger is no projection: nothing makes it again, so it is kept apart from the registry's tables, in a database of
its own by default, and `fsck` neither reads nor rebuilds it.  A transfer takes an amount from one account and gives it
to another of the same currency, so that all debits are all credits; a run's row is written last, and a trigger refuses
it unless its transfers come to its total (`ledger.imbalance`).  A run that has its row takes no more transfers
(`ledger.closed`), and no row is ever changed or deleted (`ledger.kept`).  Left out of TigerBeetle's shape: transfers
that are pending, and running balances, which are sums here.
"""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    UniqueConstraint,
    text,
)

from placet.store.database import Schema
from placet.store.tables import TEXT

__all__ = ["LEDGER", "METADATA", "Account", "Transfer", "accounts", "claimants", "portions", "runs", "transfers"]

LEDGER = Schema("0001", "ledger_migrations", "ledger_version")
METADATA = MetaData()
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class Account(IntEnum):
    """What an account is for.  POOL is where licence money comes in; its balance is what was ever divided."""

    POOL = 1
    OWED = 2  # to a party, not yet released
    UNCLAIMED = 3  # of a work
    DISPUTED = 4  # of a work
    DUE = 5  # to a party, released for payment


class Transfer(IntEnum):
    """Why an amount moved."""

    ALLOCATE = 1
    REVERSE = 2
    RELEASE = 3


accounts = Table(
    "ledger_accounts",
    METADATA,
    Column("id", _NUMBER, primary_key=True, autoincrement=False),
    Column("ledger", TEXT, nullable=False),
    Column("code", SmallInteger, nullable=False),
    Column("owner", TEXT, nullable=False),
    Column("right", TEXT, nullable=False),
    Column("name", TEXT, nullable=False),
    UniqueConstraint("ledger", "code", "owner", "right"),
)

runs = Table(
    "ledger_runs",
    METADATA,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("id", TEXT, nullable=False, unique=True),
    Column("ledger", TEXT, nullable=False),
    Column("total", BigInteger, CheckConstraint("total > 0"), nullable=False),
    Column("reference", TEXT, nullable=False),
    Column("corrects", ForeignKey("ledger_runs.number"), unique=True),
    Column("manifest", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ledger_one_reference", "reference", unique=True, sqlite_where=text("corrects IS NULL"),
          postgresql_where=text("corrects IS NULL")),
)  # fmt: skip

portions = Table(
    "ledger_portions",
    METADATA,
    Column("run", ForeignKey("ledger_runs.number", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("basis", TEXT, nullable=False),
    Column("work", TEXT, nullable=False),
    Column("weight", TEXT, nullable=False),
    Column("amount", BigInteger, CheckConstraint("amount >= 0"), nullable=False),
    sqlite_with_rowid=False,
)

transfers = Table(
    "ledger_transfers",
    METADATA,
    Column("run", ForeignKey("ledger_runs.number", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("debit", ForeignKey("ledger_accounts.id"), nullable=False),
    Column("credit", ForeignKey("ledger_accounts.id"), nullable=False),
    Column("amount", BigInteger, CheckConstraint("amount > 0"), nullable=False),
    Column("code", SmallInteger, nullable=False),
    Column("portion", Integer),
    Column("share", TEXT, nullable=False),
    CheckConstraint("debit <> credit"),
    Index("ledger_by_credit", "credit"),
    Index("ledger_by_debit", "debit", sqlite_where=text("code <> 1"), postgresql_where=text("code <> 1")),
    sqlite_with_rowid=False,
)

claimants = Table(
    "ledger_claimants",
    METADATA,
    Column("run", ForeignKey("ledger_runs.number", deferrable=True, initially="DEFERRED"), primary_key=True),
    Column("portion", Integer, primary_key=True),
    Column("party", TEXT, primary_key=True),
    Column("share", TEXT, primary_key=True),
    Index("ledger_by_claimant", "party"),
)
