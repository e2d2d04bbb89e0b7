"""Contesting, withdrawing, settling: what a claim is about, how it stands, and saying something of it on the record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from placet.app import Home
from placet.core.authority import Authority
from placet.core.canonical import flaw
from placet.core.ids import parse_subject, short
from placet.core.sheets import Sheets
from placet.core.standing import Dispute, Disputes, Standing
from placet.core.subject import Kind, Subject
from placet.core.work import Work
from placet.desk.documents import digest_of
from placet.desk.identifying import Noted, authority_of, note_down
from placet.errors import NotFound, Refused, WrongUsage
from placet.record.entries import parse_subject as entry_subject
from placet.registry.openings import Opening
from placet.registry.sworn import Sworn
from placet.signing.keys import Key

__all__ = [
    "Statement",
    "Stood",
    "contest",
    "dispute_named",
    "disputes_of",
    "named",
    "read_statement",
    "settle",
    "show",
    "strike",
    "subject_told",
    "subjects_told",
    "withdraw",
]

_LEAST: Final = 6
_MOST: Final = 1 << 20
_EXAMPLE: Final = (
    '{"what": "...", "why": "...", "forum": "Lyon, France", "contact": "name, address, telephone", "sworn": true}'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a counter-claim swears, and how its maker is reached, which stays with her."""

    sworn: Sworn
    contact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stood:
    """How one subject's claims stand, and who claims it today: parties, its holder first, and the strikes of each."""

    subject: Subject
    standing: Standing
    claimants: tuple[str, ...]
    strikes: tuple[int, ...]


def disputes_of(home: Home, authority: Authority | None = None) -> Disputes:
    """Every dispute of the record here."""

    def holder_of(id_: str) -> str:
        found = home.registry.works_like("id", id_)
        return found[0].by if len(found) == 1 else ""

    return Disputes.of(authority or authority_of(home), holder_of)


def named(home: Home, what: str, holder: str = "") -> list[Subject]:
    """What is meant: an identifier, a file by its bytes, or a work by the beginning of its id.

    Of a file that several parties registered `holder` says whose work is meant.
    """
    path = Path(what)
    if path.is_file():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        works = home.registry.works_of_digests({digest}).get(digest, []) if home.begun else []
        return _of_holder(home, what, works, holder)
    try:
        subject = parse_subject(what)
    except ValueError as error:
        raise WrongUsage(str(error)) from error
    if subject is not None:
        return [subject]
    start = what.removeprefix(f"{Kind.WORK}:").lower()
    if len(start) < _LEAST or not set(start) <= set("0123456789abcdef"):
        raise WrongUsage(f"{what[:80]!r} is no file, identifier, or beginning of a work's id")
    works = home.registry.works_like("id", start) if home.begun else []
    if len(works) > 1:
        raise WrongUsage(f"{what} begins the ids of {len(works)} works: give more of it")
    return _of_holder(home, what, works, "")


def _of_holder(home: Home, what: str, works: Sequence[Work], holder: str) -> list[Subject]:
    authority = authority_of(home)
    found = [work.subject for work in works if not holder or authority.party_of(work.by) == holder]
    if works and not found:
        whose = ", ".join(dict.fromkeys(authority.party_of(work.by)[:12] for work in works))
        raise NotFound(f"{what} is in the record, registered by {whose}, and not by {holder[:12]}")
    if not found:
        raise NotFound(f"there is no work {what} in the record here")
    return found


def show(home: Home, what: str) -> list[Stood]:
    """How the claims to it stand."""
    authority = authority_of(home)
    disputes = disputes_of(home, authority)
    return [_stood(home, subject, disputes) for subject in named(home, what)]


def _stood(home: Home, subject: Subject, disputes: Disputes) -> Stood:
    authority, text = disputes.authority, str(subject)
    sheets = Sheets.of(authority)
    lines = home.registry.lines_about([subject], "claim.add") if home.begun else []
    listing = {authority.party_of(line.by): line.index for line in lines}
    listed = [party for party, index in listing.items() if not sheets.is_gone(party, text, index)]
    works = home.registry.works_like("id", subject.id) if subject.kind is Kind.WORK else []
    holders = [party for party in (authority.party_of(work.by) for work in works) if not disputes.is_dead(party, text)]
    claimants = tuple(dict.fromkeys([*holders, *sorted(listed)]))
    strikes = tuple(len(disputes.strikes(party)) for party in claimants)
    return Stood(subject=subject, standing=disputes.standing(text, claimants), claimants=claimants, strikes=strikes)


