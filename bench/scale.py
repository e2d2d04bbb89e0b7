"""What a row costs on every path, what an engine adds, and what five billion rows would take: measured, then computed.

    python bench/scale.py [--quick] [--write]

Each path is cleared in this process, one core, page cache warm, compiled code warm, down to the unit's record on disk:
addresses with a digest and a caption, prose, pictures, and the fingerprints of an earlier run.  Look-ups are timed
against indexes of three sizes, of which the cost of a larger one is told by its slope.  The engines clear the same
small units, whose own cost is taken off.  `--write` puts all that is printed into docs/scale.md.  What is computed for
a cluster says so, and every assumption is a parameter that is printed.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from crawl import draw_crawl, make_library, write_tar
from reclear import crowd, leave, words
from texts import DOCUMENT, WORDS

from placet.clearance.cluster import RayEngine
from placet.clearance.engine import Engine, begin, run_in_pool, run_units
from placet.clearance.judge import Judge
from placet.clearance.nobody import NOBODY, nobody
from placet.clearance.plan import Ask, Plan
from placet.clearance.readers import plan_dataset
from placet.clearance.unit import clear_unit, rejoin_unit
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.fingerprints.image_plh import VARIANTS
from placet.snapshot import hamming, postings
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
BEGIN, END = "<!-- printed by bench/scale.py -->\n", "<!-- end of what was printed -->\n"
ASK = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["eu-art4"],), at=1_800_000_000)
SEED = 20261126
MEMORY = Path("/dev/shm")  # noqa: S108 - where OUT waits for no disk
BUCKETS = 1 << 16  # of a band of 16 bits (`snapshot.hamming`)
SIGNED = 1_000  # works of the snapshot that lies on disk; the others are in memory only
ADDRESSES, PROSE, PICTURES, AGAIN = "addresses", "prose", "pictures", "again"
TOLD = {
    ADDRESSES: "url, sha256 and caption, no bytes",
    PROSE: f"prose, {DOCUMENT:,} letters a document",
    PICTURES: "JPEGs of 683x512, decoded",
    AGAIN: "the same by an earlier run's fingerprints",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    rows: int
    documents: int
    pictures: int
    again: int
    works: int
    indexes: tuple[int, ...]
    units: tuple[int, int]
    rounds: int


FULL = Size(200_000, 2_000, 400, 20_000, 100_000, (500_000, 2_000_000, 6_000_000), (16, 112), 3)
QUICK = Size(20_000, 200, 60, 2_000, 10_000, (80_000, 320_000, 1_280_000), (8, 40), 2)


@dataclass(slots=True)
class Measured:
    """Seconds of processor a row, bytes a row, and what an index of so many hashes costs."""

    seconds: dict[str, float] = field(default_factory=dict)
    bytes: dict[str, float] = field(default_factory=dict)
    search: dict[int, float] = field(default_factory=dict)  # hashes: seconds a query
    build: float = 0.0  # seconds a hash
    cold: float = 0.0  # bytes a hash
    hot: float = 0.0
    key: float = 0.0  # bytes a work, of digests
    print_: float = 0.0  # bytes a text fingerprint, hot
    hashes: int = 0  # of the library that the rows were cleared against

    @property
    def slope(self) -> float:
        """Seconds a query for each hash more."""
        sizes = sorted(self.search)
        return max(0.0, (self.search[sizes[-1]] - self.search[sizes[0]]) / (sizes[-1] - sizes[0]))

    def looked_up(self, hashes: float) -> float:
        """Seconds a query, computed for an index of this size."""
        least = min(self.search)
        return self.search[least] + self.slope * (hashes - least)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of it")
    parser.add_argument("--write", action="store_true", help="put what is printed into docs/scale.md")
    parser.add_argument("--rows", type=float, default=5e9)
    parser.add_argument("--works", type=float, default=1e8)
    parser.add_argument("--price", type=float, default=0.05, help="of a vCPU for an hour, in EUR")
    parser.add_argument("--cores", type=int, default=64, help="of a machine")
    parser.add_argument("--memory", type=int, default=512, help="of a machine, in GB")
    parser.add_argument("--machines", type=int, default=16)
    given = parser.parse_args()
    said = io.StringIO()
    with contextlib.redirect_stdout(Tee(said)):
        tell(QUICK if given.quick else FULL, given)
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        before, after = page.partition(BEGIN)[0], page.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}```text\n{said.getvalue()}```\n{END}{after}", encoding="utf-8")
    return 0


class Tee(io.TextIOBase):
    """Says it to the terminal, and keeps it."""

    def __init__(self, kept: io.StringIO) -> None:
        self.kept, self.out = kept, sys.stdout

    def write(self, text: str) -> int:
        self.out.write(text)
        self.out.flush()
        return self.kept.write(text)


def tell(size: Size, given: argparse.Namespace) -> None:
    pa.set_cpu_count(1)
    with tempfile.TemporaryDirectory(prefix="placet-bench-") as scratch:
        measured = measure(Path(scratch), size)
        tell_rows(measured, size)
        tell_index(measured, size)
        engines(Path(scratch), size)
    tell_cluster(measured, given)


def processor() -> float:
    """Seconds that this process and those it waited for have computed."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def spent(work: Callable[[], object], rounds: int) -> float:
    """The median over the rounds, after one that warms."""
    work()
    seconds = []
    for _ in range(rounds):
        begun = processor()
        work()
        seconds.append(processor() - begun)
    return statistics.median(seconds)


