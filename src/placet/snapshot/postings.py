"""Which registered works share a passage with a text: exact 64-bit fingerprints to postings, arrays in and out.

Source: S. Schleimer, D. Wilkerson, A. Aiken, SIGMOD 2003 (fingerprints); F. Putze, P. Sanders, J. Singler,
"Cache-, Hash- and Space-Efficient Bloom Filters", WEA 2007 (one word a key); `reference/matching.md` 9.3.

`Postings` are what travels in a snapshot: sorted keys, and for each its works and positions. `Table` is what is
built on arrival: a Bloom filter of one 8-byte word a key, which turns away nearly every stranger with one read,
and a directory over the leading bits of the sorted keys. A chosen key can only lengthen a binary search, never a
probe sequence, so nobody slows a look-up down by registering.

A key carried by more than `cap` works is quarantined: it keeps its place and loses its postings, and a text that
holds it is flagged. A work that repeats a key keeps the first `REPEATS` of its places.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

import numpy as np
from numba import njit
from numpy.typing import NDArray

from placet.errors import BadRecord, WrongUsage

__all__ = [
    "CAP",
    "GAP",
    "MAYBE_LINKS",
    "MAYBE_RUN",
    "PASSAGE_LINKS",
    "PASSAGE_RUN",
    "REPEATS",
    "Grade",
    "Matches",
    "Pairs",
    "Postings",
    "Table",
    "TextHit",
    "build",
    "check",
    "grade",
    "lookup",
    "score",
    "warm",
]

CAP: Final = 64  # works that may share a fingerprint before it counts as common property
REPEATS: Final = 8  # places kept where one work repeats a fingerprint (refrains); bounds the work of `score`
GAP: Final = 128  # characters between two links of a run: two changed words cost at most this
GRAM: Final = 32  # characters that one fingerprint of `text-winnow/1` covers; 12 where the text is CJK

# A single fingerprint is never evidence: 32 letters are a stock phrase. A run is measured from the first to the
# last shared gram, and winnowing may leave 31 letters uncovered at either end; so 160 measured is certain for 222
# shared letters, which is what 300 characters of English hold. (At 200, a quarter of such excerpts would fall to
# VERIFY; tests/snapshot/test_postings.py prints both.) Four links: no single repeated phrase makes a passage.
PASSAGE_RUN: Final = 160
PASSAGE_LINKS: Final = 4
MAYBE_RUN: Final = 120  # two lines of verse: authors quote each other, and themselves
MAYBE_LINKS: Final = 3
_DENSE: Final = 0.375  # a CJK character says as much as 2.67 letters: 3 / 8, as in `text-winnow/1`

_BLOOM_BITS = 12
_BLOOM_MIX = np.uint64(0x9FB21C651E98DF25)
_QUARANTINED = -2
_ABSENT = -1

Keys = NDArray[np.uint64]
Rows = NDArray[np.uint32]
Longs = NDArray[np.int64]
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Postings:
    """`works[offsets[i]:offsets[i + 1]]` carry `keys[i]`, each at its position; none there means quarantined."""

    keys: Keys
    offsets: Rows
    works: Rows
    positions: Rows


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Postings made quick: the keys whose leading bits are d lie in `directory[d]` to `directory[d + 1]`."""

    postings: Postings
    bloom: Keys
    directory: Rows
    shift: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairs:
    """One row for each posting met, in order of query, work and position; `capped` marks quarantined keys."""

    query: Longs
    work: Rows
    position: Rows
    capped: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextHit:
    """A work that shares fingerprints with a text; spans count normalised characters, as in `TextPrints`."""

    work: int
    shared: int  # distinct fingerprints in common
    links: int  # how many of them lie in the longest run
    run: int  # normalised characters that the longest run covers
    doc_span: tuple[int, int]
    work_span: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """What a text shares with the works, the longest run first; `capped` counts its quarantined fingerprints."""

    hits: tuple[TextHit, ...]
    capped: int


class Grade(StrEnum):
    """What a shared run is evidence of."""

    STRONG = "strong"  # a passage was copied
    VERIFY = "verify"  # compare the texts before saying so
    NONE = "none"


def grade(hit: TextHit, *, dense: bool = False) -> Grade:
    """Return what the longest run proves; `dense` says that the text is mostly CJK (`TextPrints.dense`)."""
    scale = _DENSE if dense else 1.0
    if hit.run >= PASSAGE_RUN * scale and hit.links >= PASSAGE_LINKS:
        return Grade.STRONG
    if hit.run >= MAYBE_RUN * scale and hit.links >= MAYBE_LINKS:
        return Grade.VERIFY
    return Grade.NONE


