"""kill -9 on a witness, many times, at seeded moments.

    python bench/kill_witness.py [--quick] [--rounds 1000] [--seed 1]

Each round starts two processes that ask one witness's folder for cosignatures on two histories of one log, and kills
both.  Then: never two roots for one size, and the largest tree that was ever answered is still remembered.  Twenty
rounds share a folder, since the histories have an end.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from placet.log.witness import FileSeen
from placet.record.checkpoint import parse_checkpoint
from placet.record.notes import parse_note

ROOT = Path(__file__).resolve().parent.parent
ORIGIN = "log.example/placet"
SHARED = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="twenty pairs")
    parser.add_argument("--rounds", type=int, default=1000, help="pairs of processes to kill")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other moments")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        return kill(Path(place), 20 if options.quick else options.rounds, random.Random(options.seed))


def kill(place: Path, rounds: int, dice: random.Random) -> int:
    sizes = twice = 0
    begun = time.perf_counter()
    for start in range(0, rounds, SHARED):
        folder = place / str(start)
        folder.mkdir()
        roots = share(folder, range(start, min(start + SHARED, rounds)), dice)
        if roots is None:
            return 1
        sizes, twice = sizes + len(roots), twice + sum(len(found) > 1 for found in roots.values())
    took = time.perf_counter() - begun
    print(f"{rounds} rounds, {2 * rounds} kills, {sizes} sizes cosigned in {took:.0f} s")
    print(f"sizes with two roots: {twice}; cosigned trees forgotten: 0")
    return 1 if twice else 0


def share(folder: Path, numbers: range, dice: random.Random) -> dict[int, set[str]] | None:
    """The roots that were cosigned for each size; None when a cosigned tree was forgotten."""
    roots: dict[int, set[str]] = {}
    for number in numbers:
        for output in killed(folder, number, dice):
            for size, root in cosigned(output):
                roots.setdefault(size, set()).add(root)
        kept, largest = remembered(folder), max(roots, default=0)
        if kept < largest:
            print(f"round {number}: a tree of {largest} was cosigned, and {kept} is remembered")
            return None
    return roots


def killed(place: Path, number: int, dice: random.Random) -> list[str]:
    """What two processes had said when they were killed."""
    command = [sys.executable, "-m", "tests.log.witnessing", str(place)]
    pair = [
        subprocess.Popen([*command, str(2 * number + each)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for each in range(2)
    ]
    first = [process.stdout.readline() for process in pair if process.stdout]
    time.sleep(dice.uniform(0, 0.15))
    for process in pair:
        process.send_signal(signal.SIGKILL)
    return [begun + process.communicate()[0] for begun, process in zip(first, pair, strict=True)]


def cosigned(output: str) -> list[tuple[int, str]]:
    """Size and root of each whole line; the kill cuts the last one off."""
    lines = [line.split() for line in output.splitlines(keepends=True) if line.endswith("\n")]
    return [(int(size), root) for word, size, root in lines if word == "cosigned"]


def remembered(place: Path) -> int:
    note = FileSeen(place / "witness").read(ORIGIN)
    return parse_checkpoint(parse_note(note).text).size if note else 0


if __name__ == "__main__":
    raise SystemExit(main())
