"""What the entries of a dispute say, in one clause each."""

from __future__ import annotations

from placet.core.ids import short
from placet.core.subject import Kind
from placet.record.entries import Entry, parse_subject

__all__ = ["dispute_phrase"]


def dispute_phrase(entry: Entry) -> str:
    """The clause, or "" for an entry of another kind."""
    body = entry.body
    if entry.type == "claim.overlap":
        return (
            f"{_named(body['newer'])} overlaps the older {_named(body['older'])} ({body['method']}): both are contested"
        )
    if entry.type == "claim.counter":
        about = ", ".join(_named(text) for text in body["subjects"][:3])
        return f"the claim of {body['against'][:12]} to {about} contested, under penalty of perjury"
    if entry.type == "claim.settle":
        how = f"upheld for {body['holder'][:12]}" if body["outcome"] == "upheld" else "dropped"
        return f"the dispute {body['counter'][:12]} {how}"
    if entry.type == "claim.withdraw":
        return f"{', '.join(_named(text) for text in body['subjects'][:3])} claimed no longer"
    if entry.type == "strike.add":
        return f"a strike against {body['party'][:12]}: {body['why']}"
    return ""


def _named(text: str) -> str:
    subject = parse_subject(text)
    return f"work {short(subject.id)}" if subject.kind is Kind.WORK else subject.id
