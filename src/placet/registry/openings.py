"""Openings of commitments: the title or name, its salt, and whether its holder lets it be shown."""

from __future__ import annotations

from dataclasses import dataclass

from placet.core.canonical import decode, encode
from placet.errors import BadRecord
from placet.record.entries import commitment

__all__ = ["Opening", "parse_opening"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """`show` is the holder's consent to the value's appearance in snapshots."""

    salt: bytes
    value: str
    show: bool

    @property
    def commitment(self) -> str:
        return commitment(self.salt, self.value)

    def data(self) -> bytes:
        return encode({"v": 1, "salt": self.salt.hex(), "value": self.value, "show": int(self.show)})


def parse_opening(data: bytes, expected: str) -> Opening:
    """The opening in these bytes; BadRecord when it does not open `expected`."""
    value = decode(data)
    try:
        opening = Opening(salt=bytes.fromhex(value["salt"]), value=value["value"], show=value["show"] == 1)
        opens = opening.commitment == expected
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRecord(f"an opening that cannot be read: {error}") from error
    if not opens:
        raise BadRecord(f"the opening of {expected} does not open it")
    return opening
