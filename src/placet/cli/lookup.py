"""`placet lookup`: what the registry says about a file, a text, an id or an address."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from placet.app import Home
from placet.cli.asked import moment_or_end_of_day, one_territory, uses
from placet.cli.options import HomeDir, Json, home_at
from placet.cli.snapshot import Trust
from placet.cli.talk import emit, printable, result, row
from placet.core.decision import Outcome
from placet.core.ids import short
from placet.core.profile import PROFILES
from placet.core.use import SENTENCES, Use
from placet.errors import WrongUsage
from placet.registry.phrases import entries_phrase
from placet.signing.keys import fingerprint

__all__ = ["lookup"]

_MOST_CLAIMS = 30  # shown of one thing


def lookup(
    what: Annotated[
        str,
        typer.Argument(metavar="FILE|TEXT|ID|URL", help="A file, some words, a work, isbn:..., isrc:..., https://..."),
    ] = "",
    snapshot: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Ask this snapshot instead of the registry here.")
    ] = None,
    trust: Trust = None,
    use: Annotated[str, typer.Option("--use", metavar="USE", help="These uses only.")] = "any",
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="What was in force then: a day, or a time.")] = "",
    territory: Annotated[str, typer.Option("--territory", metavar="CC", help="In this country.")] = "",
    proofs: Annotated[
        Path | None, typer.Option("--proofs", metavar="DIR", help="Write a receipt for each entry that answers.")
    ] = None,
    person: Annotated[
        str, typer.Option("--person", metavar="KEY|isni:...", help="Her voice and likeness, under each profile.")
    ] = "",
    aspect: Annotated[str, typer.Option("--aspect", metavar="voice|face|name", help="With --person: only this.")] = "",
    holder: Annotated[str, typer.Option("--holder", metavar="KEY", help="With --person: who asks.")] = "",
    project: Annotated[str, typer.Option("--project", metavar="NAME", help="With --person: for what.")] = "",
    licence: Annotated[
        list[Path] | None, typer.Option("--licence", metavar="FILE", help="With --person: a licence the asker holds.")
    ] = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Say what is registered and what its maker allows; exit 2 when something is not cleared: silence is no yes.

    With --at it is answered from what had been said by then, in the order of the log; --proofs writes a receipt for
    each entry that was read for the answer, which `placet verify` checks.
    """
    place = home_at(home)
    if bool(person) == bool(what):
        raise WrongUsage("say what to look up, or whose likeness with --person: one of them")
    if person:
        from placet.cli.person import Words, tell_person

        words = Words(person, aspect, use, at, territory, holder, project, tuple(licence or ()))
        return tell_person(place, words, snapshot, trust, json=json)
    if aspect or holder or project or licence:
        raise WrongUsage("--aspect, --holder, --project and --licence go with --person")
    if at or proofs:
        return _as_of(place, _Asked(what, snapshot, trust, use, at, territory, proofs), json=json)
    from placet.desk.lookups import look_up

    found = look_up(place, what, snapshot, trust, territory=one_territory(territory), uses=uses(use))
    if json:
        emit(_shown(found))
    else:
        _tell(found)
    return 0 if found.clear else 2


class _Asked(NamedTuple):
    what: str
    snapshot: Path | None
    trust: Path | None
    use: str
    at: str
    territory: str
    proofs: Path | None


