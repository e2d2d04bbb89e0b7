"""`placet import`: a list of the works that somebody has; or a whole registry again, from an export."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from placet.cli.claim import tell_overlaps
from placet.cli.export import bring_in as bring_record
from placet.cli.options import DryRun, HomeDir, Json, KeyFile, PassphraseFile, home_at, party_key
from placet.cli.snapshot import Trust
from placet.cli.talk import emit, note, notes, result, row
from placet.errors import NotFound, WrongUsage
from placet.registry.phrases import count, entries_phrase
from placet.signing.keys import Role

__all__ = ["bring_in"]

_SCHEMA = "placet.bulk/1"
_WORDS = {
    "new": "not claimed by you before",
    "changed": "claimed by you otherwise before: the newer line counts",
    "matched": "in the record already, as they are here",
    "conflicting": "that somebody claims otherwise, or whose shares do not fit",
    "ambiguous": "one number with several titles, or the other way round",
    "missing": "with no number by which they could be found",
    "malformed": "that cannot be read: left out",
    "excluded": "of members who disagree: left out",
}


class FormatName(StrEnum):
    CSV = "csv"
    ISBN = "isbn"
    DDEX = "ddex"
    CWR = "cwr"
    ONIX = "onix"


def bring_in(
    what: Annotated[
        Path, typer.Argument(metavar="LIST|DIR", help="A list of works, a folder of files with a table, or an export.")
    ],
    form: Annotated[FormatName | None, typer.Option("--format", help="Default: what the list looks like.")] = None,
    mapping: Annotated[
        str, typer.Option("--map", metavar="FIELD=COLUMN,...", help="Which columns are what: isrc=ISRC,title=Titel,...")
    ] = "",
    encoding: Annotated[str, typer.Option(metavar="NAME", help="Of a text that is not UTF-8, as cp1252.")] = "",
    table: Annotated[Path | None, typer.Option(metavar="CSV", help="Which table tells of a folder's files.")] = None,
    exclude: Annotated[
        Path | None, typer.Option(metavar="LIST", help="Members who disagree, by IPI or ISNI: put on record.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What became of each work, as FILE.csv or FILE.html.")
    ] = None,
    show_titles: Annotated[bool, typer.Option("--show-titles", help="Publish the titles of the works.")] = False,
    receipts: Annotated[Path | None, typer.Option(metavar="DIR", help="Put the receipts here.")] = None,
    trust: Trust = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Bring in the works that you have: a table, a list of ISBN, DDEX ERN, CWR 2, ONIX, or a folder with its table.

    Each work is claimed by its numbers, for whom the list names, a thousand under one signature. Run again, it adds
    only what is missing. Of an export, a mirror or a log's public folder it makes a registry again in an empty home.
    """
    from placet.desk.bringing import Order, bring, table_in
    from placet.registry.bulk.columns import parse_map

    if not what.exists():
        raise NotFound(f"there is no list of works, and no folder, {what}")
    if not what.is_file() and not (what.is_dir() and (table or table_in(what))):
        if dry_run or mapping or exclude or report or form or table or receipts:
            raise WrongUsage(f"{what} is no list of works, and no folder with a table: these options are for such")
        return bring_record(what, trust, home, json)
    if report and report.suffix.lower() not in (".csv", ".html"):
        raise WrongUsage("--report writes FILE.csv or FILE.html")
    place = home_at(home, passphrase_file)
    order = Order(
        path=what,
        format=form.value if form else "",
        mapping=parse_map(mapping),
        encoding=encoding,
        table=table,
        exclude=exclude,
        show_titles=show_titles,
        receipts=receipts,
        dry_run=dry_run,
    )
    done = bring(place, order, party_key(place, key) if dry_run else place.key(Role.PARTY, key))
    if json:
        _emit(done, dry_run)
    else:
        _tell(done, dry_run)
    if done.registered and not dry_run:
        tell_overlaps(place)
    if report:
        from placet.desk.bringing_report import write_report

        write_report(report, done)
        note(f"What became of each work: {report}")
    return 2 if done.left_out else 0


def _tell(done: Any, dry_run: bool) -> None:
    result(f"{done.name} is {done.words}, read as {count(done.rows, 'row')}.")
    if done.columns:
        result("  " + ", ".join(f"{field}: {column}" for field, column in done.columns.items()))
    for status, words in _WORDS.items():
        if number := done.counts[status]:
            row(f"  {status}", f"{number:>9,}  {words}", 14)
    if done.twice:
        row("  twice", f"{done.twice:>9,}  rows that say nothing new", 14)
    for status in ("conflicting", "ambiguous", "missing", "malformed", "excluded"):
        notes([each.why for each in done.findings if each.status == status], f" that are {status}; --report has them")
    notes(done.notes, " were adjusted or passed over; --json has them")
    works = sum(each.is_taken for each in done.findings)
    claimed = f"{count(works, 'work')} in {count(done.sheets, 'sheet')}, one signature each"
    files = f", and {count(done.registered, 'file')} registered" if done.registered else ""
    if dry_run:
        result(f"Would claim {claimed}{files}. Nothing was written.")
    elif done.indexes:
        result(f"Claimed: {claimed}{files}: {entries_phrase(done.indexes)}. Receipts: {done.receipts}")
    else:
        result("Nothing new to say. Nothing was written.")
    if done.excluded:
        one, more = ("would not be", "would not be") if dry_run else ("is not", "are not")
        who = count(len(done.excluded), f"member who disagrees {one}", f"members who disagree {more}")
        note(f"{who} spoken for: on record by claim.exclude.")


def _emit(done: Any, dry_run: bool) -> None:
    for each in done.findings:
        facts = {"status": each.status, "where": each.where, "name": each.name, "title": each.title, "why": each.why}
        emit({"schema": "placet.bulk.work/1", **facts, "taken": each.is_taken})
    facts = {"rows": done.rows, "twice": done.twice, "columns": done.columns, "counts": dict(done.counts)}
    facts |= {"sheets": done.sheets, "registered": done.registered, "entries": done.indexes, "notes": done.notes}
    facts |= {"excluded": done.excluded, "receipts": str(done.receipts) if done.receipts else ""}
    emit({"schema": _SCHEMA, "list": done.name, "dry_run": dry_run, **facts})
