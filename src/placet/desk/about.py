"""What is held here about a party: her fields behind commitments, and all that the record says by or of her."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from placet.app import Home
from placet.core.making import parse_making
from placet.desk.identifying import authority_of
from placet.desk.kept import Kept, kept_openings
from placet.log.files import shred
from placet.record.entries import Entry, parse_entry
from placet.registry.openings import parse_opening
from placet.registry.projection import named, records_of
from placet.signing.sealing import is_sealed, parse_sealed
from placet.store.log import SqlEntries
from placet.store.vault import overwrite

__all__ = ["Held", "commitments_in", "entries_of", "held_about", "is_about", "keys_of", "noted", "seal_open"]

_WHAT = {
    "key.add": "name",
    "work.add": "title",
    "claim.add": "title",
    "made.add": "credit",
    "identity.attest": "attestation",
    "claim.counter": "contact",
    "mandate.grant": "document",
}
_PRIVATE = {"claim.counter": "contact", "mandate.grant": "evidence", "identity.attest": "commitment"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One field that lies here: `entry` is the first that names it (None for one kept outside the log).

    `subject` names the key it is sealed under, and is empty where it lies open: in a receipt here, or as an older
    release left it.  `value` is None where nothing opens it any more.
    """

    commitment: str
    what: str
    entry: int | None
    subject: str
    value: str | None
    shown: bool = False


def entries_of(home: Home) -> Iterator[tuple[int, Entry]]:
    """Every entry of the record, in order."""
    if home.begun:
        for index, data in enumerate(SqlEntries(home.engine, lambda *_: None).read(0, home.size)):
            yield index, parse_entry(data)


def keys_of(home: Home, party: str) -> frozenset[str]:
    """All keys of a party, the lost ones too."""
    return frozenset(authority_of(home).keys_of(party)) | {party}


def noted(home: Home) -> frozenset[str]:
    """The commitments of which the log says that they were erased."""
    entries = (entry for _, entry in entries_of(home) if entry.type == "erasure.note")
    return frozenset(entry.body["digest"] for entry in entries if entry.body["kind"] == "opening")


def is_about(entry: Entry, keys: frozenset[str]) -> bool:
    """Whether an entry is by one of these keys, or names one anywhere in its body."""
    return entry.by in keys or any(key.encode() in entry.data for key in keys)


def held_about(home: Home, keys: frozenset[str] | None = None) -> Iterator[Held]:
    """Every field that lies here; with `keys`, those that are of one party, or name her in a credit."""
    seen, kept = set[str](), kept_openings(home)
    for index, entry in entries_of(home):
        for name in _fields(home, entry, keys):
            data = home.log_files.read(home.log_files.opening_path(name))
            if name not in seen and (data is not None or name in kept):
                seen.add(name)
                what = _WHAT.get(entry.type, "field")
                yield _held(home, name, what, index, data) if data is not None else _left(name, what, index, kept[name])
    for name in home.vault.held(keys):
        value, what = home.vault.get(name), home.vault.field(name) or "field"
        subject = home.vault.subject(name)
        yield Held(commitment=name, what=what, entry=None, subject=subject, value=value)


def seal_open(home: Home) -> None:
    """Seal what a release before the vault left open in the log's folder; hold the log's lock."""
    for left in sorted((home.log_files.folder / "openings").glob("*/.*.old")):
        shred(left)
    for _, entry in entries_of(home):
        for name in _fields(home, entry, None):
            data = home.log_files.read(home.log_files.opening_path(name))
            if data is not None and not is_sealed(data):
                path = home.log_files.folder / home.log_files.opening_path(name)
                overwrite(path, home.vault.seal(home.subject_of(entry), name, data))


def commitments_in(home: Home, entry: Entry) -> Iterator[str]:
    """Every commitment to a value that an entry names, also of those that only their makers can open."""
    yield from (name for kind, name in named(entry, home.log_files.blob) if kind == "opening")
    if name := entry.body.get(_PRIVATE.get(entry.type, "")):
        yield name


def _fields(home: Home, entry: Entry, keys: frozenset[str] | None) -> Iterator[str]:
    """The commitments of an entry that are of these keys: all of one by them, else the credits that name them."""
    if keys is None or entry.by in keys:
        yield from commitments_in(home, entry)
    elif entry.type == "made.add" and (packed := home.log_files.blob(entry.body["blob"])) is not None:
        for record in records_of(entry, packed):
            yield from (each.name for each in parse_making(record).credits if each.name and each.who in keys)


def _held(home: Home, name: str, what: str, index: int, data: bytes) -> Held:
    opened = home.log_files.opening(name)
    opening = parse_opening(opened, name) if opened is not None else None
    return Held(
        commitment=name,
        what=what,
        entry=index,
        subject=parse_sealed(data).subject if is_sealed(data) else "",
        value=opening.value if opening else None,
        shown=bool(opening and opening.show),
    )


def _left(name: str, what: str, index: int, kept: Kept) -> Held:
    """What lies in the clear in a receipt here, and nowhere else."""
    return Held(commitment=name, what=what, entry=index, subject="", value=kept.value, shown=kept.show)
