"""What is asked of a withdrawal: that who takes a word back said it, or had it said for her."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from placet.core.person import person_of
from placet.core.subject import Kind, Subject
from placet.errors import Refused
from placet.record.entries import Entry, parse_subject
from placet.registry.speaker import Speaker

__all__ = ["JUDGES", "owner_of"]

_KEY = 64  # hex digits of a key


def owner_of(subject: Subject, holder_of: Callable[[str], str]) -> str:
    """The key whose a thing is by the record: who registered a work, whose voice or repertoire it is; else empty."""
    if subject.kind is Kind.WORK:
        return holder_of(subject.id)
    who = {Kind.LIKENESS: person_of(subject), Kind.REPERTOIRE: subject.id}.get(subject.kind, "")
    return who if len(who) == _KEY else ""


def _judge_withdrawal(entry: Entry, batch: Any) -> None:
    id_ = entry.body["declaration"]
    target = batch.spoken(id_)
    if target is None:
        raise Refused(f"there is no declaration {id_[:12]} in the record")
    if target.stance is None:
        raise Refused("a withdrawal cannot be withdrawn; declare anew instead")
    named = tuple(map(parse_subject, entry.body["subjects"]))
    if unknown := set(named) - set(target.subjects):
        raise Refused(f"the declaration says nothing about {min(map(str, unknown))}")
    of = batch.authority.party_of
    if target.by == entry.by or of(target.by) == of(entry.by, entry.body["at"]):
        return
    speaker = Speaker(key=entry.by, authority=batch.authority)
    holders = batch.holders({subject.id for subject in named or target.subjects if subject.kind is Kind.WORK})
    for subject in named or target.subjects:
        is_hidden = batch.hidden and subject.kind is Kind.WORK and subject.id not in holders
        owner = owner_of(subject, lambda work: str(holders.get(work, "")))
        if not is_hidden and not speaker.had_said(target, subject, owner):
            raise Refused("only who said it, or for whom it was said, can take it back")


JUDGES: Final[dict[str, Callable[[Entry, Any], None]]] = {"withdraw": _judge_withdrawal}
