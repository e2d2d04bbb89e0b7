"""Rows cleared again a second, by the fingerprints of an earlier run: no picture is read, a newer snapshot is joined.

    python bench/reclear.py [--quick]

A tar of 300 pictures is cleared by decoding, and leaves its fingerprints.  From these a unit of 100,000 rows is made,
each with a picture of its own, an address and a short caption, one in a hundred of them registered; it is judged again
against 10 million hashes of 1.25 million works, and written as decisions and unit record, everything synced.  Beside
it stands a bare search for the same hashes (which of them meet anything), without which nobody can do.  Rates are rows
a second of processor time, one process, rounds interleaved, compiled code and page cache warm.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from crawl import draw_crawl, make_library, write_tar
from numpy.typing import NDArray

from placet.clearance.engine import begin, run_units
from placet.clearance.judge import Judge, Seen
from placet.clearance.plan import Ask, Plan
from placet.clearance.prints import SUFFIX, Prints, write_options
from placet.clearance.readers import plan_dataset
from placet.clearance.rows import Part, PartKind, Row
from placet.clearance.unit import UnitRecord, rejoin_unit, unit_path
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.fingerprints.text_winnow import compute
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher

GOAL = 50_000
SEED = 20261125
CAPTION = compute("a lamp by the river on a winter evening")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="5,000 rows, 80,000 hashes, two rounds")
    quick = parser.parse_args().quick
    rows, works, rounds = (5_000, 10_000, 2) if quick else (100_000, 1_250_000, 5)
    with tempfile.TemporaryDirectory(prefix="placet-bench-") as scratch:
        report(*measure(Path(scratch), rows, works, rounds), rows, works)
    return 0


def measure(scratch: Path, rows: int, works: int, rounds: int) -> tuple[dict[str, list[float]], int, int]:
    _, jpegs = draw_crawl(300)
    write_tar(scratch / "00000.tar", jpegs)
    library = crowd(make_library(scratch / "snapshot", 1_000, jpegs[::100]), works)
    matcher = Matcher(library)
    matcher.warm()
    plan = a_plan(scratch / "00000.tar", library)
    again = replace(plan, earlier={"certificate": "0" * 64})
    hashes, size = leave(scratch / "earlier", plan, rows, library)
    judge, qualities = Judge(matcher, plan.ask), np.full(rows, 80, np.uint8)
    works_of: dict[str, tuple[Callable[[], object], int]] = {
        "clear, by decoding": (lambda: clear(scratch, plan, matcher), len(jpegs)),
        "clear again, by fingerprints": (lambda: rejoin(scratch, again, judge), rows),
        "bare search": (lambda: matcher.resembles(hashes, qualities), rows),
    }
    times = {name: list[float]() for name in works_of}
    for lap in range(rounds + 1):
        for name, (work, count) in works_of.items():
            begun = processor()
            work()
            times[name] += [count / (processor() - begun)] if lap else []
    return times, size, len(library.arrays["image-plh.hash"])


def processor() -> float:
    """Seconds this process and its workers have computed."""
    return time.process_time() + sum(os.times()[2:4])


def crowd(library: Library, works: int) -> Library:
    """The same library with strangers: `works` in all, of eight hashes each."""
    rng, held = np.random.default_rng(SEED), library.arrays
    more = works - len(library)
    owners = np.repeat(np.arange(len(library), works, dtype=np.uint32), 8)
    arrays = held | {
        "works.id": np.concatenate([held["works.id"], rng.integers(0, 256, (more, 16), np.uint8)]),
        "works.quality": np.concatenate([held["works.quality"], np.full(more, 90, np.uint8)]),
        "image-plh.hash": np.concatenate([held["image-plh.hash"], words(rng, 8 * more)]),
        "image-plh.work": np.concatenate([held["image-plh.work"], owners]),
        "image-plh.reading": np.concatenate([held["image-plh.reading"], np.zeros(8 * more, np.uint8)]),
    }
    for name in ("sha256", "blake3"):
        keys, first = words(rng, works), np.argsort(rng.permutation(works))
        arrays[f"{name}.key"] = keys[np.argsort(keys[:, 0])].astype(">u8")
        arrays[f"{name}.work"] = first.astype(np.uint32)
    return Library(library.folder, library.manifest, arrays)


def words(rng: np.random.Generator, count: int) -> NDArray[np.uint64]:
    return rng.integers(0, 1 << 64, (count, 4), np.uint64, endpoint=False)


def a_plan(tar: Path, library: Library) -> Plan:
    ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["eu-art4"],), at=1_800_000_000)
    units, _ = plan_dataset(tar)
    return Plan(snapshot=library.manifest.digest, dataset=tar.name, ask=ask, emit="decisions", rules={}, units=units)


def leave(earlier: Path, plan: Plan, rows: int, library: Library) -> tuple[NDArray[np.uint64], int]:
    """What an earlier run would have left of so many rows; returns their hashes, and the bytes of the file."""
    rng, prints = np.random.default_rng(SEED + 1), Prints(plan.units[0].id)
    hashes = words(rng, rows)
    known = library.arrays["image-plh.hash"][: rows // 100]
    hashes[::100][: len(known)] = known
    prints.add([_seen(number, hashes[number], rng) for number in range(rows)])
    path = unit_path(earlier, 0, SUFFIX)
    path.parent.mkdir(parents=True)
    pq.write_table(prints.table(), path, **write_options())
    record = UnitRecord(
        plan=plan.digest,
        unit=plan.units[0].id,
        rows=rows,
        inputs={},
        outputs={"fingerprints": ""},
        counts={},
        tallies={},
    )
    unit_path(earlier, 0, ".json").write_bytes(record.data())
    return hashes, path.stat().st_size


def _seen(number: int, hash_: NDArray[np.uint64], rng: np.random.Generator) -> Seen:
    parts = (Part("", PartKind.IMAGE, b""), Part("", PartKind.TEXT, b""))
    row = Row(key=f"{number:09d}", parts=parts, urls=(f"https://cdn{number % 997}.example/{number:x}.jpg",))
    seen = Seen(row, row.key, [])
    seen.digests["blake3"] += [(0, rng.bytes(32)), (1, rng.bytes(32))]
    seen.digests["text-sha256"].append((1, rng.bytes(32)))
    seen.pictures.append((0, hash_, 80))
    seen.texts.append((1, CAPTION))
    return seen


def clear(scratch: Path, plan: Plan, matcher: Matcher) -> None:
    with tempfile.TemporaryDirectory(dir=scratch) as out:
        run_units(scratch / "00000.tar", begin(plan, Path(out)), Path(out), matcher, 1)


def rejoin(scratch: Path, plan: Plan, judge: Judge) -> None:
    with tempfile.TemporaryDirectory(dir=scratch) as out:
        record = rejoin_unit(scratch / "earlier", None, plan, 0, judge, Path(out))
        reserved = record.counts["eu-art4"].get("reserved", 0)
        assert reserved >= record.rows // 200, record.counts


def report(times: dict[str, list[float]], size: int, hashes: int, rows: int, works: int) -> None:
    print(f"{rows:,} rows, {size / rows:.0f} bytes of fingerprints each; {hashes:,} hashes of {works:,} works\n")
    print(f"{'':32}{'rows/s (cpu)':>14}{'range':>24}")
    for name, rates in times.items():
        span = f"{min(rates):,.0f} to {max(rates):,.0f}"
        print(f"{name:32}{statistics.median(rates):14,.0f}{span:>24}")
    joined = times["clear again, by fingerprints"]
    for name in ("clear, by decoding", "bare search"):
        ratio = statistics.median(one / other for one, other in zip(joined, times[name], strict=True))
        print(f"\nagain : {name} = {ratio:.2f}", end="")
    print(f"\ngoal: {GOAL:,} rows/s a core")


if __name__ == "__main__":
    raise SystemExit(main())
