"""Mandates as people give, accept and end them, and in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from placet.app import Home, today
from placet.core.authority import Authority, Mandate
from placet.core.subject import Subject
from placet.desk.documents import digest_of
from placet.desk.identifying import Noted, authority_of, entered, name_of, note_down, party_named
from placet.desk.making import subject_of
from placet.errors import NotFound, Refused, WrongUsage
from placet.record.entries import MANDATED, commitment
from placet.registry.compose import Composer, NewMandate
from placet.registry.openings import Opening
from placet.registry.phrases import subjects_phrase
from placet.registry.speaker import Speaker
from placet.signing.keys import Key

__all__ = ["Shown", "accept", "acts_of", "end", "grant", "id_of", "list_mandates", "scope_of"]

_LEAST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A mandate in words; `state` is proposed, live, over, revoked or to come.

    `principal` and `delegate` are names, or fingerprints where there are none; beside them stand their parties' keys.
    """

    id: str
    entry: int
    principal: str
    principal_key: str
    delegate: str
    delegate_key: str
    state: str
    words: str


def acts_of(words: str) -> tuple[str, ...]:
    """The acts that are let, by comma."""
    acts = tuple(dict.fromkeys(word.strip() for word in words.split(",") if word.strip()))
    if strange := [act for act in acts if act not in MANDATED]:
        raise WrongUsage(f"--acts: {strange[0][:40]!r} is not one of {', '.join(MANDATED)}")
    if not acts:
        raise WrongUsage(f"--acts says what may be done for you: {', '.join(MANDATED)}")
    return acts


def scope_of(home: Home, words: Sequence[str], by: Speaker) -> tuple[Subject, ...]:
    """What a mandate is for: your files, works, numbers, your voice; nothing for all that you have."""
    own = (word.replace("likeness:me/", f"likeness:{by.party}/", 1) for word in words)
    try:
        return tuple(dict.fromkeys(subject for word in own for subject in subject_of(home, word, by)))
    except ValueError as error:
        raise WrongUsage(str(error)) from error


def grant(home: Home, key: Key, mandate: NewMandate, evidence: Path | None) -> Noted:
    """Give it; of a document that shows it, the record holds a commitment, and the giver its opening."""
    entered(home, key)
    to = party_named(home, mandate.to, authority_of(home))
    opening = _opening(home, evidence) if evidence else None
    made = replace(mandate, to=to, evidence=opening.commitment if opening else "")

    def write(composer: Composer) -> None:
        composer.grant(made)
        if opening:
            composer.private[opening.commitment] = opening.data()

    return note_down(home, key, write)


def _opening(home: Home, document: Path) -> Opening:
    digest = digest_of(document)
    opening = Opening(salt=home.random(32), value=digest, show=False)
    if opening.commitment != commitment(opening.salt, digest):
        raise Refused("the document's commitment does not open")
    return opening


def accept(home: Home, key: Key, start: str) -> tuple[Mandate, Noted]:
    """Take on a mandate that was given to this key's party."""
    entered(home, key)
    found = _named(authority_of(home), start)
    return found, note_down(home, key, lambda composer: composer.accept(found.id))


def end(home: Home, key: Key, start: str) -> tuple[Mandate, Noted]:
    """Take a mandate back, or lay it down."""
    found = _named(authority_of(home), start)
    return found, note_down(home, key, lambda composer: composer.end_mandate(found.id))


def id_of(home: Home, start: str) -> str:
    """The whole id of a mandate in the record."""
    return _named(authority_of(home), start).id


def _named(authority: Authority, start: str) -> Mandate:
    if len(start) < _LEAST:
        raise WrongUsage(f"{start!r} is too short to name a mandate: give six characters of its id or more")
    found = [mandate for mandate in authority.mandates() if mandate.id.startswith(start.lower())]
    if len(found) != 1:
        raise NotFound(f"{start} names {len(found) or 'none'} of the mandates in the record (mandate.unknown)")
    return found[0]


def list_mandates(home: Home, of: str, at: int) -> list[Shown]:
    """Those that a party gave or holds, or all, as they stand at a moment."""
    authority = authority_of(home)
    party = party_named(home, of, authority) if of else ""
    name = name_of(home, authority)
    found = [m for m in authority.mandates() if not party or party in (m.principal, m.delegate)]
    return [
        Shown(
            id=mandate.id,
            entry=mandate.act.index,
            principal=name(mandate.principal),
            principal_key=mandate.principal,
            delegate=name(mandate.delegate),
            delegate_key=mandate.delegate,
            state=_state_in_chain(authority, mandate, at),
            words=_words(mandate),
        )
        for mandate in found
    ]


def _state_in_chain(authority: Authority, mandate: Mandate, at: int) -> str:
    """One that was handed on is over with the one above it."""
    own = _state(mandate, at)
    above = [_state(each, at) for each in authority.chain(mandate)[1:]]
    fallen = next((state for state in above if state in ("revoked", "over")), "")
    return own if own in ("revoked", "over") or not fallen else fallen


def _state(mandate: Mandate, at: int) -> str:
    if mandate.ended is not None and mandate.ended_at <= at:
        return "revoked"
    if mandate.until and mandate.until <= at:
        return "over"
    if mandate.accepted is None:
        return "proposed"
    return "live" if mandate.start <= at else "to come"


def _words(mandate: Mandate) -> str:
    """In one clause: what, about which things, where, until when."""
    said = [", ".join(act for act in MANDATED if act in mandate.acts)]
    said.append(subjects_phrase(sorted(mandate.scope)) if mandate.scope else "all that it has")
    said += [f"in {', '.join(mandate.territory)}"] if mandate.territory else []
    said += [f"the right of {', '.join(sorted(mandate.rights))}"] if mandate.rights else []
    said += [f"from {today(mandate.start)}" + (f" until {today(mandate.until - 1)}" if mandate.until else "")]
    said += ["alone"] if mandate.exclusive else []
    said += ["for its whole time"] if not mandate.revocable else []
    said += ["may be handed on once"] if mandate.depth else []
    said += [f"under mandate {mandate.parent[:12]}"] if mandate.parent else []
    return "; ".join(said)
