"""The folder of receipts that a submission leaves: proofs, works, openings, the log's key, a page to print."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from placet.core.stance import Stance
from placet.core.use import Use
from placet.errors import Refused
from placet.log.files import write_durable
from placet.record.checkpoint import parse_checkpoint
from placet.record.entries import Entry
from placet.record.notes import parse_note
from placet.record.proof import Proof, format_proof
from placet.registry.gather import MARKER, MARKER_TEXT
from placet.registry.receipt_page import ReceiptPage, ReceiptWork, render_receipt

__all__ = ["FORGOTTEN", "SHEETS", "Receipts", "Row", "Written", "proof_name", "refuse_full", "sheet_names"]

_WHAT = {
    "entry-*.tlog-proof": "The proof that one entry of yours is in the log. Each file is enough by itself: it"
    " holds the entry, your signature, and the log's. Check it with `placet verify {proof}`, and with"
    " `--log FOLDER` whether the log still holds it.",
    "receipt.html": "The same for people: a page to print.",
    "works.jsonl": "The public records of your works, one a line: digests, never the works themselves.",
    "claims*.jsonl": "The works that you claim, one a line; the entry carries the Merkle root of them.",
    "made*.jsonl": "What you stated on how works were made, one a line, likewise.",
    "works.csv": "Which of your files is which work. It is for you: it holds the names of your files.",
    "openings.json": "The names behind the salted commitments in works.jsonl. Keep it to yourself, unless you want"
    " to show them; you need it to prove that a name was meant.",
    "log.policy": "The public key of the log: whom these receipts ask you to believe.",
}
SHEETS: Final = {"work.add": "works", "claim.add": "claims", "made.add": "made"}  # by type: what lies beside the proof
FORGOTTEN = "Names, titles and names of files were erased from this folder. Its proofs are valid as before.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One file and the work it is; `others` counts the other keys that registered the same bytes."""

    file: str
    work: str
    sha256: str
    notice: str = ""
    others: int = 0
    entry: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One entry with its place in the log and the proof of it."""

    index: int
    entry: Entry
    proof: Proof


@dataclass(slots=True, kw_only=True)
class Receipts:
    """Writes one folder, which is made with the first proof: `chosen`, or `<root>/<date>`, `<date>-2`, ...

    `policy` is the text that says which log is to be believed.
    """

    root: Path
    date: str
    policy: str
    chosen: Path | None = None
    folder: Path | None = None
    written: list[Written] = field(default_factory=list)

    def add(self, written: Sequence[Written], blobs: Mapping[str, bytes]) -> None:
        """One proof a file, each holding its own entry's bytes, and the records of works and sheets beside them."""
        folder = self._begun()
        for each in written:
            _put(folder, proof_name(each.index), format_proof(replace(each.proof, extra=each.entry.data)))
            if each.entry.type in SHEETS and each.entry.body["blob"] in blobs:  # a withheld one is left out
                own, plain = sheet_names(each.entry.type, each.index)
                _put(folder, own if (folder / plain).exists() else plain, blobs[each.entry.body["blob"]])
        self.written += written

    def close(self, rows: Sequence[Row], openings: Mapping[str, bytes], maker: str) -> None:
        """What belongs to the whole folder, README.txt last."""
        folder = self._begun()
        if rows:
            _put(folder, "works.csv", _csv(rows))
        if openings:
            opened = {name: json.loads(data) for name, data in sorted(openings.items())}
            _put(folder, "openings.json", json.dumps(opened, indent=1, sort_keys=True).encode() + b"\n")
        _put(folder, "log.policy", self.policy.encode())
        if page := _page(self.written, rows, maker):
            _put(folder, "receipt.html", render_receipt(page).encode())
        _put(folder, "README.txt", _readme(folder, self.date, proof_name(self.written[-1].index)).encode())

    def _begun(self) -> Path:
        if self.folder is None:
            self.folder = _chosen(self.chosen) if self.chosen else _dated(self.root, self.date)
            _put(self.folder, MARKER, MARKER_TEXT)
        return self.folder


def proof_name(index: int) -> str:
    return f"entry-{index}.tlog-proof"


def sheet_names(type_: str, index: int) -> tuple[str, str]:
    """The names under which the records of an entry of a type in SHEETS may lie beside its proof, the nearer first."""
    return f"{SHEETS[type_]}-{index}.jsonl", f"{SHEETS[type_]}.jsonl"


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


def _put(folder: Path, name: str, data: bytes) -> None:
    write_durable(folder / name, data)


def _page(written: Sequence[Written], rows: Iterable[Row], maker: str) -> ReceiptPage | None:
    """The page about the newest declaration here; None when there is only something else to tell."""
    said = next((each for each in reversed(written) if each.entry.type == "declare"), None)
    if said is None:
        return None
    body = said.entry.body
    checkpoint = parse_checkpoint(parse_note(said.proof.checkpoint).text)
    works = [
        ReceiptWork(file=Path(row.file).name, id=row.work, sha256=row.sha256, entry=row.entry, weak=bool(row.notice))
        for row in rows
    ]
    others = dict.fromkeys(s for each in written if each.entry.type == "declare" for s in each.entry.body["subjects"])
    works += [ReceiptWork(file=name, id="", sha256="") for name in others if not name.startswith("work:")]
    return ReceiptPage(
        maker=maker or None,
        key=said.entry.by,
        said=tuple((Use(use), Stance[body["stance"].upper()]) for use in body["uses"]),
        works=tuple(works),
        origin=checkpoint.origin,
        entries=tuple(each.index for each in written),
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        at=body["at"],
        proof=proof_name(said.index),
        until=body["until"] or None,
        territory=tuple(body["territory"]),
    )


def _readme(folder: Path, date: str, proof: str) -> str:
    lines = [f"Receipts of what you said, made by placet on {date}.", ""]
    for name, what in _WHAT.items():
        if any(folder.glob(name)):
            lines += [name, f"    {what.format(proof=proof)}", ""]
    return "\n".join([*lines, "Your key is not in this folder.", ""])


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