def read_statement(path: Path) -> Statement:
    """A statement as its maker wrote it, in JSON."""
    try:
        value: Any = json.loads(_read(path))
    except (ValueError, RecursionError) as error:
        raise WrongUsage(f"{path} is no JSON ({flaw(error)}); it is {_EXAMPLE} (counter.statement)") from None
    texts = ("what", "why", "forum", "contact")
    if not isinstance(value, dict) or set(value) - {"document"} != {*texts, "sworn"}:
        raise WrongUsage(f"{path}: a statement is {_EXAMPLE} (counter.statement)")
    if value["sworn"] is not True:
        raise Refused(f"{path}: a counter-claim is made under penalty of perjury: sworn is true (counter.statement)")
    for name in texts:
        if not isinstance(value[name], str) or not value[name].strip():
            raise WrongUsage(f"{path}: {name} says nothing; it is {_EXAMPLE} (counter.statement)")
    words = {name: value[name] for name in ("what", "why", "forum")}
    return Statement(sworn=Sworn(**words, document=str(value.get("document", ""))), contact=value["contact"])


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST:
            raise WrongUsage(f"{path} is too long for a statement (counter.statement)")
        return path.read_bytes()
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}") from None


def contest(home: Home, key: Key, what: str, against: str, statement: Statement, right: str = "") -> Noted:
    """Say, under penalty, that a party's claim is mistaken."""
    subjects = [str(subject) for subject in named(home, what, against)]
    contact = Opening(salt=home.random(32), value=statement.contact, show=False)
    return note_down(home, key, lambda c: c.contest(subjects, against, statement.sworn, contact, right))


def withdraw(home: Home, key: Key, what: str) -> Noted:
    """Say that one claims it no longer; what one said of it speaks no more, the yes and the no."""
    me = authority_of(home).party_of(key.public.hex())
    found = [
        stood
        for subject in named(home, what, me)
        if me in (stood := _stood(home, subject, disputes_of(home))).claimants
    ]
    if not found:
        raise Refused(f"you do not claim {what}, or withdrew it before")
    return note_down(home, key, lambda c: c.unclaim([str(stood.subject) for stood in found]))


def dispute_named(home: Home, words: str) -> Dispute:
    """The dispute whose id begins so."""
    start, disputes = words.strip().lower(), disputes_of(home)
    ids = [act.id for act in disputes.authority.acts if act.type in ("claim.counter", "claim.overlap")]
    found = [id_ for id_ in ids if id_.startswith(start)] if len(start) >= _LEAST else []
    if len(found) != 1:
        raise NotFound(f"no dispute, or more than one, begins with {words[:64]}: `placet claim show` tells its id")
    dispute = disputes.dispute(found[0])
    if dispute is None:
        raise NotFound(f"there is no dispute {short(found[0])} here")
    return dispute


def settle(home: Home, key: Key, words: str, holder: str, document: Path | None) -> Noted:
    """Drop it (no `holder`), give in, or, as an outsider, record for whom a document decides."""
    dispute = dispute_named(home, words)
    digest = digest_of(document) if document else ""
    outcome = "upheld" if holder else "dropped"
    return note_down(home, key, lambda c: c.settle(dispute.id, outcome, holder, digest))


def strike(home: Home, key: Key, party: str, why: str) -> Noted:
    """Hold something against a party, in public and with a reason; it changes no decision."""
    return note_down(home, key, lambda c: c.strike(party, why))


def subjects_told(dispute: Dispute) -> str:
    """What a dispute is about, in a clause."""
    names = [entry_subject(text) for text in sorted(dispute.subjects)]
    return ", ".join(map(subject_told, names))


def subject_told(subject: Subject) -> str:
    """One subject as people are told it."""
    if subject.kind is Kind.WORK:
        return f"work {short(subject.id)}"
    if subject.kind is Kind.FINGERPRINT:
        return f"the file {short(subject.id.removeprefix('sha256:'))} of the list"
    return subject.id