# ---- rows -----------------------------------------------------------------------------------------


def measure(scratch: Path, size: Size) -> Measured:
    _, jpegs = draw_crawl(size.pictures)
    paths = {
        ADDRESSES: draw_addresses(scratch / "addresses.parquet", size.rows),
        PROSE: draw_prose(scratch / "prose.parquet", size.documents),
        PICTURES: scratch / "pictures.tar",
    }
    write_tar(paths[PICTURES], jpegs)
    library = with_prose(crowd(make_library(scratch / "snapshot", SIGNED, jpegs[::100]), size.works), size.works * 20)
    matcher = Matcher(library)
    matcher.warm()
    judge, measured = Judge(matcher, ASK), Measured(hashes=len(library.arrays["image-plh.hash"]))
    counts = {ADDRESSES: size.rows, PROSE: size.documents, PICTURES: size.pictures}
    for name, path in paths.items():
        seconds = spent(lambda path=path: cleared(scratch, path, judge), size.rounds)  # type: ignore[misc]
        measured.seconds[name] = seconds / counts[name]
        measured.bytes[name] = path.stat().st_size / counts[name]
    plan = a_plan(paths[PICTURES], library.manifest.digest)
    again = replace(plan, earlier={"certificate": "0" * 64})
    _, left = leave(scratch / "earlier", plan, size.again, library)
    measured.seconds[AGAIN] = spent(lambda: rejoined(scratch, again, judge), size.rounds) / size.again
    measured.bytes[AGAIN] = left / size.again
    weigh(measured, library, matcher)
    search(measured, size)
    return measured


def a_plan(path: Path, digest: str) -> Plan:
    units, _ = plan_dataset(path)
    return Plan(snapshot=digest, dataset=path.name, ask=ASK, emit="decisions", rules={}, units=units)


def cleared(scratch: Path, path: Path, judge: Judge) -> None:
    """Every unit, from the file to its record; a digest remembered from an earlier round is none of this file."""
    path.touch()
    with tempfile.TemporaryDirectory(dir=scratch) as out:
        plan = begin(a_plan(path, judge.library.manifest.digest), Path(out))
        for number in range(len(plan.units)):
            assert clear_unit(path, plan, number, judge, Path(out)).rows


