"""A made repertoire, asked at random: the fast answers are those of a slow, obvious reading, for the same reasons."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.snapshot.slow_repertoire import Slow
from tests.snapshot.societies import a_repertoire, a_titles, ask, write


@pytest.mark.slow
@pytest.mark.parametrize(("count", "questions", "apart"), [(2_000, 1_600, 0.5), (20_000, 300, 0.1)])
def test_random_questions_are_answered_as_by_the_slow_reading(
    count: int, questions: int, apart: float, tmp_path: Path
) -> None:
    seed = questions + count
    world = a_repertoire(count, seed, apart=apart)
    write(world, tmp_path)
    titles, slow, rng = a_titles(world, tmp_path), Slow(world), random.Random(seed)
    outcomes = Counter[str]()

    for _ in range(questions):
        question, profile = ask(world, rng)
        fast, plain = titles.answer(question, profile), slow.answer(question, profile)

        assert (fast.outcome, fast.basis) == (plain.outcome, plain.basis), (question, profile.name)
        assert fast.because == plain.because
        assert set(fast.overruled) == set(plain.overruled)
        assert set(fast.question.must_allow) == set(plain.question.must_allow)
        outcomes[fast.outcome] += 1

    assert set(outcomes) == {"cleared", "unsettled", "silent", "licence", "reserved"}
