"""image-pdq/1 says what the `pdqhash` package says, bit for bit."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files

import numpy as np
import pytest

from placet.errors import BadMedia
from placet.fingerprints import image_pdq
from placet.fingerprints.decode import read_rgb
from placet.fingerprints.synthetic import draw
from tests.fingerprints.pictures import real_pictures
from tests.gallery.media import scene

VECTORS = json.loads(files("placet").joinpath("vectors/fingerprints/image-pdq.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_a_vector_of_pdqhash_holds_to_the_bit(vector):
    planes = [draw(spec) for spec in vector.get("planes", [vector.get("picture")])]
    picture = planes[0] if len(planes) == 1 else np.stack(planes, axis=-1)

    value, quality = image_pdq.compute(picture)

    assert (value.hex(), quality) == (vector["hash"], vector["quality"])


@pytest.mark.slow
@pytest.mark.skipif(not real_pictures(), reason="the shared pictures are not on this machine")
def test_the_real_pictures_hash_as_pdqhash_says():
    known = {entry["file"]: entry for entry in VECTORS["files"]}

    for path in real_pictures():
        data, entry = path.read_bytes(), known[path.name]
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
        value, quality = image_pdq.compute(image_pdq.reduce_512(read_rgb(data)))
        assert (value.hex(), quality) == (entry["hash"], entry["quality"])


def test_grey_as_one_plane_or_three_is_the_same_picture():
    grey = np.array(scene().convert("L"))

    assert image_pdq.compute(grey) == image_pdq.compute(np.stack([grey] * 3, axis=-1))


def test_reducing_keeps_the_aspect_and_never_enlarges():
    wide, small = np.zeros((300, 1024, 3), np.uint8), np.zeros((30, 40, 3), np.uint8)

    assert image_pdq.reduce_512(wide).shape == (150, 512, 3)
    assert image_pdq.reduce_512(small) is small


def test_a_picture_above_512_pixels_is_refused():
    with pytest.raises(BadMedia, match="reduce_512"):
        image_pdq.compute(np.zeros((513, 10), np.uint8))


def test_a_stack_that_is_no_picture_is_refused():
    with pytest.raises(BadMedia, match="RGB or luma"):
        image_pdq.compute(np.zeros((10, 10, 4), np.uint8))
