"""Metadata in RIFF: WebP (RFC 9649), WAV and AVI (XMP Part 3, 1.3.1 and 1.3.2; C2PA 2.4 A.3.5 and A.3.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers import id3
from placet.fingerprints.containers.block import Block, Kind, Limits, copied, holds

__all__ = ["MAGIC", "find", "replace"]

MAGIC: Final = b"RIFF"
_KINDS: Final = {b"XMP ": Kind.XMP, b"_PMX": Kind.XMP, b"EXIF": Kind.EXIF, b"C2PA": Kind.C2PA}
_ID3: Final = (b"id3 ", b"ID3 ")
_HAS_XMP, _HAS_ALPHA = 0x04, 0x10

Chunk = tuple[bytes, int, int, int]


def find(view: memoryview, limits: Limits) -> Iterator[Block]:
    """Every chunk of metadata, the fields of LIST INFO, and the frames of an ID3 tag in a chunk."""
    for name, start, end, _ in _chunks(view, 12, _end(view), limits):
        where = f"{name.decode('latin-1').strip()} at byte {start - 8}"
        if name in _KINDS:
            yield Block(kind=_KINDS[name], where=where, data=copied(view[start:end], where, limits))
        elif name in _ID3:
            yield from id3.frames(view[start:end], where, limits)
        elif name == b"LIST" and holds(view, start, b"INFO"):
            yield from _info(view, start + 4, end, limits)


def replace(data: bytes, packet: bytes | None, limits: Limits) -> bytes:
    """The same file with this XMP packet alone, or with none: other chunks are copied.

    A WebP of the simple format becomes one of the extended format, which alone may hold metadata.
    """
    view = memoryview(data)
    end = _end(view)
    is_webp = holds(view, 8, b"WEBP")
    wanted = b"XMP " if is_webp else b"_PMX"
    kept: list[bytes | memoryview] = []
    place = None
    for name, start, stop, following in _chunks(view, 12, end, limits):
        if _KINDS.get(name) == Kind.XMP:
            place = len(kept) if place is None else place
        elif name == b"VP8X":
            kept.append(_flagged(view[start - 8 : following], packet is not None))
        else:
            kept.append(view[start - 8 : following])
            if following == end and (stop - start) % 2 and following == stop:
                kept.append(b"\0")
    if packet is not None:
        kept.insert(len(kept) if place is None else place, _chunk(wanted, packet))
        if is_webp and not holds(memoryview(kept[0]), 0, b"VP8X"):
            kept.insert(0, _canvas(memoryview(kept[0])))
    body = b"".join([view[8:12], *kept])
    if len(body) > 0xFFFFFFFF:
        raise TooLarge("With this XMP packet the file would pass the 4 GiB that RIFF can count.")
    return b"".join([MAGIC, len(body).to_bytes(4, "little"), body, view[end:]])


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)


def _end(view: memoryview) -> int:
    end = 8 + int.from_bytes(view[4:8], "little")
    if end > len(view) or end < 12:
        raise BadMedia(f"This RIFF file says it has {end:,} bytes; it has {len(view):,}.")
    return end


def _chunks(view: memoryview, at: int, end: int, limits: Limits) -> Iterator[Chunk]:
    """(name, start and end of the body, start of the next chunk); the last may lack its padding byte."""
    for _ in range(limits.max_steps):
        if at == end:
            return
        name, body = bytes(view[at : at + 4]), at + 8
        stop = body + int.from_bytes(view[at + 4 : body], "little")
        if body > end or stop > end:
            raise BadMedia(f"The RIFF chunk at byte {at:,} says it has {stop - body:,} bytes, which is not so.")
        at = min(end, stop + (stop - body) % 2)
        yield name, body, stop, at
    raise TooLarge(f"This RIFF file has more than {limits.max_steps:,} chunks.")


def _info(view: memoryview, at: int, end: int, limits: Limits) -> Iterator[Block]:
    for name, start, stop, _ in _chunks(view, at, end, limits):
        where = f"LIST INFO at byte {start - 8}"
        text = copied(view[start:stop], where, limits).rstrip(b"\0")
        yield Block(kind=Kind.RIFF_INFO, where=where, name=name.decode("latin-1"), data=text)


# ---- WebP: RFC 9649, 2.7 ------------------------------------------------------------------------


def _flagged(whole: memoryview, has_xmp: bool) -> bytes:
    if len(whole) < 18:
        raise BadMedia("The VP8X chunk of this WebP is shorter than its ten bytes.")
    flags = whole[8] | _HAS_XMP if has_xmp else whole[8] & ~_HAS_XMP
    return b"".join([whole[:8], bytes([flags]), whole[9:]])


def _canvas(first: memoryview) -> bytes:
    """The VP8X chunk of a still picture: its size stands in its own bitstream (RFC 6386 9.1; RFC 9649 3.4)."""
    if holds(first, 0, b"VP8 ") and holds(first, 11, b"\x9d\x01\x2a"):
        width, height = (int.from_bytes(first[at : at + 2], "little") & 0x3FFF for at in (14, 16))
        alpha = 0
    elif holds(first, 0, b"VP8L") and holds(first, 8, b"\x2f"):
        bits = int.from_bytes(first[9:13], "little")
        width, height, alpha = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bits >> 28 & 1
    else:
        raise BadMedia("This WebP begins with neither VP8, VP8L nor VP8X.")
    if not width or not height:
        raise BadMedia("This WebP has no width or no height.")
    flags = _HAS_XMP | _HAS_ALPHA * alpha
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return _chunk(b"VP8X", bytes([flags, 0, 0, 0]) + size)
