"""A licence lifts what was licensed and nothing else: the law over everything that can be wrong with one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.core import (
    PROFILES,
    Declaration,
    Kind,
    Licence,
    Outcome,
    Question,
    Source,
    Stance,
    Subject,
    Use,
    Voice,
    decide,
)
from placet.core.offer import Unit
from placet.errors import PlacetError
from placet.licensing.check import standing, to_core
from placet.licensing.document import parse_file
from placet.licensing.scope import prove, scope_root
from tests.licensing.test_document import BUYER, HER, OTHER, WORKS, agreed, listed, made

AT, WORK, ELSEWHERE = 1500, WORKS[3], Subject(Kind.WORK, "f" * 32)


@dataclass
class Case:
    """A licence that lifts, until a fault is done to it or to the question."""

    terms: dict[str, object] = field(default_factory=lambda: {"territory": ("FR",), "model": "m1", "unit": Unit.MODEL})
    revoked: bool = False
    bytes_of: str = ""
    work: Subject = WORK
    holder: str = BUYER.public.hex()
    use: Use = Use.TRAIN_GENERATIVE
    territory: str = "FR"
    model: str = "m1"
    by: str = HER.public.hex()


FAULTS = {
    "expired": lambda case, n: case.terms.update(until=AT - n % 499),
    "not-yet-valid": lambda case, n: case.terms.update(start=AT + 1 + n, until=0),
    "revoked": lambda case, n: setattr(case, "revoked", True),
    "wrong-use": lambda case, n: case.terms.update(uses=((Use.MINE,), (Use.TRAIN_OTHER, Use.OUTPUT))[n % 2]),
    "wider-use": lambda case, n: setattr(case, "use", (Use.TRAIN, Use.ANY)[n % 2]),
    "wrong-holder": lambda case, n: setattr(case, "holder", OTHER.public.hex()),
    "no-holder": lambda case, n: setattr(case, "holder", ""),
    "wrong-territory": lambda case, n: setattr(case, "territory", ("US", "EU", "")[n % 3]),
    "wrong-model": lambda case, n: setattr(case, "model", ("m2", "")[n % 2]),
    "wrong-work": lambda case, n: setattr(case, "work", ELSEWHERE),
    "wrong-licensor": lambda case, n: setattr(case, "by", OTHER.public.hex()),
    "altered": lambda case, n: setattr(case, "bytes_of", "token"),
    "other-works": lambda case, n: setattr(case, "bytes_of", "works"),
    "cut-off": lambda case, n: setattr(case, "bytes_of", "cut"),
}


def word(by: str, work: Subject, stance: Stance, use: Use = Use.ANY, index: int = 1) -> Declaration:
    return Declaration(
        id=f"d{index}",
        subject=work,
        use=use,
        stance=stance,
        by=by,
        voice=Voice.CLAIMED,
        source=Source(standard="placet", where="log"),
        index=index,
    )


def data_of(case: Case, n: int) -> bytes:
    data = made(agreed(**case.terms)).data()
    value = json.loads(data)
    if case.bytes_of == "token":
        at = n % len(value["licence"])
        other = "A" if value["licence"][at] != "A" else "B"
        value["licence"] = value["licence"][:at] + other + value["licence"][at + 1 :]
    if case.bytes_of == "works":
        value["works"][n % len(WORKS)] = str(case.work if case.work is ELSEWHERE else ELSEWHERE)
    return data[: n % len(data)] if case.bytes_of == "cut" else json.dumps(value).encode()


def held(case: Case, n: int) -> list[Licence]:
    """The licences that a clearance would rely on."""
    try:
        file = parse_file(data_of(case, n))
    except PlacetError:
        return []
    lists = [listed(5, at=1400)] if case.revoked else []
    return [to_core(file)] if standing(file, AT, lists, AT).holds else []


def answer(case: Case, n: int, *others: Declaration) -> Outcome:
    question = Question(
        subjects=(case.work,),
        use=case.use,
        at=AT,
        territory=case.territory or None,
        holder=case.holder or None,
        model=case.model,
    )
    heard = [word(case.by, case.work, Stance.LICENSE), *others]
    return decide(question, heard, (), held(case, n), PROFILES["consent"]).outcome


def test_the_licence_of_these_tests_lifts_what_it_names():
    assert answer(Case(), 0) is Outcome.CLEARED


@pytest.mark.parametrize("fault", FAULTS)
def test_one_thing_wrong_is_enough(fault):
    for n in range(3):
        case = Case()
        FAULTS[fault](case, n)

        assert answer(case, n) is not Outcome.CLEARED


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(sorted(FAULTS)), min_size=1, max_size=4, unique=True), st.integers(0, 5000))
def test_a_licence_with_anything_wrong_lifts_nothing(faults, n):
    case = Case()
    for fault in faults:
        FAULTS[fault](case, n)

    assert answer(case, n) is not Outcome.CLEARED


@settings(max_examples=80, deadline=None)
@given(st.sampled_from([Stance.RESERVE, Stance.LICENSE]), st.sampled_from([Use.ANY, Use.TRAIN, Use.TRAIN_GENERATIVE]))
def test_it_lifts_nothing_that_another_claimant_says(stance, use):
    theirs = word(OTHER.public.hex(), WORK, stance, use, index=2)

    expected = Outcome.RESERVED if stance is Stance.RESERVE else Outcome.LICENCE
    assert answer(Case(), 0, theirs) is expected


@pytest.mark.parametrize("stance", [Stance.RESERVE, Stance.LICENSE])
def test_it_never_lifts_access(stance):
    licence = replace(held(Case(), 0)[0], uses=(Use.ANY,))
    question = Question(
        subjects=(WORK,), use=Use.ACCESS, at=AT, territory="FR", holder=licence.holder, model=licence.model
    )
    hers = word(HER.public.hex(), WORK, stance, Use.ACCESS)

    assert decide(question, [hers], (), [licence], PROFILES["eu-art4"]).outcome is not Outcome.CLEARED


def test_a_part_that_is_proven_is_lifted_and_the_rest_is_not():
    said = agreed()
    part = replace(made(said), works=(), proofs=prove(WORKS, [WORK]))
    licence = to_core(parse_file(part.data()))

    outcomes = []
    for work in WORKS:
        question = Question(subjects=(work,), use=Use.TRAIN_GENERATIVE, at=AT, holder=said.holder)
        heard = [word(said.licensor, work, Stance.LICENSE)]
        outcomes.append(decide(question, heard, (), [licence], PROFILES["consent"]).outcome)

    assert said.root == scope_root(WORKS)
    assert [work for work, outcome in zip(WORKS, outcomes, strict=True) if outcome is Outcome.CLEARED] == [WORK]
