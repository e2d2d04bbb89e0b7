"""Boxes and values that claim more than is there are found before anybody believes them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import BadMedia
from placet.fingerprints.containers import Kind, blocks
from placet.fingerprints.containers.jumbf import check
from tests.gallery.certificates import signed
from tests.gallery.containers import WHOLE

STORE = next(block.data for block in blocks(signed(WHOLE["plain.png"]())) if block.kind is Kind.C2PA)


def box(kind: bytes, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(4, "big") + kind + body


@pytest.mark.parametrize(
    "value",
    ["00", "f6", "fb3ff0000000000000", "6161", "8101", "a1616101", "c11a00000000", "5f41614162ff", "9f0102ff",
     "bf616101ff", "1bffffffffffffffff", "80", "a0", "d28143616263"],
)  # fmt: skip
def test_values_that_are_whole_pass(value):
    check(box(b"jumb", box(b"cbor", bytes.fromhex(value))))


@pytest.mark.parametrize(
    "value",
    ["", "61", "7a781b636161", "5bffffffffffffffff", "9a7fffffff", "bb7fffffffffffffff", "8201", "a16161", "c1",
     "5f4161", "9f01", "ff", "1c", "0000", "81" * 100 + "00", "18"],
)  # fmt: skip
def test_values_that_claim_more_do_not(value):
    with pytest.raises(BadMedia):
        check(box(b"jumb", box(b"cbor", bytes.fromhex(value))))


@pytest.mark.parametrize(
    "boxes",
    [
        b"\0\0\0\x09jumb",
        b"\0\0\0\7jumb",
        b"\0\0\0\1jumb" + b"\xff" * 8,
        b"\0\0\0\1jumb",
        b"jum",
        box(b"brob", b"x"),
        box(b"free", b"") * 20_001,
        box(b"cbor", b"\x9a\0\x09\0\0" + b"\0" * 0x90000),
    ],
    ids=["past the end", "too small", "too much in 64 bits", "half", "cut", "compressed", "very many", "many values"],
)
def test_boxes_that_lie_or_cost_do_not(boxes):
    with pytest.raises(BadMedia):
        check(boxes)


def test_boxes_within_boxes_without_end_are_refused():
    nested = b""
    for _ in range(30):
        nested = box(b"jumb", nested)

    with pytest.raises(BadMedia, match="deeper"):
        check(nested)


def test_a_real_store_is_whole():
    check(STORE)


@given(st.integers(0, len(STORE) - 1), st.integers(0, 255))
def test_no_byte_makes_it_raise_anything_else(at, byte):
    changed = bytearray(STORE)
    changed[at] = byte

    try:
        check(bytes(changed))
    except BadMedia:
        return
