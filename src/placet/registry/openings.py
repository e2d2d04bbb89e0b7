"""Openings of commitments: the title or name, its salt, and whether its holder lets it be shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from placet.core.canonical import decode, encode
from placet.errors import BadRecord, TooNew
from placet.record.entries import commitment

__all__ = ["Opening", "parse_opening", "shown_value"]


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
    if not isinstance(value, dict) or set(value) != {"v", "salt", "value", "show"}:
        raise BadRecord("an opening has exactly the fields v, salt, value and show")
    if value["v"] != 1:
        raise TooNew(f"an opening of version {str(value['v'])[:20]!r}; this release reads version 1")
    if "\0" in str(value["value"]):
        raise BadRecord("an opening's value holds a NUL, which no database keeps as text")
    if value["show"] not in (0, 1) or not isinstance(value["value"], str) or not _is_salt(value["salt"]):
        raise BadRecord("an opening holds a salt of 32 bytes in hex, a text, and a consent of 0 or 1")
    opening = Opening(salt=bytes.fromhex(value["salt"]), value=value["value"], show=value["show"] == 1)
    if opening.commitment != expected:
        raise BadRecord(f"the opening of {expected[:64]} does not open it")
    return opening


def shown_value(commitment: str, opening: Callable[[str], bytes | None]) -> str:
    """The title or name behind a commitment, where its holder lets it be shown; empty otherwise, and once erased."""
    data = opening(commitment) if commitment else None
    if data is None:
        return ""
    opened = parse_opening(data, commitment)
    return opened.value if opened.show else ""


def _is_salt(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) is not None