def rejoined(scratch: Path, plan: Plan, judge: Judge) -> None:
    with tempfile.TemporaryDirectory(dir=scratch) as out:
        assert rejoin_unit(scratch / "earlier", None, plan, 0, judge, Path(out)).rows


def draw_addresses(path: Path, rows: int) -> Path:
    rng = np.random.default_rng(SEED)
    digests = rng.integers(0, 256, (rows, 32), np.uint8)
    table = {
        "url": [f"https://cdn{n % 9973}.example/images/{n % 12 + 2010}/{n:x}.jpg" for n in range(rows)],
        "sha256": [bytes(digest).hex() for digest in digests],
        "caption": [" ".join(WORDS[k] for k in rng.integers(0, len(WORDS), 10)) for _ in range(rows)],
    }
    pq.write_table(pa.table(table), path)
    return path


def draw_prose(path: Path, documents: int) -> Path:
    rng = np.random.default_rng(SEED + 1)
    texts = [
        " ".join(WORDS[k] for k in rng.integers(0, len(WORDS), DOCUMENT // 3))[:DOCUMENT] for _ in range(documents)
    ]
    pq.write_table(pa.table({"text": texts}), path)
    return path


def with_prose(library: Library, prints: int) -> Library:
    """The same library with strangers' fingerprints of texts, so that every document is looked up in earnest."""
    rng = np.random.default_rng(SEED + 2)
    more = {
        "text-winnow.hash": np.sort(rng.integers(0, 1 << 64, prints, np.uint64)),
        "text-winnow.work": rng.integers(0, SIGNED, prints).astype(np.uint32),
        "text-winnow.position": rng.integers(0, 1 << 20, prints).astype(np.uint32),
    }
    return Library(library.folder, library.manifest, library.arrays | more)


def weigh(measured: Measured, library: Library, matcher: Matcher) -> None:
    """Bytes as they lie in memory, of a hash, a work's digests and a text's fingerprint."""
    arrays, index = library.arrays, matcher._pictures  # noqa: SLF001
    hashes = len(arrays["image-plh.hash"])
    measured.cold = sum(arrays[f"image-plh.{part}"].nbytes for part in ("hash", "work", "reading")) / hashes
    measured.hot = (index.hashes.nbytes + index.ids.nbytes + index.sketches.nbytes) / hashes
    keys = sum(arrays[f"{name}.{part}"].nbytes for name in ("sha256", "blake3") for part in ("key", "work"))
    measured.key = keys / len(library)
    table = matcher._texts  # noqa: SLF001
    held = [getattr(table.postings, name) for name in postings.Postings.__dataclass_fields__]
    total = sum(array.nbytes for array in (*held, table.bloom, table.directory) if isinstance(array, np.ndarray))
    measured.print_ = total / len(arrays["text-winnow.hash"])


def search(measured: Measured, size: Size) -> None:
    rng = np.random.default_rng(SEED + 3)
    queries = words(rng, 20_000)
    for hashes in size.indexes:
        begun = processor()
        index = hamming.build(words(rng, hashes))
        measured.build = (processor() - begun) / hashes
        measured.search[hashes] = spent(
            lambda index=index: hamming.search(index, queries, radius=0), size.rounds
        ) / len(  # type: ignore[misc]
            queries
        )


def tell_rows(measured: Measured, size: Size) -> None:
    print(f"A row, one core, against {size.works:,} works ({measured.hashes:,} hashes); down to its record on disk\n")
    print(f"{'':44}{'us a row':>12}{'rows/s':>14}{'bytes read':>14}")
    for name, seconds in measured.seconds.items():
        print(f"{TOLD[name]:44}{1e6 * seconds:12,.2f}{1 / seconds:14,.0f}{measured.bytes[name]:14,.0f}")


def tell_index(measured: Measured, size: Size) -> None:
    print("\nA look-up of one picture's hash, by how many hashes the index holds\n")
    print(f"{'hashes':>16}{'us a look-up':>16}")
    for hashes, seconds in measured.search.items():
        print(f"{hashes:16,}{1e6 * seconds:16,.2f}")
    print(f"slope: {1e12 * measured.slope:.2f} us for each million hashes more")
    print(f"built at {1e6 * measured.build:.2f} s of processor a million hashes")
    print(
        f"{measured.cold:.0f} bytes a hash cold, {measured.hot:.0f} hot; {measured.key:.0f} a work for its digests;",
        end="",
    )
    print(f" {measured.print_:.0f} a fingerprint of a text, hot")


# ---- engines --------------------------------------------------------------------------------------


def engines(scratch: Path, size: Size) -> None:
    """By processor time of all processes, so that a machine that is shared does not decide."""
    few, many = (small_units(scratch / f"{count}", count) for count in size.units)
    print(f"\nAn engine: {size.units[0]} and {size.units[1]} units of one short text each\n")
    print(f"{'':30}{'s to start (cpu)':>18}{'(clock)':>10}{'ms a unit (cpu)':>18}{'(clock)':>10}")
    alone = told_engine("in this process", *(clock(scratch, each, run_in_pool, 1) for each in (few, many)), size)
    told_engine("pool of 2", *(clock(scratch, each, run_in_pool, 2) for each in (few, many)), size, alone)
    with a_ray() as start:
        first, warm, last = (clock(scratch, each, RayEngine(), 2) for each in (few, few, many))
        begun = [one + other - third for one, other, third in zip(start(), first, warm, strict=True)]
        told_engine("Ray, 2 workers", warm, last, size, alone, begun)
    one, two = (shards(scratch, size, workers) for workers in (1, 2))
    print(f"\n1 -> 2 workers on four tars of pictures: {one[0] / two[0]:.2f} of the processor time is work in both")
    print(
        f"(with two it took {two[0] / one[0]:.2f} times as much); by the clock {one[1] / two[1]:.2f} times as fast,",
        end="",
    )
    print(f" at a load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


Spent = Sequence[float]  # seconds of processor, and of the clock


def told_engine(
    name: str, few: Spent, many: Spent, size: Size, alone: Spent = (0.0, 0.0), start: Spent | None = None
) -> Spent:
    """Print what it takes to start and for a unit, and how many times that is what it takes alone; returns the unit."""
    least, most = size.units
    unit = [(larger - smaller) / (most - least) for larger, smaller in zip(many, few, strict=True)]
    start = start or [max(0.0, seconds - each * least) for seconds, each in zip(few, unit, strict=True)]
    cells = [f"{start[0]:18,.2f}{start[1]:10,.2f}", f"{1e3 * unit[0]:18,.1f}{1e3 * unit[1]:10,.1f}"]
    print(f"{name:30}{''.join(cells)}" + (f"   {unit[0] / alone[0]:.1f} x" if alone[0] else ""))
    return unit


@contextlib.contextmanager
def a_ray() -> Iterator[Callable[[], Spent]]:
    """A cluster of two workers, and what it took to start it."""
    import ray

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    cpu, wall = tree(), time.perf_counter()
    bounds = {"num_cpus": 2, "object_store_memory": 80 << 20, "include_dashboard": False}
    ray.init(**bounds, log_to_driver=False, logging_level="error")
    taken = tree() - cpu, time.perf_counter() - wall
    try:
        yield lambda: taken
    finally:
        ray.shutdown()


def tree() -> float:
    """Seconds that this process and all below it have computed, with those they waited for (Linux, proc(5))."""
    rows: dict[int, tuple[int, int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            rows[int(path.parent.name)] = int(fields[1]), sum(map(int, fields[11:15]))
    mine = {os.getpid()}
    while found := {pid for pid, (parent, _) in rows.items() if parent in mine} - mine:
        mine |= found
    return sum(ticks for pid, (_, ticks) in rows.items() if pid in mine) / os.sysconf("SC_CLK_TCK")


def small_units(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:04d}.jsonl").write_text(json.dumps({"text": f"{number} words that nobody wrote"}) + "\n")
    return folder


def clock(scratch: Path, folder: Path, engine: Engine, workers: int) -> Spent:
    matcher = Matcher(nobody())
    matcher.warm()
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else scratch) as out:
        plan = begin(a_plan(folder, NOBODY), Path(out))
        cpu, begun = tree(), time.perf_counter()
        assert len(run_units(folder, plan, Path(out), matcher, workers, engine=engine)) == len(plan.units)
        return tree() - cpu, time.perf_counter() - begun


def shards(scratch: Path, size: Size, workers: int) -> Spent:
    folder = scratch / "shards"
    if not folder.exists():
        folder.mkdir()
        for number in range(4):
            os.link(scratch / "pictures.tar", folder / f"{number}.tar")
    return clock(scratch, folder, run_in_pool, workers)


# ---- a cluster that was not there -----------------------------------------------------------------


def tell_cluster(measured: Measured, given: argparse.Namespace) -> None:
    hashes = given.works * len(VARIANTS)
    print(f"\nComputed for {given.rows:,.0f} rows against {given.works:,.0f} pictures ({hashes:,.0f} hashes); assumed:")
    print(
        f"a vCPU is one core of this machine and costs {given.price} EUR an hour; a machine has {given.cores} of them"
    )
    print(f"and {given.memory} GB; {given.machines} machines; a look-up costs as the slope above says\n")
    print(f"{'':44}{'us a row':>12}{'core hours':>14}{'EUR':>12}{'hours':>8}{'GB/s':>8}{'TB':>8}")
    for name, seconds in measured.seconds.items():
        looks_up = name in (PICTURES, AGAIN)
        larger = measured.looked_up(hashes) - measured.looked_up(measured.hashes) if looks_up else 0.0
        tell_path(TOLD[name], seconds + max(0.0, larger), measured.bytes[name], given)
    tell_memory(measured, given, hashes)


def tell_path(name: str, seconds: float, size: float, given: argparse.Namespace) -> None:
    core_hours = seconds * given.rows / 3600
    hours = core_hours / (given.machines * given.cores)
    total = size * given.rows
    rate = total / 1e9 / (3600 * hours)
    print(f"{name:44}{1e6 * seconds:12,.2f}{core_hours:14,.1f}{core_hours * given.price:12,.2f}", end="")
    print(f"{hours:8,.2f}{rate:8,.1f}{total / 1e12:8,.1f}")


def tell_memory(measured: Measured, given: argparse.Namespace, hashes: float) -> None:
    cold, hot = measured.cold * hashes / 1e9, measured.hot * hashes / 1e9
    keys, hours = measured.key * given.works / 1e9, measured.build * hashes / 3600
    parts = math.ceil((hot + keys) / (0.75 * given.memory))
    most = hamming.CAP * BUCKETS // 2
    crossing = measured.seconds[PICTURES] / measured.slope if measured.slope else math.inf
    lines = [
        f"the index of {given.works:,.0f} pictures: {cold:,.0f} GB on disk; {hot:,.0f} GB of memory once built,",
        f"and {keys:,.0f} GB of digests; built in {hours:,.2f} core hours.",
        f"Three quarters of {given.memory} GB hold it in {parts} part(s)",
        f"a bucket holds {hashes / BUCKETS:,.0f} hashes on average; one of more than {hamming.CAP:,} is passed",
        f"over, and its rows are unclear. {most:,} hashes ({most / len(VARIANTS):,.0f} pictures), half",
        f"of that on average, are as much as one index should hold: {math.ceil(hashes / most)} for these",
        f"a look-up costs as much as reading and decoding a picture at {crossing:,.0f} hashes",
    ]
    print("\n" + "\n".join(lines))


if __name__ == "__main__":
    raise SystemExit(main())
