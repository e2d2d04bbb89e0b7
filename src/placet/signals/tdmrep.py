"""TDMRep, the TDM Reservation Protocol (W3C Community Group final report, 2024-05-10).

Said in `/.well-known/tdmrep.json`, in response headers, in HTML, and inside EPUB and PDF files; the nearer to the
work supersedes, and absence never resets (section 6.5).  A reservation covers mining, training and datasets; a
policy says where a licence can be asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from placet.core.declaration import Declaration, Problem
from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import json_text, odrl, tdmrep_files
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.paths import pattern_of, split_pattern, target_of
from placet.signals.saying import Speaker, account, leaves_of, meant, speaker, strictest, subject_at, web_address

__all__ = ["CODEC", "read", "select", "write"]

RESERVED = (Use.MINE, Use.TRAIN, Use.DATASET)
OPEN = (Use.MINE, Use.TRAIN)  # 0 says nothing about handing copies on
WELL_KNOWN = "/.well-known/tdmrep.json"

_STANDARD = "tdmrep"
_ORDER = (Channel.LIST, Channel.ROBOTS, Channel.SITE, Channel.HEADER, Channel.PAGE, Channel.EMBEDDED)
_JSON = frozenset({"application/json", "application/ld+json"})


def read(document: Document) -> Heard:
    """What the document reserves; SignalError when it can hold no TDMRep at all."""
    voice = speaker(document, _STANDARD)
    if document.channel in (Channel.HEADER, Channel.PAGE, Channel.EMBEDDED) and not _is_json(document):
        return _read_pairs(voice, tdmrep_files.pairs(document))
    value = json_text.parse(document.body, document.where)
    if odrl.is_policy(value):
        return _read_policy(voice, value)
    if isinstance(value, dict) and _is_rule(value):
        return _read_rules(voice, [value], (voice.problem("an object where TDMRep has an array of rules"),))
    if not isinstance(value, list) or (value and not any(map(_is_rule, value))):
        raise SignalError(f"{document.where} is JSON, but neither an array of TDMRep rules nor a TDM policy")
    return _read_rules(voice, value)


def _is_rule(value: Any) -> bool:
    """One that is bound to an ISCC is TDM-AI's."""
    named = set(value) if isinstance(value, dict) else set()
    return bool({"location", "tdm-reservation", "tdm-policy"} & named) and "iscc" not in named


def _is_json(document: Document) -> bool:
    return document.media_type.partition(";")[0].strip().lower() in _JSON


def _read_rules(voice: Speaker, rules: Sequence[Any], problems: tuple[Problem, ...] = ()) -> Heard:
    heard = [_read_rule(voice, place, rule) for place, rule in enumerate(rules)]
    said = tuple(d for each in heard for d in each.declarations)
    return Heard(said, problems + tuple(p for each in heard for p in each.problems))


def _read_rule(voice: Speaker, place: int, rule: Any) -> Heard:
    if not isinstance(rule, dict):
        return Heard(problems=(voice.problem(f"rule {place} is no object"),))
    location = rule.get("location")
    if not isinstance(location, str) or not location.startswith(("/", "*")):
        return Heard(problems=(voice.problem(f"rule {place} has no location that begins with /"),))
    subject = Subject(Kind.PATTERN, f"{voice.origin}{location}")
    value = rule.get("tdm-reservation")
    faults = []
    if type(value) is not int or value not in (0, 1):
        faults.append(f"rule {place}: tdm-reservation is {value!r}, not the number 0 or 1")
        value = 1 if value == 1 or str(value).strip() == "1" else None
    return _stated(voice, value, rule.get("tdm-policy"), subject=subject, place=place, faults=faults)


def _stated(
    voice: Speaker, value: int | None, policy: object, *, subject: Subject, place: int = 0, faults: Iterable[str] = ()
) -> Heard:
    """The reservation with its policy; section 5.2: beside 0 a policy is not processed."""
    faults = list(faults)
    if value is None:
        return Heard(problems=tuple(map(voice.problem, faults)))
    terms = None
    if value == 1 and policy is not None:
        if isinstance(policy, str) and web_address(policy):
            terms = canonical_url(policy)
        else:
            faults.append(f"tdm-policy {policy!r} is no absolute web address")
    stance = Stance.ALLOW if value == 0 else Stance.LICENSE if terms else Stance.RESERVE
    uses = OPEN if value == 0 else RESERVED
    said = voice.say(uses, stance, subject=subject, terms=terms, place=place)
    return Heard(said, tuple(map(voice.problem, faults)))


