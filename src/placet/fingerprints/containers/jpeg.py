"""Metadata in JPEG: the segments before the first scan (ITU-T T.81 B.1.1 and B.2; XMP Part 3, 1.1.3).

APP1 holds Exif, XMP and pieces of ExtendedXMP; APP11 holds JUMBF (ISO 19566-5 annex D, C2PA 2.4 A.3.1); APP13
holds Photoshop resources, of which 0x0404 is IPTC-IIM.  What stands after the first scan is not looked at.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers.block import Block, Kind, Limits, copied, doubted, holds
from placet.fingerprints.containers.photoshop import iptc

__all__ = ["MAGIC", "find", "replace"]

MAGIC: Final = b"\xff\xd8\xff"
_XMP: Final = b"http://ns.adobe.com/xap/1.0/\0"
_MORE: Final = b"http://ns.adobe.com/xmp/extension/\0"
_EXIF: Final = b"Exif\0\0"
_PHOTOSHOP: Final = b"Photoshop 3.0\0"
_APP0, _APP1, _APP11, _APP13, _SOS, _EOI = 0xE0, 0xE1, 0xEB, 0xED, 0xDA, 0xD9
_MOST_SEGMENTS: Final = 5_000
_ROOM: Final = 65_533 - len(_XMP)
_FILL: Final = re.compile(rb"\xff+")

Segment = tuple[int, int, int, int]
Piece = tuple[int, memoryview]


def find(view: memoryview, limits: Limits) -> Iterator[Block]:
    """Every block before the first scan; ExtendedXMP and JUMBF are put together from their pieces."""
    extended: defaultdict[str, list[tuple[int, int, memoryview]]] = defaultdict(list)
    boxes: defaultdict[int, list[Piece]] = defaultdict(list)
    resources: list[memoryview] = []
    for marker, start, body, end in _segments(view):
        if marker == _APP1:
            if holds(view, body, _XMP):
                yield _block(Kind.XMP, f"APP1 at byte {start}", view[body + 29 : end], limits)
            elif holds(view, body, _EXIF):
                yield _block(Kind.EXIF, f"APP1 at byte {start}", view[body + 6 : end], limits)
            elif holds(view, body, _MORE):
                guid, whole, offset, piece = _extension(view[body + 35 : end], start)
                extended[guid].append((offset, whole, piece))
        elif marker == _APP11 and holds(view, body, b"JP"):
            instance, sequence, piece = _jumbf(view[body + 2 : end], start)
            boxes[instance].append((sequence, piece))
        elif marker == _APP13 and holds(view, body, _PHOTOSHOP):
            resources.append(view[body + 14 : end])
    for guid, parts in extended.items():
        yield _joined(guid, parts, limits)
    for instance, pieces in boxes.items():
        yield from _box(instance, pieces, limits)
    if resources:
        yield from iptc(resources, "APP13", limits)


def replace(data: bytes, packet: bytes | None) -> bytes:
    """The same picture with this XMP packet alone, or with none; everything from the first scan on is copied."""
    if packet is not None and len(packet) > _ROOM:
        raise TooLarge(f"This XMP packet has {len(packet):,} bytes; one JPEG segment holds {_ROOM:,}.")
    view = memoryview(data)
    kept: list[memoryview] = [view[:2]]
    place = usual = None
    for marker, start, body, end in _segments(view):
        if marker in (_SOS, _EOI):
            kept.append(view[start:])
            break
        if marker == _APP1 and (holds(view, body, _XMP) or holds(view, body, _MORE)):
            place = len(kept) if place is None else place
            continue
        kept.append(view[start:end])
        if marker == _APP0 or (marker == _APP1 and holds(view, body, _EXIF)):
            usual = len(kept)
    if packet is not None:
        segment = b"\xff\xe1" + (len(_XMP) + len(packet) + 2).to_bytes(2, "big") + _XMP + packet
        kept.insert(place if place is not None else usual or 1, memoryview(segment))
    return b"".join(kept)


def _segments(view: memoryview) -> Iterator[Segment]:
    """(marker, start, body, end) of each segment up to and with the first scan or the end of the picture."""
    at, size = 2, len(view)
    for _ in range(_MOST_SEGMENTS):
        start = at
        if at + 4 > size:
            if holds(view, at, b"\xff\xd9"):
                yield _EOI, start, at, at
                return
            raise BadMedia(f"This JPEG ends at byte {size:,}, before its first scan.")
        if view[at] != 0xFF:
            raise BadMedia(f"This JPEG has no marker at byte {at:,}, where a segment should begin.")
        marker = view[at + 1]
        if marker == 0xFF:
            at = _past_fill(view, at)
            marker = view[at + 1]
        if marker in (_SOS, _EOI):
            yield marker, start, at, at
            return
        if marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
            yield marker, start, at, at
            continue
        length = view[at + 2] << 8 | view[at + 3]
        end = at + 2 + length
        if length < 2 or end > size:
            raise BadMedia(
                f"The JPEG segment {marker:02X} at byte {at:,} says it has {length:,} bytes, which is not so."
            )
        yield marker, start, at + 4, end
        at = end
    raise TooLarge(f"This JPEG has more than {_MOST_SEGMENTS:,} segments before its first scan.")


def _past_fill(view: memoryview, at: int) -> int:
    """Any marker may be preceded by any number of FF (T.81, B.1.1.2)."""
    run = _FILL.match(view, at)
    at = run.end() - 1 if run else at
    if at + 4 > len(view):
        raise BadMedia(f"This JPEG ends at byte {len(view):,}, before its first scan.")
    return at


def _block(kind: Kind, where: str, body: memoryview, limits: Limits) -> Block:
    return Block(kind=kind, where=where, data=copied(body, where, limits))


# ---- ExtendedXMP --------------------------------------------------------------------------------


def _extension(body: memoryview, start: int) -> tuple[str, int, int, memoryview]:
    if len(body) < 40:
        raise BadMedia(f"The piece of ExtendedXMP at byte {start:,} is too short for its own header.")
    guid = str(body[:32], "latin-1")
    return guid, int.from_bytes(body[32:36], "big"), int.from_bytes(body[36:40], "big"), body[40:]


def _joined(guid: str, parts: list[tuple[int, int, memoryview]], limits: Limits) -> Block:
    """The pieces in order of offset; the digest in their name is the MD5 of the whole."""
    parts.sort(key=lambda part: part[0])
    where, size, gap = f"ExtendedXMP {guid!r}", 0, False
    for offset, _, piece in parts:
        gap = gap or offset != size
        size += len(piece)
    if size > limits.max_block:
        raise TooLarge(f"{where} has {size:,} bytes; at most {limits.max_block:,} are read.")
    block = Block(kind=Kind.XMP, where=where, data=b"".join(piece for _, _, piece in parts))
    if gap or {whole for _, whole, _ in parts} != {size}:
        return doubted(block, f"Pieces of {where} are missing, doubled or overlap; it is not whole.")
    if hashlib.md5(block.data, usedforsecurity=False).hexdigest().upper() != guid.upper():
        return doubted(block, f"{where} is not the text that its digest names.")
    return block


# ---- JUMBF --------------------------------------------------------------------------------------


def _jumbf(body: memoryview, start: int) -> tuple[int, int, memoryview]:
    if len(body) < 14:
        raise BadMedia(f"The JUMBF segment at byte {start:,} is too short for its own header.")
    return int.from_bytes(body[:2], "big"), int.from_bytes(body[2:6], "big"), body[6:]


def _box(instance: int, pieces: list[Piece], limits: Limits) -> Iterator[Block]:
    """One box from its pieces, each of which repeats the box header."""
    pieces.sort(key=lambda piece: piece[0])
    first = pieces[0][1]
    header = 16 if holds(first, 0, b"\0\0\0\1") else 8
    size = len(first) + sum(max(0, len(piece) - header) for _, piece in pieces[1:])
    where = f"APP11 box {instance}"
    if not holds(first, 4, b"jumb") or not holds(first, header + 8, b"c2pa"):
        return
    if size > limits.max_block:
        raise TooLarge(f"{where} has {size:,} bytes; at most {limits.max_block:,} are read.")
    data = b"".join([first, *(piece[header:] for _, piece in pieces[1:])])
    block = Block(kind=Kind.C2PA, where=where, data=data)
    declared = int.from_bytes(first[8:16] if header == 16 else first[:4], "big")
    follows = [sequence for sequence, _ in pieces] == list(range(pieces[0][0], pieces[0][0] + len(pieces)))
    if declared not in (0, size) or not follows:
        block = doubted(block, f"The C2PA manifest in {where} declares {declared:,} bytes and has {size:,}.")
    yield block
