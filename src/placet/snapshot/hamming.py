"""Every registered 256-bit hash within a Hamming distance of a query: multi-index hashing, arrays in,
arrays out.

Source: M. Norouzi, A. Punjani, D. Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", CVPR
2012; layout and figures: `reference/matching.md` 6.3. A hash is four 64-bit words, cut into 16 bands of 16
bits.

**Radius 1 is exact up to 31**: 31 errors over 16 bands leave some band with at most one, so 16 x 17 buckets
hold every neighbour. Radius 0 looks in 16 buckets only and misses neighbours that have an error in every
band.

**The sketch loses nothing.** Beside each posting lies a word of its hash that does not hold the band: for a
band in word W, word W + 1 (modulo 4). A posting is read in full only where that word is within
`SKETCH[radius]`. Call a band good when its errors are at most the radius, and a word good when it holds a
good band. Suppose a neighbour at 31 or less is lost: after every good word comes one with more than T
errors. A word that is not good has 4 x (radius + 1) errors or more. Of the cyclic sets of good words, {W}
costs (T + 1) + 2 x 4 x (radius + 1), {W, W + 2} costs 2 x (T + 1), {W, W + 1} costs 2 x (T + 1) + 4 x
(radius + 1), three or four good words cost 3 x (T + 1) or more. With T = 15 at radius 1, or T = 23 at
radius 0, each of these is at least 32. So at radius 1 every neighbour is still found, and at radius 0 every
neighbour that has one band without error.

**Long buckets** (flat pictures, stock templates) are passed over whole, whatever the order of the rows, and
the queries that met one are flagged `capped`: their answer may lack a neighbour, so such a row is never
cleared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from placet.errors import BadRecord, WrongUsage

__all__ = [
    "BANDS",
    "CAP",
    "FAR",
    "LIMIT",
    "MOST",
    "SKETCH",
    "Hits",
    "Index",
    "build",
    "check",
    "popcount",
    "search",
    "search_all",
    "search_some",
]

BANDS: Final = 16
LIMIT: Final = 31  # PDQ's and plh's threshold of certainty
CAP: Final = 16_384  # postings in a bucket; a longer one is passed over and flagged
FAR: Final = 48  # as far as `search_some` looks
MOST: Final = 1_000  # hits reported for a query, the nearest first
SKETCH: Final = (23, 15)  # greatest sketch distance by radius, proven above

_KEYS = 1 << 16
_CHUNK = 256
_AHEAD = 8  # buckets asked for before their turn,
_ASKED = 512  # and how many of their sketches: behind these the processor sees where it leads

Words = NDArray[np.uint64]
Rows = NDArray[np.uint32]
T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Index:
    """`ids[b, offsets[b, k]:offsets[b, k + 1]]` are the rows whose band b is k, ascending."""

    hashes: Words  # [n, 4]
    offsets: Rows  # [16, 65537]
    ids: Rows  # [16, n]
    sketches: Words  # [16, n]
    cap: int = CAP

    def __len__(self) -> int:
        return len(self.hashes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hits:
    """Neighbours in order of query, distance and row; `capped` marks queries that may lack some."""

    query: NDArray[np.int64]
    row: Rows
    distance: NDArray[np.uint8]
    capped: NDArray[np.bool_]


def build(hashes: Words, *, cap: int = CAP) -> Index:
    """Return the index of hashes uint64[n, 4]; bit i of a hash is bit i % 64 of word i // 64."""
    hashes = _frozen(_words(hashes, "hashes"))
    if len(hashes) >= 1 << 32:
        raise WrongUsage(f"An index holds fewer than 2**32 hashes, not {len(hashes)}; build one per segment.")
    offsets, ids, sketches = _fill(hashes)
    return Index(hashes=hashes, offsets=_frozen(offsets), ids=_frozen(ids), sketches=_frozen(sketches), cap=cap)


def check(index: Index) -> Index:
    """Return the index if no kernel can read outside its arrays; call it once on arrays from elsewhere."""
    n = len(index.hashes)
    wanted: dict[str, tuple[NDArray[np.generic], type, tuple[int, ...]]] = {
        "hashes": (index.hashes, np.uint64, (n, 4)),
        "offsets": (index.offsets, np.uint32, (BANDS, _KEYS + 1)),
        "ids": (index.ids, np.uint32, (BANDS, n)),
        "sketches": (index.sketches, np.uint64, (BANDS, n)),
    }
    for name, (array, kind, shape) in wanted.items():
        if array.dtype != kind or array.shape != shape:
            raise BadRecord(f"The index array {name} is {array.dtype}{array.shape}, not {np.dtype(kind)}{shape}.")
        if not array.flags.c_contiguous:
            raise BadRecord(f"The index array {name} does not lie in one piece.")
    if np.any(index.offsets[:, 0] != 0) or np.any(index.offsets[:, -1] != n):
        raise BadRecord(f"The index offsets do not run from 0 to {n}.")
    if np.any(index.offsets[:, 1:] < index.offsets[:, :-1]):
        raise BadRecord("The index offsets go backwards.")
    if n and int(index.ids.max()) >= n:
        raise BadRecord(f"The index names row {int(index.ids.max())}, but holds {n}.")
    return index


