"""Offers: what is asked is read back as it was said, and what makes no sense is refused in a sentence."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.canonical import encode
from placet.core.money import Money
from placet.core.offer import MOST_AMOUNT, Offer, Report, Step, Unit, is_offer, parse_offer
from placet.core.use import Use
from placet.errors import BadInput, BadRecord, PlacetError, TooNew

PLAIN = {"uses": (Use.TRAIN_GENERATIVE,), "unit": Unit.WORK, "price": Money(1200, "EUR")}

prices = st.builds(Money, st.integers(1, MOST_AMOUNT), st.sampled_from(["EUR", "JPY", "KWD", "CLF"]))
lines = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=40)
common = {
    "uses": st.lists(st.sampled_from(list(Use)), min_size=1, max_size=4, unique=True).map(tuple),
    "territory": st.sampled_from([(), ("FR",), ("EU", "GB")]),
    "start": st.integers(0, 10**9),
    "until": st.one_of(st.just(0), st.integers(10**9 + 1, 10**10)),
    "credit": lines,
    "report": st.sampled_from(Report),
    "contact": lines,
}
offers = st.one_of(
    st.builds(Offer, unit=st.sampled_from([Unit.WORK, Unit.MODEL, Unit.REPERTOIRE]), price=prices, **common),
    st.builds(
        Offer, unit=st.just(Unit.REVENUE), rate=st.fractions(Fraction(1, 10**6), 1, max_denominator=10**6), **common
    ),
)


@given(offers)
def test_an_offer_is_read_back_as_it_was_said(offer):
    assert parse_offer(offer.data()) == offer
    assert is_offer(offer.data())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"uses": ()}, "names no use"),
        ({"price": Money(0, "EUR")}, "not above zero"),
        ({"price": Money(-5, "EUR")}, "not above zero"),
        ({"price": Money(MOST_AMOUNT + 1, "EUR")}, "beyond"),
        ({"price": None}, "a rate"),
        ({"rate": Fraction(1, 20)}, "a rate"),
        ({"unit": Unit.REVENUE}, "a rate"),
        ({"unit": Unit.REVENUE, "price": None, "rate": Fraction(3, 2)}, "all of it"),
        ({"start": 10, "until": 10}, "over before it begins"),
        ({"credit": "two\nlines"}, "single lines"),
        ({"contact": "x" * 301}, "single lines"),
        ({"bulk": (Step(least=10, amount=1300),)}, "falling prices"),
        ({"bulk": (Step(least=10, amount=900), Step(least=10, amount=800))}, "rising numbers"),
        ({"bulk": (Step(least=10, amount=0),)}, "above zero"),
        ({"unit": Unit.REPERTOIRE, "bulk": (Step(least=10, amount=900),)}, "price for each work"),
        ({"bulk": tuple(Step(least=n + 2, amount=1100 - n) for n in range(21))}, "more than 20"),
    ],
)
def test_what_makes_no_sense_is_refused(change, why):
    with pytest.raises(BadInput, match=why):
        Offer(**PLAIN | change)


def test_many_works_cost_what_the_last_step_reached_says():
    offer = Offer(**PLAIN, bulk=(Step(least=100, amount=900), Step(least=1000, amount=500)))

    assert [offer.each(works) for works in (1, 99, 100, 999, 1000, 10**6)] == [1200, 1200, 900, 900, 500, 500]


@pytest.mark.parametrize(
    "change",
    [
        {"amount": -1},
        {"amount": "1200"},
        {"amount": True},
        {"currency": "XXX"},
        {"currency": ""},
        {"unit": "each"},
        {"uses": "train"},
        {"uses": ["everything"]},
        {"rate": "1/0"},
        {"rate": "0.5"},
        {"bulk": [[1]]},
        {"bulk": 3},
        {"territory": ["fr"]},
        {"territory": [1]},
        {"from": None},
        {"credit": 1},
        {"report": "always"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_forged_offer_is_refused_in_a_sentence(change):
    value = json.loads(Offer(**PLAIN).data()) | change

    with pytest.raises(BadRecord):
        parse_offer(encode(value))


def test_a_later_version_is_not_guessed_at():
    with pytest.raises(TooNew, match="version 2"):
        parse_offer(encode({"placet_offer": 2}))


def test_words_for_people_are_no_offer():
    assert not is_offer(b"Use it if you name me.")


@given(st.one_of(st.binary(max_size=300), st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists).map(
    lambda value: json.dumps({"placet_offer": 1, "uses": value}).encode())))  # fmt: skip
def test_hostile_terms_raise_nothing_else(terms):
    with pytest.raises(PlacetError):
        parse_offer(terms)
