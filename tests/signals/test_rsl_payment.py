"""Prices in RSL: what is written is read back, and nothing is read as cheaper or wider than it was said."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.core.money import Money
from placet.core.offer import Offer, Report, Step, Unit
from placet.core.price_tag import PriceTag, attach, detach
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.signals import rsl, rsl_document
from placet.signals.codec import Asked, Channel, Document
from placet.signals.rsl_document import NAMESPACE
from placet.signals.rsl_payment import offer_of, put
from placet.signals.rsl_words import ALL, ALLOWED
from placet.signals.saying import leaves_of
from tests.signals.wishes import say

SITE = Subject(Kind.DOMAIN, "maker.example")
TERMS = "https://maker.example/terms"
LICENCE = "https://maker.example/license.xml"
NARROW = ("ai-train", "ai-input", "ai-index", "search")

offers = st.builds(
    Offer,
    uses=st.sampled_from([ALLOWED[token] for token in ("ai-all", *NARROW)]),
    unit=st.sampled_from([Unit.WORK, Unit.MODEL, Unit.REPERTOIRE]),
    price=st.builds(Money, st.integers(1, 2**53 - 1), st.sampled_from(["EUR", "JPY", "KWD", "CLF"])),
    territory=st.sampled_from([(), ("FR",), ("EU", "US")]),
    until=st.sampled_from([0, 0, 4_000_000_000]),
    credit=st.sampled_from(["", "", "Ana <b>&amp; Søn"]),
    report=st.sampled_from(Report),
    contact=st.sampled_from(["", TERMS, "ana@maker.example", "ring & ask"]),
)


def written(*wishes):
    """All that RSL can speak of is spoken of: its list of what is permitted closes the rest."""
    sold = leaves_of(use for offer in wishes for use in offer.uses)
    said = [say(use, Stance.LICENSE, terms=offer.data().decode()) for offer in wishes for use in offer.uses]
    rest = [leaf for leaf in Use if leaf in leaves_of(ALL) - sold]
    said += [say(leaf, Stance.ALLOW if leaf is Use.SEARCH else Stance.RESERVE) for leaf in rest]
    return rsl.write(said, SITE).documents[0]


def licences(document):
    (content,) = rsl_document.parse(document.body, document.where).contents
    return content.licences


def read(licence):
    return offer_of(licence.permits, licence.prohibits, licence.asked)


def document(inside):
    body = f'<rsl xmlns="{NAMESPACE}"><content url="/"><license>{inside}</license></content></rsl>'
    return Document(where=LICENCE, body=body.encode(), channel=Channel.SITE, about="https://maker.example/")


def paid(payment, permits="ai-train", more=""):
    (licence,) = licences(document(f'<permits type="usage">{permits}</permits>{payment}{more}'))
    return read(licence)


def amount(much, currency="EUR", kind="purchase", more=""):
    return f'<payment type="{kind}">{more}<amount currency="{currency}">{much}</amount></payment>'


@settings(max_examples=150, deadline=None)
@given(offer=offers)
def test_a_price_written_is_read_back_never_lower_and_never_wider(offer):
    heard = read(licences(written(offer))[-1])

    if isinstance(heard, str):
        assert put(offer).unsaid or offer.unit is Unit.REPERTOIRE
        return
    assert (heard.price, heard.unit, heard.territory) == (offer.price, offer.unit, offer.territory)
    assert leaves_of(heard.uses) == leaves_of(offer.uses)
    assert heard.report is offer.report
    if not put(offer).unsaid:
        assert heard == Offer(**{name: getattr(offer, name) for name in offer.__slots__} | {"contact": heard.contact})


@settings(max_examples=50, deadline=None)
@given(offer=offers)
def test_what_binds_the_buyer_is_said_or_led_to_or_the_price_is_not_written(offer):
    lines = "".join(put(offer).lines)

    if "<amount" in lines:
        assert offer.contact == TERMS or not (offer.credit or offer.start or offer.until)


def test_lower_prices_for_many_works_stay_unsaid_and_the_higher_one_is_written():
    offer = Offer(uses=(Use.TRAIN,), unit=Unit.WORK, price=Money(1200, "EUR"), bulk=(Step(least=100, amount=900),))

    assert put(offer).unsaid == ("RSL has no lower price for many works",)
    assert "12.00" in "".join(put(offer).lines)


@pytest.mark.parametrize(
    ("offer", "why"),
    [
        (Offer(uses=(Use.TRAIN,), unit=Unit.REVENUE, rate=Fraction(1, 20)), "share of revenue"),
        (Offer(uses=(Use.TRAIN,), unit=Unit.REPERTOIRE, price=Money(1, "EUR")), "all works together"),
        (Offer(uses=(Use.INPUT,), unit=Unit.MODEL, price=Money(1, "EUR")), "for training alone"),
        (Offer(uses=(Use.TRAIN,), unit=Unit.WORK, price=Money(1, "EUR"), credit="Ana"), "credit line"),
        (Offer(uses=(Use.TRAIN,), unit=Unit.WORK, price=Money(1, "EUR"), until=9), "last day"),
    ],
)
def test_what_rsl_cannot_say_costs_the_price_and_says_so(offer, why):
    said = put(offer)

    assert why in said.unsaid[0]
    assert "<amount" not in "".join(said.lines)


@pytest.mark.parametrize(
    ("payment", "permits", "more", "why"),
    [
        ("", "ai-train", "", "no payment"),
        ('<payment type="purchase"/>', "ai-train", "", "no amount"),
        (amount("12.00", kind="subscription"), "ai-train", "", "'subscription'"),
        (amount("12.00", kind="crawl"), "ai-train", "", "'crawl'"),
        (amount("12.00", kind="use"), "ai-train", "", "'use'"),
        (amount("12.00", "XBT"), "ai-train", "", "money.currency"),
        (amount("12.00", "XXX"), "ai-train", "", "money.currency"),
        (amount("0.005"), "ai-train", "", "finer"),
        (amount("0"), "ai-train", "", "not above zero"),
        (amount("-5"), "ai-train", "", "not above zero"),
        (amount("1,000.00"), "ai-train", "", "money.amount"),
        (amount("9" * 30), "ai-train", "", "63 bits"),
        (amount("9007199254740993", "JPY"), "ai-train", "", "beyond"),
        (amount("12.00", kind="training"), "search", "", "no use"),
        (amount("12.00"), "nobody-knows", "", "no use"),
        (amount("12.00"), "ai-train", '<permits type="user">education</permits>', "kinds of users"),
        (amount("12.00"), "ai-train", '<prohibits type="geo">US</prohibits>', "countries"),
        (amount("12.00"), "ai-train", '<reporting type="audit" profile="https://x.example/p"/>', "profile"),
    ],
)
def test_a_payment_that_is_no_offer_says_why(payment, permits, more, why):
    assert why in paid(payment, permits, more)


def test_a_price_for_training_is_for_no_other_use():
    assert paid(amount("0.40", kind="training"), "ai-all").uses == (Use.TRAIN,)


def test_what_is_prohibited_beside_is_not_for_sale():
    heard = paid(amount("0.40"), "ai-all", '<prohibits type="usage">ai-train</prohibits>')

    assert not leaves_of(heard.uses) & leaves_of((Use.TRAIN,))


def test_a_price_of_a_server_alone_is_no_offer():
    body = document("").body.decode().replace('url="/"', 'url="/" server="https://pay.example"')
    body = body.replace("<license>", '<license><permits type="usage">ai-train</permits><payment type="purchase"/>')

    (licence,) = licences(Document(where=LICENCE, body=body.encode(), channel=Channel.SITE))

    assert "server alone" in read(licence)


def test_two_offers_for_two_uses_are_two_licences():
    train = Offer(uses=(Use.TRAIN,), unit=Unit.WORK, price=Money(1200, "EUR"))
    retrieve = Offer(uses=ALLOWED["ai-input"], unit=Unit.WORK, price=Money(500, "EUR"))

    heard = [read(licence) for licence in licences(written(train, retrieve))[1:]]

    assert heard == [train, retrieve]


def test_two_offers_for_one_use_are_no_price_of_it():
    dear = Offer(uses=(Use.TRAIN,), unit=Unit.WORK, price=Money(1200, "EUR"))
    cheap = Offer(uses=(Use.TRAIN,), unit=Unit.WORK, price=Money(5, "EUR"))

    assert read(licences(written(dear, cheap))[-1]) == "it names no amount"


def test_terms_that_only_look_like_an_offer_are_written_without_a_price():
    (out, *_) = rsl.write([say(Use.TRAIN, Stance.LICENSE, terms='{"placet_offer":1}')], SITE).documents

    assert b"<amount" not in out.body
    assert b"ai-train" in out.body


def test_an_offer_is_heard_as_a_condition_with_its_price_behind_the_address():
    offer = Offer(uses=(Use.TRAIN,), unit=Unit.MODEL, price=Money(40, "EUR"), contact=TERMS)

    said = rsl.select(rsl.read(written(offer)).declarations, Asked(url="https://maker.example/1")).speaking

    training = [d for d in said if d.use is Use.TRAIN_OTHER]
    assert [(d.stance, detach(d.terms)) for d in training] == [
        (Stance.LICENSE, (TERMS, PriceTag("training", "0.40", "EUR")))
    ]


def test_the_price_stays_behind_the_digest_where_there_is_no_address():
    (said,) = {d.terms for d in rsl.read(document(amount("3", "JPY"))).declarations if d.stance is Stance.LICENSE}

    address, tag = detach(said)

    assert address.startswith(f"{LICENCE}#sha256=")
    assert tag == PriceTag("purchase", "3", "JPY")


@given(address=st.text(max_size=40), much=st.text(max_size=20), kind=st.text(max_size=12), currency=st.text(max_size=4))
def test_a_tag_is_attached_whole_or_not_at_all(address, much, kind, currency):
    tag = PriceTag(kind, much, currency)

    marked = attach(address, tag)

    assert marked == address or detach(marked) == (address, tag)


def test_a_long_address_is_looked_at_from_its_end():
    address = "https://x.example/#" + "&payment=use&amount=1&currency=EUR" * 20_000 + "!"

    assert detach(address) == (address, None)
