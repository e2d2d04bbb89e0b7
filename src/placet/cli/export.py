"""`placet export` and `placet import`: the record outlives the machine and the people that kept it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.cli.options import HomeDir, Json, home_at
from placet.cli.snapshot import Trust
from placet.cli.talk import emit, note, notes, result
from placet.registry.phrases import count

__all__ = ["bring_in", "export"]


def export(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="The folder to write, or to bring up.")],
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Write the whole public record as plain files: for a successor, an archive, a web server. No private key."""
    from placet.desk.exporting import export_record

    copied = export_record(home_at(home), out)
    size, origin = copied.checkpoint.size, copied.checkpoint.origin
    if json:
        shown = {"folder": str(out), "log": origin, "size": size, "root": copied.checkpoint.root.hex()}
        emit({"schema": "placet.export/1", **shown, "withheld": list(copied.withheld)})
    else:
        result(f"{out} holds {count(size, 'entry', 'entries')} of log {origin}, to be served or imported.")
        note("Keys, and who was paid, are not in it: keep keys/, ledger.db and runs/ yourself.")
        _withheld(copied.withheld)
    return 0


def bring_in(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="An export, a mirror, or a log's public folder.")],
    trust: Trust = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Make a registry again in an empty home, to the same root: every hash, signature and rule is checked first.

    What was said is answered as before. To write on, the log's own key has to be put into keys/.
    """
    from placet.desk.exporting import import_record

    place = home_at(home)
    done = import_record(place, folder, trust)
    size, origin = done.checkpoint.size, done.checkpoint.origin
    if json:
        shown = {"log": origin, "size": size, "root": done.checkpoint.root.hex(), "writes": done.writes}
        emit({"schema": "placet.import/1", **shown, "withheld": list(done.withheld)})
        return 0
    result(f"{place.path} holds {count(size, 'entry', 'entries')} of log {origin}, as they were signed.")
    if not done.writes:
        note(f"It can be asked and served. To write on, put the log's own key at {place.path / 'keys' / 'log.pem'}.")
    _withheld(done.withheld)
    return 0


def _withheld(names: tuple[str, ...]) -> None:
    if names:
        note("Withheld, which is no fault:")
        notes(names, "; --json lists them")
