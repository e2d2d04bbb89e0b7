"""`placet mirror`: a log's whole public record, on a machine of one's own."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from placet.cli.options import HomeDir, Json, home_at
from placet.cli.snapshot import Trust
from placet.cli.talk import emit, note, notes, result, watched
from placet.log.mirror import Copied
from placet.registry.phrases import count

__all__ = ["mirror"]


def mirror(
    source: Annotated[str, typer.Argument(metavar="FOLDER|URL", help="A log's public folder, or where it is served.")],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="The mirror: new, or to be brought up.")],
    trust: Trust = None,
    again: Annotated[
        bool, typer.Option("--again", help="Check all that is here, mend it, ask again for what was withheld.")
    ] = False,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Copy a log, every byte checked under its signed checkpoint; run it again to go on. Any web server can serve it.

    A log that goes back, or shows another history than before, is refused: both are named, and what it showed is kept.
    """
    from placet.desk.mirroring import mirror as copy

    copied = copy(home_at(home), source, out, trust, _watch, again=again)
    if json:
        emit(_shown(copied, out))
    else:
        _tell(copied, out)
    return 2 if copied.wrong else 0


def _watch(bundles: range) -> Iterable[int]:
    return watched(bundles, "copying") if sys.stderr.isatty() else bundles


def _tell(copied: Copied, out: Path) -> None:
    size, origin = copied.checkpoint.size, copied.checkpoint.origin
    seen = f", witnessed by {', '.join(copied.witnesses)}" if copied.witnesses else ""
    if copied.before == size:
        result(f"{out} holds all {count(size, 'entry', 'entries')} of log {origin}{seen}: nothing new.")
    else:
        new = f", {size - copied.before} of them new" if copied.before else ""
        result(f"{out} holds {count(size, 'entry', 'entries')} of log {origin}{new}{seen}.")
    if copied.withheld:
        note("Withheld, which is no fault:")
        notes(copied.withheld, "; --json lists them")
    if copied.unopened:
        note(f"{count(copied.unopened, 'title or name', 'titles or names')} kept by their makers.")
    if copied.wrong:
        note("What lies beside these entries is not what they name, and was not kept:")
        notes(copied.wrong, "; --json lists them")


def _shown(copied: Copied, out: Path) -> dict[str, object]:
    return {
        "schema": "placet.mirror/1",
        "folder": str(out),
        "log": copied.checkpoint.origin,
        "size": copied.checkpoint.size,
        "root": copied.checkpoint.root.hex(),
        "before": copied.before,
        "witnesses": list(copied.witnesses),
        "withheld": list(copied.withheld),
        "unopened": copied.unopened,
        "wrong": list(copied.wrong),
    }
