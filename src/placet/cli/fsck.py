"""`placet fsck`: everything computed anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.app import Home
from placet.cli.options import DryRun, HomeDir, Json, home_at
from placet.cli.snapshot import Trust
from placet.cli.talk import emit, note, notes, result
from placet.errors import StoreDamaged, WrongUsage
from placet.log.fsck import Sound
from placet.registry.phrases import count

__all__ = ["fsck"]


def fsck(
    log: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Somebody else's log: its public folder, or a mirror of it.")
    ] = None,
    trust: Trust = None,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Make the database again from the log's files.")] = False,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Recompute every hash, check every signature and every row; the first thing that is wrong is named.

    With DIR it is another operator's log that is checked, by a policy that trusts it; it is remembered, so that a later
    one that is smaller, or begins otherwise, is refused.
    """
    place = home_at(home)
    if log is not None or trust is not None:
        sound = _check_other(place, log, trust, rebuild=rebuild)
    else:
        sound = place.check_log()
        if rebuild and not dry_run:
            place.rebuild_database(sound)
        if not (rebuild and dry_run):
            sound = _check_database(place, sound)
    size, origin = sound.checkpoint.size, sound.checkpoint.origin
    if json:
        emit(
            {
                "schema": "placet.fsck/1",
                "log": origin,
                "size": size,
                "withheld": list(sound.withheld),
                "rebuilt": rebuild and not dry_run,
            }
        )
    else:
        result(f"Sound: {count(size, 'entry', 'entries')} of log {origin}; {_did(rebuild, dry_run, log)}.")
    if sound.withheld:
        note("Withheld, which is no fault:")
        notes(sound.withheld, "; --json lists them")
    return 0


def _check_database(place: Home, sound: Sound) -> Sound:
    try:
        return place.check_database(sound)
    except StoreDamaged as error:
        hint = "the log's files are sound, and `placet fsck --rebuild` makes the database again from them"
        raise StoreDamaged(f"{error}; {hint}") from error


def _check_other(place: Home, log: Path | None, trust: Path | None, *, rebuild: bool) -> Sound:
    from placet.desk.mirroring import check_folder

    if log is None:
        raise WrongUsage("--trust says whose log to believe: name the folder of that log")
    if rebuild:
        raise WrongUsage("--rebuild is for the database of one's own home; `placet import` makes one of another log")
    return check_folder(place, log, trust)


def _did(rebuild: bool, dry_run: bool, log: Path | None) -> str:
    if log is not None:
        return "every hash, signature and rule was checked"
    if not rebuild:
        return "every hash, signature and row was checked"
    return "the database would be made again from them" if dry_run else "the database was made again from them"
