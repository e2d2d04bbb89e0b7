"""Reading the ledger: balances and statements."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Engine, Select, and_, case, func, or_, select

from placet.core.canonical import decode
from placet.core.money import Money, parse_money
from placet.errors import NotFound
from placet.licensing.ports import Kept
from placet.licensing.statement import Held, Line, Statement
from placet.store.database import reading
from placet.store.ledger_tables import Account, Transfer, accounts, claimants, portions, runs, transfers

__all__ = ["balances", "read_kept", "read_statements"]


def balances(connection: Connection, ledger: str, before: int | None = None) -> dict[str, int]:
    """What each party is owed and was not released, by its id; only by runs of a smaller number, if one is given.

    Sums by account, and names from memory: a join of millions is left to no planner.
    """
    column, found = transfers.c, dict[str, int]()
    mine = select(accounts.c.id, accounts.c.owner).where(accounts.c.ledger == ledger, accounts.c.code == Account.OWED)
    owners = dict(connection.execute(mine).all()) if before is None or before > 1 else {}
    given, taken = column.code == Transfer.ALLOCATE, column.code != Transfer.ALLOCATE
    for side, which, sign in ((column.credit, given, 1), (column.debit, taken, -1)):
        query = select(side, func.sum(column.amount)).where(which).group_by(side)
        if before is not None:
            query = query.where(column.run < before)
        for id_, amount in connection.execute(query) if owners else ():
            if id_ in owners:
                found[owners[id_]] = found.get(owners[id_], 0) + sign * int(amount)
    return found


def read_statements(engine: Engine, party: str, run: int | None) -> Iterator[Statement]:
    """Of one party, or of all; of one run, or of all.  NotFound where the party has no account."""
    with engine.connect() as connection:
        told = {row.number: _Told(row) for row in connection.execute(select(runs).order_by(runs.c.number))}
        query = select(accounts.c.ledger, accounts.c.owner, accounts.c.name).where(accounts.c.code == Account.OWED)
        ledgers = [told[run].ledger] if run else sorted({each.ledger for each in told.values()})
        if party:
            mine = connection.execute(query.where(accounts.c.owner == party)).all()
            if not mine:
                raise NotFound(f"there is no account of a party {party!r} (party.no-account)")
            ledgers = [ledger for ledger in ledgers if ledger in {row.ledger for row in mine}]
    for ledger in ledgers:
        yield from _of_ledger(engine, ledger, party, run, told)


def read_kept(connection: Connection) -> Iterator[Kept]:
    """The accounts of works on which something is, in the order of currency, work, right and kind."""
    column = accounts.c
    query = select(column.id, column.ledger, column.owner, column.right, column.code)
    of_works = column.code.in_((Account.UNCLAIMED, Account.DISPUTED))
    found: dict[int, int] = {}
    for side, sign in ((transfers.c.credit, 1), (transfers.c.debit, -1)):
        sums = select(side, func.sum(transfers.c.amount)).join(accounts, column.id == side).where(of_works)
        for id_, amount in connection.execute(sums.group_by(side)):
            found[id_] = found.get(id_, 0) + sign * int(amount)
    order = (column.ledger, column.owner, column.right, column.code)
    for id_, ledger, work, right, code in connection.execute(query.where(of_works).order_by(*order)):
        if found.get(id_):
            kind = Account(code).name.lower()
            yield Kept(kind=kind, work=work, right=right, amount=Money(found[id_], ledger))


class _Told:
    """A run's row, and what its manifest says: also of a plan that this release no longer makes runs with."""

    def __init__(self, row: Any) -> None:
        fields = decode(bytes(row.manifest))
        self.id, self.ledger, self.corrects = row.id, row.ledger, row.corrects
        self.plan = f"{fields['plan']}/{fields['version']}"
        self.reference, self.right = fields["reference"], fields["right"]
        self.layers = {
            layer["basis"]: (parse_money(layer["amount"]), int(layer["weights"]), int(layer["works"]))
            for layer in fields["result"]["layers"]
        }


def _of_ledger(engine: Engine, ledger: str, party: str, run: int | None, told: dict[int, _Told]) -> Iterator[Statement]:
    with engine.connect() as connection:
        brought = balances(connection, ledger, run or 0)
        held = _held(connection, ledger, party, run, told)
    with reading(engine, _moves(ledger, party, run)) as rows:
        for (owner, name), moves in groupby(rows, key=itemgetter(0, 1)):
            lines, released = [], 0
            for row in moves:
                move: tuple[Any, ...] = tuple(row)
                if move[3] == Transfer.RELEASE:
                    released += move[4]
                else:
                    lines.append(_line(move, told))
            yield Statement(
                party=owner,
                name=name,
                run=told[run].id if run else "",
                brought=Money(brought.get(owner, 0), ledger),
                lines=tuple(lines),
                released=Money(released, ledger),
                held=held.pop(owner, ()),
            )
    yield from _only_held(engine, ledger, held, told[run].id if run else "", brought)


