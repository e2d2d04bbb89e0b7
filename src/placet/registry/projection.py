"""What one entry means: the parties, works and words it adds to the tables.  A pure reading of the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from placet.core.act import ACTS, LINES, Act
from placet.core.line import LINE_READERS, Line
from placet.core.spoken import Spoken
from placet.core.stance import Stance
from placet.core.use import Use
from placet.core.work import Party, Work, parse_record
from placet.errors import BadRecord
from placet.record.entries import Entry, parse_subject
from placet.record.merkle import leaf_hash, root
from placet.registry.ports import State

__all__ = ["Projection", "acted", "declared", "named", "pack_records", "project", "records_of", "work_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """`withheld` names blobs that are not there; a party's name is the commitment to it, as the log holds it."""

    party: Party | None = None
    works: tuple[Work, ...] = ()
    spoken: Spoken | None = None
    act: Act | None = None
    lines: tuple[Line, ...] = ()
    withheld: tuple[str, ...] = ()


def work_id(record: bytes) -> str:
    """A work's name: the first half of its record's leaf hash in the batch's Merkle tree."""
    return leaf_hash(record)[:16].hex()


def pack_records(records: list[bytes]) -> bytes:
    """The blob of a `work.add`: one canonical record a line."""
    return b"".join(record + b"\n" for record in records)


def records_of(entry: Entry, blob: bytes) -> list[bytes]:
    """The records in a blob, of works or a sheet's; BadRecord unless they are those the entry carries the root of."""
    records = blob.split(b"\n")[:-1]
    if len(records) != entry.body["count"] or root([leaf_hash(r) for r in records]).hex() != entry.body["root"]:
        raise BadRecord(f"the records of entry {entry.id[:12]} are not those whose Merkle root it carries")
    return records


def named(entry: Entry, blob: Callable[[str], bytes | None]) -> Iterator[tuple[str, str]]:
    """("blob" or "opening", name) of all that lies beside the tiles for this entry."""
    body = entry.body
    if entry.type == "key.add" and body["name"]:
        yield "opening", body["name"]
    elif entry.type == "declare" and body["terms"]:
        yield "blob", body["terms"]
    elif entry.type == "status.publish":
        yield "blob", body["list"]
    elif entry.type == "identity.link":
        yield "blob", body["signature"]
    elif entry.type == "identity.attest" and body["evidence"]:
        yield "blob", body["evidence"]
    elif entry.type == "claim.counter":
        yield "blob", body["statement"]
    elif entry.type in LINES:
        yield "blob", body["blob"]
        packed = blob(body["blob"])
        for line in records_of(entry, packed) if packed is not None else ():
            yield from (("opening", name) for name in LINE_READERS[entry.type](line).openings)
    elif entry.type == "work.add":
        yield "blob", body["blob"]
        packed = blob(body["blob"])
        for record in map(parse_record, records_of(entry, packed) if packed is not None else ()):
            kinds = (("blob", record.prints), ("blob", record.thumb), ("opening", record.title))
            yield from ((kind, name) for kind, name in kinds if name)


def project(index: int, entry: Entry, state: State) -> Projection:
    """The rows that `entry`, at `index`, adds; BadRecord when its blob is not what it says."""
    if entry.type == "key.add":
        return Projection(party=Party(key=entry.by, index=index, role=entry.body["role"], name=entry.body["name"]))
    if entry.type == "work.add":
        return _works(index, entry, state)
    if entry.type == "declare":
        return Projection(spoken=declared(index, entry))
    if entry.type == "withdraw":
        return Projection(spoken=_withdrawn(index, entry, state))
    if entry.type in LINES:
        return _lines(index, entry, state)
    if entry.type in ACTS:
        return Projection(act=acted(index, entry, state.role_of(entry.by)))
    return Projection()


def acted(index: int, entry: Entry, role: str) -> Act:
    """What an entry of `core.act.ACTS` does, signed by a key of this role."""
    return Act(index=index, id=entry.id, by=entry.by, role=role, type=entry.type, at=entry.body["at"], body=entry.body)


def _lines(index: int, entry: Entry, state: State) -> Projection:
    act, blob = acted(index, entry, state.role_of(entry.by)), state.blob(entry.body["blob"])
    if blob is None:
        return Projection(act=act, withheld=(entry.body["blob"],))
    read = LINE_READERS[entry.type]
    records = enumerate(records_of(entry, blob))
    found = (Line(index=index, number=number, by=entry.by, kind=entry.type, record=r) for number, r in records)
    return Projection(act=act, lines=tuple(replace(line, subjects=read(line.record).subjects) for line in found))


def _works(index: int, entry: Entry, state: State) -> Projection:
    blob = state.blob(entry.body["blob"])
    if blob is None:
        return Projection(withheld=(entry.body["blob"],))
    records = records_of(entry, blob)
    works = (Work(id=work_id(r), by=entry.by, index=index, record=parse_record(r)) for r in records)
    return Projection(works=tuple(works))


@lru_cache(maxsize=1024)
def _uses(names: tuple[str, ...]) -> tuple[Use, ...]:
    return tuple(Use(name) for name in names)


def declared(index: int, entry: Entry) -> Spoken:
    """What a `declare` entry says."""
    body = entry.body
    return Spoken(
        index=index,
        id=entry.id,
        by=entry.by,
        stance=Stance[body["stance"].upper()],
        subjects=tuple(parse_subject(subject) for subject in body["subjects"]),
        uses=_uses(tuple(body["uses"])),
        start=body["from"],
        until=body["until"],
        territory=tuple(body["territory"]),
        agent=body["agent"],
        right=body["right"],
        terms=body["terms"],
        at=body["at"],
    )


def _withdrawn(index: int, entry: Entry, state: State) -> Spoken:
    target = state.spoken(entry.body["declaration"])
    if target is None or target.stance is None:
        raise BadRecord(f"entry {index} withdraws something that is no declaration")
    subjects = tuple(parse_subject(subject) for subject in entry.body["subjects"])
    return Spoken(
        index=index,
        id=entry.id,
        by=entry.by,
        stance=None,
        subjects=subjects or target.subjects,
        uses=target.uses,
        start=entry.body["at"],
        until=0,
        territory=target.territory,
        agent=target.agent,
        right=target.right,
        withdraws=target.index,
        at=entry.body["at"],
    )
