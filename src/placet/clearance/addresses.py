"""Columns of addresses, taken apart a million at a time: which are plain, whose they are, which patterns match.

An address is plain when `core.ids.canonical_url` would change nothing in it but its scheme, and
`signals.paths.target_of` nothing in its path and query.  Every other address is left to those two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from placet.signals.paths import Pattern

__all__ = [
    "MOST_BYTES",
    "Patterns",
    "States",
    "first_places",
    "hash_of",
    "hashes",
    "hex_digits",
    "pack",
    "respell",
    "scan",
    "walk",
]

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]

MOST_BYTES: Final = 4096  # of a plain address
_MANY: Final = 1 << 16

_UNRESERVED = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_HOST = np.zeros(256, np.bool_)
_HOST[list(b"abcdefghijklmnopqrstuvwxyz0123456789-._")] = True
_FREE = np.zeros(256, np.bool_)  # stands for itself, wherever it is; a star and a dollar are spelled otherwise
_FREE[list(_UNRESERVED + b"!&'()+,;=:@/")] = True
_LETTERS = np.zeros(256, np.bool_)
_LETTERS[list(_UNRESERVED)] = True
_HEX = np.full(256, 255, np.uint8)  # what a hex digit means
_HEX[list(b"0123456789")], _HEX[list(b"abcdef")], _HEX[list(b"ABCDEF")] = range(10), range(10, 16), range(10, 16)
_SPELLED = np.zeros(256, np.bool_)  # is never written with a percent sign
_SPELLED[list(_UNRESERVED + b"!$&'()*+,;=:@/")] = True


# --- scanning ---------------------------------------------------------------------------------------------


def scan(starts: Ints, stops: Ints, data: Bytes) -> tuple[Ints, Ints]:
    """For each address the first byte of its host and of its path, both -1 where it is not plain."""
    return _scan(starts, stops, data, _HOST, _FREE, _SPELLED)


@njit(cache=True, nogil=True)
def first_places(keys: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """For each key below `count` the first place where it stands, -1 for none; keys below zero are passed over."""
    first = np.full(count, -1, np.int64)
    for place in range(len(keys)):
        key = keys[place]
        if key >= 0 and first[key] < 0:
            first[key] = place
    return first


@njit(cache=True, nogil=True)
def hashes(starts: Ints, stops: Ints, data: Bytes) -> NDArray[np.uint64]:
    """The hash of each piece of `data`, such as what follows the scheme of an address; a start below 0 has none."""
    found = np.zeros(len(starts), np.uint64)
    for row in range(len(starts)):
        if starts[row] >= 0:
            found[row] = _hash(data, starts[row], stops[row])
    return found


def hash_of(canonical: str) -> int:
    """The hash that `hashes` gives what follows the scheme of a plain address."""
    return int(
        _hash(np.frombuffer(canonical.partition("://")[2].encode(), np.uint8), 0, len(canonical.partition("://")[2]))
    )


@njit(cache=True, nogil=True)
def _hash(data: Bytes, start: int, stop: int) -> np.uint64:
    """FNV-1a."""
    found = np.uint64(0xCBF29CE484222325)
    for place in range(start, stop):
        found = (found ^ np.uint64(data[place])) * np.uint64(0x100000001B3)
    return found


@njit(cache=True, nogil=True)
def _scan(
    starts: Ints,
    stops: Ints,
    data: Bytes,
    host: NDArray[np.bool_],
    free: NDArray[np.bool_],
    spelled: NDArray[np.bool_],
) -> tuple[Ints, Ints]:
    count = len(starts)
    hosts, paths = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    for row in range(count):
        start, stop = starts[row], stops[row]
        begin = _after_scheme(data, start, stop)
        if begin < 0 or stop - start > 4096:
            continue
        path = begin
        while path < stop and host[data[path]]:
            path += 1
        if path in (begin, stop) or data[path] != 47 or data[path - 1] == 46:
            continue
        if _is_plain(data, path, stop, free, spelled):
            hosts[row], paths[row] = begin, path
    return hosts, paths


@njit(cache=True, nogil=True, inline="always")
def _after_scheme(data: Bytes, start: int, stop: int) -> int:
    """Where the host begins after `http://` or `https://`, else -1."""
    if stop - start < 9 or data[start] != 104 or data[start + 1] != 116 or data[start + 2] != 116:
        return -1
    at = start + 4
    if data[start + 3] != 112:
        return -1
    if data[at] == 115:
        at += 1
    if data[at] == 58 and data[at + 1] == 47 and data[at + 2] == 47:
        return at + 3
    return -1


@njit(cache=True, nogil=True, inline="always")
def _nibble(byte: int) -> int:
    """The value of a hex digit in capitals, else -1."""
    if 48 <= byte <= 57:
        return byte - 48
    return byte - 55 if 65 <= byte <= 70 else -1


@njit(cache=True, nogil=True)
def _is_plain(data: Bytes, path: int, stop: int, free: NDArray[np.bool_], spelled: NDArray[np.bool_]) -> bool:
    in_query, segment, at = False, path + 1, path
    while at < stop:
        byte = data[at]
        if byte == 37:
            if at + 2 >= stop:
                return False
            high, low = _nibble(data[at + 1]), _nibble(data[at + 2])
            if high < 0 or low < 0:
                return False
            octet = high * 16 + low
            if spelled[octet] or (in_query and (octet == 63 or octet == 91 or octet == 93)):
                return False
            at += 3
            continue
        if byte == 63:
            if not in_query and (at + 1 == stop or _is_dots(data, segment, at)):
                return False
            in_query = True
        elif not free[byte]:
            return False
        elif byte == 47 and not in_query and at > path:
            if _is_dots(data, segment, at):
                return False
            segment = at + 1
        at += 1
    return in_query or not _is_dots(data, segment, stop)


@njit(cache=True, nogil=True, inline="always")
def _is_dots(data: Bytes, start: int, stop: int) -> bool:
    size = stop - start
    return (size == 1 or size == 2) and data[start] == 46 and data[stop - 1] == 46


def respell(starts: Ints, stops: Ints, data: Bytes) -> tuple[Ints, Bytes]:
    """Addresses whose only oddities are percent signs in another spelling, blanks and letters beyond ASCII, spelled.

    Offsets and bytes; empty for any other, and where a rule for paths may see a difference between two spellings.
    """
    return _respell(starts, stops, data, _HOST, _FREE, _SPELLED, _LETTERS)


@njit(cache=True, nogil=True)
def _respell(
    starts: Ints,
    stops: Ints,
    data: Bytes,
    host: NDArray[np.bool_],
    free: NDArray[np.bool_],
    spelled: NDArray[np.bool_],
    letters: NDArray[np.bool_],
) -> tuple[Ints, Bytes]:
    offsets = np.zeros(len(starts) + 1, np.int64)
    out = np.empty(3 * np.sum(stops - starts) + 3, np.uint8)
    for row in range(len(starts)):
        begin, stop = offsets[row], stops[row]
        offsets[row + 1] = begin
        at = _after_scheme(data, starts[row], stop)
        if at < 0 or data[stop - 1] <= 32 or data[stop - 1] >= 127:
            continue
        while at < stop and host[data[at]]:
            at += 1
        end = int(begin + at - starts[row])
        out[begin:end] = data[starts[row] : at]
        end = _respell_path(data, at, stop, out, end, free, spelled, letters)
        if end > 0:
            offsets[row + 1] = end
    return offsets, out[: offsets[-1]].copy()


@njit(cache=True, nogil=True)
def _respell_path(
    data: Bytes,
    at: int,
    stop: int,
    out: Bytes,
    end: int,
    free: NDArray[np.bool_],
    spelled: NDArray[np.bool_],
    letters: NDArray[np.bool_],
) -> int:
    """Where the spelling ends in `out`, 0 where there is none to be had here."""
    while at < stop:
        octet, size = int(data[at]), 1
        if octet == 37:
            if at + 2 >= stop:
                return 0
            high, low = _any_nibble(data[at + 1]), _any_nibble(data[at + 2])
            if high < 0 or low < 0:
                return 0
            octet, size = high * 16 + low, 3
            if octet == 46 or (spelled[octet] and not letters[octet]):
                return 0  # a dot may make a segment; what has two meanings is left to who knows both
        elif octet < 32 or octet == 127 or (octet != 32 and octet != 63 and octet < 127 and not free[octet]):
            return 0
        if (size == 1 and octet != 32 and octet < 127) or (size == 3 and letters[octet]):
            out[end] = octet
            end += 1
        else:
            out[end], out[end + 1], out[end + 2] = 37, _digit(octet >> 4), _digit(octet & 15)
            end += 3
        at += size
    return end


@njit(cache=True, nogil=True, inline="always")
def _any_nibble(byte: int) -> int:
    return _nibble(byte - 32) if byte >= 97 else _nibble(byte)


@njit(cache=True, nogil=True, inline="always")
def _digit(value: int) -> int:
    return value + 48 if value < 10 else value + 55


@njit(cache=True, nogil=True)
def pack(data: Bytes, starts: Ints, stops: Ints) -> tuple[Ints, Bytes]:
    """Pieces of `data` side by side, with their offsets; a start below 0 is an empty piece."""
    count = len(starts)
    offsets = np.zeros(count + 1, np.int64)
    for row in range(count):
        offsets[row + 1] = offsets[row] + (stops[row] - starts[row] if starts[row] >= 0 else 0)
    out = np.empty(offsets[count], np.uint8)
    for row in range(count):
        if starts[row] >= 0:
            out[offsets[row] : offsets[row + 1]] = data[starts[row] : stops[row]]
    return offsets, out


def hex_digits(offsets: Ints, data: Bytes, digits: int) -> tuple[NDArray[np.int8], NDArray[np.uint64]]:
    """1 for each text that is so many hex digits, 0 for an empty one, -1 for others; and the first 8 bytes meant."""
    return _hex_digits(offsets, data, digits, _HEX)


@njit(cache=True, nogil=True)
def _hex_digits(offsets: Ints, data: Bytes, digits: int, values: Bytes) -> tuple[NDArray[np.int8], NDArray[np.uint64]]:
    count = len(offsets) - 1
    kinds, firsts = np.zeros(count, np.int8), np.zeros(count, np.uint64)
    for row in range(count):
        start, size = offsets[row], offsets[row + 1] - offsets[row]
        if size != digits:
            kinds[row] = -1 if size else 0
            continue
        every, first = np.uint8(0), np.uint64(0)
        for place in range(start, start + digits):
            every |= values[data[place]]
        for place in range(start, start + min(16, digits)):
            first = (first << np.uint64(4)) | np.uint64(values[data[place]])
        if every < 16:
            kinds[row], firsts[row] = 1, first
        else:
            kinds[row] = -1
    return kinds, firsts


# --- patterns ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of many sites, flattened: those of site `s` are `bounds[s]` to `bounds[s + 1]`.

    Each has its parts, whether its end is anchored, and whether it is compared in small letters.
    """

    bounds: Ints
    parts: Ints
    anchored: NDArray[np.bool_]
    small: NDArray[np.bool_]
    offsets: Ints
    data: Bytes

    @classmethod
    def flatten(cls, sites: Sequence[Sequence[tuple[Pattern, bool]]]) -> Patterns:
        """Of each site its patterns, each with whether it is compared in small letters."""
        every = [one for site in sites for one in site]
        texts = [part.encode() for pattern, _ in every for part in pattern.parts]
        return cls(
            bounds=_sums(len(site) for site in sites),
            parts=_sums(len(pattern.parts) for pattern, _ in every),
            anchored=np.array([pattern.anchored for pattern, _ in every], np.bool_),
            small=np.array([small for _, small in every], np.bool_),
            offsets=_sums(map(len, texts)),
            data=np.frombuffer(b"".join(texts) + b"\0", np.uint8),
        )

    def arrays(self) -> tuple[Any, ...]:
        return self.bounds, self.parts, self.anchored, self.small, self.offsets, self.data


