"""As much of DER (ITU-T X.690) as a time stamp needs: where values lie, and how short ones are written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from placet.errors import BadRecord

__all__ = [
    "BOOLEAN",
    "INTEGER",
    "OBJECT_ID",
    "OCTETS",
    "SEQUENCE",
    "SET",
    "Value",
    "number",
    "object_id",
    "put",
    "values",
]

BOOLEAN, INTEGER, OCTETS, OBJECT_ID, SEQUENCE, SET = 0x01, 0x02, 0x04, 0x06, 0x30, 0x31
_MOST = 1 << 20


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its tag, its content, and all of its bytes."""

    tag: int
    content: bytes
    whole: bytes


def values(data: bytes) -> Iterator[Value]:
    """The values that lie side by side in `data`; BadRecord where one is cut, or its length is no DER."""
    at = 0
    while at < len(data):
        start, (size, body) = at, _length(data, at + 1)
        at = body + size
        if at > len(data):
            raise BadRecord("a value of the DER ends before its length says so")
        yield Value(data[start], data[body:at], data[start:at])


def put(tag: int, content: bytes) -> bytes:
    """One value as DER."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(octets))) + octets + content


def number(value: int) -> bytes:
    """A number that is not negative, as an INTEGER."""
    return put(INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def object_id(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER from its dotted form."""
    first, second, *more = map(int, dotted.split("."))
    return put(OBJECT_ID, b"".join(map(_base128, (40 * first + second, *more))))


def _base128(value: int) -> bytes:
    octets = [value & 0x7F]
    while value := value >> 7:
        octets.append(0x80 | value & 0x7F)
    return bytes(reversed(octets))


def _length(data: bytes, at: int) -> tuple[int, int]:
    """The length that stands at `at`, and where the content begins."""
    first = data[at] if at < len(data) else 0x80
    if first < 0x80:
        return first, at + 1
    octets = data[at + 1 : at + 1 + (first & 0x7F)]
    size = int.from_bytes(octets)
    if first == 0x80 or len(octets) < first & 0x7F or size < 0x80 or not octets[0] or size > _MOST:
        raise BadRecord("a length in the DER is cut, longer than it needs to be, or too large")
    return size, at + 1 + len(octets)
