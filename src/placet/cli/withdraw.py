"""`placet withdraw`: taking back something that was said."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import typer

from placet.cli.options import DryRun, HomeDir, Json, KeyFile, PassphraseFile, home_at, party_key
from placet.cli.talk import emit, note, result
from placet.core.spoken import Spoken
from placet.core.stance import Stance
from placet.desk.identifying import speaker_of
from placet.desk.saying import say
from placet.errors import NotFound
from placet.registry.phrases import entries_phrase, subjects_phrase, wish_phrase
from placet.registry.withdraw import Target, choose, still_said, take_back

__all__ = ["withdraw"]


def withdraw(
    what: Annotated[
        str, typer.Argument(metavar="ID", help="A declaration, work or address, isbn:..., or #12 for entry 12.")
    ],
    work: Annotated[str, typer.Option(metavar="W", help="Only about this work.")] = "",
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Take back what you said. The log keeps both: that you said it, and that you took it back."""
    place = home_at(home, passphrase_file)
    speaker = party_key(place, key)
    if speaker is None or not place.begun:
        raise NotFound(f"nothing was said from {place.path} yet")
    by = speaker_of(place, speaker)
    targets = choose(what, work, place.registry, by)
    if dry_run:
        _say("Would take back", targets, ". Nothing was written.", json=json)
        return 0
    said = say(place, speaker, [partial(take_back, targets)])
    entries = entries_phrase([each.index for each in said.entries])
    _say("Taken back", targets, f": {entries} of log {place.log.origin}. Receipt: {said.receipts}", json=json)
    _remind(still_said(targets, place.registry, by))
    return 0


def _remind(newer: Sequence[Spoken]) -> None:
    if not newer:
        note("From now on nothing is said about these uses, and some laws take silence for a yes.")
        note("To say no, reserve again. Copies already taken are out of reach.")
    for said in newer:
        words = wish_phrase(said.stance or Stance.RESERVE, said.uses, subjects_phrase(said.subjects))
        note(f"You said something newer, and that still holds: {words} (entry {said.index}).")


def _say(verb: str, targets: Sequence[Target], rest: str, *, json: bool) -> None:
    for target in targets:
        if json:
            emit(_shown(target))
    words = "; ".join(_phrase(target) for target in targets)
    (note if json else result)(f"{verb}: {words}{rest}")


def _phrase(target: Target) -> str:
    stance = target.said.stance or Stance.RESERVE
    return f"{wish_phrase(stance, target.said.uses, subjects_phrase(target.subjects))} (entry {target.said.index})"


def _shown(target: Target) -> dict[str, Any]:
    return {
        "schema": "placet.withdraw/1",
        "declaration": target.said.id,
        "entry": target.said.index,
        "subjects": [str(subject) for subject in target.subjects],
        "uses": [use.value for use in target.said.uses],
    }
