"""The formats of lists that can be brought in, and which of them a file is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from placet.errors import BadInput
from placet.registry.bulk.cwr import read_cwr
from placet.registry.bulk.ddex import read_ddex
from placet.registry.bulk.isbns import read_isbns
from placet.registry.bulk.onix import read_onix
from placet.registry.bulk.raw import Found, Source
from placet.registry.bulk.tables import read_table

__all__ = ["FORMATS", "Format", "format_of"]

_HEAD = 16_384


@dataclass(frozen=True, slots=True)
class Format:
    """`is_it` judges by the first bytes, without NULs, and the end of the file's name."""

    name: str
    words: str
    is_it: Callable[[bytes, str], bool]
    read: Callable[[Source], Found]


def _is_xml(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


FORMATS: Final = (
    Format("ddex", "DDEX ERN 3.8 or 4", lambda head, _: _is_xml(head) and b"NewReleaseMessage" in head, read_ddex),
    Format("onix", "ONIX for Books", lambda head, _: _is_xml(head) and b"onixmessage" in head.lower(), read_onix),
    Format("cwr", "CWR 2", lambda head, _: head.removeprefix(b"\xef\xbb\xbf")[:3] == b"HDR", read_cwr),
    Format("isbn", "a list of ISBN", lambda head, end: end in (".txt", ".lst") and b"\n" in head + b"\n", read_isbns),
    Format("csv", "a table", lambda head, end: not _is_xml(head) and end in (".csv", ".tsv", ".tab"), read_table),
)


def format_of(source: Source, name: str = "") -> Format:
    """The format by its name, or by what the file looks like; BadInput when it is none of them."""
    if name:
        return next(each for each in FORMATS if each.name == name)
    with source.path.open("rb") as file:
        head = file.read(_HEAD).replace(b"\0", b"")
    end = source.path.suffix.lower()
    for each in FORMATS:
        if each.is_it(head, end):
            return each
    known = ", ".join(f"{each.name} ({each.words})" for each in FORMATS)
    raise BadInput(f"{source.name} is no list that is known here; say which with --format: {known} (bulk.format)")
