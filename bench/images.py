"""Pictures cleared a second, beside decoding them and doing nothing else: the same tar, process and core.

    python bench/images.py [--quick]

One tar of 2,000 different 683x512 JPEGs, one in a hundred of them registered, is cleared against ten million luma
hashes: read, digested, decoded, hashed, looked up, decided, written as decisions and unit record, everything synced.
The yardstick is simplejpeg decoding the same members to grey at a quarter with its fast transform, and forgetting
them. The page cache is warm, the compiled code too; rounds are interleaved; rates are per second of processor time
and of the clock. What starting costs is measured by `bench/start.py`.
"""

from __future__ import annotations

import argparse
import cProfile
import mmap
import os
import pstats
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import simplejpeg
from crawl import draw_crawl, read_members, write_tar
from crowd import make_crowd

from placet.clearance.engine import begin, run_units
from placet.clearance.judge import Judge
from placet.clearance.plan import Ask, Plan
from placet.clearance.readers import plan_dataset
from placet.clearance.unit import UnitRecord, clear_unit
from placet.core.decision import Outcome
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher

GOALS = {"clear, fast": 0.80, "clear, exact": 0.65}
ROOM = 2 << 30  # what clearing may hold beside the index
YARDSTICK = "decode only (simplejpeg, grey, 1/4)"
STAGES = {
    "decode": (("decode.py", "read_luma"),),
    "digests": (("digests.py", "blake3_of"),),
    "plh": (("image_plh.py", "compute_fast"),),
    "search": (("match.py", "pictures"), ("match.py", "exact")),
    "answers": (("judge.py", "_answer"),),
    "tar": (("webdataset.py", "read"),),
    "written": (("unit.py", "_write_answers"),),
    "prints kept": (("prints.py", "add"),),
    "shard digest": (("unit.py", "_inputs"),),
    "shown pairs": (("unit.py", "_show"),),
}


def processor() -> float:
    """Seconds this process and its workers have computed: a tar is always read in a worker of its own."""
    return sum(os.times()[:4])