def build(hashes: Keys, works: Rows, positions: Rows, *, cap: int = CAP) -> Postings:
    """Return the postings of fingerprints, each found in a work at a position; their order does not matter."""
    if not len(hashes) == len(works) == len(positions) < 1 << 32:
        raise WrongUsage("Every fingerprint has one work and one position, and a segment holds fewer than 2**32.")
    order = np.lexsort((positions, works, hashes))
    hashes, works, positions = hashes[order], works[order], positions[order]
    new_key = _differs(hashes)
    new_work = new_key | _differs(works)
    keys = hashes[new_key]
    carriers = np.add.reduceat(new_work, np.flatnonzero(new_key)) if len(keys) else np.empty(0, np.int64)
    at = np.arange(len(hashes))
    rank = at - np.maximum.accumulate(np.where(new_work, at, 0))
    of_key = np.cumsum(new_key) - 1
    kept = (rank < REPEATS) & (carriers[of_key] <= cap)
    counts = np.bincount(of_key[kept], minlength=len(keys))
    return Postings(
        keys=keys.astype(np.uint64),
        offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.uint32),
        works=works[kept].astype(np.uint32),
        positions=positions[kept].astype(np.uint32),
    )


def check(postings: Postings, *, works: int | None = None) -> Postings:
    """Return the postings if no kernel can read outside them and no work is beyond `works`; call it once."""
    arrays: dict[str, tuple[NDArray[np.generic], type]] = {
        "keys": (postings.keys, np.uint64),
        "offsets": (postings.offsets, np.uint32),
        "works": (postings.works, np.uint32),
        "positions": (postings.positions, np.uint32),
    }
    for name, (array, kind) in arrays.items():
        if array.dtype != kind or array.ndim != 1 or not array.flags.c_contiguous:
            raise BadRecord(f"The array {name} is {array.dtype}{list(array.shape)}, not a plain {np.dtype(kind)}[n].")
    offsets, held = postings.offsets, len(postings.works)
    if len(offsets) != len(postings.keys) + 1 or len(postings.positions) != held:
        raise BadRecord("The arrays of postings do not belong together: their lengths differ.")
    if offsets[0] != 0 or offsets[-1] != held or np.any(offsets[1:] < offsets[:-1]):
        raise BadRecord(f"The offsets do not climb from 0 to {held}.")
    if np.any(postings.keys[1:] <= postings.keys[:-1]):
        raise BadRecord("The keys are not sorted, or one stands twice.")
    if works is not None and held and int(postings.works.max()) >= works:
        raise BadRecord(f"A posting names work {int(postings.works.max())}, but there are {works}.")
    return postings


