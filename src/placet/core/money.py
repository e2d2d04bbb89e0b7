"""Money: a whole number of a currency's smallest units, never a fraction of one and never a float.

How many digits a currency has is what ISO 4217 says (list one, dated in `data/iso4217.json`), not what people are
used to seeing.  Gold, special drawing rights and the code for no currency have no smallest unit, and no place here.
An amount fits into 63 bits and a sign, as a database's BIGINT does; what does not is refused, never wrapped.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from placet.errors import BadInput

__all__ = ["MOST", "Currency", "Money", "check_same", "currencies", "currency", "dated", "parse_money"]

MOST = 2**63 - 1
_TEXT = re.compile(r"([+-]?[0-9]{1,40})(?:\.([0-9]{1,40}))?[ \u00a0\u202f]([A-Za-z]{3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Currency:
    """`exponent` is the number of decimal digits: 0 for JPY, 2 for EUR, 3 for KWD, 4 for CLF."""

    code: str
    numeric: str
    exponent: int
    name: str


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` counts smallest units: 1234 of EUR are 12.34 EUR.  BadInput beyond ±(2^63 - 1) or in no currency."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            kind = type(self.amount).__name__
            raise BadInput(f"an amount of money is a whole number of smallest units, not a {kind} (money.amount)")
        currency(self.currency)
        if abs(self.amount) > MOST:
            raise BadInput(f"{self.amount} smallest units of {self.currency} do not fit into 63 bits (money.overflow)")

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + check_same(self, other).amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - check_same(self, other).amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __lt__(self, other: Money) -> bool:
        return self.amount < check_same(self, other).amount

    def __str__(self) -> str:
        """`-12.34 EUR`: what `parse_money` reads back."""
        digits = currency(self.currency).exponent
        sign, text = "-" if self.amount < 0 else "", str(abs(self.amount)).rjust(digits + 1, "0")
        return f"{sign}{text[: len(text) - digits]}{'.' if digits else ''}{text[len(text) - digits :]} {self.currency}"


def check_same(one: Money, other: Money) -> Money:
    """The other, when both are of one currency; BadInput when they are not."""
    if other.currency != one.currency:
        raise BadInput(f"{one.currency} and {other.currency} are not added or compared (money.mixed)")
    return other


@cache
def _table() -> tuple[str, dict[str, Currency]]:
    data = json.loads(files("placet.core").joinpath("data", "iso4217.json").read_text("utf-8"))
    return data["dated"], {row["code"]: Currency(**row) for row in data["currencies"]}


def currencies() -> tuple[Currency, ...]:
    """The whole table, in the order of the codes."""
    return tuple(_table()[1].values())


def dated() -> str:
    """The day on which the table was published."""
    return _table()[0]


def currency(code: str) -> Currency:
    """The row of an ISO 4217 code; BadInput when there is none."""
    found = _table()[1].get(code)
    if found is None:
        raise BadInput(f"{code!r} is no currency with a smallest unit in ISO 4217 as of {dated()} (money.currency)")
    return found


def parse_money(text: str) -> Money:
    """`1000.00 EUR`, `-5 JPY`; BadInput when a digit is finer than the currency's smallest unit, or it is no amount.

    The point is the only decimal sign, and nothing groups the digits: 1,000 is a thousand to some and one to others.
    """
    found = _TEXT.fullmatch(text.strip())
    if found is None:
        raise BadInput(f"{text!r} is no amount of money: write it like 1000.00 EUR (money.amount)")
    whole, part, code = found[1], found[2] or "", found[3].upper()
    digits = currency(code).exponent
    if part[digits:].strip("0"):
        raise BadInput(
            f"{text!r} is finer than the smallest unit of {code}, which has {digits} decimals (money.amount)"
        )
    units = int(whole.lstrip("+-") + part[:digits].ljust(digits, "0"))
    return Money(-units if whole.startswith("-") else units, code)
