"""`placet shares`: who holds which share of a work, by the sheets that list it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placet.cli.asked import moment_or_end_of_day, territory
from placet.cli.options import HomeDir, Json, home_at
from placet.cli.snapshot import Trust
from placet.cli.talk import emit, note, printable, result, row
from placet.core.stance import Voice
from placet.core.title import RIGHTS
from placet.errors import WrongUsage
from placet.registry.phrases import count

if TYPE_CHECKING:
    from placet.core.shares import Shares
    from placet.desk.sharing import Held

__all__ = ["shares"]

_VOICES = (Voice.CLAIMED, Voice.VERIFIED)


def shares(
    work: Annotated[str, typer.Argument(metavar="WORK", help="A work, iswc:..., isrc:..., isbn:...; or --sheet.")] = "",
    right: Annotated[str, typer.Option(metavar="RIGHT", help="Of this right only, e.g. composition.")] = "",
    territory_: Annotated[str, typer.Option("--territory", metavar="CC", help="As they hold there, e.g. FR.")] = "",
    at: Annotated[str, typer.Option(metavar="DAY", help="As they hold on this day; today if not said.")] = "",
    min_voice: Annotated[
        str, typer.Option("--min-voice", metavar="VOICE", help="Believe only sheets of this voice or above: verified.")
    ] = "claimed",
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="FILE", help="Write all, as `placet split --shares` reads it.")
    ] = None,
    snapshot: Annotated[Path | None, typer.Option(metavar="DIR", help="Ask this snapshot instead.")] = None,
    trust: Trust = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Say who holds which share, exactly, for one right, one territory and one day.

    Where sheets together claim more than the whole, what not all of them say is disputed, and its money waits.
    """
    from placet.desk import sharing

    place = home_at(home)
    if right and right not in RIGHTS:
        raise WrongUsage(f"--right {right}: say one of {', '.join(RIGHTS)}")
    asked = sharing.Asked(
        at=moment_or_end_of_day(at, "--at", place.now()) if at else place.now(),
        rights=(right,) if right else (),
        territory=territory(territory_),
        least=_voice(min_voice),
    )
    if bool(work) == bool(sheet):
        raise WrongUsage("say which work, or with --sheet FILE where to write the shares of all")
    if sheet:
        found = sharing.share_sheet(place, asked, sheet, snapshot, trust)
        if json:
            emit({"schema": "placet.share-sheet/1", "works": found, "file": str(sheet)})
        else:
            result(f"Wrote the shares of {count(found, 'work')} to {sheet}.")
        return 0
    held = sharing.shares(place, work, asked, snapshot, trust)
    (_emit if json else _tell)(held)
    return 0


def _voice(name: str) -> Voice:
    for voice in _VOICES:
        if voice.name.lower() == name.lower():
            return voice
    raise WrongUsage(f"--min-voice {name}: say claimed or verified")


def _tell(held: Held) -> None:
    result(printable(f"{held.subject.id}, listed by {count(held.listed, 'party', 'parties')}:"))
    for right, found in held.rights:
        for each in found.held:
            said = f", {each.role}" if each.role else ""
            mark = ", DISPUTED" if each.disputed else ""
            row(right, printable(f"{_share(each.share):>10}  {each.who}{said}{mark}"))
        if found.unclaimed and all(each.share for each in found.held):
            row(right, f"{found.unclaimed!s:>10}  unclaimed")
    if any(each.disputed for _, found in held.rights for each in found.held):
        note("What is disputed waits: for sheets that agree, or for the end of a counter-claim.")


def _share(share: Fraction) -> str:
    return str(share) if share else "not stated"


def _emit(held: Held) -> None:
    rights = {right: _shown(found) for right, found in held.rights}
    emit({"schema": "placet.shares/1", "work": str(held.subject), "listed": held.listed, "rights": rights})


def _shown(found: Shares) -> dict[str, Any]:
    rows = [
        {
            "who": s.who,
            "role": s.role,
            "share": str(s.share) if s.share else "",
            "disputed": s.disputed,
            "by": list(s.by),
        }
        for s in found.held
    ]
    return {"held": rows, "disputed": str(found.disputed), "unclaimed": str(found.unclaimed)}
