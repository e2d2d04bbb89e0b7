"""Appends to a home until killed, and says what was acknowledged: run by the tests, as a process of its own.

python -m tests.log.appender HOME PARTY [COUNT]
"""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from tests.factories import a_composer, a_home, a_wish, a_work, works_of


def main(home_path: str, party: str, count: str = "0") -> None:
    home = a_home(Path(home_path))
    seen = sum(1 for work in home.registry.works() if work.record.size // 1_000_000 == int(party))
    rounds = range(seen, seen + int(count)) if int(count) else itertools.count(seen)
    for number in rounds:
        composer = a_composer(home, int(party))
        ids = composer.register([a_work(int(party) * 1_000_000 + number)])
        for _ in range(number % 7):
            composer.declare(works_of(ids), a_wish())
            composer.at += 1
        submission = composer.submission()
        indexes = home.log.append(submission)
        for index, entry in zip(indexes, submission.entries, strict=True):
            sys.stdout.write(f"entry {index} {entry.id}\n")
        published = home.log.published()
        sys.stdout.write(f"root {published.size} {published.root.hex()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
