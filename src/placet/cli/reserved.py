"""What `placet reserve` tells when it is done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from placet.cli.talk import emit, note, notes, printable
from placet.core.offer import is_offer
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.desk.behalf import Behalf, mandates_phrase
from placet.registry.compose import Wish
from placet.registry.phrases import count, entries_phrase, subjects_phrase, terms_phrase, uses_phrase
from placet.registry.reserve import Report

__all__ = ["Done", "emit_all", "sentence", "tell"]

_VERBS = {
    Stance.RESERVE: ("Reserved", "Would reserve", "{things} from {uses}"),
    Stance.LICENSE: ("Asked", "Would ask", "for a licence before {uses} of {things}"),
    Stance.ALLOW: ("Allowed", "Would allow", "{uses} of {things}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A wish and what became of it; `folder` is None when nothing was written."""

    wish: Wish
    report: Report
    log: str = ""
    folder: Path | None = None
    dry_run: bool = False
    behalf: Behalf | None = None


def sentence(done: Done) -> str:
    """The one sentence on what was done."""
    report = done.report
    if not report.new and not report.subjects:
        return f"Nothing new to say: {_this_wish(report.said)}. Nothing was written."
    past, would, what = _VERBS[done.wish.stance]
    words = what.format(things=_things(report), uses=uses_phrase(done.wish.uses))
    if done.behalf:
        words += f", for {done.behalf.name} under {mandates_phrase(done.behalf.mandates)}"
    if is_offer(terms := done.wish.terms.encode()):
        words += f", at {terms_phrase(terms)}"
    if done.dry_run:
        return f"{would} {words}. Nothing was written."
    return f"{past} {words}: {entries_phrase(report.indexes)} of log {done.log}. Receipts: {done.folder}"


def tell(done: Done, left_out: list[str]) -> None:
    """Everything else that she should know, in order of how much it matters to her."""
    report = done.report
    if done.behalf and done.behalf.where:
        note(f"It speaks for {done.behalf.name} in {', '.join(done.behalf.where)} alone, as far as her mandate.")
    if done.behalf and done.behalf.loose:
        named = [subject.id for subject in done.behalf.loose]
        _list(f"Heard as your own word until a sheet lists it as a work of {done.behalf.name}:", named, "")
    rows = report.rows
    _list("NOT registered:", report.unread, "")
    if report.again:
        were = (
            "file was registered by you before and keeps its"
            if report.again == 1
            else "files were registered by you before and keep their"
        )
        note(f"{report.again:,} {were} work id.")
    if report.said and (report.new or report.subjects):
        note(f"Of these, {_this_wish(report.said)}.")
    _list(
        "Weakly identifiable:", [f"{row.file}: {row.notice}" for row in rows if row.notice], "; works.csv has them all"
    )
    shared = [f"{row.file}, by {count(row.others, 'other key')}" for row in rows if row.others]
    _list("Registered by somebody else too; what you say counts all the same:", shared, "")
    _list("Left out:", left_out, "")
    if any(subject.kind is Kind.PATTERN for subject in report.subjects):
        note("Address patterns are kept, and count only once your identity is verified: not possible yet.")


def emit_all(done: Done) -> None:
    """A line a file, then one about the whole."""
    report = done.report
    for row in report.rows:
        values = {name: getattr(row, name) for name in ("file", "work", "sha256", "notice", "others", "entry")}
        emit({"schema": "placet.work/1", **values})
    emit(
        {
            "schema": "placet.reserve/1",
            "stance": done.wish.stance.word,
            "uses": [use.value for use in done.wish.uses],
            "new": report.new,
            "again": report.again,
            "said": report.said,
            "subjects": [str(subject) for subject in report.subjects],
            "entries": report.indexes,
            "log": done.log,
            "receipts": str(done.folder or ""),
            "not_registered": report.unread,
            "dry_run": done.dry_run,
            "for": done.behalf.party if done.behalf else "",
            "mandates": list(done.behalf.mandates) if done.behalf else [],
        }
    )


def _things(report: Report) -> str:
    works = report.new + sum(subject.kind is Kind.WORK for subject in report.subjects)
    others: list[Subject] = [subject for subject in report.subjects if subject.kind is not Kind.WORK]
    return " and ".join(filter(None, (count(works, "work") if works else "", subjects_phrase(others))))


def _this_wish(number: int) -> str:
    return "it has this very wish already" if number == 1 else f"all {number:,} have this very wish already"


def _list(title: str, lines: list[str], more: str) -> None:
    if lines:
        note(title)
        notes([printable(line) for line in lines], more)
