"""What an entry says, in the words of the person who said it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction

from placet.core.money import Money
from placet.core.offer import Offer, Report, Unit, is_offer, parse_offer
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import PRESETS, Use
from placet.errors import BadInput
from placet.record.entries import Entry, parse_subject
from placet.registry.dispute_phrases import dispute_phrase
from placet.registry.key_phrases import key_phrase
from placet.registry.ladder import identity_phrase

__all__ = [
    "count",
    "entries_phrase",
    "entry_phrase",
    "offer_phrase",
    "subjects_phrase",
    "terms_phrase",
    "uses_phrase",
    "wish_phrase",
]

_NOUNS = {
    Kind.WORK: ("work", "works"),
    Kind.FINGERPRINT: ("fingerprint", "fingerprints"),
    Kind.IDENTIFIER: ("identifier", "identifiers"),
    Kind.URL: ("address", "addresses"),
    Kind.PATTERN: ("address pattern", "address patterns"),
    Kind.DOMAIN: ("domain", "domains"),
    Kind.REPERTOIRE: ("repertoire", "repertoires"),
    Kind.LIKENESS: ("likeness", "likenesses"),
}


def count(number: int, one: str, many: str = "") -> str:
    """`1 work`, `40 works`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def entries_phrase(indexes: Sequence[int]) -> str:
    """`entry 4`, `entries 1-2`."""
    first, last = indexes[0], indexes[-1]
    if len(indexes) == 1:
        return f"entry {first}"
    close = last - first == len(indexes) - 1
    return f"entries {first}-{last}" if close else f"{len(indexes):,} entries from {first} to {last}"


def uses_phrase(uses: Iterable[Use]) -> str:
    """The uses by name, and `AI use` for the preset that means it."""
    named = tuple(uses)
    words = ", ".join(use.value for use in named)
    return f"AI use ({words})" if set(named) == set(PRESETS["ai"]) else words


def subjects_phrase(subjects: Sequence[Subject]) -> str:
    """How many of what: `40 works and 1 address`."""
    counted = Counter(subject.kind for subject in subjects)
    return " and ".join(count(counted[kind], *names) for kind, names in _NOUNS.items() if counted[kind])


def wish_phrase(stance: Stance, uses: Iterable[Use], subjects: str) -> str:
    """One clause: who may do what with which things."""
    words = uses_phrase(uses)
    return {
        Stance.RESERVE: f"no {words} of {subjects}",
        Stance.LICENSE: f"{words} of {subjects} only with a licence",
        Stance.ALLOW: f"yes to {words} of {subjects}",
    }[stance]


_QUOTED = 120
_UNITS = {
    Unit.WORK: "a work",
    Unit.MODEL: "a work and model version",
    Unit.REPERTOIRE: "for all works together",
}


def offer_phrase(offer: Offer) -> str:
    """What a licence costs and asks for, in one clause."""
    if offer.price is None:
        said = [f"{_share(offer.rate)} of the revenue"]
    else:
        said = [f"{offer.price} {_UNITS[offer.unit]}"]
        money = offer.price.currency
        said += [f"{Money(step.amount, money)} from {step.least:,} works on" for step in offer.bulk]
    said += [f"credit “{offer.credit}”"] if offer.credit else []
    said += [f"report {offer.report}"] if offer.report is not Report.NEVER else []
    return ", ".join(said)


def _share(rate: Fraction | None) -> str:
    """`2.5 %` where that is exact, else `1/3`."""
    hundredths = (rate or Fraction(0)) * 10_000
    return f"{float(hundredths) / 100:g} %" if hundredths.denominator == 1 else str(rate)


def terms_phrase(terms: bytes | None) -> str:
    """An offer in one clause, or the beginning of what only a person can read."""
    if terms is None:
        return "its terms are withheld"
    if is_offer(terms):
        try:
            return offer_phrase(parse_offer(terms))
        except BadInput as error:
            return str(error)
    words = " ".join(terms.decode("utf-8", "replace").split())
    return f"“{words[:_QUOTED]}{'…' if len(words) > _QUOTED else ''}”"


def entry_phrase(entry: Entry) -> str:
    """What an entry says, in one clause."""
    body = entry.body
    if entry.type == "declare":
        subjects = subjects_phrase([parse_subject(text) for text in body["subjects"]])
        return wish_phrase(Stance[body["stance"].upper()], map(Use, body["uses"]), subjects)
    if entry.type == "work.add":
        return f"{count(body['count'], 'work')} registered"
    if entry.type == "claim.add":
        return f"{count(body['count'], 'work')} claimed in a sheet"
    if entry.type == "claim.exclude":
        return f"{count(len(body['who']), 'member')} left out of what is said for all"
    if entry.type == "withdraw":
        part = subjects_phrase([parse_subject(text) for text in body["subjects"]])
        return f"declaration {body['declaration'][:12]} taken back" + (f" for {part}" if part else "")
    if entry.type == "key.add":
        return f"a {body['role']} key introduced"
    if entry.type == "licence.issue":
        return "a licence given"
    if entry.type == "status.publish":
        return "a list of licences that were taken back"
    return identity_phrase(entry) or dispute_phrase(entry) or key_phrase(entry) or entry.type
