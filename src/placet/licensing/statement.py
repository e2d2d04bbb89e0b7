"""A statement: what one party was paid in one currency, and why each amount is what it is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from placet.core.money import Money, currency

__all__ = ["SCHEMA", "Held", "Line", "Statement", "show", "why"]

SCHEMA = "placet.statement/1"
_DIGITS = 6  # of an exact amount, in smallest units, that a sentence shows

_BASES = {
    "equal": "one of {works} equal parts of {layer}",
    "usage": "{weight} of {weights} parts of {layer}, by use",
    "attributed": "{weight} of {weights} parts of the {layer} that were attributed",
    "rest": "one of {works} equal parts of the {layer} that were not attributed",
    "price": "the price that was paid for it, of {layer}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One allocation, or the reversal of one (`amount` is negative).

    `layer` was divided among `works` by `weight / weights`; the work's `portion` of it was then divided by `share`.
    """

    run: str
    plan: str
    reference: str
    right: str
    work: str
    basis: str
    layer: Money
    weight: int
    weights: int
    works: int
    portion: Money
    share: Fraction
    amount: Money

    @property
    def reversed(self) -> bool:
        return self.amount.amount < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Money of a work that several claim: `amount` is held for all of them, of which this party claims `share`."""

    run: str
    work: str
    right: str
    share: Fraction
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """`brought` was on the account before; `run` is "" when the statement is of all runs.

    What is neither released for payment nor used up by a reversal is carried to the next run.
    """

    party: str
    name: str
    run: str
    brought: Money
    lines: tuple[Line, ...]
    released: Money
    held: tuple[Held, ...] = ()

    @property
    def earned(self) -> Money:
        return Money(sum(line.amount.amount for line in self.lines), self.brought.currency)

    @property
    def carried(self) -> Money:
        return self.brought + self.earned - self.released


def _rounding(exact: Fraction, amount: Money) -> str:
    """Which way the exact amount went: `up`, `down`, or `none`."""
    difference = abs(amount.amount) - exact
    return "none" if not difference else "up" if difference > 0 else "down"


def why(line: Line) -> str:
    """The sentence that explains an amount."""
    return _why(line, _told_of(line))


def _why(line: Line, told: dict[str, str]) -> str:
    if not line.reversed:
        return told["why"]
    return f"{told['why']} Taken back, since run {line.run[:12]} corrects an earlier one."


def _told_of(line: Line) -> dict[str, str]:
    share = line.share
    return _told(
        line.basis,
        line.layer.currency,
        line.layer.amount,
        line.weight,
        line.weights,
        line.works,
        line.portion.amount,
        share.numerator,
        share.denominator,
        line.amount.amount,
    )


@lru_cache(maxsize=1 << 16)
def _told(
    basis: str,
    code: str,
    of: int,
    weight: int,
    weights: int,
    works: int,
    got: int,
    above: int,
    under: int,
    units: int,
) -> dict[str, str]:
    """All that is said of an amount, save whose and when: of a large run, most lines say the same as others."""
    layer, portion, amount, share = Money(of, code), Money(got, code), Money(units, code), Fraction(above, under)
    whole, exact = Fraction(of * weight, weights), got * share
    words = _BASES[basis].format(works=works, layer=layer, weight=weight, weights=weights)
    part = (
        "All of it is this party's." if share == 1 else f"This party's share is {share} of it{_rounded(exact, amount)}."
    )
    return {
        "basis": basis,
        "layer": str(layer),
        "weight": str(weight),
        "weights": str(weights),
        "portion": str(portion),
        "portion_exact": str(whole),
        "portion_rounded": _rounding(whole, portion),
        "share": str(share),
        "amount": str(amount),
        "exact": str(exact),
        "rounded": _rounding(exact, amount),
        "why": f"The work got {portion}, {words}{_rounded(whole, portion)}. {part}",
    }


def _rounded(exact: Fraction, amount: Money) -> str:
    way = _rounding(exact, amount)
    if way == "none":
        return ""
    reason = "a unit left over came to it" if way == "up" else "a part of a unit is not paid"
    return f", exactly {_decimal(exact, amount.currency)}, rounded {way}: {reason}"


def _decimal(exact: Fraction, code: str) -> str:
    """An amount in smallest units as people write it, cut after some digits where there are more."""
    digits = currency(code).exponent + _DIGITS
    scaled, more = divmod(exact.numerator * 10**_DIGITS, exact.denominator)
    text = str(scaled).rjust(digits + 1, "0")
    decimals = f"{text[:-digits]}.{text[-digits:]}"
    return f"{decimals}…" if more else decimals.rstrip("0")


def show(statement: Statement) -> dict[str, Any]:
    """A statement as JSON: texts, lists and objects only; amounts as `parse_money` reads them."""
    return {
        "schema": SCHEMA,
        "party": statement.party,
        "name": statement.name,
        "run": statement.run,
        "brought": str(statement.brought),
        "earned": str(statement.earned),
        "released": str(statement.released),
        "carried": str(statement.carried),
        "lines": [_show_line(line) for line in statement.lines],
        "held": [
            {
                "run": held.run,
                "work": held.work,
                "right": held.right,
                "claimed": str(held.share),
                "amount": str(held.amount),
            }
            for held in statement.held
        ],
    }


def _show_line(line: Line) -> dict[str, Any]:
    told = _told_of(line)
    return {
        **told,
        "run": line.run,
        "plan": line.plan,
        "reference": line.reference,
        "right": line.right,
        "work": line.work,
        "why": _why(line, told),
    }
