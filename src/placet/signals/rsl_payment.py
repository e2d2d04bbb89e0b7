"""Prices in RSL: an offer as a payment element, and a licence with a payment as an offer, or why it is none.

RSL has a price for a work (`purchase`) and for each training with it (`training`), countries, and reports that a
profile names.  It has no words for a last day, a credit line or a price of all works together.  So a price is written
only where RSL says all that binds who pays it, or names an address where the rest is read (section 3.8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr  # writes, never parses

from placet.core.ids import canonical_url
from placet.core.money import parse_money
from placet.core.offer import Offer, Report, Unit, is_offer, parse_offer
from placet.core.price_tag import PriceTag
from placet.core.use import Use
from placet.errors import BadInput
from placet.signals.rsl_words import ALLOWED, REFUSED
from placet.signals.saying import leaves_of, web_address

__all__ = ["Asked", "Payment", "Put", "offer_of", "put", "put_terms"]

_UNITS: Final = {"purchase": Unit.WORK, "training": Unit.MODEL}
_PROFILE: Final = "urn:placet:report:"
_REPORTS: Final = {f"{_PROFILE}{report}": report for report in Report if report is not Report.NEVER}


@dataclass(frozen=True, slots=True)
class Payment:
    """As it is written: `address` is that of a shared licence or of the publisher's own process."""

    kind: str = ""
    amount: str = ""
    currency: str = ""
    address: str = ""

    @property
    def tag(self) -> PriceTag | None:
        return PriceTag(self.kind, self.amount, self.currency) if self.amount else None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a licence asks for before it allows anything: a payment, reports by profile, a token of a server."""

    payments: tuple[Payment, ...] = ()
    profiles: tuple[str, ...] = ()
    server: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Put:
    """The lines of a licence element that say what is asked, and in sentences what of an offer they do not say."""

    lines: tuple[str, ...]
    unsaid: tuple[str, ...] = ()


# ---- writing ------------------------------------------------------------------------------------


def put_terms(terms: str) -> Put:
    """Terms of any kind: an offer, an address, or words that RSL has no place for."""
    words = terms.encode("utf-8", "surrogatepass")
    if is_offer(words):
        try:
            return put(parse_offer(words))
        except BadInput as error:
            return Put(('<payment type="purchase"></payment>',), (f"these terms are no offer: {error}",))
    named = f"<standard>{escape(canonical_url(terms))}</standard>" if web_address(terms) else ""
    return Put((f'<payment type="purchase">{named}</payment>',))


def put(offer: Offer) -> Put:
    """The offer in RSL's words; where they would promise more than the offer does, without its price."""
    address = offer.contact if web_address(offer.contact) else ""
    binding, kind = tuple(_binding(offer)), _kind(offer)
    unsaid = [*_priceless(offer), *binding]
    inner = f"<custom>{escape(address)}</custom>" if address else ""
    if kind and binding and not address:
        unsaid.append(
            "without an address of the terms the price is not written, as it would promise more than is meant"
        )
    elif kind and offer.price is not None:
        amount, _, currency = str(offer.price).partition(" ")
        inner += f"<amount currency={quoteattr(currency)}>{amount}</amount>"
    if offer.bulk:
        unsaid.append("RSL has no lower price for many works")
    lines = [f'<permits type="geo">{" ".join(offer.territory)}</permits>'] if offer.territory else []
    lines.append(f'<payment type="{kind or "purchase"}">{inner}</payment>')
    if offer.report is not Report.NEVER:
        lines.append(f'<reporting type="audit" profile="{_PROFILE}{offer.report}"/>')
    if "@" in offer.contact and " " not in offer.contact and not address:
        lines.append(f'<legal type="contact">{escape(offer.contact)}</legal>')
    return Put(tuple(lines), tuple(unsaid))


def _kind(offer: Offer) -> str:
    """The type of payment that the price is; empty when RSL has none."""
    if offer.unit is Unit.WORK:
        return "purchase"
    if offer.unit is Unit.MODEL and leaves_of(offer.uses) <= leaves_of((Use.TRAIN,)):
        return "training"
    return ""


def _priceless(offer: Offer) -> Iterator[str]:
    if offer.unit is Unit.REVENUE:
        yield "RSL has no share of revenue"
    elif offer.unit is Unit.REPERTOIRE:
        yield "RSL has no price for all works together"
    elif not _kind(offer):
        yield "RSL has a price for each model version for training alone"


def _binding(offer: Offer) -> Iterator[str]:
    """What RSL cannot say of that which binds who pays."""
    if offer.start or offer.until:
        yield "RSL has no first and no last day"
    if offer.credit:
        yield "RSL has no credit line beside a price"


# ---- reading ------------------------------------------------------------------------------------

_Lists = Mapping[str, tuple[str, ...]]


def offer_of(permits: _Lists, prohibits: _Lists, asked: Asked) -> Offer | str:
    """The offer that a licence element makes, or in a sentence why it makes none.

    It is never for more uses or countries than the licence permits, and never below its amount.  What is asked
    besides stands at the offer's contact.
    """
    if why := _no_offer(permits, prohibits, asked):
        return why
    payment = asked.payments[0]
    try:
        return Offer(
            uses=_uses(permits, prohibits, payment),
            unit=_UNITS[payment.kind],
            price=parse_money(f"{payment.amount} {payment.currency}"),
            territory=permits.get("geo", ()),
            report=_REPORTS[asked.profiles[0]] if asked.profiles else Report.NEVER,
            contact=payment.address or asked.server or asked.contact,
        )
    except BadInput as error:
        return str(error)


def _no_offer(permits: _Lists, prohibits: _Lists, asked: Asked) -> str:
    if len(asked.payments) != 1:
        return "it asks for no payment" if not asked.payments else "it has several payments"
    payment = asked.payments[0]
    if not payment.amount:
        return "its price is told by its server alone" if asked.server else "it names no amount"
    if payment.kind not in _UNITS:
        return f"a payment of the kind {payment.kind[:40]!r} is none of our units"
    if "user" in permits or "user" in prohibits:
        return "it is for some kinds of users, which an offer cannot name"
    if prohibits.get("geo") or ("geo" in permits and not permits["geo"]):
        return "it leaves out some countries, and an offer can only name those that it is for"
    if len(asked.profiles) > 1 or any(profile not in _REPORTS for profile in asked.profiles):
        return "it asks for a report in a profile that is not known here"
    if not _uses(permits, prohibits, payment):
        return "it names no use that the price is for"
    return ""


def _uses(permits: _Lists, prohibits: _Lists, payment: Payment) -> tuple[Use, ...]:
    """What is permitted and not prohibited; a price for training is for nothing else."""
    barred = leaves_of(use for token in prohibits.get("usage", ()) for use in REFUSED.get(token, tuple(Use)))
    named = [use for token in permits.get("usage", ()) for use in ALLOWED.get(token, ())]
    if payment.kind == "training":
        named = [use for use in named if leaves_of((use,)) <= leaves_of((Use.TRAIN,))]
    whole = [use for use in named if not barred & leaves_of((use,))]
    rest = [leaf for use in named if use not in whole for leaf in use.leaves if leaf not in barred]
    return tuple(dict.fromkeys((*whole, *rest)))