def _as_of(home: Home, asked: _Asked, *, json: bool) -> int:
    from placet.desk.asof import ask_as_of

    named = uses(asked.use)
    when = moment_or_end_of_day(asked.at, "--at", home.now()) if asked.at else home.now()
    territory = one_territory(asked.territory)
    answer = ask_as_of(home, asked.what, asked.snapshot, asked.trust, when, named, territory, asked.proofs)
    if json:
        more = {"at": when, "entries": list(answer.entries), "later": list(answer.later), "size": answer.size}
        emit(_shown(answer.found) | {"schema": "placet.asof/1", "use": asked.use} | more)
        return 0 if answer.found.clear else 2
    result(f"As of {datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M:%S} UTC, by what had been said until then:")
    _tell(answer.found)
    if answer.later:
        result(f"Said only later, and not heard: {entries_phrase(answer.later)}.")
    if asked.proofs and answer.entries:
        result(
            f"Proofs of {entries_phrase(answer.entries)} are in {asked.proofs}: `placet verify` each."
            " Days are the speakers' own; that nothing else was said, `placet fsck` of the log shows."
        )
    return 0 if answer.found.clear else 2


def _tell(found: Any) -> None:
    result(f"{printable(found.understood)}.")
    if not found.works and not found.heard and not found.claims:
        result("Nobody has registered it here or spoken about it. Other registries were not asked.")
    for work in found.works:
        maker = work.maker or f"key {fingerprint(bytes.fromhex(work.by))}"
        title = f" “{work.title}”" if work.title else ""
        result(printable(f"  {work.match}: work {short(work.id)}{title} by {maker}, {work.how}"))
        result(printable(f"    {maker}: {work.identity}"))
    answers = list(_folded(found.decisions))
    wide = max((len(use) for use, outcome, _ in answers if outcome is not Outcome.SILENT), default=0)
    for use, outcome, entries in answers:
        where = f" ({', '.join(f'entry {entry}' for entry in entries)})" if entries else ""
        if outcome is not Outcome.SILENT:
            result(f"  {outcome.value:9} {use:{wide}} {SENTENCES[use]}{where}")
    if silent := [use.value for use, outcome, _ in answers if outcome is Outcome.SILENT]:
        row("  silent", f"{', '.join(silent)}: nothing was said that counts, and silence is no yes", 12)
    for entry, words in (*found.voices, *found.terms):
        result(printable(f"  entry {entry}: {words}"))
    for entry, words in found.unheeded[:_MOST_CLAIMS]:
        row("", printable(f"entry {entry} {words}"), 2)
    if len(found.unheeded) > _MOST_CLAIMS:
        result(f"  and {len(found.unheeded) - _MOST_CLAIMS} more words that decide nothing: --json has them all")
    for way in found.remedies:
        row("", way, 4)
    for claim in found.claims[:_MOST_CLAIMS]:
        result(printable(f"  claimed: {claim.sentence}"))
    if len(found.claims) > _MOST_CLAIMS:
        result(f"  and {len(found.claims) - _MOST_CLAIMS} more claims: --json has them all")


def _folded(decisions: Any) -> Iterator[tuple[Use, Outcome, tuple[int, ...]]]:
    """What is answered, by the widest use for which it is the same all through."""
    left = {
        use: (decision.outcome, tuple(sorted({d.index for d in decision.because if d.index is not None})))
        for use, decision in decisions
    }
    for use in Use:
        answers = {left.get(leaf) for leaf in use.leaves}
        if len(answers) == 1 and (answer := answers.pop()):
            yield use, *answer
            for leaf in use.leaves:
                del left[leaf]


def _shown(found: Any) -> dict[str, Any]:
    return {
        "schema": "placet.lookup/1",
        "understood": found.understood,
        "works": [
            {"id": w.id, "by": w.by, "maker": w.maker, "identity": w.identity, "match": w.match, "how": w.how}
            for w in found.works
        ],
        "decisions": {str(use): decision.outcome.value for use, decision in found.decisions},
        "terms": [{"entry": entry, "says": words} for entry, words in found.terms],
        "voices": [{"entry": entry, "says": words} for entry, words in found.voices],
        "unheeded": [{"entry": entry, "says": words} for entry, words in found.unheeded],
        "claims": [asdict(claim) for claim in found.claims],
        "profile": PROFILES["consent"].name,
        "clear": found.clear,
        "uses": [str(use) for use, _ in found.decisions],
    }
