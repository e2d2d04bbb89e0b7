"""A packet goes in and comes out again; pixels and samples stay what they were."""

from __future__ import annotations

import contextlib
import io
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from placet.errors import BadMedia
from placet.fingerprints.containers import Kind, blocks, replace_text, replace_xmp
from tests.fingerprints.pictures import real_pictures, shared
from tests.gallery.containers import (
    FLAC_FRAMES,
    MPEG,
    PACKET,
    WHOLE,
    comments,
    flac,
    id3_frame,
    id3_tag,
    packet,
    pdf,
    pdf_stream,
    tiff,
)
from tests.gallery.media import ODD, encode, scene

XMP = (Kind.XMP, Kind.PDF_XMP)
PICTURES = (".jpg", ".png", ".gif", ".webp", ".tiff")
ALL = {**ODD, **WHOLE}
HOLDERS = {
    name: make
    for name, make in ALL.items()
    if name.endswith((*PICTURES, ".pdf", ".wav", ".mp3")) and name != "old.mp3" and "wide" not in name
}


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


def same_content(name: str, one: bytes, two: bytes) -> bool:
    """Pixels are decoded and compared; samples and pages are the same bytes."""
    if name.endswith(PICTURES):
        before, after = pixels(one), pixels(two)
        return len(before) == len(after) and all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    if name.endswith(".wav"):
        return sound(one) == sound(two)
    return two.startswith(one) if name.endswith(".pdf") else two.endswith(MPEG)


def sound(data: bytes) -> tuple[object, bytes]:
    with wave.open(io.BytesIO(data)) as file:
        return file.getparams(), file.readframes(file.getnframes())


@pytest.mark.parametrize("name", HOLDERS)
def test_a_packet_put_in_is_found_alone_and_nothing_else_has_changed(name):
    data = HOLDERS[name]()

    after = replace_xmp(data, PACKET)

    assert packets(after) == [PACKET]
    assert others(after) == others(data)
    assert same_content(name, data, after)


@pytest.mark.parametrize("name", HOLDERS)
def test_replacing_twice_is_replacing_once(name):
    once = replace_xmp(HOLDERS[name](), PACKET)

    assert replace_xmp(once, PACKET) == once


@pytest.mark.parametrize("name", HOLDERS)
def test_the_last_packet_wins(name):
    data = HOLDERS[name]()

    after = replace_xmp(replace_xmp(data, packet("DMI-ALLOWED", padding=40)), PACKET)

    assert packets(after) == [PACKET]
    assert same_content(name, data, after)


@pytest.mark.parametrize("name", HOLDERS)
def test_a_packet_taken_out_is_gone(name):
    data = HOLDERS[name]()

    after = replace_xmp(replace_xmp(data, PACKET), None)

    assert packets(after) == []
    assert others(after) == others(data)
    assert same_content(name, data, after)
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


# ---- each container's own ways ------------------------------------------------------------------


def test_pillow_reads_what_was_put_in():
    for name in ("plain.jpg", "plain.png", "plain.webp", "lossless.webp"):
        with Image.open(io.BytesIO(replace_xmp(WHOLE[name](), PACKET))) as image:
            image.load()
            found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
        assert (found.encode() if isinstance(found, str) else found) == PACKET, name


def test_pillow_reads_what_was_put_into_a_tiff():
    with Image.open(io.BytesIO(replace_xmp(ALL["lzw.tiff"](), PACKET))) as image:
        assert image.tag_v2[700] == PACKET


def test_a_picture_of_several_pages_keeps_them():
    pages = [scene(20, 20).rotate(turn) for turn in (0, 90, 180)]
    data = encode(pages[0], "TIFF", save_all=True, append_images=pages[1:])

    after = replace_xmp(data, PACKET)

    assert packets(after) == [PACKET]
    assert same_content("pages.tiff", data, after)


def test_a_large_tiff_can_be_held_too():
    after = replace_xmp(tiff(wide=True), PACKET)

    assert packets(after) == [PACKET]
    assert replace_xmp(after, PACKET) == after


def test_a_packet_of_four_bytes_lies_in_its_tag():
    after = replace_xmp(tiff(), b"<x/>")

    assert packets(after) == [b"<x/>"]


