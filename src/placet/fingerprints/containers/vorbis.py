"""Vorbis comments (Vorbis I, section 5) in FLAC (RFC 9639, 8.6) and Ogg (RFC 3533; RFC 7845, 5.2).

An Ogg page's checksum is not computed.  Nothing is put into Ogg here, whose every later page would change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers.block import Block, Kind, Limits, copied, holds, take

__all__ = ["FLAC", "OGG", "find_flac", "find_ogg", "replace_text"]

FLAC: Final = b"fLaC"
OGG: Final = b"OggS"
_COMMENT: Final = 4
_MOST_BLOCKS: Final = 4_096
_MOST_COMMENTS: Final = 10_000
_LARGEST: Final = (1 << 24) - 1
# How the second packet of a stream begins, before its comments.
_TAGS: Final = (b"\x03vorbis", b"OpusTags", b"\x81theora")


def find_flac(view: memoryview, at: int, limits: Limits) -> Iterator[Block]:
    """The comments of the FLAC stream that begins at `at`."""
    for kind, start, end in _flac_blocks(view, at):
        if kind == _COMMENT:
            yield from _fields(view[start:end], f"FLAC comments at byte {start}", limits)


def find_ogg(view: memoryview, limits: Limits) -> Iterator[Block]:
    """The comments of every stream whose first two packets stand at the start of the file."""
    for stream in _streams(view, limits):
        body = memoryview(b"".join(stream.packets[1]))
        where = f"Ogg stream {stream.serial:08x}"
        first = b"".join(stream.packets[0])
        if first.startswith(b"\x7fFLAC") and len(body) > 4 and body[0] & 0x7F == _COMMENT:
            yield from _fields(body[4:], where, limits)
        elif first.startswith(b"Speex   "):
            yield from _fields(body, where, limits)
        for magic in _TAGS:
            if holds(body, 0, magic):
                yield from _fields(body[len(magic) :], where, limits)


def replace_text(data: bytes, at: int, key: str, value: str | None) -> bytes:
    """The same audio with this value under this key, and no other of that key, or with none."""
    view = memoryview(data)
    kept: list[tuple[int, bytes | memoryview]] = []
    end = at + 4
    written = False
    for kind, start, end in _flac_blocks(view, at):
        if kind == _COMMENT and not written:
            kept.append((kind, _rewritten(view[start:end], key, value)))
            written = True
        else:
            kept.append((kind, view[start:end]))
    if not written and value is not None:
        kept.insert(1, (_COMMENT, _rewritten(memoryview(bytes(8)), key, value)))
    parts: list[bytes | memoryview] = [view[: at + 4]]
    for index, (kind, body) in enumerate(kept):
        last = 0x80 if index == len(kept) - 1 else 0
        if len(body) > _LARGEST:
            raise TooLarge(f"{len(body):,} bytes are more than a FLAC block holds.")
        parts += [bytes([kind | last]) + len(body).to_bytes(3, "big"), body]
    return b"".join([*parts, view[end:]])


# ---- FLAC ---------------------------------------------------------------------------------------


def _flac_blocks(view: memoryview, at: int) -> Iterator[tuple[int, int, int]]:
    """(type, start and end of the body) of each metadata block."""
    at += 4
    for _ in range(_MOST_BLOCKS):
        head = take(view, at, 4, "A FLAC metadata block")
        size = int.from_bytes(head[1:], "big")
        take(view, at + 4, size, "A FLAC metadata block")
        yield head[0] & 0x7F, at + 4, at + 4 + size
        at += 4 + size
        if head[0] & 0x80:
            return
    raise TooLarge(f"This FLAC has more than {_MOST_BLOCKS:,} metadata blocks.")


# ---- the comments -------------------------------------------------------------------------------


def _pieces(body: memoryview, where: str) -> tuple[memoryview, list[memoryview]]:
    """The vendor, and the comments: each a length in four bytes, and that many bytes."""
    vendor, at = _piece(body, 0, where)
    count = int.from_bytes(take(body, at, 4, where), "little")
    at += 4
    if count > min(_MOST_COMMENTS, (len(body) - at) // 4):
        raise TooLarge(f"{where} says it has {count:,} comments, more than are read or than fit.")
    found = []
    for _ in range(count):
        text, at = _piece(body, at, where)
        found.append(text)
    return vendor, found


def _piece(body: memoryview, at: int, where: str) -> tuple[memoryview, int]:
    size = int.from_bytes(take(body, at, 4, where), "little")
    return take(body, at + 4, size, where), at + 4 + size


def _fields(body: memoryview, where: str, limits: Limits) -> Iterator[Block]:
    """METADATA_BLOCK_PICTURE holds a whole picture and is left out."""
    for text in _pieces(body, where)[1]:
        name, _, value = copied(text, where, limits).partition(b"=")
        if name.upper() != b"METADATA_BLOCK_PICTURE":
            yield Block(kind=Kind.VORBIS, where=where, name=name.decode("latin-1").upper(), data=value)


def _rewritten(body: memoryview, key: str, value: str | None) -> bytes:
    if not key.isascii() or not key.isprintable() or not key or "=" in key:
        raise BadMedia(f"A Vorbis comment cannot be named {key!r}: printable ASCII without '=' only.")
    vendor, found = _pieces(body, "The FLAC comments")
    head = key.upper().encode() + b"="
    kept: list[bytes] = []
    place = None
    for text in map(bytes, found):
        if text[: len(head)].upper() == head:
            place = len(kept) if place is None else place
        else:
            kept.append(text)
    if value is not None:
        kept.insert(len(kept) if place is None else place, head + value.encode())
    parts = [bytes(vendor), *kept]
    sized = [len(part).to_bytes(4, "little") + part for part in parts]
    return b"".join([sized[0], len(kept).to_bytes(4, "little"), *sized[1:]])


# ---- Ogg ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Stream:
    """The first two packets of a logical stream, in pieces, as pages bring them."""

    serial: int
    packets: list[list[memoryview]] = field(default_factory=lambda: [[]])
    size: int = 0

    @property
    def whole(self) -> bool:
        return len(self.packets) > 2


def _streams(view: memoryview, limits: Limits) -> list[_Stream]:
    """All streams that begin before the first data (RFC 3533, section 4), each with its two packets."""
    streams: dict[int, _Stream] = {}
    at = 0
    for _ in range(limits.max_steps):
        head = take(view, at, 27, "An Ogg page")
        if not holds(head, 0, OGG):
            raise BadMedia(f"There is no Ogg page at byte {at:,}, where one should begin.")
        lacing = take(view, at + 27, head[26], "An Ogg page")
        body = take(view, at + 27 + head[26], sum(lacing), "An Ogg page")
        serial = int.from_bytes(head[14:18], "little")
        if head[5] & 0x02:
            streams.setdefault(serial, _Stream(serial))
        if serial in streams:
            _fill(streams[serial], lacing, body, limits)
        at += 27 + head[26] + len(body)
        if not head[5] & 0x02 and all(stream.whole for stream in streams.values()):
            return list(streams.values())
        if at == len(view):
            return _all_whole(streams)
    raise TooLarge(f"This Ogg file has more than {limits.max_steps:,} pages before its comments end.")


def _all_whole(streams: dict[int, _Stream]) -> list[_Stream]:
    if not streams or not all(stream.whole for stream in streams.values()):
        raise BadMedia("This Ogg file ends before its comments do.")
    return list(streams.values())


def _fill(stream: _Stream, lacing: memoryview, body: memoryview, limits: Limits) -> None:
    """A packet ends with the first segment shorter than 255 bytes."""
    at = 0
    for size in lacing:
        if stream.whole:
            return
        stream.packets[-1].append(body[at : at + size])
        stream.size += size
        at += size
        if size < 255:
            stream.packets.append([])
    if stream.size > limits.max_block:
        raise TooLarge(f"The first packets of an Ogg stream pass {limits.max_block:,} bytes.")
