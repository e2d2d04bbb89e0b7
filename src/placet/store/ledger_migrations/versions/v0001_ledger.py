"""The ledger's first tables, and the triggers that keep them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("ledger_claimants", "ledger_transfers", "ledger_portions", "ledger_runs", "ledger_accounts")
KEPT = "ledger.kept: what stands in the ledger is neither changed nor deleted"
CLOSED = "ledger.closed: the run is complete and takes nothing more"
IMBALANCE = "ledger.imbalance: the transfers of the run do not come to what it divides"

# Each is true of a run that must not be written; codes are those of placet.store.ledger_tables.  Rows are counted where
# EXISTS would do: PostgreSQL plans EXISTS for a row that is found soon, and here none ever is.
WRONG = """
(SELECT COALESCE(SUM(t.amount), 0) FROM ledger_transfers t WHERE t.run = NEW.number AND t.code = 1) <> NEW.total
OR (SELECT COALESCE(SUM(p.amount), 0) FROM ledger_portions p WHERE p.run = NEW.number) <> NEW.total
OR (SELECT COALESCE(SUM(t.amount), 0) FROM ledger_transfers t WHERE t.run = NEW.number AND t.code = 2)
    <> COALESCE((SELECT r.total FROM ledger_runs r WHERE r.number = NEW.corrects), 0)
OR EXISTS (SELECT 1 FROM ledger_runs r WHERE r.number = NEW.corrects
    AND (r.ledger <> NEW.ledger OR r.reference <> NEW.reference))
OR (SELECT COUNT(*) FROM ledger_transfers t JOIN ledger_accounts d ON d.id = t.debit
    JOIN ledger_accounts c ON c.id = t.credit WHERE t.run = NEW.number
    AND (d.ledger <> NEW.ledger OR c.ledger <> NEW.ledger OR NOT (
        (t.code = 1 AND d.code = 1 AND c.code IN (2, 3, 4)) OR (t.code = 2 AND d.code IN (2, 3, 4) AND c.code = 1)
        OR (t.code = 3 AND d.code = 2 AND c.code = 5 AND d.owner = c.owner)))) > 0
OR (SELECT COUNT(*) FROM ledger_portions p LEFT JOIN (SELECT t.portion, SUM(t.amount) AS amount
    FROM ledger_transfers t WHERE t.run = NEW.number AND t.code = 1 GROUP BY t.portion) s
    ON s.portion = p.number WHERE p.run = NEW.number AND p.amount <> COALESCE(s.amount, 0)) > 0