def _sums(sizes: Any) -> Ints:
    return np.concatenate([[0], np.cumsum(np.fromiter(sizes, np.int64))]).astype(np.int64)


@njit(cache=True, nogil=True, inline="always")
def _same(data: Bytes, at: int, texts: Bytes, start: int, stop: int, small: bool) -> bool:
    for place in range(start, stop):
        byte = data[at + place - start]
        if small and 65 <= byte <= 90:
            byte += 32
        if byte != texts[place]:
            return False
    return True


@njit(cache=True, nogil=True)
def _matches(
    data: Bytes, start: int, stop: int, first: int, last: int, anchored: bool, small: bool, offsets: Ints, texts: Bytes
) -> bool:
    """`signals.paths.Pattern.matches`: the head, then each part as early as it comes, and the last at the end."""
    head = offsets[first + 1] - offsets[first]
    if stop - start < head or not _same(data, start, texts, offsets[first], offsets[first + 1], small):
        return False
    if last - first == 1:
        return not anchored or stop - start == head
    at = start + head
    for part in range(first + 1, last - 1 if anchored else last):
        size = offsets[part + 1] - offsets[part]
        while at + size <= stop and not _same(data, at, texts, offsets[part], offsets[part + 1], small):
            at += 1
        if at + size > stop:
            return False
        at += size
    if not anchored:
        return True
    size = offsets[last] - offsets[last - 1]
    return stop - size >= at and _same(data, stop - size, texts, offsets[last - 1], offsets[last], small)


