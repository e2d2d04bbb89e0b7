"""The public record under load, beside what this processor can do at most, in one run.

    python bench/record.py [--quick] [--folder DIR]

Works made durable in batches under one signature, the duplicate check on; the time from a submission to its proof
when a thousand come a second; receipts verified offline; fsck of entries, extrapolated to a million; the start on a log
of ten million entries, whose tiles are synthetic (random leaf hashes, and one row in the database).
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import insert

from placet.app import Home
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import PRESETS
from placet.core.work import Medium, WorkRecord
from placet.log.fsck import check_log
from placet.log.pool import Pool
from placet.log.sequencer import Submission
from placet.record import merkle
from placet.record.checkpoint import Checkpoint, format_checkpoint
from placet.record.policy import parse_policy
from placet.record.tiles import WIDTH, Tile
from placet.registry.admission import check_signature
from placet.registry.compose import Composer, NewWork, Wish
from placet.registry.contents import check_contents
from placet.signing.keys import Key, Role, generate, verify
from placet.signing.notes import sign_note
from placet.signing.trust import verify_receipt
from placet.store.tables import checkpoints, entries

NOW = 1_750_000_000
WISH = Wish(uses=PRESETS["ai"], stance=Stance.RESERVE, start=NOW)
BATCH = 5_000  # works under one signature
ENTRIES = 5_000  # entries in one append
SUBMITTERS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    what: str
    value: float
    limit: float
    unit: str
    least: bool

    def line(self) -> str:
        met = self.value >= self.limit if self.least else self.value <= self.limit
        side = "at least" if self.least else "at most"
        return (
            f"  {self.what:52} {self.value:12,.3f} {self.unit:10} {side} {self.limit:,g}: {'met' if met else 'MISSED'}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--folder", type=Path, default=None, help="the disk to measure (default: a temporary folder)")
    options = parser.parse_args()
    part = 10 if options.quick else 1
    goals = []
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        limit = verifications()
        print(f"limit: {limit:,.0f} Ed25519 verifications/s on one core of {os.cpu_count()}")
        goals += durable(Path(place) / "a", limit, 4 if part == 1 else 1)
        goals += latency(Path(place) / "b", 20 if part == 1 else 3)
        goals += checks(Path(place) / "c", limit, 60_000 // part)
        goals += start(Path(place) / "d", 10_000_000 // part)
    print(*(goal.line() for goal in goals), sep="\n")
    return 0


def verifications() -> float:
    key = generate(b"k" * 32, Role.PARTY)
    sig = key.sign(b"entry" * 80)
    begun = time.perf_counter()
    for _ in range(2_000):
        verify(key.public, b"entry" * 80, sig)
    return 2_000 / (time.perf_counter() - begun)


def a_home(place: Path) -> tuple[Home, Key]:
    home = Home(place / "home", now=lambda: NOW)
    key = home.key(Role.PARTY)
    home.log.append(home.composer(key).submission())
    return home, key


# --- durable ----------------------------------------------------------------------------------------


def durable(place: Path, limit: float, rounds: int) -> Iterator[Goal]:
    """Works under one signature a batch, then entries that are each signed; duplicates are looked for first."""
    home, key = a_home(place)
    batches = [works(home, key, number) for number in range(rounds)]
    yield Goal(
        what=f"works/s, {BATCH:,} under one signature",
        value=rate(home, batches, rounds * BATCH),
        limit=10_000,
        unit="works/s",
        least=True,
    )
    home, key = a_home(place / "each")
    appended = declarations(home, key, rounds)
    speed = rate(home, appended, rounds * ENTRIES)
    print(f"entries that are each signed: {speed:,.0f}/s = {speed / limit:.2f} of verifications/s")
    again = rate(home, appended, rounds * ENTRIES)
    print(f"the same again, all of them duplicates: {again:,.0f}/s; the log did not grow")


def works(home: Home, key: Key, number: int) -> Submission:
    composer = Composer(key, home.registry.last_of(key.public.hex()), NOW)
    composer.register([work(number * BATCH + each) for each in range(BATCH)])
    return composer.submission()


def work(number: int) -> NewWork:
    name = hashlib.sha256(b"%d" % number).hexdigest()
    record = WorkRecord(medium=Medium.OTHER, sha256=name, blake3=name, size=1 + number, iscc="", prints="")
    return NewWork(record=record, sheet=b"", title=None, thumb=b"")


def declarations(home: Home, key: Key, rounds: int) -> list[Submission]:
    composer, made = home.composer(key), []
    for number in range(rounds):
        composer.entries = []
        for each in range(ENTRIES):
            composer.declare([Subject(Kind.URL, f"https://maker.example/{number}/{each}")], WISH)
        made.append(composer.submission())
    return made


def rate(home: Home, submissions: list[Submission], count: int) -> float:
    spent = 0.0
    for submission in submissions:
        fresh = _chained(home, submission)
        begun = time.perf_counter()
        home.log.append(fresh)
        spent += time.perf_counter() - begun
    return count / spent


def _chained(home: Home, submission: Submission) -> Submission:
    """A batch of works is signed when its turn comes, since it follows its key's newest entry."""
    entry = submission.entries[0]
    key = home.key(Role.PARTY)
    last = home.registry.last_of(key.public.hex())
    if entry.type != "work.add" or entry.prev == last:
        return submission
    composer = Composer(key, last, NOW)
    composer._sign("work.add", {name: entry.body[name] for name in ("count", "root", "blob")})  # noqa: SLF001
    return Submission(tuple(composer.entries), submission.blobs)


# --- from a submission to its proof -----------------------------------------------------------------


