"""Receipts again: for what a party said and has no proof of here, whatever came between its entry and its receipt.

A quorum that was not met, a process that died after its entry was sequenced, a folder that was lost: the log has the
entry, and a proof under the newest checkpoint is as good as the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from placet.app import Home
from placet.core.work import parse_record
from placet.desk.identifying import speaker_of
from placet.errors import BadRecord
from placet.record.entries import Entry, parse_entry
from placet.registry.openings import parse_opening
from placet.registry.projection import named, records_of, work_id
from placet.registry.receipts import Receipts, Row, Written
from placet.signing.keys import Key

__all__ = ["Again", "find", "write_again"]

_NAME = "entry-{}.tlog-proof"


@dataclass(frozen=True, slots=True)
class Again:
    """Entries of one party by their index; `kept` is how many more have a receipt already."""

    entries: tuple[tuple[int, Entry], ...]
    kept: int


def find(home: Home, key: Key, *, every: bool) -> Again:
    """The entries of the key's party without a receipt below this home's `receipts`; with `every`, all of them."""
    said = tuple(_said_by(home, speaker_of(home, key).keys))
    if every:
        return Again(said, 0)
    held = {path.name for path in (home.path / "receipts").glob("*/entry-*.tlog-proof")}
    missing = tuple((index, entry) for index, entry in said if _NAME.format(index) not in held)
    return Again(missing, len(said) - len(missing))


def _said_by(home: Home, keys: Sequence[str]) -> Iterator[tuple[int, Entry]]:
    marks = [f'"by":"{key}"'.encode() for key in keys]
    for index, data in enumerate(home.log.entries.read(0, home.log.published().size)):
        if any(mark in data for mark in marks) and (entry := parse_entry(data)).by in keys:
            yield index, entry


def write_again(home: Home, maker: str, again: Again, chosen: Path | None) -> Receipts:
    """A folder with the proofs; what was kept beside an entry comes along, and what is withheld is left out."""
    indexes = [index for index, _ in again.entries]
    receipts = home.receipts(chosen)
    proofs = home.log.receipts(indexes)
    pairs = zip(again.entries, proofs, strict=True)
    written = [Written(index=index, entry=entry, proof=proof) for (index, entry), proof in pairs]
    blobs, openings, rows = dict[str, bytes](), dict[str, bytes](), list[Row]()
    for index, entry in again.entries:
        for kind, name in named(entry, home.log_files.blob):
            data = home.log_files.blob(name) if kind == "blob" else home.log_files.opening(name)
            if data is not None:
                (blobs if kind == "blob" else openings)[name] = data
        rows += _rows(index, entry, blobs, openings)
    receipts.add(written, blobs)
    receipts.close(rows, openings, maker)
    return receipts


def _rows(index: int, entry: Entry, blobs: dict[str, bytes], openings: dict[str, bytes]) -> Iterator[Row]:
    """The works of an entry, by their titles: which file each was, nobody kept here."""
    blob = blobs.get(entry.body["blob"]) if entry.type == "work.add" else None
    for data in records_of(entry, blob) if blob is not None else ():
        record = parse_record(data)
        name = _title(record.title, openings) or f"work {work_id(data)[:12]}"
        yield Row(file=name, work=work_id(data), sha256=record.sha256, entry=index)


def _title(commitment: str, openings: dict[str, bytes]) -> str:
    try:
        return parse_opening(openings[commitment], commitment).value
    except (KeyError, BadRecord):
        return ""
