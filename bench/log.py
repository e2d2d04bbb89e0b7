"""Entries made durable a second, beside what this disk and this processor can do at most, in one run.

    python bench/log.py [--quick] [--folder DIR]

Every entry is one signed `declare` about an address; an append returns when entries, tiles and signed checkpoint
are on disk.  The limits: appends of 4 KiB with fsync a second, SHA-256 leaf hashes a second, Ed25519
verifications a second.  Signing is the maker's work, and is left out; appends are shown with and without the
verification of signatures.  Then proofs checked, and fsck's entries a second.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from placet.app import Home
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import PRESETS
from placet.log.fsck import check_log
from placet.log.sequencer import Submission
from placet.record.merkle import leaf_hash, verify_inclusion
from placet.record.policy import parse_policy
from placet.registry import admission
from placet.registry.compose import Composer, Wish
from placet.registry.contents import check_contents
from placet.signing.keys import Key, Role, verify
from placet.signing.trust import verify_receipt

GOAL = 10_000  # appends a second in batches of 1,000 and more, verification left out
NOW = 1_750_000_000
WISH = Wish(uses=PRESETS["ai"], stance=Stance.RESERVE, start=NOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What the machine does a second when it does nothing else."""

    syncs: float
    hashes: float
    verifications: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer entries")
    parser.add_argument("--folder", type=Path, default=None, help="the disk to measure (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        return measure(Path(place), quick=options.quick)


def measure(place: Path, *, quick: bool) -> int:
    home = Home(place / "home", now=lambda: NOW)
    key = home.key(Role.PARTY)
    first = home.composer(key)
    home.log.append(first.submission())
    home.composer(key)
    limits = find_limits(place, key, 200 if quick else 1000)
    print(f"limits: {limits.syncs:,.0f} fsyncs/s of 4 KiB, {limits.hashes:,.0f} leaf hashes/s, ", end="")
    print(f"{limits.verifications:,.0f} Ed25519 verifications/s")
    best = 0.0
    for batch in (1, 100, 1000, 5000):
        batches = max(2, min(200, 2_000 if quick else 10_000) // batch) if batch < 5000 else (1 if quick else 3)
        for verified in (False, True):
            rate = appends(home, key, batch, batches, verified=verified)
            best = max(best, 0 if verified or batch < 1000 else rate)
            print(line(batch, rate, limits, verified=verified))
    proofs(home, limits, 300 if quick else 3000)
    soundness(home, limits)
    print(f"goal: {GOAL:,} appends/s without verification: {'met' if best >= GOAL else 'MISSED'} ({best / GOAL:.2f})")
    return 0


def find_limits(place: Path, key: Key, count: int) -> Limits:
    data = sample(key)
    sig = key.sign(data)
    block = os.urandom(4096)
    with (place / "syncs").open("wb", buffering=0) as file:
        syncs = rate_of(lambda: (file.write(block), os.fsync(file.fileno())), count)
    return Limits(
        syncs=syncs,
        hashes=rate_of(lambda: leaf_hash(data), 100 * count),
        verifications=rate_of(lambda: verify(key.public, data, sig), 5 * count),
    )


def sample(key: Key) -> bytes:
    composer = Composer(key, "", NOW)
    composer.declare([Subject(Kind.URL, "https://maker.example/works/1")], WISH)
    return composer.entries[0].data


def rate_of(step: Callable[[], object], count: int) -> float:
    start = time.perf_counter()
    for _ in range(count):
        step()
    return count / (time.perf_counter() - start)


def appends(home: Home, key: Key, batch: int, batches: int, *, verified: bool) -> float:
    """Durable appends a second of submissions that were signed before."""
    submissions = list(signed(home, key, batch, batches))
    check = admission.check_signature if verified else lambda entry: None
    with mock.patch.object(admission, "check_signature", check):
        start = time.perf_counter()
        for submission in submissions:
            home.log.append(submission)
        return batch * batches / (time.perf_counter() - start)


def signed(home: Home, key: Key, batch: int, batches: int) -> list[Submission]:
    composer, made = home.composer(key), []
    start = home.log.published().size
    for number in range(batches):
        composer.entries = []
        for each in range(batch):
            place = start + number * batch + each
            composer.declare([Subject(Kind.URL, f"https://maker.example/works/{place}")], WISH)
        made.append(composer.submission())
    return made


def line(batch: int, rate: float, limits: Limits, *, verified: bool) -> str:
    what = "verified  " if verified else "unverified"
    ratios = f"{rate / limits.syncs:8.3f} of fsync/s, {rate / limits.hashes:.4f} of hashes/s"
    floor = f", {rate / limits.verifications:.3f} of verifications/s" if verified else ""
    return f"batches of {batch:>5}, {what}: {rate:>9,.0f} appends/s = {ratios}{floor}"


def proofs(home: Home, limits: Limits, count: int) -> None:
    published = home.log.published()
    count = min(count, published.size)
    data = list(home.log.entries.read(0, count))
    start = time.perf_counter()
    made = home.log.receipts(range(count))
    print(f"receipts made: {count / (time.perf_counter() - start):,.0f}/s under {published.size:,} entries")
    start = time.perf_counter()
    for each, proof in zip(data, made, strict=True):
        verify_inclusion(leaf_hash(each), proof.index, published.size, proof.path, published.root)
    rate = count / (time.perf_counter() - start)
    steps = len(made[0].path) + 1
    print(f"proofs checked: {rate:,.0f}/s = {rate * steps / limits.hashes:.3f} of hashes/s ({steps} hashes each)")
    policy = parse_policy(next((home.path / "trust").glob("*.policy")).read_text(encoding="utf-8"))
    start = time.perf_counter()
    for each, proof in zip(data, made, strict=True):
        verify_receipt(each, proof, policy)
    rate = count / (time.perf_counter() - start)
    print(
        f"whole receipts checked, signature too: {rate:,.0f}/s = {rate / limits.verifications:.3f} of verifications/s"
    )


def soundness(home: Home, limits: Limits) -> None:
    policy = parse_policy(next((home.path / "trust").glob("*.policy")).read_text(encoding="utf-8"))
    start = time.perf_counter()
    sound = check_log(home.path / "log", policy, admission.check_signature, check_contents)
    rate = len(sound.entries) / (time.perf_counter() - start)
    print(
        f"fsck: {rate:,.0f} entries/s of {len(sound.entries):,} = {rate / limits.verifications:.3f} of verifications/s"
    )


if __name__ == "__main__":
    sys.exit(main())
