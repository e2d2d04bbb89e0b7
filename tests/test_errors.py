"""Every refusal is a sentence with an id that can be looked up."""

from __future__ import annotations

import pytest

from placet import errors
from placet.core.reasons import REASONS
from placet.errors import BadProof, PlacetError, Refused, told

KINDS = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, PlacetError)]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_error_rests_on_a_rule_of_the_catalogue(kind: type[PlacetError]) -> None:
    assert kind.rule in REASONS
    assert told(kind("It cannot be done")) == f"It cannot be done ({kind.rule})"


def test_no_two_kinds_share_a_rule() -> None:
    assert len({kind.rule for kind in KINDS}) == len(KINDS)


@pytest.mark.parametrize("sentence", ["The clock is wrong (time.clock)", "No (quote.no-clearance).", "No (bag.a-b)"])
def test_a_sentence_with_an_id_of_its_own_keeps_it(sentence: str) -> None:
    assert told(Refused(sentence)) == sentence


def test_brackets_that_hold_no_id_do_not_count() -> None:
    assert told(BadProof("It ends early (4 bytes)")) == "It ends early (4 bytes) (proof.form)"
