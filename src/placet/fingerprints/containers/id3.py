"""ID3v2 tags, versions 2.2, 2.3 and 2.4 (id3.org; XMP Part 3, 1.1.8; C2PA 2.4 A.3.8).

Read are the frames in which rights are said: TXXX, COMM, TCOP, WCOP, WXXX, USER, TOWN, WPUB, the PRIV of XMP and
the GEOB of C2PA.  ID3v1, APE tags and a tag at the end of a file are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers.block import Block, Kind, Limits, copied, doubted, holds, inflate, take

__all__ = ["MAGIC", "after_tags", "find", "frames", "is_mpeg", "replace_text", "replace_xmp"]

MAGIC: Final = b"ID3"
_OLD: Final = {b"TXX": b"TXXX", b"COM": b"COMM", b"TCR": b"TCOP", b"WCP": b"WCOP", b"WXX": b"WXXX", b"GEO": b"GEOB"}
_DESCRIBED: Final = {b"TXXX": 1, b"WXXX": 1, b"COMM": 4}
_PLAIN: Final = {b"TCOP": 1, b"WCOP": 0, b"WPUB": 0, b"USER": 4, b"TOWN": 1}
_WATCHED: Final = {*_DESCRIBED, *_PLAIN, b"PRIV", b"GEOB"}
_MANIFEST: Final = (b"application/x-c2pa-manifest-store", b"application/c2pa")
_CODECS: Final = ("latin-1", "utf-16", "utf-16-be", "utf-8")
_ID: Final = re.compile(rb"[A-Z0-9]{3,4}")
_MOST_TAGS: Final = 16
_LARGEST: Final = (1 << 28) - 1


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame as it stands; `raw` is header and body, `head` the size of the header."""

    id: bytes
    raw: memoryview
    head: int
    flags: int

    @property
    def body(self) -> memoryview:
        return self.raw[self.head :]


def find(view: memoryview, limits: Limits) -> Iterator[Block]:
    """The frames of every tag at the start of a file."""
    at = 0
    for _ in range(_MOST_TAGS):
        if not holds(view, at, MAGIC):
            return
        end = at + _size(view[at:])
        yield from frames(view[at:end], f"ID3 at byte {at}", limits)
        at = end
    raise TooLarge(f"This file begins with more than {_MOST_TAGS} ID3 tags.")


def after_tags(view: memoryview) -> int:
    """Where the tags at the start of a file end."""
    at = 0
    for _ in range(_MOST_TAGS):
        if not holds(view, at, MAGIC):
            return at
        at += _size(view[at:])
    raise TooLarge(f"This file begins with more than {_MOST_TAGS} ID3 tags.")


def is_mpeg(head: bytes) -> bool:
    """A frame header of MPEG audio layer I to III (ISO 11172-3, 2.4.1.3); AAC in ADTS has layer 0."""
    return len(head) > 2 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 != 0 and head[2] >> 4 != 15


def frames(view: memoryview, where: str, limits: Limits) -> Iterator[Block]:
    """The blocks of one tag that begins where the view does."""
    for frame in _frames(view, limits):
        if frame.id not in _WATCHED:
            continue
        place = f"{where}, {frame.id.decode()}"
        try:
            yield from _read(frame, view[3], place, limits)
        except BadMedia as error:
            yield doubted(Block(kind=Kind.ID3, where=place, name=frame.id.decode()), str(error))


def replace_xmp(data: bytes, packet: bytes | None, limits: Limits) -> bytes:
    """The same audio with this XMP packet in a PRIV frame, and no other, or with none."""
    body = None if packet is None else b"XMP\0" + packet
    return _replace(data, b"PRIV", b"XMP\0", body, limits)


def replace_text(data: bytes, key: str, value: str | None, limits: Limits) -> bytes:
    """The same audio with this value under this key in a TXXX frame, and no other of that key, or with none."""
    head = key.encode() + b"\0"
    return _replace(data, b"TXXX", head, None if value is None else b"\3" + head + value.encode(), limits)


# ---- the tag ------------------------------------------------------------------------------------


def _size(view: memoryview) -> int:
    """Header, body and footer together."""
    head = take(view, 0, 10, "The ID3 header")
    size = 10 + _syncsafe(head[6:10]) + (10 if head[3] == 4 and head[5] & 0x10 else 0)
    if size > len(view):
        raise BadMedia(f"The ID3 tag says it has {size:,} bytes; {len(view):,} are left.")
    return size


