"""Winnowed fingerprints of a text: every long enough passage shares one. ``text-winnow/1``, frozen.

Source: S. Schleimer, D. Wilkerson, A. Aiken, "Winnowing: Local Algorithms for Document Fingerprinting",
SIGMOD 2003 (robust winnowing); normalisation after Unicode 14.0 NFKC_Casefold (UAX #15, #31), then only
letters.

1. *Normalise.* Each code point becomes the letters and digits (categories L and N of Unicode 14.0) of its
   compatibility decomposition, case-folded. Spaces, punctuation, soft hyphens, zero-width characters and
   all combining marks fall away, so "É" is "e" and "E + U+0301" is "e"; Hangul syllables become their jamo.
   The rule looks at one code point at a time, so an excerpt normalises as it does inside its work. HTML
   entities are not decoded. Confusables are not folded: a Cyrillic "а" is not a Latin "a". The sets are
   frozen here, because Python's own tables differ from release to release.
2. *Grams.* A letter weighs 3, a CJK character (ideograph, kana, bopomofo, Yi) weighs 8; a gram is the
   shortest run that weighs 96: k = 32 letters, k = 12 CJK characters, and what lies between in mixed text.
   Its ends depend on its own characters alone, so an excerpt set in a text of another script keeps its
   grams.
3. *Hash.* Polynomial of mixed code points modulo 2**64 with an odd base, then a bijective finaliser.
4. *Winnow.* In each window of grams weighing 96 (w = 32 letters, 12 CJK) the least order wins; on a tie the
   one chosen before stays, else the rightmost is taken.

**Guarantee**: every shared run of 63 normalised letters, of 23 CJK characters, or of weight 191 in any
mixture, shares a fingerprint. A text that weighs less is `weak`: it keeps at most one fingerprint, and none
of its passages is sure to be found; match it whole, by `text_sha256`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from placet.fingerprints.text_letters import (
    Bytes,
    Offsets,
    Points,
    count_cjk,
    fold_points,
    fold_utf8,
    is_cjk,
    tables,
)

__all__ = [
    "ALGORITHM",
    "GRAM",
    "GRAM_CJK",
    "Batch",
    "TextPrints",
    "compute",
    "compute_many",
    "normalise",
    "quote",
    "text_sha256",
    "winnow",
]

ALGORITHM: Final = "text-winnow/1"
GRAM: Final = 32
GRAM_CJK: Final = 12

_LETTER, _CJK, _FULL = 3, 8, 96
_WINDOW = GRAM
_MIXED = 256  # code points whose mixes are at hand
_LAP = _WINDOW - 1  # grams that a window shares with the next
_BLOCK = 1024  # windows weighed at once, so that what they need stays in the first cache

Hashes = NDArray[np.uint64]
Halves = NDArray[np.uint32]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TextPrints:
    """The fingerprints of one text; `positions` are where their grams begin, in normalised characters."""

    hashes: Hashes
    positions: Points
    length: int  # normalised characters
    cjk: int  # how many of them are CJK
    weak: bool  # too short for the guarantee

    @property
    def dense(self) -> bool:
        """True where most characters are CJK, so that a passage needs fewer of them."""
        return 2 * self.cjk > self.length

    @property
    def gram(self) -> int:
        """How many characters one of its fingerprints covers."""
        return GRAM_CJK if self.dense else GRAM


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """The fingerprints of many texts, one after the other: those of text i begin at `starts[i]`, int64[n + 1].

    `lengths` and `cjk` are int64[n]; `letters` are the normalised texts in UTF-8; text i begins at `ends[i]`.
    """

    hashes: Hashes
    positions: Points
    starts: Longs
    lengths: Longs
    cjk: Longs
    weak: NDArray[np.bool_]
    letters: bytes | memoryview
    ends: Longs

    def __len__(self) -> int:
        return len(self.lengths)

    def prints(self, at: int) -> TextPrints:
        """Return the fingerprints of one text."""
        start, stop = self.starts[at : at + 2].tolist()
        return TextPrints(
            hashes=self.hashes[start:stop],
            positions=self.positions[start:stop],
            length=int(self.lengths[at]),
            cjk=int(self.cjk[at]),
            weak=bool(self.weak[at]),
        )

    def digest(self, at: int) -> bytes:
        """Return the `text_sha256` of one text."""
        return hashlib.sha256(self.letters[self.ends[at] : self.ends[at + 1]]).digest()


def compute(text: str | bytes) -> TextPrints:
    """Return the winnowed fingerprints of a text, or of its UTF-8; UnicodeDecodeError where that is none."""
    # Lone surrogates are no letters.
    return compute_many([text if isinstance(text, bytes) else text.encode("utf-8", "replace")]).prints(0)


def compute_many(texts: Sequence[bytes | memoryview]) -> Batch:
    """Return the fingerprints of texts in UTF-8 at one call's cost; UnicodeDecodeError where one is not UTF-8."""
    data = texts[0] if len(texts) == 1 else b"".join(texts)
    stops = np.cumsum(np.array([len(text) for text in texts], np.int64))
    source = np.frombuffer(data, np.uint8) if len(data) else np.empty(0, np.uint8)
    letters, ends, hashes, positions, starts, is_wide = _winnow_utf8(_readonly(source), stops, *tables(), *_mixes())
    lengths = ends[1:] - ends[:-1]
    narrow = Batch(
        hashes=hashes,
        positions=positions,
        starts=starts,
        lengths=lengths,
        cjk=np.zeros(len(texts), np.int64),
        weak=lengths < GRAM + _LAP,
        letters=letters.data,
        ends=ends,
    )
    return _spliced(texts, narrow, is_wide) if is_wide.any() else narrow


