"""kill -9 on the sequencer and on the mirror of its log, many times, at seeded moments.

    python bench/kill_log.py [--quick] [--rounds 1000] [--seed 1]

Each round starts two processes that append to one home, and one that mirrors its log, and kills all three, wherever
they are. Then: every entry that was acknowledged is in the log at its index; no size was ever given two roots; the log
and the mirror hold under fsck, and neither went back. Ten rounds share a home.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the processes that are killed are the tests' own

from placet.app import Home  # noqa: E402
from placet.log.fsck import check_log  # noqa: E402
from placet.registry.admission import check_signature  # noqa: E402
from placet.registry.contents import check_contents  # noqa: E402
from tests.factories import a_home, policy_of, reserve  # noqa: E402

SHARED = 10
LONGEST = 0.4  # seconds from the first word of a process to its end


@dataclass
class Seen:
    """What the processes said before they were killed."""

    entries: dict[str, int] = field(default_factory=dict)
    roots: dict[int, set[str]] = field(default_factory=dict)
    shown: int = 0
    kills: int = 0

    def hear(self, output: str) -> None:
        """Whole lines only: the kill cuts the last one off."""
        for line in output.splitlines(keepends=True):
            match line.split():
                case ["entry", index, id_] if line.endswith("\n"):
                    self.entries[id_] = int(index)
                case ["root" | "shown" as word, size, root] if line.endswith("\n"):
                    self.roots.setdefault(int(size), set()).add(root)
                    self.shown = max(self.shown, int(size)) if word == "shown" else self.shown


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="ten rounds")
    parser.add_argument("--rounds", type=int, default=1000, help="how many triples of processes to kill")
    parser.add_argument("--seed", type=int, default=1, help="another seed, other moments")
    options = parser.parse_args()
    rounds, dice = 10 if options.quick else options.rounds, random.Random(options.seed)
    begun, kills, entries, sizes = time.perf_counter(), 0, 0, 0
    for start in range(0, rounds, SHARED):
        with tempfile.TemporaryDirectory() as place:
            seen, why = share(Path(place), min(SHARED, rounds - start), dice)
        if why:
            print(f"rounds {start} to {start + SHARED}: {why}")
            return 1
        kills, entries, sizes = kills + seen.kills, entries + len(seen.entries), sizes + len(seen.roots)
    print(f"{rounds} rounds, {kills} kills in {time.perf_counter() - begun:.0f} s")
    print(f"{entries} entries acknowledged, none lost or moved; {sizes} sizes signed or shown, none with two roots")
    print("logs and mirrors hold under fsck after every round; no mirror went back")
    return 0


def share(place: Path, rounds: int, dice: random.Random) -> tuple[Seen, str]:
    """The first thing that is wrong is a sentence."""
    seen, mirrored = Seen(), 0
    reserve(a_home(place / "home"), 1)
    for _ in range(rounds):
        one_round(place, dice, seen)
        home = a_home(place / "home")
        home.log.recover()
        size, why = judged(home, place / "mirror", seen)
        home.engine.dispose()
        if why or size < max(mirrored, seen.shown):
            return seen, why or f"the mirror showed {max(mirrored, seen.shown)} entries, and now {size}"
        mirrored = size
    return seen, ""


def one_round(place: Path, dice: random.Random, seen: Seen) -> None:
    jobs = [("appender", str(place / "home"), "1"), ("appender", str(place / "home"), "2")]
    jobs.append(("mirroring", str(place / "home"), str(place / "mirror")))
    running = [
        subprocess.Popen(
            [sys.executable, "-m", f"tests.log.{name}", *words],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for name, *words in jobs
    ]
    first = [process.stdout.readline() for process in running if process.stdout]
    time.sleep(dice.uniform(0, LONGEST))
    for process in running:
        seen.kills += process.poll() is None
        process.send_signal(signal.SIGKILL)
    for begun, process in zip(first, running, strict=True):
        seen.hear(begun + process.communicate()[0])


def judged(home: Home, mirror: Path, seen: Seen) -> tuple[int, str]:
    """How much the mirror shows, and what is wrong, if anything."""
    policy = policy_of(home)
    sound = check_log(home.path / "log", policy, check_signature, check_contents)
    place = {entry.id: index for index, entry in enumerate(sound.entries)}
    if len(place) != len(sound.entries):
        return 0, "an entry stands twice in the log"
    if lost := [id_ for id_, index in seen.entries.items() if place.get(id_) != index]:
        return 0, f"entry {lost[0]} was acknowledged at {seen.entries[lost[0]]}, and is not there"
    if twice := [size for size, roots in seen.roots.items() if len(roots) > 1]:
        return 0, f"size {twice[0]} has two roots"
    if not (mirror / "checkpoint").exists():
        return 0, ""
    copy = check_log(mirror, policy, check_signature, check_contents)
    if [entry.id for entry in copy.entries] != [entry.id for entry in sound.entries[: len(copy.entries)]]:
        return 0, "the mirror holds another history"
    return len(copy.entries), ""


if __name__ == "__main__":
    raise SystemExit(main())
