"""The custody log: a step that is changed, moved, taken out or added shows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.errors import PlacetError, VerificationFailed
from placet.evidence.custody import Step, format_custody, parse_custody
from placet.signing.keys import Role, generate

KEY = generate(bytes(range(32)), Role.PARTY)
STEPS = [Step(at=each, who="Ana", what=f"step {each}") for each in range(3)]
LOG = format_custody(STEPS, KEY)


def test_the_steps_come_back_with_the_key_that_signed_them() -> None:
    read = parse_custody(LOG)

    assert [(each.at, each.who, each.what) for each in read] == [(each.at, each.who, each.what) for each in STEPS]
    assert {each.by for each in read} == {KEY.public.hex()}


@pytest.mark.parametrize("order", [(1, 2), (0, 2), (1, 0, 2), (0, 1, 1, 2)])
def test_no_step_is_taken_out_moved_or_told_twice(order: tuple[int, ...]) -> None:
    lines = LOG.splitlines(keepends=True)

    with pytest.raises(VerificationFailed, match=r"\(custody.chain\)"):
        parse_custody(b"".join(lines[number] for number in order))


@given(st.data())
@settings(max_examples=60)
def test_one_flipped_bit_is_found_or_changes_nothing(data: st.DataObject) -> None:
    """Key hints are nobody's word, and base64 has spellings: what the steps say stays the same, or it is refused."""
    place = data.draw(st.integers(0, len(LOG) * 8 - 1))
    bent = bytearray(LOG)
    bent[place // 8] ^= 1 << place % 8

    try:
        heard = parse_custody(bytes(bent))
    except PlacetError:
        heard = ()

    assert heard in ((), parse_custody(LOG))


@pytest.mark.parametrize("data", [b"", b"\n", b"{}\n", LOG[:-1], LOG[: len(LOG) // 2]])
def test_what_is_cut_or_empty_is_refused(data: bytes) -> None:
    with pytest.raises(PlacetError, match=r"\(custody\.[a-z]+\)$"):
        parse_custody(data)
