"""The compiled inner loops of the text look-up; `postings` says what they mean."""

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = [
    "ABSENT",
    "COMMON",
    "GAP",
    "QUARANTINED",
    "REPEATS",
    "WHOLE",
    "admit",
    "are_sorted",
    "find_keys",
    "index_keys",
    "link_runs",
    "meets_any",
    "spread",
    "survivors",
]

REPEATS: Final = 8  # places kept where one work repeats a fingerprint (refrains); bounds the work of `score`
GAP: Final = 128  # characters between two links of a run: two changed words cost at most this
COMMON: Final = 20  # parties in whose works it is common property, and weighs nothing
_BLOOM_MIX = np.uint64(0x9FB21C651E98DF25)
QUARANTINED = -2
ABSENT = -1
WHOLE: Final = 256  # a fingerprint that is not common weighs so much

Keys = NDArray[np.uint64]
Rows = NDArray[np.uint32]
Longs = NDArray[np.int64]
Small = NDArray[np.uint8]


@njit(cache=True, nogil=True)
def are_sorted(hashes: Keys, works: Rows, positions: Rows) -> bool:
    for at in range(1, len(hashes)):
        if hashes[at] != hashes[at - 1]:
            if hashes[at] < hashes[at - 1]:
                return False
        elif works[at] < works[at - 1] or (works[at] == works[at - 1] and positions[at] < positions[at - 1]):
            return False
    return True


@njit(cache=True, nogil=True)
def index_keys(
    hashes: Keys, works: Rows, positions: Rows, holders: Rows, cap: int
) -> tuple[Keys, Rows, Rows, Rows, Small, Rows]:
    """Return the arrays of `Postings`, from fingerprints in order of hash, work and position."""
    count = len(hashes)
    keys, offsets, parties = np.empty(count, np.uint64), np.zeros(count + 1, np.uint32), np.empty(count, np.uint8)
    kept_works, kept_positions = np.empty(count, np.uint32), np.empty(count, np.uint32)
    sizes, seen = np.zeros(len(holders), np.uint32), np.empty(COMMON + 1, np.uint32)
    size = kept = start = 0
    while start < count:
        stop, carriers, known = start, 0, 0
        while stop < count and hashes[stop] == hashes[start]:
            if stop == start or works[stop] != works[stop - 1]:
                carriers += 1
                sizes[works[stop]] += 1
                known = _note(seen, known, holders[works[stop]])
            stop += 1
        rank = 0
        for at in range(start, stop if carriers <= cap else start):
            rank = 0 if at == start or works[at] != works[at - 1] else rank + 1
            if rank < REPEATS:
                kept_works[kept], kept_positions[kept] = works[at], positions[at]
                kept += 1
        keys[size], parties[size], offsets[size + 1] = hashes[start], known, kept
        size, start = size + 1, stop
    return (
        keys[:size].copy(),
        offsets[: size + 1].copy(),
        kept_works[:kept].copy(),
        kept_positions[:kept].copy(),
        parties[:size].copy(),
        sizes,
    )


@njit(cache=True, nogil=True)
def _note(seen: Rows, known: int, party: int) -> int:
    """Return how many parties are known with this one; none is noted once the array is full."""
    if known == len(seen):
        return known
    for at in range(known):
        if seen[at] == party:
            return known
    seen[known] = party
    return known + 1


@njit(cache=True, nogil=True, inline="always")
def _bloom_word(key: np.uint64, words: int) -> np.int64:
    return np.int64(((key >> np.uint64(32)) * np.uint64(words)) >> np.uint64(32))


@njit(cache=True, nogil=True, inline="always")
def _bloom_mask(key: np.uint64) -> np.uint64:
    mixed = key * _BLOOM_MIX
    one, six = np.uint64(1), np.uint64(63)
    mask = one << (mixed >> np.uint64(58))
    mask |= one << (mixed >> np.uint64(52) & six)
    mask |= one << (mixed >> np.uint64(46) & six)
    return mask | one << (mixed >> np.uint64(40) & six)


