"""Who somebody is: identifiers that are claimed, and what the log and its issuers attest of a party."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from placet.app import Home
from placet.core.act import Act
from placet.core.authority import Authority
from placet.core.domains import shown, skeleton, suspicion
from placet.core.identifiers import PEOPLE, canonical, of_page
from placet.core.suffixes import is_shared
from placet.desk.documents import read_document
from placet.desk.naming import keys_like, party_named
from placet.desk.saying import say
from placet.errors import NotFound, Refused, WrongUsage
from placet.registry.compose import Attested, Composer
from placet.registry.ladder import Rung, ladder
from placet.registry.openings import Opening
from placet.registry.speaker import Speaker
from placet.signing.keys import Key, Role, fingerprint

__all__ = [
    "Claimed",
    "Noted",
    "attest",
    "authority_of",
    "checked_as",
    "claim",
    "doubts_of",
    "entered",
    "name_of",
    "note_down",
    "party_named",
    "recognise",
    "rungs_of",
    "speaker_of",
    "spelled",
    "unsay",
]

_LEAST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What was written: entry, the id by which it can be taken back, receipts; `doubts` are told beside it."""

    index: int
    id: str
    receipts: Path
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """The identifiers in their one spelling: those now on record, and those that were already."""

    fresh: tuple[str, ...]
    again: tuple[str, ...]
    noted: Noted | None


def authority_of(home: Home) -> Authority:
    """Who may speak for what, by the record of this home."""
    return Authority.of(home.registry.acts() if home.begun else ())


def speaker_of(home: Home, key: Key | None) -> Speaker:
    """Who speaks by this key; nobody yet where there is none."""
    return Speaker(key=key.public.hex() if key else "", authority=authority_of(home))


def name_of(home: Home, authority: Authority) -> Callable[[str], str]:
    """How people are told whose a party is: by its published name, else by its key's fingerprint."""
    names = {party.key: party.name for party in home.registry.parties()} if home.begun else {}

    def name(party: str) -> str:
        known = next((names[key] for key in reversed(authority.keys_of(party)) if names.get(key)), "")
        return known or f"key {fingerprint(bytes.fromhex(party))}"

    return name


def checked_as(home: Home, words: str) -> str:
    """Of whom a check is noted down who is named by these words: the party, or the key that a recovery brought it.

    Where a recovery is disputed, only a check of that very key settles whose the party is (`Authority.is_flagged`).
    """
    authority = authority_of(home)
    party = party_named(home, words, authority)
    named = keys_like(home, words, authority)
    is_recovered = len(named) == 1 and authority.keyring.raised_by(named[0]) is not None
    return named[0] if is_recovered else party


def entered(home: Home, key: Key) -> str:
    """The party of one's own key, which is introduced to the record first if it is new there."""
    public = key.public.hex()
    if not home.registry.last_of(public):
        say(home, key, [lambda _: None])
    return authority_of(home).party_of(public)


def note_down(home: Home, key: Key, write: Callable[[Composer], object], doubts: Sequence[str] = ()) -> Noted:
    """Submit one entry for a key and keep the receipts, with what opens its commitments."""
    said = say(home, key, [write])
    last = said.entries[-1]
    return Noted(index=last.index, id=last.entry.id, receipts=said.receipts or home.path, doubts=tuple(doubts))


def claim(home: Home, key: Key, identifiers: Sequence[str]) -> Claimed:
    """Say that identifiers are one's own: written down once, and raising nothing."""
    told = list(dict.fromkeys(spelled(text) for text in identifiers))
    authority = authority_of(home)
    party = authority.party_of(key.public.hex())
    before = {each for by, each in _claims(authority) if by == party}
    fresh = [each for each in told if each not in before]
    doubts = [doubt for each in fresh for doubt in doubts_of(authority, party, each)]
    noted = note_down(home, key, lambda composer: composer.claim_identity(fresh), doubts) if fresh else None
    return Claimed(fresh=tuple(fresh), again=tuple(each for each in told if each in before), noted=noted)


def spelled(text: str) -> str:
    """An identifier in its one spelling, however it was given; WrongUsage in a sentence."""
    try:
        return canonical(of_page(text))
    except ValueError as error:
        raise WrongUsage(str(error)) from None