def _syncsafe(four: memoryview) -> int:
    if any(byte & 0x80 for byte in four):
        raise BadMedia("An ID3 size has a high bit set, which no such size may have.")
    return four[0] << 21 | four[1] << 14 | four[2] << 7 | four[3]


def _frames(view: memoryview, limits: Limits) -> Iterator[Frame]:
    major, flags = take(view, 0, 10, "The ID3 header")[3], view[5]
    if major not in (2, 3, 4) or (major == 2 and flags & 0x40):
        raise BadMedia(f"An ID3 tag of version 2.{major} (flags {flags:02X}) cannot be read here.")
    body = take(view, 10, _syncsafe(view[6:10]), "The ID3 tag")
    if flags & 0x80 and major < 4:
        body = memoryview(copied(body, "The ID3 tag", limits).replace(b"\xff\0", b"\xff"))
    at = _past_extension(body, major) if flags & 0x40 else 0
    yield from _walk(body, at, major, bool(flags & 0x80), limits)


def _past_extension(body: memoryview, major: int) -> int:
    four = take(body, 0, 4, "The extended ID3 header")
    return _syncsafe(four) if major == 4 else 4 + int.from_bytes(four, "big")


def _walk(body: memoryview, at: int, major: int, unsynced: bool, limits: Limits) -> Iterator[Frame]:
    width = 3 if major == 2 else 4
    head = 6 if major == 2 else 10
    for _ in range(limits.max_steps):
        name = bytes(body[at : at + width])
        if not name.strip(b"\0"):
            return
        if not _ID.fullmatch(name):
            raise BadMedia(f"The ID3 tag has no frame at its byte {at + 10:,}, where one should begin.")
        top = take(body, at, head, "An ID3 frame")
        size = _frame_size(top[width : 2 * width], major)
        flags = 0 if major == 2 else top[9]
        if major == 4 and unsynced:
            flags |= 0x02
        yield Frame(_OLD.get(name, name), take(body, at, head + size, f"The ID3 frame {name.decode()}"), head, flags)
        at += head + size
    raise TooLarge(f"An ID3 tag has more than {limits.max_steps:,} frames.")


def _frame_size(field: memoryview, major: int) -> int:
    """Sizes of 2.4 are syncsafe; iTunes wrote plain ones, which a high bit betrays."""
    if major == 4 and not any(byte & 0x80 for byte in field):
        return _syncsafe(field)
    return int.from_bytes(field, "big")


# ---- one frame ----------------------------------------------------------------------------------


def _read(frame: Frame, major: int, where: str, limits: Limits) -> Iterator[Block]:
    body = memoryview(_opened(frame, major, where, limits))
    if frame.id == b"PRIV":
        if holds(body, 0, b"XMP\0"):
            yield Block(kind=Kind.XMP, where=where, data=bytes(body[4:]))
    elif frame.id == b"GEOB":
        yield from _object(bytes(body), where)
    elif frame.id in _DESCRIBED:
        described, text = _split(bytes(body), _DESCRIBED[frame.id], where)
        value = text.decode("latin-1") if frame.id == b"WXXX" else _text(text, body[0], where)
        name = f"{frame.id.decode()}:{_text(described, body[0], where)}"
        yield Block(kind=Kind.ID3, where=where, name=name, data=value.encode())
    else:
        skip = _PLAIN[frame.id]
        value = _text(bytes(body[skip:]), body[0] if skip and len(body) else 0, where)
        yield Block(kind=Kind.ID3, where=where, name=frame.id.decode(), data=value.encode())


def _opened(frame: Frame, major: int, where: str, limits: Limits) -> bytes:
    """The body without what frame flags put around it (2.3 section 3.3.1, 2.4 section 4.1)."""
    grouped, packed, locked, unsynced, measured = _flags(frame.flags, major)
    if locked:
        raise BadMedia(f"{where} is encrypted.")
    body = frame.body
    if unsynced:
        body = memoryview(copied(body, where, limits).replace(b"\xff\0", b"\xff"))
    body = body[(1 if grouped else 0) + (4 if measured else 0) :]
    return inflate(body, where, limits) if packed else copied(body, where, limits)


def _flags(flags: int, major: int) -> tuple[bool, bool, bool, bool, bool]:
    """Grouped, compressed, encrypted, unsynchronised, with a length."""
    if major == 3:
        packed = bool(flags & 0x80)
        return bool(flags & 0x20), packed, bool(flags & 0x40), False, packed
    return bool(flags & 0x40), bool(flags & 0x08), bool(flags & 0x04), bool(flags & 0x02), bool(flags & 0x01)


