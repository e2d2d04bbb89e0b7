"""What is asked of a sheet of titles, of its withdrawal, and of a list of members for whom nobody speaks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from placet.core.identifiers import PEOPLE, canonical, scheme_of
from placet.core.ids import parse_subject
from placet.core.subject import Kind, Subject
from placet.core.title import MOST_LINES, Title, parse_title
from placet.errors import BadRecord, Refused
from placet.record.entries import Entry
from placet.record.entries import parse_subject as in_entry
from placet.registry.projection import records_of

__all__ = ["JUDGES", "check_subject", "check_title", "check_who"]

_KEY = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"name:[0-9a-f]{64}")


def check_title(title: Title) -> None:
    """BadRecord unless its names and claimants are spelled in the one way, check digits and all."""
    for subject in title.subjects:
        check_subject(subject)
    for who in {claim.who for claim in title.claims}:
        check_who(who)


def check_subject(subject: Subject) -> None:
    """BadRecord for a name that has another spelling, and so would be found by nobody."""
    if subject.kind is Kind.WORK:
        in_entry(str(subject))
        return
    words = str(subject) if subject.kind is Kind.LIKENESS else subject.id
    try:
        meant = parse_subject(words)
    except ValueError as error:
        raise BadRecord(str(error)) from error
    if meant != subject:
        right = f"; its one spelling is {meant.id[:80]}" if meant else ""
        raise BadRecord(f"{words[:80]!r} is no name of a work as the record has it{right} (identifier.form)")


def check_who(who: str) -> None:
    """BadRecord unless it is a key, a canonical identifier of people, or a commitment to a name."""
    if _KEY.fullmatch(who) or _NAME.fullmatch(who):
        return
    scheme = scheme_of(who)
    if scheme is None or scheme.name not in PEOPLE:
        raise BadRecord(f"{who[:80]!r} is no key, and no {', '.join(PEOPLE)} or name of a claimant (identifier.scheme)")
    try:
        meant = canonical(who)
    except ValueError as error:
        raise BadRecord(str(error)) from error
    if meant != who:
        raise BadRecord(f"{who[:80]!r} has one spelling in the record, {meant} (identifier.form)")


def _judge_sheet(entry: Entry, batch: Any) -> None:
    """Every line can be read, names and claimants are canonical, and no share is over the whole."""
    if entry.body["count"] > MOST_LINES:
        raise Refused(f"a sheet has at most {MOST_LINES} lines: give several (title.long)")
    blob = batch.need(entry.body["blob"], "the titles are")
    if blob is None:
        return
    for number, record in enumerate(records_of(entry, blob), 1):
        try:
            check_title(parse_title(record))
        except BadRecord as error:
            raise type(error)(f"line {number} of the sheet: {error}") from error


def _judge_withdrawal(entry: Entry, _: Any) -> None:
    """It ends only what its own party claims; of others' lines it says nothing."""
    for subject in map(in_entry, entry.body["subjects"]):
        check_subject(subject)


def _judge_exclusion(entry: Entry, _: Any) -> None:
    _check_all(entry.body["who"])


def _check_all(people: Iterable[str]) -> None:
    for who in people:
        check_who(who)


JUDGES: Final[dict[str, Callable[[Entry, Any], None]]] = {
    "claim.add": _judge_sheet,
    "claim.withdraw": _judge_withdrawal,
    "claim.exclude": _judge_exclusion,
}