def _spliced(texts: Sequence[bytes | memoryview], narrow: Batch, is_wide: NDArray[np.bool_]) -> Batch:
    """The batch with those texts that have letters beyond ASCII's, which are folded and winnowed one by one."""
    prints = [narrow.prints(at) for at in range(len(texts))]
    letters = [bytes(narrow.letters[start:stop]) for start, stop in pairwise(narrow.ends.tolist())]
    for at in np.flatnonzero(is_wide).tolist():
        points, _, cjk = fold_points(str(texts[at], "utf-8"), keep_offsets=False)
        prints[at], letters[at] = _prints_of(points, cjk), _utf8(points)
    return Batch(
        hashes=np.concatenate([each.hashes for each in prints]),
        positions=np.concatenate([each.positions for each in prints]),
        starts=_ends([len(each.hashes) for each in prints]),
        lengths=np.array([each.length for each in prints], np.int64),
        cjk=np.array([each.cjk for each in prints], np.int64),
        weak=np.array([each.weak for each in prints], np.bool_),
        letters=b"".join(letters),
        ends=_ends([len(each) for each in letters]),
    )


def _ends(sizes: list[int]) -> Longs:
    return np.cumsum(np.array([0, *sizes], np.int64))


def winnow(points: Points) -> TextPrints:
    """Return the fingerprints of code points that are already normalised."""
    points = np.ascontiguousarray(points, np.uint32)
    return _prints_of(points, int(count_cjk(points)))


def normalise(text: str) -> tuple[Points, Offsets]:
    """Return the normalised code points, and for each the index of the character of `text` it came from."""
    points, offsets, _ = fold_points(text, keep_offsets=True)
    return points, offsets


def quote(text: str, start: int, stop: int) -> str:
    """Return the part of `text` that holds its normalised characters `start` to `stop`, as it was written."""
    _, offsets = normalise(text)
    picked = offsets[max(start, 0) : max(stop, 0)]
    return text[int(picked[0]) : int(picked[-1]) + 1] if len(picked) else ""


def text_sha256(text: str) -> bytes:
    """Return SHA-256 of the normalised text in UTF-8: blind to case, spaces and punctuation."""
    return hashlib.sha256(_utf8(fold_points(text, keep_offsets=False)[0])).digest()


def _utf8(points: Points) -> bytes:
    return points.astype("<u4").tobytes().decode("utf-32-le").encode()


def _digest(points: Points) -> bytes:
    return hashlib.sha256(points.astype("<u4").tobytes().decode("utf-32-le").encode()).digest()


def _prints_of(points: Points, cjk: int) -> TextPrints:
    hashes, positions, weak = _winnow_mixed(points) if cjk else _winnow_letters(points, *_mixes())
    return TextPrints(hashes=hashes, positions=positions, length=len(points), cjk=cjk, weak=weak)


_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, 5 modulo 8: B**m - 1 keeps at most 2 + log2(m) factors of two
_LEAVE = np.uint64(pow(int(_BASE), GRAM, 1 << 64))
_M1, _M2, _M3 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), np.uint64(0xD6E8FEB86659FD93)
_S27, _S29, _S30, _S31, _S32 = (np.uint64(bits) for bits in (27, 29, 30, 31, 32))
_POWERS = np.array([pow(int(_BASE), power, 1 << 64) for power in range(GRAM + 1)], np.uint64)


