"""Which prices of a policy its licence document says, and what of them it does not; no other standard has a price."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from placet.core.offer import Offer
from placet.signals import rsl_document
from placet.signals.emit.compose import LICENCE, Emission
from placet.signals.policy import Rule
from placet.signals.policy_price import offer_at
from placet.signals.rsl_document import Content
from placet.signals.rsl_payment import put

__all__ = ["Price", "prices"]


@dataclass(frozen=True, slots=True)
class Price:
    """`said` when a reader of the licence document hears this amount for the rule's path; `unsaid` are sentences."""

    rule: Rule
    offer: Offer
    said: bool
    unsaid: tuple[str, ...]


def prices(emission: Emission) -> tuple[Price, ...]:
    """Every rule that names a price, in order."""
    file = emission.files.get(LICENCE)
    contents = rsl_document.parse(file.body, file.where).contents if file else ()
    offers = [(rule, offer_at(emission.policy, rule)) for rule in emission.policy.rules]
    return tuple(_price(rule, offer, contents) for rule, offer in offers if offer)


def _price(rule: Rule, offer: Offer, contents: Iterable[Content]) -> Price:
    payments = [
        payment
        for content in contents
        if content.url == rule.path
        for licence in content.licences
        for payment in licence.asked.payments
    ]
    said = not rule.agent and str(offer.price) in {f"{payment.amount} {payment.currency}" for payment in payments}
    unsaid = put(offer).unsaid
    if rule.agent:
        unsaid = ("license.xml speaks to every crawler alike", *unsaid)
    elif not said and not unsaid:
        unsaid = ("RSL refuses every use that a price does not name, so all others need a rule, search as well",)
    return Price(rule, offer, said, unsaid)
