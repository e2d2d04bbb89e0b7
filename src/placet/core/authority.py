"""Who may speak for whom, and how sure we are of it: a pure fold of the acts of the record.

A party is a chain of keys, named by its first (`core.keyring`).  The ladder of evidence about a party, from least: its
key alone, a confirmed e-mail address, a domain it controls, an issuer that the log knows (a society, a union), a
registry's document.  Identifiers that a party only claims raise nothing.  What a lost key said opens nothing, by
whatever way it speaks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final

from placet.core.act import Act
from placet.core.declaration import REGISTRY, Declaration, Interval
from placet.core.host import host_of
from placet.core.keyring import DAY, Keyring, Recovery
from placet.core.mandate import ACT_OF, Mandate, narrowed, read_mandate, together
from placet.core.person import person_of
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.taken_back import taken_back
from placet.core.territory import members

__all__ = ["ACT_OF", "DAY", "STEPS", "Attestation", "Authority", "Mandate", "Recovery", "Step", "narrowed"]

_KEY: Final = 64  # hex digits of a key


class Step(IntEnum):
    """The ladder; from DOMAIN up an identity counts as checked."""

    KEY = 1
    EMAIL = 2
    DOMAIN = 3
    ISSUER = 4
    DOCUMENT = 5

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Step.KEY: "a key; identity not checked",
    Step.EMAIL: "a confirmed e-mail address",
    Step.DOMAIN: "a domain that it controls",
    Step.ISSUER: "attested by a society or union that the log knows",
    Step.DOCUMENT: "shown by a document of a registry or court",
}

STEPS: Final = {
    "email": Step.EMAIL,
    "domain": Step.DOMAIN,
    "identifier": Step.ISSUER,
    "member": Step.ISSUER,
    "issuer": Step.ISSUER,
    "document": Step.DOCUMENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """That somebody checked who a party is; `void_since` is when it was taken back, None while it stands."""

    act: Act
    party: str
    kind: str
    value: str
    start: int
    until: int
    void_since: int | None = None

    @property
    def step(self) -> Step:
        return STEPS[self.kind]

    def counts(self, at: int) -> bool:
        """Whether a word of the moment `at` is covered: by a check in force then, or made later of the same party."""
        if self.void_since is not None and (self.void_since <= self.start or at >= self.void_since):
            return False
        return not self.until or at < self.until


@dataclass(slots=True)
class Authority:
    """Grows act by act, in the order of the log; every answer is as of the acts it was given."""

    keyring: Keyring = field(default_factory=Keyring)
    _attested: dict[str, list[Attestation]] = field(default_factory=lambda: defaultdict(list))
    _attestations: dict[str, Attestation] = field(default_factory=dict)
    _named: dict[str, list[Attestation]] = field(default_factory=lambda: defaultdict(list))
    _linked: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))
    _mandates: dict[str, Mandate] = field(default_factory=dict)
    _given: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _held: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _between: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    _below: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _accepts: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))
    _ends: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))
    _unsaid: dict[str, list[Act]] = field(default_factory=lambda: defaultdict(list))
    acts: list[Act] = field(default_factory=list)

    @classmethod
    def of(cls, acts: Iterable[Act]) -> Authority:
        authority = cls()
        for act in acts:
            authority.add(act)
        return authority

    def add(self, act: Act) -> None:
        """The next act, which admission found to be allowed."""
        self.acts.append(act)
        self.keyring.add(act)
        if act.type in ("key.revoke", "key.cancel"):
            self._read_mandates_again(act)
        if act.type in _TAKE:
            getattr(self, _TAKE[act.type])(act)

    # ---- keys ------------------------------------------------------------------------------------------

    def party_of(self, key: str, at: int | None = None) -> str:
        """The party whose key this is; a key that recovers one becomes its key when the waiting is over."""
        return self.keyring.party_of(key, at)

    def keys_of(self, party: str) -> tuple[str, ...]:
        """Every key the party ever had, in order; the first is its name."""
        return self.keyring.keys_of(party)

    def has_ended(self, key: str, at: int) -> bool:
        """Whether the key may say nothing more: it was handed on, revoked, or recovered over by then."""
        return self.keyring.has_ended(key, at)

    def is_known(self, key: str) -> bool:
        """Whether a key was ever named as one of a party's, also where it has said nothing yet."""
        return self.keyring.is_known(key)

    def is_flagged(self, key: str, at: int) -> bool:
        """Whether what the key said at that moment may be a thief's: it was lost, or comes by a disputed recovery."""
        if self.keyring.is_flagged(key, at):
            return True
        raised = self.keyring.raised_by(key)
        return raised is not None and self.keyring.is_disputed(raised) and not self._is_seen_again(raised)

    def pending(self, key: str) -> list[Recovery]:
        """The recoveries by which this key is to become a party's, if nobody cancels them in time."""
        return self.keyring.pending(key)

    def precaution(self, party: str) -> tuple[str, int] | None:
        """The commitment to its recovery key and the days of waiting, if it named one."""
        return self.keyring.precaution(party)

    def recovery(self, id_: str) -> Recovery | None:
        return self.keyring.recovery(id_)

    def recoveries(self, party: str) -> list[Recovery]:
        return self.keyring.recoveries(party)

    def _is_seen_again(self, recovery: Recovery) -> bool:
        """Whether the log checked the new key anew: by what it had checked of the party before, or by a document."""
        checks = [each for each in self.attested(recovery.party) if each.act.role == "log"]
        before = {(c.kind, c.value) for c in checks if c.act.index < recovery.act.index and c.value}
        return any(
            c.act.index > recovery.act.index
            and self.keyring.raised_by(c.act.body["party"]) == recovery
            and (c.kind == "document" or (c.kind, c.value) in before)
            and c.void_since is None
            for c in checks
        )

    # ---- identities ------------------------------------------------------------------------------------

    def step(self, party: str, at: int, *, doubted: bool = False) -> Step:
        """The highest rung that covers what the party says at that moment; `doubted` as in `in_force`."""
        counted = (each.step for each in self.attested(party) if self.in_force(each, at, doubted=doubted))
        return max(counted, default=Step.KEY)

    def attested(self, party: str) -> list[Attestation]:
        return [self._as_it_stands(each) for each in self._attested.get(party, ())]

    def attestation(self, id_: str) -> Attestation | None:
        found = self._attestations.get(id_)
        return self._as_it_stands(found) if found else None

    def _as_it_stands(self, found: Attestation) -> Attestation:
        """With the first moment from which it was taken back; what a lost key took back stands."""
        told = self._unsaid.get(found.act.id, ())
        since = [
            act.body["since"] or act.at for act in told if act.role == "log" or not self.is_flagged(act.by, act.at)
        ]
        return replace(found, void_since=min(since)) if since else found

    def bearers(self, identifier: str, at: int, *, doubted: bool = False) -> list[str]:
        """The parties of which it was checked that an identifier is theirs, such as `ipi:00012345678`."""
        told = map(self._as_it_stands, self._named.get(identifier, ()))
        return sorted({each.party for each in told if self.in_force(each, at, doubted=doubted)})

    def bore(self, identifier: str) -> set[str]:
        """Every party of which it was ever said that an identifier is theirs."""
        return {each.party for each in self._named.get(identifier, ())}

    def names(self, party: str, at: int) -> list[str]:
        """The identifiers of which it was checked that they are the party's."""
        kinds = ("identifier", "member", "document", "domain")
        found = (each for each in self.attested(party) if each.kind in kinds and each.value)
        return sorted({each.value for each in found if self.in_force(each, at)})

    def controls(self, party: str, host: str, at: int) -> bool:
        """Whether it was checked that the party controls this host, or a domain above it."""
        domains = (each.value for each in self.attested(party) if each.kind == "domain" and self._counts(each, at))
        return any(f".{host}".endswith(f".{name.removeprefix('domain:')}") for name in domains)

    def in_force(self, attestation: Attestation, at: int, *, doubted: bool = False) -> bool:
        """Whether it covers a word of that moment: an issuer's only while the log stands by the issuer as of then.

        Where the log takes an issuer back since an earlier day, what the issuer attested from that day on goes too; and
        so does what a lost key attested.  For a no that is `doubted` still counts: else whoever has an issuer's key for
        a day could call it lost since ever, and take the voice of all its members.
        """
        act = attestation.act
        return self._counts(attestation, at) and (act.role == "log" or self._is_made_by_issuer(act, doubted))

    def _counts(self, found: Attestation, at: int) -> bool:
        """A recovery brings the name and not the rungs: what was checked of the lost key is checked again."""
        return found.counts(at) and not self.keyring.has_outlived(found.party, found.act.body["party"], at)

    def is_outlived(self, found: Attestation, at: int) -> bool:
        """Whether all that is wrong with it is that the party was recovered since."""
        return found.counts(at) and not self._counts(found, at)

    def _is_made_by_issuer(self, act: Act, doubted: bool) -> bool:
        is_sound = doubted or not self.is_flagged(act.by, act.at)
        return is_sound and self.is_issuer(self.party_of(act.by, act.at), act.at)

    def is_issuer(self, party: str, at: int) -> bool:
        """Whether the log recognised the party as one that attests others."""
        return any(each.kind == "issuer" and self._counts(each, at) for each in self.attested(party))

    def voice(self, key: str, at: int, *, doubted: bool = False) -> Voice:
        """How sure we are who speaks, when this key says something then; of a no, also by `doubted` checks."""
        party = self.party_of(key, at)
        return Voice.VERIFIED if self.step(party, at, doubted=doubted) >= Step.DOMAIN else Voice.CLAIMED

    def links(self, party: str) -> list[Act]:
        """The keys from elsewhere that were linked to the party's, each by an `identity.link`; they raise nothing."""
        return [act for key in self.keys_of(party) for act in self._linked.get(key, ())]

    def _link(self, act: Act) -> None:
        self._linked[act.by].append(act)

    def _attest(self, act: Act) -> None:
        body = act.body
        by = self.party_of(act.by, act.at)
        if act.role != "log" and not (body["kind"] in ("identifier", "member") and self.is_issuer(by, act.at)):
            return
        party = self.party_of(body["party"], act.at)
        found = Attestation(
            act=act, party=party, kind=body["kind"], value=body["value"], start=body["from"], until=body["until"]
        )
        self._attestations[act.id] = found
        self._attested[party].append(found)
        self._named[found.value].append(found)

    def _take_back(self, act: Act) -> None:
        self._unsaid[act.body["attestation"]].append(act)

    # ---- mandates --------------------------------------------------------------------------------------

    def mandate(self, id_: str) -> Mandate | None:
        return self._mandates.get(id_)

    def mandates(self) -> list[Mandate]:
        """All that were ever given, in order."""
        return list(self._mandates.values())

    def given(self, principal: str) -> list[Mandate]:
        """The mandates that the principal gave, in order."""
        return [self._mandates[id_] for id_ in self._given.get(principal, ())]

    def held(self, delegate: str) -> list[Mandate]:
        """The mandates that were given to the party, in order."""
        return [self._mandates[id_] for id_ in self._held.get(delegate, ())]

    def chain(self, mandate: Mandate) -> list[Mandate]:
        """The mandate and those it rests on, up to the principal's own: at most two, else none at all."""
        found = [mandate]
        while found[-1].parent:
            above = self._mandates.get(found[-1].parent)
            if above is None or above.delegate != found[-1].principal or not above.depth or len(found) == 2:
                return []
            found.append(above)
        return found

    def mandate_for(
        self,
        delegate: str,
        principal: str,
        act: str,
        subjects: Collection[Subject],
        right: str,
        index: int,
        at: int,
        territory: tuple[str, ...] = (),
    ) -> Mandate | None:
        """The first of `mandates_for`; None where there is none."""
        return next(self.mandates_for(delegate, principal, act, subjects, right, index, at, territory), None)

    def mandates_for(
        self,
        delegate: str,
        principal: str,
        act: str,
        subjects: Collection[Subject],
        right: str,
        index: int,
        at: int,
        territory: tuple[str, ...] = (),
    ) -> Iterator[Mandate]:
        """The mandates by which `delegate` may do `act` about these subjects for `principal`, at an entry of the log.

        They are checked as of that entry: accepted before it, not ended, in time, each of a chain of at most two, and
        of some part of `territory`.  `subjects` are the names of one thing; an empty scope is all that the principal
        has.
        """
        for id_ in self._between.get((delegate, principal), ()):
            mandate = self._mandates[id_]
            chain = self.chain(mandate)
            is_let = all(each.permits(act, subjects, right, index, at) for each in chain)
            if is_let and self.where(territory, mandate) is not None:
                yield mandate

    def where(self, said: tuple[str, ...], mandate: Mandate) -> tuple[str, ...] | None:
        """The part of a territory in which a mandate lets speak; None where it lets nowhere."""
        where: tuple[str, ...] | None = said
        for each in self.chain(mandate):
            where = narrowed(where, each.territory) if where is not None else None
        return where

    def is_sound(self, mandate: Mandate) -> bool:
        """Whether no lost key gave it, nor the one above it: what a thief lets himself do opens nothing."""
        return not any(self.is_flagged(each.act.by, each.act.at) for each in self.chain(mandate))

    def delegates(self, principal: str) -> Iterator[tuple[str, Mandate]]:
        """Each party that ever held a mandate of the principal's, first or second hand, with that mandate."""
        for mandate in self.given(principal):
            if not mandate.parent:
                yield mandate.delegate, mandate
                for below in (self._mandates[id_] for id_ in self._below.get(mandate.id, ())):
                    yield below.delegate, below

    def _grant(self, act: Act) -> None:
        found = read_mandate(act, self.party_of(act.by, act.at), self.party_of(act.body["to"]))
        self._mandates[act.id] = found
        self._given[found.principal].append(act.id)
        self._held[found.delegate].append(act.id)
        if chain := self.chain(found):
            self._between[found.delegate, chain[-1].principal].append(act.id)
            if found.parent:
                self._below[found.parent].append(act.id)

    def _accept(self, act: Act) -> None:
        self._accepts[act.body["mandate"]].append(act)
        self._read_mandate(act.body["mandate"])

    def _end_mandate(self, act: Act) -> None:
        self._ends[act.body["mandate"]].append(act)
        self._read_mandate(act.body["mandate"])

    def _read_mandate(self, id_: str) -> None:
        """The first acceptance and the first end that no thief may have written."""
        accepted, ended = self._first_sound(self._accepts.get(id_, ())), self._first_sound(self._ends.get(id_, ()))
        self._mandates[id_] = replace(
            self._mandates[id_],
            accepted=accepted.index if accepted else None,
            ended=ended.index if ended else None,
            ended_at=ended.at if ended else 0,
        )

    def _first_sound(self, acts: Iterable[Act]) -> Act | None:
        return next((act for act in acts if not self.is_flagged(act.by, act.at)), None)

    def _read_mandates_again(self, act: Act) -> None:
        """What becomes known of a key changes what its party accepted and ended."""
        found = self.keyring.recovery(act.body["recover"]) if act.type == "key.cancel" else None
        party = found.party if found else self.party_of(act.body.get("key", ""))
        for id_ in {*self._given.get(party, ()), *self._held.get(party, ())}:
            self._read_mandate(id_)

    # ---- words -----------------------------------------------------------------------------------------

    def weigh(self, said: Iterable[Declaration], holder: str = "") -> list[Declaration]:
        """The same words with what is known of their speakers: party, voice, and for whom they speak.

        `holder` is the key that registered the work they are about, if they are about one: what another party says
        of it under a mandate is said for the holder.
        """
        words = list(said)
        if not self.acts:
            return words
        weighed = [self._weighed(word, holder) if word.source.standard == REGISTRY else word for word in words]
        behalf = {word.index: word for word in weighed if word.behalf}
        return [taken_back(word, behalf[word.withdraws]) if word.withdraws in behalf else word for word in weighed]

    def _weighed(self, word: Declaration, holder: str) -> Declaration:
        at = word.source.heard_at
        by = self.party_of(word.by, at)
        voice = self.voice(word.by, at, doubted=word.stance is not Stance.ALLOW)
        if voice is Voice.VERIFIED and (host := host_of(word.subject)) and not self.controls(by, host, at):
            voice = Voice.CLAIMED
        word = replace(word, by=by, voice=voice, flagged=self.is_flagged(word.by, at))
        owner = self.party_of(holder) if holder else self._person(word.subject) or by
        if owner == by:
            return word
        said = self.for_principal(word, owner, (word.subject,))
        is_strange_yes = not said.behalf and said.stance is Stance.ALLOW
        return replace(said, voice=Voice.THIRD_PARTY) if is_strange_yes else said

    def _person(self, subject: Subject) -> str:
        """The party whose voice or likeness it is, where it is named by a key."""
        if subject.kind is not Kind.LIKENESS:
            return ""
        person = person_of(subject)
        return self.party_of(person) if len(person) == _KEY else ""

    def for_principal(self, word: Declaration, principal: str, subjects: Collection[Subject]) -> Declaration:
        """The word as said for a principal, where mandates let its speaker say it; else as it is.

        It speaks where they do.  A yes rests on one of them, the one by which it reaches farthest and then lives
        longest, and no longer than that; a refusal outlives them, until the principal says otherwise.  Under mandates
        that only a lost key gave, a refusal counts and nothing else does.
        """
        if word.stance is None:
            return word
        act, at, index = ACT_OF[word.stance], word.source.heard_at, word.index or 0
        found = list(self.mandates_for(word.by, principal, act, subjects, word.right, index, at, word.territory))
        if not found:
            return word
        sound = [mandate for mandate in found if self.is_sound(mandate)]
        if word.stance is Stance.ALLOW:
            found = [max(sound or found, key=lambda mandate: self._reach(word, mandate))]
        return replace(
            word,
            behalf=principal,
            exclusive=any(mandate.exclusive for mandate in found),
            voice=self._mandated(found, at, doubted=word.stance is not Stance.ALLOW),
            territory=together([self.where(word.territory, mandate) or () for mandate in found]),
            interval=self._span(word, found[0]),
            flagged=word.flagged or not sound,
        )

    def _mandated(self, found: Iterable[Mandate], at: int, *, doubted: bool) -> Voice:
        """Among keys of which nobody was checked a mandate is no surer than a key: two of them may be one troll's."""
        chains = [each for mandate in found for each in self.chain(mandate)]
        parties = {party for each in chains for party in (each.principal, each.delegate)}
        return (
            Voice.MANDATED
            if any(self.step(party, at, doubted=doubted) >= Step.DOMAIN for party in parties)
            else Voice.CLAIMED
        )

    def _reach(self, word: Declaration, mandate: Mandate) -> tuple[float, float]:
        """How many countries a word reaches under a mandate, and until when."""
        where = members(self.where(word.territory, mandate) or ())
        until = self._span(word, mandate).until
        return float("inf") if where is None else len(where), float("inf") if until is None else until

    def _span(self, word: Declaration, mandate: Mandate) -> Interval:
        if word.stance is not Stance.ALLOW:
            return word.interval
        ends = [word.interval.until, *(end for each in self.chain(mandate) for end in (each.until, each.ended_at))]
        return Interval(word.interval.start, min((end for end in ends if end), default=None))


_TAKE: Final = {
    "identity.attest": "_attest",
    "identity.link": "_link",
    "identity.revoke": "_take_back",
    "mandate.grant": "_grant",
    "mandate.accept": "_accept",
    "mandate.revoke": "_end_mandate",
}
