"""`placet quote`: what it costs to be allowed what a clearance found for sale."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from placet.cli.options import DryRun, HomeDir, Json, home_at
from placet.cli.snapshot import Trust
from placet.cli.talk import emit, note, result

__all__ = ["quote"]


def quote(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder of a finished clearance.")],
    snapshot: Annotated[Path, typer.Option(metavar="DIR", help="The snapshot that it was cleared against.")],
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="Write the quote there; OUT itself.")
    ] = None,
    trust: Trust = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Add up the offers behind a clearance's amber rows: by party, openly, and what has no price and why."""
    from json import loads

    from placet.desk.quoting import Order, write_quote
    from placet.desk.quoting import quote as make

    said = make(home_at(home), Order(out=out, snapshot=snapshot, trust=trust))
    files = () if dry_run else write_quote(said, into or out)
    if json:
        emit(loads(said.data()) | {"schema": "placet.quote/1"})
        return 0
    _tell(said)
    if files:
        note(f"Quote: {files[-1]} (and .csv, .json)")
    return 0


def _tell(said: object) -> None:
    from placet.app import today
    from placet.core.ids import short
    from placet.licensing.quote import WHYS, Quote
    from placet.registry.phrases import count

    assert isinstance(said, Quote)  # noqa: S101 - a fact for the type checker
    if not said.rows:
        result("No row of this clearance is for sale: there is nothing to buy.")
        return
    for line in said.lines:
        price, much = str(line.price or f"{line.offer.rate} of revenue"), _much(line.works, line.rows)
        result(f"{price:>16}  {line.name or short(line.party)}: {much}")
    for each in said.unquoted:
        who = each.name or (short(each.party) if len(each.party) == 64 else each.party)
        heard = f"; heard there: {each.asks}" if each.asks else ""
        result(f"{'no price':>16}  {who}: {_much(each.works, each.rows)}; {WHYS[each.why]} ({each.why}){heard}")
    total = ", ".join(map(str, said.totals)) or "0"
    share = f" and {said.shares} of the revenue" if said.shares else ""
    result(
        f"{total}{share} for {said.within_reach:,} of {count(said.rows, 'row')} that are for sale;"
        f" valid until {today(said.valid_until)}."
    )


def _much(works: Sequence[object], rows: int) -> str:
    from placet.registry.phrases import count

    return f"{count(len(works), 'work')} in {count(rows, 'row')}"
