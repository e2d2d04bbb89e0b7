"""A settlement's size: every work of a long list divided, posted and stated; and one pool to a million parties.

    python bench/payouts.py [--quick]

The list is as long as that of Bartz v. Anthropic, with one to three authors and a publisher a work; who they are is
made up.  Beside it, in the same run: what SQLite does at most when it only inserts as many rows, with no key, trigger
or index; and what numpy does when it only multiplies and divides, and loses what is left over.
"""

from __future__ import annotations

import argparse
import io
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from placet.core.money import parse_money
from placet.licensing.apportion import apportion_many
from placet.licensing.plans import find_plan
from placet.licensing.run import Run, Terms, divide
from placet.licensing.sheets import SHARES, read_sheet
from placet.licensing.statement import show
from placet.store.database import open_database, sqlite_url
from placet.store.ledger import SqlLedger
from placet.store.ledger_tables import LEDGER

WORKS, PARTIES = 482_460, 1_000_000
POOL = "1500000000.00 USD"
GOAL, GOAL_POOL = 60.0, 1.0
Spent = dict[str, tuple[float, float]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a twentieth of everything")
    part = 20 if parser.parse_args().quick else 1
    with tempfile.TemporaryDirectory() as folder:
        settle(Path(folder), WORKS // part)
    share_out(PARTIES // part)
    return 0


def settle(folder: Path, works: int) -> None:
    data, spent = claims(works), Spent()
    with timed(spent, "read the shares (CSV)"):
        shares = read_sheet(data, SHARES)
    with timed(spent, "divide, with both digests"):
        run = divide(Terms(plan=find_plan("author-publisher-50-50"), pool=parse_money(POOL), reference="bench"), shares)
    ledger = SqlLedger(open_database(sqlite_url(folder / "ledger.db"), LEDGER))
    with timed(spent, "post, balanced and durable"):
        ledger.post(run, 0, open_accounts=True)
    with timed(spent, "state, to everybody (JSON)"):
        stated = state(ledger, run, folder / "statements.jsonl")
    with timed(spent, "post again: nothing"):
        assert not ledger.post(run, 0, open_accounts=True).new
    report(spent, run, stated)
    limit(folder, run, stated, sum(spent[name][0] for name in list(spent)[:4]))


def claims(works: int) -> bytes:
    """The list, as CSV: half of the works state their shares, the others leave them to the plan."""
    rng = np.random.default_rng(20261125)
    authors = rng.integers(1, 4, works)
    count = authors + 1
    work = np.repeat(np.arange(works), count)
    publisher = np.append(work[1:] != work[:-1], True)
    people = rng.integers(0, works // 2, len(work))
    houses = rng.integers(0, 3_000, len(work))
    stated = (work % 2).astype(bool)
    table = pa.table(
        {
            "work": [f"isbn:978{number:010d}" for number in work.tolist()],
            "party": [
                f"publisher-{house:04d}" if last else f"author-{one:06d}"
                for last, house, one in zip(publisher.tolist(), houses.tolist(), people.tolist(), strict=True)
            ],
            "role": [
                "publisher" if last else f"author {place}"
                for place, last in zip(place_in(count).tolist(), publisher.tolist(), strict=True)
            ],
            "share": [
                f"1/{each}" if said else "" for each, said in zip(count[work].tolist(), stated.tolist(), strict=True)
            ],
        }
    )
    out = io.BytesIO()
    csv.write_csv(table, out)
    return out.getvalue()


def place_in(count: np.ndarray) -> np.ndarray:
    return np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)


def state(ledger: SqlLedger, run: Run, path: Path) -> tuple[int, int]:
    """Write everybody's statement; how many, and how many bytes.  Each cent of the pool is in one of them or held."""
    total = count = 0
    with path.open("w", encoding="utf-8") as out:
        for each in ledger.statements(run=run.id):
            total, count = total + each.earned.amount, count + 1
            out.write(json.dumps(show(each), ensure_ascii=False) + "\n")
    assert total == run.totals.agreed
    assert run.totals.agreed + run.totals.disputed + run.totals.unclaimed == run.terms.pool.amount
    return count, path.stat().st_size


@contextmanager
def timed(spent: Spent, name: str) -> Iterator[None]:
    clock, processor = time.perf_counter(), time.process_time()
    yield
    spent[name] = (time.process_time() - processor, time.perf_counter() - clock)


def report(spent: Spent, run: Run, stated: tuple[int, int]) -> None:
    amounts = len(run.allocations.party)
    print(f"{len(run.work):,} works, {amounts:,} amounts, {stated[0]:,} parties, {POOL}; plan {run.terms.plan.name}\n")
    print(f"{'':34}{'s (cpu)':>10}{'s (clock)':>11}")
    for name, (processor, clock) in spent.items():
        print(f"{name:34}{processor:10.1f}{clock:11.1f}")
    steps = list(spent.values())[:4]
    processor, clock = (sum(step[place] for step in steps) for place in (0, 1))
    print(f"{'divided, posted and stated':34}{processor:10.1f}{clock:11.1f}")
    print(
        f"\nstatements: {stated[1] / 1e6:,.0f} MB; goal {GOAL:.0f} s: {met(processor, GOAL)} of processor time",
        end=", ",
    )
    print(f"{met(clock, GOAL)} by the clock")


def met(spent: float, goal: float) -> str:
    return "met" if spent < goal else "NOT met"


def limit(folder: Path, run: Run, stated: tuple[int, int], ours: float) -> None:
    """As many rows of the same width into bare tables, in one transaction, made durable."""
    found = run.allocations
    rows = list(zip(range(len(found.party)), found.amount.tolist(), found.share, found.party, strict=True))
    connection = sqlite3.connect(folder / "limit.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (a, b, c, d)")
    spent = Spent()
    with timed(spent, "limit"):
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
    connection.close()
    processor, clock = spent["limit"]
    name = "limit: bare inserts of the amounts"
    print(f"\n{name:34}{processor:10.1f}{clock:11.1f}   (all steps: {ours / processor:.1f}x)")


def share_out(parties: int) -> None:
    """One pool by weights, as usage gives them."""
    rng = np.random.default_rng(1)
    weights, total = rng.integers(1, 1_000_000, parties), parse_money(POOL).amount
    exact = best(lambda: apportion_many(total, weights))
    bare = best(lambda: weights * total // weights.sum())
    lost = total - int((weights * total // weights.sum()).sum())
    print(f"\none pool to {parties:,} parties: {exact:.3f} s (cpu), nothing lost; goal {GOAL_POOL:.0f} s:", end=" ")
    print(met(exact, GOAL_POOL))
    print(f"limit: numpy's division alone: {bare:.3f} s ({exact / bare:.1f}x), and {lost:,} smallest units lost")


def best(work: Callable[[], np.ndarray], rounds: int = 3) -> float:
    times = []
    for _ in range(rounds):
        begun = time.process_time()
        work()
        times.append(time.process_time() - begun)
    return min(times)


if __name__ == "__main__":
    raise SystemExit(main())
