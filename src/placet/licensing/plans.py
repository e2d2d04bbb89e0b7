"""The plans: how a pool becomes each work's portion.  `PLANS` lists them; a plan once published keeps its meaning.

A plan divides a pool among works, in one layer or in several; the shares of each work then divide its portion.  Two
steps in this order, each by largest remainders, and ties by id: so that anyone comes to the same cent.  To change a
rule, add the plan with its next version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from placet.core.money import Money, check_same, parse_money
from placet.errors import BadInput, Refused, TooNew
from placet.licensing.apportion import Exact, Integers, apportion, apportion_many, integers
from placet.licensing.sheets import ATTRIBUTION, PRICES, USAGE, Form, parse_exact

__all__ = ["PLANS", "Given", "Layer", "Plan", "find_plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """`works` in order, `licensed` the places of those that the shares name, the plan's sheet, the least confidence."""

    works: pa.Array
    licensed: Integers
    sheet: pa.Table | None = None
    confidence: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """`amount` divided by `weight / whole` among the works at these places; `parts` are what they get."""

    basis: str
    amount: int
    whole: int
    place: Integers
    weight: Exact
    parts: Integers


@dataclass(frozen=True, slots=True)
class Plan:
    """`form` is the sheet it needs besides the shares; `halves`: shares that are not stated have a default."""

    name: str
    version: int
    rule: str
    spread: Callable[[Money, Given], tuple[Layer, ...]]
    form: Form | None = None
    halves: bool = False


def find_plan(name: str, version: int = 0) -> Plan:
    """A plan in this version, or in its newest; BadInput lists the names there are, TooNew where the version is not."""
    found = {plan.version: plan for plan in PLANS if plan.name == name}
    if not found:
        names = ", ".join(dict.fromkeys(plan.name for plan in PLANS))
        raise BadInput(f"there is no plan {name!r}: choose one of {names} (split.plan)")
    if version and version not in found:
        raise TooNew(f"plan {name} is at version {max(found)} here, and the run is of {version}: update placet")
    return found[version or max(found)]


def _equally(pool: Money, given: Given) -> tuple[Layer, ...]:
    return (_equal_layer("equal", pool.amount, given),)


def _equal_layer(basis: str, amount: int, given: Given) -> Layer:
    return _layer(basis, amount, given.licensed, np.ones(len(given.licensed), np.int64))


def _by_usage(pool: Money, given: Given) -> tuple[Layer, ...]:
    sheet = _sheet(given)
    place, weight, _ = _weighed(sheet, "count", given)
    return (_layer("usage", pool.amount, place, weight),)


def _by_attribution(pool: Money, given: Given) -> tuple[Layer, ...]:
    """Every output is worth the same; what of it is not attributed with enough confidence falls back."""
    sheet = _sheet(given)
    for name in ("output", "provider", "version"):
        if "" in pc.unique(sheet.column(name)).to_pylist():
            raise BadInput(f"a row of the attribution names no {name} (weights.unread)")
    sure = {text: _weight(text, "confidence", 1) >= given.confidence for text in _distinct(sheet, "confidence")}
    firm = pc.and_(
        pc.is_in(sheet.column("confidence"), value_set=pa.array([text for text in sure if sure[text]], pa.string())),
        pc.not_equal(sheet.column("work"), ""),
    )
    reliable = sheet.filter(firm)
    outputs, unit = len(_distinct(sheet, "output")), 1
    place, weight = np.zeros(0, np.int64), np.zeros(0, np.int64)
    if len(reliable):
        place, weight, unit = _weighed(reliable, "weight", given)
        _check_outputs(reliable, unit)
    attributed = sum(weight.tolist())
    first, rest = apportion(pool.amount, [attributed, outputs * unit - attributed])
    layers = (_layer("attributed", first, place, weight),) if attributed else ()
    return (*layers, _equal_layer("rest", rest, given)) if outputs * unit > attributed else layers


def _check_outputs(sheet: pa.Table, unit: int) -> None:
    most = {text: int(_weight(text, "weight", 1) * unit) for text in _distinct(sheet, "weight")}
    outputs = pc.unique(sheet.column("output"))
    weights = np.array(list(most.values()), object)[_places(sheet, "weight", pa.array(list(most), pa.string()))]
    total = np.zeros(len(outputs), object)
    np.add.at(total, _places(sheet, "output", outputs), weights)
    for at in np.flatnonzero(total > unit)[:1].tolist():
        raise Refused(f"more than the whole of output {outputs[at]} is attributed (weights.over)")


