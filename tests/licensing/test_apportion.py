"""Largest remainders: nothing lost, nothing depends on order, and arrays agree with the definition."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.money import MOST
from placet.licensing.apportion import apportion, apportion_each, apportion_many

TOTALS = st.one_of(st.integers(-MOST, MOST), st.integers(0, 100))
SIZES = st.one_of(st.integers(0, 12), st.integers(0, 2**31), st.integers(0, 2**62))
WEIGHTS = st.lists(SIZES, min_size=1, max_size=30).filter(any)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (2, [1, 1, 1], [1, 1, 0]),
        (10, [5, 3, 2], [5, 3, 2]),
        (1, [1, 2], [0, 1]),
        (7, [0, 1, 0], [0, 7, 0]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (0, [3, 4], [0, 0]),
        (MOST, [MOST, MOST], [MOST // 2 + 1, MOST // 2]),
    ],
)
def test_units_left_over_go_to_the_largest_remainders_then_to_who_comes_first(total, weights, parts):
    assert apportion(total, weights) == parts
    assert apportion_many(total, np.array(weights)).tolist() == parts


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1, 3]])
def test_there_is_something_to_divide_by(weights):
    for divide in (apportion, lambda total, given: apportion_many(total, np.array(given, np.int64))):
        with pytest.raises(ValueError, match=r"not negative|empty"):
            divide(5, weights)


@given(total=TOTALS, weights=WEIGHTS)
def test_the_parts_are_the_whole_and_each_is_within_one_unit_of_exact(total, weights):
    parts, whole = apportion(total, weights), sum(weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total * weight, whole)) < 1
        assert weight or not part


@given(total=TOTALS, weights=WEIGHTS)
def test_a_larger_weight_never_gets_less_and_equal_ones_differ_by_a_unit_at_most(total, weights):
    parts = apportion(abs(total), weights)

    for one, mine in zip(parts, weights, strict=True):
        for other, theirs in zip(parts, weights, strict=True):
            assert mine < theirs or one >= other - (mine == theirs)


@given(total=TOTALS, weights=WEIGHTS)
def test_a_division_and_its_opposite_are_zero(total, weights):
    assert [a + b for a, b in zip(apportion(total, weights), apportion(-total, weights), strict=True)] == [0] * len(
        weights
    )


@given(total=TOTALS, weights=WEIGHTS)
def test_arrays_agree_with_the_definition(total, weights):
    assert apportion_many(total, np.array(weights)).tolist() == apportion(total, weights)


@given(groups=st.lists(st.tuples(st.integers(0, MOST), WEIGHTS), max_size=8), small=st.booleans(), large=st.booleans())
def test_many_divisions_at_once_are_as_many_divisions(groups, small, large):
    if small:
        groups = [(total % 1000, [weight % 97 + 1 for weight in weights]) for total, weights in groups]
    weights = [weight * (10**20 if large else 1) for _, each in groups for weight in each]
    array = np.array(weights, object if large else np.int64)

    parts = apportion_each(
        np.array([total for total, _ in groups], np.int64),
        np.array([len(each) for _, each in groups], np.int64),
        array,
    )

    assert parts.tolist() == [part for total, each in groups for part in apportion(total, each)]
