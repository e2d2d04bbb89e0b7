"""Erasure: keys and values are destroyed, then the log says of each field that it was, and the tree stays as it is.

The order.  What is to go is written down first (`vault/erasing.json`: commitments, no values), then it is destroyed,
then the notes are appended: so the log never says of a value that it is gone while it can still be read here, and a
process that dies half-way leaves a list from which the next run goes on.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from placet.app import Home
from placet.desk.about import Held, commitments_in, entries_of, held_about, keys_of, noted, seal_open
from placet.desk.given import given_out
from placet.desk.identifying import authority_of, party_named
from placet.desk.kept import forget_kept, holding
from placet.errors import NotFound, WrongUsage
from placet.log.files import shred, write_durable
from placet.log.lock import locked
from placet.registry.compose import Composer
from placet.registry.withdraw import LEAST
from placet.signing.keys import Role
from placet.store.scrub import scrub
from placet.store.vault import overwrite

__all__ = ["ERASE_STEPS", "Erased", "Plan", "erase", "plan"]

ERASE_STEPS = ("planned", "destroyed", "scrubbed", "noted")  # where a crash can leave it; told to a test's `step`
_LIST = "erasing.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`party` is empty where single fields are meant; `subjects` are the keys to be destroyed.

    `receipts` are the folders here from which names go.
    """

    party: str
    fields: tuple[Held, ...]
    subjects: tuple[str, ...]
    receipts: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """`notes` are the entries that say so; `missing` why there are none; `beyond` what stays out of reach."""

    fields: int
    notes: tuple[int, ...]
    missing: str
    beyond: tuple[str, ...]


def plan(home: Home, what: str) -> Plan:
    """What would go: a party by her key or its beginning, one's own when empty; or one field.

    A field is a commitment, or its first digits, or `title of WORK` with a work's id; NotFound when nothing here is it.
    """
    if what.startswith("title of "):
        return _one(home, _title_of(home, what.removeprefix("title of ").strip()), what)
    if len(what) >= LEAST and (
        fields := [each for each in held_about(home) if each.commitment.startswith(what.lower())]
    ):
        if len(fields) > 1:
            raise WrongUsage(f"{what[:64]} begins the commitments of {len(fields)} fields: give more of it")
        return _one(home, fields[0].commitment, what)
    party = _party(home, what)
    keys = keys_of(home, party)
    fields = list(held_about(home, keys))
    others = {each.subject for each in fields if each.subject} - keys
    own = {key for key in keys if home.vault.keys(key)}
    receipts = holding(home, {each.commitment for each in fields}, keys)
    return Plan(party=party, fields=tuple(fields), subjects=tuple(sorted(own | others)), receipts=tuple(receipts))


def erase(home: Home, wanted: Plan, why: str, step: Any = lambda _: None) -> Erased:
    """Destroy, scrub, and note it; what an earlier run began is finished too.  It cannot be undone."""
    exchanged = {each.subject for each in wanted.fields if each.subject} - set(wanted.subjects)
    todo = home.pending_erasure
    todo["destroy"] = sorted({*todo["destroy"], *wanted.subjects})
    todo["exchange"] = sorted({*todo["exchange"], *exchanged} - set(todo["destroy"]))
    todo["fields"] |= {each.commitment: why for each in wanted.fields if each.commitment not in todo["fields"]}
    todo["receipts"] = sorted({*todo["receipts"], *(keys_of(home, wanted.party) if wanted.party else ())})
    write_durable(home.path / "vault" / _LIST, json.dumps(todo, sort_keys=True).encode())
    step("planned")
    with locked(home.path / "log.lock"):
        _destroy(home, todo)
        seal_open(home)
    forget_kept(home, set(todo["fields"]), set(todo["receipts"]))
    step("destroyed")
    _forget_copies(home, wanted.party)
    step("scrubbed")
    notes, missing = _note(home, todo["fields"])
    step("noted")
    shred(home.path / "vault" / _LIST)
    return Erased(fields=len(todo["fields"]), notes=notes, missing=missing, beyond=given_out(home))


def _one(home: Home, commitment: str, what: str) -> Plan:
    found = [each for each in held_about(home) if each.commitment == commitment]
    if not found:
        raise NotFound(f"nothing that {what[:80]} names is held here, to be opened or not")
    parties = {party.key for party in home.registry.parties()} if home.begun else set()
    alone = [each.subject for each in found if each.subject and each.subject not in parties]
    return Plan(
        party="", fields=tuple(found), subjects=tuple(alone), receipts=tuple(holding(home, {found[0].commitment}))
    )


def _title_of(home: Home, work: str) -> str:
    found = home.registry.works_like("id", work.lower()) if home.begun and len(work) >= LEAST else []
    if len(found) != 1:
        raise NotFound(f"there is no one work {work[:40]!r} in the record")
    if not found[0].record.title:
        raise NotFound(f"work {found[0].id[:12]} has no title in the record")
    return found[0].record.title


def _party(home: Home, what: str) -> str:
    if what:
        return party_named(home, what, authority_of(home))
    if not home.key_path(Role.PARTY).exists():
        raise NotFound(f"there is no key in {home.path} yet: name a party by its key")
    return authority_of(home).party_of(home.key(Role.PARTY).public.hex())


def _destroy(home: Home, todo: dict[str, Any]) -> None:
    """Keys first: from then on no copy of what they sealed opens, wherever it lies."""
    gone = set(todo["fields"])
    for subject in todo["destroy"]:
        home.vault.destroy(subject)
    for commitment in sorted(gone):
        shred(home.log_files.folder / home.log_files.opening_path(commitment))
        home.vault.forget(commitment)
    for subject in todo["exchange"]:
        home.vault.exchange(subject, home.log_files, gone)
    home.log_files.clear()


def _forget_copies(home: Home, party: str) -> None:
    """The database's free pages, what can be made again, and a name that an older release put beside the key."""
    if home.begun:
        scrub(home.engine)
    shutil.rmtree(home.path / "cache", ignore_errors=True)
    path = home.key_path(Role.PARTY)
    if party and path.exists() and home.key(Role.PARTY).public.hex() in keys_of(home, party):
        shred(path.with_suffix(".name"))
        _unname(path)


def _unname(path: Path) -> None:
    data = path.read_bytes()
    lines = [b"placet-name: " if line.startswith(b"placet-name: ") else line for line in data.split(b"\n")]
    if b"\n".join(lines) != data:
        overwrite(path, b"\n".join(lines), 0o600)
    shred(path.with_name(f".{path.name}.old"))


def _note(home: Home, fields: dict[str, str]) -> tuple[tuple[int, ...], str]:
    """An `erasure.note` for each field that an entry names, by the log's key, once."""
    if not home.has_log:
        return (), "the log's own key is not here, and only it writes notes"
    known, done = _commitments(home), noted(home)
    due = [(name, why) for name, why in sorted(fields.items()) if name in known and name not in done]
    if not due:
        return (), ""

    def write(composer: Composer) -> None:
        for name, why in due:
            composer.note_erasure(name, why)

    _, indexes = home.submit(home.log.key, write)
    return tuple(indexes[-len(due) :]), ""


def _commitments(home: Home) -> set[str]:
    return {name for _, entry in entries_of(home) for name in commitments_in(home, entry)}