@dataclass(slots=True)
class Times:
    """Seconds of processor and of clock, a pair for each round."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def add(self, work: Callable[[], object]) -> None:
        wall, cpu = time.perf_counter(), processor()
        work()
        self.cpu.append(processor() - cpu)
        self.wall.append(time.perf_counter() - wall)


@dataclass(frozen=True, slots=True)
class Bench:
    tar: Path
    members: list[tuple[int, int]]
    library: Library
    matchers: dict[str, Matcher]
    pictures: int
    known: int
    scratch: Path
    index: int  # bytes of the snapshot's arrays and of what is built from them

    def clear(self, effort: str, emit: str, run: Callable[..., dict[int, UnitRecord]] = run_units) -> None:
        """Clear the tar into a new folder, and hold the outcome to what was planted."""
        self.tar.touch()  # a digest remembered from an earlier round is none of this file
        ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["eu-art4"],), at=1_800_000_000, effort=effort)
        units, _ = plan_dataset(self.tar)
        digest = self.library.manifest.digest
        plan = Plan(snapshot=digest, dataset=self.tar.name, ask=ask, emit=emit, rules={}, units=units)
        with tempfile.TemporaryDirectory(dir=self.scratch) as out:
            records = run(self.tar, begin(plan, Path(out)), Path(out), self.matchers[effort], 1)
        counts = records[0].counts["eu-art4"]
        assert sum(counts.values()) == self.pictures, counts
        assert counts.get(Outcome.RESERVED.value) == self.known, counts

    def decode(self) -> None:
        with self.tar.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as tape:
            for offset, size in self.members:
                simplejpeg.decode_jpeg(tape[offset : offset + size], "GRAY", True, True, min_height=128, min_width=128)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="300 pictures, 80,000 hashes, two rounds")
    quick = parser.parse_args().quick
    count, works, rounds = (300, 10_000, 2) if quick else (2_000, 1_250_000, 5)
    with tempfile.TemporaryDirectory(prefix="placet-bench-") as scratch:
        source, bench = prepare(Path(scratch), count, works)
        print(
            f"{count:,} JPEGs of 683x512 from {source}, mean {bench.tar.stat().st_size / count / 1e3:.0f} kB, one tar;"
        )
        hashes = len(bench.library.arrays["image-plh.hash"])
        print(f"{hashes:,} hashes of {works:,} works, {bench.known} of them there\n")
        report(measure(bench, rounds), count)
        report_memory(bench)
        print("\nwhere fast clearing spends its time")
        for stage, share in profile(bench):
            print(f"  {stage:14}{share:7.1%}")
    return 0


def prepare(scratch: Path, count: int, works: int) -> tuple[str, Bench]:
    source, jpegs = draw_crawl(count)
    tar = scratch / "00000.tar"
    write_tar(tar, jpegs)
    known = jpegs[::100]
    library = make_crowd(scratch / "snapshot", works, known)
    Matcher(library, "fast", scratch / "hot").warm()  # builds what is remembered: from here on it is mapped
    matchers = {effort: Matcher(library, effort, scratch / "hot") for effort in ("fast", "exact")}
    for matcher in matchers.values():
        matcher.warm()
    folders = (library.folder / "arrays", scratch / "hot")
    index = sum(path.stat().st_size for folder in folders for path in folder.rglob("*"))
    return source, Bench(tar, read_members(tar), library, matchers, count, len(known), scratch, index)


def measure(bench: Bench, rounds: int) -> dict[str, Times]:
    contestants: dict[str, Callable[[], object]] = {
        YARDSTICK: bench.decode,
        "clear, fast": lambda: bench.clear("fast", "decisions"),
        "clear, exact": lambda: bench.clear("exact", "decisions"),
        "clear, fast, and copy what may be used": lambda: bench.clear("fast", "dataset"),
    }
    times = {name: Times() for name in contestants}
    for lap in range(rounds + 1):
        for name, work in contestants.items():
            (times[name] if lap else Times()).add(work)  # the first lap warms
    return times


def report(times: dict[str, Times], count: int) -> None:
    yard = times[YARDSTICK]
    head = ("rows/s (cpu)", "range", "ratio (cpu)", "ratio (clock)")
    print(f"{'':40}{head[0]:>13}{head[1]:>18}{head[2]:>13}{head[3]:>15}")
    for name, own in times.items():
        rates = sorted(count / seconds for seconds in own.cpu)
        span = f"{rates[0]:,.0f} to {rates[-1]:,.0f}"
        print(
            f"{name:40}{statistics.median(rates):13,.0f}{span:>18}"
            f"{ratio(yard.cpu, own.cpu):13.2f}{ratio(yard.wall, own.wall):15.2f}"
        )
    print("\na ratio is the median over the rounds")
    for name, goal in GOALS.items():
        reached = ratio(yard.cpu, times[name].cpu)
        print(f"goal {goal:.2f}, {name}: {'met' if reached >= goal else 'MISSED'} ({reached:.2f})")


def report_memory(bench: Bench) -> None:
    """The most that a worker held, with all that it mapped: the whole tar and, at worst, all of the index."""
    held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    beside = held - bench.tar.stat().st_size
    print(f"a worker held at most {held / 1e9:.2f} GB, the tar in it; the index has {bench.index / 1e9:.2f} GB")
    print(f"goal {ROOM >> 30} GB beside the index: {'met' if beside <= ROOM + bench.index else 'MISSED'}")


def ratio(yard: list[float], own: list[float]) -> float:
    return statistics.median(one / other for one, other in zip(yard, own, strict=True))


def clear_here(root: Path, plan: Plan, out: Path, matcher: Matcher, _: int) -> dict[int, UnitRecord]:
    return {0: clear_unit(root, plan, 0, Judge(matcher, plan.ask), out)}


def profile(bench: Bench) -> list[tuple[str, float]]:
    """The share of each stage in one more run, watched by cProfile, which makes our own Python look a little slower."""
    bench.clear("fast", "decisions", clear_here)  # warms this process
    watch = cProfile.Profile(builtins=False)
    watch.runcall(bench.clear, "fast", "decisions", clear_here)
    seen = pstats.Stats(watch)
    total: float = seen.total_tt  # type: ignore[attr-defined]
    spent = {(Path(file).name, name): times[3] for (file, _, name), times in seen.stats.items()}  # type: ignore[attr-defined]
    shares = [(stage, sum(spent.get(place, 0.0) for place in places) / total) for stage, places in STAGES.items()]
    return [*sorted(shares, key=lambda pair: -pair[1]), ("the rest", 1 - sum(share for _, share in shares))]


if __name__ == "__main__":
    raise SystemExit(main())
