"""Clopper-Pearson bounds against closed forms, published values and the definition itself."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.clearance.confidence import is_same_bound, lower, lower_text, upper, upper_text

counts = st.integers(1, 120).flatmap(lambda tried: st.tuples(st.integers(0, tried), st.just(tried)))


def _at_most(found: int, tried: int, rate: float) -> float:
    """P(X <= found) for a binomial X, by its definition."""
    return math.fsum(math.comb(tried, k) * rate**k * (1 - rate) ** (tried - k) for k in range(found + 1))


@pytest.mark.parametrize("tried", [1, 20, 100, 192, 10**6, 2 * 10**8])
def test_nothing_found_is_the_twentieth_root(tried: int) -> None:
    assert upper(0, tried) == pytest.approx(-(0.05 ** (1 / tried) - 1), rel=1e-5)
    assert lower(tried, tried) == pytest.approx(0.05 ** (1 / tried), rel=1e-5)


def test_the_rule_of_three() -> None:
    assert upper(0, 10**7) * 10**7 == pytest.approx(2.9957, rel=1e-4)


# One-sided 95 % bounds are the ends of two-sided 90 % intervals; for 1 of 10 these are (0.005, 0.394), as in any table.
@pytest.mark.parametrize(
    ("found", "tried", "least", "most"),
    [(1, 10, 0.0051, 0.3942), (5, 20, 0.1041, 0.4556), (9, 10, 0.6058, 0.9949), (10, 10, 0.7411, 1.0)],
)
def test_published_values(found: int, tried: int, least: float, most: float) -> None:
    assert lower(found, tried) == pytest.approx(least, abs=6e-5)
    assert upper(found, tried) == pytest.approx(most, abs=6e-5)


@given(counts)
def test_a_bound_is_where_the_tail_is_one_in_twenty(pair: tuple[int, int]) -> None:
    found, tried = pair

    if found < tried:
        assert _at_most(found, tried, upper(found, tried)) == pytest.approx(0.05, abs=1e-7)
    if found:
        assert 1 - _at_most(found - 1, tried, lower(found, tried)) == pytest.approx(0.05, abs=1e-7)


@given(counts)
def test_the_rate_lies_between_its_bounds_and_they_mirror_each_other(pair: tuple[int, int]) -> None:
    found, tried = pair

    assert lower(found, tried) <= found / tried <= upper(found, tried)
    assert lower(found, tried) == pytest.approx(1 - upper(tried - found, tried), abs=1e-9)


@given(counts)
def test_what_is_written_never_flatters(pair: tuple[int, int]) -> None:
    assert float(upper_text(*pair)) >= upper(*pair) * (1 - 1e-12)
    assert float(lower_text(*pair)) <= lower(*pair)


def test_nothing_tried_says_nothing() -> None:
    assert (lower(0, 0), upper(0, 0)) == (0.0, 1.0)
    with pytest.raises(ValueError, match="no count"):
        upper(3, 2)


def test_as_it_is_written() -> None:
    assert (upper_text(0, 192), lower_text(64, 64)) == ("1.55e-02", "0.954")
    assert is_same_bound("1.55e-02", "1.56e-02")
    assert not is_same_bound("1.55e-02", "1.57e-02")
    assert not is_same_bound("1.55e-08", "1.55e-02")