"""
OVER = "EXISTS (SELECT 1 FROM ledger_runs r WHERE r.number = NEW.run)"
SAME = {
    "ledger_accounts": "SELECT 1 FROM ledger_accounts a WHERE a.id = NEW.id OR (a.ledger = NEW.ledger"
    ' AND a.code = NEW.code AND a.owner = NEW.owner AND a."right" = NEW."right")',
    "ledger_runs": "SELECT 1 FROM ledger_runs r WHERE r.number = NEW.number OR r.id = NEW.id",
}


def upgrade() -> None:
    _create_tables()
    (_keep_sqlite if op.get_bind().dialect.name == "sqlite" else _keep_postgres)()


def _create_tables() -> None:
    text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")

    def of_run() -> sa.Column[int]:
        later = sa.ForeignKey("ledger_runs.number", deferrable=True, initially="DEFERRED")
        return sa.Column("run", number, later, primary_key=True)

    op.create_table(
        "ledger_accounts",
        sa.Column("id", number, primary_key=True, autoincrement=False),
        sa.Column("ledger", text, nullable=False),
        sa.Column("code", sa.SmallInteger, nullable=False),
        sa.Column("owner", text, nullable=False),
        sa.Column("right", text, nullable=False),
        sa.Column("name", text, nullable=False),
        sa.UniqueConstraint("ledger", "code", "owner", "right"),
    )
    op.create_table(
        "ledger_runs",
        sa.Column("number", number, primary_key=True, autoincrement=False),
        sa.Column("id", text, nullable=False, unique=True),
        sa.Column("ledger", text, nullable=False),
        sa.Column("total", sa.BigInteger, sa.CheckConstraint("total > 0"), nullable=False),
        sa.Column("reference", text, nullable=False),
        sa.Column("corrects", number, sa.ForeignKey("ledger_runs.number"), unique=True),
        sa.Column("manifest", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    _create_index("ledger_one_reference", "ledger_runs", "reference", "corrects IS NULL", unique=True)
    op.create_table(
        "ledger_portions",
        of_run(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("basis", text, nullable=False),
        sa.Column("work", text, nullable=False),
        sa.Column("weight", text, nullable=False),
        sa.Column("amount", sa.BigInteger, sa.CheckConstraint("amount >= 0"), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_transfers",
        of_run(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("debit", number, sa.ForeignKey("ledger_accounts.id"), nullable=False),
        sa.Column("credit", number, sa.ForeignKey("ledger_accounts.id"), nullable=False),
        sa.Column("amount", sa.BigInteger, sa.CheckConstraint("amount > 0"), nullable=False),
        sa.Column("code", sa.SmallInteger, nullable=False),
        sa.Column("portion", sa.Integer),
        sa.Column("share", text, nullable=False),
        sa.CheckConstraint("debit <> credit"),
        sqlite_with_rowid=False,
    )
    op.create_index("ledger_by_credit", "ledger_transfers", ["credit"])
    _create_index("ledger_by_debit", "ledger_transfers", "debit", "code <> 1", unique=False)
    op.create_table(
        "ledger_claimants",
        of_run(),
        sa.Column("portion", sa.Integer, primary_key=True),
        sa.Column("party", text, primary_key=True),
        sa.Column("share", text, primary_key=True),
    )
    op.create_index("ledger_by_claimant", "ledger_claimants", ["party"])


def _create_index(name: str, table: str, column: str, where: str, *, unique: bool) -> None:
    some = sa.text(where)
    op.create_index(name, table, [column], unique=unique, sqlite_where=some, postgresql_where=some)


def _keep_sqlite() -> None:
    for table in TABLES:
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_{act.lower()} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
            )
    for table, same in SAME.items():  # or INSERT OR REPLACE would delete a row without a DELETE
        op.execute(
            f"CREATE TRIGGER {table}_same BEFORE INSERT ON {table} WHEN EXISTS ({same})"
            f" BEGIN SELECT RAISE(ABORT, '{KEPT}'); END"
        )
    for table in TABLES[:3]:
        op.execute(
            f"CREATE TRIGGER {table}_closed BEFORE INSERT ON {table}"
            f" WHEN {OVER} BEGIN SELECT RAISE(ABORT, '{CLOSED}'); END"
        )
    op.execute(
        f"CREATE TRIGGER ledger_balance BEFORE INSERT ON ledger_runs WHEN {WRONG}"
        f" BEGIN SELECT RAISE(ABORT, '{IMBALANCE}'); END"
    )


def _keep_postgres() -> None:
    for name, test, sentence in (
        ("kept", "TRUE", KEPT),
        ("closed", OVER, CLOSED),
        ("balance", WRONG, IMBALANCE),
    ):
        op.execute(
            f"CREATE FUNCTION ledger_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {test} THEN"
            f" RAISE EXCEPTION '{sentence}'; END IF; RETURN NEW; END $$"
        )
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION ledger_kept()"
        )
    for table in TABLES[:3]:
        op.execute(
            f"CREATE TRIGGER {table}_closed BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION ledger_closed()"
        )
    op.execute(
        "CREATE TRIGGER ledger_balance BEFORE INSERT ON ledger_runs FOR EACH ROW EXECUTE FUNCTION ledger_balance()"
    )


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        for name in ("kept", "closed", "balance"):
            op.execute(f"DROP FUNCTION ledger_{name}()")