def warm(postings: Postings) -> Table:
    """Return the table that look-ups need; a second for some ten million keys."""
    keys = postings.keys
    bits = max(1, len(keys).bit_length() - 2)
    edges = np.arange(1 << bits, dtype=np.uint64) << np.uint64(64 - bits)
    directory = np.append(np.searchsorted(keys, edges), len(keys)).astype(np.uint32)
    words = max(1, len(keys) * _BLOOM_BITS // 64)
    frozen = Postings(
        keys=_frozen(keys),
        offsets=_frozen(postings.offsets),
        works=_frozen(postings.works),
        positions=_frozen(postings.positions),
    )
    bloom = _frozen(_bloom(frozen.keys, words))
    return Table(postings=frozen, bloom=bloom, directory=_frozen(directory), shift=64 - bits)


def lookup(table: Table, keys: Keys) -> Pairs:
    """Return the works and positions of each key."""
    postings = table.postings
    found, total, _ = _find(keys, table.bloom, table.directory, table.shift, postings.keys, postings.offsets)
    query, posting = _spread(found, total, postings.offsets)
    return Pairs(
        query=query,
        work=postings.works[posting],
        position=postings.positions[posting],
        capped=found == _QUARANTINED,
    )


def score(hashes: Keys, positions: Rows, table: Table, *, gram: int = GRAM) -> Matches:
    """Return the works that share two fingerprints or more, each with its longest run in order on both sides."""
    postings = table.postings
    found, total, capped = _find(hashes, table.bloom, table.directory, table.shift, postings.keys, postings.offsets)
    if total < 2:
        return Matches(hits=(), capped=capped)
    query, posting = _spread(found, total, postings.offsets)
    works, here, there = postings.works[posting], positions[query], postings.positions[posting]
    order = np.lexsort((there, here, works))
    runs = _runs(works[order], here[order].astype(np.int64), there[order].astype(np.int64), found[query][order], gram)
    hits = (_hit(*row) for row in runs.tolist() if row[1] > 1)
    return Matches(hits=tuple(sorted(hits, key=lambda hit: (-hit.run, -hit.links, hit.work))), capped=capped)


def _hit(work: int, shared: int, links: int, run: int, *spans: int) -> TextHit:
    doc_start, doc_stop, work_start, work_stop = spans
    return TextHit(
        work=work,
        shared=shared,
        links=links,
        run=run,
        doc_span=(doc_start, doc_stop),
        work_span=(work_start, work_stop),
    )


def _differs(values: NDArray[np.generic]) -> NDArray[np.bool_]:
    first = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return first


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
def _bloom(keys: Keys, words: int) -> Keys:
    out = np.zeros(words, np.uint64)
    for key in keys:
        out[_bloom_word(key, words)] |= _bloom_mask(key)
    return out


@njit(cache=True, nogil=True)
def _place(key: np.uint64, directory: Rows, shift: int, keys: Keys) -> np.int64:
    lead = np.int64(key >> np.uint64(shift))
    low, high = np.int64(directory[lead]), np.int64(directory[lead + 1])
    while low < high:
        middle = (low + high) >> 1
        if keys[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low if low < directory[lead + 1] and keys[low] == key else np.int64(_ABSENT)


@njit(cache=True, nogil=True)
def _find(
    wanted: Keys, bloom: Keys, directory: Rows, shift: int, keys: Keys, offsets: Rows
) -> tuple[Longs, np.int64, int]:
    """Return the place of each key, how many postings they have together, and how many are quarantined."""
    found = np.empty(len(wanted), np.int64)
    total, capped = np.int64(0), 0
    for at in range(len(wanted)):
        key, found[at] = wanted[at], _ABSENT
        mask = _bloom_mask(key)
        if bloom[_bloom_word(key, len(bloom))] & mask != mask:
            continue
        place = _place(key, directory, shift, keys)
        if place == _ABSENT:
            continue
        count = np.int64(offsets[place + 1]) - np.int64(offsets[place])
        found[at] = place if count else _QUARANTINED
        total += count
        capped += count == 0
    return found, total, capped


@njit(cache=True, nogil=True)
def _spread(found: Longs, total: np.int64, offsets: Rows) -> tuple[Longs, Longs]:
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
def _runs(works: Rows, here: Longs, there: Longs, places: Longs, gram: int) -> Longs:
    """Return a row of `TextHit` for each work, from pairs in order of work, place here and place there."""
    out = np.empty((len(works), 8), np.int64)
    cover, before = np.empty(len(works), np.int64), np.empty(len(works), np.int64)
    size = start = 0
    while start < len(works):
        stop, best = start, start
        while stop < len(works) and works[stop] == works[start]:
            cover[stop], before[stop] = _link(here, there, cover, start, stop, gram)
            best = stop if cover[stop] > cover[best] else best
            stop += 1
        first, links = _trace(before, places, best)
        out[size, 0], out[size, 1] = works[start], len(np.unique(places[start:stop]))
        out[size, 2], out[size, 3] = links, cover[best]
        out[size, 4], out[size, 5] = here[first], here[best] + gram
        out[size, 6], out[size, 7] = there[first], there[best] + gram
        size, start = size + 1, stop
    return out[:size]


@njit(cache=True, nogil=True)
def _link(here: Longs, there: Longs, cover: Longs, start: int, at: int, gram: int) -> tuple[int, int]:
    """Return the most that a run ending at this pair covers, and the pair before it (or -1)."""
    most, before = gram, -1
    back = at - 1
    while back >= start and here[at] - here[back] <= GAP:
        step, beside = here[at] - here[back], there[at] - there[back]
        if step > 0 and 0 < beside <= GAP:
            reach = cover[back] + min(step, beside, gram)
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


def _frozen(array: NDArray[T]) -> NDArray[T]:
    """Return a read-only view, so that mapped files and fresh arrays meet one compiled kernel."""
    view = np.ascontiguousarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view
