"""Two registered pictures that are alike and yet not joined: what a report shows of the limits of its matching."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from placet.clearance.report import LimitPair
from placet.core.ids import short
from placet.snapshot.hamming import LIMIT
from placet.snapshot.library import Library

__all__ = ["nearest_unjoined"]

_MOST_WORKS = 1_000
_FAR = 64  # unrelated pictures lie at 128, give or take 8


def nearest_unjoined(library: Library, picture: Callable[[str], bytes | None]) -> LimitPair | None:
    """The nearest such pair of which both pictures can be shown; None in a large registry, where it would cost."""
    if len(library) > _MOST_WORKS:
        return None
    for distance, left, right in sorted(_pairs(library)):
        shown = picture(library.work_id(left)), picture(library.work_id(right))
        if shown[0] and shown[1]:
            return LimitPair(
                left_name=_name(library, left),
                left=shown[0],
                right_name=_name(library, right),
                right=shown[1],
                distance=distance,
            )
    return None


def _pairs(library: Library) -> Iterator[tuple[int, int, int]]:
    """(distance, work, later work) where all readings of both are apart, though not far."""
    hashes, owners = library.arrays["image-plh.hash"], library.arrays["image-plh.work"].astype(np.int64)
    apart = np.full((len(library), len(library)), 256, np.uint16)
    for hash_, owner in zip(hashes, owners.tolist(), strict=True):
        np.minimum.at(apart[owner], owners, np.bitwise_count(hashes ^ hash_).sum(axis=1, dtype=np.uint16))
    for left, right in np.argwhere((apart > LIMIT) & (apart <= _FAR)).tolist():
        if left < right:
            yield int(apart[left, right]), left, right


def _name(library: Library, row: int) -> str:
    work = library.work(row)
    return work.title or short(work.id)
