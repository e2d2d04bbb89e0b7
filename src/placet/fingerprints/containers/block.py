"""What is found in a file beside its pixels, samples and words, and what finding may cost."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Literal

from placet.core.declaration import Problem
from placet.errors import BadMedia, TooLarge

__all__ = ["USUAL", "Block", "Kind", "Limits", "copied", "doubted", "holds", "inflate", "number", "take", "trouble"]

Order = Literal["little", "big"]


class Kind(StrEnum):
    """What a block is; `CONTAINER` is not a block but what is wrong with the file around the blocks."""

    XMP = "xmp"
    PDF_XMP = "pdf-xmp"
    PDF_INFO = "pdf-info"
    C2PA = "c2pa"
    EPUB_OPF = "epub-opf"
    ID3 = "id3"
    VORBIS = "vorbis"
    EXIF = "exif"
    IPTC_IIM = "iptc-iim"
    PNG_TEXT = "png-text"
    RIFF_INFO = "riff-info"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of metadata; `name` is its key where blocks of its kind have one (a TXXX, a Vorbis field).

    A block with problems may still have data: it was found, and it is not what it should be.
    """

    kind: Kind
    where: str
    data: bytes = b""
    name: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one file may cost; sizes are of what comes out, after anything is inflated."""

    max_bytes: int = 2 << 30
    max_block: int = 16 << 20
    max_total: int = 64 << 20
    max_blocks: int = 256
    max_steps: int = 200_000
    max_ratio: int = 200


USUAL: Final = Limits()
_SMALL: Final = 1 << 20


def take(view: memoryview, at: int, size: int, what: str) -> memoryview:
    """The `size` bytes at `at`, or BadMedia that names the place."""
    if at < 0 or size < 0 or at + size > len(view):
        raise BadMedia(f"{what} at byte {at:,} needs {size:,} bytes; the file has {max(0, len(view) - at):,} there.")
    return view[at : at + size]


def number(view: memoryview, at: int, size: int, order: Order, what: str) -> int:
    """An unsigned integer of `size` bytes."""
    return int.from_bytes(take(view, at, size, what), order)


def holds(view: memoryview, at: int, words: bytes) -> bool:
    """Whether these bytes stand at that place."""
    return bytes(view[at : at + len(words)]) == words


def copied(view: memoryview, what: str, limits: Limits) -> bytes:
    """The bytes themselves, when there are not too many."""
    if len(view) > limits.max_block:
        raise TooLarge(f"{what} has {len(view):,} bytes; at most {limits.max_block:,} are read.")
    return bytes(view)


def inflate(packed: memoryview, what: str, limits: Limits, *, wbits: int = zlib.MAX_WBITS) -> bytes:
    """A whole zlib stream (raw deflate with wbits=-15), never more than the limits let through."""
    most = min(limits.max_block, max(_SMALL, limits.max_ratio * len(packed)))
    engine = zlib.decompressobj(wbits)
    try:
        plain = engine.decompress(packed, most + 1)
    except zlib.error as error:
        raise BadMedia(f"{what} is not the zlib data it says it is: {error}.") from error
    if len(plain) > most:
        raise TooLarge(f"{what} inflates beyond {most:,} bytes from {len(packed):,}: made to cost.")
    if not engine.eof:
        raise BadMedia(f"{what} ends before its zlib data does.")
    return plain


def trouble(where: str, error: BadMedia) -> Problem:
    """What was caught, as data."""
    reason = "media.too-large" if isinstance(error, TooLarge) else "media.unreadable"
    return Problem(where, reason, str(error))


def doubted(block: Block, why: str) -> Block:
    """The block, with one more thing wrong with it."""
    return replace(block, problems=(*block.problems, Problem(block.where, "media.unreadable", why)))
