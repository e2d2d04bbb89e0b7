"""`placet compare`: did a log tell two people the same history?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.cli.options import DryRun, HomeDir, Json, home_at
from placet.cli.talk import emit, note, result
from placet.cli.verify import Ask
from placet.errors import Refused
from placet.log.files import write_durable
from placet.record.split_view import format_split_view
from placet.signing.memory import convict

__all__ = ["compare"]

_CODES = {"consistent": 0, "split view": 1, "not comparable": 2}


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="A checkpoint, a receipt, or a folder with one.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another, of the same log.")],
    log: Annotated[Path | None, typer.Option(metavar="DIR", help="The log's folder or a mirror: its tiles.")] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where a split view is written.")] = None,
    trust: Annotated[Path | None, typer.Option(metavar="FILE", help="The policy: whose log to believe.")] = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Compare what a log told two people; two histories become a file that anyone can verify offline."""
    from placet.desk import comparing

    ask = Ask(home=home_at(home), trust=trust, log=log)
    found = comparing.compare(first, second, log, ask.policy)
    file = ""
    if found.view is not None and not dry_run:
        place = out or Path(f"{first.name or 'log'}-{second.name or 'log'}.split-view")
        if place.exists():
            raise Refused(f"{place} is there already: give another --out. {found.sentence}")
        write_durable(place.absolute(), format_split_view(found.view))
        convict(ask.home.memory, found.view)
        file = str(place)
    if json:
        emit({"schema": "placet.compare/1", "verdict": found.verdict.value, "sentence": found.sentence, "file": file})
    else:
        result(f"{found.sentence}")
    if file:
        note(f"The evidence is {file}: give it to anyone; `placet verify` checks it offline.")
        note("From now on nothing that this log says is believed here.")
    return _CODES[found.verdict.value]