def latency(place: Path, seconds: int) -> Iterator[Goal]:
    """A thousand submissions a second, each of one entry by a key of its own, at random moments; then its proof."""
    home, _ = a_home(place)
    made = [one_entry(number) for number in range(1_000 * seconds)]
    pool, waits, guard = Pool(home.log.append), list[float](), threading.Lock()
    proofs, rng = home.log.receipt, random.Random(1)
    due, moment = list[float](), 0.2
    for _ in made:
        moment += rng.expovariate(1_000)
        due.append(moment)
    begun = time.perf_counter()

    def submit(number: int) -> None:
        at = begun + due[number]
        time.sleep(max(0.0, at - time.perf_counter()))
        (index,) = pool.submit(made[number])
        if number % 50 == 0:
            proofs(index)
        with guard:
            waits.append(time.perf_counter() - at)

    with ThreadPoolExecutor(SUBMITTERS) as threads:
        list(threads.map(submit, range(len(made))))
    waits.sort()
    spent = time.perf_counter() - begun
    print(f"{len(made):,} submissions in {spent:.1f} s: half within {waits[len(waits) // 2] * 1000:,.0f} ms")
    yield Goal(what="p99 from a submission to its proof, 1,000/s", value=waits[int(len(waits) * 0.99)], limit=1,
               unit="s", least=False)  # fmt: skip


def one_entry(number: int) -> Submission:
    composer = Composer(generate(hashlib.sha256(b"%d" % number).digest(), Role.PARTY), "", NOW)
    composer.introduce(None)
    return composer.submission()


# --- checking ---------------------------------------------------------------------------------------


def checks(place: Path, limit: float, count: int) -> Iterator[Goal]:
    home, key = a_home(place)
    for submission in declarations(home, key, max(1, count // ENTRIES)):
        home.log.append(submission)
    policy = parse_policy(next((home.path / "trust").glob("*.policy")).read_text(encoding="utf-8"))
    chosen = range(0, home.log.published().size, 16)
    made = home.log.receipts(chosen)
    data = [next(iter(home.log.entries.read(index, index + 1))) for index in chosen]
    begun = time.perf_counter()
    for each, proof in zip(data, made, strict=True):
        verify_receipt(each, proof, policy)
    speed = len(made) / (time.perf_counter() - begun)
    print(f"receipts verified offline: {speed / limit:.2f} of verifications/s, the log's signature each time")
    yield Goal(what="receipts verified offline", value=speed, limit=5_000, unit="receipts/s", least=True)
    begun, cpu = time.perf_counter(), _processor()
    sound = check_log(home.path / "log", policy, check_signature, check_contents)
    spent, used = time.perf_counter() - begun, _processor() - cpu
    size = len(sound.entries)
    print(f"fsck of {size:,} signed entries: {spent:.1f} s by the clock, {used:.1f} s of processor")
    print(
        f"  their signatures alone: {size / limit:.1f} s of processor; all of it: {used * limit / size:.2f} times that"
    )
    yield Goal(what=f"fsck of 1,000,000 entries (from {size:,})", value=spent * 1_000_000 / size, limit=60, unit="s",
               least=False)  # fmt: skip


# --- starting ---------------------------------------------------------------------------------------


def start(place: Path, size: int) -> Iterator[Goal]:
    """Open a home whose log has `size` entries, and do what is done before the next append."""
    home, key = a_home(place)
    log = home.log
    root = write_tiles(home, size)
    note = sign_note(format_checkpoint(Checkpoint(log.origin, size, root)), log.key, log.origin)
    (home.path / "log" / "checkpoint").write_bytes(note)
    with home.engine.begin() as connection:
        connection.execute(insert(entries).values(index=size - 1, leaf=b"\xff" * 32, data=b"{}"))
        connection.execute(checkpoints.update().values(size=size, root=root, note=note))
    home.engine.dispose()
    fresh = Home(home.path, now=lambda: NOW)
    value = timed(fresh.log.recover)
    composer = Composer(key, fresh.registry.last_of(key.public.hex()), NOW)
    composer.declare([Subject(Kind.URL, "https://maker.example/first")], WISH)
    first = timed(lambda: fresh.log.append(composer.submission()))
    print(f"start on {size:,} entries: {value * 1000:.0f} ms; the first append after it {first * 1000:.0f} ms")
    yield Goal(what=f"start on a log of {size:,} entries", value=value, limit=5, unit="s", least=False)


def write_tiles(home: Home, size: int) -> bytes:
    """All tiles over random leaf hashes, level by level, and their root; not synced."""
    level, above, frontier = 0, os.urandom(32 * size), list[tuple[bytes, ...]]()
    while above:
        count, data, above = len(above) // 32, above, b""
        parents = []
        for index in range(-(-count // WIDTH)):
            part = data[index * 32 * WIDTH : (index + 1) * 32 * WIDTH]
            tile = home.path / "log" / Tile(level, index, len(part) // 32).path
            tile.parent.mkdir(parents=True, exist_ok=True)
            tile.write_bytes(part)
            hashes = [part[i : i + 32] for i in range(0, len(part), 32)]
            if len(hashes) == WIDTH:
                parents.append(merkle.root(hashes))
            else:
                frontier.append(merkle.Frontier.EMPTY.extend(hashes).hashes)
        above, level = b"".join(parents), level + 1
    return merkle.Frontier(size, tuple(h for hashes in reversed(frontier) for h in hashes)).root()


def _processor() -> float:
    """Seconds of processor, of this process and of those that it waited for."""
    return sum(os.times()[:4])


def timed(step: Callable[[], object]) -> float:
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


if __name__ == "__main__":
    sys.exit(main())
