"""The plan: what it says reads back, and nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from placet.clearance.plan import Ask, Plan, check_same, parse_plan
from placet.clearance.rows import Unit
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.errors import BadDataset, BadInput, BadRecord, PlanChanged, TooNew

ASK = Ask(use=Use.TRAIN, profiles=(PROFILES["uk"],), at=5, territory="GB")
PLAN = Plan(
    snapshot="aa",
    dataset="crawl",
    ask=ASK,
    emit="list",
    rules={"image": "close"},
    units=(Unit(id="files:0000", format="files", path="", members=("a\tb.jpg",), stop=1),),
)


def test_a_plan_reads_back_as_it_was_written() -> None:
    assert parse_plan(PLAN.data()) == PLAN
    assert parse_plan(PLAN.data()).digest == PLAN.digest


@pytest.mark.parametrize(
    ("old", "new", "error", "why"),
    [
        (b'"v":2', b'"v":3', TooNew, "format 3; this release reads up to 2"),
        (b'"v":2', b'"v":1', BadRecord, "format 1, of an earlier placet"),
        (b'"v":2', b'"v":"1"', BadRecord, "no plan of a clearance"),
        (b'"uk"', b'"mars"', BadRecord, "mars"),
        (b'"use":"train"', b'"use":"rent"', BadRecord, "rent"),
        (b'"emit"', b'"emot"', BadRecord, "emit"),
        (b'"members":["a', b'"members":["../a', BadDataset, "outside the dataset"),
        (b'"path":""', b'"path":"/etc/passwd"', BadDataset, "outside the dataset"),
        (b'"stop":1', b'"stop":"1"', BadInput, "not a unit"),
    ],
)
def test_a_plan_that_is_none_says_why(old: bytes, new: bytes, error: type[Exception], why: str) -> None:
    assert old in PLAN.data()

    with pytest.raises(error, match=why):
        parse_plan(PLAN.data().replace(old, new))


def test_a_resume_without_a_time_takes_the_time_it_began_at() -> None:
    now = replace(PLAN, ask=replace(ASK, at=-1))

    assert check_same(PLAN, now) == PLAN


def test_a_rule_that_is_new_is_a_changed_plan() -> None:
    now = replace(PLAN, rules={"image": "close", "audio": "loud"})

    with pytest.raises(PlanChanged, match=r"another rule of audio \(none, now loud\)"):
        check_same(PLAN, now)
