"""Public means listed."""

from __future__ import annotations

import placet


def test_every_listed_name_can_be_had():
    for name in placet.__all__:
        assert getattr(placet, name) is not None


def test_the_list_is_sorted_as_ruff_sorts_it_and_says_nothing_twice():
    assert len(set(placet.__all__)) == len(placet.__all__)


def test_an_unknown_name_is_an_ordinary_error():
    assert not hasattr(placet, "nonsense")
