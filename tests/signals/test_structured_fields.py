"""Dictionaries as RFC 9651 parses them, and nothing but ValueError for what is none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.signals.structured_fields import MOST, parse_dictionary


@pytest.mark.parametrize(
    ("text", "members"),
    [
        ("", {}),
        ("a=y", {"a": "y"}),
        ("a=y,b=n", {"a": "y", "b": "n"}),
        ("a=y, b, c=?1", {"a": "y", "b": None, "c": None}),
        ("a=y, a=n", {"a": "n"}),
        ("a=y, a", {"a": None}),
        ("a=y;p=1;q", {"a": "y"}),
        ("a=(y n);p", {"a": None}),
        ('a="y"', {"a": None}),
        ("*a.b-c_d=y/z", {"*a.b-c_d": "y/z"}),
        ("  a=y  ", {"a": "y"}),
    ],
)
def test_tokens_by_key(text, members):
    assert parse_dictionary(text) == members


@pytest.mark.parametrize(
    "text", ["A=y", "a=", "a=y,", "a = y", "a=y b=n", "a=(y", 'a="', "a=1.", "=y", "a=é", "a=y\n", "\ta=y"]
)
def test_what_is_no_dictionary(text):
    with pytest.raises(ValueError, match=r"."):
        parse_dictionary(text)


@given(
    st.text(max_size=60)
    | st.text(alphabet='ab=,;() "\\%:@?*-.0123\t', max_size=60)
    | st.binary(max_size=40).map(lambda octets: octets.decode("utf-8", "surrogateescape"))
)
def test_hostile_text_gives_members_or_one_error(text):
    try:
        members = parse_dictionary(text)
    except ValueError:
        return

    assert all(value is None or isinstance(value, str) for value in members.values())


@pytest.mark.parametrize(
    "text",
    ["a=(" + "y " * 20_000, "a;" + "b;" * 20_000, 'a="' + "\\\\" * 30_000, "a=:" + "A" * 60_000, " " * 60_000 + "A"],
)
def test_a_long_field_is_parsed_in_linear_time(text):
    began = time.process_time()

    with pytest.raises(ValueError, match=r"."):
        parse_dictionary(text)

    assert time.process_time() - began < 2


def test_a_field_of_more_than_is_read_is_refused():
    with pytest.raises(ValueError, match="longer"):
        parse_dictionary("a=" + "y" * MOST)
