"""What was given out of this home with names in it: no erasure reaches it, and whoever erases is told so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from placet.app import Home
from placet.app import today as date_of
from placet.desk.kept import unread
from placet.log.files import write_durable
from placet.registry.phrases import entries_phrase

__all__ = ["ALWAYS", "given_out", "remember_given"]

_LIST = "given.json"
_WORDS = {"snapshot": "the snapshot", "export": "the export with names"}
ALWAYS = (
    "receipts, and folders for a person, that lie elsewhere: their holder's, who opens her commitments by them",
    "mirrors and copies that others took while names were shown",
    "backups with receipts/ or vault/keys/ in them, and those of releases that wrote a name into keys/party.pem",
    "what the disk keeps of files that were overwritten: snapshots of the file system, spare blocks of an SSD, and the"
    " archives of a database server",
)


def remember_given(home: Home, kind: str, place: Path) -> None:
    """Note that a copy with names was written to a folder; only its place and its day, never what is in it."""
    path = home.path / "vault" / _LIST
    told = [each for each in _given(home) if each["place"] != str(place.absolute())]
    told.append({"kind": kind, "place": str(place.absolute()), "at": home.now()})
    write_durable(path, json.dumps(told, indent=1).encode() + b"\n")


def given_out(home: Home) -> tuple[str, ...]:
    """In words: every copy that is known to be out of reach, and then what always is."""
    return (
        *_known(home),
        *_receipts(home),
        *_damaged(home),
        *_licences(home),
        *_ledger(home),
        *_certificates(home),
        *ALWAYS,
    )


def _known(home: Home) -> Iterator[str]:
    for each in _given(home):
        yield f"{_WORDS[each['kind']]} of {date_of(each['at'])}: {each['place']}"


def _given(home: Home) -> list[dict[str, Any]]:
    path = home.path / "vault" / _LIST
    return list(json.loads(path.read_bytes())) if path.exists() else []


def _receipts(home: Home) -> Iterator[str]:
    for path in unread(home):
        yield f"openings that cannot be read, so that nobody knows whose they are: {path}"


def _licences(home: Home) -> Iterator[str]:
    folder = home.path / "licences"
    if folder.is_dir() and any(folder.iterdir()):
        yield f"licences, which are contracts: {folder}"


def _ledger(home: Home) -> Iterator[str]:
    if home.has_ledger:
        yield "the ledger and its runs, which law asks to keep: payees stand in it by key, and by name where given"


def _certificates(home: Home) -> Iterator[str]:
    acts = home.registry.acts() if home.begun else ()
    told = [act.index for act in acts if act.type == "identity.link" and act.body["kind"] == "c2pa"]
    if told:
        yield f"certificates that were published with their holders' names: {entries_phrase(told)}"


def _damaged(home: Home) -> Iterator[str]:
    for path in sorted(home.path.glob("placet.db.damaged*")):
        yield f"a database that could not be read, and was put aside: {path}"
