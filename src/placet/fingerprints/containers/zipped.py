"""Single members of a ZIP file, read without trusting it (PKWARE APPNOTE 6.3.10, 4.3 and 4.4).

Only what EPUB's container format allows (EPUB 3.3, OCF, 4.3): stored and deflated, one volume, no encryption.
ZIP64, data before the first member, and anything larger than the limits is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers.block import Limits, copied, holds, inflate, take

__all__ = ["MAGIC", "Member", "directory", "members", "read_member"]

MAGIC: Final = b"PK\x03\x04"
_DIRECTORY: Final = b"PK\x01\x02"
_END: Final = b"PK\x05\x06"
_END_SIZE, _ENTRY_SIZE, _LOCAL_SIZE = 22, 46, 30
_MOST_COMMENT: Final = 65_535
_MOST_MEMBERS: Final = 20_000
_STORED, _DEFLATED = 0, 8


@dataclass(frozen=True, slots=True)
class Member:
    """What the directory says of one member; `twice` when it says so of two."""

    name: str
    method: int
    flags: int
    packed: int
    size: int
    at: int
    twice: bool = False


def members(view: memoryview) -> dict[str, Member]:
    """The central directory, by name."""
    at, count, end = directory(view)
    found: dict[str, Member] = {}
    for _ in range(count):
        head = take(view, at, _ENTRY_SIZE, "A ZIP directory entry")
        if not holds(head, 0, _DIRECTORY):
            raise BadMedia(f"There is no ZIP directory entry at byte {at:,}, where one should begin.")
        sizes = [_number(head, field, 2) for field in (28, 30, 32)]
        name = str(take(view, at + _ENTRY_SIZE, sizes[0], "A ZIP name"), "utf-8", "replace")
        found[name] = _member(head, name, name in found)
        at += _ENTRY_SIZE + sum(sizes)
    if at != end:
        raise BadMedia("The ZIP directory does not end where it says it does.")
    return found


def read_member(view: memoryview, member: Member, limits: Limits) -> bytes:
    """The bytes of one member, as many as the directory says."""
    where = f"The member {member.name!r}"
    if member.flags & 1:
        raise BadMedia(f"{where} is encrypted.")
    if member.twice:
        raise BadMedia(f"{where} is there twice; readers differ in which they take.")
    if member.size > limits.max_block:
        raise TooLarge(f"{where} says it has {member.size:,} bytes; at most {limits.max_block:,} are read.")
    head = take(view, member.at, _LOCAL_SIZE, where)
    if not holds(head, 0, MAGIC):
        raise BadMedia(f"{where} does not stand where the ZIP directory says.")
    start = member.at + _LOCAL_SIZE + _number(head, 26, 2) + _number(head, 28, 2)
    packed = take(view, start, member.packed, where)
    plain = _plain(packed, member, where, limits)
    if len(plain) != member.size:
        raise BadMedia(f"{where} says it has {member.size:,} bytes and has {len(plain):,}.")
    return plain


def directory(view: memoryview) -> tuple[int, int, int]:
    """Where the directory begins, how many entries it has, and where it ends."""
    tail = max(0, len(view) - _END_SIZE - _MOST_COMMENT)
    at = bytes(view[tail:]).rfind(_END)
    if at < 0:
        raise BadMedia("This ZIP has no directory at its end: it is cut short.")
    end = tail + at
    head = take(view, end, _END_SIZE, "The end of the ZIP directory")
    disk, count, size, start = _number(head, 4, 2), _number(head, 10, 2), _number(head, 12, 4), _number(head, 16, 4)
    if disk or count != _number(head, 8, 2) or count == 0xFFFF or start == 0xFFFFFFFF:
        raise BadMedia("This ZIP has several volumes or is ZIP64, which an EPUB of this size need not be.")
    if count > _MOST_MEMBERS:
        raise TooLarge(f"This ZIP has {count:,} members; at most {_MOST_MEMBERS:,} are read.")
    if start + size != end:
        raise BadMedia("The ZIP directory does not stand where its end says.")
    return start, count, end


def _member(head: memoryview, name: str, twice: bool) -> Member:
    flags, method = _number(head, 8, 2), _number(head, 10, 2)
    packed, size, at = _number(head, 20, 4), _number(head, 24, 4), _number(head, 42, 4)
    return Member(name, method, flags, packed, size, at, twice)


def _plain(packed: memoryview, member: Member, where: str, limits: Limits) -> bytes:
    if member.method == _STORED:
        return copied(packed, where, limits)
    if member.method == _DEFLATED:
        return inflate(packed, where, limits, wbits=-15)
    raise BadMedia(f"{where} is packed by method {member.method}, which EPUB does not allow.")


def _number(view: memoryview, at: int, size: int) -> int:
    return int.from_bytes(view[at : at + size], "little")
