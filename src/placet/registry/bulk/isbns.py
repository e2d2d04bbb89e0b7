"""A plain list of ISBN, one a line; what stands behind the number and a space or tab is the title."""

from __future__ import annotations

import re
from typing import Final

from placet.core.identifiers import canonical
from placet.errors import BadInput
from placet.registry.bulk.raw import Found, Party, Row, Source, read_text

__all__ = ["read_isbns"]

_SIGNS = r"[-\u2010-\u2013 ]*"
_TITLE = r"(?:[\t ;,]+(.*))?"
_FORMS: Final = tuple(
    re.compile(rf"(?:isbn[:\s]*)?({digits}){_TITLE}", re.IGNORECASE)
    for digits in (
        rf"9{_SIGNS}7{_SIGNS}[89](?:{_SIGNS}[0-9]){{10}}",
        rf"[0-9](?:{_SIGNS}[0-9]){{8}}{_SIGNS}[0-9X]",
    )
)
_MOST = 10_000


def read_isbns(source: Source) -> Found:
    """Blank lines and those that begin with # are passed over; BadInput where there is nothing else."""
    is_empty = True
    for number, line in enumerate(read_text(source).splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        is_empty = False
        yield _row(text, f"{source.name}, line {number}")
    if is_empty:
        raise BadInput(f"{source.name} is empty: no line of it is an ISBN (bulk.unread)")


def _row(text: str, where: str) -> Row:
    found = _parted(text) if len(text) <= _MOST else None
    if found is None:
        flaw = f"{text[:40]!r} is no ISBN, with or without a title behind it (identifier.form)"
        return Row(where=where, names=(f"isbn:{text[:40]}",), flaw=flaw)
    return Row(where=where, names=(f"isbn:{found[0]}",), title=found[1], parties=(Party(right="text"),))


def _parted(text: str) -> tuple[str, str] | None:
    """Number and title.  Both may be digits with spaces: where that leaves a choice, the check digit decides."""
    parted = [(found[1], found[2] or "") for form in _FORMS if (found := form.fullmatch(text))]
    return next((each for each in parted if _holds(each[0])), parted[0] if parted else None)


def _holds(number: str) -> bool:
    try:
        canonical(f"isbn:{number}")
    except ValueError:
        return False
    return True
