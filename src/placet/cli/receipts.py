"""`placet receipts`: the receipts that are missing, written from the log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.cli.options import DryRun, HomeDir, Json, KeyFile, PassphraseFile, home_at, party_key
from placet.cli.talk import emit, note, result
from placet.errors import NotFound
from placet.registry.receipts import refuse_full

__all__ = ["receipts"]


def receipts(
    every: Annotated[bool, typer.Option("--all", help="Of all that the key said, not only what is missing.")] = False,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="A new folder for them; a dated one by default.")
    ] = None,
    key: KeyFile = None,
    passphrase_file: PassphraseFile = None,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Write the receipts of what you said that never came, or were lost: the log still has the entries."""
    from placet.desk.receipting import find, write_again
    from placet.registry.phrases import count, entries_phrase

    place = home_at(home, passphrase_file)
    speaker = party_key(place, key)
    if speaker is None or not place.has_log:
        raise NotFound(f"nothing was said from {place.path} yet")
    if into:
        refuse_full(into)
    if not dry_run:
        place.log.recover()
    again = find(place, speaker, every=every)
    indexes = [index for index, _ in again.entries]
    if not indexes:
        note(f"Nothing is missing: {count(again.kept, 'receipt')} of this key lie in {place.path / 'receipts'}.")
    folder = write_again(place, speaker.name, again, into).folder if indexes and not dry_run else None
    if json:
        told = {"entries": indexes, "kept": again.kept, "folder": str(folder or "")}
        emit({"schema": "placet.receipts/1", **told})
    elif indexes:
        which = count(len(indexes), "entry", "entries") if every else f"Without a receipt: {entries_phrase(indexes)}"
        result(f"{which}. Receipts: {folder}" if folder else f"{which}. Nothing was written.")
    return 0
