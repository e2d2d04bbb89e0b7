"""Which of many hashes have any neighbour at all: the answer of `hamming.search`, without saying which.

Band by band in the order of the buckets, so that the index is read from end to end instead of here and there; what
comes within the sketch is gathered first and compared then, so that the reads of whole hashes overlap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from placet.snapshot.hamming import BANDS, LIMIT, SKETCH, Index, popcount

__all__ = ["touches"]

Words = NDArray[np.uint64]


def touches(index: Index, queries: Words, *, radius: int = 1) -> NDArray[np.bool_]:
    """Whether `hamming.search` finds anything for each query (uint64[n, 4]), or passes a bucket over."""
    found = np.zeros(len(queries), np.bool_)
    if len(index) and len(queries):
        hashes, offsets = _frozen(index.hashes), _frozen(index.offsets)
        ids, sketches = _frozen(index.ids), _frozen(index.sketches)
        queries = _frozen(np.ascontiguousarray(queries))
        for band in range(BANDS):
            keys = (queries[:, band >> 2] >> np.uint64((band & 3) << 4)) & np.uint64(0xFFFF)
            order = _frozen(np.argsort(keys.astype(np.uint16), kind="stable"))
            sought = (band, index.cap, LIMIT, radius, SKETCH[radius])
            _touch(hashes, offsets, ids, sketches, queries, order, *sought, found)
    return found


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only view, so that mapped files and fresh arrays meet one compiled kernel."""
    view = np.asarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view


@njit(cache=True, nogil=True)
def _touch(
    hashes: Words,
    offsets: NDArray[np.uint32],
    ids: NDArray[np.uint32],
    sketches: Words,
    queries: Words,
    order: NDArray[np.int64],
    band: int,
    cap: int,
    limit: int,
    radius: int,
    sketch: int,
    found: NDArray[np.bool_],
) -> None:
    near = np.empty(cap + 1, np.uint32)
    shift, beside = np.uint64((band & 3) << 4), ((band >> 2) + 1) & 3
    for query in order:
        if found[query]:
            continue
        own = np.int64((queries[query, band >> 2] >> shift) & np.uint64(0xFFFF))
        word = queries[query, beside]
        for probe in range(1 + BANDS * radius):
            key = own ^ ((1 << probe) >> 1)
            start, stop = np.int64(offsets[band, key]), np.int64(offsets[band, key + 1])
            if stop - start > cap:
                found[query] = True
                break
            size = 0
            for at in range(start, stop):
                near[size] = ids[band, at]
                size += popcount(sketches[band, at] ^ word) <= sketch
            hit = False
            for at in range(size):
                row, total = near[at], 0
                for part in range(4):
                    total += popcount(hashes[row, part] ^ queries[query, part])
                hit |= total <= limit
            if hit:
                found[query] = True
                break
