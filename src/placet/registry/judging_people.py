"""Who may speak of a person's voice and likeness: she herself, or whom she gave a mandate for it."""

from __future__ import annotations

from typing import Any

from placet.core.authority import ACT_OF
from placet.core.person import parse_likeness, person_of
from placet.core.stance import Stance
from placet.core.subject import Subject
from placet.errors import BadRecord, Refused
from placet.record.entries import Entry

__all__ = ["judge_likeness"]

_KEY = 64  # hex digits of a party's key; a person named otherwise may be spoken of by anybody, and is believed by steps


def judge_likeness(entry: Entry, subject: Subject, batch: Any) -> None:
    """Refused where another party than the person named by its key speaks without her mandate."""
    try:
        known = parse_likeness(subject.id)
    except ValueError as error:
        raise BadRecord(f"{error} (likeness.form)") from error
    if known != subject:
        raise BadRecord(f"{subject.id[:80]} is spelled {known.id} (likeness.form)")
    person = person_of(subject)
    if len(person) != _KEY:
        return
    owner, speaker = batch.authority.party_of(person), batch.authority.party_of(entry.by)
    act = ACT_OF[Stance[entry.body["stance"].upper()]]
    mandate = owner == speaker or batch.authority.mandate_for(
        speaker,
        owner,
        act,
        (subject,),
        entry.body["right"],
        batch.here,
        entry.body["at"],
        tuple(entry.body["territory"]),
    )
    if not mandate:
        raise Refused(
            f"the {subject.id.rpartition('/')[2]} of {person[:12]} is hers: only she speaks of it,"
            " or whom she gave a mandate for it (likeness.not-yours)"
        )