@njit(cache=True, nogil=True, inline="always")
def _mix(point: int) -> np.uint64:
    """Spread one code point over 64 bits, so that no small sum of neighbours cancels."""
    x = (np.uint64(point) + _BASE) * _M1
    return (x ^ (x >> _S29)) * _M2


@njit(cache=True, nogil=True, inline="always")
def _order(rolled: np.uint64) -> np.uint64:
    """Return the rank of a gram among its neighbours (a bijection of its polynomial)."""
    x = rolled ^ (rolled >> _S32)
    return x * _M3


@njit(cache=True, nogil=True, inline="always")
def _seal(order: np.uint64) -> np.uint64:
    """Return the fingerprint of an order: bijective, and even where winnowing has left only small orders."""
    x = (order ^ (order >> _S30)) * _M1
    x = (x ^ (x >> _S27)) * _M2
    return x ^ (x >> _S31)


@njit(cache=True, nogil=True)
def _mixed_points(limit: int) -> Hashes:
    out = np.empty(limit, np.uint64)
    for point in range(limit):
        out[point] = _mix(point)
    return out


@cache
def _mixes() -> tuple[Hashes, Hashes]:
    """Return the mixes of what a byte can hold, and the same as they leave a gram of the next letter."""
    mixes = _mixed_points(_MIXED)
    return mixes, mixes * _LEAVE


@njit(cache=True, nogil=True)
def _rightmost_least(orders: Hashes, start: int, stop: int) -> int:
    least = orders[start]
    for at in range(start + 1, stop):
        least = min(least, orders[at])
    at = stop - 1
    while orders[at] != least:
        at -= 1
    return at


@njit(cache=True, nogil=True)
def _gather(orders: Hashes, starts: Points, chosen: NDArray[np.int64], weak: bool) -> tuple[Hashes, Points, bool]:
    hashes = np.empty(len(chosen), np.uint64)
    positions = np.empty(len(chosen), np.uint32)
    for at in range(len(chosen)):
        hashes[at] = _seal(orders[chosen[at]])
        positions[at] = starts[chosen[at]]
    return hashes, positions, weak


@njit(cache=True, nogil=True)
def _winnow_mixed(points: Points) -> tuple[Hashes, Points, bool]:
    """Winnow grams of any weights; on text without CJK this equals `_winnow_letters`."""
    orders, starts, weights = _grams_mixed(points)
    count = len(orders)
    chosen = np.empty(count, np.int64)
    size, left, weight, best, full = 0, 0, 0, -1, False
    for at in range(count):
        weight += weights[at]
        while weight - weights[left] >= _FULL:
            weight -= weights[left]
            left += 1
        if weight < _FULL:
            continue
        if best < left or not full:
            best = _rightmost_least(orders, left, at + 1)
        elif orders[at] < orders[best]:
            best = at
        else:
            continue
        full = True
        chosen[size] = best
        size += 1
    if count and not full:
        chosen[0], size = _rightmost_least(orders, 0, count), 1
    return _gather(orders, starts, chosen[:size], not full)


@njit(cache=True, nogil=True)
def _grams_mixed(points: Points) -> tuple[Hashes, Points, NDArray[np.uint8]]:
    """Return for each gram its order, where it begins, and the weight of its last character."""
    orders = np.empty(len(points), np.uint64)
    starts = np.empty(len(points), np.uint32)
    weights = np.empty(len(points), np.uint8)
    size = first = weight = 0
    rolled = np.uint64(0)
    for at in range(len(points)):
        step = _CJK if is_cjk(points[at]) else _LETTER
        rolled = rolled * _BASE + _mix(points[at])
        weight += step
        lead = _CJK if is_cjk(points[first]) else _LETTER
        while weight - lead >= _FULL:
            rolled -= _mix(points[first]) * _POWERS[at - first]
            weight -= lead
            first += 1
            lead = _CJK if is_cjk(points[first]) else _LETTER
        if weight >= _FULL:
            orders[size], starts[size], weights[size] = _order(rolled), first, step
            size += 1
    return orders[:size], starts[:size], weights[:size]


