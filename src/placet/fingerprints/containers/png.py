"""Metadata in PNG (third edition, 5.3 and 11.3; XMP Part 3, 1.1.5; C2PA 2.4 A.3.3).

XMP is the iTXt of keyword XML:com.adobe.xmp, and in files of ImageMagick the text "Raw profile type xmp".
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers.block import Block, Kind, Limits, copied, doubted, holds, inflate

__all__ = ["MAGIC", "chunk", "find", "replace"]

MAGIC: Final = b"\x89PNG\r\n\x1a\n"
_XMP: Final = b"XML:com.adobe.xmp"
_PROFILES: Final = {
    b"Raw profile type xmp": Kind.XMP,
    b"Raw profile type iptc": Kind.IPTC_IIM,
    b"Raw profile type exif": Kind.EXIF,
    b"Raw profile type APP1": Kind.EXIF,
}
_PLAIN: Final = {b"caBX": Kind.C2PA, b"eXIf": Kind.EXIF}
_TEXTS: Final = (b"tEXt", b"zTXt", b"iTXt")
_WATCHED: Final = frozenset({*_PLAIN, *_TEXTS})

Chunk = tuple[bytes, int, int, int]


def find(view: memoryview, limits: Limits) -> Iterator[Block]:
    """Every block up to IEND, before and after the pixels."""
    for kind, start, body, end in _chunks(view, limits):
        if kind not in _WATCHED:
            continue
        where = f"{kind.decode()} at byte {start}"
        block = (
            _plain(kind, where, view[body:end], limits)
            if kind in _PLAIN
            else _text(kind, where, view[body:end], limits)
        )
        if zlib.crc32(view[body - 4 : end]) != int.from_bytes(view[end : end + 4], "big"):
            block = doubted(block, f"The checksum of {where} does not hold.")
        yield block


def replace(data: bytes, packet: bytes | None, limits: Limits) -> bytes:
    """The same picture with this XMP packet alone, or with none: other chunks are copied."""
    view = memoryview(data)
    kept: list[memoryview] = [view[:8]]
    place = None
    tail = len(view)
    for kind, start, body, end in _chunks(view, limits):
        tail = end + 4
        if kind in _TEXTS and _PROFILES.get(_keyword(view[body:end]), _is_xmp(kind, view[body:end])) == Kind.XMP:
            place = len(kept) if place is None else place
        else:
            kept.append(view[start:tail])
    if packet is not None:
        new = chunk(b"iTXt", _XMP + b"\0\0\0\0\0" + packet)
        kept.insert(2 if place is None else place, memoryview(new))
    return b"".join([*kept, view[tail:]])


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk as it is written."""
    return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")


def _chunks(view: memoryview, limits: Limits) -> Iterator[Chunk]:
    """(type, start, body, end of body) of each chunk up to and with IEND."""
    at, size = 8, len(view)
    for _ in range(limits.max_steps):
        if at + 12 > size:
            raise BadMedia(f"This PNG ends at byte {size:,}, before its last chunk (IEND).")
        kind = bytes(view[at + 4 : at + 8])
        end = at + 8 + int.from_bytes(view[at : at + 4], "big")
        if end + 4 > size or not kind.isalpha():
            raise BadMedia(f"The PNG chunk at byte {at:,} says it has {end - at - 8:,} bytes, which is not so.")
        yield kind, at, at + 8, end
        if kind == b"IEND":
            return
        at = end + 4
    raise TooLarge(f"This PNG has more than {limits.max_steps:,} chunks.")


def _plain(kind: bytes, where: str, body: memoryview, limits: Limits) -> Block:
    return Block(kind=_PLAIN[kind], where=where, data=copied(body, where, limits))


def _keyword(body: memoryview) -> bytes:
    """At most 79 bytes and a zero (11.3.3.1)."""
    return bytes(body[:80]).partition(b"\0")[0]


def _is_xmp(kind: bytes, body: memoryview) -> Kind | None:
    return Kind.XMP if kind == b"iTXt" and _keyword(body) == _XMP else None


def _text(kind: bytes, where: str, body: memoryview, limits: Limits) -> Block:
    """A text chunk, inflated; one that cannot be read is a block with a problem, and the walk goes on."""
    keyword = _keyword(body)
    named = _PROFILES.get(keyword) or _is_xmp(kind, body) or Kind.PNG_TEXT
    block = Block(kind=named, where=where, name=keyword.decode("latin-1"))
    try:
        text = _unpacked(kind, where, body[len(keyword) + 1 :], limits)
        text = _from_hex(text, where) if keyword in _PROFILES else text
    except BadMedia as error:
        return doubted(block, str(error))
    return Block(kind=named, where=where, data=text, name=block.name)


def _unpacked(kind: bytes, where: str, body: memoryview, limits: Limits) -> bytes:
    if kind == b"tEXt":
        return copied(body, where, limits)
    if kind == b"zTXt":
        return inflate(body[1:], where, limits)
    packed = holds(body, 0, b"\1")
    at = 2
    for _ in ("language", "translated keyword"):
        at = _past_zero(body, at, where)
    return inflate(body[at:], where, limits) if packed else copied(body[at:], where, limits)


def _past_zero(body: memoryview, at: int, where: str) -> int:
    """These two fields are short: a language tag and a keyword."""
    length = bytes(body[at : at + 4096]).find(b"\0")
    if length < 0:
        raise BadMedia(f"{where} does not end its language tag or keyword.")
    return at + length + 1


def _from_hex(text: bytes, where: str) -> bytes:
    """ImageMagick's profile: a line with its name, a line with its length, and the bytes in hex."""
    fields = text.split(None, 2)
    try:
        data = bytes.fromhex(fields[2].decode("ascii"))
        whole = len(data) == int(fields[1])
    except (IndexError, ValueError) as error:
        raise BadMedia(f"{where} is not the profile in hex that its keyword says.") from error
    if not whole:
        raise BadMedia(f"{where} declares {fields[1]!r} bytes and has {len(data):,}.")
    return data