@njit(cache=True, nogil=True)
def admit(keys: Keys, bloom: Keys) -> None:
    for key in keys:
        bloom[_bloom_word(key, len(bloom))] |= _bloom_mask(key)


@njit(cache=True, nogil=True)
def survivors(wanted: Keys, bloom: Keys) -> Longs:
    """Return which keys the filter does not turn away: without a branch, so that their reads overlap."""
    out, size = np.empty(len(wanted), np.int64), 0
    for at in range(len(wanted)):
        mask = _bloom_mask(wanted[at])
        out[size] = at
        size += bloom[_bloom_word(wanted[at], len(bloom))] & mask == mask
    return out[:size]


@njit(cache=True, nogil=True)
def _places(wanted: Keys, bloom: Keys, directory: Rows, shift: int, keys: Keys) -> tuple[Longs, Longs]:
    """Return which of the wanted keys may be there, and the place of each or `ABSENT`.

    Every step is taken for all of them before the next, so that the reads of one step overlap.
    """
    asked = survivors(wanted, bloom) if len(bloom) else np.arange(len(wanted))
    places = np.full(len(asked), ABSENT, np.int64)
    if len(keys) == 0:
        return asked, places
    lows, highs = np.empty(len(asked), np.int64), np.empty(len(asked), np.int64)
    for at in range(len(asked)):
        lead = np.int64(wanted[asked[at]] >> np.uint64(shift))
        lows[at], highs[at] = directory[lead], directory[lead + 1]
    probes = np.empty(len(asked), np.uint64)
    for at in range(len(asked)):
        probes[at] = keys[min((lows[at] + highs[at]) >> 1, len(keys) - 1)]
    for at in range(len(asked)):
        key, low, high, probe = wanted[asked[at]], lows[at], highs[at], probes[at]
        while low < high:
            middle = (low + high) >> 1
            if probe < key:
                low = middle + 1
            else:
                high = middle
            probe = keys[min((low + high) >> 1, len(keys) - 1)]
        if low < highs[at] and keys[low] == key:
            places[at] = low
    return asked, places


@njit(cache=True, nogil=True)
def find_keys(
    wanted: Keys, bloom: Keys, directory: Rows, shift: int, keys: Keys, offsets: Rows
) -> tuple[Longs, np.int64, int]:
    """Return the place of each key, how many postings they have together, and how many are quarantined."""
    found = np.full(len(wanted), ABSENT, np.int64)
    total, capped = np.int64(0), 0
    asked, places = _places(wanted, bloom, directory, shift, keys)
    for at in range(len(asked)):
        place = places[at]
        if place == ABSENT:
            continue
        count = np.int64(offsets[place + 1]) - np.int64(offsets[place])
        found[asked[at]] = place if count else QUARANTINED
        total += count
        capped += count == 0
    return found, total, capped


@njit(cache=True, nogil=True)
def meets_any(
    wanted: Keys, starts: Longs, bloom: Keys, directory: Rows, shift: int, keys: Keys, offsets: Rows
) -> NDArray[np.bool_]:
    """Return for each text whether two of its keys are there, or one has been quarantined."""
    met, text = np.zeros(len(starts) - 1, np.int64), 0
    asked, places = _places(wanted, bloom, directory, shift, keys)
    for at in range(len(asked)):
        place = places[at]
        if place == ABSENT:
            continue
        while starts[text + 1] <= asked[at]:
            text += 1
        met[text] += 1 if offsets[place + 1] > offsets[place] else 2
    return met > 1


@njit(cache=True, nogil=True)
def spread(found: Longs, total: np.int64, offsets: Rows) -> tuple[Longs, Longs]:
    query, posting = np.empty(total, np.int64), np.empty(total, np.int64)
    size = 0
    for at in range(len(found)):
        if found[at] < 0:
            continue
        for place in range(offsets[found[at]], offsets[found[at] + 1]):
            query[size], posting[size] = at, place
            size += 1
    return query, posting


