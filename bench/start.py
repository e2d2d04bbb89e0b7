"""What it takes to start: a snapshot of a million works, opened and made ready for its first look-up.

    python bench/start.py [--quick]

A million works of eight hashes each, and a word about every one of them. Each start is a process of its own: the first
builds what look-ups need and keeps it, the next maps it. The page cache is warm. Goal: 1.5 s for the next, from the
first import to the first look-up, and 2 GB beside the index.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from crawl import draw_crawl
from crowd import make_crowd

GOAL, ROOM = 1.5, 2 << 30


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20,000 works in place of 1,000,000")
    parser.add_argument("--start", nargs=2, metavar=("SNAPSHOT", "CACHE"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.start:
        print(json.dumps(start(*map(Path, asked.start))))
        return 0
    works = 20_000 if asked.quick else 1_000_000
    with tempfile.TemporaryDirectory(prefix="placet-bench-") as scratch:
        library = make_crowd(Path(scratch, "snapshot"), works, draw_crawl(10)[1], about=1)
        print(f"{works:,} works, {len(library.arrays['image-plh.hash']):,} hashes, {works:,} words\n")
        report([_started(library.folder, Path(scratch, "hot")) for _ in range(4)])
    return 0


def start(snapshot: Path, cache: Path) -> dict[str, list[float]]:
    """Seconds of processor and of clock for each step; then the bytes held that are no mapped file's."""
    steps: dict[str, list[float]] = {}
    cpu, clock = 0.0, time.perf_counter()

    def note(name: str) -> None:
        nonlocal cpu, clock
        now = time.process_time(), time.perf_counter()
        steps[name] = [now[0] - cpu, now[1] - clock]
        cpu, clock = now

    from placet.snapshot import hot
    from placet.snapshot.library import open_library
    from placet.snapshot.match import Matcher

    note("Python and imports")
    library = open_library(snapshot)
    note("arrays mapped and checked")
    _ = library.named
    note("words about what is no work")
    hot.pictures(library, cache)
    note("index of pictures")
    Matcher(library, "fast", cache).warm()
    note("compiled code and the rest")
    library.heard_of_work(len(library) // 2)
    note("then: the first work's words")
    held = Path("/proc/self/status")
    lines = held.read_text().splitlines() if held.exists() else []
    anonymous = sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))
    return steps | {"held": [anonymous, anonymous]}


def _started(snapshot: Path, cache: Path) -> dict[str, list[float]]:
    command = [sys.executable, __file__, "--start", str(snapshot), str(cache)]
    told: dict[str, list[float]] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return told


def report(starts: list[dict[str, list[float]]]) -> None:
    first, *others = starts
    best = min(others, key=lambda each: sum(cpu for cpu, _ in each.values()) - each["held"][0])
    print(f"{'':32}{'first: s (cpu)':>16}{'(clock)':>9}{'next: s (cpu)':>16}{'(clock)':>9}")
    *names, then = [name for name in first if name != "held"]
    for name in names:
        print(f"{name:32}{first[name][0]:16.2f}{first[name][1]:9.2f}{best[name][0]:16.2f}{best[name][1]:9.2f}")
    sums = [sum(each[name][kind] for name in names) for each in (first, best) for kind in (0, 1)]
    print(f"{'together':32}{sums[0]:16.2f}{sums[1]:9.2f}{sums[2]:16.2f}{sums[3]:9.2f}")
    print(f"{then:32}{first[then][0]:16.2f}{first[then][1]:9.2f}{best[then][0]:16.2f}{best[then][1]:9.2f}")
    print(f"\ngoal {GOAL} s, the next start (the best of {len(others)}, cpu): {'met' if sums[2] <= GOAL else 'MISSED'}")
    held = best["held"][0]
    print(f"held beside mapped files: {held / 1e9:.2f} GB; goal {ROOM >> 30} GB: {'met' if held <= ROOM else 'MISSED'}")


if __name__ == "__main__":
    raise SystemExit(main())
