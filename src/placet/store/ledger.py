"""The ledger in SQL: posting a run, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, islice
from typing import Any

import numpy as np
from sqlalchemy import Connection, Dialect, Engine, Table, func, literal, select

from placet.core.money import MOST, Money
from placet.errors import NotFound, Refused, StoreDamaged
from placet.licensing.claims import AGREED, DISPUTED
from placet.licensing.ports import Kept, Posted, Recorded
from placet.licensing.run import Run
from placet.licensing.statement import Statement
from placet.store.database import writing
from placet.store.ledger_reading import balances, read_kept, read_statements
from placet.store.ledger_tables import Account, Transfer, accounts, claimants, portions, runs, transfers

__all__ = ["SqlLedger"]

_ROWS = 50_000
_CACHE = 512 << 10  # KiB
_UNNEST = "SELECT * FROM unnest({})"
_OWED, _ALLOCATE = Account.OWED.value, Transfer.ALLOCATE.value
Owner = tuple[int, str, str]  # an account's code, owner and right


class SqlLedger:
    """`placet.licensing.ports.Ledger` in SQL."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def post(self, run: Run, at: int, *, open_accounts: bool) -> Posted:
        currency = run.terms.pool.currency
        with writing(self._engine) as connection:
            _widen(connection)
            standing = _standing(connection, run)
            if standing is None:
                released, carried = _Posting(connection, run, open_accounts=open_accounts).write(at)
            else:
                released = _released(connection, standing)
                carried = sum(balances(connection, currency).values())
        return Posted(new=standing is None, released=Money(released, currency), carried=Money(carried, currency))

    def check(self, run: Run, *, open_accounts: bool) -> None:
        with self._engine.connect() as connection:
            if _standing(connection, run) is None:
                _Posting(connection, run, open_accounts=open_accounts).check()

    def find(self, start: str) -> Recorded:
        query = select(runs).where(runs.c.id.startswith(start.lower(), autoescape=True)).limit(2)
        with self._engine.connect() as connection:
            found = connection.execute(query).all()
            if len(found) != 1:
                why = "no run" if not found else "more than one run"
                raise NotFound(f"{why} of the ledger has an id that begins with {start!r}")
            newer = connection.execute(select(runs.c.id).where(runs.c.corrects == found[0].number)).scalar()
        row = found[0]
        return Recorded(
            id=row.id, number=row.number, manifest=bytes(row.manifest), at=row.at, corrected_by=str(newer or "")
        )

    def statements(self, party: str = "", run: str = "") -> Iterator[Statement]:
        yield from read_statements(self._engine, party, self.find(run).number if run else None)

    def kept(self) -> Iterator[Kept]:
        with self._engine.connect() as connection:
            yield from read_kept(connection)


