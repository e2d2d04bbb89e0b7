"""robots.txt: Placet beside Protego, on the same files, in one run.

    python bench/robots.py [--quick]

The files are made here after shapes that are seen: a blog, a shop, a newspaper with its list of AI crawlers, an
encyclopedia, a platform at the limit of 500 KiB.  Both read each file and are asked the same questions, and where they
differ is counted: Protego weighs a `?` behind a star as the three octets of `%3F`, so that a shorter rule may win.  Of
many addresses it is asked the first twentieth, since it would take an hour.  Needs the extra `bench`; times are of
processor time, the least of the rounds.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa

from placet.signals import robots, robots_column
from placet.signals.agents import agents
from placet.signals.robots_file import parse

HOST = "https://press.example"
GOAL_FILE, GOAL_MANY = 1.0, 10.0
WORDS = ("wp-admin", "search", "cart", "checkout", "user", "login", "tag", "print", "api", "feed", "archive", "media")

Ask = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class File:
    name: str
    body: bytes
    urls: tuple[str, ...]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="50,000 addresses in place of 1,000,000, and fewer rounds")
    quick = parser.parse_args().quick
    try:
        from protego import Protego
    except ImportError:
        print("This bench compares with Protego, which is not here: pip install 'placet[bench]'", file=sys.stderr)
        return 1
    made = list(files(random.Random(20261125)))
    compare_files(made, Protego, rounds=3 if quick else 7)
    compare_many(made, Protego, 50_000 if quick else 1_000_000)
    return 0


def files(chance: random.Random) -> Iterator[File]:
    """Robots.txt files of five shapes, and addresses of which about a half meets a rule."""
    ai = [agent.token for agent in agents() if " " not in agent.token and "." not in agent.token]
    groups = {
        "a blog": [(["*"], _rules(chance, 3))],
        "a shop": [(["*"], _rules(chance, 60)), (["Googlebot"], _rules(chance, 20)), (["AdsBot-Google"], ["Allow: /"])],
        "a newspaper": [(["*"], _rules(chance, 150)), (ai, ["Disallow: /", "Allow: /press/"])],
        "an encyclopedia": [([token], ["Disallow: /"]) for token in ai] + [(["*"], _rules(chance, 1_200))],
        "a platform": [([token], _rules(chance, 300)) for token in ai[:45]] + [(["*"], _rules(chance, 3_000))],
    }
    for name, parts in groups.items():
        body = "\n".join(_group(names, rules) for names, rules in parts) + f"\nSitemap: {HOST}/sitemap.xml\n"
        yield File(name, body.encode(), tuple(_address(chance) for _ in range(20)))


def _group(names: list[str], rules: list[str]) -> str:
    return "".join(f"User-agent: {name}\n" for name in names) + "".join(f"{rule}\n" for rule in rules)


def _rules(chance: random.Random, count: int) -> list[str]:
    return [f"{'Allow' if chance.random() < 0.15 else 'Disallow'}: {_pattern(chance)}" for _ in range(count)]


def _pattern(chance: random.Random) -> str:
    path = _path(chance, chance.randint(1, 3))
    shape = chance.random()
    if shape < 0.6:
        return path + "/"
    if shape < 0.75:
        return f"/*{path}"
    if shape < 0.85:
        return f"{path}/*.{chance.choice(['pdf', 'jpg', 'php'])}$"
    return f"{path}?{chance.choice(WORDS)}=" if shape < 0.95 else f"/*?*{chance.choice(WORDS)}="


def _path(chance: random.Random, depth: int) -> str:
    return "".join(f"/{chance.choice(WORDS)}-{chance.randint(1, 99)}" for _ in range(depth))


def _address(chance: random.Random) -> str:
    query = f"?{chance.choice(WORDS)}={chance.randint(1, 9)}" if chance.random() < 0.2 else ""
    return f"{HOST}{_path(chance, chance.randint(1, 5))}/story-{chance.randint(1, 10**6)}.html{query}"


def ours(body: bytes) -> Callable[[str], Ask]:
    file = parse(body)
    return lambda agent: robots.access(file, agent)


def theirs(protego: Any, body: bytes) -> Callable[[str], Ask]:
    file = protego.parse(body.decode())
    return lambda agent: lambda url: file.can_fetch(url, agent)


def compare_files(made: list[File], protego: Any, rounds: int) -> None:
    """Read the file, ask it about twenty addresses for two crawlers: what a crawler does at a new host."""
    print(f"read a file and ask 40 times{'':14}{'bytes':>8}{'placet':>12}{'protego':>12}{'ratio':>8}{'differ':>8}")
    ratios = []
    for file in made:
        makers = (ours, partial(theirs, protego))
        times = [least(partial(questions, make, file), rounds) for make in makers]
        one, other = (questions(make, file) for make in makers)
        differ = sum(a != b for a, b in zip(one, other, strict=True))
        ratios.append(times[1] / times[0])
        shown = "".join(f"{seconds * 1e3:>9.2f} ms" for seconds in times)
        print(f"{file.name:<42}{len(file.body):>8,}{shown}{ratios[-1]:>7.1f}x{differ:>8}")
    print(f"at least {min(ratios):.1f}x Protego (goal {GOAL_FILE:.0f}x)\n")


def questions(make: Callable[[bytes], Callable[[str], Ask]], file: File) -> list[bool]:
    answer = make(file.body)
    return [ask(url) for ask in (answer("GPTBot"), answer("somebot")) for url in file.urls]


def least(work: Callable[[], object], rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def compare_many(made: list[File], protego: Any, count: int) -> None:
    """One file, read once, and many addresses: what a dataset asks, a column at a time or one by one."""
    chance = random.Random(20261126)
    urls = [_address(chance) for _ in range(count)]
    column = pa.array(urls)
    names = f"{'column/s':>12}{'placet/s':>12}{'protego/s':>12}{'ratios':>16}{'differ':>8}"
    print(f"one file, {count:,} addresses{'':4}{names}")
    least_of_all = float("inf")
    for file in made:
        rules = parse(file.body)
        rows, most = rate(robots_column.access_column(rules, "somebot"), column)
        one, each = rate(_each(robots.access(rules, "somebot")), urls)
        other, theirs_ = rate(_each(theirs(protego, file.body)("somebot")), urls[: count // 20])
        if rows.to_pylist() != one:
            raise SystemExit(f"{file.name}: a column is answered otherwise than its addresses")
        differ = sum(a != b for a, b in zip(one, other, strict=False))
        least_of_all = min(least_of_all, most / theirs_)
        ratios = f"{most / theirs_:.1f}x {each / theirs_:.1f}x"
        print(f"{file.name:<34}{most:>12,.0f}{each:>12,.0f}{theirs_:>12,.0f}{ratios:>16}{differ:>8}")
    print(f"a column at a time at least {least_of_all:.1f}x Protego (goal {GOAL_MANY:.0f}x)")


def _each(ask: Ask) -> Callable[[list[str]], list[bool]]:
    return lambda urls: [ask(url) for url in urls]


def rate(answer: Callable[[Any], Any], asked: Any) -> tuple[Any, float]:
    began = time.process_time()
    answers = answer(asked)
    return answers, len(asked) / (time.process_time() - began)


if __name__ == "__main__":
    sys.exit(main())
