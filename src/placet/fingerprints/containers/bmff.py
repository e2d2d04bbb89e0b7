"""Metadata in ISO base media files: MP4, MOV, M4A, HEIC, AVIF (ISO/IEC 14496-12; C2PA 2.4; XMP Part 3, 1.2.6).

Only the `uuid` boxes at the top are looked for, of which one kind holds a C2PA manifest and another an XMP packet.
XMP that is an item of a HEIC or AVIF picture is not found.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers.block import Block, Kind, Limits, copied, number, take

__all__ = ["find", "is_bmff", "media_type"]

_C2PA: Final = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_XMP: Final = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_MOST_BOXES: Final = 20_000
_BRANDS: Final = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"M4A ": "audio/mp4",
    b"qt  ": "video/quicktime",
}


def is_bmff(view: memoryview) -> bool:
    """The first box says which brand of file it is."""
    return bytes(view[4:8]) == b"ftyp"


def media_type(view: memoryview) -> str:
    """By its major brand; any other is taken for MP4."""
    return _BRANDS.get(bytes(view[8:12]), "video/mp4")


def find(view: memoryview, limits: Limits) -> Iterator[Block]:
    """Every such box at the top of the file, in order."""
    for start, body, end in _boxes(view):
        if bytes(view[start + 4 : start + 8]) != b"uuid":
            continue
        kind = bytes(take(view, body, 16, "A box of its own kind (uuid)"))
        where = f"uuid box at byte {start}"
        if kind == _C2PA and (store := _store(view[body + 16 : end], where)) is not None:
            yield Block(kind=Kind.C2PA, where=where, data=copied(store, where, limits))
        elif kind == _XMP:
            yield Block(kind=Kind.XMP, where=where, data=copied(view[body + 16 : end], where, limits))


def _store(body: memoryview, where: str) -> memoryview | None:
    """Behind version, flags, what it is for, and the place of a Merkle box; None when it is such a box."""
    purpose, zero, _ = bytes(body[4:36]).partition(b"\0")
    if not zero:
        raise BadMedia(f"The {where} does not say what it is for.")
    return None if purpose == b"merkle" else body[4 + len(purpose) + 1 + 8 :]


def _boxes(view: memoryview) -> Iterator[tuple[int, int, int]]:
    """(start, body, end) of each box; a size of 0 reaches to the end of the file, 1 says it in 64 bits."""
    at = 0
    for _ in range(_MOST_BOXES):
        if at == len(view):
            return
        size, body = number(view, at, 4, "big", "A box"), at + 8
        if size == 1:
            size, body = number(view, at + 8, 8, "big", "A large box"), at + 16
        end = len(view) if size == 0 and body == at + 8 else at + size
        if end > len(view) or end < body:
            raise BadMedia(f"The box at byte {at:,} says it has {size:,} bytes, which is not so.")
        yield at, body, end
        at = end
    raise TooLarge(f"This file has more than {_MOST_BOXES:,} boxes.")
