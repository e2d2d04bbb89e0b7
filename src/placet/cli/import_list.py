"""`placet import-list`: hear what somebody else's list says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from placet.app import Home
from placet.cli.asked import day
from placet.cli.options import DryRun, HomeDir, Json, home_at
from placet.cli.talk import emit, note, notes, result
from placet.core.subject import Kind
from placet.errors import WrongUsage
from placet.registry.phrases import count

__all__ = ["import_list"]

_SCHEMA = "placet.import-list/1"
_NOUNS = {
    Kind.DOMAIN: ("domain", "domains"),
    Kind.URL: ("address", "addresses"),
    Kind.PATTERN: ("address pattern", "address patterns"),
    Kind.IDENTIFIER: ("work by its identifier", "works by their identifiers"),
    Kind.FINGERPRINT: ("file by its digest", "files by their digests"),
    Kind.REPERTOIRE: ("maker by name", "makers by name"),
}


def import_list(
    file: Annotated[Path | None, typer.Argument(metavar="FILE")] = None,
    source: Annotated[
        str, typer.Option("--source", metavar="URL|NAME", help="Who keeps the list. Default: the file's name.")
    ] = "",
    dated: Annotated[
        str, typer.Option("--dated", metavar="YYYY-MM-DD", help="The day the list is of (UTC). Default: today.")
    ] = "",
    show: Annotated[bool, typer.Option("--list", help="Show what was imported.")] = False,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Hear a list that somebody else keeps: domains, addresses, works or makers that refuse AI.

    It is one thing a line, CSV or XML (docs/lists.md). What it says is reported, never decides, and opens nothing.
    """
    if show == (file is not None):
        raise WrongUsage("name one list to import, or ask with --list for those that were")
    place = home_at(home)
    if file is None:
        return _show(place, json)
    from placet.desk.listing import import_list as take_in

    found = take_in(place, file, source=source, dated=day(dated, "--dated"), dry_run=dry_run)
    if json:
        emit(_shown(found, dry_run))
    else:
        _tell(found, dry_run)
    return 2 if found.heard.problems else 0


def _show(home: Home, json: bool) -> int:
    from placet.desk.listing import kept_lists

    kept = kept_lists(home)
    for each in kept:
        if json:
            emit({"schema": _SCHEMA, **_facts(each), "kept": True})
        else:
            result(f"{each.dated}  {count(each.entries, 'entry', 'entries')}  {each.source}")
    if not kept and not json:
        result("No list was imported here yet.")
    return 0


def _tell(found: Any, dry_run: bool) -> None:
    things = ", ".join(count(found.counts[kind], *names) for kind, names in _NOUNS.items() if found.counts[kind])
    kept = "would be kept" if dry_run else "kept" if found.is_new else "kept before"
    result(f"{things}, {kept} as of {found.kept.dated}, from {found.kept.source}.")
    result("Somebody else says so: it is reported where it applies, and decides nothing alone.")
    if found.counts[Kind.REPERTOIRE]:
        note("Rows do not name their makers, so a name alone finds none of them.")
    if found.heard.problems:
        note(f"{count(len(found.heard.problems), 'entry was', 'entries were')} not understood:")
        notes([problem.why for problem in found.heard.problems], "; --json lists them")


def _shown(found: Any, dry_run: bool) -> dict[str, Any]:
    return {
        "schema": _SCHEMA,
        **_facts(found.kept),
        "kept": not dry_run,
        "new": found.is_new,
        "counts": {kind.value: number for kind, number in found.counts.items()},
        "problems": [{"where": problem.where, "why": problem.why} for problem in found.heard.problems],
    }


def _facts(kept: Any) -> dict[str, Any]:
    return {"source": kept.source, "dated": kept.dated, "digest": kept.digest, "entries": kept.entries}
