"""Openings: read as they were written, and refused when they open something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.canonical import encode
from placet.errors import BadInput, BadRecord, TooNew
from placet.registry.openings import Opening, parse_opening

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
openings = st.builds(Opening, salt=st.binary(min_size=32, max_size=32), value=texts, show=st.booleans())
GOOD = Opening(salt=bytes(32), value="Dunes", show=True)


@given(openings)
def test_an_opening_is_read_as_it_was_written(opening):
    assert parse_opening(opening.data(), opening.commitment) == opening


@given(openings, openings)
def test_an_opening_opens_only_its_own_commitment(one, other):
    if (one.salt, one.value) == (other.salt, other.value):
        assert one.commitment == other.commitment
    else:
        with pytest.raises(BadRecord, match="does not open it"):
            parse_opening(one.data(), other.commitment)


@given(st.binary(max_size=200) | st.recursive(st.integers() | texts, st.lists).map(str).map(str.encode))
def test_hostile_bytes_are_refused(data):
    with pytest.raises(BadRecord):
        parse_opening(data, GOOD.commitment)


SPOILED = {
    "a field too few": ({"show": ...}, BadRecord, "has exactly the fields v, salt, value and show"),
    "a field too many": ({"more": 1}, BadRecord, "has exactly the fields v, salt, value and show"),
    "a newer version": ({"v": 2}, TooNew, "an opening of version '2'; this release reads version 1"),
    "a short salt": ({"salt": "00"}, BadRecord, "a salt of 32 bytes in hex"),
    "a salt in capitals": ({"salt": "AB" * 32}, BadRecord, "a salt of 32 bytes in hex"),
    "a salt with a line feed": ({"salt": "00" * 32 + "\n"}, BadRecord, "a salt of 32 bytes in hex"),
    "a value with a NUL": ({"value": "A\0na"}, BadRecord, "holds a NUL"),
    "a value that is no text": ({"value": 7}, BadRecord, "a text, and a consent of 0 or 1"),
    "a consent of 2": ({"show": 2}, BadRecord, "a text, and a consent of 0 or 1"),
    "a consent in words": ({"show": "yes"}, BadRecord, "a text, and a consent of 0 or 1"),
    "another value": ({"value": "Hills"}, BadRecord, "does not open it"),
    "another salt": ({"salt": "01" * 32}, BadRecord, "does not open it"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_broken_opening_says_why(case):
    changes, error, sentence = SPOILED[case]
    value = {"v": 1, "salt": "00" * 32, "value": "Dunes", "show": 1} | changes
    data = encode({key: item for key, item in value.items() if item is not ...})

    with pytest.raises(error, match=sentence):
        parse_opening(data, GOOD.commitment)


def test_every_error_of_an_opening_is_one_of_input():
    with pytest.raises(BadInput):
        parse_opening(b"[]", GOOD.commitment)