@njit(cache=True, nogil=True)
def _winnow_letters(points: Points, mixes: Hashes, leaving: Hashes) -> tuple[Hashes, Points, bool]:
    """Winnow grams of exactly 32 letters."""
    hashes, positions = np.empty(0, np.uint64), np.empty(0, np.uint32)
    hashes, positions, size = _winnow_into(points, mixes, leaving, hashes, positions, 0, _desk())
    return hashes[:size].copy(), positions[:size].copy(), len(points) < GRAM + _LAP


@njit(cache=True, nogil=True)
def _winnow_utf8(
    source: Bytes, stops: Longs, letters: Points, expansions: Points, narrow: Bytes, mixes: Hashes, leaving: Hashes
) -> tuple[Bytes, Longs, Hashes, Points, Longs, NDArray[np.bool_]]:
    """Winnow texts that end at `stops` in `source`: their letters and where they begin, their hashes, positions and
    where they begin, and which of them `fold_utf8` could not read: those are left empty.
    """
    folded = np.empty(len(source), np.uint8)
    ends, starts = np.zeros(len(stops) + 1, np.int64), np.zeros(len(stops) + 1, np.int64)
    is_wide = np.zeros(len(stops), np.bool_)
    room, desk = len(source) // 16 + 2 * _BLOCK, _desk()
    hashes, positions = np.empty(room, np.uint64), np.empty(room, np.uint32)
    start = begin = size = 0
    for at in range(len(stops)):
        end = fold_utf8(source, start, stops[at], folded, begin, letters, expansions, narrow)
        start, is_wide[at] = stops[at], end < 0
        if end > begin:
            hashes, positions, size = _winnow_into(folded[begin:end], mixes, leaving, hashes, positions, size, desk)
            begin = end
        ends[at + 1], starts[at + 1] = begin, size
    return folded[:begin], ends, hashes[:size], positions[:size], starts, is_wide


@njit(cache=True, nogil=True)
def _desk() -> tuple[Hashes, Longs, tuple[Halves, Halves, Halves]]:
    """Return the room in which one block is winnowed after the other."""
    halves = (
        np.empty(_BLOCK + _LAP, np.uint32),
        np.empty(_BLOCK + _LAP, np.uint32),
        np.empty(_BLOCK + _LAP, np.uint32),
    )
    return np.empty(_BLOCK + _LAP, np.uint64), np.empty(_BLOCK + 1, np.int64), halves


@njit(cache=True, nogil=True)
def _winnow_into(
    points: Bytes | Points, mixes: Hashes, leaving: Hashes, hashes: Hashes, positions: Points, size: int, desk: Any
) -> tuple[Hashes, Points, int]:
    """Write the fingerprints of these letters from `size` on; return the arrays, which may have grown, and the size.

    The smallest order of each window is sought among leading halves, many windows at once: that gives every place
    where the choice may change, and the whole orders then say whether it does.
    """
    grams = len(points) - GRAM + 1
    windows = grams - _LAP
    orders, marks, (tops, least_tops, spare) = desk
    if grams > 0 and windows <= 0:
        _roll(points, 0, grams, orders, mixes, leaving)
        best = _rightmost_least(orders, 0, grams)
        hashes, positions = _with_room(hashes, positions, size, 1)
        hashes[size], positions[size] = _seal(orders[best]), best
        return hashes, positions, size + 1
    best, least = -1, np.uint64(0)
    for start in range(0, windows, _BLOCK):
        count = min(_BLOCK, windows - start)
        hashes, positions = _with_room(hashes, positions, size, count)
        if start:
            orders[:_LAP] = orders[_BLOCK:]
            _roll(points, start + _LAP, count, orders[_LAP:], mixes, leaving)
        else:
            _roll(points, 0, count + _LAP, orders, mixes, leaving)
        _least_tops(orders, count, tops, least_tops, spare)
        changes = _mark(tops, least_tops, count, spare, marks)
        for at in range(changes + 1):
            window = marks[at]
            while best - start < window - 1:  # it fell out of a window that has no mark: another is as small
                best = start + _rightmost_least(orders, best - start + 1, best - start + 1 + _WINDOW)
                least = orders[best - start]
                hashes[size], positions[size] = _seal(least), best
                size += 1
            if window == count:
                break
            place = window + _LAP
            if best - start < window:
                place = _sole(tops, window, least_tops[window])
                place = _rightmost_least(orders, window, window + _WINDOW) if place < 0 else place
            elif orders[place] >= least:
                continue
            best, least = start + place, orders[place]
            hashes[size], positions[size] = _seal(least), best
            size += 1
    return hashes, positions, size