# --- states -----------------------------------------------------------------------------------------------


class States:
    """Sets of matched patterns as small numbers: each is an earlier one and one thing more, so none are mixed up."""

    def __init__(self) -> None:
        self.count = 1
        self._keys = np.full(_MANY, -1, np.int64)
        self._values = np.zeros(_MANY, np.int32)

    def arrays(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """The table, grown when it is half full."""
        if self.count + 2 > len(self._keys) // 2:
            old_keys, old_values = self._keys, self._values
            self._keys, self._values = np.full(len(old_keys) * 4, -1, np.int64), np.zeros(len(old_keys) * 4, np.int32)
            _rehash(old_keys, old_values, self._keys, self._values)
        return self._keys, self._values


@njit(cache=True, nogil=True, inline="always")
def _place(keys: Ints, key: np.int64) -> np.int64:
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    at = np.int64((mixed >> np.uint64(20)) & np.uint64(len(keys) - 1))
    while keys[at] != -1 and keys[at] != key:
        at = (at + 1) & (len(keys) - 1)
    return at


@njit(cache=True, nogil=True)
def _rehash(old_keys: Ints, old_values: NDArray[np.int32], keys: Ints, values: NDArray[np.int32]) -> None:
    for at in range(len(old_keys)):
        if old_keys[at] != -1:
            place = _place(keys, old_keys[at])
            keys[place], values[place] = old_keys[at], old_values[at]


@njit(cache=True, nogil=True)
def _walk(
    row: int,
    count: int,
    found: NDArray[np.int32],
    symbols: NDArray[np.int32],
    sites: NDArray[np.int32],
    paths: Ints,
    stops: Ints,
    data: Bytes,
    bounds: Ints,
    parts: Ints,
    anchored: NDArray[np.bool_],
    small: NDArray[np.bool_],
    offsets: Ints,
    texts: Bytes,
    keys: Ints,
    values: NDArray[np.int32],
) -> tuple[int, int]:
    """Rows from `row` on, until all are done or the table is nearly full; the next row, and the count of states."""
    room = len(keys) // 2
    while row < len(found):
        if paths[row] < 0:
            found[row] = -1
            row += 1
            continue
        if count + 2 > room:
            return row, count
        state = 0
        if symbols[row] > 0:
            at = _place(keys, np.int64(symbols[row]))
            if keys[at] == -1:
                keys[at], values[at] = np.int64(symbols[row]), count
                count += 1
            state = values[at]
        site = sites[row]
        if site >= 0:
            for pattern in range(bounds[site], bounds[site + 1]):
                first, last = parts[pattern], parts[pattern + 1]
                if not _matches(
                    data, paths[row], stops[row], first, last, anchored[pattern], small[pattern], offsets, texts
                ):
                    continue
                if count + 2 > room:
                    return row, count
                key = (np.int64(state) << np.int64(32)) | np.int64(pattern + (1 << 30))
                at = _place(keys, key)
                if keys[at] == -1:
                    keys[at], values[at] = key, count
                    count += 1
                state = values[at]
        found[row] = state
        row += 1
    return row, count


def walk(
    states: States,
    symbols: NDArray[np.int32],
    sites: NDArray[np.int32],
    paths: Ints,
    stops: Ints,
    data: Bytes,
    patterns: Patterns,
) -> NDArray[np.int32]:
    """The state of each plain address: its symbol, and which patterns of its site match; -1 for all others.

    A symbol stands for the site and whatever else is the same for all its addresses, 0 for nothing; equal symbols have
    equal sites.
    """
    found = np.zeros(len(symbols), np.int32)
    row = 0
    while row < len(found):
        asked = (symbols, sites, paths, stops, data, *patterns.arrays(), *states.arrays())
        row, states.count = _walk(row, states.count, found, *asked)
    return found
