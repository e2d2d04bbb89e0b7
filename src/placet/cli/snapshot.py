"""`placet snapshot build` and `placet snapshot verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.app import today
from placet.cli.options import HomeDir, Json, home_at
from placet.cli.talk import emit, note, result
from placet.registry.phrases import count

__all__ = ["Trust", "build", "verify"]

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


def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    trust: Trust = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Check a snapshot, and recompute every declaration in it from the log's own entries."""
    from placet.desk.snapshots import check_deeply, policy_for
    from placet.snapshot.library import read_manifest

    place = home_at(home)
    manifest = read_manifest(folder)
    checked = check_deeply(folder, policy_for(place, manifest.origin, trust), note)
    if json:
        emit({"schema": "placet.verify/1", "kind": "snapshot", "origin": manifest.origin, "size": manifest.size})
        return 0
    result(f"OK: this is the snapshot that log {manifest.origin} published on {today(manifest.made_at)}.")
    result(f"  checked: {count(len(manifest.files), 'file')} against the digests in the log")
    said, works = count(manifest.counts["words"], "declaration"), count(len(checked.library), "work")
    result(f"  checked: {count(checked.entries, 'entry', 'entries')}, each signed by the key it names")
    result(f"  checked: {said} and {works} follow from them")
    result("  not checked: whether the log showed others another history (it has no witnesses yet)")
    result("  not checked: who holds the keys that speak in it")
    return 0
