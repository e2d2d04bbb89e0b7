"""Common Works Registration 2.x (CISAC), fixed width: NWR and REV with their publishers, writers and territories.

Shares are those of reproduction (MR), which using a work for AI is first of all; where a work states none, those of
performance (PR).  Hundredths of a percent become exact fractions.  A record without a number of its own stands below
the newest NWR or REV.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from placet.core.declaration import Problem
from placet.errors import BadInput
from placet.registry.bulk.countries import COUNTRIES, WORLD
from placet.registry.bulk.raw import Found, Party, Row, Source, read_text

__all__ = ["read_cwr"]

_WORKS: Final = frozenset(("NWR", "REV"))
_ENDS: Final = frozenset(("GRT", "TRL", "GRH", "AGR", "ACK", "ISW", "EXC"))
_MOST_LINE: Final = 2_000
_MOST_PARTIES: Final = 500
_ROLES: Final = {
    "C ": "composer",
    "CA": "composer-author",
    "A ": "author",
    "AR": "arranger",
    "AD": "adaptor",
    "SA": "sub-author",
    "SR": "sub-arranger",
    "TR": "translator",
    "E ": "publisher",
    "AM": "administrator",
    "SE": "sub-publisher",
    "PA": "income participant",
    "AQ": "acquirer",
    "ES": "substituted publisher",
}


@dataclass(slots=True)
class _Person:
    number: str
    name: str
    ipi: str
    role: str
    performance: int
    reproduction: int
    included: set[str] = field(default_factory=set)
    excluded: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Work:
    where: str
    title: str
    iswc: str
    people: list[_Person] = field(default_factory=list)
    flaw: str = ""


def read_cwr(source: Source) -> Found:
    """The works in a transmission; one that is cut off in the middle has a problem, and its last work is left out."""
    lines = read_text(source).splitlines()
    if not lines or not lines[0].startswith("HDR"):
        raise BadInput(f"{source.name}, line 1: a CWR file begins with HDR (bulk.unread)")
    version = next((line[11:16] for line in lines[:20] if line.startswith("GRH")), "")
    if version and not version.startswith("02."):
        raise BadInput(f"{source.name}: CWR of version {version.strip()[:8]!r}; this release reads 2.x (bulk.format)")
    source.told.update(share="MR ownership share, else PR", who="IPI name number")
    is_whole = any(line.startswith("TRL") for line in lines[-3:])
    newest: Row | None = None
    for work in _works(lines, source.name):
        if newest:
            yield newest
        newest = _row(work)
    if newest and not is_whole:
        newest.flaw = newest.flaw or "the file ends here, without its trailer: the work may be cut"
    if newest:
        yield newest
    if not is_whole:
        why = f"{source.name}, line {len(lines)}: the file has no trailer (TRL), and so is cut (bulk.cut)"
        yield Problem(f"{source.name}, line {len(lines)}", "bulk.cut", why)
    elif flaw := _miscounted(lines):
        yield Problem(source.name, "bulk.cut", f"{source.name}: {flaw} (bulk.cut)")


def _miscounted(lines: list[str]) -> str:
    """What the trailer counts otherwise; a trailer of blanks counts nothing."""
    trailer = next(line for line in reversed(lines[-3:]) if line.startswith("TRL"))
    said, found = trailer[16:24].strip(), sum(bool(line.strip()) for line in lines)
    if said.isdecimal() and int(said) != found:
        return f"its trailer counts {int(said):,} records, and there are {found:,}"
    return ""


def _works(lines: list[str], name: str) -> Iterator[_Work]:
    work: _Work | None = None
    for number, line in enumerate(lines, 1):
        kind = line[:3]
        if kind in _WORKS or kind in _ENDS:
            if work:
                yield work
            work = None
        if kind in _WORKS:
            work = _Work(f"{name}, line {number}", line[19:79].strip(), line[95:106].strip())
            if len(line) < 106:
                work.flaw = "the record is cut before its ISWC"
        elif work and not work.flaw:
            try:
                _take(kind, line, work)
            except ValueError as error:
                work.flaw = f"line {number}, {kind}: {error}"
    if work:
        yield work


def _take(kind: str, line: str, work: _Work) -> None:
    if len(line) > _MOST_LINE:
        raise ValueError(f"{len(line):,} characters, more than a record has")
    if kind in ("SPU", "OPU"):
        _add(
            work, _person(line, name=line[30:75], role=line[76:78], ipi=line[87:98], pr=line[115:120], mr=line[123:128])
        )
    elif kind in ("SWR", "OWR"):
        name = f"{line[73:103].strip()} {line[28:73].strip()}"
        _add(work, _person(line, name=name, role=line[104:106], ipi=line[115:126], pr=line[129:134], mr=line[137:142]))
    elif kind in ("SPT", "OPT"):
        _reach(work, line[19:28].strip(), line[49:50], line[50:54])
    elif kind in ("SWT", "OWT"):
        _reach(work, line[19:28].strip(), line[43:44], line[44:48])
    elif kind == "PWR" and line[101:110].strip():
        writer, publisher = line[101:110].strip(), line[19:28].strip()
        for number in (writer, publisher):
            if number and not any(each.number == number for each in work.people):
                raise ValueError(f"it names party {number[:9]}, of whom no record of this work tells")


def _person(line: str, *, name: str, role: str, ipi: str, pr: str, mr: str) -> _Person:
    number = line[21:30].strip() if line[:3] in ("SPU", "OPU") else line[19:28].strip()
    if not mr.strip() and len(line.rstrip()) < 100 and line[:3].startswith("S"):
        raise ValueError("the record is cut before its shares")
    ipi = ipi.strip() if ipi.strip(" 0") else ""
    return _Person(number, " ".join(name.split()), ipi, role.ljust(2), _hundredths(pr), _hundredths(mr))


def _hundredths(digits: str) -> int:
    """A share in hundredths of a percent."""
    if not digits.strip():
        return 0
    if not digits.isdecimal() or int(digits) > 10_000:
        raise ValueError(f"{digits!r} is no share from 00000 to 10000 (title.share)")
    return int(digits)


def _add(work: _Work, person: _Person) -> None:
    if len(work.people) >= _MOST_PARTIES:
        raise ValueError(f"more than {_MOST_PARTIES} parties")
    work.people.append(person)


def _reach(work: _Work, number: str, sign: str, code: str) -> None:
    person = next((each for each in reversed(work.people) if each.number == number), None)
    if person is None:
        raise ValueError(f"it is about party {number[:9]}, of whom no record of this work tells")
    if sign not in ("I", "E") or not code.strip().isdecimal():
        raise ValueError(f"{sign + code!r} is no territory included or excluded")
    (person.included if sign == "I" else person.excluded).add(code.strip().zfill(4))


def _row(work: _Work) -> Row:
    is_mechanical = any(each.reproduction for each in work.people)
    row = Row(where=work.where, names=(f"iswc:{work.iswc}",) if work.iswc else (), title=work.title, flaw=work.flaw)
    parties = []
    for each in work.people:
        share = each.reproduction if is_mechanical else each.performance
        parties.append(
            Party(
                ids=(f"ipi:{each.ipi}",) if each.ipi else (),
                name=each.name,
                role=_ROLES.get(each.role, ""),
                right="composition",
                share=Fraction(share, 10_000),
                territory=_territory(each),
            )
        )
        if not each.ipi and not each.name:
            row.flaw = row.flaw or "a writer or publisher has neither name nor IPI: who must be asked is not known"
    if not parties:
        row.flaw = row.flaw or "it names no writer and no publisher"
    row.parties = tuple(parties)
    return row


def _territory(person: _Person) -> tuple[str, ...]:
    """Where she collects, in countries; a group of unknown members counts as the world, which asks more."""
    if not person.included or any(code not in COUNTRIES for code in person.included):
        included = set(COUNTRIES.values())
        is_world = True
    else:
        included = {COUNTRIES[code] for code in person.included}
        is_world = False
    excluded = {COUNTRIES[code] for code in person.excluded if code in COUNTRIES and WORLD not in person.excluded}
    if is_world and not excluded:
        return ()
    return tuple(sorted(included - excluded))
