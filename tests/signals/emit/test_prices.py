"""Prices of a policy: license.xml says them and nothing else does, or it is told why no file says one."""

from __future__ import annotations

import pytest

from placet.signals.emit.compose import LICENCE, compose
from placet.signals.emit.prices import prices
from tests.signals.emit.policies import parse

SEARCH = {"use": "search", "stance": "allow"}
TERMS = "https://studio.example/terms"
AI = {"use": "ai", "stance": "license", "price": "12.50 EUR"}


def test_the_licence_document_says_the_price_and_no_other_file_does():
    emission = compose(parse(AI | {"terms": TERMS, "credit": "Ana"}, SEARCH))

    others = [file.body for name, file in emission.files.items() if name != LICENCE]
    assert b'<amount currency="EUR">12.50</amount>' in emission.files[LICENCE].body
    assert not any(b"12.50" in body or b"placet_offer" in body for body in others)
    assert not any("12.50" in value for place in emission.places for value in place.fields.values())
    assert [(price.said, price.unsaid) for price in prices(emission)] == [
        (True, ("RSL has no credit line beside a price",))
    ]


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        ([AI], "so all others need a rule, search as well"),
        ([AI | {"until": "2030-01-01"}, SEARCH], "no first and no last day"),
        ([AI | {"per": "repertoire", "terms": TERMS}, SEARCH], "all works together"),
        ([AI | {"agent": "GPTBot"}, SEARCH], "every crawler alike"),
    ],
)
def test_a_price_that_no_file_says_is_told_with_its_reason(rules, why):
    emission = compose(parse(*rules))

    (price,) = prices(emission)
    assert not price.said
    assert why in price.unsaid[0]
    assert not any(b"12.50" in file.body for file in emission.files.values())


def test_every_path_has_its_own_price():
    emission = compose(parse(AI, SEARCH, AI | {"path": "/stock/", "price": "99 JPY"}, SEARCH | {"path": "/stock/"}))

    assert [(price.rule.path, price.said) for price in prices(emission)] == [("/", True), ("/stock/", True)]