@njit(cache=True, nogil=True)
def _with_room(hashes: Hashes, positions: Points, size: int, more: int) -> tuple[Hashes, Points]:
    if size + more <= len(hashes):
        return hashes, positions
    room = 2 * size + more
    wider, farther = np.empty(room, np.uint64), np.empty(room, np.uint32)
    wider[:size], farther[:size] = hashes[:size], positions[:size]
    return wider, farther


@njit(cache=True, nogil=True, inline="always")
def _mixed(point: int, mixes: Hashes) -> np.uint64:
    return mixes[point] if point < _MIXED else _mix(point)


@njit(cache=True, nogil=True)
def _gram(points: Bytes | Points, first: int, mixes: Hashes) -> np.uint64:
    rolled = np.uint64(0)
    for at in range(first, first + GRAM):
        rolled = rolled * _BASE + _mixed(points[at], mixes)
    return rolled


@njit(cache=True, nogil=True, inline="always")
def _step(new: int, old: int, mixes: Hashes, leaving: Hashes) -> np.uint64:
    """Return what a polynomial gains by a letter that comes, less what it loses by the one that leaves."""
    return _mixed(new, mixes) - (leaving[old] if old < _MIXED else _mix(old) * _LEAVE)


@njit(cache=True, nogil=True)
def _roll(points: Bytes | Points, first: int, count: int, orders: Hashes, mixes: Hashes, leaving: Hashes) -> None:
    """Write the orders of `count` grams, of which the first begins at `first`: two halves, rolled abreast."""
    half = count // 2
    if count > 2 * half:
        orders[count - 1] = _order(_gram(points, first + count - 1, mixes))
    if half == 0:
        return
    left, right = _gram(points, first, mixes), _gram(points, first + half, mixes)
    lefts, rights = orders[:half], orders[half : 2 * half]
    lefts[0], rights[0] = _order(left), _order(right)
    gone, also_gone = points[first : first + half], points[first + half : first + 2 * half]
    come, also_come = points[first + GRAM - 1 :], points[first + half + GRAM - 1 :]
    for at in range(1, half):
        left = left * _BASE + _step(come[at], gone[at - 1], mixes, leaving)
        right = right * _BASE + _step(also_come[at], also_gone[at - 1], mixes, leaving)
        lefts[at], rights[at] = _order(left), _order(right)


@njit(cache=True, nogil=True)
def _least_tops(orders: Hashes, count: int, tops: Halves, least: Halves, spare: Halves) -> None:
    """Write the leading halves of the orders, and the least of them in each window: of 2, of 4, ... of 32."""
    size = count + _LAP
    whole, half = orders[:size], tops[:size]
    for at in range(size):
        half[at] = np.uint32(whole[at] >> _S32)
    _pairwise_least(tops, 1, least, size - 1)
    _pairwise_least(least, 2, spare, size - 3)
    _pairwise_least(spare, 4, least, size - 7)
    _pairwise_least(least, 8, spare, size - 15)
    _pairwise_least(spare, 16, least, size - 31)


@njit(cache=True, nogil=True)
def _pairwise_least(values: Halves, apart: int, out: Halves, count: int) -> None:
    near, far, least = values[:count], values[apart : apart + count], out[:count]
    for at in range(count):
        least[at] = min(near[at], far[at])


@njit(cache=True, nogil=True)
def _mark(tops: Halves, least: Halves, count: int, changed: Halves, marks: Longs) -> int:
    """Write the windows at which the choice may change, the first among them, and `count` at the end."""
    newest, here, before = tops[_LAP + 1 : _LAP + count], least[1:count], least[: count - 1]
    later = changed[1:count]
    for at in range(count - 1):
        later[at] = (here[at] != before[at]) | (newest[at] == here[at])
    changed[0] = 1
    size = 0
    for window in range(count):
        marks[size] = window
        size += changed[window]
    marks[size] = count
    return size


@njit(cache=True, nogil=True)
def _sole(tops: Halves, window: int, least: np.uint32) -> int:
    """Return the place of the one top in this window that is the least, or -1 where several are."""
    seen, found = tops[window : window + _WINDOW], np.uint32(0)
    for at in range(_WINDOW):
        found = np.uint32(found + (np.uint32(65_536 + at) if seen[at] == least else np.uint32(0)))
    return window + int(found & np.uint32(65_535)) if found >> np.uint32(16) == 1 else -1


def _readonly(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a read-only view, so that every source meets one compiled kernel."""
    view = array.view()
    view.flags.writeable = False
    return view
