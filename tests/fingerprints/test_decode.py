"""Every picture gives a luma or one BadMedia; nothing is guessed, nothing leaks."""

from __future__ import annotations

import contextlib
import subprocess
import sys

import numpy as np
import pytest
import simplejpeg
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from placet.errors import BadMedia, Refused
from placet.fingerprints import image_plh, kernels
from placet.fingerprints.decode import Limits, read_header, read_luma, read_rgb
from tests.gallery.media import BROKEN, GALLERY, ODD, encode, exif_turned, scene

MUTABLE = ("plain.jpg", "progressive.jpg", "cmyk.jpg", "plain.png", "animated.gif", "animated.webp", "lzw.tiff")
SENTENCES = {
    "empty.jpg": "zero bytes",
    "html.jpg": "not a picture",
    "truncated.jpg": "Premature end",
    "many-scans.jpg": "more than 100 scans",
    "truncated.png": "cut short",
    "bomb.png": "declares 60000 x 60000 pixels",
    "bomb-sides.png": "no side may pass",
    "bomb.tiff": "declares 60000 x 60000 pixels",
    "float.tiff": "no agreed white",
}


def plain() -> np.ndarray:
    return np.array(scene().convert("L")).astype(int)


def readings(data: bytes) -> dict[str, np.ndarray]:
    lumas = read_luma(data)
    return {"upright": lumas.upright, **dict(lumas.extras)}


@pytest.mark.parametrize("scale", ["full", "fast"])
@pytest.mark.parametrize("name", ODD)
def test_an_odd_picture_is_read(name, scale):
    luma = read_luma(ODD[name](), scale=scale).upright

    assert luma.dtype == np.uint8
    assert luma.ndim == 2
    assert luma.flags.c_contiguous


@pytest.mark.parametrize("read", [read_luma, read_rgb, lambda data: read_luma(data, scale="fast")])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_picture_is_bad_media_with_a_sentence(name, read):
    with pytest.raises(BadMedia, match=SENTENCES.get(name, "This .*")):
        read(BROKEN[name]())


@pytest.mark.parametrize("name", ["empty.jpg", "html.jpg", "bomb.png", "bomb-sides.png", "bomb.tiff"])
def test_a_header_is_enough_to_refuse(name):
    with pytest.raises(BadMedia, match=SENTENCES[name]):
        read_header(BROKEN[name]())


@pytest.mark.parametrize("name", ODD)
def test_a_header_tells_the_size_that_decoding_finds(name):
    data = ODD[name]()

    header = read_header(data)

    assert read_luma(data).upright.shape == (header.height, header.width)
    assert read_rgb(data).shape == (header.height, header.width, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_all_eight_orientations_are_one_picture(kind):
    upright = [readings(exif_turned(turn, kind))["upright"] for turn in range(1, 9)]
    hashes = [image_plh.compute(luma) for luma in upright]

    assert {luma.shape for luma in upright} == {(160, 240)}
    assert max(image_plh.distance(hashes[0], value) for value in hashes) <= 4


@pytest.mark.parametrize("turn", range(2, 9))
def test_an_orientation_that_tools_ignore_is_read_both_ways(turn):
    seen = readings(exif_turned(turn))

    stored = np.asarray(Image.fromarray(seen["as-stored"]).size[::-1])
    assert tuple(stored) == ((240, 160) if turn > 4 else (160, 240))
    assert image_plh.distance(image_plh.compute(seen["as-stored"]), image_plh.compute(seen["upright"])) > 40


@pytest.mark.parametrize("turn", range(1, 9))
def test_the_fast_scale_is_upright_too(turn):
    data = exif_turned(turn)

    assert read_header(data).orientation == turn
    fast = image_plh.compute(read_luma(data, scale="fast").upright)
    assert image_plh.distance(fast, image_plh.compute(read_luma(data).upright)) <= 12


@pytest.mark.parametrize(
    ("size", "expected"),
    [((683, 512), (128, 171)), ((2048, 1536), (384, 512)), ((240, 160), (140, 210)), ((100, 60), (60, 100))],
)
def test_the_fast_scale_is_a_quarter_or_128_pixels_if_that_is_more(size, expected):
    luma = read_luma(encode(scene(*size), "JPEG"), scale="fast").upright

    assert luma.shape == expected


def test_transparency_is_read_on_white_and_on_black():
    seen = readings(ODD["see-through.png"]())

    opacity = np.asarray(Image.linear_gradient("L").resize((240, 160))).astype(int)
    assert np.abs(seen["upright"] - (plain() * opacity + 255 * (255 - opacity)) / 255).max() <= 1
    assert np.abs(seen["on-black"] - plain() * opacity / 255).max() <= 1


def test_opaque_alpha_is_no_transparency():
    assert set(readings(encode(scene().convert("RGBA"), "PNG"))) == {"upright"}


@pytest.mark.parametrize("name", ["animated.png", "animated.gif", "animated.webp"])
def test_a_film_shows_its_middle_frame(name):
    seen = readings(ODD[name]())

    middle = np.array(scene().rotate(120).convert("L")).astype(int)
    assert np.abs(seen["middle-frame"] - middle).mean() < 12
    assert np.abs(seen["upright"] - plain()).mean() < 12


def test_a_film_too_long_shows_its_last_affordable_frame():
    data = ODD["animated.webp"]()
    two_frames = Limits(max_pixels=2 * 240 * 160)

    seen = dict(read_luma(data, limits=two_frames).extras)["middle-frame"]

    second = np.array(scene().rotate(60).convert("L")).astype(int)
    assert np.abs(seen - second).mean() < 2


@pytest.mark.parametrize("name", ["deep-grey.png", "deep-rgb.png"])
def test_sixteen_bits_are_scaled_not_clipped(name):
    assert np.abs(readings(ODD[name]())["upright"] - plain()).max() <= 1


@pytest.mark.parametrize("name", ["plain.jpg", "progressive.jpg", "greyscale.jpg", "cmyk.jpg", "rgb-not-ycc.jpg"])
def test_every_kind_of_jpeg_shows_the_same_scene(name):
    luma = readings(ODD[name]())["upright"]

    assert np.abs(luma - plain()).mean() < 3


def test_limits_are_the_callers():
    with pytest.raises(BadMedia, match="at most 1,000"):
        read_luma(ODD["plain.png"](), limits=Limits(max_pixels=1000))
    with pytest.raises(BadMedia, match="the limit is 10"):
        read_header(ODD["plain.png"](), limits=Limits(max_bytes=10))


def test_a_process_that_accepts_cut_pictures_is_refused(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)

    with pytest.raises(Refused, match="LOAD_TRUNCATED_IMAGES"):
        read_luma(BROKEN["truncated.png"]())


def only_bad_media(data: bytes) -> None:
    for read in (read_header, read_luma, read_rgb, lambda data: read_luma(data, scale="fast")):
        with contextlib.suppress(BadMedia):
            assert read(data) is not None


BYTES = {name: ODD[name]() for name in MUTABLE}


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(MUTABLE),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6),
    st.floats(0.5, 1),
)
def test_a_mutated_picture_gives_a_reading_or_bad_media(name, changes, kept):
    data = bytearray(BYTES[name])
    for place, value in changes:
        data[int(place**3 * len(data))] = value  # most changes fall on the headers

    only_bad_media(bytes(data))
    only_bad_media(bytes(data[: int(kept * len(data))]))


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"II*\0", b"RIFF....WEBP"]), st.binary()
)
def test_noise_behind_a_magic_number_gives_bad_media(magic, noise):
    only_bad_media(magic + noise)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_no_exif_bytes_can_hurt_the_orientation_reader(noise):
    block = b"Exif\0\0II*\0" + noise
    app1 = b"\xff\xe1" + (len(block) + 2).to_bytes(2) + block

    data = BYTES["plain.jpg"]
    assert read_header(data[:2] + app1 + data[2:]).orientation in range(1, 9)


