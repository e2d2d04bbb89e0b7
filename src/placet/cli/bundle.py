"""`placet bundle`: everything that shows one thing, in one folder; and whether it still does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.app import read_policy
from placet.cli.asked import public_key
from placet.cli.options import DryRun, HomeDir, Json, KeyFile, PassphraseFile, home_at, party_key
from placet.cli.talk import emit, note, result, row
from placet.cli.time import Authorities, Header, Headers, TrustedList, believed, blocks
from placet.errors import NotFound, WrongUsage
from placet.signing.findings import Mark
from placet.signing.keys import Role

__all__ = ["make", "verify"]

_VERDICTS = {
    0: "Verified: all that is in the bundle holds, as far as it was checked.",
    1: "BROKEN: something in the bundle does not hold.",
    2: "Incomplete: nothing is broken, and not everything could be checked.",
}


def make(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="The folder to be made.")],
    case: Annotated[Path | None, typer.Argument(metavar="CASE.toml", help="Title, text, files and steps.")] = None,
    file: Annotated[
        list[Path] | None, typer.Option("--file", metavar="PATH", help="A file or folder to put in; may be repeated.")
    ] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Put receipts, works, certificates, licences, time stamps into one BagIt folder, with a page that explains it.

    CASE.toml has title, text, by (who speaks); for each piece a table in the array `file` (path, note, or
    withheld = true to show its digest alone); for each thing done before a table in the array `step` (at, who, what).
    """
    from placet.desk import bundling

    if case is None and not file:
        raise WrongUsage("name a CASE.toml, or files with --file")
    place = home_at(home, passphrase_file)
    said = bundling.read_case(case) if case else bundling.Case(pieces=())
    more = tuple(bundling.Piece(path=path) for path in file or ())
    said = bundling.replace_pieces(said, (*said.pieces, *more))
    if dry_run:
        result(f"{bundling.measure(said)} files would be put into {out}; nothing was written.")
        return 0
    signer = party_key(place, key) or place.key(Role.CLEAR)
    count = bundling.make(place, signer, said, out)
    if json:
        emit({"schema": "placet.bundle/1", "folder": str(out), "files": count, "key": signer.public.hex()})
    else:
        result(f"Bundle of {count} files: {out}. Open {out / 'index.html'} to read it.")
        note("What folders of receipts keep private (works.csv, openings.json) is in it only where it was named.")
        note(f"Check it as its reader will: placet bundle verify {out} --trust FILE")
    return 0


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A bundle.")],
    trust: Annotated[Path | None, typer.Option(metavar="FILE", help="The policy: whose log to believe.")] = None,
    tsa_ca: Authorities = None,
    trusted_list: TrustedList = None,
    header: Header = None,
    headers: Headers = None,
    observer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Believe observations signed by it (64 hex digits).")
    ] = None,
    log: Annotated[Path | None, typer.Option(metavar="DIR", help="The log's public folder as it is now.")] = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Check every file and what each means, offline; exit 0 verified, 1 something broken, 2 incomplete."""
    from placet.desk import bundle_check

    if not folder.is_dir():
        raise NotFound(f"there is no folder {folder}")
    roots, listed = believed(tsa_ca, trusted_list)
    reader = bundle_check.Reader(
        home=home_at(home),
        trust=read_policy(trust) if trust else None,
        authorities=roots,
        listed=listed,
        headers=blocks(header, headers),
        log=log,
        observers=tuple(public_key(each, "--observer") for each in observer or ()),
    )
    findings = bundle_check.verify(folder, reader)
    code = bundle_check.outcome(findings)
    for each in findings:
        if json:
            emit({"schema": "placet.finding/1", "mark": each.mark.value, "sentence": each.sentence})
        else:
            row(
                "MISSING" if each.of == bundle_check.INCOMPLETE and each.mark is Mark.OPEN else each.mark, each.sentence
            )
    if json:
        emit({"schema": "placet.verify/1", "file": str(folder), "kind": "bundle", "verdict": _WORDS[code]})
    else:
        result(_VERDICTS[code])
    return code


_WORDS = {0: "verified", 1: "failed", 2: "incomplete"}