def search(index: Index, queries: Words, *, limit: int = LIMIT, radius: Literal[0, 1] = 1, most: int = MOST) -> Hits:
    """Return the rows within `limit` of each query: all of them at radius 1, most of them at radius 0."""
    if not 0 <= limit <= LIMIT:
        raise WrongUsage(f"The index is exact up to distance {LIMIT}; {limit} was asked.")
    if radius not in (0, 1) or most < 1:
        raise WrongUsage("The radius is 0 or 1, and at least one hit is reported.")
    return _searched(index, queries, limit, radius, most)


def search_some(index: Index, queries: Words, *, limit: int, most: int = MOST) -> Hits:
    """Return some of the rows within `limit` of each query, up to 48: those with a band in common, as of votes."""
    if not 0 <= limit <= FAR:
        raise WrongUsage(f"Beyond {FAR} bits hardly any band is in common; {limit} was asked.")
    return _searched(index, queries, limit, 0, most)


def _searched(index: Index, queries: Words, limit: int, radius: Literal[0, 1], most: int) -> Hits:
    queries = _frozen(_words(queries, "queries"))
    capped = np.zeros(len(queries), np.bool_)
    found = [np.empty((0, 2), np.uint64)]
    if len(index):
        hashes, offsets = _frozen(index.hashes), _frozen(index.offsets)
        ids, sketches, sketch = _frozen(index.ids), _frozen(index.sketches), SKETCH[radius]
        for start in range(0, len(queries), _CHUNK):
            part = queries[start : start + _CHUNK]
            flags = capped[start : start + _CHUNK]
            plan = (start, index.cap, limit, radius, sketch, most)
            found.append(_search(hashes, offsets, ids, sketches, part, *plan, flags))
    return _hits(np.concatenate(found), capped)


def search_all(hashes: Words, queries: Words, *, limit: int = LIMIT) -> Hits:
    """Return the same by comparing everything with everything: the definition that `search` answers to."""
    hashes, queries = _words(hashes, "hashes"), _words(queries, "queries")
    found = [np.empty((0, 2), np.uint64)]
    for at, query in enumerate(queries):
        distances = np.bitwise_count(hashes ^ query).sum(axis=1, dtype=np.uint64)
        rows = np.flatnonzero(distances <= limit).astype(np.uint64)
        keys = np.sort(distances[rows] << np.uint64(32) | rows)
        found.append(np.column_stack((np.full(len(keys), at, np.uint64), keys)))
    return _hits(np.concatenate(found), np.zeros(len(queries), np.bool_))


def _hits(found: Words, capped: NDArray[np.bool_]) -> Hits:
    return Hits(
        query=found[:, 0].astype(np.int64),
        row=found[:, 1].astype(np.uint32),
        distance=(found[:, 1] >> np.uint64(32)).astype(np.uint8),
        capped=capped,
    )


def _words(array: Words, name: str) -> Words:
    if array.ndim != 2 or array.shape[1] != 4 or array.dtype != np.uint64:
        raise WrongUsage(f"The {name} are uint64[n, 4], not {array.dtype}{list(array.shape)}.")
    return np.ascontiguousarray(array)


def _frozen(array: NDArray[T]) -> NDArray[T]:
    """Return a read-only view, so that mapped files and fresh arrays meet one compiled kernel."""
    view = np.asarray(array).view(np.ndarray)
    view.flags.writeable = False
    return view


def _ctpop(typing_context: Any, word: Any) -> tuple[Any, Any]:
    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.uint64(types.uint64), lower


def _touch(typing_context: Any, words: Any, at: Any) -> tuple[Any, Any]:
    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        where = builder.bitcast(builder.gep(data, [arguments[1]]), cgutils.voidptr_t)
        hint = ir.FunctionType(ir.VoidType(), [where.type, *[ir.IntType(32)] * 3])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [where.type], hint)
        builder.call(prefetch, [where, *(ir.Constant(ir.IntType(32), value) for value in (0, 3, 1))])
        return context.get_dummy_value()

    return types.void(words, types.intp), lower


_popcount = cast(Callable[[np.uint64], int], intrinsic(_ctpop))  # one machine instruction
popcount = _popcount
_prefetch = cast(Callable[[Words, int], None], intrinsic(_touch))  # another; it reads nothing and cannot fault


@njit(cache=True, nogil=True, inline="always")
def _band(hashes: Words, row: int, band: int) -> np.int64:
    return np.int64((hashes[row, band >> 2] >> np.uint64((band & 3) << 4)) & np.uint64(0xFFFF))


