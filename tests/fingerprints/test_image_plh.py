"""image-plh/1: published vectors, exactness, and what it survives."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from placet.errors import BadMedia
from placet.fingerprints import image_plh
from placet.fingerprints.decode import read_luma
from placet.fingerprints.synthetic import draw
from tests.fingerprints.pictures import real_pictures, shared
from tests.gallery.media import scene

VECTORS = json.loads(files("placet").joinpath("vectors/fingerprints/image-plh.json").read_text("utf-8"))
needs_pictures = pytest.mark.skipif(not real_pictures(), reason="the shared pictures are not on this machine")

lumas = arrays.arrays(
    np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90)), elements=st.integers(0, 255), fill=st.just(9)
)


def grey(width: int = 240, height: int = 160) -> np.ndarray:
    return np.array(scene(width, height).convert("L"))


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_a_published_vector_holds_on_every_path(vector):
    luma = draw(vector["picture"])

    words, quality = image_plh.compute_fast(luma)
    plain = image_plh.reference64(luma)

    assert image_plh.hash64(plain).hex() == vector["hash"]
    assert image_plh.compute(luma).hex() == vector["hash"]
    assert words.tobytes().hex() == vector["hash"]
    assert quality == image_plh.quality64(plain) == vector["quality"]


def test_the_waves_are_the_frozen_ones():
    basis = image_plh._BASIS.astype("<i2").tobytes()

    assert hashlib.sha256(basis).hexdigest() == "5f68419843f1d6f1eeb0c4266bd13f91c12233dcfca415e50df959223a9cea75"


@settings(max_examples=60, deadline=None)
@given(lumas)
def test_the_compiled_path_equals_the_plain_one(luma):
    words, quality = image_plh.compute_fast(luma)
    plain = image_plh.reference64(luma)

    assert (image_plh.reduce64(luma) == plain).all()
    assert (words == image_plh.hash_words(image_plh.hash64(plain))).all()
    assert quality == image_plh.quality64(plain)


@settings(max_examples=60, deadline=None)
@given(lumas)
def test_a_mirrored_variant_is_the_hash_of_the_mirrored_picture(luma):
    ours = {one.variant: one.value for one in image_plh.variants(luma)}
    mirrored = {one.variant: one.value for one in image_plh.variants(luma[:, ::-1])}

    assert ours["identity-mirrored"] == image_plh.compute(luma[:, ::-1])
    if (luma.shape[1] - min(luma.shape)) % 2 == 0:  # an odd margin has no exact centre
        assert ours["square-mirrored"] == mirrored["square"]
    if (max(luma.shape) - luma.shape[1]) % 2 == 0:
        assert ours["letterbox-white-mirrored"] == mirrored["letterbox-white"]


@settings(max_examples=30, deadline=None)
@given(lumas)
def test_the_variants_are_the_pictures_that_dataset_tools_make(luma):
    height, width = luma.shape
    side, short = max(height, width), min(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    boxes = {}
    for name, ground in (("letterbox-white", 255), ("letterbox-black", 0)):
        boxes[name] = np.full((side, side), ground, np.uint8)
        boxes[name][top : top + height, left : left + width] = luma
    above, before = (height - short) // 2, (width - short) // 2
    boxes["square"] = luma[above : above + short, before : before + short]

    prints = image_plh.variants(luma)

    assert tuple(one.variant for one in prints) == image_plh.VARIANTS
    values = {one.variant: one.value for one in prints}
    for name, box in boxes.items():
        assert values[name] == image_plh.hash64(image_plh.reference64(box))


@settings(max_examples=40, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_words_are_the_bytes_themselves(value):
    assert image_plh.hash_words(value).astype("<u8").tobytes() == value


@pytest.mark.parametrize("size", [(480, 320), (120, 80), (171, 128), (256, 256), (64, 64), (301, 97)])
def test_resizing_moves_few_bits(size):
    original = image_plh.compute(grey())

    resized = np.array(scene().convert("L").resize(size, Image.Resampling.BICUBIC))

    assert image_plh.distance(original, image_plh.compute(resized)) <= 10


def test_a_flat_picture_and_a_striped_one_have_no_quality():
    flat, striped = np.full((50, 70), 77, np.uint8), np.tile(np.arange(70, dtype=np.uint8) * 3, (50, 1))

    for luma in (flat, striped, striped.T):
        assert image_plh.compute(luma) == bytes(32)
        assert image_plh.compute_fast(luma)[1] == image_plh.quality64(image_plh.reduce64(luma)) == 0


def test_a_letterbox_of_a_sliver_allocates_no_square():
    sliver = np.arange(60_000, dtype=np.uint32).astype(np.uint8).reshape(60_000, 1)

    assert len(image_plh.variants(sliver)) == 8


@pytest.mark.parametrize("shape", [(0, 5), (5,), (5, 5, 3), (65_536, 1)])
def test_what_is_no_luma_is_refused_in_a_sentence(shape):
    with pytest.raises(BadMedia, match="one byte a pixel"):
        image_plh.compute(np.zeros(shape, np.uint8))


def test_float_pixels_are_refused():
    with pytest.raises(BadMedia, match="float64"):
        image_plh.compute(np.zeros((5, 5)))


@needs_pictures
@pytest.mark.slow
def test_a_quarter_of_a_real_picture_says_nearly_the_same():
    distances = []
    for path in real_pictures():
        data = path.read_bytes()
        full, fast = (image_plh.compute(read_luma(data, scale=scale).upright) for scale in ("full", "fast"))
        distances.append(image_plh.distance(full, fast))

    assert np.mean(distances) <= 6
    assert max(distances) <= 16


@needs_pictures
def test_a_second_scan_is_found_when_the_frame_is_the_same_and_not_when_it_is_cropped():
    folder = shared() / "data" / "images"
    cropped, whole = (
        read_luma((folder / name).read_bytes()).upright for name in ("starry_night.jpg", "starry_night_google.jpg")
    )

    near = [
        image_plh.distance(one.value, other.value)
        for one in image_plh.variants(cropped)
        for other in image_plh.variants(whole)
    ]
    same_piece = image_plh.distance(image_plh.compute(cropped), image_plh.compute(whole[120:874, 20:1260]))

    assert min(near) == 52  # beyond 31: a global hash alone does not find it
    assert same_piece <= 31


@needs_pictures
@pytest.mark.slow
def test_different_real_pictures_are_far_apart():
    hashes = [image_plh.compute(read_luma(path.read_bytes(), scale="fast").upright) for path in real_pictures()]

    apart = sorted(image_plh.distance(a, b) for i, a in enumerate(hashes) for b in hashes[:i])

    assert apart[1] > 80  # apart[0] is the painting scanned twice
