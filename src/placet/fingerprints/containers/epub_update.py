"""One member of an EPUB put in the place of another; all others are copied as they are packed (APPNOTE 6.3.10, 4.3).

What signs or encrypts parts of the book by name (META-INF/signatures.xml) is not mended: such a book is refused.
"""

from __future__ import annotations

import zlib
from typing import Final

from placet.errors import BadMedia
from placet.fingerprints.containers.block import take
from placet.fingerprints.containers.zipped import directory

__all__ = ["replace_member"]

_ENTRY: Final = 46
_SIGNATURES: Final = b"META-INF/signatures.xml"
_DEFLATED: Final = (8).to_bytes(2, "little")


def replace_member(data: bytes, path: str, body: bytes) -> bytes:
    """The same book with these bytes at `path`, which must be there once; BadMedia when that cannot be done safely."""
    view = memoryview(data)
    start, _, end = directory(view)
    entries = _entries(view, start, end)
    names = [_name(entry) for entry in entries]
    if names.count(path.encode()) != 1:
        raise BadMedia(f"{path!r} is not in this book once, and no more.")
    if _SIGNATURES in names:
        raise BadMedia("This book is signed as a whole; a change would break its signature.")
    places = sorted(range(len(entries)), key=lambda number: _at(entries[number]))
    stops = [_at(entries[number]) for number in places[1:]] + [start]
    if _at(entries[places[0]]) != 0 or any(_at(entries[n]) >= stop for n, stop in zip(places, stops, strict=True)):
        raise BadMedia("The parts of this book overlap, or something stands before them.")
    pieces: list[bytes] = []
    size = 0
    for number, stop in zip(places, stops, strict=True):
        entry = entries[number]
        piece = bytes(view[_at(entry) : stop])
        if names[number] == path.encode():
            piece, entry = _packed(entry, path.encode(), body)
        entries[number] = entry[:42] + size.to_bytes(4, "little") + entry[46:]
        pieces.append(piece)
        size += len(piece)
    listed = b"".join(entries)
    tail = bytes(view[end : end + 12]) + len(listed).to_bytes(4, "little") + size.to_bytes(4, "little")
    return b"".join([*pieces, listed, tail, view[end + 20 :]])


def _entries(view: memoryview, at: int, end: int) -> list[bytes]:
    """Each entry of the directory, with its name, extra field and comment."""
    found = []
    while at < end:
        head = take(view, at, _ENTRY, "A ZIP directory entry")
        size = _ENTRY + sum(int.from_bytes(head[field : field + 2], "little") for field in (28, 30, 32))
        found.append(bytes(take(view, at, size, "A ZIP directory entry")))
        at += size
    return found


def _name(entry: bytes) -> bytes:
    return entry[_ENTRY : _ENTRY + int.from_bytes(entry[28:30], "little")]


def _at(entry: bytes) -> int:
    return int.from_bytes(entry[42:46], "little")


def _packed(entry: bytes, name: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Local header and data, and the directory's entry; the time and the attributes stay as they were."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = engine.compress(body) + engine.flush()
    flags = (int.from_bytes(entry[8:10], "little") & 0x0800).to_bytes(2, "little")  # only that names are UTF-8
    sizes = b"".join(number.to_bytes(4, "little") for number in (zlib.crc32(body), len(packed), len(body)))
    common = flags + _DEFLATED + entry[12:16] + sizes + len(name).to_bytes(2, "little")
    local = b"PK\x03\x04" + entry[6:8] + common + b"\0\0" + name + packed
    comment = entry[_ENTRY + len(name) + int.from_bytes(entry[30:32], "little") :]
    return local, entry[:8] + common + b"\0\0" + entry[32:46] + name + comment
