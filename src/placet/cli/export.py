"""`placet export` and `placet import`: the record outlives the machine and the people that kept it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.app import Home
from placet.cli.options import HomeDir, Json, home_at
from placet.cli.snapshot import Trust
from placet.cli.talk import emit, note, notes, result
from placet.registry.phrases import count

__all__ = ["bring_in", "export"]


def export(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="The folder to write, or to bring up.")],
    names: Annotated[
        bool, typer.Option("--names", help="With the names that may be shown, open: no erasure reaches them.")
    ] = False,
    about: Annotated[str, typer.Option(metavar="PARTY", help="Instead: all that is held about this party.")] = "",
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Write the whole public record as plain files: for a successor, an archive, a web server. No private key.

    Names and titles are sealed in it. With --about it is no copy of the record, but one person's own: all that
    is held about a party, with what opens it.
    """
    from placet.desk.exporting import export_record

    if about:
        return _about(home_at(home), about, out, json=json)
    copied = export_record(home_at(home), out, names=names)
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


def _about(place: Home, party: str, out: Path, *, json: bool) -> int:
    from placet.desk.telling import tell_about

    told = tell_about(place, party, out)
    if json:
        held = {"entries": told.entries, "fields": told.fields, "payouts": told.payouts, "receipts": told.receipts}
        emit({"schema": "placet.about/1", "folder": str(out), "party": told.party, **held})
        return 0
    said = (
        f"{count(told.entries, 'entry', 'entries')}, {count(told.fields, 'field')}, {count(told.receipts, 'receipt')}"
    )
    result(f"{out} holds all that is held about party {told.party[:16]}: {said}. Begin with about.html.")
    note("It is for that person only: it opens what the record keeps closed.")
    return 0


def _withheld(names: tuple[str, ...]) -> None:
    if names:
        note("Withheld, which is no fault:")
        notes(names, "; --json lists them")
