"""What a clearance measured of itself, and whose word was disputed, as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby

from placet.clearance.confidence import lower_text, upper_text
from placet.clearance.control import Control
from placet.clearance.known import Known
from placet.clearance.report_control import per_cent
from placet.registry.phrases import count

__all__ = ["rows_of", "told_control"]

_NOUNS = {"image": "picture", "text": "text", "audio": "sound", "video": "film"}


def told_control(control: Control, min_voice: str, tallies: Mapping[str, int]) -> Iterator[str]:
    """Disputes first: they decided rows, and the measures decided none."""
    yield from _disputes(tallies)
    if min_voice != "claimed":
        changed = rows_of(tallies, "voice:")
        rows, more = count(sum(changed.values()), "row"), f": {_told(changed)}" if changed else ""
        yield f"--min-voice {min_voice}: without it {rows} would be decided otherwise{more}."
    for each in control.background:
        noun, matched = _NOUNS[each.medium], each.strong + each.verify
        bound = per_cent(upper_text(min(matched, each.items), each.items))
        yield f"False matches: {matched} of {count(each.items, f'unrelated {noun}')} (at most {bound}, 95 % sure)."
    for (source, medium), planted in groupby(control.known, key=lambda each: (each.source, each.medium)):
        yield _known(source, medium, list(planted))
    if control.unmeasured:
        yield f"Not measured: {', '.join(map(_missing, control.unmeasured))}."


def _missing(what: str) -> str:
    measure, medium = what.split(" ")
    return f"{'false matches of' if measure == 'background' else 'known answers among'} {_NOUNS[medium]}s"


def _known(source: str, medium: str, planted: list[Known]) -> str:
    least = min(planted, key=lambda each: (each.found / each.planted, each.edit))
    found, every = sum(each.found for each in planted), sum(each.planted for each in planted)
    worst = (
        f"{least.found} of {least.planted} by {least.edit}, at least {per_cent(lower_text(least.found, least.planted))}"
    )
    return f"Known answers ({medium}, from {source}): {found:,} of {every:,} found; worst {worst}."


def _disputes(tallies: Mapping[str, int]) -> Iterator[str]:
    if disputed := rows_of(tallies, "disputed:"):
        rows = count(sum(disputed.values()), "row")
        yield f"DISPUTED: {rows} of more than one claimant; the strictest word decides: {_told(disputed)}."


def rows_of(tallies: Mapping[str, int], prefix: str) -> dict[str, int]:
    """The tallies of this kind, by what follows."""
    return {name.removeprefix(prefix): rows for name, rows in tallies.items() if name.startswith(prefix)}


def _told(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{many:,} {name.replace('>', ' -> ')}" for name, many in rows.items())