def _split(body: bytes, skip: int, where: str) -> tuple[bytes, bytes]:
    """A description up to its zero, and what follows; in UTF-16 the zero is two bytes wide."""
    wide = body[:1] in (b"\1", b"\2")
    at = body.find(b"\0\0" if wide else b"\0", skip)
    while wide and at >= 0 and (at - skip) % 2:
        at = body.find(b"\0\0", at + 1)
    if at < 0 or len(body) < skip:
        raise BadMedia(f"{where} does not end its description.")
    return body[skip:at], body[at + (2 if wide else 1) :]


def _text(raw: bytes, encoding: int, where: str) -> str:
    if encoding >= len(_CODECS):
        raise BadMedia(f"{where} is in the unknown encoding {encoding}.")
    try:
        return raw.decode(_CODECS[encoding]).rstrip("\0")
    except UnicodeDecodeError as error:
        raise BadMedia(f"{where} is not the {_CODECS[encoding]} that it says it is.") from error


def _object(body: bytes, where: str) -> Iterator[Block]:
    """GEOB: encoding, media type, file name, description, the object."""
    media_type, _, rest = body[1:].partition(b"\0")
    if media_type not in _MANIFEST:
        return
    for _ in ("file name", "description"):
        _, rest = _split(body[:1] + rest, 1, where)
    yield Block(kind=Kind.C2PA, where=where, data=rest)


# ---- put back -----------------------------------------------------------------------------------


def _replace(data: bytes, name: bytes, head: bytes, body: bytes | None, limits: Limits) -> bytes:
    view = memoryview(data)
    if not data.startswith(MAGIC):
        return data if body is None else _tag(4, [_frame(name, body, 4)]) + data
    end, major = _size(view), view[3]
    if major == 2:
        raise BadMedia("This file has an ID3 tag of version 2.2, into which nothing is put here.")
    kept: list[bytes] = []
    place = None
    for frame in _frames(view[:end], limits):
        if frame.id == name and _is_ours(frame, major, head, limits):
            place = len(kept) if place is None else place
        else:
            kept.append(_kept(frame, major))
    if body is None and place is None:
        return data
    if body is not None:
        kept.insert(len(kept) if place is None else place, _frame(name, body, major))
    return (_tag(major, kept) if kept else b"") + bytes(view[end:])


def _is_ours(frame: Frame, major: int, head: bytes, limits: Limits) -> bool:
    """Whether a PRIV is of this owner, or a TXXX of this description whatever its encoding."""
    body = _opened(frame, major, f"The ID3 frame {frame.id.decode()}", limits)
    if frame.id == b"PRIV":
        return body.startswith(head)
    described, _ = _split(body, 1, "The ID3 frame TXXX")
    return _text(described, body[0], "The ID3 frame TXXX").encode() + b"\0" == head


def _kept(frame: Frame, major: int) -> bytes:
    """The frame as it was; what the tag said of all frames of 2.4 is now said by each."""
    return bytes(frame.raw) if major == 3 else b"".join([frame.raw[:9], bytes([frame.flags]), frame.body])


def _frame(name: bytes, body: bytes, major: int) -> bytes:
    if len(body) > _LARGEST:
        raise TooLarge(f"{len(body):,} bytes are more than an ID3 frame holds.")
    size = _as_syncsafe(len(body)) if major == 4 else len(body).to_bytes(4, "big")
    if major == 3 and body[:1] == b"\3" and name == b"TXXX":
        return _frame(name, b"\1" + _wide(body[1:]), 3)
    return name + size + b"\0\0" + body


def _wide(text: bytes) -> bytes:
    """2.3 knows no UTF-8: both strings in UTF-16, each with its byte order mark."""
    described, _, value = text.decode().partition("\0")
    return described.encode("utf-16") + b"\0\0" + value.encode("utf-16")


def _tag(major: int, kept: list[bytes]) -> bytes:
    body = b"".join(kept)
    if len(body) > _LARGEST:
        raise TooLarge(f"{len(body):,} bytes are more than an ID3 tag holds.")
    return MAGIC + bytes([major, 0, 0]) + _as_syncsafe(len(body)) + body


def _as_syncsafe(size: int) -> bytes:
    return bytes([size >> 21 & 0x7F, size >> 14 & 0x7F, size >> 7 & 0x7F, size & 0x7F])
