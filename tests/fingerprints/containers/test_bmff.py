"""Boxes of ISO base media files: what stands at the top is found, what lies about its size is a problem."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from placet.clearance.embedded import documents
from placet.fingerprints.containers import Kind, blocks
from placet.fingerprints.containers.c2pa_manifest import media_type
from tests.gallery.certificates import signed
from tests.gallery.containers import PACKET
from tests.gallery.media import scene

XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
MANIFEST = bytes(4) + b"manifest\0" + bytes(8)
FTYP = b"\0\0\0\x10ftypisom\0\0\0\0"


def box(kind: bytes, body: bytes, *, large: bool = False) -> bytes:
    if large:
        return b"\0\0\0\1" + kind + (len(body) + 16).to_bytes(8, "big") + body
    return (len(body) + 8).to_bytes(4, "big") + kind + body


@pytest.mark.parametrize("large", [False, True])
def test_boxes_of_their_own_kind_are_found(large):
    data = (
        FTYP
        + box(b"uuid", XMP + PACKET, large=large)
        + box(b"mdat", b"x" * 99)
        + box(b"uuid", C2PA + MANIFEST + b"jumb", large=large)
    )

    found = blocks(data)

    assert [(block.kind, block.data) for block in found] == [(Kind.XMP, PACKET), (Kind.C2PA, b"jumb")]


def test_a_last_box_without_a_size_reaches_to_the_end():
    (found,) = blocks(FTYP + b"\0\0\0\0uuid" + XMP + PACKET)

    assert found.data == PACKET


def test_a_merkle_box_is_no_manifest():
    assert blocks(FTYP + box(b"uuid", C2PA + bytes(4) + b"merkle\0" + bytes(40))) == ()


def test_a_box_of_somebody_elses_kind_says_nothing():
    assert blocks(FTYP + box(b"uuid", bytes(16) + PACKET)) == ()


@pytest.mark.parametrize(
    "broken",
    [
        FTYP + b"\0\0\xff\xffuuid" + XMP,
        FTYP + b"\0\0\0\4free",
        FTYP + b"\0\0\0\1mdat" + bytes(8),
        FTYP + b"\0\0\0\1mdat" + b"\xff" * 8,
        FTYP + b"\0\0",
        FTYP + box(b"uuid", XMP[:8]),
        FTYP + box(b"uuid", C2PA + bytes(4) + b"x" * 60),
        FTYP + box(b"free", b"") * 30_000,
    ],
    ids=[
        "past the end",
        "too small",
        "nothing in 64 bits",
        "too much in 64 bits",
        "cut",
        "no kind",
        "no purpose",
        "very many",
    ],
)
def test_a_box_that_lies_is_a_problem(broken):
    (block,) = blocks(broken)

    assert block.kind is Kind.CONTAINER
    assert block.problems


@given(st.binary(max_size=120))
def test_no_bytes_raise(tail):
    blocks(FTYP + tail)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow writes no AVIF")
def test_a_signed_avif_is_heard_and_its_pixels_are_the_same():
    with io.BytesIO() as file:
        scene(48, 32).save(file, "AVIF")
        plain = file.getvalue()

    whole = signed(plain)
    (document,), problems = documents(whole, "x", 0)

    assert media_type(plain) == "image/avif"
    assert problems == ()
    assert b'"validation_state": "Valid"' in document.body
    pixels = [np.asarray(Image.open(io.BytesIO(data))).tobytes() for data in (plain, whole)]
    assert pixels[0] == pixels[1]
