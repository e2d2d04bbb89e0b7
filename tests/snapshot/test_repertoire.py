"""A made repertoire, asked at random: the fast answers are those of a slow, obvious reading, for the same reasons."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from tests.snapshot.slow_repertoire import Slow
from tests.snapshot.societies import a_repertoire, a_titles, ask, write


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_random_questions_are_answered_as_by_the_slow_reading(seed: int, tmp_path: Path) -> None:
    world = a_repertoire(2_000, seed, apart=0.5)
    write(world, tmp_path)
    titles, slow, rng = a_titles(world, tmp_path), Slow(world), random.Random(seed)
    outcomes = Counter[str]()

    for _ in range(400):
        question, profile = ask(world, rng)
        fast, plain = titles.answer(question, profile), slow.answer(question, profile)

        assert (fast.outcome, fast.basis) == (plain.outcome, plain.basis), (question, profile.name)
        assert fast.because == plain.because
        assert set(fast.overruled) == set(plain.overruled)
        assert set(fast.question.must_allow) == set(plain.question.must_allow)
        outcomes[fast.outcome] += 1

    assert set(outcomes) == {"cleared", "unsettled", "silent", "licence", "reserved"}
