"""Columns and fields in which a dataset carries what a server or page said when a row was fetched.

Few names, as crawlers write them; case and the choice of hyphen or underscore do not count.  What a field says is
heard as if the row's address had answered it today, by the standards that `signals` reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from placet.signals.codec import Channel, Document

__all__ = ["PLACE", "ROBOTS_TXT", "SIGNS", "documents", "sign_of"]

PLACE: Final = "row: its columns"

# The header that each name stands for; a page's robots meta tag says what the header would (Google's specification).
_HEADERS: Final = {
    "x-robots-tag": "X-Robots-Tag",
    "meta-robots": "X-Robots-Tag",
    "robots": "X-Robots-Tag",
    "tdm-reservation": "tdm-reservation",
    "tdm-policy": "tdm-policy",
    "content-usage": "Content-Usage",
}
_ALL_HEADERS: Final = frozenset({"http-headers", "response-headers"})
ROBOTS_TXT: Final = "robots-txt"
SIGNS: Final = frozenset({*_HEADERS, *_ALL_HEADERS, ROBOTS_TXT})


@lru_cache(maxsize=4096)
def sign_of(name: str) -> str:
    """The name of a sign as it stands in SIGNS; empty for a column that is none."""
    low = name.lower().replace("_", "-")
    return low if low in SIGNS else ""


def documents(fields: Mapping[str, object]) -> tuple[Document, ...]:
    """What the signs among these fields say; ValueError with a clause when one is of no form that is read here."""
    headers: list[tuple[str, str]] = []
    found: list[Document] = []
    for name, value in fields.items():
        sign = sign_of(name)
        if not sign or value is None or value in ("", b""):
            continue
        if sign == ROBOTS_TXT:
            found.append(
                Document(where=PLACE, body=_text(name, value).encode("utf-8", "replace"), channel=Channel.ROBOTS)
            )
        elif sign in _HEADERS:
            headers += [(_HEADERS[sign], text) for text in _texts(name, value)]
        else:
            headers += _pairs(name, value)
    if headers:
        body = "".join(f"{name}: {' '.join(text.split())}\r\n" for name, text in headers).encode("utf-8", "replace")
        found.insert(0, Document(where=PLACE, body=body, channel=Channel.HEADER))
    return tuple(found)


def _texts(name: str, value: object) -> Iterable[str]:
    return [_text(name, one) for one in value if one is not None] if isinstance(value, list) else [_text(name, value)]


def _text(name: str, value: object) -> str:
    """Numbers too: a reservation is 0 or 1, and a column of them with gaps comes as 1.0."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str):
        return value
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return str(int(value))
    raise ValueError(f"{name} holds {type(value).__name__}, not text")


def _pairs(name: str, value: object) -> list[tuple[str, str]]:
    """A mapping, a list of pairs, JSON of either, or lines of `Name: value`."""
    if isinstance(value, str | bytes):
        text = _text(name, value)
        if text.lstrip()[:1] not in ("{", "["):
            return [_line(name, line) for line in text.splitlines() if line.strip() and not line.startswith("HTTP/")]
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            raise ValueError(f"{name} begins as JSON and is none") from None
    if isinstance(value, dict):
        return [(str(field), text) for field, said in value.items() for text in _texts(name, said)]
    if isinstance(value, list):
        return [_pair(name, each) for each in value]
    raise ValueError(f"{name} holds {type(value).__name__}, not headers")


def _line(name: str, line: str) -> tuple[str, str]:
    field, colon, text = line.partition(":")
    if not colon:
        raise ValueError(f"{name} has a line without a colon")
    return field.strip(), text


def _pair(name: str, value: object) -> tuple[str, str]:
    if isinstance(value, list | tuple) and len(value) == 2:
        return _text(name, value[0]), _text(name, value[1])
    if isinstance(value, dict) and {"name", "value"} <= value.keys():
        return _text(name, value["name"]), _text(name, value["value"])
    raise ValueError(f"{name} is a list of something else than names and values")
