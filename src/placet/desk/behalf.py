"""Saying a word for somebody else: whose it is, what of hers is meant, and which mandates let it be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from placet.app import Home, today
from placet.core.authority import Authority, Mandate
from placet.core.identifiers import canonical
from placet.core.ids import short
from placet.core.mandate import together
from placet.core.subject import Kind, Subject
from placet.core.title import parse_title
from placet.desk.identifying import name_of, party_named
from placet.desk.scoping import named_works
from placet.errors import NotFound, Refused, WrongUsage
from placet.registry.phrases import subjects_phrase
from placet.registry.speaker import Speaker

__all__ = ["Behalf", "Word", "mandates_phrase", "speak_for"]

_LAST = 1 << 62  # after every entry
_KEY = 64
_NAMED = (Kind.IDENTIFIER, Kind.URL, Kind.PATTERN, Kind.DOMAIN)  # what is nobody's own by its name alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What is to be said for her: the act of a mandate, in which right, where."""

    act: str
    right: str
    territory: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Behalf:
    """For whom it is said, by which mandates; `where` narrows it; `loose` is not listed as hers by any sheet."""

    party: str
    name: str
    subjects: tuple[Subject, ...]
    mandates: tuple[str, ...]
    where: tuple[str, ...] = ()
    loose: tuple[Subject, ...] = ()


def speak_for(home: Home, speaker: Speaker, whom: str, what: Sequence[str], word: Word) -> Behalf:
    """What these words name of hers, when a mandate lets the speaker say it of each; Refused in a sentence else."""
    authority = speaker.authority
    party = _principal(home, whom, authority)
    name = name_of(home, authority)(party)
    if party == speaker.party:
        raise WrongUsage(f"--for {whom}: that is you; leave it out (mandate.self)")
    subjects = tuple(dict.fromkeys(_hers(home, what, party, name, speaker)))
    found: dict[str, Mandate] = {}
    for subject in subjects:
        letting = _mandates(authority, speaker.party, party, subject, word, home.now())
        if not letting:
            raise Refused(f"{_why_not(authority, speaker, party, name, subject, word, home.now())} (mandate.none)")
        found |= letting
    places = dict.fromkeys(authority.where(word.territory, mandate) or () for mandate in found.values())
    where = together(list(places)) if places.keys() != {word.territory} else ()
    loose = tuple(each for each in subjects if each.kind in _NAMED and not _is_listed(home, each, party, authority))
    return Behalf(party=party, name=name, subjects=subjects, mandates=tuple(found), where=where, loose=loose)


def mandates_phrase(ids: Sequence[str]) -> str:
    """`mandate 1f2e3d4c5b6a`, `mandates ... and ...`."""
    names = [short(id_) for id_ in ids]
    return f"mandate{'s' if len(names) > 1 else ''} {' and '.join(names[:3])}{' and more' if len(names) > 3 else ''}"


def _principal(home: Home, words: str, authority: Authority) -> str:
    """A party by its key, or by an identifier of which it was checked that it is hers."""
    if ":" not in words:
        return party_named(home, words, authority)
    try:
        identifier = canonical(words)
    except ValueError as error:
        raise WrongUsage(f"--for: {error}") from None
    bearers = authority.bearers(identifier, home.now())
    if len(bearers) != 1:
        raise NotFound(f"{len(bearers) or 'no'} parties were checked to be {identifier}: name one by its key")
    return bearers[0]


def _hers(home: Home, what: Sequence[str], party: str, name: str, speaker: Speaker) -> list[Subject]:
    """Her works by file, id, `all`, or in a quote; her voice or repertoire as `them`; names of works as they are."""
    authority, found = speaker.authority, list[Subject]()
    hers = Speaker(key=party, authority=authority)
    for word in what:
        told = word.replace("likeness:them/", f"likeness:{party}/", 1) if word.startswith("likeness:") else word
        told = f"repertoire:{party}" if told == "repertoire:them" else told
        named = [_by_party(subject, authority) for subject in named_works(home, told, hers)]
        if not named and told.endswith(".json"):  # a quote tells who asks the price: the speaker
            named = [subject for subject in named_works(home, told, speaker) if _may_be(home, subject, hers)]
        if not named:
            raise NotFound(f"{word[:300]} is no work of {name} in the registry here (mandate.not-hers)")
        found += named
    return found


