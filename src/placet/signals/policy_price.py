"""The price in a rule of a policy: the words of `placet offer`, as an offer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from placet.core.declaration import Declaration
from placet.core.money import parse_money
from placet.core.offer import Offer, Report, Unit
from placet.errors import BadInput
from placet.signals.policy import Policy, Rule

__all__ = ["PRICE_KEYS", "add_price", "offer_at", "priced"]

PRICE_KEYS: Final = ("price", "per", "credit", "report")
_PER: Final = (Unit.WORK, Unit.MODEL, Unit.REPERTOIRE)


def add_price(rule: Rule, said: Mapping[str, Any]) -> Rule:
    """The rule with its offer, if it names a price; BadInput with the rule's place."""
    words = {key: said[key] for key in PRICE_KEYS if key in said}
    for key, value in words.items():
        if not isinstance(value, str):
            raise BadInput(f"{rule.place}: {key} is {value!r}, not a text in quotes")
    if not words:
        return rule
    if not words.get("price"):
        raise BadInput(f'{rule.place}: {next(iter(words))} belongs to a price, such as price = "12.00 EUR"')
    return replace(rule, offer=_offer(rule, words))


def _offer(rule: Rule, words: Mapping[str, str]) -> Offer:
    unit = _one_of("per", words.get("per", Unit.WORK), tuple(map(str, _PER)), rule)
    report = _one_of("report", words.get("report", Report.NEVER), tuple(map(str, Report)), rule)
    try:
        return Offer(
            uses=rule.uses,
            unit=Unit(unit),
            price=parse_money(words["price"]),
            territory=rule.territory,
            until=rule.until or 0,
            credit=words.get("credit", ""),
            report=Report(report),
            contact=rule.terms or "",
        )
    except BadInput as error:
        raise BadInput(f"{rule.place}: {error}") from error


def _one_of(key: str, word: str, known: Sequence[str], rule: Rule) -> str:
    if word not in known:
        raise BadInput(f"{rule.place}: {key} is {word!r}; it is one of {', '.join(known)}")
    return word


def priced(policy: Policy, wishes: Sequence[Declaration]) -> tuple[Declaration, ...]:
    """The wishes with their offers as terms, for a standard that has words for a price."""
    made = {rule.number: offer.data().decode() for rule in policy.rules if (offer := offer_at(policy, rule))}
    return tuple(replace(wish, terms=made.get(wish.source.place, wish.terms)) for wish in wishes)


def offer_at(policy: Policy, rule: Rule) -> Offer | None:
    """The offer of a rule, with the contact of the whole policy where the rule names no address of terms."""
    if rule.offer is None or rule.offer.contact:
        return rule.offer
    return replace(rule.offer, contact=policy.contact.removeprefix("mailto:"))
