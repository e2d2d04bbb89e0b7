"""Which container some bytes are, and the blocks of metadata in it: headers are walked, nothing is decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from placet.core.declaration import Problem
from placet.errors import BadMedia
from placet.fingerprints.containers import bmff, epub, gif, id3, jpeg, pdf, png, riff, tiff, vorbis, zipped
from placet.fingerprints.containers.block import USUAL, Block, Kind, Limits, holds, trouble

__all__ = ["blocks"]

Finder = Callable[[memoryview, Limits], Iterator[Block]]

_BY_MAGIC: Final[tuple[tuple[bytes, Finder], ...]] = (
    (jpeg.MAGIC, jpeg.find),
    (png.MAGIC, png.find),
    (riff.MAGIC, riff.find),
    *((magic, gif.find) for magic in gif.MAGICS),
    *((magic, tiff.find) for magic in tiff.MAGICS),
    (pdf.MAGIC, pdf.find),
    (vorbis.OGG, vorbis.find_ogg),
)


def blocks(data: bytes | memoryview, *, limits: Limits = USUAL) -> tuple[Block, ...]:
    """Find every block of metadata in a file, in order of place; never raises for what the bytes are.

    What is wrong with the file itself is a block of kind CONTAINER with a problem: others may be missing after
    it, so nothing found is then no silence.  A file of no container known here has no blocks.
    """
    view = memoryview(data).cast("B")  # a pyarrow buffer's bytes are signed
    if len(view) > limits.max_bytes:
        return (_too_much(f"This file has {len(view):,} bytes; at most {limits.max_bytes:,} are searched."),)
    finder = _finder(view)
    return () if finder is None else tuple(_within(finder(view, limits), limits))


def _finder(view: memoryview) -> Finder | None:
    head = bytes(view[:16])
    for magic, finder in _BY_MAGIC:
        if head.startswith(magic):
            return finder
    if head.startswith((id3.MAGIC, vorbis.FLAC)):
        return _tagged
    if bmff.is_bmff(view):
        return bmff.find
    if head.startswith(zipped.MAGIC) and epub.is_epub(view):
        return epub.find
    return None


def _tagged(view: memoryview, limits: Limits) -> Iterator[Block]:
    """ID3 tags, and the FLAC that may follow them."""
    yield from id3.find(view, limits)
    at = id3.after_tags(view)
    if len(view) - at < 4:
        raise BadMedia("This file ends behind its tags: there is no audio.")
    if holds(view, at, vorbis.FLAC):
        yield from vorbis.find_flac(view, at, limits)


def _within(found: Iterator[Block], limits: Limits) -> Iterator[Block]:
    count = total = 0
    try:
        for block in found:
            count, total = count + 1, total + len(block.data)
            if count > limits.max_blocks or total > limits.max_total:
                yield _too_much(f"This file has more metadata than is read: {count:,} blocks, {total:,} bytes.")
                return
            yield block
    except BadMedia as error:
        yield Block(kind=Kind.CONTAINER, where="the file", problems=(trouble("the file", error),))


def _too_much(why: str) -> Block:
    return Block(kind=Kind.CONTAINER, where="the file", problems=(Problem("the file", "media.too-large", why),))