def _by_price(pool: Money, given: Given) -> tuple[Layer, ...]:
    sheet = _sheet(given)
    prices = {text: parse_money(text) for text in _distinct(sheet, "amount")}
    for text, price in prices.items():
        if price.amount <= 0:
            raise BadInput(f"a price of {text} pays for nothing: each is more than zero (money.sign)")
        check_same(price, pool)
    place, weight = _summed(sheet, "amount", [price.amount for price in prices.values()], given)
    total = Money(sum(weight.tolist()), pool.currency)
    if total != pool:
        raise Refused(f"the prices come to {total}, and the pool is {pool} (split.sum)")
    return (_layer("price", pool.amount, place, weight),)


def _layer(basis: str, amount: int, place: Integers, weight: Exact) -> Layer:
    fits = weight.dtype != object
    parts = apportion_many(amount, weight) if fits else np.array(apportion(amount, weight.tolist()), np.int64)
    whole = (
        int(weight.astype(object).sum()) if not fits or len(weight) * int(weight.max()) >= 2**63 else int(weight.sum())
    )
    return Layer(basis=basis, amount=amount, whole=whole, place=place, weight=weight, parts=parts)


def _sheet(given: Given) -> pa.Table:
    if given.sheet is None or not len(given.sheet):
        raise BadInput("the plan needs a sheet, and it has no rows (weights.unread)")
    return given.sheet


def _weighed(sheet: pa.Table, column: str, given: Given) -> tuple[Integers, Exact, int]:
    """The works of a sheet in order, their summed weights as whole numbers, and how many of these make 1."""
    exact = {text: _weight(text, column, 1 if column == "weight" else None) for text in _distinct(sheet, column)}
    unit = 1
    for weight in exact.values():
        unit = lcm(unit, weight.denominator)
        if unit >= 2**63:
            raise BadInput(f"the column {column!r} has too many denominators: write decimals (weights.unread)")
    place, summed = _summed(sheet, column, [int(weight * unit) for weight in exact.values()], given)
    if not summed.any():
        raise Refused(f"every {column} is nothing: there is nothing to divide by (weights.zero)")
    return place, summed, unit


def _summed(sheet: pa.Table, column: str, values: list[int], given: Given) -> tuple[Integers, Exact]:
    """Per work, the sum of the values; `values` belong to the column's distinct texts, in their order."""
    works = _places(sheet, "work", given.works)
    rows = integers(values)[_places(sheet, column, pc.unique(sheet.column(column)))]
    if rows.dtype != object and len(rows) * max(values) >= 2**63:
        rows = rows.astype(object)
    total = np.zeros(len(given.works), rows.dtype)
    np.add.at(total, works, rows)
    place = np.unique(works)
    return place, total[place]


def _weight(text: str, column: str, most: int | None) -> Fraction:
    weight = parse_exact(text)
    if weight is None or weight < 0 or (most is not None and weight > most):
        upto = f" and at most {most}" if most is not None else ""
        raise BadInput(
            f"{text!r} is no {column}: it is exact, not negative{upto}, like 3, 0.25 or 1/3 (weights.unread)"
        )
    return weight


def _distinct(sheet: pa.Table, column: str) -> list[str]:
    found: list[str] = pc.unique(sheet.column(column)).to_pylist()
    return found


def _places(sheet: pa.Table, column: str, among: pa.Array) -> Integers:
    found: Integers = pc.index_in(sheet.column(column), value_set=among).to_numpy().astype(np.int64)
    return found


PLANS = (
    Plan(
        "equal-per-work",
        1,
        "The pool is divided equally among all works of the licence (STIM's rule for training, 2025).",
        _equally,
    ),
    Plan("usage", 1, "The pool is divided among works in proportion to how often each was used.", _by_usage, USAGE),
    Plan(
        "attributed-with-fallback",
        1,
        "Every output is worth the same. What of it is attributed to works with enough confidence goes to these;"
        " the rest is divided equally among all works of the licence (STIM's rule for outputs, 2025).",
        _by_attribution,
        ATTRIBUTION,
    ),
    Plan(
        "author-publisher-50-50",
        1,
        "The pool is divided equally among all works. Where a work's shares are not stated, half is its authors'"
        " and half its publishers', each half in equal parts (the default of Bartz v. Anthropic, 2025).",
        _equally,
        halves=True,
    ),
    Plan("direct", 1, "Each work gets the price that was paid for it.", _by_price, PRICES),
)
