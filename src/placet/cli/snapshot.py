"""`placet snapshot build`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.cli.options import HomeDir, Json, home_at
from placet.cli.talk import emit, note, result
from placet.registry.phrases import count

__all__ = ["Trust", "build"]

Trust = Annotated[Path | None, typer.Option("--trust", metavar="FILE", help="The policy: whose log to believe.")]


def build(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="The new folder to write.")],
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Write the registry, as it is now, as files that anyone can clear against offline, and log their digest."""
    from placet.desk.snapshots import publish_snapshot

    manifest = publish_snapshot(home_at(home), out)
    if json:
        shown = {"origin": manifest.origin, "size": manifest.size, "manifest": manifest.digest}
        emit({"schema": "placet.snapshot/1", "folder": str(out), **shown, "counts": dict(manifest.counts)})
        return 0
    works, words = manifest.counts["works"], manifest.counts["words"]
    result(
        f"Snapshot of log {manifest.origin} at {count(manifest.size, 'entry', 'entries')}: {count(works, 'work')},"
        f" {count(words, 'declaration')}. It is in {out}, and its digest is in the log."
    )
    if manifest.counts["withheld"]:
        note(f"{count(manifest.counts['withheld'], 'work')} with withheld fingerprints: only exact copies are found.")
    return 0
