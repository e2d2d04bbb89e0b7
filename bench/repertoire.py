"""Who may use a song: questions about a repertoire of 200,000 titles, answered through its claims, a second.

    python bench/repertoire.py [--titles N] [--asked N] [--check N]

Members who disagree, co-authors, territories and dates are those of tests/snapshot/societies.py; questions are random
in title, use, day, territory, asker and profile, and nothing is known of them before the clock runs.  Beside it a slow,
obvious reading of the same (tests/snapshot/slow_repertoire.py), and the physical limit: finding a title's name in a
dictionary.  What the bench itself holds (questions, the slow reading's lines) is kept from the garbage collector, which
would read all of it again and again.  With --check so many questions are put to both, and every answer is compared
with its reasons.  Rates are per second of processor time, on one core.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from placet.core.decision import Question
from placet.core.profile import Profile
from placet.snapshot.titles import Titles
from tests.snapshot.slow_repertoire import Slow
from tests.snapshot.societies import DISAGREE, a_repertoire, a_titles, ask, write

GOAL = 20_000
FEW = 20  # questions for the slow reading

Asked = list[tuple[Question, Profile]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--titles", type=int, default=200_000)
    parser.add_argument("--asked", type=int, default=200_000)
    parser.add_argument("--check", type=int, default=0)
    parser.add_argument("--seed", type=int, default=20261125, help="of the questions")
    words = parser.parse_args()
    world, rng = a_repertoire(words.titles), random.Random(words.seed)
    with tempfile.TemporaryDirectory() as folder:
        write(world, Path(folder))
        begun = time.process_time()
        titles = a_titles(world, Path(folder))
        opened = time.process_time() - begun
    claims = sum(line.record.count(b'"who":') for line in world.lines)
    print(f"{words.titles:,} titles, {claims:,} claims in {len(world.lines):,} lines, {DISAGREE} members who disagree")
    print(f"opened in {opened:.1f} s")
    asked = [ask(world, rng) for _ in range(words.asked)]
    slow = Slow(world)
    gc.collect()
    gc.freeze()
    report(titles, slow, asked)
    return check(titles, slow, [ask(world, rng) for _ in range(words.check)])


def report(titles: Titles, slow: Slow, asked: Asked) -> None:
    half = len(asked) // 2
    first, then = rate(titles, asked[:half]), rate(titles, asked[half:])
    plain, limit = rate(slow, asked[:FEW]), lookups(titles, asked)
    met = "reached" if min(first, then) >= GOAL else "missed"
    print(f"answers a second, the first {half:,} questions   {first:12,.0f}")
    print(f"answers a second, the next {half:,}              {then:12,.0f}   goal {GOAL:,} in each half: {met}")
    print(f"the slow reading                              {plain:12,.1f}   1/{then / plain:,.0f} of that")
    print(f"a name found in a dictionary                  {limit:12,.0f}   {limit / then:,.0f} times that")


def rate(answers: Titles | Slow, asked: Asked) -> float:
    begun = time.process_time()
    for question, profile in asked:
        answers.answer(question, profile)
    return len(asked) / (time.process_time() - begun)


def lookups(titles: Titles, asked: Asked) -> float:
    names, rows = [str(question.subjects[0]) for question, _ in asked], titles.rows
    begun = time.process_time()
    for name in names:
        rows.get(name)
    return len(names) / (time.process_time() - begun)


def check(titles: Titles, slow: Slow, asked: Asked) -> int:
    """Exit status 1 where one answer, or one reason, differs."""
    differ = 0
    for question, profile in asked:
        fast, plain = titles.answer(question, profile), slow.answer(question, profile)
        differ += (fast.outcome, fast.because) != (plain.outcome, plain.because)
    if asked:
        print(f"compared with the slow reading: {len(asked):,} questions, {differ} differ in outcome or reasons")
    return int(differ > 0)


if __name__ == "__main__":
    raise SystemExit(main())
