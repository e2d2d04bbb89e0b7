"""Which of many 64-bit values are among many others: digests by their first bytes, addresses by a hash.

A directory over the leading bits of the sorted keys leaves about one key to compare; whoever chooses keys to lie
together only lengthens a binary search.  A value that is found may still be another's: it is compared in full then.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["Sieve"]

Keys = NDArray[np.uint64]


class Sieve:
    """Made of any keys, in any order; `among` is asked a million at a time."""

    def __init__(self, keys: Keys) -> None:
        self._keys = np.unique(keys.astype(np.uint64))
        bits = max(1, len(self._keys).bit_length())
        self._shift = 64 - bits
        edges = np.arange(1 << bits, dtype=np.uint64) << np.uint64(self._shift)
        self._first = np.append(np.searchsorted(self._keys, edges), len(self._keys)).astype(np.int64)

    def __len__(self) -> int:
        return len(self._keys)

    def among(self, values: Keys) -> NDArray[np.bool_]:
        """Whether each value is one of the keys."""
        found = np.zeros(len(values), np.bool_)
        if len(self._keys):
            _seek(self._keys, self._first, self._shift, np.ascontiguousarray(values), found)
        return found


@njit(cache=True, nogil=True)
def _seek(keys: Keys, first: NDArray[np.int64], shift: int, values: Keys, found: NDArray[np.bool_]) -> None:
    for at in range(len(values)):
        lead = np.int64(values[at] >> np.uint64(shift))
        low, high = first[lead], first[lead + 1]
        while low < high:
            middle = (low + high) >> 1
            if keys[middle] < values[at]:
                low = middle + 1
            else:
                high = middle
        found[at] = low < first[lead + 1] and keys[low] == values[at]
