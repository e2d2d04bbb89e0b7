"""Making a submission: a maker's works and her words about them, signed and chained."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from placet.core.canonical import encode
from placet.core.making import Making
from placet.core.spoken import Spoken
from placet.core.stance import Stance
from placet.core.subject import Subject
from placet.core.title import Title
from placet.core.use import Use
from placet.core.work import WorkRecord
from placet.log.sequencer import Submission
from placet.record.entries import MOST_SUBJECTS, Entry, parse_entry, unsigned
from placet.record.merkle import leaf_hash, root
from placet.registry.judging_keys import recover_text, rotate_text
from placet.registry.openings import Opening
from placet.registry.projection import pack_records, work_id
from placet.registry.sworn import Sworn
from placet.signing.keys import Key

__all__ = ["Attested", "Composer", "NewMandate", "NewWork", "Wish"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is said, for how long, where and to whom; times in UTC seconds, 0 for no end."""

    uses: tuple[Use, ...]
    stance: Stance
    start: int
    until: int = 0
    territory: tuple[str, ...] = ()
    agent: str = ""
    right: str = "author"
    terms: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWork:
    """A described work with what its holder adds: a title's opening, a thumbnail to publish."""

    record: WorkRecord
    sheet: bytes = b""
    title: Opening | None = None
    thumb: bytes = b""

    def complete(self) -> WorkRecord:
        """The record with its commitments and blob names filled in."""
        return replace(
            self.record,
            title=self.title.commitment if self.title else "",
            thumb=hashlib.sha256(self.thumb).hexdigest() if self.thumb else "",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """What is said of a party, how it was found out, and from when until when (0: no end).

    The evidence is published; an opening, or the commitment alone, is not.
    """

    party: str
    kind: str
    method: str
    start: int
    until: int = 0
    value: str = ""
    evidence: bytes = b""
    commitment: str = ""
    opening: Opening | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMandate:
    """What is let to whom: `scope` empty for all that the party has, `until` 0 for no end, `parent` a mandate's id."""

    to: str
    acts: tuple[str, ...]
    start: int
    until: int = 0
    scope: tuple[Subject, ...] = ()
    rights: tuple[str, ...] = ()
    territory: tuple[str, ...] = ()
    exclusive: bool = False
    revocable: bool = True
    may_delegate: bool = False
    parent: str = ""
    evidence: str = ""

    def body(self) -> dict[str, Any]:
        return {
            "to": self.to,
            "acts": list(self.acts),
            "scope": sorted(map(str, self.scope)),
            "rights": list(self.rights),
            "territory": list(self.territory),
            "from": self.start,
            "until": self.until,
            "exclusive": int(self.exclusive),
            "revocable": int(self.revocable),
            "depth": int(self.may_delegate),
            "parent": self.parent,
            "evidence": self.evidence,
        }


@dataclass(slots=True)
class Composer:
    """Signs one entry after the other for a key whose newest entry is `prev`."""

    key: Key
    prev: str
    at: int
    entries: list[Entry] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    openings: dict[str, bytes] = field(default_factory=dict)
    private: dict[str, bytes] = field(default_factory=dict)

    def submission(self) -> Submission:
        return Submission(tuple(self.entries), self.blobs, self.openings, self.private)

    def introduce(self, name: Opening | None = None) -> Entry:
        """`key.add`: the first entry of every key."""
        if name:
            self._open(name)
        return self._sign("key.add", {"role": self.key.role.value, "name": name.commitment if name else ""})

    def register(self, works: Sequence[NewWork]) -> list[str]:
        """`work.add` for all of these under one Merkle root; returns their ids in order."""
        records = []
        for work in works:
            records.append(work.complete().data())
            self._keep(work.sheet)
            self._keep(work.thumb)
            if work.title:
                self._open(work.title)
        blob = pack_records(records)
        tree = root([leaf_hash(record) for record in records]).hex()
        self._sign("work.add", {"count": len(records), "root": tree, "blob": self._keep(blob)})
        return [work_id(record) for record in records]

    def declare(self, subjects: Sequence[Subject], wish: Wish) -> None:
        """`declare`: the same wish about every subject, in as many entries as it takes."""
        terms = self._keep(wish.terms.encode()) if wish.terms else ""
        for some in _chunks(sorted(str(subject) for subject in subjects)):
            self._sign("declare", _words(wish, some, terms))

    def withdraw(self, target: Spoken, subjects: Sequence[Subject] = ()) -> None:
        """`withdraw`: take back a declaration, about all its subjects or only these."""
        self._sign("withdraw", {"declaration": target.id, "subjects": sorted(map(str, subjects))})

    def make(self, makings: Sequence[Making], names: Sequence[Opening] = ()) -> Entry:
        """`made.add`: how works were made, all of these under one Merkle root; `names` are of those credited."""
        for name in names:
            self._open(name)
        return self._sheet("made.add", [making.data() for making in makings])

    def claim(self, titles: Sequence[Title], names: Sequence[Opening] = ()) -> Entry:
        """`claim.add`: up to `core.title.MOST_LINES` titles under one Merkle root; `names` open what they commit to."""
        for name in names:
            self._open(name)
        return self._sheet("claim.add", [title.data() for title in titles])

    def exclude(self, who: Sequence[str], start: int, until: int = 0) -> Entry:
        """`claim.exclude`: members for whom this party's wide words do not speak, at most 500 an entry."""
        return self._sign("claim.exclude", {"who": sorted(who), "from": start, "until": until})

    def _sheet(self, type_: str, records: list[bytes]) -> Entry:
        tree = root([leaf_hash(record) for record in records]).hex()
        return self._sign(type_, {"count": len(records), "root": tree, "blob": self._keep(pack_records(records))})

    def claim_identity(self, identifiers: Sequence[str]) -> Entry:
        """`identity.claim`: identifiers in their one spelling, of which nobody checked that they are this party's."""
        return self._sign("identity.claim", {"identifiers": list(identifiers)})

    def attest(self, attested: Attested) -> Entry:
        """`identity.attest`, by the log's own key or by an issuer's."""
        if attested.opening:
            self._open(attested.opening)
        body = {
            "party": attested.party,
            "kind": attested.kind,
            "value": attested.value,
            "commitment": attested.opening.commitment if attested.opening else attested.commitment,
            "method": attested.method,
            "from": attested.start,
            "until": attested.until,
            "evidence": self._keep(attested.evidence) if attested.evidence else "",
        }
        return self._sign("identity.attest", body)

    def link(self, kind: str, public: str, signature: bytes) -> Entry:
        """`identity.link`: an outside key, with its own signature over `registry.links.binding_text`."""
        return self._sign("identity.link", {"kind": kind, "public": public, "signature": self._keep(signature)})

    def unsay(self, attestation: str, since: int, why: str) -> Entry:
        """`identity.revoke`: that an attestation holds no more, since a moment, or from now on (0)."""
        return self._sign("identity.revoke", {"attestation": attestation, "since": since, "why": why})

    def contest(self, subjects: Sequence[str], against: str, sworn: Sworn, contact: Opening, right: str = "") -> Entry:
        """`claim.counter`: that a party is mistaken to claim these, under penalty; the contact stays with its maker."""
        self._open(contact)
        body = {"subjects": sorted(subjects), "against": against, "right": right, "contact": contact.commitment}
        return self._sign("claim.counter", body | {"statement": self._keep(sworn.data())})

    def unclaim(self, subjects: Sequence[str]) -> Entry:
        """`claim.withdraw`: these are claimed no longer, works and titles alike."""
        return self._sign("claim.withdraw", {"subjects": sorted(subjects)})

    def settle(self, dispute: str, outcome: str, holder: str = "", document: str = "") -> Entry:
        """`claim.settle`: what became of a dispute, and by which document."""
        body = {"counter": dispute, "outcome": outcome, "holder": holder, "document": document}
        return self._sign("claim.settle", body)

    def overlap(self, older: Subject, newer: Subject, method: str, score: int) -> Entry:
        """`claim.overlap`, by the log's own key."""
        body = {"older": str(older), "newer": str(newer), "method": method, "score": score}
        return self._sign("claim.overlap", body)

    def strike(self, party: str, why: str, entry: str = "") -> Entry:
        """`strike.add`, by the log's own key or by an issuer's."""
        return self._sign("strike.add", {"party": party, "entry": entry, "why": why})

    def grant(self, mandate: NewMandate) -> Entry:
        """`mandate.grant`: let another party act for this key's; it counts once it is accepted."""
        return self._sign("mandate.grant", mandate.body())

    def accept(self, mandate: str) -> Entry:
        """`mandate.accept`: take on a mandate that was given to this key's party."""
        return self._sign("mandate.accept", {"mandate": mandate})

    def end_mandate(self, mandate: str) -> Entry:
        """`mandate.revoke`: take a mandate back, or lay it down."""
        return self._sign("mandate.revoke", {"mandate": mandate})

    def rotate(self, new: Key) -> Entry:
        """`key.rotate`: hand on to a new key, which signs that it takes over; the last word of this one."""
        to = new.public.hex()
        proof = new.sign(rotate_text(self.key.public.hex(), to)).hex()
        return self._sign("key.rotate", {"to": to, "proof": proof})

    def prepare_recovery(self, public: bytes, wait: int) -> Entry:
        """`key.recovery`: name a recovery key by its hash, and how many days its use must wait (7 to 30)."""
        return self._sign("key.recovery", {"commitment": hashlib.sha256(public).hexdigest(), "wait": wait})

    def recover(self, party: str, new: Key) -> Entry:
        """`key.recover`: by the recovery key, make a new key the party's, once the waiting is over."""
        to = new.public.hex()
        return self._sign("key.recover", {"party": party, "to": to, "proof": new.sign(recover_text(party, to)).hex()})

    def cancel_recovery(self, recover: str) -> Entry:
        """`key.cancel`: by a key of the party, while the recovery still waits."""
        return self._sign("key.cancel", {"recover": recover})

    def revoke_key(self, key: str, since: int, why: str) -> Entry:
        """`key.revoke`: this key says nothing more; what it said from `since` on (0: nothing) may be a thief's."""
        return self._sign("key.revoke", {"key": key, "since": since, "why": why})

    def license(self, licence: str) -> Entry:
        """`licence.issue`: that a licence was given, as a commitment that both its parties can open."""
        return self._sign("licence.issue", {"licence": licence})

    def list_status(self, token: bytes) -> Entry:
        """`status.publish`: which of this key's licences were taken back, kept beside the log."""
        return self._sign("status.publish", {"list": self._keep(token)})

    def publish(self, size: int, manifest: str) -> Entry:
        """`snapshot.publish`, by the log's own key."""
        return self._sign("snapshot.publish", {"size": size, "manifest": manifest})

    def note_erasure(self, commitment: str, why: str) -> Entry:
        """`erasure.note`, by the log's own key: that what opened a commitment was destroyed here."""
        return self._sign("erasure.note", {"kind": "opening", "digest": commitment, "why": why})

    def _sign(self, type_: str, body: Mapping[str, Any]) -> Entry:
        by, whole = self.key.public.hex(), {"at": self.at, **body}
        sig = self.key.sign(unsigned(type_, by, self.prev, whole)).hex()
        value = {"v": 1, "type": type_, "by": by, "prev": self.prev, "body": whole, "sig": sig}
        entry = parse_entry(encode(value))
        self.entries.append(entry)
        self.prev = entry.id
        return entry

    def _open(self, opening: Opening) -> None:
        """The log's folder is public: what its maker does not let be shown stays with her."""
        (self.openings if opening.show else self.private)[opening.commitment] = opening.data()

    def _keep(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        if data:
            self.blobs[digest] = data
        return digest


def _words(wish: Wish, subjects: list[str], terms: str) -> dict[str, Any]:
    return {
        "subjects": subjects,
        "uses": [use.value for use in wish.uses],
        "stance": wish.stance.word,
        "from": wish.start,
        "until": wish.until,
        "territory": list(wish.territory),
        "agent": wish.agent,
        "right": wish.right,
        "terms": terms,
    }


def _chunks(subjects: list[str]) -> Iterator[list[str]]:
    """At most MOST_SUBJECTS a chunk, and well below an entry's limit of bytes."""
    chunk: list[str] = []
    size = 0
    for subject in subjects:
        if chunk and (len(chunk) == MOST_SUBJECTS or size + len(subject) > 48_000):
            yield chunk
            chunk, size = [], 0
        chunk.append(subject)
        size += len(subject.encode()) + 3
    if chunk:
        yield chunk
