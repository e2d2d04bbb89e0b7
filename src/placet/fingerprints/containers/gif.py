"""Metadata in GIF89a: application extensions, before and after the pictures (XMP Part 3, 1.1.2; C2PA 2.4 A.3.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers.block import Block, Kind, Limits, copied, holds, take

__all__ = ["MAGICS", "find", "replace"]

MAGICS: Final = (b"GIF87a", b"GIF89a")
_XMP: Final = b"\x21\xff\x0bXMP DataXMP"
_C2PA: Final = b"\x21\xff\x0bC2PA_GIF\x01\x00\x00"
# Whatever byte of the packet is taken for a length, the walk ends here.
_MAGIC_TRAILER: Final = b"\x01" + bytes(range(255, -1, -1)) + b"\x00"
_EXTENSION, _PICTURE, _TRAILER = 0x21, 0x2C, 0x3B


def find(view: memoryview, limits: Limits) -> Iterator[Block]:
    """Every application extension that is metadata."""
    for start, end in _blocks(view, limits):
        where = f"application extension at byte {start}"
        if holds(view, start, _XMP):
            yield Block(kind=Kind.XMP, where=where, data=copied(_packet(view, start, end), where, limits))
        elif holds(view, start, _C2PA):
            data = b"".join(_pieces(view, start + 14, end))
            yield Block(kind=Kind.C2PA, where=where, data=copied(memoryview(data), where, limits))


def replace(data: bytes, packet: bytes | None, limits: Limits) -> bytes:
    """The same pictures with this XMP packet alone, or with none: other blocks are copied."""
    if packet is not None and b"\0" in packet:
        raise BadMedia("An XMP packet in a GIF cannot hold a zero byte (it must be UTF-8).")
    view = memoryview(data)
    kept: list[bytes | memoryview] = [b"GIF89a" if packet is not None else view[:6], view[6 : _pictures(view)]]
    place = None
    end = _pictures(view)
    for start, end in _blocks(view, limits):
        if holds(view, start, _XMP):
            place = len(kept) if place is None else place
        else:
            kept.append(view[start:end])
    if packet is not None:
        kept.insert(len(kept) - 1 if place is None else place, _XMP + packet + _MAGIC_TRAILER)
    return b"".join([*kept, view[end:]])


def _packet(view: memoryview, start: int, end: int) -> memoryview:
    """The bytes between the name and the magic trailer; some write sub-blocks like any other extension's."""
    if end - start >= 14 + 258 and holds(view, end - 258, _MAGIC_TRAILER):
        return view[start + 14 : end - 258]
    return memoryview(b"".join(_pieces(view, start + 14, end)))


def _pictures(view: memoryview) -> int:
    """Where the header and the global colour table end (GIF89a, sections 18 and 19)."""
    packed = take(view, 0, 13, "The GIF header")[10]
    at = 13 + (3 << (packed & 7) + 1 if packed & 0x80 else 0)
    take(view, 0, at, "The GIF header")
    return at


def _blocks(view: memoryview, limits: Limits) -> Iterator[tuple[int, int]]:
    """(start, end) of each block up to and with the trailer; `max_steps` counts tens of sub-blocks."""
    at, steps = _pictures(view), 10 * limits.max_steps
    while True:
        start = at
        kind = take(view, at, 1, "A GIF block")[0]
        if kind == _TRAILER:
            yield start, at + 1
            return
        if kind == _EXTENSION:
            at += 2
        elif kind == _PICTURE:
            packed = take(view, at, 10, "A GIF picture")[9]
            at += 11 + (3 << (packed & 7) + 1 if packed & 0x80 else 0)
        else:
            raise BadMedia(f"This GIF has no block at byte {at:,}, where one should begin.")
        at, steps = _past(view, at, steps)
        yield start, at


def _past(view: memoryview, at: int, steps: int) -> tuple[int, int]:
    """Past sub-blocks, up to and with the empty one (section 15)."""
    size, steps = len(view), steps - 1
    while at < size and steps > 0:
        length = view[at]
        at += 1 + length
        steps -= 1
        if not length:
            return at, steps
    if steps <= 0:
        raise TooLarge("This GIF has more sub-blocks than are walked over.")
    raise BadMedia(f"This GIF ends at byte {size:,}, inside a block.")


def _pieces(view: memoryview, at: int, end: int) -> Iterator[memoryview]:
    while at < end and view[at]:
        yield view[at + 1 : at + 1 + view[at]]
        at += 1 + view[at]
