"""The members of a tar archive, by offset, without copying: ustar, pax and GNU long names.

Source: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Header Block"; GNU tar manual, "Basic Tar Format".
Stricter than tar programs where they differ among themselves: what they might read differently is refused,
so that nothing can be hidden from us that another reader would find.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from pathlib import PurePosixPath, PureWindowsPath
from zlib import adler32

from placet.clearance.rows import printable

__all__ = ["BLOCK", "MAX_HEADER", "Broken", "Member", "members"]

BLOCK = 512
MAX_HEADER = 1 << 20  # of an extended header; a path is a few hundred bytes

_ZEROS = bytes(BLOCK)
_HEADER = struct.Struct("100s 24x 12s 12x 8s 1s 100x 6s 82x 155s 12x")
_PAX = re.compile(rb"(\d{1,20}) ([^=]+)=")
_REGULAR = frozenset({b"0", b"\0", b"7"})
_EXTENDED = frozenset({b"x", b"g", b"L", b"K", b"X"})
_EMPTY = {
    b"1": "a hard link",
    b"2": "a symbolic link",
    b"3": "a device",
    b"4": "a device",
    b"5": "a folder",
    b"6": "a pipe",
}


class Broken(Exception):  # an archive that cannot be followed further; caught in this room
    def __init__(self, offset: int, why: str) -> None:
        super().__init__(why)
        self.offset = offset
        self.why = why


@dataclass(frozen=True, slots=True)
class Member:
    """`begin` is where its first header starts (extended ones included), `data` where its bytes do.

    `kind` is "file", "folder" or "shared" (a pax header for all that follow); `reason` and `why` say why a
    member cannot be used.
    """

    name: str
    begin: int
    data: int
    size: int
    kind: str = "file"
    reason: str = ""
    why: str = ""

    @property
    def end(self) -> int:
        return self.data + _padded(self.size)


def members(tape: mmap) -> Iterator[Member]:
    """Every member in order; Broken where the archive cannot be followed, which may be its very end."""
    begin = at = 0
    shared: dict[str, str] = {}
    own: dict[str, str] = {}
    while (block := tape[at : at + BLOCK]) != _ZEROS:
        name, size, kind = _header(block, at)
        if kind in _EXTENDED:
            body = _body(tape, at, size)
            _extend(kind, body, at, shared if kind == b"g" else own)
            at += BLOCK + _padded(size)
            if kind == b"g":
                if own:
                    raise Broken(begin, "an extended header is followed by no member")
                yield Member("", begin, begin, at - begin, "shared")
                begin = at
            continue
        member = _member(name, size, kind, begin, at, {**shared, **own} if shared or own else own)
        if member.end > len(tape):
            held = len(tape) - member.data
            if held >= member.size:
                raise Broken(begin, f"the archive is cut off right behind {member.name}")
            raise Broken(begin, f"{member.name} is cut off: {max(0, held):,} of {member.size:,} bytes")
        yield member
        begin = at = member.end
        own = {}
    if own:
        raise Broken(begin, "an extended header is followed by no member")
    _refuse_trailing(tape, at)


def _header(block: bytes, at: int) -> tuple[bytes, int, bytes]:
    if len(block) < BLOCK:
        raise Broken(at, "the archive ends without its end mark")
    name, size, checksum, kind, magic, prefix = _HEADER.unpack(block)
    _refuse_damage(block, checksum, at)
    name = name.partition(b"\0")[0]
    if magic == b"ustar\0" and prefix[0]:
        name = prefix.partition(b"\0")[0] + b"/" + name
    return name, _number(size, at), kind


def _refuse_damage(block: bytes, checksum: bytes, at: int) -> None:
    """The checksum counts its own field as blanks; some old tars summed signed bytes."""
    stored = _number(checksum, at)
    blanked = block[:148] + b"        " + block[156:]
    if _sum(blanked) != stored and sum(struct.unpack("512b", blanked)) != stored:
        raise Broken(at, "the checksum of a header is wrong")


def _sum(block: bytes) -> int:
    """The sum of 512 bytes: the low half of Adler-32 begun at 0 (RFC 1950) is that of 256, short of its modulus."""
    return (adler32(block[:256], 0) & 0xFFFF) + (adler32(block[256:], 0) & 0xFFFF)


def _number(field: bytes, at: int) -> int:
    if field[0] & 0x80:  # GNU base-256
        if field[0] != 0x80:
            raise Broken(at, "a header holds a negative number")
        return int.from_bytes(field[1:], "big")
    digits = field.partition(b"\0")[0].strip()
    if digits and not (digits.isdigit() and b"8" not in digits and b"9" not in digits):
        raise Broken(at, "a header holds a number that is not octal")
    return int(digits or b"0", 8)


def _member(name: bytes, size: int, kind: bytes, begin: int, at: int, pax: dict[str, str]) -> Member:
    path = pax.get("path") or name.decode("utf-8", "surrogateescape")
    if pax and "size" in pax:
        size = _pax_size(pax["size"], begin)
    if kind in _REGULAR and path.endswith("/") and kind != b"7":
        kind = b"5"  # as tars did before ustar
    if kind in _EMPTY and size:
        raise Broken(begin, f"{printable(path)} is {_EMPTY[kind]} and yet has {size:,} bytes")
    if kind == b"S":
        raise Broken(begin, f"{printable(path)} is a sparse file, which is not read here")
    role = "folder" if kind == b"5" else "file"
    reason, why = _objection(path, kind, pax)
    return Member(printable(path), begin, at + BLOCK, size, role, reason, why)


def _objection(path: str, kind: bytes, pax: dict[str, str]) -> tuple[str, str]:
    if path[:1] == "/" or "\\" in path or ":" in path[:2] or ".." in path or "\0" in path or not path:
        if PurePosixPath(path).is_absolute() or PureWindowsPath(path).drive or path[:1] == "\\":
            return "path.unsafe", "has an absolute path"
        if ".." in path.replace("\\", "/").split("/"):
            return "path.unsafe", "climbs out of the dataset"
        if "\0" in path or not path:
            return "path.unsafe", "has no usable name"
    if kind in _REGULAR or kind == b"5":
        if any(name.startswith("GNU.sparse") for name in pax):
            return "row.malformed", "is a sparse file, which is not read here"
        return "", ""
    if kind in _EMPTY:
        return "path.unsafe", f"is {_EMPTY[kind]}; it was not followed"
    return "row.malformed", f"is a member of the unknown type {printable(kind.decode('latin-1'))!r}"


def _body(tape: mmap, at: int, size: int) -> bytes:
    if size > MAX_HEADER:
        raise Broken(at, f"an extended header claims {size:,} bytes, more than the limit of {MAX_HEADER:,}")
    body = tape[at + BLOCK : at + BLOCK + size]
    if len(body) < size:
        raise Broken(at, "the archive is cut off within an extended header")
    return body


def _extend(kind: bytes, body: bytes, at: int, into: dict[str, str]) -> None:
    if kind == b"L":
        into["path"] = body.partition(b"\0")[0].decode("utf-8", "surrogateescape")
    elif kind == b"K":
        into["linkpath"] = ""  # links are not followed
    else:
        into.update(_pax_records(body, at))


def _pax_records(body: bytes, at: int) -> dict[str, str]:
    """Records are `length key=value\\n`; the length counts the whole record."""
    records: dict[str, str] = {}
    start = 0
    while start < len(body) and body[start]:
        found = _PAX.match(body, start)
        stop = start + int(found[1]) if found else 0
        if not found or not found.end() < stop <= len(body) or body[stop - 1] != 0x0A:
            raise Broken(at, "an extended header cannot be read")
        key = found[2].decode("utf-8", "surrogateescape")
        records[key] = body[found.end() : stop - 1].decode("utf-8", "surrogateescape")
        start = stop
    return records


def _pax_size(text: str, at: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise Broken(at, "an extended header claims a size that is no number")
    return int(text)


def _padded(size: int) -> int:
    return size + -size % BLOCK


def _refuse_trailing(tape: mmap, at: int) -> None:
    """After the end mark only zeros: bytes there are rows that some readers see and some do not."""
    for start in range(at, len(tape), 1 << 20):
        rest = tape[start : start + (1 << 20)].lstrip(b"\0")
        if rest:
            where = min(start + (1 << 20), len(tape)) - len(rest)
            raise Broken(where, f"{len(tape) - where:,} bytes follow the end of the archive")
