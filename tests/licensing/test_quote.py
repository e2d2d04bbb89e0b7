"""Quotes: added up to the last unit, the same bytes whatever the order, and plain about what has no price."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.declaration import Declaration, Source
from placet.core.money import Money
from placet.core.offer import Offer, Step, Unit
from placet.core.price_tag import PriceTag, attach
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.licensing.quote import WHYS, Asking, Demand, Terms, make_quote

ASKING = Asking(plan="p", snapshot="s", use=Use.TRAIN_GENERATIVE, territory="", at=1000)
ANA, BEN = "a" * 64, "b" * 64
NAMES = {ANA: "Ana", BEN: "Ben"}


def offer(price: int | None = 1200, currency: str = "EUR", unit: Unit = Unit.WORK, **more: object) -> Offer:
    return Offer(**{"uses": (Use.TRAIN,), "unit": unit, "price": Money(price, currency) if price else None} | more)


TERMS = {
    "plain": Terms(offer()),
    "bulk": Terms(offer(bulk=(Step(least=3, amount=1000),))),
    "yen": Terms(offer(500, "JPY", Unit.REPERTOIRE)),
    "share": Terms(offer(unit=Unit.REVENUE, price=None, rate=Fraction(1, 40))),
    "over": Terms(offer(until=999, start=1)),
    "ending": Terms(offer(until=2000)),
    "french": Terms(offer(territory=("FR",))),
    "dataset": Terms(offer(uses=(Use.DATASET,))),
    "words": Terms(None, "quote.words-only"),
}


def said(terms: str | None = "plain", number: int = 1, by: str = ANA, **more: object) -> Declaration:
    values = {
        "id": f"{by[:2]}{terms}{number}",
        "subject": Subject(Kind.WORK, f"{number:032x}"),
        "use": Use.TRAIN,
        "stance": Stance.LICENSE,
        "by": by,
        "voice": Voice.CLAIMED,
        "source": Source(standard="placet", where="log"),
        "terms": terms,
        "index": 1,
    }
    return Declaration(**values | more)


def demand(*declarations: Declaration, rows: int = 1) -> Demand:
    return Demand(said=declarations, rows=rows)


def quoted(*demands: Demand, asking: Asking = ASKING):
    return make_quote(asking, demands, TERMS, NAMES)


def test_a_work_is_paid_once_however_often_it_was_taken():
    quote = quoted(demand(said(), rows=5), demand(said(), rows=2))

    (line,) = quote.lines
    assert (line.name, len(line.works), line.rows, line.price) == ("Ana", 1, 7, Money(1200, "EUR"))
    assert (quote.rows, quote.within_reach) == (7, 7)


def test_many_works_are_cheaper_openly():
    quote = quoted(*(demand(said("bulk", number)) for number in range(4)))

    assert quote.totals == (Money(4000, "EUR"),)
    assert b'"each":1000' in quote.data()


def test_a_repertoire_has_one_price_and_currencies_are_not_mixed():
    quote = quoted(*(demand(said("yen", number, BEN)) for number in range(3)), demand(said()))

    assert quote.totals == (Money(1200, "EUR"), Money(500, "JPY"))


def test_a_share_of_revenue_is_stated_apart():
    quote = quoted(demand(said("share")), demand(said("plain", 2)))

    assert quote.totals == (Money(1200, "EUR"),)
    assert quote.shares == Fraction(1, 40)
    assert b'"shares":"1/40"' in quote.data()


@pytest.mark.parametrize(
    ("declarations", "why"),
    [
        ((said(None),), "quote.no-offer"),
        ((said("words"),), "quote.words-only"),
        ((said("lost"),), "quote.withheld"),
        ((said("over"),), "quote.not-for-this"),
        ((said("french"),), "quote.not-for-this"),
        ((said("dataset"),), "quote.not-for-this"),
        ((said(), said(by=BEN)), "quote.disputed"),
        ((said("https://site.example/licence", index=None, by="site.example"),), "quote.no-holder"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_has_no_price_says_why(declarations, why):
    quote = quoted(demand(*declarations, rows=3))

    assert quote.lines == ()
    assert {each.why for each in quote.unquoted} == {why}
    assert all(each.rows == 3 for each in quote.unquoted)
    assert quote.within_reach == 0


def test_a_price_heard_elsewhere_is_shown_and_not_added_up():
    tagged = attach("https://site.example/licence", PriceTag("training", "0.40", "EUR"))

    quote = quoted(demand(said(tagged, index=None, by="site.example"), rows=3))

    (asked,) = quote.unquoted
    assert (asked.where, asked.asks) == ("https://site.example/licence", "0.40 EUR (training)")
    assert (quote.totals, quote.within_reach) == ((), 0)
    assert b'"asks":"0.40 EUR (training)"' in quote.data()


def test_an_absurd_price_keeps_nobody_elses_from_being_told():
    prices = {f"dear{n}": Terms(offer(2**53 - 1 - n)) for n in range(3)} | {"plain": Terms(offer())}
    demands = [demand(said(f"dear{n}", n, f"{n}" * 64)) for n in range(3)] + [demand(said("plain", 9, BEN))]

    quote = make_quote(ASKING, demands, prices, NAMES)

    assert [line.digest for line in quote.lines] == ["plain"]
    assert {(each.why, len(each.works)) for each in quote.unquoted} == {("quote.overflow", 1)}
    assert (quote.rows, quote.within_reach, quote.totals) == (4, 1, (Money(1200, "EUR"),))
    assert quote.data()


def test_many_works_whose_price_overflows_are_told_without_a_sum():
    quote = make_quote(ASKING, [demand(said("dear", n)) for n in range(5)], {"dear": Terms(offer(2**52))}, NAMES)

    (each,) = quote.unquoted
    assert (each.why, len(each.works), quote.totals) == ("quote.overflow", 5, ())


@given(st.lists(st.integers(1, 2**53 - 1), min_size=1, max_size=6), st.integers(1, 3))
def test_whatever_is_asked_the_quote_can_be_written_and_adds_up(prices, works):
    terms = {f"{n}": Terms(offer(price)) for n, price in enumerate(prices)}
    demands = [demand(said(f"{n}", 10 * n + work, f"{n}" * 64)) for n in range(len(prices)) for work in range(works)]

    quote = make_quote(ASKING, demands, terms, NAMES)

    assert quote.data()
    assert sum(money.amount for money in quote.totals) == sum(line.price.amount for line in quote.lines)
    assert len(quote.lines) + len(quote.unquoted) == len(prices)


def test_every_why_has_a_sentence():
    assert all(name.startswith("quote.") and sentence for name, sentence in WHYS.items())


def test_a_row_is_within_reach_when_all_that_it_needs_has_a_price():
    quote = quoted(demand(said("plain", 1), said("plain", 2)), demand(said("plain", 3), said(None, 4)))

    assert quote.rows == 2
    assert quote.within_reach == 1
    assert len(quote.lines[0].works) == 3


def test_the_performer_and_the_author_of_one_work_are_no_dispute():
    quote = quoted(demand(said(), said("yen", by=BEN, right="performer")))

    assert {line.name for line in quote.lines} == {"Ana", "Ben"}
    assert quote.within_reach == 1


def test_an_offer_for_france_is_quoted_in_france():
    asking = Asking(plan="p", snapshot="s", use=Use.TRAIN_GENERATIVE, territory="FR", at=1000)

    assert quoted(demand(said("french")), asking=asking).totals == (Money(1200, "EUR"),)


def test_a_quote_is_no_longer_valid_than_its_offers():
    assert quoted(demand(said("ending"))).valid_until == 2000
    assert quoted(demand(said())).valid_until == 1000 + 30 * 86_400


demands = st.lists(
    st.builds(
        lambda picks, rows: Demand(said=tuple(picks), rows=rows),
        st.lists(
            st.builds(said, st.sampled_from([*TERMS, None]), st.integers(0, 5), st.sampled_from([ANA, BEN])),
            min_size=1,
            max_size=3,
            unique=True,
        ),
        st.integers(1, 9),
    ),
    max_size=8,
)


@given(demands, st.randoms())
def test_the_same_demands_in_any_order_give_the_same_bytes(some, random):
    shuffled = [Demand(said=tuple(random.sample(each.said, len(each.said))), rows=each.rows) for each in some]
    random.shuffle(shuffled)

    assert quoted(*shuffled).data() == quoted(*some).data()


@given(demands)
def test_totals_are_the_sum_of_the_lines_and_no_row_is_lost(some):
    quote = quoted(*some)

    for money in quote.totals:
        prices = [line.price.amount for line in quote.lines if line.price and line.price.currency == money.currency]
        assert sum(prices) == money.amount
    assert quote.rows == sum(each.rows for each in some)
    assert quote.within_reach <= quote.rows
