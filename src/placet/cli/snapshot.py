"""`placet snapshot build`, and `pull`: from any web server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from placet.cli.options import DryRun, HomeDir, Json, home_at
from placet.cli.talk import emit, note, result, watched
from placet.registry.phrases import count

__all__ = ["Trust", "build", "pull"]

Trust = Annotated[Path | None, typer.Option("--trust", metavar="FILE", help="The policy: whose log to believe.")]


def build(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="The new folder to write.")],
    since: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="An older snapshot of this log: keep its files, and add one segment."),
    ] = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Write the registry, as it is now, as files that anyone can clear against offline, and log their digest.

    With --since the older files stay as they are: what was withheld since is heard no more, but still lies in them.
    """
    from placet.desk.snapshots import publish_snapshot

    manifest = publish_snapshot(home_at(home), out, since)
    if json:
        shown = {"origin": manifest.origin, "size": manifest.size, "manifest": manifest.digest}
        emit({"schema": "placet.snapshot/1", "folder": str(out), **shown, "counts": dict(manifest.counts)})
        return 0
    works, words = manifest.counts["works"], manifest.counts["words"]
    result(
        f"Snapshot of log {manifest.origin} at {count(manifest.size, 'entry', 'entries')}: {count(works, 'work')},"
        f" {count(words, 'declaration')}. It is in {out}, and its digest is in the log."
    )
    if manifest.segments:
        new, many = manifest.segments[-1], count(len(manifest.segments), "segment")
        again = f", {count(new.again, 'older work')} told again" if new.again else ""
        note(f"It has {many}; the last brings {count(new.works, 'work')}, {count(new.words, 'declaration')}{again}.")
    if manifest.counts["withheld"]:
        note(f"{count(manifest.counts['withheld'], 'work')} with withheld fingerprints: only exact copies are found.")
    return 0


def pull(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where a snapshot's folder is served, by any web server.")],
    out: Annotated[Path, typer.Argument(metavar="DIR", help="The snapshot here: new, or to be brought up.")] = Path(
        "registry"
    ),
    trust: Trust = None,
    max_age: Annotated[int, typer.Option(metavar="DAYS", min=0, help="Refuse an older snapshot.")] = 30,
    home: HomeDir = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Fetch a snapshot, each file checked before it counts; run again it goes on, and fetches only what is new.

    The log's operator must be one whom your policy trusts, and nothing may be older than what was seen here before.
    """
    from placet.desk.pulling import Pull
    from placet.desk.pulling import pull as fetch

    asked = Pull(url=url, out=out, trust=trust, max_age=max_age, dry_run=dry_run)
    pulled = fetch(home_at(home), asked, lambda paths: watched(paths, "fetching"))
    manifest = pulled.manifest
    if json:
        shown = {"origin": manifest.origin, "size": manifest.size, "manifest": manifest.digest, "kept": pulled.kept}
        emit({"schema": "placet.pull/1", "folder": str(out), **shown, "bytes": pulled.bytes_read})
        return 0
    much = f"{count(pulled.fetched, 'file')} of {pulled.bytes_read:,} bytes"
    kept = f", {count(pulled.kept, 'file')} here already" if pulled.kept else ""
    what = f"Snapshot of log {manifest.origin} at {count(manifest.size, 'entry', 'entries')}"
    if dry_run:
        result(f"{what}: {much} would be fetched{kept}. Nothing was written.")
    else:
        result(f"{what}: {much} fetched{kept}. It is in {out}.")
    return 0
