"""Metadata in TIFF and BigTIFF: tags of the pages' directories (TIFF 6.0, section 2; XMP Part 3, 1.1.10).

700 is XMP, 33723 IPTC-IIM, 34377 Photoshop resources, 52545 C2PA (2.4, A.3.4).  Directories that hang below a
page (SubIFDs, Exif) are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers.block import Block, Kind, Limits, Order, copied, doubted, number, take
from placet.fingerprints.containers.photoshop import iptc

__all__ = ["MAGICS", "find", "replace"]

MAGICS: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_XMP, _PHOTOSHOP, _BYTE = 700, 34377, 1
_TAGS: Final = {_XMP: Kind.XMP, 33723: Kind.IPTC_IIM, 52545: Kind.C2PA}
_SIZES: Final = (0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Byte order, and the widths of a count of entries and of an offset: 2 and 4, or 8 and 8."""

    order: Order
    count: int
    offset: int

    @property
    def entry(self) -> int:
        return 4 + 2 * self.offset

    def write(self, value: int, size: int) -> bytes:
        return value.to_bytes(size, self.order)


@dataclass(frozen=True, slots=True)
class _Directory:
    at: int
    entries: tuple[memoryview, ...]
    following: int


def find(view: memoryview, limits: Limits) -> Iterator[Block]:
    """The tags of every page."""
    layout = _layout(view)
    for page, directory in enumerate(_directories(view, layout, limits)):
        for entry in directory.entries:
            tag = int.from_bytes(entry[:2], layout.order)
            where = f"tag {tag} of page {page}"
            try:
                if tag in _TAGS:
                    value = copied(_value(view, entry, layout, where), where, limits)
                    yield Block(kind=_TAGS[tag], where=where, data=value)
                elif tag == _PHOTOSHOP:
                    yield from iptc([_value(view, entry, layout, where)], where, limits)
            except BadMedia as error:
                yield doubted(Block(kind=_TAGS.get(tag, Kind.IPTC_IIM), where=where), str(error))


def replace(data: bytes, packet: bytes | None, limits: Limits) -> bytes:
    """The same pages with this XMP packet on the first, and no other, or with none.

    Nothing moves but the first directory: the packet is appended, and the room of an older one is left as it is.
    """
    view = memoryview(data)
    layout = _layout(view)
    pages = list(_directories(view, layout, limits))
    held = [
        (page, entry) for page in pages for entry in page.entries if int.from_bytes(entry[:2], layout.order) == _XMP
    ]
    if packet is not None and [(page.at, bytes(_value(view, entry, layout, "XMP"))) for page, entry in held] == [
        (pages[0].at, packet)
    ]:
        return data
    out = bytearray(data)
    for page in {page.at: page for page, _ in held}.values():
        _shrink(out, page, layout)
    if packet is not None:
        _grow(out, packet, layout, limits)
    return bytes(out)


def _layout(view: memoryview) -> _Layout:
    order: Order = "little" if bytes(view[:2]) == b"II" else "big"
    if number(view, 2, 2, order, "The TIFF header") == 42:
        return _Layout(order, 2, 4)
    if number(view, 4, 4, order, "The BigTIFF header") != (8 if order == "little" else 8 << 16):
        raise BadMedia("This BigTIFF does not have offsets of eight bytes.")
    return _Layout(order, 8, 8)


def _first(layout: _Layout) -> int:
    """Where the offset of the first directory stands."""
    return 4 if layout.offset == 4 else 8


def _directories(view: memoryview, layout: _Layout, limits: Limits) -> Iterator[_Directory]:
    at = number(view, _first(layout), layout.offset, layout.order, "The offset of the first TIFF page")
    seen: set[int] = set()
    steps = 0
    while at:
        if at in seen:
            raise BadMedia(f"The pages of this TIFF go round in a circle, at byte {at:,}.")
        seen.add(at)
        count = number(view, at, layout.count, layout.order, "A TIFF directory")
        steps += 1 + count
        if steps > limits.max_steps:
            raise TooLarge(f"The pages of this TIFF have more than {limits.max_steps:,} tags.")
        body = take(view, at + layout.count, count * layout.entry + layout.offset, "A TIFF directory")
        entries = tuple(body[k : k + layout.entry] for k in range(0, count * layout.entry, layout.entry))
        following = int.from_bytes(body[count * layout.entry :], layout.order)
        yield _Directory(at, entries, following)
        at = following


def _value(view: memoryview, entry: memoryview, layout: _Layout, where: str) -> memoryview:
    """The bytes of a value: in the entry itself where they fit, else where it points."""
    kind = int.from_bytes(entry[2:4], layout.order)
    count = int.from_bytes(entry[4 : 4 + layout.offset], layout.order)
    if kind >= len(_SIZES) or not _SIZES[kind]:
        raise BadMedia(f"{where} has the unknown type {kind}.")
    size = count * _SIZES[kind]
    if size <= layout.offset:
        return entry[4 + layout.offset : 4 + layout.offset + size]
    return take(view, int.from_bytes(entry[4 + layout.offset :], layout.order), size, where)


# ---- put back -----------------------------------------------------------------------------------


def _shrink(out: bytearray, page: _Directory, layout: _Layout) -> None:
    """Take the XMP tags out of a directory, where it stands."""
    kept = [entry for entry in page.entries if int.from_bytes(entry[:2], layout.order) != _XMP]
    written = _written(kept, page.following, layout)
    room = layout.count + len(page.entries) * layout.entry + layout.offset
    out[page.at : page.at + room] = written.ljust(room, b"\0")


def _grow(out: bytearray, packet: bytes, layout: _Layout, limits: Limits) -> None:
    """Append the packet and a first directory that has it, and point the header there."""
    view = memoryview(bytes(out))
    page = next(_directories(view, layout, limits), None)
    if page is None:
        raise BadMedia("This TIFF has no page.")
    out += bytes(len(out) % 2)
    place = len(out)
    value = packet.ljust(layout.offset, b"\0") if len(packet) <= layout.offset else layout.write(place, layout.offset)
    entry = layout.write(_XMP, 2) + layout.write(_BYTE, 2) + layout.write(len(packet), layout.offset) + value
    if len(packet) > layout.offset:
        out += packet + bytes(len(packet) % 2)
    entries = sorted([*map(bytes, page.entries), entry], key=lambda entry: int.from_bytes(entry[:2], layout.order))
    directory = len(out)
    if directory >= 1 << 8 * layout.offset or len(entries) >= 1 << 8 * layout.count:
        raise TooLarge("With this XMP packet the TIFF would pass what its offsets can count.")
    out += _written(entries, page.following, layout)
    out[_first(layout) : _first(layout) + layout.offset] = layout.write(directory, layout.offset)


def _written(entries: list[bytes] | list[memoryview], following: int, layout: _Layout) -> bytes:
    count = layout.write(len(entries), layout.count)
    return b"".join([count, *entries, layout.write(following, layout.offset)])
