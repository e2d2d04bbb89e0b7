"""What is among the keys is found, and nothing else, wherever the keys lie."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from placet.clearance.sieve import Sieve

_WORDS = st.integers(0, (1 << 64) - 1) | st.integers(0, 40) | st.integers((1 << 64) - 40, (1 << 64) - 1)


@given(st.lists(_WORDS, max_size=60), st.lists(_WORDS, max_size=60))
def test_among_is_membership(keys: list[int], others: list[int]) -> None:
    sieve, asked = Sieve(np.array(keys, np.uint64)), [*keys, *others, *(key ^ 1 for key in keys)]

    found = sieve.among(np.array(asked, np.uint64))

    assert found.tolist() == [value in set(keys) for value in asked]
    assert len(sieve) == len(set(keys))


def test_keys_that_somebody_chose_to_lie_together_are_found() -> None:
    keys = np.arange(5000, dtype=np.uint64) * np.uint64(2)

    found = Sieve(keys).among(np.arange(10_000, dtype=np.uint64))

    assert found.tolist() == [True, False] * 5000