@njit(cache=True, nogil=True)
def link_runs(
    works: Rows,
    here: Longs,
    there: Longs,
    places: Longs,
    weights: Longs,
    fresh: NDArray[np.bool_],
    gram: int,
    page: int,
) -> Longs:
    """Return a row for each work, from pairs in order of work, place here and place there.

    Its columns: work; links, run, rare, near and near_weighed as in `TextHit`; and both spans.
    """
    out = np.empty((len(works), 10), np.int64)
    cover, before = np.empty(len(works), np.int64), np.empty(len(works), np.int64)
    size = start = 0
    while start < len(works):
        stop, best, lightest = start, start, weights[start]
        while stop < len(works) and works[stop] == works[start]:
            cover[stop], before[stop] = _link(here, there, cover, start, stop, gram, 1)
            best = stop if cover[stop] > cover[best] else best
            lightest = min(lightest, weights[stop])
            stop += 1
        first, links = _trace(before, places, best)
        out[size, 0], out[size, 1], out[size, 2], out[size, 3] = works[start], links, cover[best], cover[best]
        out[size, 4], out[size, 5] = _nearest(here, weights, fresh, start, stop, page)
        out[size, 6], out[size, 7] = here[first], here[best] + gram
        out[size, 8], out[size, 9] = there[first], there[best] + gram
        if lightest < WHOLE:
            out[size, 3] = _rarest(here, there, weights, cover, start, stop, gram)
        size, start = size + 1, stop
    return out[:size]


@njit(cache=True, nogil=True)
def _nearest(
    here: Longs, weights: Longs, fresh: NDArray[np.bool_], start: int, stop: int, page: int
) -> tuple[int, int]:
    """Return how many fresh pairs stand within a page at most, and how much such pairs weigh at most."""
    most, heaviest, count, weight, left = 0, np.int64(0), 0, np.int64(0), start
    for at in range(start, stop):
        if not fresh[at]:
            continue
        count, weight = count + 1, weight + weights[at]
        while here[at] - here[left] > page:
            if fresh[left]:
                count, weight = count - 1, weight - weights[left]
            left += 1
        most, heaviest = max(most, count), max(heaviest, weight)
    return most, int(heaviest)


@njit(cache=True, nogil=True)
def _rarest(here: Longs, there: Longs, weights: Longs, cover: Longs, start: int, stop: int, gram: int) -> int:
    """Return what a run covers at most when each of its fingerprints counts by its weight."""
    most = np.int64(0)
    for at in range(start, stop):
        cover[at], _ = _link(here, there, cover, start, at, gram, weights[at])
        most = max(most, cover[at])
    return int(most) // WHOLE


@njit(cache=True, nogil=True)
def _link(here: Longs, there: Longs, cover: Longs, start: int, at: int, gram: int, weight: int) -> tuple[int, int]:
    """Return the most that a run ending at this pair covers, and the pair before it (or -1)."""
    most, before = gram * weight, -1
    back = at - 1
    while back >= start and here[at] - here[back] <= GAP:
        step, beside = here[at] - here[back], there[at] - there[back]
        if step > 0 and 0 < beside <= GAP:
            reach = cover[back] + min(step, beside, gram) * weight
            if reach > most:
                most, before = reach, back
        back -= 1
    return most, before


@njit(cache=True, nogil=True)
def _trace(before: Longs, places: Longs, last: int) -> tuple[int, int]:
    """Return where the run that ends here began, and how many distinct fingerprints it has."""
    length, first = 1, last
    while before[first] >= 0:
        first = before[first]
        length += 1
    met, at = np.empty(length, np.int64), last
    for step in range(length):
        met[step] = places[at]
        at = before[at]
    return first, len(np.unique(met))
