"""A packet goes in and comes out again; pixels and samples stay what they were."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from placet.errors import BadMedia
from placet.fingerprints.containers import Kind, blocks, replace_xmp
from tests.fingerprints.pictures import real_pictures
from tests.gallery.containers import PACKET, WHOLE, packet
from tests.gallery.media import ODD

XMP = (Kind.XMP, Kind.PDF_XMP)
PICTURES = {name: make for name, make in {**ODD, **WHOLE}.items() if name.endswith((".jpg", ".png"))}
HOLDERS = {name: make for name, make in PICTURES.items() if not name.startswith("garbage")}


def packets(data: bytes) -> list[bytes]:
    found = blocks(data)
    assert not [problem for block in found for problem in block.problems]
    return [block.data for block in found if block.kind in XMP]


def others(data: bytes) -> list[tuple[Kind, bytes]]:
    return [(block.kind, block.data) for block in blocks(data) if block.kind not in XMP]


def pixels(data: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(data)) as image:
        frames = []
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            frames.append(np.array(image))
        return frames


def same_pixels(one: bytes, two: bytes) -> bool:
    before, after = pixels(one), pixels(two)
    return len(before) == len(after) and all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("name", PICTURES)
def test_a_packet_put_in_is_found_alone_and_nothing_else_has_changed(name):
    data = PICTURES[name]()

    after = replace_xmp(data, PACKET)

    assert packets(after) == [PACKET]
    assert others(after) == others(data)
    assert same_pixels(data, after)


@pytest.mark.parametrize("name", HOLDERS)
def test_replacing_twice_is_replacing_once(name):
    once = replace_xmp(HOLDERS[name](), PACKET)

    assert replace_xmp(once, PACKET) == once


@pytest.mark.parametrize("name", HOLDERS)
def test_the_last_packet_wins(name):
    data = HOLDERS[name]()

    after = replace_xmp(replace_xmp(data, packet("DMI-ALLOWED", padding=40)), PACKET)

    assert packets(after) == [PACKET]
    assert same_pixels(data, after)


@pytest.mark.parametrize("name", HOLDERS)
def test_a_packet_taken_out_is_gone(name):
    data = HOLDERS[name]()

    after = replace_xmp(replace_xmp(data, PACKET), None)

    assert packets(after) == []
    assert others(after) == others(data)
    assert same_pixels(data, after)
    assert replace_xmp(after, None) == after


@pytest.mark.parametrize("name", [name for name in HOLDERS if name.endswith(".jpg")])
def test_everything_from_the_first_scan_on_is_the_same_bytes(name):
    data = HOLDERS[name]()

    after = replace_xmp(data, PACKET)

    coded = data[data.index(b"\xff\xda") :]
    assert after.endswith(coded)


def test_real_pictures_keep_their_scans():
    pictures = real_pictures()
    if not pictures:
        pytest.skip("the folder of shared pictures is absent")

    for path in pictures:
        data = path.read_bytes()
        after = replace_xmp(data, PACKET)
        assert packets(after) == [PACKET], path.name
        assert after.endswith(data[data.rindex(b"\xff\xda") :]), path.name
        assert others(after) == others(data), path.name


def test_a_packet_too_large_for_a_segment_is_refused_in_a_sentence():
    with pytest.raises(BadMedia, match="one JPEG segment holds 65,504"):
        replace_xmp(WHOLE["plain.jpg"](), packet(padding=70_000))

    largest = PACKET + b" " * (65_504 - len(PACKET))
    assert packets(replace_xmp(WHOLE["plain.jpg"](), largest)) == [largest]


def test_a_file_without_a_place_for_it_is_refused():
    with pytest.raises(BadMedia, match="No place for an XMP packet"):
        replace_xmp(b"Call me Ishmael.", PACKET)


@pytest.mark.parametrize("name", [name for name in WHOLE if name in HOLDERS])
@settings(max_examples=40)
@given(changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=6), cut=st.integers(0, 300))
def test_a_damaged_file_is_refused_or_replaced(name, changes, cut):
    data = bytearray(WHOLE[name]())
    for at, byte in changes:
        data[at % len(data)] = byte

    with contextlib.suppress(BadMedia):
        after = replace_xmp(bytes(data[: len(data) - cut]), PACKET)
        assert PACKET in [block.data for block in blocks(after)]
