"""From rows to titles: those about one work put together, judged as one, and told where they cannot be taken.

A work is left out whole where any of its rows is: half of its claimants would be asked half of what must be asked.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Final

from placet.core.declaration import Problem
from placet.core.identifiers import PEOPLE, canonical, scheme_of
from placet.core.ids import parse_subject
from placet.core.subject import Kind, Subject
from placet.core.title import MOST_CLAIMS, Claim, Title, check_shares
from placet.errors import BadRecord
from placet.record.entries import commitment
from placet.record.entries import parse_subject as in_entry
from placet.registry.bulk.raw import Party, Row
from placet.registry.judging_claims import check_who
from placet.registry.openings import Opening

__all__ = ["ADJUSTED", "Finding", "Gathered", "Salts", "Work", "gather_rows", "principal_of", "title_of"]

MOST_NAMES: Final = 50
ADJUSTED: Final = Fraction(6, 10_000)  # what rounding to hundredths of a percent may come to above the whole
_KINDS: Final = ("iswc", "isbn", "ismn", "issn", "isrc", "iscc", "work")  # the surest first: what a work is named by

_KEY: Final = re.compile(r"[0-9a-f]{64}")

Term = tuple[str, str, str, tuple[str, ...], int, int]  # who, role, right, territory, start, until


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of a work; `status` is one of `matched`, `new`, `changed`, `ambiguous`, `missing`, `conflicting`,
    `malformed` or `excluded`, and `is_taken` whether its line is, or will be, in the record."""

    status: str
    where: str
    name: str = ""
    title: str = ""
    why: str = ""
    is_taken: bool = False


@dataclass(slots=True, kw_only=True)
class Work:
    """A work as its rows tell it: the first one's place, all its names, each claimant's share by what it is of."""

    where: str
    names: dict[Subject, None]
    title: str = ""
    claims: dict[Term, Fraction] = field(default_factory=dict)
    file: str = ""
    flaw: tuple[str, str] = ("", "")  # status and sentence
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Gathered:
    """`works` in the order of the list, `findings` of what names no work, `twice` rows that say nothing new."""

    works: list[Work] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    rows: int = 0
    twice: int = 0


@dataclass(frozen=True, slots=True)
class Salts:
    """Salts that only the key's holder can make again: so that a list brought in twice is the same lines.

    They are an HMAC-SHA256 of what is committed to, under a secret that no entry shows.
    """

    secret: bytes

    def opening(self, name: str, value: str, *, show: bool) -> Opening:
        salt = hmac.digest(self.secret, f"{name}\n{value}".encode(), hashlib.sha256)
        return Opening(salt=salt, value=value, show=show)


def gather_rows(found: Iterable[Row | Problem], by: str, salts: Salts) -> Gathered:
    """All rows of a list; `by` is the key in hex for whoever claims without being named."""
    return _Gatherer(by, salts).gather(found)


class _Gatherer:
    def __init__(self, by: str, salts: Salts) -> None:
        self._by, self._salts = by, salts
        self._of: dict[Subject, Work] = {}
        self._of_file: dict[str, Work] = {}
        self._nameless: list[Row] = []
        self._done = Gathered()

    def gather(self, found: Iterable[Row | Problem]) -> Gathered:
        for each in found:
            if isinstance(each, Problem):
                self._tell("malformed", each.where, "", "", each.why)
            else:
                self._done.rows += 1
                self._take(each)
        self._sort_out_nameless()
        return self._done

    def _tell(self, status: str, where: str, name: str, title: str, why: str) -> None:
        self._done.findings.append(Finding(status=status, where=where, name=name, title=title, why=why))

    def _take(self, row: Row) -> None:
        try:
            names = dict.fromkeys(_subject(name) for name in sorted(row.names, key=_rank))
        except ValueError as error:
            self._refuse(row, str(error))
            return
        if not names and not row.file:
            if row.flaw:
                self._tell("malformed", row.where, "", row.title, f"{row.where}: {row.flaw}")
            else:
                self._nameless.append(row)
            return
        work = self._work(row, names)
        if row.flaw:
            _mark(work, "malformed", f"{row.where}: {row.flaw}")
            return
        try:
            terms = [(self._term(party), party.share) for party in row.parties]
        except (ValueError, BadRecord) as error:
            _mark(work, "malformed", f"{row.where}: {error}")
            return
        self._add(work, row, terms)

    def _refuse(self, row: Row, why: str) -> None:
        """One wrong number: what its other numbers name must not be taken without it."""
        self._tell("malformed", row.where, "", row.title, f"{row.where}: {row.flaw or why}")
        for name in row.names:
            try:
                work = self._of.setdefault(_subject(name), Work(where=row.where, names={}))
            except ValueError:
                continue
            _mark(work, "malformed", f"{row.where}: {why}")

    def _work(self, row: Row, names: dict[Subject, None]) -> Work:
        """The work that these names are of; two that turn out to share a name are ambiguous, both."""
        known = list({id(work): work for name in names if (work := self._of.get(name))}.values())
        if not known and row.file in self._of_file:
            known = [self._of_file[row.file]]
        first = next(iter(names), None)
        work = known[0] if known else None
        if work is None:
            work = Work(where=row.where, names=names, title=row.title, file=row.file)
            self._done.works.append(work)
        elif not work.names and not work.file:  # a row was refused that gave this number too
            work.title = row.title
            self._done.works.append(work)
        for other in known[1:]:
            for each, where in ((other, work.where), (work, other.where)):
                _mark(each, "ambiguous", f"{row.where}: {first and first.id} is named in {where} too (bulk.ambiguous)")
        _check_title(work, row)
        work.names |= names
        if work.file:
            self._of_file.setdefault(work.file, work)
        self._of.update((name, work) for name in names if name not in self._of)
        return work

    def _add(self, work: Work, row: Row, terms: list[tuple[Term, Fraction]]) -> None:
        is_new = False
        for term, share in terms:
            before = work.claims.get(term)
            if before is None:
                work.claims[term] = share
                is_new = True
            elif before != share:
                why = (
                    f"{row.where}: {term[0][:24]} has {_percent(share)} of it here, {_percent(before)} in {work.where}"
                )
                _mark(work, "conflicting", f"{why} (bulk.conflict)")
        self._done.twice += not is_new
        if row.note:
            work.notes.append(row.note)

    def _term(self, party: Party) -> Term:
        return (self._who(party), party.role, party.right, party.territory, party.start, party.until)

    def _who(self, party: Party) -> str:
        if party.ids:
            return next(iter([principal_of(each) for each in party.ids]))
        if _KEY.fullmatch(party.name) or ((scheme := scheme_of(party.name)) and scheme.name in PEOPLE):
            return principal_of(party.name)
        return self._named(party.name) if party.name else self._by

    def _named(self, name: str) -> str:
        opening = self._salts.opening("name", " ".join(name.split()), show=False)
        return f"name:{commitment(opening.salt, opening.value)}"

    def _sort_out_nameless(self) -> None:
        """A row with no number: never guessed by its title, but told whose title it has."""
        by_title: dict[str, list[Work]] = defaultdict(list)
        if self._nameless:
            for work in self._done.works:
                by_title[_folded(work.title)].append(work)
        for row in self._nameless:
            same = by_title.get(_folded(row.title), []) if row.title else []
            where = ", ".join(work.where for work in same[:3])
            if len(same) > 1:
                why = f"{row.where}: no number, and its title is that of {len(same)} works, {where} (bulk.ambiguous)"
                self._tell("ambiguous", row.where, "", row.title, why)
            else:
                hint = f"; its title is that of {where}" if same else ""
                self._tell("missing", row.where, "", row.title, f"{row.where}: it has no number{hint} (bulk.missing)")


