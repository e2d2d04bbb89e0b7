"""What is asked of a sheet of statements on how works were made, before it enters the record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from placet.core.making import parse_making
from placet.core.subject import Kind
from placet.core.title import MOST_LINES
from placet.errors import Refused
from placet.record.entries import Entry
from placet.registry.projection import records_of

__all__ = ["JUDGES"]


def _judge_making(entry: Entry, batch: Any) -> None:
    """Every line can be read; of a registered work only its holder, or who registers for her, says how it was made."""
    if entry.body["count"] > MOST_LINES:
        raise Refused(f"a sheet has at most {MOST_LINES} lines: give several (title.long)")
    blob = batch.need(entry.body["blob"], "the statements are")
    if blob is None:
        return
    makings = [parse_making(record) for record in records_of(entry, blob)]
    works = {making.subject for making in makings if making.subject.kind is Kind.WORK}
    holders = batch.holders({work.id for work in works})
    speaker = batch.authority.party_of(entry.by)
    for work in sorted(works):
        holder = holders.get(work.id, "")
        if not holder and not batch.hidden:
            raise Refused(f"there is no work {work.id[:12]} in the record (made.unknown)")
        owner = batch.authority.party_of(holder) if holder else speaker
        if owner != speaker and not _is_let(batch, speaker, owner, work, entry):
            raise Refused(
                f"work {work.id[:12]} is another's: its holder, or who may register for her, says how it was made"
                " (made.not-yours)"
            )


def _is_let(batch: Any, speaker: str, owner: str, work: Any, entry: Entry) -> bool:
    return bool(batch.authority.mandate_for(speaker, owner, "register", (work,), "", batch.here, entry.body["at"]))


JUDGES: Final[dict[str, Callable[[Entry, Any], None]]] = {"made.add": _judge_making}
