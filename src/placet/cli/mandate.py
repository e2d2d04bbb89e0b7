"""`placet mandate`: let somebody act for you, take it on, end it, and see who may speak for whom."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from placet.cli import asked
from placet.cli.options import HomeDir, Json, KeyFile, PassphraseFile, home_at, own_key
from placet.cli.talk import emit, note, result, row
from placet.desk import mandating
from placet.desk.identifying import Noted, speaker_of
from placet.errors import WrongUsage
from placet.registry.compose import NewMandate
from placet.signing.keys import Role

__all__ = ["accept", "grant", "revoke", "show"]

_SCHEMA = "placet.mandate/1"
Id = Annotated[str, typer.Argument(metavar="ID", help="A mandate's id, or the beginning of it.")]


def grant(
    to: Annotated[str, typer.Option("--to", metavar="KEY", help="Whom: a party's key, or 6+ digits.")],
    what: Annotated[
        list[str] | None,
        typer.Argument(metavar="WHAT...", help="Files, works, isrc:..., likeness:me/voice; all if left out."),
    ] = None,
    acts: Annotated[str, typer.Option(metavar="ACTS", help="What they may do, by comma.")] = "reserve,license",
    territory: Annotated[str, typer.Option(metavar="FR,EU", help="Only there.")] = "",
    right: Annotated[list[str] | None, typer.Option(metavar="RIGHT", help="Only this right; may repeat.")] = None,
    since: Annotated[str, typer.Option("--from", metavar="YYYY-MM-DD", help="The first day it holds (UTC).")] = "",
    until: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="The last day it holds (UTC).")] = "",
    exclusive: Annotated[bool, typer.Option("--exclusive", help="They alone: your later word stands beside.")] = False,
    irrevocable: Annotated[bool, typer.Option("--irrevocable", help="You cannot take it back before its end.")] = False,
    may_delegate: Annotated[bool, typer.Option("--may-delegate", help="They may hand it on, once.")] = False,
    parent: Annotated[str, typer.Option("--under", metavar="ID", help="Hand on this mandate, which you hold.")] = "",
    evidence: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The contract; the record holds a commitment to it.")
    ] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Let somebody act for you: your union, agent, publisher. It counts once they accept it, from then on."""
    place = home_at(home, passphrase_file)
    start, end = asked.day(since, "--from") or place.now(), asked.day(until, "--until", after=True)
    if end and end <= max(start, place.now()):
        raise WrongUsage("--until is over before it begins: give a later day")
    speaker = place.key(Role.PARTY, key)
    made = NewMandate(
        to=to,
        acts=mandating.acts_of(acts),
        scope=mandating.scope_of(place, [each for each in what or () if each != "all"], speaker_of(place, speaker)),
        rights=tuple(asked.right(each) for each in right or ()),
        territory=asked.territory(territory),
        start=start,
        until=end,
        exclusive=exclusive,
        revocable=not irrevocable,
        may_delegate=may_delegate,
        parent=mandating.id_of(place, parent) if parent else "",
    )
    noted = mandating.grant(place, speaker, made, evidence)
    _told(f"Mandate {noted.id[:12]} given: it counts once it is accepted", noted, json=json)
    if not json:
        note(f"They accept it with `placet mandate accept {noted.id[:12]}`.")
    return 0


def accept(
    mandate: Id,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Take on a mandate that was given to you: from now on your words may speak for who gave it."""
    place = home_at(home, passphrase_file)
    found, noted = mandating.accept(place, own_key(place, key), mandate)
    _told(f"Mandate {found.id[:12]} accepted", noted, json=json)
    return 0


def revoke(
    mandate: Id,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Take a mandate back, or lay down one that you hold. What was refused under it stays until you say otherwise."""
    place = home_at(home, passphrase_file)
    found, noted = mandating.end(place, own_key(place, key), mandate)
    _told(f"Mandate {found.id[:12]} ended", noted, json=json)
    return 0


def show(
    of: Annotated[str, typer.Option("--of", metavar="KEY", help="Only those that this party gave or holds.")] = "",
    at: Annotated[str, typer.Option("--at", metavar="TIME", help="As of a day, or a time; now if left out.")] = "",
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Who may act for whom, about what, where and until when."""
    place = home_at(home)
    when = asked.moment_or_end_of_day(at, "--at", place.now()) if at else place.now()
    found = mandating.list_mandates(place, of, when)
    for each in found:
        if json:
            emit({"schema": _SCHEMA, **asdict(each)})
        else:
            row(each.id[:12], f"{each.state}: {each.delegate} for {each.principal}: {each.words}", 14)
    if not found and not json:
        note("No mandate is in the record here.")
    return 0


def _told(sentence: str, noted: Noted, *, json: bool) -> None:
    if json:
        emit({"schema": _SCHEMA, "id": noted.id, "entry": noted.index, "receipts": str(noted.receipts)})
    else:
        result(f"{sentence}: entry {noted.index}. Receipts: {noted.receipts}")
