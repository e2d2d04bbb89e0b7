"""`placet lookup --person`: what may be done with somebody's voice or likeness, on a day, for a project."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from placet.app import Home
from placet.cli.asked import moment_or_end_of_day, one_territory, public_key, uses
from placet.cli.talk import emit, note, printable, result, row
from placet.core.decision import Decision
from placet.core.ids import short
from placet.core.person import ASPECTS
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.desk.unheeded import unheeded
from placet.errors import WrongUsage

__all__ = ["Words", "tell_person"]

_SCHEMA = "placet.person/1"
_MOST_WORDS = 30  # shown of those that decide nothing


class Words(NamedTuple):
    """What stood on the command line."""

    person: str
    aspect: str
    use: str
    at: str
    territory: str
    holder: str
    project: str
    licences: tuple[Path, ...]


def tell_person(place: Home, words: Words, snapshot: Path | None, trust: Path | None, *, json: bool) -> int:
    """Tell it, and return 0 only where every use that was asked about is cleared under every profile."""
    from placet.desk.persons import Asked, ask_person

    if words.aspect and words.aspect not in ASPECTS:
        raise WrongUsage(f"--aspect {words.aspect}: say one of {', '.join(ASPECTS)} (likeness.form)")
    if words.licences and not words.holder:
        raise WrongUsage("--licence FILE needs --holder KEY: the public key that the licence was given to")
    asked = Asked(
        person=words.person,
        aspects=(words.aspect,) if words.aspect else (),
        uses=uses(words.use),
        at=moment_or_end_of_day(words.at, "--at", place.now()) if words.at else 0,
        territory=one_territory(words.territory),
        holder=public_key(words.holder, "--holder").hex() if words.holder else "",
        project=words.project,
        licences=words.licences,
    )
    found = ask_person(place, asked, snapshot, trust)
    if json:
        emit(_shown(found))
        return 0 if found.clear else 2
    when = datetime.fromtimestamp(found.at, UTC)
    whom = found.person if ":" in found.person else short(found.person)
    result(printable(f"{found.name or whom}, a person: {found.known}. {when:%Y-%m-%d %H:%M} UTC."))
    for answer in found.answers:
        result(f"{answer.subject.id.rpartition('/')[2].capitalize()}:")
        if not answer.heard:
            result("  Nobody spoke of it here. Other registries were not asked.")
        for profile, outcome, over, why in _folded(answer.decisions):
            row(f"  {profile}", f"{outcome:9} {over}{f' ({why})' if why else ''}", 16)
        for entry, sentence in answer.voices[:_MOST_WORDS]:
            row("", f"entry {entry}: {printable(sentence)}", 2)
        for entry, sentence in unheeded(answer.decisions)[:_MOST_WORDS]:
            row("", f"entry {entry} {sentence}", 2)
    for sentence in found.idle:
        note(sentence)
    return 0 if found.clear else 2


def _folded(decisions: tuple[Decision, ...]) -> Iterator[tuple[str, str, str, str]]:
    """For each profile, the widest uses that are answered the same all through, those with one answer together."""
    for name in PROFILES:
        left = {d.question.use: (d.outcome.value, _why(d)) for d in decisions if d.profile.name == name}
        over: dict[tuple[str, str], list[str]] = {}
        for use in Use:
            answers = {left.get(leaf) for leaf in use.leaves}
            if len(answers) == 1 and (answer := answers.pop()):
                over.setdefault(answer, []).append(use.value)
                for leaf in use.leaves:
                    del left[leaf]
        for (outcome, why), names in over.items():
            yield name, outcome, ", ".join(names), why


def _why(decision: Decision) -> str:
    """Which entries decided, for whom they speak, and the licence that lifted them."""
    said = [f"entry {word.index}{f' for {short(word.behalf)}' if word.behalf else ''}" for word in decision.because]
    held = [f"licence {short(licence.id)}" for licence in decision.licences]
    return ", ".join(dict.fromkeys([*said, *held]))


def _shown(found: Any) -> dict[str, Any]:
    return {
        "schema": _SCHEMA,
        "person": found.person,
        "name": found.name,
        "known": found.known,
        "at": found.at,
        "answers": [
            {
                "subject": str(answer.subject),
                "decisions": {
                    name: {d.question.use.value: d.outcome.value for d in answer.decisions if d.profile.name == name}
                    for name in PROFILES
                },
                "because": sorted({word.index or 0 for d in answer.decisions for word in d.because}),
                "voices": [{"entry": entry, "says": sentence} for entry, sentence in answer.voices],
                "unheeded": [{"entry": entry, "says": sentence} for entry, sentence in unheeded(answer.decisions)],
            }
            for answer in found.answers
        ],
        "idle": list(found.idle),
        "clear": found.clear,
    }
