"""`placet statement`: what a party was paid, and why each amount is what it is."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placet.cli.options import HomeDir, Json, home_at
from placet.cli.talk import emit, note, result, row
from placet.core.ids import short
from placet.errors import NotFound, WrongUsage

if TYPE_CHECKING:
    from placet.licensing.statement import Statement

__all__ = ["statement"]


def statement(
    party: Annotated[str, typer.Argument(metavar="[PARTY]", help="Whose; everybody's of a run, when left out.")] = "",
    run: Annotated[str, typer.Option(metavar="RUN", help="Of this run only.")] = "",
    pdf: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as a PDF too.")] = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Say what a party was paid, in each currency, and why each amount is what it is, to the last unit."""
    if not party and (not run or pdf):
        raise WrongUsage("say whose statement; without a party, --run gives those of everybody in it, and no PDF")
    place = home_at(home)
    if not place.has_ledger:
        raise NotFound(f"nothing was divided in {place.path} yet")
    from placet.licensing.statement import show

    found = 0
    for each in place.ledger.statements(unicodedata.normalize("NFC", party.strip()), run):
        if pdf is not None:
            _write_pdf(each, pdf, found)
        emit(show(each)) if json else _tell(each)
        found += 1
    if not found:
        raise NotFound(f"nothing was divided to {party or 'anybody'} yet")
    return 0


def _write_pdf(each: Statement, path: Path, before: int) -> None:
    from placet.licensing.statement_page import write_pdf

    if before:  # a second currency has a file of its own
        path = path.with_stem(f"{path.stem}-{each.brought.currency}")
    path.write_bytes(write_pdf(each))
    note(f"PDF: {path}")


def _tell(each: Statement) -> None:
    from placet.licensing.statement import why

    name = f"{each.name} ({each.party})" if each.name else each.party
    result(f"{name}: {each.earned} of {f'run {short(each.run)}' if each.run else 'every run so far'}.")
    for line in each.lines:
        row(str(line.amount), f"{line.work}{f', {line.right}' if line.right else ''}. {why(line)}")
    for held in each.held:
        claim = "all" if held.share == 1 else held.share
        row("held", f"{held.amount} of {held.work}, since it is disputed; {claim} of the work is claimed here.")
    row("before", str(each.brought))
    row("released", str(each.released))
    row("carried", str(each.carried))
