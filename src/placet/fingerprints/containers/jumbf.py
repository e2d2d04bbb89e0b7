"""Whether a C2PA manifest store is whole, before a library builds anything of it (ISO 19566-5; RFC 8949).

Boxes must fit into boxes, and what CBOR declares into what is there: four bytes can claim gigabytes, which readers may
set aside before they look.  Compressed boxes (`brob`) are not opened.
"""

from __future__ import annotations

from typing import Final

from placet.errors import BadMedia, TooLarge

__all__ = ["check"]

_DEEPEST_BOX: Final = 24
_DEEPEST_VALUE: Final = 64
_MOST_BOXES: Final = 20_000
_MOST_VALUES: Final = 500_000
_FOREVER: Final = -1
_STRINGS, _LISTS, _MAP, _TAG = (2, 3), (4, 5), 5, 6


def check(manifest: bytes) -> None:
    """BadMedia unless every box and every value of the store is as long as it says."""
    view = memoryview(manifest)
    left = _MOST_VALUES
    count = 0
    todo = [(0, len(view), 0)]
    while todo:
        at, end, depth = todo.pop()
        while at < end:
            kind, body, stop = _box(view, at, end)
            count += 1
            if count > _MOST_BOXES or depth > _DEEPEST_BOX:
                raise TooLarge("This C2PA manifest has more or deeper boxes than are read.")
            if kind == b"jumb":
                todo.append((body, stop, depth + 1))
            elif kind == b"cbor":
                left = _check_cbor(view[body:stop], left)
            elif kind == b"brob":
                raise BadMedia("This C2PA manifest is compressed, and is not opened.")
            at = stop


def _box(view: memoryview, at: int, end: int) -> tuple[bytes, int, int]:
    """(type, start of its content, end); a size of 0 reaches to the end, 1 says it in 64 bits."""
    size, kind, body = int.from_bytes(view[at : at + 4], "big"), bytes(view[at + 4 : at + 8]), at + 8
    if size == 1:
        size, body = int.from_bytes(view[at + 8 : at + 16], "big"), at + 16
    stop = end if size == 0 and body == at + 8 else at + size
    if body > end or stop > end or stop < body:
        raise BadMedia(f"The box at byte {at:,} of this C2PA manifest says it has {size:,} bytes, which is not so.")
    return kind, body, stop


def _check_cbor(view: memoryview, left: int) -> int:
    """Walk one value; returns how many more may be walked."""
    at, size = 0, len(view)
    open_ = [1]
    while open_:
        if open_[-1] == 0:
            open_.pop()
            continue
        left -= 1
        if left < 0 or len(open_) > _DEEPEST_VALUE:
            raise TooLarge("This C2PA manifest has more or deeper values than are read.")
        if at >= size:
            raise _broken(at)
        first = view[at]
        if first == 0xFF:
            if open_.pop() != _FOREVER:
                raise _broken(at)
            at += 1
            continue
        open_[-1] -= open_[-1] > 0
        major, at, value = _head(view, at)
        if value == _FOREVER:
            open_.append(_FOREVER)
        elif major in _STRINGS:
            at += value
        elif major in _LISTS:
            open_.append(value * 2 if major == _MAP else value)
        elif major == _TAG:
            open_.append(1)
        if at > size or open_[-1] > size - at:
            raise _broken(at)
    if at != size:
        raise _broken(at)
    return left


def _head(view: memoryview, at: int) -> tuple[int, int, int]:
    """(major type, place behind the head, argument); an argument of FOREVER ends by a break."""
    major, low = view[at] >> 5, view[at] & 31
    if low < 24:
        return major, at + 1, low
    if low == 31 and 2 <= major <= 5:
        return major, at + 1, _FOREVER
    width = 1 << (low - 24)
    if low > 27 or at + 1 + width > len(view):
        raise _broken(at)
    return major, at + 1 + width, int.from_bytes(view[at + 1 : at + 1 + width], "big")


def _broken(at: int) -> BadMedia:
    return BadMedia(f"A value in this C2PA manifest claims more than is there (byte {at:,} of its box).")
