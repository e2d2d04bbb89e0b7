"""What may enter the record: signed, chained to its speaker's last entry, about things that exist."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from placet.core.act import ACTS
from placet.core.authority import ACT_OF, Authority
from placet.core.spoken import Spoken
from placet.core.stance import Stance
from placet.core.standing import Disputes
from placet.core.subject import Kind, Subject
from placet.core.work import WorkRecord, parse_record
from placet.errors import BadRecord, PlacetError, Refused, StoreDamaged, VerificationFailed
from placet.log.threads import check_all
from placet.record.ed25519 import flaw
from placet.record.entries import Entry, parse_subject
from placet.registry import (
    judging_claims,
    judging_disputes,
    judging_identity,
    judging_keys,
    judging_links,
    judging_made,
    judging_mandates,
    judging_withdrawals,
)
from placet.registry.judging_keys import judge_speaker
from placet.registry.judging_people import judge_likeness
from placet.registry.openings import parse_opening
from placet.registry.ports import State
from placet.registry.projection import acted, declared, named, records_of, work_id
from placet.signing.keys import verify

__all__ = ["admit", "check_signature", "replay"]

# Who may write what; everyone may introduce a key.
_WRITERS = {
    "work.add": "party",
    "declare": "party",
    "withdraw": "party",
    "licence.issue": "party",
    "status.publish": "party",
    "snapshot.publish": "log",
    "erasure.note": "log",
    **dict.fromkeys(ACTS, "party"),
    "key.recover": "recovery",
    "key.revoke": "party recovery",
    "identity.attest": "party log",
    "identity.revoke": "party log",
    "claim.overlap": "log",
    "claim.settle": "party log",
    "strike.add": "party log",
}
_KEY = 64  # hex digits of a party's key
_AFTER = 1 << 40  # indexes for the acts of a submission, which come after all that is in the record
_ONLY = {
    "party": "only a party's key registers works and speaks about them",
    "log": "only the log's own key writes {}",
    "recovery": "only a key made to recover another writes {}",
}


def check_signature(entry: Entry) -> None:
    """VerificationFailed unless the entry is signed by the key it names, and by nobody else."""
    public = bytes.fromhex(entry.by)
    if why := flaw(public):
        raise VerificationFailed(f"entry {entry.id[:12]}: the key {entry.by[:12]} {why}")
    try:
        verify(public, entry.message, bytes.fromhex(entry.sig))
    except VerificationFailed as error:
        raise VerificationFailed(f"entry {entry.id[:12]} is not signed by the key it names") from error


def admit(
    entries: tuple[Entry, ...],
    blobs: Mapping[str, bytes],
    state: State,
    openings: Mapping[str, bytes] | None = None,
    *,
    origin: str,
) -> None:
    """Judge a submission to the log of this origin; Refused, BadRecord or VerificationFailed says what is wrong.

    An entry that is in the record already is passed over: it keeps its index, and changes nothing.
    """
    check_all(check_signature, entries)
    for name, data in (openings or {}).items():
        parse_opening(data, name)
    known = state.known([entry.leaf for entry in entries])
    batch = _Batch(state, blobs, origin)
    batch.expect(entries)
    for entry in entries:
        if entry.leaf not in known:
            _judge(entry, batch)
            known.add(entry.leaf)
            batch.last[entry.by] = entry.id
    if openings:
        _check_owners(entries, batch, openings)


def _check_owners(entries: Sequence[Entry], batch: _Batch, openings: Mapping[str, bytes]) -> None:
    """An opening comes with its entry or never: the tables were made without it, and a rebuild would differ."""
    known = {name for entry in entries for kind, name in named(entry, batch.blob) if kind == "opening"}
    if strange := openings.keys() - known:
        raise Refused(f"the opening {min(strange)[:12]} belongs to no entry of the submission")


def replay(entries: Sequence[Entry], start: State, origin: str) -> None:
    """Judge the whole log of this origin again; StoreDamaged names the first entry that should not have been taken.

    Signatures are checked apart.  What is withheld counts as if it were right.
    """
    batch, known = _Batch(start, {}, origin, lenient=True), set[bytes]()
    batch.expect(entries)
    for index, entry in enumerate(entries):
        try:
            _judge(entry, batch)
        except PlacetError as error:
            raise StoreDamaged(f"entry {index} should not have been taken: {error}") from error
        if entry.leaf in known:
            raise StoreDamaged(f"entry {index} is in the log twice")
        known.add(entry.leaf)
        batch.last[entry.by] = entry.id


class _Batch:
    """The record as it will be after the entries of this submission that were already judged."""

    def __init__(self, state: State, blobs: Mapping[str, bytes], origin: str, *, lenient: bool = False) -> None:
        self.state = state
        self.origin = origin
        self.blobs = blobs
        self.lenient = lenient
        self.hidden = False  # works of which nothing is known, their records being withheld
        self.last: dict[str, str] = {}
        self.roles: dict[str, str] = {}
        self.words: dict[str, tuple[int, Entry]] = {}
        self._holders: dict[str, str] = {}
        self._authority: Authority | None = None
        self._disputes: Disputes | None = None
        self._taken = 0

    def expect(self, entries: Collection[Entry]) -> None:
        """Ask once for all speakers, and for the holders of all works that these entries speak about."""
        speakers = {entry.by for entry in entries}
        found = self.state.speakers(speakers)
        self.roles = {key: found.get(key, ("", ""))[0] for key in speakers}
        self.last = {key: found.get(key, ("", ""))[1] for key in speakers}
        subjects = (s for entry in entries if entry.type == "declare" for s in entry.body["subjects"])
        works = {s.removeprefix("work:") for s in subjects if s.startswith("work:")}
        self._holders.update(dict.fromkeys(works, "") | self.state.holders(works))

    def register(self, works: Collection[str], by: str) -> None:
        if len(set(works)) != len(works):
            raise Refused("the submission registers the same work twice")
        if taken := self.holders(works):
            raise Refused(f"work {min(taken)[:12]} is in the record already")
        self._holders.update(dict.fromkeys(works, by))

    def holders(self, works: Collection[str]) -> dict[str, str]:
        """The holders of those that are in the record, or were registered before in this submission."""
        return self.state.holders(works) | {work: self._holders[work] for work in works if self._holders.get(work)}

    def holder_of(self, work: str) -> str:
        return self._holders[work]

    def last_of(self, key: str) -> str:
        if key not in self.last:
            self.last[key] = self.state.last_of(key)
        return self.last[key]

    def role_of(self, key: str) -> str:
        if key not in self.roles:
            self.roles[key] = self.state.role_of(key)
        return self.roles[key]

    def spoken(self, id_: str) -> Spoken | None:
        said = self.words.get(id_)
        return declared(*said) if said else self.state.spoken(id_)

    @property
    def authority(self) -> Authority:
        """Who may speak for what, as of the entries judged so far."""
        if self._authority is None:
            self._authority = Authority.of(self.state.acts())
        return self._authority

    @property
    def disputes(self) -> Disputes:
        """How claims stand, as of the entries judged so far."""
        if self._disputes is None:
            self._disputes = Disputes(self.authority, lambda work: self.holders({work}).get(work, ""))
        return self._disputes.refresh()

    @property
    def here(self) -> int:
        """An index beyond all that was judged so far, and before the acts that follow."""
        return _AFTER + 2 * self._taken + 1

    def take(self, entry: Entry, role: str) -> None:
        """Count an act that was judged; acts before the first question are read with the record."""
        if entry.type in ACTS:
            self._taken += 1
            self.authority.add(acted(_AFTER + 2 * self._taken, entry, role))

    def blob(self, digest: str) -> bytes | None:
        found = self.blobs.get(digest)
        return self.state.blob(digest) if found is None else found

    def need(self, digest: str, what: str) -> bytes | None:
        """The blob; None only where a missing one is let pass."""
        blob = self.blob(digest)
        if blob is None and not self.lenient:
            raise Refused(f"{what} missing: the blob {digest[:12]} was not submitted")
        return blob


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
    writers = _WRITERS[entry.type].split()
    if role not in writers:
        raise Refused(_ONLY[writers[0]].format(entry.type))
    judge_speaker(entry, batch)
    if judge := _JUDGES.get(entry.type):
        judge(entry, batch)
    batch.take(entry, role)


def _judge_works(entry: Entry, batch: _Batch) -> None:
    blob = batch.need(entry.body["blob"], "the works' records are")
    if blob is None:
        batch.hidden = True
        return
    records = records_of(entry, blob)
    for record in records:
        _judge_record(work_id(record), parse_record(record), batch)
    batch.register([work_id(record) for record in records], entry.by)


def _judge_record(work: str, record: WorkRecord, batch: _Batch) -> None:
    if record.prints:
        from placet.fingerprints.sheet import parse_sheet

        sheet = batch.need(record.prints, f"the fingerprints of work {work[:12]} are")
        try:
            if sheet is not None:
                parse_sheet(sheet)
        except BadRecord as error:
            raise BadRecord(f"work {work[:12]}: {error}") from error
    if record.thumb:
        batch.need(record.thumb, f"the thumbnail of work {work[:12]} is")


def _judge_words(entry: Entry, batch: _Batch) -> None:
    for text in entry.body["subjects"]:
        if text.startswith(f"{Kind.WORK}:"):
            _judge_work(parse_subject(text), entry, batch)
        elif text.startswith(f"{Kind.LIKENESS}:"):
            judge_likeness(entry, parse_subject(text), batch)
        elif text.startswith(f"{Kind.REPERTOIRE}:"):
            _judge_repertoire(entry, parse_subject(text), batch)
    if entry.body["terms"]:
        batch.need(entry.body["terms"], "the terms are")
    batch.words[entry.id] = batch.here, entry


def _judge_work(subject: Subject, entry: Entry, batch: _Batch) -> None:
    work = subject.id
    holder = batch.holder_of(work)
    if not holder and not batch.hidden:
        raise Refused(f"there is no work {work[:12]} in the record")
    if holder and holder != entry.by and not _speaks_for(batch.authority.party_of(holder), entry, subject, batch):
        raise Refused(
            f"work {work[:12]} was registered by another key; register your own claim to it, or have a mandate"
        )


def _speaks_for(owner: str, entry: Entry, subject: Subject, batch: _Batch) -> bool:
    """Whether the speaker is a key of the owner's, or holds her mandate to say this, as of this entry."""
    body = entry.body
    speaker = batch.authority.party_of(entry.by, body["at"])
    act = ACT_OF[Stance[body["stance"].upper()]]
    where = tuple(body["territory"])
    return speaker == owner or bool(
        batch.authority.mandate_for(speaker, owner, act, (subject,), body["right"], batch.here, body["at"], where)
    )


def _judge_repertoire(entry: Entry, subject: Subject, batch: _Batch) -> None:
    """Of all that a party has only she speaks, or whom she gave a mandate; of a name's, anybody who lists it."""
    if len(subject.id) != _KEY:
        return
    if not _speaks_for(batch.authority.party_of(subject.id), entry, subject, batch):
        raise Refused(f"the repertoire of {subject.id[:12]} is another party's (repertoire.not-yours)")


def _judge_status(entry: Entry, batch: _Batch) -> None:
    batch.need(entry.body["list"], "the status list is")


# Rules for acts live by topic in `registry.judging_*`, each a dict JUDGES that is joined here.
_JUDGES: dict[str, Callable[[Entry, Any], None]] = {
    "work.add": _judge_works,
    "declare": _judge_words,
    "status.publish": _judge_status,
    **judging_claims.JUDGES,
    **judging_disputes.JUDGES,
    **judging_identity.JUDGES,
    **judging_keys.JUDGES,
    **judging_links.JUDGES,
    **judging_made.JUDGES,
    **judging_mandates.JUDGES,
    **judging_withdrawals.JUDGES,
}