@njit(cache=True, nogil=True)
def _fill(hashes: Words) -> tuple[Rows, Rows, Words]:
    n = len(hashes)
    offsets = np.zeros((BANDS, _KEYS + 1), np.uint32)
    ids = np.empty((BANDS, n), np.uint32)
    sketches = np.empty((BANDS, n), np.uint64)
    for band in range(BANDS):
        for row in range(n):
            offsets[band, _band(hashes, row, band) + 1] += 1
        for value in range(_KEYS):
            offsets[band, value + 1] += offsets[band, value]
        fill = offsets[band].copy()
        for row in range(n):
            key = _band(hashes, row, band)
            ids[band, fill[key]] = row
            sketches[band, fill[key]] = hashes[row, ((band >> 2) + 1) & 3]
            fill[key] += 1
    return offsets, ids, sketches


@njit(cache=True, nogil=True, inline="always")
def _distance(hashes: Words, row: int, queries: Words, query: int) -> int:
    total = 0
    for word in range(4):
        total += _popcount(hashes[row, word] ^ queries[query, word])
    return total


@njit(cache=True, nogil=True)
def _seen_before(
    hashes: Words,
    offsets: Rows,
    row: int,
    queries: Words,
    query: int,
    band: int,
    cap: int,
    radius: int,
    sketch: int,
) -> bool:
    """Tell whether a lower band already led to this row; no memory of the hits is needed."""
    for lower in range(band):
        key = _band(hashes, row, lower)
        errors = _popcount(np.uint64(key ^ _band(queries, query, lower)))
        word = ((lower >> 2) + 1) & 3
        if (
            errors <= radius
            and offsets[lower, key + 1] - offsets[lower, key] <= cap
            and _popcount(hashes[row, word] ^ queries[query, word]) <= sketch
        ):
            return True
    return False


@njit(cache=True, nogil=True)
def _near(sketches: Words, word: np.uint64, sketch: int) -> int:
    """How many of these are near enough to be read in full: of a stranger nearly always none.

    Without a branch in it, the loop runs over eight sketches at once.
    """
    near = 0
    for each in sketches:
        near += _popcount(each ^ word) <= sketch
    return near


@njit(cache=True, nogil=True)
def _plan(offsets: Rows, queries: Words, query: int, probes: int, edges: NDArray[np.int64]) -> None:
    """Where each bucket that a query looks into begins and ends, in order of band and probe."""
    for band in range(BANDS):
        own = _band(queries, query, band)
        for probe in range(probes):
            key = own ^ ((1 << probe) >> 1)
            edges[band * probes + probe, 0] = offsets[band, key]
            edges[band * probes + probe, 1] = offsets[band, key + 1]


@njit(cache=True, nogil=True, inline="always")
def _fetch(sketches: Words, edges: NDArray[np.int64], at: int, probes: int) -> None:
    """Ask for a bucket's sketches ahead of their turn: most of a search would be waiting for memory."""
    if at < len(edges):
        start, stop = edges[at]
        for place in range(start, min(stop, start + _ASKED), 8):
            _prefetch(sketches[at // probes], place)


@njit(cache=True, nogil=True)
def _nearest(keys: Words, size: int, most: int) -> int:
    """Sort the keys found so far, keep the least `most`, and return how many stay."""
    keys[:size] = np.sort(keys[:size])
    return min(size, most)


@njit(cache=True, nogil=True)
def _search(
    hashes: Words,
    offsets: Rows,
    ids: Rows,
    sketches: Words,
    queries: Words,
    first: int,
    cap: int,
    limit: int,
    radius: int,
    sketch: int,
    most: int,
    capped: NDArray[np.bool_],
) -> Words:
    """Return (query, distance << 32 | row) of each hit, in order."""
    out = np.empty((len(queries), 2), np.uint64)
    keys = np.empty(2 * most, np.uint64)
    probes = 1 + BANDS * radius
    edges = np.empty((BANDS * probes, 2), np.int64)
    total = 0
    for query in range(len(queries)):
        size = 0
        _plan(offsets, queries, query, probes, edges)
        for at in range(_AHEAD):
            _fetch(sketches, edges, at, probes)
        for band in range(BANDS):
            word = queries[query, ((band >> 2) + 1) & 3]
            for probe in range(probes):
                _fetch(sketches, edges, band * probes + probe + _AHEAD, probes)
                start, stop = edges[band * probes + probe]
                if stop - start > cap:
                    capped[query] = True
                    continue
                if not _near(sketches[band, start:stop], word, sketch):
                    continue
                for at in range(start, stop):
                    if _popcount(sketches[band, at] ^ word) > sketch:
                        continue
                    row = ids[band, at]
                    distance = _distance(hashes, row, queries, query)
                    if distance > limit or _seen_before(
                        hashes, offsets, row, queries, query, band, cap, radius, sketch
                    ):
                        continue
                    if size == len(keys):
                        size = _nearest(keys, size, most)
                    keys[size] = np.uint64(distance) << np.uint64(32) | np.uint64(row)
                    size += 1
        if size > most:
            capped[query] = True
        size = _nearest(keys, size, most)
        while total + size > len(out):
            out = np.concatenate((out, np.empty_like(out)))
        out[total : total + size, 0] = first + query
        out[total : total + size, 1] = keys[:size]
        total += size
    return out[:total]