def doubts_of(authority: Authority, party: str, identifier: str) -> list[str]:
    """What somebody should know who reads this identifier: that it looks like another's, or is another's."""
    others = {told for by, told in _said(authority) if by != party}
    found = [f"{identifier} is claimed by another party too"] if identifier in others else []
    if identifier.startswith("domain:"):
        name = identifier.removeprefix("domain:")
        found += [doubt] if (doubt := suspicion(name)) else []
        found += [f"under {shown(name)} many people hold names"] if is_shared(name) else []
        domains = {each.removeprefix("domain:") for each in others if each.startswith("domain:")} - {name}
        alike = sorted(each for each in domains if skeleton(each) == skeleton(name))
        found += [f"{shown(name)} is easily taken for {shown(each)}, which is another party's" for each in alike[:3]]
    return found


def _said(authority: Authority) -> Iterator[tuple[str, str]]:
    """Each party with each identifier that it claimed, or that was attested of it."""
    yield from _claims(authority)
    for act in authority.acts:
        if act.type == "identity.attest" and act.body["value"]:
            yield authority.party_of(act.body["party"]), act.body["value"]


def _claims(authority: Authority) -> Iterator[tuple[str, str]]:
    for act in authority.acts:
        if act.type == "identity.claim":
            yield from ((authority.party_of(act.by, act.at), each) for each in act.body["identifiers"])


def attest(home: Home, key: Key, party: str, value: str, *, member: bool, until: int) -> Noted:
    """Say, as a recognised issuer, that an identifier is a party's, or that it is a member."""
    authority = authority_of(home)
    by = authority.party_of(key.public.hex())
    if key.role is not Role.LOG and not authority.is_issuer(by, home.now()):
        raise Refused("only an issuer that the log recognised attests others (identity.attester)")
    told = _person(value) if value else ""
    if not told and not member:
        raise WrongUsage("say what is attested: --as ipi:..., or --member")
    kind = "member" if member else "identifier"
    what = Attested(party=party, kind=kind, method="issuer", start=home.now(), until=until, value=told)
    return note_down(
        home, key, lambda composer: composer.attest(what), doubts_of(authority, party, told) if told else ()
    )


def _person(text: str) -> str:
    told = spelled(text)
    if told.partition(":")[0] not in PEOPLE:
        raise WrongUsage(f"{told} names a work or a place, not somebody: give {', '.join(PEOPLE)} (identity.method)")
    return told


def recognise(home: Home, party: str, document: Path, value: str, *, issuer: bool, publish: bool, until: int) -> Noted:
    """Say, as the log's operator, that a document was shown; published, or as a commitment to its SHA-256."""
    data = read_document(document)
    digest = hashlib.sha256(data).hexdigest()
    what = Attested(
        party=party,
        kind="issuer" if issuer else "document",
        method="document",
        start=home.now(),
        until=until,
        value=_person(value) if value else "",
        evidence=data if publish else b"",
        opening=None if publish else Opening(salt=home.random(32), value=digest, show=False),
    )
    return note_down(home, home.log.key, lambda composer: composer.attest(what))


def unsay(home: Home, keys: Sequence[Key], attestation: str, since: int, why: str) -> Noted:
    """Take an attestation back, by whichever of these keys may: who made it, or the log's."""
    authority = authority_of(home)
    start = attestation.strip().lower()
    found = [act for act in authority.acts if act.type == "identity.attest" and act.id.startswith(start)]
    if len(start) < _LEAST or not found:
        raise NotFound(f"there is no attestation {attestation[:64]!r} in the record (identity.unsay)")
    if len(found) > 1:
        raise WrongUsage(f"{attestation[:64]} begins the ids of {len(found)} attestations: give more of it")
    maker = authority.party_of(found[0].by)
    able = [key for key in keys if key.role is Role.LOG or authority.party_of(key.public.hex()) == maker]
    if not able:
        raise Refused("an attestation is taken back by who made it, or by the log (identity.unsay)")
    return note_down(
        home,
        able[0],
        lambda composer: composer.unsay(found[0].id, since, why),
        [f"another check of the same holds still: {id_[:12]}" for id_ in _alike(authority, found[0], home.now())],
    )


def _alike(authority: Authority, taken: Act, at: int) -> list[str]:
    """Other attestations of the same that are in force."""
    known = authority.attested(authority.party_of(taken.body["party"]))
    same = [each for each in known if (each.kind, each.value) == (taken.body["kind"], taken.body["value"])]
    return [each.act.id for each in same if each.act.id != taken.id and each.counts(at)]


def rungs_of(home: Home, party: str, at: int) -> list[Rung]:
    """The ladder of a party, in words."""
    authority = authority_of(home)
    return ladder(authority, party, at, name_of(home, authority), home.log_files.blob)