def _read_pairs(voice: Speaker, pairs: tdmrep_files.Pairs) -> Heard:
    """Strings, as in headers and metadata: said twice and differently, the reservation stands."""
    faults = list(pairs.faults)
    values = [text.strip() for text in pairs.reservations]
    faults += [f"tdm-reservation is {text!r}, not 0 or 1" for text in values if text not in ("0", "1")]
    if len(set(values)) > 1:
        faults.append("tdm-reservation stands there twice and differs")
    value = 1 if "1" in values else 0 if set(values) == {"0"} and not pairs.faults else None
    policies = {policy.strip() for policy in pairs.policies}
    if len(policies) > 1 and value == 1:
        faults.append("tdm-policy stands there twice and differs")
    policy = policies.pop() if len(policies) == 1 else None
    return _stated(voice, value, policy, subject=voice.about, faults=faults)


def _read_policy(voice: Speaker, value: dict[str, Any]) -> Heard:
    """A policy speaks through whatever pointed to it: its channel is that of the pointer."""
    offer = odrl.read_offer(value)
    problems = tuple(voice.problem(fault) for fault in offer.faults)
    subject = subject_at(offer.target) if offer.target else None
    terms = canonical_url(voice.document.where) if web_address(voice.document.where) else offer.uid or None
    if offer.prohibits:
        return Heard(voice.say(RESERVED, Stance.RESERVE, subject=subject, terms=terms), problems)
    if offer.permits:
        return Heard(voice.say(RESERVED, Stance.LICENSE, subject=subject, terms=terms), problems)
    return Heard(problems=problems)


def select(said: Sequence[Declaration], asked: Asked) -> Selected:
    """Section 6.5: the nearest channel that says anything supersedes; in the file the first matching rule.

    A policy that is not repeated nearer is not inherited: of two readings, the stricter.
    """
    subject = subject_at(asked.url)
    about = [d for d in said if _is_about(d, subject)]
    for channel in reversed(_ORDER):
        nearest = [d for d in about if d.source.channel == channel]
        if channel is Channel.SITE:
            nearest = _first_rule(nearest)
        if nearest:
            speaking, lost = strictest(nearest, subject)
            return Selected(speaking, lost + tuple(d for d in about if d not in nearest))
    return Selected((), tuple(about))


def _is_about(declaration: Declaration, subject: Subject) -> bool:
    if declaration.subject.kind is not Kind.PATTERN:
        return declaration.subject == subject
    origin, location = split_pattern(declaration.subject.id)
    return subject.id.startswith(f"{origin}/") and pattern_of(location).matches(target_of(subject.id))


def _first_rule(said: list[Declaration]) -> list[Declaration]:
    """The first rule in sequence, and the policy that it points to."""
    rules = [d for d in said if d.subject.kind is Kind.PATTERN]
    first = min((d.source.place for d in rules), default=-1)
    speaking = [d for d in rules if d.source.place == first]
    terms = {d.terms for d in speaking if d.terms}
    return speaking + [d for d in said if d not in rules and d.terms in terms]


def write(declarations: Sequence[Declaration], subject: Subject) -> Written:
    """Every form in which a reservation can be said of `subject`; a finer no is said as the wider one."""
    wanted = meant(declarations)
    value, policy = _fold(declarations, wanted)
    if value is None:
        return Written((), *account(declarations, {}))
    stance = Stance.ALLOW if value == 0 else Stance.LICENSE if policy else Stance.RESERVE
    word = leaves_of(OPEN if value == 0 else RESERVED)
    documents = tdmrep_files.documents(subject, value, policy)
    said = dict.fromkeys(word, stance) if documents else {}
    return Written(documents, *account(declarations, said, [word]))


def _fold(declarations: Sequence[Declaration], wanted: dict[Use, Stance]) -> tuple[int | None, str]:
    """Reservation and policy: one yes or no for all that TDMRep speaks of."""
    stances = {wanted.get(leaf) for leaf in leaves_of(RESERVED)}
    if stances & {Stance.RESERVE, Stance.LICENSE}:
        terms = {d.terms for d in declarations if d.stance is Stance.LICENSE}
        policy = next(iter(terms)) if len(terms) == 1 and Stance.RESERVE not in stances else None
        return 1, canonical_url(policy) if policy and web_address(policy) else ""
    if all(wanted.get(leaf) is Stance.ALLOW for leaf in leaves_of(OPEN)):
        return 0, ""
    return None, ""


CODEC = Codec(
    name=_STANDARD,
    spec="W3C Community Group: TDM Reservation Protocol (TDMRep), final report",
    dated="2024-05-10",
    says=frozenset(RESERVED),
    hears=frozenset({Channel.SITE, Channel.HEADER, Channel.PAGE, Channel.EMBEDDED}),
    read=read,
    write=write,
    select=select,
)
