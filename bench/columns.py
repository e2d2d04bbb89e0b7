"""Rows of a table of addresses and digests cleared a second against a registry, beside a plain join of its columns.

    python bench/columns.py [--quick]

One Parquet of a million rows (url, sha256, width, height; no bytes) over 20,000 sites, against a registry of 1.25
million works, 100,000 addresses and 2,000 domains of which somebody speaks; one row in a thousand has the digest of a
registered file, one in a thousand an address, and some lie on a domain.  Every row is read, its address taken apart,
its host, its address and its digest sought, decided, written as decisions and unit record, everything synced.  The
yardstick is pyarrow's hash join of the same two columns with the same keys, which stand ready as texts.  One process,
one thread; rounds are interleaved; rates are rows a second of processor time.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from crawl import make_library
from numpy.typing import NDArray

from placet.clearance.columnar import sweeper_of
from placet.clearance.engine import begin
from placet.clearance.judge import Judge
from placet.clearance.plan import Ask, Plan
from placet.clearance.readers import plan_dataset
from placet.clearance.unit import clear_unit
from placet.core.profile import PROFILES
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher

GOAL = 1_000_000
SEED = 20261125
CLEAR, JUDGE, YARDSTICK = "clear", "read and judge, nothing written", "plain joins (pyarrow)"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="50,000 rows, 20,000 works, two rounds")
    quick = parser.parse_args().quick
    rows, works, rounds = (50_000, 20_000, 2) if quick else (1_000_000, 1_250_000, 5)
    pa.set_cpu_count(1)
    with tempfile.TemporaryDirectory(prefix="placet-bench-") as scratch:
        report(measure(Path(scratch), rows, works, rounds), rows, works)
    return 0


def measure(scratch: Path, rows: int, works: int, rounds: int) -> dict[str, list[float]]:
    rng = np.random.default_rng(SEED)
    library = speak(crowd(make_library(scratch / "snapshot", 1_000, []), works, rng), works // 12)
    digests = library.arrays["sha256.key"].astype(">u8").tobytes()
    table = draw(rng, rows, works // 12, digests)
    pq.write_table(table, scratch / "rows.parquet", row_group_size=250_000)
    ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["eu-art4"],), at=1_800_000_000)
    units, _ = plan_dataset(scratch / "rows.parquet")
    plan = Plan(snapshot="0" * 64, dataset="rows.parquet", ask=ask, emit="decisions", rules={}, units=units)
    judge = Judge(Matcher(library), ask)
    known = pa.table({"sha256": [digests[at : at + 32].hex() for at in range(0, len(digests), 32)]})
    named = pa.table({"url": [subject.id for subject in library.named if subject.kind is Kind.URL]})
    contestants: dict[str, Callable[[], object]] = {
        CLEAR: lambda: clear(scratch, plan, judge),
        JUDGE: lambda: sweep(scratch, plan, judge),
        YARDSTICK: lambda: join(scratch / "rows.parquet", known, named),
    }
    times = {name: list[float]() for name in contestants}
    for lap in range(rounds + 1):
        for name, work in contestants.items():
            begun = time.process_time()
            work()
            times[name] += [rows / (time.process_time() - begun)] if lap else []
    return times


def crowd(library: Library, works: int, rng: np.random.Generator) -> Library:
    """The same library with the digests of so many works; sizes and fingerprints are those of no text."""
    keys = rng.integers(0, 1 << 64, (works, 4), np.uint64, endpoint=False)
    arrays = library.arrays | {
        "works.id": np.concatenate(
            [library.arrays["works.id"], rng.integers(0, 256, (works - len(library), 16), np.uint8)]
        ),
        "sha256.key": keys[np.argsort(keys[:, 0])].astype(">u8"),
        "sha256.work": rng.integers(0, 1_000, works).astype(np.uint32),
    }
    return Library(library.folder, library.manifest, arrays)


def speak(library: Library, addresses: int) -> Library:
    """The same with words about addresses, and about a fiftieth as many domains."""
    said = {Subject(Kind.URL, _address(number)): [0] for number in range(addresses)}
    said |= {Subject(Kind.DOMAIN, f"closed{number}.example"): [0] for number in range(addresses // 50)}
    library.__dict__["_elsewhere"] = said
    return library


def _address(number: int) -> str:
    return f"https://cdn{number % 997}.example/wp-content/uploads/{number:x}-old-house-by-the-lake.jpg"


def draw(rng: np.random.Generator, rows: int, addresses: int, digests: bytes) -> pa.Table:
    hosts = np.minimum(rng.zipf(1.3, rows), 20_000)
    urls = [
        f"https://s{host}.example/images/2026/{at:x}_market-in-winter.jpg" for at, host in enumerate(hosts.tolist())
    ]
    marks = rng.random(rows)
    for at in np.flatnonzero(marks < 0.001).tolist():
        urls[at] = _address(int(rng.integers(addresses)))
    for at in np.flatnonzero((marks >= 0.001) & (marks < 0.003)).tolist():
        urls[at] = f"https://closed{int(rng.integers(addresses // 50))}.example/{at}.jpg"
    own: NDArray[np.uint8] = rng.integers(0, 256, (rows, 32), np.uint8)
    for at in np.flatnonzero((marks >= 0.003) & (marks < 0.004)).tolist():
        place = 32 * int(rng.integers(len(digests) // 32))
        own[at] = np.frombuffer(digests[place : place + 32], np.uint8)
    sides = rng.integers(200, 2_000, (2, rows))
    return pa.table(
        {"url": urls, "sha256": [row.tobytes().hex() for row in own], "width": sides[0], "height": sides[1]}
    )


def clear(scratch: Path, plan: Plan, judge: Judge) -> None:
    with tempfile.TemporaryDirectory(dir=scratch) as out:
        folder = Path(out) / "out"
        begin(plan, folder)
        records = [
            clear_unit(scratch / "rows.parquet", plan, number, judge, folder) for number in range(len(plan.units))
        ]
    found = sum(record.counts["eu-art4"].get("reserved", 0) for record in records)
    assert found >= sum(record.rows for record in records) // 2_000, found


def sweep(scratch: Path, plan: Plan, judge: Judge) -> None:
    for unit in plan.units:
        assert sweeper_of(judge, False).sweep(scratch / "rows.parquet", unit) is not None


def join(path: Path, known: pa.Table, named: pa.Table) -> None:
    table = pq.read_table(path, columns=["url", "sha256"], use_threads=False)
    table.join(known, "sha256", join_type="left semi", use_threads=False)
    table.join(named, "url", join_type="left semi", use_threads=False)


def report(times: dict[str, list[float]], rows: int, works: int) -> None:
    print(f"{rows:,} rows against {works:,} digests, {works // 12:,} addresses, {works // 600:,} domains\n")
    print(f"{'':34}{'rows/s (cpu)':>14}{'range':>26}")
    for name, rates in times.items():
        span = f"{min(rates):,.0f} to {max(rates):,.0f}"
        print(f"{name:34}{statistics.median(rates):14,.0f}{span:>26}")
    ratio = statistics.median(one / other for one, other in zip(times[CLEAR], times[YARDSTICK], strict=True))
    print(f"\nclear : {YARDSTICK} = {ratio:.2f}; goal: {GOAL:,} rows/s a core")


if __name__ == "__main__":
    raise SystemExit(main())