def _widen(connection: Connection) -> None:
    """SQLite's page cache of 2 MB makes every row of a large run a read: what is not needed of this is not taken."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE}")


def _standing(connection: Connection, run: Run) -> int | None:
    """The number of this run, if it stands there with this result."""
    row = connection.execute(select(runs.c.number, runs.c.manifest).where(runs.c.id == run.id)).first()
    if row is None:
        return None
    if bytes(row.manifest) != run.manifest:
        raise StoreDamaged(
            f"run {run.id[:12]} stands in the ledger with another result: the same inputs came to something else"
            " there (run.changed)"
        )
    return int(row.number)


def _released(connection: Connection, number: int) -> int:
    query = select(func.coalesce(func.sum(transfers.c.amount), 0))
    released = connection.execute(query.where(transfers.c.run == number, transfers.c.code == Transfer.RELEASE))
    return int(released.scalar_one())


class _Posting:
    """One run on its way into the ledger, under the database's lock."""

    def __init__(self, connection: Connection, run: Run, *, open_accounts: bool) -> None:
        self._connection = connection
        self._run = run
        self._ledger = run.terms.pool.currency
        self._open = open_accounts
        column = accounts.c
        query = select(column.code, column.owner, column.right, column.id).where(column.ledger == self._ledger)
        self._ids: dict[Owner, int] = {tuple(key): id_ for *key, id_ in connection.execute(query)}

    def check(self) -> int | None:
        """The number of the run that this one corrects, if any; Refused where it may not be written."""
        self._check_gross()
        corrected = self._check_order()
        self._check_accounts()
        return corrected

    def write(self, at: int) -> tuple[int, int]:
        """What was released, and what all parties together are owed after that."""
        corrected = self.check()
        self._number = self._next(runs.c.number)
        self._transfers = count()
        self._open_all()
        self._write_portions()
        self._add(transfers, self._allocations())
        if corrected is not None:
            self._reverse(corrected)
        told = self._release()
        if self._connection.dialect.name == "postgresql":  # its planner would take the new rows for none
            self._connection.exec_driver_sql("ANALYZE ledger_accounts, ledger_portions, ledger_transfers")
        row = (self._number, self._run.id, self._ledger, self._run.terms.pool.amount, self._run.terms.reference)
        self._add(runs, [(*row, corrected, self._run.manifest, at)])
        return told

    def _check_gross(self) -> None:
        """All that was ever divided in a currency fits into 63 bits, so no sum over its transfers can overflow."""
        query = select(func.coalesce(func.sum(runs.c.total), 0)).where(runs.c.ledger == self._ledger)
        gross = int(self._connection.execute(query).scalar_one()) + self._run.terms.pool.amount
        if gross > MOST:
            raise Refused(
                f"all that was ever divided in {self._ledger} would come to {gross} smallest units, and the ledger"
                " counts to 63 bits (money.overflow)"
            )

    def _check_order(self) -> int | None:
        terms = self._run.terms
        if not terms.corrects:
            query = select(runs.c.id).where(runs.c.reference == terms.reference, runs.c.corrects.is_(None))
            if first := self._connection.execute(query).scalar():
                raise Refused(
                    f"{terms.reference!r} was divided before, by run {first[:12]}: give other money another"
                    " reference, or correct that run with --correct (run.reference)"
                )
            return None
        old = self._connection.execute(select(runs).where(runs.c.id == terms.corrects)).first()
        if old is None:
            raise NotFound(f"there is no run {terms.corrects[:12]} to correct")
        if (old.ledger, old.reference) != (self._ledger, terms.reference):
            raise Refused(
                f"run {old.id[:12]} divided {old.reference!r} in {old.ledger}, and a correction is of the same"
                " (run.reference)"
            )
        if newer := self._connection.execute(select(runs.c.id).where(runs.c.corrects == old.number)).scalar():
            raise Refused(f"run {old.id[:12]} was corrected by run {newer[:12]}: correct that one (run.corrected)")
        return int(old.number)

    def _parties(self) -> set[str]:
        agreed = {party for party in self._run.allocations.party if party}
        return agreed | {party for _, party, _ in self._run.claimants}

    def _check_accounts(self) -> None:
        if self._open:
            return
        missing = sorted(party for party in self._parties() if (Account.OWED, party, "") not in self._ids)
        if missing:
            more = f", and {len(missing) - 1} more have none" if len(missing) > 1 else ""
            raise Refused(
                f"party {missing[0]} has no account in {self._ledger}{more}: is the name right?"
                " --open-accounts opens them (party.no-account)"
            )

    def _open_all(self) -> None:
        """Every account that this run needs, opened where it was not there."""
        right = self._run.terms.scope.right
        wanted: dict[Owner, str] = {(Account.POOL, "", ""): "licence money"}
        wanted |= {(Account.OWED, party, ""): self._run.names.get(party, "") for party in sorted(self._parties())}
        found = self._run.allocations
        for kind, portion, amount in zip(
            found.kind.tolist(), found.portion.tolist(), found.amount.tolist(), strict=True
        ):
            if kind != AGREED and amount:
                wanted.setdefault((_held(kind), self._run.work[portion], right), "")
        self._open_accounts(wanted)

    def _open_accounts(self, wanted: dict[Owner, str]) -> None:
        fresh = [owner for owner in wanted if owner not in self._ids]
        ids = dict(zip(fresh, count(self._next(accounts.c.id)), strict=False))
        rows = ((ids[owner], self._ledger, owner[0], owner[1], owner[2], wanted[owner]) for owner in fresh)
        self._add(accounts, rows)
        self._ids |= ids

    def _write_portions(self) -> None:
        run, number = self._run, self._number
        columns = (run.basis, run.work, map(str, run.weight), run.amount.tolist())
        self._add(portions, ((number, place, *row) for place, row in enumerate(zip(*columns, strict=True))))
        self._add(claimants, ((number, *row) for row in run.claimants))

    def _allocations(self) -> Iterator[Sequence[Any]]:
        """In the order of the accounts they go to, as the index over them is: each row next to the one before."""
        found, pool = self._run.allocations, self._ids[Account.POOL, "", ""]
        kinds, portions_, amounts = found.kind.tolist(), found.portion.tolist(), found.amount.tolist()
        owners = map(self._owner, kinds, found.party, portions_)
        credit = [self._ids[owner] if amount else 0 for owner, amount in zip(owners, amounts, strict=True)]
        for row in np.argsort(np.array(credit, np.int64), kind="stable").tolist():
            if amounts[row]:
                number, share = next(self._transfers), found.share[row]
                yield self._number, number, pool, credit[row], amounts[row], _ALLOCATE, portions_[row], share

    def _owner(self, kind: int, party: str, portion: int) -> Owner:
        if kind == AGREED:
            return _OWED, party, ""
        return _held(kind).value, self._run.work[portion], self._run.terms.scope.right

    def _reverse(self, corrected: int) -> None:
        """What the corrected run allocated, the other way round; what it released stays released."""
        column, first = transfers.c, next(self._transfers)
        old = select(
            literal(self._number), column.number + first, column.credit, column.debit, column.amount,
            literal(Transfer.REVERSE.value), column.portion, column.share,
        ).where(column.run == corrected, column.code == Transfer.ALLOCATE)  # fmt: skip
        self._connection.execute(transfers.insert().from_select([each.name for each in transfers.c], old))
        last = select(func.max(column.number)).where(column.run == self._number)
        self._transfers = count(int(self._connection.execute(last).scalar_one()) + 1)

    def _release(self) -> tuple[int, int]:
        """Whatever a party is owed goes to what is due to her, once it is at least the threshold."""
        threshold = self._run.terms.threshold
        least = max(threshold.amount if threshold is not None else 1, 1)
        balance = self._balances()
        owed = {owner: amount for owner, amount in balance.items() if amount >= least}
        self._open_accounts({(Account.DUE, owner, ""): "" for owner in sorted(owed)})
        self._add(transfers, (self._released(owner, amount) for owner, amount in sorted(owed.items())))
        released = sum(owed.values())
        return released, sum(balance.values()) - released

    def _released(self, owner: str, amount: int) -> Sequence[Any]:
        owed, due = self._ids[Account.OWED, owner, ""], self._ids[Account.DUE, owner, ""]
        return self._number, next(self._transfers), owed, due, amount, Transfer.RELEASE.value, None, ""

    def _balances(self) -> dict[str, int]:
        """What each party is owed now; what this run allocates is taken from memory."""
        found = balances(self._connection, self._ledger, self._number)
        for owner, amount in self._taken_back():
            found[owner] = found.get(owner, 0) - amount
        mine = self._run.allocations
        for party, kind, amount in zip(mine.party, mine.kind.tolist(), mine.amount.tolist(), strict=True):
            if kind == AGREED:
                found[party] = found.get(party, 0) + amount
        return found

    def _taken_back(self) -> Iterator[tuple[str, int]]:
        """What this run reverses of each party's."""
        if not self._run.terms.corrects:
            return
        column = transfers.c
        query = select(column.debit, func.sum(column.amount)).group_by(column.debit)
        owners = {id_: owner for (code, owner, _), id_ in self._ids.items() if code == Account.OWED}
        for id_, amount in self._connection.execute(
            query.where(column.run == self._number, column.code == Transfer.REVERSE)
        ):
            if id_ in owners:
                yield owners[id_], int(amount)

    def _next(self, column: Any) -> int:
        return int(self._connection.execute(select(func.coalesce(func.max(column), 0))).scalar_one()) + 1

    def _add(self, table: Table, rows: Iterable[Sequence[Any]]) -> None:
        """Many rows, in the order of the table's columns: the driver's own form, for there may be millions."""
        dialect = self._connection.dialect
        names = ", ".join(dialect.identifier_preparer.quote(each.name) for each in table.c)
        many = dialect.name == "sqlite"
        marks, form = (", ".join("?" * len(table.c)), "VALUES ({})") if many else (_arrays(table, dialect), _UNNEST)
        statement = f"INSERT INTO {table.name} ({names}) " + form.format(marks)
        rest = iter(rows)
        while some := list(islice(rest, _ROWS)):
            given: Any = some if many else tuple(map(list, zip(*some, strict=True)))
            self._connection.exec_driver_sql(statement, given)


def _arrays(table: Table, dialect: Dialect) -> str:
    """A place for an array of each column's type: PostgreSQL takes columns faster than rows."""
    return ", ".join(f"%s::{each.type.compile(dialect).split()[0]}[]" for each in table.c)


def _held(kind: int) -> Account:
    return Account.DISPUTED if kind == DISPUTED else Account.UNCLAIMED
