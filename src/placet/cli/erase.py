"""`placet erase`: what opens names, titles and addresses is destroyed, and the log says so."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from placet.cli.options import DryRun, HomeDir, Json, PassphraseFile, home_at
from placet.cli.talk import emit, note, printable, result
from placet.errors import WrongUsage
from placet.registry.phrases import count, entries_phrase

if TYPE_CHECKING:
    from placet.desk.erasing import Erased, Plan

__all__ = ["erase"]


def erase(
    what: Annotated[
        str, typer.Argument(metavar="[WHAT]", help="A party, a commitment, or `title of WORK`; yourself by default.")
    ] = "",
    why: Annotated[str, typer.Option(metavar="TEXT", help="The reason that the log gives.")] = "asked for",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: it cannot be undone.")] = False,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Destroy what opens a person's names, titles and addresses, here and in backups without receipts/ and vault/keys/.

    What she declared stays: the log holds commitments, and nobody opens them any more but by her receipts. Copies that
    were given out are named at the end.
    """
    from placet.desk import erasing
    from placet.desk.given import given_out

    place = home_at(home, passphrase_file)
    plan = erasing.plan(place, what)
    if not json:
        _show(plan)
    if dry_run:
        _tell(erasing.Erased(fields=len(plan.fields), notes=(), missing="", beyond=given_out(place)), plan, json=json)
        return 0
    if not yes:
        _ask()
    done = erasing.erase(place, plan, why)
    if not json:
        noted = f": {entries_phrase(done.notes)} of log {place.log.origin}" if done.notes else ""
        gone = f"Destroyed what opens {count(done.fields, 'field')}" if done.fields else "Nothing was left to destroy"
        result(f"{gone}{noted}.")
        if done.missing:
            note(f"No note was appended: {done.missing}.")
    _tell(done, plan, json=json)
    return 0


def _show(plan: Plan) -> None:
    if not plan.fields:
        note("No name, title or address that opens is held here.")
    for each in plan.fields:
        where = f"entry {each.entry}" if each.entry is not None else "in the vault only"
        value = printable(each.value) if each.value is not None else "(nothing here opens it)"
        result(f"  {each.what:8} {value}  ({where}, commitment {each.commitment[:12]})")
    if plan.receipts:
        note(
            f"{count(len(plan.receipts), 'folder')} of receipts here will forget names and titles, and stay valid. Copy"
            " them first if you want to open your commitments later:"
        )
        for folder in plan.receipts:
            note(f"  {folder}")


def _tell(done: Erased, plan: Plan, *, json: bool) -> None:
    if json:
        fields = [{"what": e.what, "entry": e.entry, "commitment": e.commitment} for e in plan.fields]
        notes, beyond = list(done.notes), list(done.beyond)
        emit({"schema": "placet.erase/1", "party": plan.party, "fields": fields, "notes": notes, "beyond": beyond})
        return
    result("Out of reach from here:")
    for each in done.beyond:
        result(f"  {printable(each)}")


def _ask() -> None:
    if not sys.stdin.isatty():
        raise WrongUsage("to erase cannot be undone: say --yes, or --dry-run to see what would go")
    typer.confirm("Destroy it? This cannot be undone", abort=True)
