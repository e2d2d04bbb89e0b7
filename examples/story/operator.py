"""What a dishonest operator can do with his own log key: tell the whole story again, without her no."""

from __future__ import annotations

import shutil
from pathlib import Path

from placet.app import Home
from placet.core.work import parse_record
from placet.log.files import LogFiles
from placet.log.fsck import read_entries
from placet.log.sequencer import Submission
from placet.record.entries import Entry
from placet.registry.projection import records_of
from placet.registry.receipt_check import verify_receipt_file
from placet.signing.findings import Mark

__all__ = ["forge"]


def forge(honest: Home, refused: str, folder: Path) -> Home:
    """A home with the same log key whose log never held the entry `refused`; every signature in it is good."""
    (folder / "keys").mkdir(parents=True)
    shutil.copy2(honest.path / "keys" / "log.pem", folder / "keys" / "log.pem")
    forged = Home(folder, now=honest.now)
    files, size = honest.log_files, honest.log.published().size
    kept = tuple(entry for entry in read_entries(honest.log.tree, size) if entry.id != refused)
    blobs = {digest: files.blob(digest) for entry in kept for digest in _blobs(entry, files)}
    openings = {name: files.opening(name) for entry in kept for name in [entry.body.get("name")] if name}
    forged.log.append(Submission(kept, _there(blobs), _there(openings)))
    return forged


def broken(receipt: Path, forged: Home) -> str:
    """The sentence with which her receipt convicts the forged log; empty if it did not."""
    findings = verify_receipt_file(receipt, forged.policy, forged.path / "log").findings
    return next((finding.sentence for finding in findings if finding.mark is Mark.BROKEN), "")


def _blobs(entry: Entry, files: LogFiles) -> list[str]:
    """Everything an entry names: its own blobs, and the sheets and thumbnails of its works."""
    named = [entry.body[name] for name in ("blob", "terms") if entry.body.get(name)]
    if entry.type == "work.add":
        records = [parse_record(data) for data in records_of(entry, files.blob(entry.body["blob"]) or b"")]
        named += [digest for record in records for digest in (record.prints, record.thumb) if digest]
    return named


def _there(found: dict[str, bytes | None]) -> dict[str, bytes]:
    return {name: data for name, data in found.items() if data is not None}
