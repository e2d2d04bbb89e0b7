"""`placet monitor`: has a log grown by something about me?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.cli.asked import gather_all
from placet.cli.options import HomeDir, Json, home_at
from placet.cli.snapshot import Trust
from placet.cli.talk import emit, note, notes, printable, result
from placet.errors import WrongUsage
from placet.registry.phrases import count
from placet.signing.keys import fingerprint

__all__ = ["monitor"]


def monitor(
    source: Annotated[str, typer.Argument(metavar="FOLDER|URL", help="A log's public folder, or where it is served.")],
    identifier: Annotated[
        list[str] | None, typer.Option("--identifier", metavar="ID", help="isbn:..., isrc:..., https://...; repeat it.")
    ] = None,
    works: Annotated[
        list[Path] | None, typer.Option("--works", metavar="PATH", help="A file or folder of yours; repeat it.")
    ] = None,
    since: Annotated[
        int | None, typer.Option("--since", metavar="N", min=0, help="From this entry on, not where it stopped.")
    ] = None,
    webhook: Annotated[str, typer.Option("--webhook", metavar="URL", help="Post what is found there, as JSON.")] = "",
    trust: Trust = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Look for entries that name your identifiers or addresses, register your works, or speak of them.

    Each run goes on where the last one for the same things stopped; what a webhook did not take is told again.
    """
    from placet.desk.monitoring import monitor as look
    from placet.desk.monitoring import watch_for

    asked = gather_all([*(identifier or ()), *map(str, works or ())])
    if identifier and len(asked.subjects) < len(set(identifier)):
        raise WrongUsage("--identifier: an identifier is isbn:..., isrc:... or an https address; files go with --works")
    notes(asked.left_out, "")
    place = home_at(home)
    seen = look(place, source, watch_for(asked.subjects, asked.files), trust, since, webhook)
    for hit in seen.hits:
        if json:
            emit({"schema": "placet.hit/1", "log": seen.origin} | hit.shown())
            continue
        who = "your own key" if hit.own else f"key {fingerprint(bytes.fromhex(hit.by))}"
        result(printable(f"entry {hit.index} by {who}: {hit.says}"))
        result(printable(f"  {hit.why}"))
    if json:
        shown = {"log": seen.origin, "since": seen.since, "size": seen.size, "hits": len(seen.hits)}
        emit({"schema": "placet.monitor/1", "withheld": seen.withheld, **shown})
        return 0
    told = ", and were posted" if seen.told else ""
    new = count(seen.size - seen.since, "new entry", "new entries")
    result(f"{new} of log {seen.origin}: {count(len(seen.hits), 'is', 'are')} about what you watch{told}.")
    if seen.withheld:
        note(f"{count(seen.withheld, 'work')} could not be compared: their records are withheld.")
    return 0
