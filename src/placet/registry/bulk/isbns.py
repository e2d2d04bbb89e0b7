"""A plain list of ISBN, one a line; what stands behind the number and a space or tab is the title."""

from __future__ import annotations

import re

from placet.registry.bulk.raw import Found, Party, Row, Source, read_text

__all__ = ["read_isbns"]

_LINE = re.compile(r"(?:isbn[:\s]*)?([0-9][0-9\-\u2010-\u2013 ]{8,20}[0-9Xx])(?:[\t ;,]+(.*))?", re.IGNORECASE)
_MOST = 10_000


def read_isbns(source: Source) -> Found:
    """Blank lines and those that begin with # are passed over."""
    for number, line in enumerate(read_text(source).splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        where = f"{source.name}, line {number}"
        found = _LINE.fullmatch(text) if len(text) <= _MOST else None
        if found is None:
            flaw = f"{text[:40]!r} is no ISBN, with or without a title behind it (identifier.form)"
            yield Row(where=where, names=(f"isbn:{text[:40]}",), flaw=flaw)
        else:
            yield Row(where=where, names=(f"isbn:{found[1]}",), title=found[2] or "", parties=(Party(right="text"),))
