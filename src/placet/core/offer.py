"""What a holder asks for a licence: an offer is the `terms` of a declaration that says "at a price".

An offer is canonical JSON whose digest stands in the declaration's log entry, and whose text lies beside the log.  A
newer declaration replaces an older one with its offer; licences that were granted stay as they were granted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from placet.core.canonical import decode, encode
from placet.core.lines import is_line, is_time
from placet.core.money import Money
from placet.core.territory import parse_territory
from placet.core.use import Use
from placet.errors import BadInput, BadRecord, TooNew

__all__ = ["MOST_AMOUNT", "MOST_STEPS", "Offer", "Report", "Step", "Unit", "is_offer", "parse_offer"]

MOST_STEPS = 20
MOST_AMOUNT = 2**53 - 1  # what canonical JSON holds (RFC 8785)
_LINE = 300
_FRACTION = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})")
_FIELDS = frozenset(
    {
        "placet_offer", "uses", "unit", "amount", "currency", "rate", "bulk",
        "territory", "from", "until", "credit", "report", "contact",
    }
)  # fmt: skip


class Unit(StrEnum):
    """What the price is for."""

    WORK = "work"  # each work, for as many model versions as are made while the licence lasts
    MODEL = "work-model"  # each work and each model version
    REPERTOIRE = "repertoire"  # all of the holder's works at once
    REVENUE = "revenue"  # a share of the revenue; what it comes to is not known beforehand


class Report(StrEnum):
    """How often a licensee must say what was used."""

    NEVER = "never"
    ONCE = "once"
    YEARLY = "yearly"
    QUARTERLY = "quarterly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From `least` works in one licence on, each costs `amount` minor units."""

    least: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`price` is for one unit; `rate` is a share of revenue in its place; times in UTC seconds, 0 for no end."""

    uses: tuple[Use, ...]
    unit: Unit
    price: Money | None = None
    rate: Fraction | None = None
    bulk: tuple[Step, ...] = ()
    territory: tuple[str, ...] = ()
    start: int = 0
    until: int = 0
    credit: str = ""
    report: Report = Report.NEVER
    contact: str = ""

    def __post_init__(self) -> None:
        if why := _flaw(self):
            raise BadInput(f"this offer cannot be made: {why} (offer.terms)")

    def each(self, works: int) -> int:
        """Minor units for each of so many works under one licence."""
        if self.price is None:
            raise ValueError("a share of revenue is no price")
        return next((step.amount for step in reversed(self.bulk) if works >= step.least), self.price.amount)

    def total(self, works: int) -> Money | None:
        """The price of one licence for so many works; None for a share of revenue.

        BadInput beyond MOST_AMOUNT: it could not be written exactly.
        """
        if self.price is None or self.unit is Unit.REPERTOIRE:
            return self.price
        amount = self.each(works) * works
        if amount > MOST_AMOUNT:
            raise BadInput(f"{works:,} works at {self.price} cost more than can be written exactly (money.overflow)")
        return Money(amount, self.price.currency)

    def holds(self, at: int) -> bool:
        return self.start <= at and (not self.until or at < self.until)

    def data(self) -> bytes:
        return encode(
            {
                "placet_offer": 1,
                "uses": [use.value for use in self.uses],
                "unit": self.unit.value,
                "amount": self.price.amount if self.price else 0,
                "currency": self.price.currency if self.price else "",
                "rate": f"{self.rate.numerator}/{self.rate.denominator}" if self.rate else "",
                "bulk": [[step.least, step.amount] for step in self.bulk],
                "territory": list(self.territory),
                "from": self.start,
                "until": self.until,
                "credit": self.credit,
                "report": self.report.value,
                "contact": self.contact,
            }
        )


def _flaw(offer: Offer) -> str:
    if not offer.uses:
        return "it names no use"
    if (offer.unit is Unit.REVENUE) != (offer.rate is not None) or (offer.price is None) != (offer.rate is not None):
        return "a share of revenue has a rate, every other unit a price, and an offer one of the two"
    if offer.rate is not None and not 0 < offer.rate <= 1:
        return f"a share of {offer.rate} of the revenue is not between nothing and all of it"
    if offer.price is not None and offer.price.amount <= 0:
        return "its price is not above zero; what costs nothing is a yes: `placet reserve --stance allow`"
    if offer.price is not None and offer.price.amount > MOST_AMOUNT:
        return f"its price is beyond {MOST_AMOUNT} of the currency's smallest units"
    if why := _bulk_flaw(offer):
        return why
    if not is_time(offer.start) or not is_time(offer.until):
        return "its first or last day is in no calendar"
    if offer.until and offer.until <= offer.start:
        return "it is over before it begins"
    if not all(is_line(line, _LINE) for line in (offer.credit, offer.contact)):
        return f"its credit line and its contact are single lines of at most {_LINE} characters"
    return ""


def _bulk_flaw(offer: Offer) -> str:
    if not offer.bulk:
        return ""
    if offer.unit not in (Unit.WORK, Unit.MODEL):
        return "prices for many works belong to a price for each work"
    if len(offer.bulk) > MOST_STEPS:
        return f"it has more than {MOST_STEPS} prices for many works"
    before = Step(least=1, amount=offer.price.amount if offer.price else 0)
    for step in offer.bulk:
        if step.least <= before.least or not 0 < step.amount < before.amount:
            return "prices for many works go by rising numbers and falling prices, all above zero"
        before = step
    return ""


def is_offer(terms: bytes) -> bool:
    """Whether terms are an offer, or words that only a person can read."""
    return b'"placet_offer":' in terms[:65_535] and terms.startswith(b"{")


def parse_offer(terms: bytes) -> Offer:
    """The offer in these terms; BadRecord says what is wrong with it."""
    value = decode(terms)
    if not isinstance(value, dict) or type(value.get("placet_offer")) is not int:
        raise BadRecord("these terms are no offer (offer.unread)")
    if value["placet_offer"] != 1:
        raise TooNew(f"an offer of version {value['placet_offer']}; this release reads version 1 (offer.version)")
    if set(value) != _FIELDS:
        raise BadRecord(f"an offer has exactly the fields {', '.join(sorted(_FIELDS))} (offer.unread)")
    try:
        return _offer(value)
    except (BadInput, TypeError, ValueError, KeyError, AttributeError) as error:
        raise BadRecord(f"the offer cannot be read: {error} (offer.unread)") from error


def _offer(value: Mapping[str, Any]) -> Offer:
    numbers = [value["amount"], value["from"], value["until"], *(n for step in value["bulk"] for n in step)]
    if any(type(number) is not int or number < 0 for number in numbers):
        raise ValueError("an amount or a time is no whole number from zero on")
    territory = parse_territory(",".join(value["territory"]))
    if list(territory) != value["territory"]:
        raise ValueError("its territory is not a sorted list of countries")
    return Offer(
        uses=tuple(Use(use) for use in value["uses"]),
        unit=Unit(value["unit"]),
        price=Money(value["amount"], value["currency"]) if value["currency"] or value["amount"] else None,
        rate=_fraction(value["rate"]) if value["rate"] else None,
        bulk=tuple(Step(least=least, amount=amount) for least, amount in value["bulk"]),
        territory=territory,
        start=value["from"],
        until=value["until"],
        credit=value["credit"],
        report=Report(value["report"]),
        contact=value["contact"],
    )


def _fraction(text: str) -> Fraction:
    found = _FRACTION.fullmatch(text)
    if not found:
        raise ValueError(f"{text[:40]!r} is no fraction such as 1/20")
    return Fraction(int(found[1]), int(found[2]))
