"""A statement explains itself: every basis has its sentence, and its sums are its lines."""

from __future__ import annotations

from fractions import Fraction

import pytest

from placet.core.money import Money
from placet.licensing.plans import PLANS
from placet.licensing.statement import Held, Line, Statement, show, why
from tests.licensing.sheets import divided
from tests.licensing.test_run import some_run


def a_line(**more: object) -> Line:
    told = {
        "run": "ab" * 32,
        "plan": "usage/1",
        "reference": "2026-Q3",
        "right": "",
        "work": "ferry",
        "basis": "usage",
        "layer": Money(10_000, "EUR"),
        "weight": 1,
        "weights": 3,
        "works": 3,
        "portion": Money(3_334, "EUR"),
        "share": Fraction(1, 2),
        "amount": Money(1_667, "EUR"),
    }
    return Line(**told | more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (
            {},
            "The work got 33.34 EUR, 1 of 3 parts of 100.00 EUR, by use, exactly 33.33333333…, rounded up: a unit left"
            " over came to it. This party's share is 1/2 of it.",
        ),
        (
            {"basis": "equal", "portion": Money(3_333, "EUR"), "amount": Money(1_666, "EUR")},
            "The work got 33.33 EUR, one of 3 equal parts of 100.00 EUR, exactly 33.33333333…, rounded down: a part of"
            " a unit is not paid. This party's share is 1/2 of it, exactly 16.665, rounded down: a part of a unit is"
            " not paid.",
        ),
        (
            {"basis": "attributed", "weights": 1, "portion": Money(10_000, "EUR"), "share": Fraction(1)},
            "The work got 100.00 EUR, 1 of 1 parts of the 100.00 EUR that were attributed. All of it is this party's.",
        ),
        (
            {"layer": Money(7, "JPY"), "portion": Money(2, "JPY"), "share": Fraction(1), "amount": Money(2, "JPY")},
            "The work got 2 JPY, 1 of 3 parts of 7 JPY, by use, exactly 2.333333…, rounded down: a part of a unit is"
            " not paid. All of it is this party's.",
        ),
    ],
)
def test_why(more: dict[str, object], sentence: str) -> None:
    assert why(a_line(**more)) == sentence


def test_what_is_taken_back_says_by_which_run() -> None:
    line = a_line(amount=Money(-1_667, "EUR"))

    assert why(line).endswith(" Taken back, since run abababababab corrects an earlier one.")
    assert show(_statement(line))["earned"] == "-16.67 EUR"


def test_what_came_before_and_what_was_earned_is_released_or_carried() -> None:
    told = show(_statement(a_line(), a_line(work="harbour")))

    assert (told["brought"], told["earned"], told["released"], told["carried"]) == (
        "1.00 EUR",
        "33.34 EUR",
        "30.00 EUR",
        "4.34 EUR",
    )
    assert told["held"] == [
        {"run": "r", "work": "lamp", "right": "", "claimed": "3/4", "amount": "5.00 EUR"},
    ]


@pytest.mark.parametrize("plan", [plan.name for plan in PLANS])
def test_every_basis_that_a_plan_gives_has_a_sentence(plan: str) -> None:
    run = some_run(plan, [("w1", "Ana", "1/3", "")], 10_001, "EUR") or divided([("w1", "Ana", "1/3")])

    for layer in run.layers:
        words = why(a_line(basis=layer.basis, layer=Money(layer.amount, "EUR"), weights=layer.whole))
        assert words.startswith("The work got 33.34 EUR, ")


def _statement(*lines: Line) -> Statement:
    held = Held(run="r", work="lamp", right="", share=Fraction(3, 4), amount=Money(500, "EUR"))
    return Statement(
        party="anna",
        name="Anna",
        run="",
        brought=Money(100, "EUR"),
        lines=lines,
        released=Money(3_000, "EUR"),
        held=(held,),
    )
