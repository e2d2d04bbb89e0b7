"""Bringing in a repertoire: how long a list of 200,000 works takes, and which part of it is what.

    python bench/imports.py [--works N] [--format csv|cwr]

The list is made here: co-authors with shares, territories, dates (CWR has none), members' numbers, and the 37 members
who disagree in a list beside it, none of it anybody's.  It is read plainly (the standard library's csv module, or its
lines cut), then by the reader, then brought in as `placet import --exclude` does, into a home of its own, with every
signature, check, proof and row; and once more, when all of it is there.  Parts are processor seconds of one process;
the whole is also told by the clock, since the disk has a part in it.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from placet.app import Home, open_home
from placet.desk.bringing import Order, Report, bring
from placet.registry.bulk.formats import format_of
from placet.registry.bulk.gathering import Salts, gather_rows, title_of
from placet.registry.bulk.raw import Source
from placet.signing.keys import Role
from tests.gallery.lists import cwr, ipi, iswc, publisher, reach, work, writer

GOAL = 180.0
MEMBERS = 5_000
DISAGREE = range(1, MEMBERS, MEMBERS // 37)[:37]
PLACES = (("I", "2136"), ("I", "2120"), ("I", "276"))  # the world, Europe, Germany
T = TypeVar("T")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--works", type=int, default=200_000)
    parser.add_argument("--format", choices=("csv", "cwr"), default="csv")
    words = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("works.csv" if words.format == "csv" else "works.v21")
        path.write_bytes(a_table(words.works) if words.format == "csv" else a_transmission(words.works))
        against = Path(folder) / "members.txt"
        against.write_text("\n".join(map(ipi, DISAGREE)), encoding="utf-8")
        size, named = path.stat().st_size / 1e6, sum(len(members) for _, members in people(words.works))
        print(f"{words.works:,} works with {named:,} shares of members, {words.format}, {size:.0f} MB;")
        print(f"{len(DISAGREE)} members who disagree")
        return report(Order(path=path, exclude=against), words.works, open_home(Path(folder) / "home"))


def report(order: Order, works: int, home: Home) -> int:
    path = order.path
    plain, _ = timed(lambda: parse_plainly(path))
    source = Source(path=path)
    known = format_of(source)
    read, rows = timed(lambda: list(known.read(source)))
    gathered, found = timed(lambda: gather_rows(rows, "0" * 64, Salts(bytes(32))))
    titles, _ = timed(lambda: [title_of(each, Salts(bytes(32)), show=False)[0].data() for each in found.works])
    rows.clear()
    found.works.clear()
    begun, key = time.monotonic(), home.key(Role.PARTY)
    whole, done = timed(lambda: bring(home, order, key))
    clock = time.monotonic() - begun
    again, twice = timed(lambda: bring(home, order, key))
    for words, seconds in (
        ("parsed plainly", plain),
        ("read, with every field checked", read),
        ("put together by work", gathered),
        ("made lines of sheets", titles),
        ("the rest: signed, judged, stored", whole - read - gathered - titles),
        ("the whole import", whole),
        ("once more, nothing new", again),
    ):
        print(f"{words:34}{seconds:8.1f} s   {seconds / plain:7.1f} times plain parsing")
    print(f"by the clock {clock:.1f} s, {works / clock:,.0f} works a second; goal {GOAL * works / 200_000:.1f} s")
    out = 0 if path.suffix != ".csv" else sum({who for who, _ in all_} <= set(DISAGREE) for _, all_ in people(works))
    is_right = _is_all(done, "new", works, out) and _is_all(twice, "matched", works, out)
    print(f"{works - out:,} works are in, and nothing twice; {out:,} are left out, all of whose members disagree")
    print("" if is_right else f"NOT ALL: {done.counts}, then {twice.counts}", end="")
    return 0 if is_right and clock <= GOAL * works / 200_000 else 1


def _is_all(done: Report, status: str, works: int, out: int) -> bool:
    """A publisher is named in each work of the transmission, so that none of these names nobody else."""
    return done.counts == Counter({status: works - out} | ({"excluded": out} if out else {}))


def timed(do: Callable[[], T]) -> tuple[float, T]:
    begun = time.process_time()
    found = do()
    return time.process_time() - begun, found


def parse_plainly(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".csv":
        return sum(1 for _ in csv.reader(text.splitlines(), delimiter=";"))
    return sum(len((line[:3], line[19:79], line[79:])) for line in text.splitlines())


def people(works: int) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Each work's number, and its members with their hundredths of a percent."""
    rng = Random(20261126)
    for number in range(1, works + 1):
        many = rng.choice((1, 1, 2, 2, 2, 3, 4))
        shares = [10_000 // many] * many
        shares[0] += 10_000 - sum(shares)
        yield number, list(zip(rng.sample(range(1, MEMBERS), many), shares, strict=True))


def a_table(works: int) -> bytes:
    lines = ["ISWC;Titel;IPI;Rolle;Anteil %;Gebiet;bis"]
    for number, members in people(works):
        where, until = ("", "DE,AT,CH", "EU")[number % 3], ("", "2031-12-31")[number % 2]
        lines += (
            f"{iswc(number)};Lied {number};{ipi(member)};composer;{share / 100};{where};{until}"
            for member, share in members
        )
    return "\n".join([*lines, ""]).encode()


def a_transmission(works: int) -> bytes:
    return cwr(
        *(
            (
                work("NWR", f"LIED {number}", iswc(number)),
                publisher("P1", "OUR MUSIC", ipi(77), 5_000, 0),
                reach("P1", *PLACES[number % len(PLACES)]),
                *(
                    writer(f"W{place}", f"WRITER {member}", ipi(member), share, share)
                    for place, (member, share) in enumerate(members)
                ),
            )
            for number, members in people(works)
        )
    )


if __name__ == "__main__":
    sys.exit(main())
