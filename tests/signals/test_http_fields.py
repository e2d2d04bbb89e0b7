"""Header fields as they were received: in order, by name, with their lines."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.signals.http_fields import fields, values


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b"A: 1\r\nB:2\r\n", [("a", "1", 1), ("b", "2", 2)]),
        (b"HTTP/1.1 200 OK\r\nA: 1\r\n\r\n", [("a", "1", 2)]),
        (b"a: 1\nA: 2\n", [("a", "1", 1), ("a", "2", 2)]),
        (b"a: 1\r\n  2\r\n\t3\r\n", [("a", "1 2 3", 1)]),
        (b"a:\r\n b\r\n", [("a", "b", 1)]),
        (b" leading\r\na: 1\r\n", [("a", "1", 2)]),
        (b"a : 1\r\n", [("a", "1", 1)]),
        (b"a b: 1\r\nc\r\n: 2\r\n", []),
        (b"a: x: y\r\n", [("a", "x: y", 1)]),
        (b"a: caf\xc3\xa9\r\nb: caf\xe9\r\n", [("a", "café", 1), ("b", "café", 2)]),
        (b"", []),
    ],
)
def test_lines_become_fields(body, found):
    assert fields(body) == found


def test_one_field_is_found_by_any_spelling_of_its_name():
    assert values(b"X-Robots-Tag: a\r\nx-robots-tag: b\r\nother: c\r\n", "X-Robots-TAG") == [("a", 1), ("b", 2)]


@given(st.binary(max_size=300))
def test_nothing_in_a_header_is_an_error(body):
    assert all(name == name.lower() and line >= 1 for name, _, line in fields(body))


@pytest.mark.parametrize("unit", [b" a\r\n", b"a:\r\n", b"\r\n", b":", b"a: b\r\n c\r\n"], ids=repr)
def test_hostile_headers_are_read_once(unit):
    body = b"a: b\r\n" + unit * (400_000 // len(unit))
    began = time.perf_counter()

    fields(body)

    assert time.perf_counter() - began < 5
