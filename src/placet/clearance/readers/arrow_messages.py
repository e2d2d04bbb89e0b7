"""The messages of an Arrow IPC stream or file, by offset: what kind, how many rows, how many bytes; no body is read.

Source: Arrow columnar format 1.5, "Encapsulated message format", "IPC Streaming Format", "IPC File Format"; its
Message.fbs and File.fbs; FlatBuffers internals (tables, vtables, vectors).  Everything is checked against the file's
size before it is followed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

__all__ = ["MAGIC", "MOST_BATCH", "BrokenMessage", "Kind", "Message", "footer_offsets", "messages"]

MAGIC = b"ARROW1"
MOST_BATCH = 1 << 31  # bytes of one batch, unpacked
_MOST_METADATA = 64 << 20
_MARK = 0xFFFFFFFF


class Kind:
    """MessageHeader of Message.fbs."""

    SCHEMA = 1
    DICTIONARY = 2
    BATCH = 3


class BrokenMessage(Exception):  # what cannot be followed further; caught in this room
    def __init__(self, offset: int, why: str) -> None:
        super().__init__(why)
        self.offset = offset
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`begin` to `end` is the message in the file; `unpacked` are the bytes that its body becomes."""

    kind: int
    begin: int
    end: int
    rows: int = 0
    unpacked: int = 0


def messages(file: BinaryIO, size: int, start: int = 0) -> Iterator[Message]:
    """Every message from `start` on; BrokenMessage where it cannot be followed, which may be the very end."""
    file.seek(0)
    is_file = file.read(8).startswith(MAGIC)
    at, end, why = start or (8 if is_file else 0), size, "it ends without its end mark, and may be cut off"
    if is_file:
        end, why = _footer_start(file, size)
    while at < end:
        try:
            message = _message(file, at, end)
        except (struct.error, IndexError, OverflowError, MemoryError):
            raise BrokenMessage(at, "its message is damaged") from None
        if message is None:
            at, why = at + 8, why if is_file else ""
            break
        _check_order(message, is_first=at == (8 if is_file else 0))
        yield message
        at = message.end
    if at < end:
        raise BrokenMessage(at, f"{end - at:,} bytes follow the end of its batches")
    if why:
        raise BrokenMessage(size, why)


def _check_order(message: Message, *, is_first: bool) -> None:
    if is_first != (message.kind == Kind.SCHEMA) or message.kind not in (Kind.SCHEMA, Kind.DICTIONARY, Kind.BATCH):
        raise BrokenMessage(message.begin, "it holds a message that has no place there")


def _message(file: BinaryIO, at: int, size: int) -> Message | None:
    file.seek(at)
    prefix = file.read(8)
    mark, length = struct.unpack("<Ii", prefix) if len(prefix) == 8 else (*struct.unpack("<I", prefix), 0)
    start = at + 8
    if mark != _MARK:  # as it was written before Arrow 0.15
        length, start = mark, at + 4
    if length == 0:
        return None
    if not 0 < length <= _MOST_METADATA or start + length > size:
        raise BrokenMessage(at, "its message is cut off or damaged")
    file.seek(start)
    table = _Table.root(file.read(length))
    body, kind = table.i64(3), table.u8(1)
    end = start + length + body
    if body < 0 or end > size:
        raise BrokenMessage(at, f"its message is cut off: {max(0, size - start - length):,} of {body:,} bytes")
    batch = table.table(2)
    if kind == Kind.DICTIONARY and batch:
        batch = batch.table(1)
    if kind not in (Kind.DICTIONARY, Kind.BATCH) or batch is None:
        return Message(kind=kind, begin=at, end=end)
    rows = batch.i64(0)
    if rows < 0:
        raise BrokenMessage(at, "its batch has a negative number of rows")
    unpacked = max(body, _unpacked(file, batch, start + length, body))
    return Message(kind=kind, begin=at, end=end, rows=rows, unpacked=unpacked)


def _unpacked(file: BinaryIO, batch: _Table, start: int, size: int) -> int:
    """What the buffers of a packed body say that they become: each begins with that number, or -1 for as it is."""
    if batch.table(3) is None:
        return 0
    total = 0
    for offset, length in batch.structs(2, "<qq"):
        if length >= 8 and 0 <= offset <= size - length:
            file.seek(start + offset)
            (said,) = struct.unpack("<q", file.read(8))
            total += max(0, said)
    return total


def footer_offsets(file: BinaryIO, size: int) -> tuple[list[int], list[int]]:
    """Where the footer of a file says that its dictionaries and its batches begin; BrokenMessage when it has none."""
    start, why = _footer_start(file, size)
    if why:
        raise BrokenMessage(size, why)
    try:
        file.seek(start)
        footer = _Table.root(file.read(size - 10 - start))
        found = [[offset for offset, *_ in footer.structs(field, "<qi4xq")] for field in (2, 3)]
    except (struct.error, IndexError):
        raise BrokenMessage(start, "its footer is damaged") from None
    return found[0], found[1]


def _footer_start(file: BinaryIO, size: int) -> tuple[int, str]:
    """Where the footer begins; the end of the file and a clause when there is none."""
    file.seek(max(0, size - 10))
    tail = file.read(10)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or not 0 < length <= min(_MOST_METADATA, size - 18):
        return size, "it does not end as an Arrow file does"
    return size - 10 - length, ""


@dataclass(frozen=True, slots=True)
class _Table:
    """A FlatBuffers table at `at`; fields by number, absent ones 0 or None. struct.error when it leads outside."""

    data: bytes
    at: int

    @classmethod
    def root(cls, data: bytes) -> _Table:
        return cls(data, *struct.unpack_from("<I", data))

    def _field(self, number: int) -> int:
        """Where a field lies; 0 when it is absent."""
        vtable = self.at - self._read("<i", self.at)
        if vtable < 0 or 4 + 2 * number >= self._read("<H", vtable):
            return 0
        offset = self._read("<H", vtable + 4 + 2 * number)
        return self.at + offset if offset else 0

    def _read(self, form: str, at: int) -> int:
        (value,) = struct.unpack_from(form, self.data, at)
        return int(value)

    def u8(self, number: int) -> int:
        at = self._field(number)
        return self._read("<B", at) if at else 0

    def i64(self, number: int) -> int:
        at = self._field(number)
        return self._read("<q", at) if at else 0

    def table(self, number: int) -> _Table | None:
        at = self._field(number)
        return _Table(self.data, at + self._read("<I", at)) if at else None

    def structs(self, number: int, form: str) -> list[tuple[int, ...]]:
        """A vector of structs; no more than the bytes can hold."""
        at = self._field(number)
        if not at:
            return []
        start = at + self._read("<I", at)
        count, step = self._read("<I", start), struct.calcsize(form)
        if count * step > len(self.data):
            raise struct.error("a vector leads outside")
        return [struct.unpack_from(form, self.data, start + 4 + step * place) for place in range(count)]