def _may_be(home: Home, subject: Subject, hers: Speaker) -> bool:
    works = home.registry.works_like("id", subject.id) if subject.kind is Kind.WORK else []
    return subject.kind is not Kind.WORK or any(hers.owns(work.by) for work in works)


def _by_party(subject: Subject, authority: Authority) -> Subject:
    """A repertoire or likeness that is named by any of a party's keys, by the first."""
    who, slash, part = subject.id.partition("/")
    if subject.kind not in (Kind.REPERTOIRE, Kind.LIKENESS) or len(who) != _KEY:
        return subject
    return Subject(subject.kind, f"{authority.party_of(who)}{slash}{part}")


def _mandates(
    authority: Authority, speaker: str, party: str, subject: Subject, word: Word, at: int
) -> dict[str, Mandate]:
    """As admission asks of a work, and as the sheets that list a name are read."""
    names = [subject, Subject(Kind.REPERTOIRE, party)] if subject.kind in _NAMED else [subject]
    found = authority.mandates_for(speaker, party, word.act, names, word.right, _LAST, at, word.territory)
    return {mandate.id: mandate for mandate in found}


def _is_listed(home: Home, subject: Subject, party: str, authority: Authority) -> bool:
    hers = {*authority.keys_of(party), *authority.names(party, home.now())}
    titles = (parse_title(line.record) for line in home.registry.lines_about([subject], "claim.add"))
    return any(claim.who in hers for title in titles for claim in title.claims)


def _why_not(
    authority: Authority, speaker: Speaker, party: str, name: str, subject: Subject, word: Word, at: int
) -> str:
    """Why no mandate of hers lets this be said, by the one that comes nearest."""
    held = [m for m in authority.held(speaker.party) if (chain := authority.chain(m)) and chain[-1].principal == party]
    reasons = [_lack(authority, mandate, subject, word, at) for mandate in held]
    if not reasons:
        return f"{name} gave you no mandate: she does with `placet mandate grant --to {speaker.party[:12]}`"
    return max(reasons)[1]


def _lack(authority: Authority, mandate: Mandate, subject: Subject, word: Word, at: int) -> tuple[int, str]:
    """What a mandate lacks, and how near it comes."""
    id_ = short(mandate.id)
    chain = authority.chain(mandate)
    if mandate.accepted is None:
        return 0, f"mandate {id_} was not accepted yet: `placet mandate accept {id_}`"
    if any(each.ended is not None or (each.until and each.until <= at) for each in chain):
        return 1, f"mandate {id_} is over"
    if mandate.start > at:
        return 2, f"mandate {id_} begins on {today(mandate.start)}"
    if word.act not in mandate.acts:
        return 3, f"mandate {id_} lets you {', '.join(sorted(mandate.acts))}, and not {word.act}"
    if mandate.rights and word.right not in mandate.rights:
        rights = ", ".join(sorted(mandate.rights))
        return 4, f"mandate {id_} is for the right of {rights}: say it in that right alone, with --right"
    if authority.where(word.territory, mandate) is None:
        return 5, f"mandate {id_} is for {', '.join(mandate.territory)} alone"
    scope = next((each.scope for each in chain if each.scope and subject not in each.scope), frozenset())
    return 6, f"mandate {id_} is for {subjects_phrase(sorted(scope))}, and {_told(subject)} is none of them"


def _told(subject: Subject) -> str:
    return f"work {short(subject.id)}" if subject.kind is Kind.WORK else str(subject)[:80]
