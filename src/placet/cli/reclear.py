"""`placet reclear`: a newer snapshot, the rows of an earlier run, and no media."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.cli.asked import moment, public_key
from placet.cli.clear import told, watched_run
from placet.cli.options import HomeDir, Json, home_at
from placet.cli.snapshot import Trust
from placet.core.reasons import LANGUAGES
from placet.errors import WrongUsage

__all__ = ["reclear"]


def reclear(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished clearance.")],
    snapshot: Annotated[Path, typer.Option(metavar="DIR", help="The registry to clear against, newer than before.")],
    out: Annotated[Path, typer.Option(metavar="OUT", help="A new folder for decisions, report, certificate.")],
    dataset: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the data lie, to see that they are the same.")
    ] = None,
    observations: Annotated[
        list[Path] | None, typer.Option(metavar="PATH", help="What sites were seen to say, as for placet clear.")
    ] = None,
    observer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Believe observations signed by this public key too.")
    ] = None,
    signer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Believe a run signed by this public key too.")
    ] = None,
    at: Annotated[str, typer.Option(metavar="TIME", help="Judge as of then: 2026-11-22 or an ISO 8601 time.")] = "",
    emit_as: Annotated[str, typer.Option("--emit", metavar="WHAT", help="decisions or list.")] = "decisions",
    licence: Annotated[
        list[Path] | None, typer.Option("--licence", metavar="FILE", help="A licence you hold; may be repeated.")
    ] = None,
    holder: Annotated[
        Path | None, typer.Option(metavar="KEY", help="The key file that your licences were given to.")
    ] = None,
    originals: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Registered pictures kept here, to show in the report.")
    ] = None,
    trust: Trust = None,
    max_age: Annotated[int, typer.Option(metavar="DAYS", min=0, help="Refuse an older snapshot.")] = 30,
    no_fingerprints: Annotated[
        bool, typer.Option("--no-fingerprints", help="Do not copy the fingerprints into OUT.")
    ] = False,
    lang: Annotated[str, typer.Option(metavar="LANG", help="The report's language: en or fr.")] = "en",
    workers: Annotated[int, typer.Option(metavar="N", min=0, help="Processes; all cores by default.")] = 0,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Put the question of an earlier run again, by the fingerprints that it left: no picture and no text is read.

    The decisions are those of clearing the same data now. Where the fingerprints are not enough the row is unclear.
    """
    from placet.desk.rejoining import EMITS, Again
    from placet.desk.rejoining import reclear as join

    for option, value, known in (("--emit", emit_as, EMITS), ("--lang", lang, LANGUAGES)):
        if value not in known:
            raise WrongUsage(f"{option} {value}: choose one of {', '.join(known)}")
    again = Again(
        earlier=run,
        snapshot=snapshot,
        out=out,
        dataset=dataset,
        at=moment(at, "--at") if at else None,
        emit=emit_as,
        trust=trust,
        max_age=max_age,
        signers=tuple(public_key(key, "--signer") for key in signer or ()),
        observations=tuple(observations or ()),
        observers=tuple(public_key(key, "--observer") for key in observer or ()),
        licences=tuple(licence or ()),
        holder=holder,
        originals=originals,
        language=lang,
        workers=workers,
        prints=not no_fingerprints,
    )
    place, goes_on = home_at(home), (out / "plan.json").exists()
    return told(watched_run(lambda progress: join(place, again, progress)), out, goes_on=goes_on, json=json)
