"""Members who disagree, as a list names them: an unread one would be spoken for, so that each line counts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from placet.errors import BadInput, NotFound
from placet.registry.bulk.columns import FIELDS, plain_head
from placet.registry.bulk.gathering import principal_of
from placet.registry.bulk.raw import Source, read_text
from placet.registry.bulk.tables import who_of

__all__ = ["members_in"]

_HEADS: Final = {
    *(word for field in ("ipi", "isni", "orcid", "lei", "who", "party", "role") for word in FIELDS[field]),
    *("name", "names", "nom", "firstname", "lastname", "surname", "prenom", "vorname", "nachname"),
    *("member", "members", "membre", "membres", "mitglied", "mitglieder", "key", "id"),
}


def members_in(path: Path) -> list[str]:
    """Who disagrees, one a line, by IPI, ISNI, ORCID or key, behind at most one line that is a header.

    BadInput names the line that names nobody, or says that none does.
    """
    if not path.is_file():
        raise NotFound(f"there is no list of members {path}")
    found: dict[str, None] = {}
    first = True
    for number, line in enumerate(read_text(Source(path=path)).splitlines(), 1):
        cells = [cell for part in re.split(r"[,;\t]", line) if (cell := part.strip().strip('"').strip())]
        if not cells or line.startswith("#"):
            continue
        if not (first and all(plain_head(cell) in _HEADS for cell in cells)):
            found[_member(cells, f"{path.name}, line {number}")] = None
        first = False
    if not found:
        raise BadInput(f"{path.name} names no member: nobody would be left out by it (bulk.members)")
    return list(found)


def _member(cells: Sequence[str], where: str) -> str:
    """The first cell that names somebody."""
    why = ""
    for cell in cells:
        try:
            return principal_of(who_of("who", cell))
        except ValueError as error:
            why = why if "check-digit" in why else str(error)
    raise BadInput(f"{where}: it names no member: {why} (bulk.members)")
