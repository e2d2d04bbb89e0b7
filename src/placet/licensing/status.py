"""Which licences were taken back: the OAuth Token Status List, one bit a licence.

Source: draft-ietf-oauth-status-list, sections 4 (the list), 5.1 (its JWT) and 7 (the values).  A list is compressed
with DEFLATE in the zlib format; the statuses of eight licences lie in a byte, the first in its lowest bit.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

from placet.errors import BadRecord

__all__ = ["MOST", "Status", "StatusList", "pack", "unpack"]

MOST = 1 << 20  # licences in one list


class Status(IntEnum):
    """Section 7.1, as far as one bit reaches."""

    VALID = 0
    INVALID = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """One issuer's list at one moment: `issued_at` and `expires_at` in UTC seconds, `revoked` the places set."""

    uri: str
    issuer: str
    issued_at: int
    expires_at: int
    size: int
    revoked: frozenset[int]

    def status(self, place: int) -> Status:
        """The status at a place; BadRecord beyond the list, of which it says nothing."""
        if not 0 <= place < self.size:
            raise BadRecord(f"the status list {self.uri} has {self.size} places, and {place} is none of them")
        return Status.INVALID if place in self.revoked else Status.VALID


def pack(size: int, revoked: Iterable[int]) -> str:
    """The `lst` of a list with one bit a licence."""
    if not 0 <= size <= MOST:
        raise BadRecord(f"a status list has at most {MOST} places, not {size}")
    bits = bytearray(-(-size // 8))
    for place in revoked:
        if not 0 <= place < size:
            raise BadRecord(f"a status list of {size} places has no place {place}")
        bits[place >> 3] |= 1 << (place & 7)
    return base64.urlsafe_b64encode(zlib.compress(bytes(bits), 9)).rstrip(b"=").decode()


def unpack(lst: str) -> tuple[int, frozenset[int]]:
    """How many places a `lst` has, and which of them are set; never more than MOST, however it was compressed."""
    try:
        packed = base64.b64decode(lst + "=" * (-len(lst) % 4), altchars=b"-_", validate=True)
        bits = _inflated(packed)
    except (binascii.Error, zlib.error, ValueError, UnicodeEncodeError) as error:
        raise BadRecord(f"a status list cannot be unpacked: {error}") from error
    places = (at * 8 + bit for at, byte in enumerate(bits) if byte for bit in range(8) if byte >> bit & 1)
    return len(bits) * 8, frozenset(places)


def _inflated(packed: bytes) -> bytes:
    stream = zlib.decompressobj()
    bits = stream.decompress(packed, MOST // 8 + 1)
    if len(bits) > MOST // 8 or stream.unconsumed_tail:
        raise BadRecord(f"a status list has more than {MOST} places")
    if not stream.eof or stream.unused_data:
        raise BadRecord("a status list is cut off, or followed by something else")
    return bits
