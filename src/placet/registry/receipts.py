"""The folder of receipts that a submission leaves: proofs, works, openings, the log's key, a page to print."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from placet.errors import Refused
from placet.log.files import LogFiles
from placet.record.entries import Entry
from placet.record.proof import Proof, format_proof
from placet.registry.gather import MARKER

__all__ = ["Row", "Written", "new_folder", "proof_name", "refuse_full", "works_names", "write_proofs", "write_table"]

_README = """\
Receipts of what you said, made by placet on {date}.

entry-*.tlog-proof  The proof that one entry of yours stands in the log. One file is enough: it holds the
                    entry, your signature, and what the log's key signed. Check it with
                        placet verify {first}
                    and check that the log still holds it with
                        placet verify {first} --log FOLDER-OF-THE-LOG
receipt.html        The same for people: a page to print.
works.jsonl         The public records of your works, one a line: digests, never the works themselves.
works.csv           Which of your files is which work. For you; it holds the names of your files.
openings.json       The names behind the salted commitments in works.jsonl. KEEP IT TO YOURSELF if you do
                    not want to show them; you need it to prove that a name was meant.
log.policy          The public key of the log: whom these receipts ask you to believe.

Nothing here is secret except openings.json and works.csv. Your key is not in this folder.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One file and the work it is."""

    file: str
    work: str
    sha256: str
    notice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One entry with its place in the log and the proof of it."""

    index: int
    entry: Entry
    proof: Proof


def new_folder(root: Path, date: str, chosen: Path | None = None) -> Path:
    """A fresh marked folder: `chosen`, which must be empty, or `<root>/<date>`, `<date>-2`, ..."""
    folder = _chosen(chosen) if chosen else _dated(root, date)
    LogFiles(folder).write(MARKER, b"Written by placet; nothing in here is registered as a work.\n")
    return folder


def refuse_full(folder: Path) -> None:
    """Refused unless receipts can have this folder to themselves."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is not an empty folder; receipts are put into a folder of their own")


def _chosen(folder: Path) -> Path:
    refuse_full(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _dated(root: Path, date: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        folder = root / (date if number == 1 else f"{date}-{number}")
        try:
            folder.mkdir()
        except FileExistsError:
            number += 1
        else:
            return folder


def proof_name(index: int) -> str:
    return f"entry-{index}.tlog-proof"


def works_names(index: int) -> tuple[str, str]:
    """The names under which the works of entry `index` may lie beside its proof, the nearer first."""
    return f"works-{index}.jsonl", "works.jsonl"


def write_proofs(folder: Path, written: Sequence[Written], blobs: Mapping[str, bytes]) -> None:
    """One proof a file, each holding its own entry's bytes, and the works' records beside them."""
    files = []
    for each in written:
        files.append((proof_name(each.index), format_proof(replace(each.proof, extra=each.entry.data))))
        if each.entry.type == "work.add":
            own, plain = works_names(each.index)
            files.append((own if (folder / plain).exists() else plain, blobs[each.entry.body["blob"]]))
    LogFiles(folder).write_all(files)


def write_table(
    folder: Path, rows: Iterable[Row], openings: Mapping[str, bytes], policy: str, date: str, first: int
) -> None:
    """What belongs to the whole folder: works.csv, openings.json, log.policy, README.txt."""
    opened = {name: json.loads(data) for name, data in sorted(openings.items())}
    LogFiles(folder).write_all(
        [
            ("works.csv", _csv(rows)),
            ("openings.json", json.dumps(opened, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"),
            ("log.policy", policy.encode()),
            ("README.txt", _README.format(date=date, first=proof_name(first)).encode()),
        ]
    )


def _csv(rows: Iterable[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("file", "work", "sha256", "notice"))
    for row in rows:
        writer.writerow((_cell(row.file), row.work, row.sha256, _cell(row.notice)))
    return out.getvalue().encode("utf-8", "backslashreplace")


def _cell(text: str) -> str:
    """A spreadsheet must read a name as a name, never as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