def test_metadata_of_a_picture_inside_a_document_stays_its_own():
    inside = packet("DMI-ALLOWED")
    data = pdf(pdf_stream(inside))

    after = replace_xmp(data, PACKET)

    assert packets(after) == [inside, PACKET]
    assert packets(replace_xmp(after, None)) == [inside]


def test_a_locked_document_is_refused():
    with pytest.raises(BadMedia, match="encrypted"):
        replace_xmp(pdf(trailer=b"/Encrypt << /Filter /Standard >>"), PACKET)


def test_an_old_tag_is_refused_in_a_sentence():
    with pytest.raises(BadMedia, match=r"version 2\.2"):
        replace_xmp(WHOLE["old.mp3"](), PACKET)


def test_an_empty_packet_is_refused():
    with pytest.raises(BadMedia, match="says nothing"):
        replace_xmp(WHOLE["plain.png"](), b"")


TEXTS = ["plain.mp3", "xmp.mp3", "said.mp3", "unsynced.mp3", "c2pa.mp3", "plain.flac", "said.flac", "behind-id3.flac"]


def said(data: bytes, key: str) -> list[str]:
    found = blocks(data)
    assert not [problem for block in found for problem in block.problems]
    return [block.data.decode() for block in found if block.name in (key, f"TXXX:{key}")]


@pytest.mark.parametrize("name", TEXTS)
@given(value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_text_put_in_is_found_and_the_sound_is_the_same(name, value):
    data = WHOLE[name]()

    after = replace_text(data, "TDM", value)

    assert said(after, "TDM") == [value]
    assert after.endswith(MPEG if name.endswith("mp3") else FLAC_FRAMES)
    assert replace_text(after, "TDM", value) == after


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_taken_out_is_gone_and_the_others_stay(name):
    data = WHOLE[name]()
    before = [block for block in blocks(data) if "TDM" not in block.name]

    after = replace_text(replace_text(data, "TDM", "no"), "TDM", None)

    assert said(after, "TDM") == []
    assert [(block.kind, block.name, block.data) for block in blocks(after)] == [
        (block.kind, block.name, block.data) for block in before
    ]


def test_a_key_is_replaced_whatever_its_case():
    after = replace_text(flac("tdm=yes", "TITLE=Song", "Tdm=maybe"), "TDM", "no")

    assert [(block.name, block.data) for block in blocks(after)] == [("TDM", b"no"), ("TITLE", b"Song")]


def test_a_key_in_utf_16_is_replaced_too():
    frame = id3_frame(b"TXXX", b"\1" + "TDM".encode("utf-16") + b"\0\0" + "yes".encode("utf-16"), major=3)

    after = replace_text(id3_tag(frame, major=3) + MPEG, "TDM", "no")

    assert said(after, "TDM") == ["no"]


def test_real_sound_keeps_its_frames():
    root = shared()
    if root is None:
        pytest.skip("the folder of shared sound is absent")

    for path in sorted((root / "data" / "audio").glob("*.flac")):
        data = path.read_bytes()
        after = replace_text(data, "TDM", "no")
        assert said(after, "TDM") == ["no"], path.name
        assert after[-len(data) // 2 :] == data[-len(data) // 2 :], path.name
        assert replace_text(after, "TDM", None) == (data if comments() in data else replace_text(data, "TDM", None))
    for path in sorted((root / "data" / "audio").glob("*.wav")):
        data = path.read_bytes()
        after = replace_xmp(data, PACKET)
        assert packets(after) == [PACKET], path.name
        assert sound(after) == sound(data), path.name
        assert replace_xmp(after, None) == data, path.name


@pytest.mark.parametrize(("data", "key"), [(MPEG, "a\0b"), (flac(), "a=b"), (flac(), ""), (b"text", "a")])
def test_what_cannot_be_said_is_refused(data, key):
    with pytest.raises(BadMedia):
        replace_text(data, key, "no")


@pytest.mark.parametrize("name", TEXTS)
@settings(max_examples=40)
@given(changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=6))
def test_a_damaged_tag_is_refused_or_replaced(name, changes):
    data = bytearray(WHOLE[name]())
    for at, byte in changes:
        data[at % len(data)] = byte

    with contextlib.suppress(BadMedia):
        assert b"no" in [block.data for block in blocks(replace_text(bytes(data), "TDM", "no"))]