def _rank(name: str) -> int:
    scheme = name.partition(":")[0]
    return _KINDS.index(scheme) if scheme in _KINDS else len(_KINDS)


def _subject(name: str) -> Subject:
    scheme, _, id_ = name.partition(":")
    if scheme == Kind.WORK:
        try:
            return in_entry(name.strip().lower())
        except BadRecord:
            raise ValueError(f"{id_[:40]!r} is no work's id: 32 signs of hex (identifier.form)") from None
    subject = parse_subject(name)
    if subject is None:
        raise ValueError(f"{name[:40]!r} names no work (identifier.scheme)")
    return subject


@lru_cache(maxsize=100_000)
def principal_of(words: str) -> str:
    """The one spelling of a claimant; ValueError where it is none."""
    who = words if len(words) == 64 and ":" not in words else canonical(words)
    try:
        check_who(who)
    except BadRecord as error:
        raise ValueError(str(error)) from error
    return who


def _check_title(work: Work, row: Row) -> None:
    if row.file and work.file and row.file != work.file:
        _mark(work, "ambiguous", f"{row.where}: it is another file than in {work.where} (bulk.ambiguous)")
    work.file = work.file or row.file
    if not row.title:
        return
    work.title = work.title or row.title
    if _folded(row.title) != _folded(work.title):
        why = f"{row.where}: {row.title[:40]!r} has the number of {work.title[:40]!r}, {work.where} (bulk.ambiguous)"
        _mark(work, "ambiguous", why)


def _folded(title: str) -> str:
    return " ".join(title.casefold().split())


def _mark(work: Work, status: str, why: str) -> None:
    if not work.flaw[0]:
        work.flaw = (status, why)


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.4g} %" if share else "no share"


# ---- one title ------------------------------------------------------------------------------------------


def title_of(work: Work, salts: Salts, *, show: bool) -> tuple[Title, list[Opening]]:
    """The line of a work and what opens its title; BadRecord where its shares are over the whole, or it has too many.

    Where rounding made them a little more than the whole, the greatest share gives way, and the work's notes say so.
    """
    if len(work.claims) > MOST_CLAIMS:
        raise BadRecord(f"it has {len(work.claims)} claims; at most {MOST_CLAIMS} can be taken (title.unread)")
    claims = tuple(
        Claim(who=who, role=role, right=right, share=share, territory=where, start=start, until=until)
        for (who, role, right, where, start, until), share in sorted(_rounded(work).items())
    )
    check_shares(claims)
    subjects = list(work.names)
    if len(subjects) > MOST_NAMES:
        raise BadRecord(f"it has {len(subjects)} names; at most {MOST_NAMES} can be taken (title.unread)")
    openings = [salts.opening(str(subjects[0]), work.title, show=show)] if work.title else []
    commitments = [opening.commitment for opening in openings]
    title = commitments[0] if commitments else ""
    return Title(subject=subjects[0], also=tuple(subjects[1:]), title=title, claims=claims), openings


def _rounded(work: Work) -> dict[Term, Fraction]:
    claims = dict(work.claims)
    for right in dict.fromkeys(term[2] for term in claims):
        some = {term: share for term, share in claims.items() if term[2] == right and share}
        over = sum(some.values(), Fraction(0)) - 1
        is_one = len({term[3:] for term in some}) <= 1  # one place, one time: the sum is what everybody would add up
        if 0 < over <= ADJUSTED and is_one:
            greatest = max(sorted(some), key=lambda term: some[term])
            claims[greatest] -= over
            work.notes.append(f"its shares of {right} come to {_percent(1 + over)}: {_percent(over)} was rounding")
    return claims
