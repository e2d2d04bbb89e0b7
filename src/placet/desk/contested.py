"""Shares whose money waits: those of works that are contested in the record, and of parties whose claim is no more.

The money of a contested work is held as `disputed` for all who claim it, in the right that the dispute is about.  So is
the share of a party that lost the dispute, or withdrew: a sheet that names it still is not to be believed in that.
A correction with the record as it is later pays out what was held.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from placet.core.ids import parse_subject
from placet.core.standing import Disputes, End
from placet.core.subject import Kind, Subject
from placet.record.entries import parse_subject as in_entry
from placet.snapshot.library import Library

__all__ = ["Holding", "hold", "sheet_lines"]

_WORK_ID = 32  # hex digits


@dataclass(frozen=True, slots=True)
class Holding:
    """The sheet with its statuses, and the works of which money is held, as the sheet names them."""

    sheet: pa.Table
    works: tuple[str, ...]


def hold(sheet: pa.Table, library: Library) -> Holding:
    """The shares with `disputed` where the record says so; the sheet itself where it says nothing of them."""
    touched = _touched(library)
    known = {
        text: touched[name] for text in sheet.column("work").unique().to_pylist() if (name := _name(text)) in touched
    }
    if not known:
        return Holding(sheet, ())
    statuses, held = sheet.column("status").to_pylist(), dict[str, None]()
    columns = (sheet.column(name).to_pylist() for name in ("work", "right", "party"))
    for row, (work, right, party) in enumerate(zip(*columns, strict=True)):
        if work in known and statuses[row] != "disputed" and known[work].holds(party, right):
            statuses[row] = "disputed"
            held[work] = None
    place = sheet.column_names.index("status")
    return Holding(sheet.set_column(place, "status", pa.array(statuses, pa.string())), tuple(held))


def sheet_lines(sheet: pa.Table) -> bytes:
    """The sheet as JSON, one row a line, from which it is read again cell for cell."""
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in sheet.to_pylist())


@dataclass(slots=True)
class _Touched:
    """One work by all its names: the rights of which somebody contests a claim, and who is no claimant any more."""

    library: Library
    names: set[str] = field(default_factory=set)
    rights: set[str] = field(default_factory=set)

    def holds(self, party: str, right: str) -> bool:
        is_open = bool(self.rights) and ("" in self.rights or not right or right in self.rights)
        return is_open or any(self._is_dead(party, name, right) for name in self.names)

    def _is_dead(self, party: str, name: str, right: str) -> bool:
        disputes, who = self.library.disputes, self.library.authority.party_of(party)
        if disputes.is_lost(who, name, right):
            return True
        listing = self.library.titles.listings(in_entry(name))
        return disputes.is_withdrawn(who, name) and all(each.signer.party != who for each in listing)


def _touched(library: Library) -> Mapping[str, _Touched]:
    """Every name of every work about which the record tells a dispute or a withdrawal."""
    found: dict[str, _Touched] = defaultdict(lambda: _Touched(library))
    disputes = library.disputes
    for text in sorted(disputes.touched()):
        rights = set(_contested(disputes, text))
        for name in _names(library, in_entry(text)):
            found[name].names |= {text, name}
            found[name].rights |= rights
    return found


def _contested(disputes: Disputes, text: str) -> Iterable[str]:
    return (dispute.right for dispute in disputes.about(text) if dispute.end is End.OPEN)


def _names(library: Library, subject: Subject) -> set[str]:
    """All by which a sheet of shares may name it: its own name, and those that titles list beside it."""
    listings = library.titles.listings(subject)
    return {str(subject)} | {str(name) for listing in listings for name in listing.title.subjects}


def _name(text: str) -> str:
    """The subject that a cell means, as an entry has it; empty where it is none of the record's."""
    words = text.removeprefix(f"{Kind.WORK}:")
    if len(words) == _WORK_ID and set(words) <= set("0123456789abcdef"):
        return f"{Kind.WORK}:{words}"
    try:
        found = parse_subject(text)
    except ValueError:
        return ""
    return str(found) if found else ""
