"""Money is exact: digits as ISO 4217 has them, no floats, no wrapping, no mixing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.money import MOST, Money, currencies, currency, parse_money
from placet.errors import BadInput

CODES = [each.code for each in currencies()]
AMOUNTS = st.integers(-MOST, MOST)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1000.00 EUR", 100000),
        ("1000 EUR", 100000),
        ("0.01 eur", 1),
        ("-12.5 USD", -1250),
        ("12345 JPY", 12345),
        ("1.234 KWD", 1234),
        ("2.5 IQD", 2500),
        ("1.00 MGA", 100),
        ("0.0001 CLF", 1),
        ("3 UYW", 30000),
        ("5.00 ISK", 5),
        ("92233720368547758.07 EUR", MOST),
    ],
)
def test_an_amount_has_the_digits_of_its_currency(text, amount):
    assert parse_money(text).amount == amount


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("1.001 EUR", "money.amount"),
        ("1.5 JPY", "money.amount"),
        ("1,000.00 EUR", "money.amount"),
        ("1e3 EUR", "money.amount"),
        ("١٠ EUR", "money.amount"),
        ("10", "money.amount"),
        ("nan EUR", "money.amount"),
        ("10 EURO", "money.amount"),
        ("10 XYZ", "money.currency"),
        ("10 XAU", "money.currency"),
        ("10 XXX", "money.currency"),
        ("92233720368547758.08 EUR", "money.overflow"),
        ("-92233720368547758.08 EUR", "money.overflow"),
        ("9" * 40 + " JPY", "money.overflow"),
        ("9" * 41 + " JPY", "money.amount"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_rule(text, rule):
    with pytest.raises(BadInput, match=rf"\({rule}\)$"):
        parse_money(text)


@pytest.mark.parametrize("amount", [1.0, True, "1", None])
def test_money_is_made_of_whole_numbers(amount):
    with pytest.raises(BadInput, match=r"\(money.amount\)$"):
        Money(amount, "EUR")


def test_sums_that_do_not_fit_and_currencies_that_differ_are_refused():
    with pytest.raises(BadInput, match=r"money\.overflow"):
        Money(MOST, "EUR") + Money(1, "EUR")
    for mix in (lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a < b):
        with pytest.raises(BadInput, match="EUR and USD are not added or compared"):
            mix(Money(1, "EUR"), Money(1, "USD"))


def test_the_table_is_that_of_iso_where_habits_differ():
    digits = {code: currency(code).exponent for code in ("JPY", "KWD", "MGA", "IQD", "UYW", "CLF", "UGX", "ISK")}

    assert digits == {"JPY": 0, "KWD": 3, "MGA": 2, "IQD": 3, "UYW": 4, "CLF": 4, "UGX": 0, "ISK": 0}
    assert len(CODES) == len(set(CODES)) > 150
    assert all(len(each.numeric) == 3 and each.name for each in currencies())


@given(amount=AMOUNTS, code=st.sampled_from(CODES))
def test_what_is_written_is_read_back(amount, code):
    money = Money(amount, code)

    assert parse_money(str(money)) == money


@given(left=AMOUNTS, right=AMOUNTS, code=st.sampled_from(CODES))
def test_adding_is_undone_by_taking_away(left, right, code):
    if abs(left + right) > MOST:
        with pytest.raises(BadInput):
            Money(left, code) + Money(right, code)
        return
    assert Money(left, code) + Money(right, code) - Money(right, code) == Money(left, code)
    assert -Money(-left, code) == Money(left, code)