def _walk_plainly(data: bytes) -> tuple[int, bool]:
    """The segments of a JPEG, read byte by byte: where its first Exif is, and whether one scan holds all."""
    at, exif, components = 2, 0, b""
    while at < len(data) - 10 and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xE1 and not exif and data[at + 4 : at + 10] == b"Exif\0\0":
            exif = at
        elif marker in (0xC0, 0xC1):
            components = data[at + 9 : at + 10]
        elif marker == 0xDA:
            return exif, components == data[at + 4 : at + 5]
        at += 1 if marker == 0xFF else 2 + int.from_bytes(data[at + 2 : at + 4])
    return exif, False


@given(
    name=st.sampled_from([name for name in GALLERY if GALLERY[name]().startswith(b"\xff\xd8")]),
    changes=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=4),
    kept=st.integers(1, 3_000),
)
@settings(max_examples=200, deadline=None)
def test_the_compiled_walk_over_a_jpeg_is_the_plain_one(name, changes, kept):
    data = bytearray(GALLERY[name]())
    for at, value in changes:
        data[at % len(data)] = value
    cut = bytes(data[:kept])

    exif, one_scan, height, width = kernels.walk_jpeg(np.frombuffer(cut, np.uint8))

    assert (exif, one_scan) == _walk_plainly(cut)
    with contextlib.suppress(ValueError):
        told = simplejpeg.decode_jpeg_header(cut)
        assert not height or told[:2] == (height, width)
        assert not height or told[2] in ("Gray", "YCbCr", "RGB")


def test_mapped_bytes_are_read_as_bytes_are():
    for data in [encode(scene(), "JPEG"), encode(scene(), "PNG"), exif_turned(6), encode(scene(), "WEBP")]:
        assert np.array_equal(read_luma(memoryview(data)).upright, read_luma(data).upright)


def test_a_picture_for_people_may_come_smaller_and_never_smaller_than_asked():
    data = encode(scene(683, 512), "JPEG")

    small, whole = read_rgb(data, least=256), read_rgb(data)

    assert whole.shape == (512, 683, 3)
    assert small.shape == (256, 342, 3)
    assert read_rgb(encode(scene(90, 60), "JPEG"), least=256).shape == (60, 90, 3)


def test_importing_the_package_loads_nothing_and_changes_nothing():
    program = (
        "import sys, placet.fingerprints\n"
        "assert not {'numpy', 'numba', 'PIL'} & set(sys.modules)\n"
        "import warnings, numpy\n"  # numpy adds filters of its own
        "from PIL import Image, ImageFile\n"
        "before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters)\n"
        "import placet.fingerprints.decode\n"
        "assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES, list(warnings.filters))\n"
    )

    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_gallery_is_whole():
    assert len(GALLERY) == len(ODD) + len(BROKEN) >= 40
