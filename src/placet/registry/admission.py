"""What may enter the record: signed, chained to its speaker's last entry, about things that exist."""

from __future__ import annotations

from placet.core.subject import Kind
from placet.core.work import parse_record
from placet.errors import Refused, VerificationFailed
from placet.record.entries import Entry, parse_subject
from placet.registry.ports import State
from placet.registry.projection import records_of, work_id
from placet.signing.keys import verify

__all__ = ["admit", "check_signature"]

_LOG_ONLY = ("snapshot.publish", "erasure.note")


def check_signature(entry: Entry) -> None:
    """VerificationFailed unless the entry is signed by the key it names."""
    try:
        verify(bytes.fromhex(entry.by), entry.message, bytes.fromhex(entry.sig))
    except VerificationFailed as error:
        raise VerificationFailed(f"entry {entry.id[:12]} is not signed by the key it names") from error


class _Batch:
    """The record as it will be after the entries of this submission that were already judged."""

    def __init__(self, state: State, blobs: dict[str, bytes]) -> None:
        self.state = state
        self.blobs = blobs
        self.last: dict[str, str] = {}
        self.roles: dict[str, str] = {}
        self.holders: dict[str, str] = {}

    def last_of(self, key: str) -> str:
        return self.last.get(key) or self.state.last_of(key)

    def role_of(self, key: str) -> str:
        return self.roles.get(key) or self.state.role_of(key)

    def holder_of(self, work: str) -> str:
        return self.holders.get(work) or self.state.holder_of(work)


def admit(entries: tuple[Entry, ...], blobs: dict[str, bytes], state: State) -> None:
    """Judge a submission as a whole; Refused, BadRecord or VerificationFailed says what is wrong with it."""
    batch = _Batch(state, blobs)
    for entry in entries:
        check_signature(entry)
        if state.index_of(entry.leaf) is None:
            _judge(entry, batch)
        batch.last[entry.by] = entry.id


def _judge(entry: Entry, batch: _Batch) -> None:
    if entry.prev != batch.last_of(entry.by):
        raise Refused("the entry does not follow its key's newest entry; make it again from the present record")
    role = batch.role_of(entry.by)
    if entry.type == "key.add":
        if role:
            raise Refused("this key is in the record already")
        batch.roles[entry.by] = entry.body["role"]
        return
    if not role:
        raise Refused("this key is not in the record yet: a key.add entry comes first")
    if entry.type in _LOG_ONLY and role != "log":
        raise Refused(f"only the log's own key writes {entry.type}")
    if entry.type == "work.add":
        _judge_works(entry, batch)
    elif entry.type == "declare":
        _judge_subjects(entry, batch)
    elif entry.type == "withdraw":
        _judge_withdrawal(entry, batch)


def _judge_works(entry: Entry, batch: _Batch) -> None:
    blob = batch.blobs.get(entry.body["blob"]) or batch.state.blob(entry.body["blob"])
    if blob is None:
        raise Refused("the works' records are missing: their blob was not submitted")
    for record in records_of(entry, blob):
        parse_record(record)
        if batch.holder_of(work_id(record)):
            raise Refused(f"work {work_id(record)[:12]} is in the record already")
        batch.holders[work_id(record)] = entry.by


def _judge_subjects(entry: Entry, batch: _Batch) -> None:
    for text in entry.body["subjects"]:
        subject = parse_subject(text)
        if subject.kind is not Kind.WORK:
            continue
        holder = batch.holder_of(subject.id)
        if not holder:
            raise Refused(f"there is no work {subject.id[:12]} in the record")
        if holder != entry.by:
            raise Refused(f"work {subject.id[:12]} was registered by another key; register your own claim to it")


def _judge_withdrawal(entry: Entry, batch: _Batch) -> None:
    id_ = entry.body["declaration"]
    target = batch.state.spoken(id_)
    if target is None:
        raise Refused(f"there is no declaration {id_[:12]} in the record")
    if target.stance is None:
        raise Refused("a withdrawal cannot be withdrawn; declare anew instead")
    if target.by != entry.by:
        raise Refused("only the key that said it can take it back")
    subjects = {str(subject) for subject in target.subjects}
    if unknown := set(entry.body["subjects"]) - subjects:
        raise Refused(f"the declaration says nothing about {min(unknown)}")