def _only_held(
    engine: Engine, ledger: str, held: dict[str, tuple[Held, ...]], run: str, brought: dict[str, int]
) -> Iterator[Statement]:
    """Of those to whom nothing was paid, since all that they claim is disputed."""
    query = select(accounts.c.owner, accounts.c.name).where(
        accounts.c.ledger == ledger, accounts.c.code == Account.OWED
    )
    with engine.connect() as connection:
        names = dict(connection.execute(query).all()) if held else {}
    for owner in sorted(held):
        yield Statement(
            party=owner,
            name=names.get(owner, ""),
            run=run,
            brought=Money(brought.get(owner, 0), ledger),
            lines=(),
            released=Money(0, ledger),
            held=held[owner],
        )


def _moves(ledger: str, party: str, run: int | None) -> Select[Any]:
    """Every transfer to or from what a party is owed, with the portion it is of, in the order of party and run."""
    move, portion = transfers.c, portions.c
    given = move.code == Transfer.ALLOCATE
    account = accounts.c.id == case((given, move.credit), else_=move.debit)
    origin = case((move.code == Transfer.REVERSE, runs.c.corrects), else_=move.run)
    query = (
        select(accounts.c.owner, accounts.c.name, move.run, move.code, move.amount, move.share, portion.work)
        .add_columns(portion.basis, portion.weight, portion.amount.label("portion"))
        .select_from(transfers)
        .join(runs, runs.c.number == move.run)
        .join(accounts, account)
        .outerjoin(portions, and_(portion.run == origin, portion.number == move.portion))
        .where(accounts.c.ledger == ledger, accounts.c.code == Account.OWED)
    )
    if run is not None:
        query = query.where(move.run == run)
    if party:
        mine = select(accounts.c.id).where(
            accounts.c.ledger == ledger, accounts.c.code == Account.OWED, accounts.c.owner == party
        )
        mine_only = mine.scalar_subquery()
        query = query.where(
            or_(move.credit == mine_only, and_(move.debit == mine_only, move.code != Transfer.ALLOCATE))
        )
    return query.order_by(accounts.c.owner, move.run, move.number)


def _line(move: tuple[Any, ...], told: dict[int, _Told]) -> Line:
    _, _, number, code, amount, share, work, basis, weight, portion = move
    run = told[number]
    taken = code == Transfer.REVERSE
    origin = told[run.corrects] if taken else run
    layer, weights, works = origin.layers[basis]
    return Line(
        run=run.id,
        plan=origin.plan,
        reference=origin.reference,
        right=origin.right,
        work=work,
        basis=basis,
        layer=layer,
        weight=int(weight),
        weights=weights,
        works=works,
        portion=_money(portion, layer.currency),
        share=_fraction(share),
        amount=_money(-amount if taken else amount, layer.currency),
    )


_fraction = lru_cache(maxsize=1 << 16)(Fraction)
_money = lru_cache(maxsize=1 << 16)(Money)


def _held(
    connection: Connection, ledger: str, party: str, run: int | None, told: dict[int, _Told]
) -> dict[str, tuple[Held, ...]]:
    """By party, the disputed money it claims and that no later run has taken back."""
    claim, move = claimants.c, transfers.c
    query = (
        select(claim.party, claim.run, claim.share, move.amount, accounts.c.owner, accounts.c.right)
        .select_from(claimants)
        .join(transfers, and_(move.run == claim.run, move.portion == claim.portion, move.code == Transfer.ALLOCATE))
        .join(accounts, and_(accounts.c.id == move.credit, accounts.c.code == Account.DISPUTED))
        .where(accounts.c.ledger == ledger)
        .order_by(claim.party, claim.run, claim.portion, claim.share)
    )
    if party:
        query = query.where(claim.party == party)
    if run is not None:
        query = query.where(claim.run == run)
    undone = {each.corrects for each in told.values()}
    found: dict[str, list[Held]] = {}
    for owner, number, share, amount, work, right in connection.execute(query):
        if number not in undone:
            money = Money(amount, ledger)
            held = Held(run=told[number].id, work=work, right=right, share=Fraction(share), amount=money)
            found.setdefault(owner, []).append(held)
    return {owner: tuple(each) for owner, each in found.items()}
