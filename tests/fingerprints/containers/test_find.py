"""What is in a file is found; what is wrong with it is a problem; nothing else ever comes out."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.fingerprints.containers import Block, Kind, Limits, blocks
from tests.fingerprints.pictures import real_pictures
from tests.gallery.containers import (
    HOSTILE,
    IIM,
    INFO,
    OPF,
    PACKET,
    WHOLE,
    app11,
    extended,
    jpeg_with,
    jumbf,
    packet,
    png_with,
)

BOX = jumbf(b"manifest" * 20)
HERS = b"Her " * 40
FINDS = {
    "xmp.jpg": [(Kind.XMP, PACKET)],
    "extended.jpg": [(Kind.XMP, PACKET), (Kind.XMP, packet(padding=3000))],
    "c2pa.jpg": [(Kind.C2PA, jumbf(bytes(range(256)) * 8))],
    "iptc.jpg": [(Kind.IPTC_IIM, IIM)],
    "xmp.png": [(Kind.XMP, PACKET)],
    "xmp-packed.png": [(Kind.XMP, PACKET)],
    "xmp-last.png": [(Kind.XMP, PACKET)],
    "xmp-magick.png": [(Kind.XMP, PACKET)],
    "c2pa.png": [(Kind.C2PA, BOX)],
    "xmp.webp": [(Kind.XMP, PACKET)],
    "c2pa.webp": [(Kind.XMP, PACKET), (Kind.C2PA, BOX)],
    "xmp.tiff": [(Kind.XMP, PACKET)],
    "big-endian.tiff": [(Kind.XMP, PACKET)],
    "wide.tiff": [(Kind.XMP, PACKET)],
    "iptc.tiff": [(Kind.IPTC_IIM, IIM)],
    "photoshop.tiff": [(Kind.IPTC_IIM, IIM)],
    "xmp.gif": [(Kind.XMP, PACKET)],
    "xmp-in-sub-blocks.gif": [(Kind.XMP, PACKET)],
    "c2pa.gif": [(Kind.C2PA, jumbf(bytes(600)))],
    "xmp.wav": [(Kind.XMP, PACKET)],
    "info.wav": [(Kind.RIFF_INFO, b"(c) Her" * 20)],
    "id3.wav": [(Kind.ID3, HERS)],
    "xmp.mp3": [(Kind.XMP, PACKET)],
    "said.mp3": [
        (Kind.ID3, b"no " * 40),
        (Kind.ID3, b"no " * 40),
        (Kind.ID3, b"https://example.org/" + b"r" * 90),
    ],
    "unsynced.mp3": [(Kind.ID3, "\xff".encode() + b"h" * 200)],
    "old.mp3": [(Kind.ID3, b"no " * 40)],
    "c2pa.mp3": [(Kind.C2PA, jumbf(bytes(200)))],
    "said.flac": [(Kind.VORBIS, b"Song"), (Kind.VORBIS, HERS)],
    "behind-id3.flac": [(Kind.ID3, HERS), (Kind.VORBIS, HERS)],
    "said.ogg": [(Kind.VORBIS, HERS * 10)],
    "said.opus": [(Kind.VORBIS, HERS)],
    "said.oga": [(Kind.VORBIS, HERS)],
    "plain.epub": [(Kind.EPUB_OPF, OPF)],
    "c2pa.epub": [(Kind.EPUB_OPF, OPF), (Kind.C2PA, BOX)],
    "xmp.pdf": [(Kind.PDF_XMP, PACKET)],
    "xmp-packed.pdf": [(Kind.PDF_XMP, PACKET)],
    "xmp-measured-elsewhere.pdf": [(Kind.PDF_XMP, PACKET)],
    "info.pdf": [(Kind.PDF_INFO, INFO)],
    "packed.pdf": [(Kind.PDF_INFO, INFO)],
    "xmp-in-packed.pdf": [(Kind.PDF_XMP, PACKET), (Kind.PDF_INFO, INFO)],
}
NAMES = {
    "said.mp3": ["TXXX:TDM", "COMM:a", "WCOP"],
    "old.mp3": ["TXXX:TDM"],
    "said.flac": ["TITLE", "COPYRIGHT"],
    "info.wav": ["ICOP"],
}


def problems(found: tuple[Block, ...]) -> str:
    return " / ".join(problem.why for block in found for problem in block.problems)


@pytest.mark.parametrize("name", WHOLE)
def test_what_was_put_in_is_found(name):
    found = blocks(WHOLE[name]())

    assert [(block.kind, block.data) for block in found] == FINDS.get(name, [])
    assert not problems(found)


@pytest.mark.parametrize("name", NAMES)
def test_a_block_has_the_name_of_its_key(name):
    assert [block.name for block in blocks(WHOLE[name]())] == NAMES[name]


@pytest.mark.parametrize("name", WHOLE)
def test_a_buffer_of_signed_bytes_gives_the_same(name):
    data = WHOLE[name]()

    assert blocks(memoryview(pa.py_buffer(data))) == blocks(data)


@pytest.mark.parametrize("name", WHOLE)
def test_a_view_of_the_bytes_gives_the_same(name):
    data = WHOLE[name]()

    assert blocks(memoryview(b"before" + data)[6:]) == blocks(data)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_has_a_problem_with_a_sentence(name):
    make, sentence = HOSTILE[name]

    assert sentence in problems(blocks(make()))


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_anywhere_keeps_what_was_whole_or_says_it_is_cut(name):
    data = WHOLE[name]()
    whole = blocks(data)

    for end in range(0, len(data), 1 if len(data) < 3000 else 7):
        found = blocks(data[:end])
        assert problems(found) or found == whole or end < 64


@pytest.mark.parametrize("name", WHOLE)
@settings(max_examples=60)
@given(changes=st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), min_size=1, max_size=8))
def test_changed_bytes_give_blocks_or_problems_and_nothing_else(name, changes):
    data = bytearray(WHOLE[name]())
    for at, byte in changes:
        data[at % len(data)] = byte

    assert all(isinstance(block, Block) for block in blocks(bytes(data)))


@given(data=st.binary(max_size=200), magic=st.sampled_from([WHOLE[name]()[:12] for name in WHOLE]))
def test_nonsense_behind_a_magic_gives_blocks_or_problems(data, magic):
    assert all(isinstance(block, Block) for block in blocks(magic + data))


def test_a_file_of_no_known_container_has_no_blocks():
    assert blocks(b"Call me Ishmael.") == ()
    assert blocks(b"") == ()


def test_a_file_larger_than_the_limit_is_a_problem():
    assert "at most 10 are searched" in problems(blocks(jpeg_with(), limits=Limits(max_bytes=10)))


@pytest.mark.parametrize("limits", [Limits(max_block=100), Limits(max_total=100), Limits(max_blocks=0)])
@pytest.mark.parametrize("name", FINDS)
def test_a_block_beyond_the_limits_is_a_problem_and_not_silence(name, limits):
    assert problems(blocks(WHOLE[name](), limits=limits))


def test_two_manifests_in_one_picture_are_two_blocks():
    data = jpeg_with(*app11(jumbf(bytes(900)), instance=1), *app11(jumbf(b"other"), instance=2))

    assert [block.data for block in blocks(data)] == [jumbf(bytes(900)), jumbf(b"other")]


def test_a_box_that_is_not_of_c2pa_is_left_alone():
    assert blocks(jpeg_with(*app11(jumbf(b"depth map", label=b"mini")))) == ()


def test_extended_xmp_without_its_packet_is_still_read():
    found = blocks(jpeg_with(*extended(PACKET, step=50)))

    assert [block.data for block in found] == [PACKET]


def test_damage_behind_a_block_does_not_hide_it():
    whole = WHOLE["xmp.png"]()

    found = blocks(whole[:-30])

    assert found[0].data == PACKET
    assert found[-1].kind == Kind.CONTAINER


def test_real_pictures_hold_no_problems():
    pictures = real_pictures()
    if not pictures:
        pytest.skip("the folder of shared pictures is absent")

    for path in pictures:
        assert not problems(blocks(path.read_bytes())), path.name


def test_what_stands_behind_the_end_of_a_picture_is_not_metadata():
    assert blocks(png_with() + WHOLE["xmp.png"]()) == ()
