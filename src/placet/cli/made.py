"""`placet made`: how works were made and who made them, signed; and a thousand of such statements in one table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placet.cli import asked
from placet.cli.options import DryRun, HomeDir, Json, KeyFile, PassphraseFile, home_at
from placet.cli.snapshot import Trust
from placet.cli.talk import emit, note, notes, result, row
from placet.core.declaration import Problem
from placet.errors import NotFound, WrongUsage
from placet.registry.made_sheet import WORDS, Told, contradicts, read_table, source_of
from placet.registry.phrases import count, entries_phrase
from placet.signing.keys import Role

if TYPE_CHECKING:
    from placet.desk.making import Given

__all__ = ["say", "show", "table"]

_SCHEMA = "placet.made/1"
_MOST_ROWS = 20
ShowNames = Annotated[bool, typer.Option("--show-names", help="Let the names credited be read in the registry.")]


def say(
    what: Annotated[list[str], typer.Argument(metavar="FILE|WORK|ID...", help="Your files, works, isbn:..., isrc:...")],
    source: Annotated[str, typer.Option("--as", metavar="WORD", help=f"{', '.join(WORDS)}, or IPTC's term.")],
    ai: Annotated[list[str] | None, typer.Option("--ai", metavar="PART", help="Where AI was used; may repeat.")] = None,
    production: Annotated[str, typer.Option(metavar="ID", help="The film, album or book it is a part of.")] = "",
    credit: Annotated[list[str] | None, typer.Option(metavar="ROLE=NAME", help="Who did what; may repeat.")] = None,
    show_names: ShowNames = False,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """State how your works were made, and where AI was used: signed, on the record, in IPTC's terms."""
    try:
        kind = source_of(source)
    except ValueError as error:
        raise WrongUsage(f"--as: {error}") from error
    if contradicts(kind, ai or ()):
        raise WrongUsage("--ai says where AI was used, and --as human that it was not: say --as ai-assisted")
    for word in what:
        asked.subject(word)
    credits = [_credit(words) for words in credit or ()]
    told = [
        Told(subject=word, source=kind, ai=tuple(ai or ()), production=production, credits=list(credits))
        for word in what
    ]
    given = _state(told, [], show_names, key, passphrase_file, home, dry_run=dry_run, json=json)
    return 0 if not given.problems else 2 if given.stated or given.again else 1


def table(
    file: Annotated[Path, typer.Argument(metavar="CSV", help="subject, source, ai, production, role, name, who.")],
    show_names: ShowNames = False,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """The same for a whole production, from a credits sheet: one signature for a thousand works."""
    try:
        data = file.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"there is no table {file}") from None
    told, problems = read_table(data, file.name)
    given = _state(told, problems, show_names, key, passphrase_file, home, dry_run=dry_run, json=json)
    return 2 if given.problems else 0


def _credit(words: str) -> tuple[str, str, str]:
    role, equals, name = words.partition("=")
    if not equals or not role.strip() or not name.strip():
        raise WrongUsage(f"--credit {words}: write it as director=Ana Lima")
    return role.strip(), name.strip(), ""


def _state(
    told: list[Told],
    unread: list[Problem],
    show_names: bool,
    key: Path | None,
    passphrase_file: Path | None,
    home: Path | None,
    *,
    dry_run: bool,
    json: bool,
) -> Given:
    from placet.desk.making import state

    place = home_at(home, passphrase_file)
    given = state(place, place.key(Role.PARTY, key), told, show=show_names, dry_run=dry_run)
    given.problems = unread + given.problems
    if json:
        problems = [{"where": problem.where, "why": problem.why} for problem in given.problems]
        facts = {"stated": given.stated, "again": given.again, "entries": given.indexes, "problems": problems}
        facts |= {"receipts": str(given.receipts) if given.receipts else ""}
        emit({"schema": _SCHEMA, "dry_run": dry_run, **facts})
    elif dry_run:
        result(f"Would state how {count(given.stated, 'work')} came to be. Nothing was written.")
    elif given.stated:
        entries = entries_phrase(given.indexes)
        result(f"Stated how {count(given.stated, 'work')} came to be: {entries}. Receipts: {given.receipts}")
    elif given.again:
        result("Nothing new to say. Nothing was written.")
    else:
        result("Nothing was written.")
    if given.again:
        note(f"Said before, and not again: {count(given.again, 'statement')}.")
    notes([problem.why for problem in given.problems], "; --json names them all")
    return given


def show(
    production: Annotated[str, typer.Argument(metavar="[PRODUCTION]", help="Only what is a part of this.")] = "",
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the whole table for a spreadsheet.")] = None,
    snapshot: Annotated[Path | None, typer.Option(metavar="DIR", help="Read this snapshot instead.")] = None,
    trust: Trust = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Who says how works were made, where AI was used, and whose work it was: a thousand in one table."""
    from placet.desk.making import COLUMNS, list_makings
    from placet.licensing.csv_text import csv_text

    shown = list_makings(home_at(home), production, snapshot, trust)
    if csv:
        table = csv_text(COLUMNS, (cells for each in shown for cells in each.rows()))
        try:
            csv.write_text(table, encoding="utf-8")
        except OSError as error:
            raise NotFound(f"{csv} cannot be written: {error.strerror}") from None
        result(f"Written: {csv}, {count(len(shown), 'statement')}.")
        return 0
    for each in shown:
        if json:
            rows = [dict(zip(COLUMNS, cells, strict=True)) for cells in each.rows()]
            emit(
                {"schema": _SCHEMA, **rows[0], "credits": [[r["role"], r["name"], r["who"]] for r in rows if r["role"]]}
            )
    if not json:
        _tell(shown, bool(production))
    return 0


def _tell(shown: list[Any], has_production: bool) -> None:
    if not shown:
        result("Nobody stated how it was made." if has_production else "Nobody stated how any work was made.")
        return
    made: dict[str, int] = {}
    for each in shown:
        made[each.made] = made.get(each.made, 0) + 1
    result(
        f"{count(len(shown), 'statement')}: {', '.join(f'{number} {word}' for word, number in sorted(made.items()))}."
    )
    for each in shown[:_MOST_ROWS]:
        name = each.title or each.subject
        parts = f"; AI in {', '.join(each.ai)}" if each.ai else ""
        people = ", ".join(f"{role} {person or who or '(name not shown)'}" for role, person, who in each.credits)
        row(f"  {each.made}", f"{name}{parts}{'; ' + people if people else ''} (said by {each.by}: {each.voice})", 16)
    if len(shown) > _MOST_ROWS:
        note(f"and {len(shown) - _MOST_ROWS:,} more; --csv FILE or --json has them all")
