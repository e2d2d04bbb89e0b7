"""Every file has an ISCC-CODE, and it is the one that the reference package makes in one go."""

from __future__ import annotations

import iscc_lib
import numpy as np
import pytest

from placet.errors import BadMedia
from placet.fingerprints.decode import read_luma
from placet.fingerprints.iscc import grey32, iscc_code
from tests.gallery.media import ODD, scene

LONG = bytes(range(256)) * 40_000  # ten megabytes: three chunks


def sub_types(code: str) -> tuple[int, int]:
    main, sub, *_ = iscc_lib.iscc_decode(code)
    return int(main), int(sub)


def test_the_package_passes_its_own_conformance_tests():
    assert iscc_lib.conformance_selftest()


def test_a_picture_gets_image_data_and_instance_codes():
    data = ODD["plain.jpg"]()

    code = iscc_code(data, medium="image", grey32=grey32(read_luma(data).upright))

    assert code.startswith("ISCC:")
    assert sub_types(code) == (iscc_lib.MT.ISCC, iscc_lib.ST.IMAGE)


def test_a_text_gets_a_text_code():
    code = iscc_code(b"Call me Ishmael.", medium="text", text="Call me Ishmael.")

    assert sub_types(code) == (iscc_lib.MT.ISCC, iscc_lib.ST.TEXT)


def test_any_other_file_gets_a_sum():
    assert sub_types(iscc_code(b"\0\1\2", medium="other")) == (iscc_lib.MT.ISCC, iscc_lib.ST.SUM)


@pytest.mark.parametrize("data", [b"", b"x", LONG], ids=["empty", "one byte", "ten megabytes"])
def test_hashing_in_chunks_gives_the_code_of_the_whole(data):
    parts = [iscc_lib.gen_data_code_v0(data)["iscc"], iscc_lib.gen_instance_code_v0(data)["iscc"]]

    assert iscc_code(data, medium="other") == iscc_lib.gen_iscc_code_v0(parts)["iscc"]


def test_a_resized_picture_keeps_its_content_code():
    large, small = (np.array(scene(*size).convert("L")) for size in ((480, 320), (240, 160)))

    codes = [iscc_lib.gen_image_code_v0(grey32(luma))["iscc"] for luma in (large, small)]

    bits = [int.from_bytes(iscc_lib.iscc_decode(code)[4]) for code in codes]
    assert (bits[0] ^ bits[1]).bit_count() <= 4


def test_a_uniform_border_is_trimmed_before_the_image_code():
    luma = np.array(scene().convert("L"))
    framed = np.pad(luma, 30, constant_values=255)

    assert grey32(framed) == grey32(luma)
    assert grey32(np.full((5, 9), 7, np.uint8)) == bytes([7]) * 1024


def test_a_picture_without_its_pixels_is_refused():
    with pytest.raises(BadMedia, match="1024 grey pixels"):
        iscc_code(b"x", medium="image", grey32=b"123")


def test_a_text_without_its_text_is_refused():
    with pytest.raises(BadMedia, match="none was given"):
        iscc_code(b"x", medium="text")
