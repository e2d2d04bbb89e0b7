"""HTTP header fields as they were received: `name: value` lines (RFC 9112 section 5), in order."""

from __future__ import annotations

import re

__all__ = ["fields", "values"]

_MOST = 1 << 18  # bytes of header fields that are read; servers send a few thousand
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BREAK = re.compile(rb"\r?\n")


def fields(body: bytes) -> list[tuple[str, str, int]]:
    """Every field as (name in lower case, value, line).

    A status line and lines that are no field are passed over; a folded line belongs to the one before it
    (section 5.2); white space before the colon is forgiven.
    """
    found: list[tuple[str, list[str], int]] = []
    for number, line in enumerate(_BREAK.split(body[:_MOST]), 1):
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t") and found:
            found[-1][1].append(_text(line))
        elif colon and _TOKEN.fullmatch(name.rstrip(b" \t")):
            found.append((_text(name).lower(), [_text(value)], number))
    return [(name, " ".join(filter(None, parts)), number) for name, parts, number in found]


def values(body: bytes, name: str) -> list[tuple[str, int]]:
    """The values and lines of one field."""
    return [(value, line) for named, value, line in fields(body) if named == name.lower()]


def _text(octets: bytes) -> str:
    """UTF-8 where it is, otherwise ISO-8859-1, which old servers send (RFC 9110 section 5.5)."""
    try:
        return octets.decode("utf-8").strip(" \t\r")
    except UnicodeDecodeError:
        return octets.decode("latin-1").strip(" \t\r")
