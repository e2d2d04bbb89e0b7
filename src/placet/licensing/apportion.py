"""Dividing money without losing a unit: the method of largest remainders, in whole numbers only.

Everybody first gets the floor of her exact part; the units left over go, one each, to the largest remainders, and among
equal remainders to who comes first.  Callers put ids in order, so that the order of a file changes nothing.  A negative
total is divided like its opposite.  `apportion` is the definition; the others are the same on arrays, and leave to it
whatever would not fit into 63 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Exact", "Integers", "apportion", "apportion_each", "apportion_many", "integers"]

Integers = NDArray[np.int64]
Exact = NDArray[Any]  # int64, or Python's whole numbers as objects where they are larger
_BITS = 2**63


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Parts of `total` in proportion to `weights`, which are >= 0; ValueError when they are all zero."""
    if total < 0:
        return [-part for part in apportion(-total, weights)]
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights are not negative, and one at least is positive")
    parts = [total * weight // whole for weight in weights]
    left = total - sum(parts)
    for place in sorted(range(len(parts)), key=lambda at: (-(total * weights[at] % whole), at))[:left]:
        parts[place] += 1
    return parts


def apportion_many(total: int, weights: Integers) -> Integers:
    """`apportion` of one total, on an array."""
    if total < 0:
        return -apportion_many(-total, weights)
    most = int(weights.max(initial=0))
    if len(weights) * most >= _BITS or total * most >= _BITS or int(weights.min(initial=0)) < 0 or not most:
        return np.array(apportion(total, weights.tolist()), np.int64)
    whole = int(weights.sum())
    parts, rest = np.divmod(weights * np.int64(total), np.int64(whole))
    left = total - int(parts.sum())
    parts[np.argsort(-rest, kind="stable")[:left]] += 1
    return parts


def apportion_each(totals: Integers, counts: Integers, weights: Exact) -> Integers:
    """`apportion` of many totals: the next `counts[i]` of `weights` divide `totals[i]`, which is >= 0."""
    most = max(map(int, weights.tolist()), default=0) if weights.dtype == object else int(weights.max(initial=0))
    if weights.dtype == object or max(int(totals.max(initial=0)), len(weights)) * most >= _BITS:
        return _each_slowly(totals, counts, weights)
    ends = np.cumsum(counts)
    group = np.repeat(np.arange(len(counts)), counts)
    whole = _sums(weights, ends)
    parts, rest = np.divmod(weights * totals[group], whole[group])
    left = totals - _sums(parts, ends)
    order = np.lexsort((-rest, group))  # stable: who comes first stays first
    rank = np.arange(len(weights)) - np.repeat(ends - counts, counts)
    parts[order[rank < left[group]]] += 1  # `group` is sorted, so it is also the group of each place in `order`
    return parts


def _each_slowly(totals: Integers, counts: Integers, weights: Exact) -> Integers:
    parts: list[int] = []
    rest, at = weights.tolist(), 0
    for total, count in zip(totals.tolist(), counts.tolist(), strict=True):
        parts += apportion(total, rest[at : at + count])
        at += count
    return np.array(parts, np.int64)


def _sums(values: Exact, ends: Integers) -> Integers:
    """The sum of each group, whose rows end before `ends`."""
    running = np.concatenate(([0], np.cumsum(values)))[np.concatenate(([0], ends))]
    return np.diff(running)


def integers(values: Sequence[int]) -> Exact:
    """int64 where all fit, else Python's own numbers."""
    fits = all(-_BITS <= value < _BITS for value in values)
    return np.array(values, np.int64 if fits else object)
