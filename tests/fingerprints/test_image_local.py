"""Corners of pictures: the same bytes give the same corners, spread, and what is no picture of corners gives none."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from placet.core.canonical import encode
from placet.errors import BadRecord, MissingExtra
from placet.fingerprints import image_local
from placet.fingerprints.image_crops import crop_hashes, parts
from placet.fingerprints.image_local import MOST, Features, describe_corners, find_corners
from placet.fingerprints.sheet import Sheet, format_sheet, parse_sheet
from placet.fingerprints.synthetic import draw
from tests.fingerprints.pictures import scene

pytest.importorskip("cv2", reason="local features need OpenCV (extra `thorough`)")


def forged(words: int, places: int) -> bytes:
    """A sheet that claims so many descriptors and places, all of ones."""
    value = {"v": 1, "image-orb/1": {"words": "ff" * 32 * words, "places": "ff" * 8 * places}}
    return encode(value)


def test_the_same_picture_has_the_same_corners_spread_over_it() -> None:
    luma = scene(1)

    found, again = find_corners(luma), find_corners(luma.copy())

    assert found.words.tobytes() == again.words.tobytes()
    assert found.places.tobytes() == again.places.tobytes()
    assert 40 < len(found) <= MOST
    right = found.places[:, 0] > image_local.UNIT // 2
    lower = found.places[:, 1] > image_local.UNIT * 2 // 5
    assert min(np.count_nonzero(a & b) for a in (right, ~right) for b in (lower, ~lower)) >= 6


@pytest.mark.parametrize(
    "luma",
    [np.zeros((1, 1), np.uint8), np.full((300, 400), 7, np.uint8), np.zeros((2, 5000), np.uint8)],
    ids=["one pixel", "flat", "a line"],
)
def test_what_has_no_corners_has_none(luma: np.ndarray) -> None:
    assert len(find_corners(luma)) == len(describe_corners(luma)) == 0


def test_what_repeats_itself_is_left_out() -> None:
    board = np.kron(np.indices((16, 20)).sum(axis=0) % 2 * 255, np.ones((24, 24))).astype(np.uint8)

    assert len(describe_corners(board)) < len(describe_corners(scene(2))) / 4


def test_a_sheet_gives_back_its_corners() -> None:
    found = find_corners(scene(3))

    held = parse_sheet(format_sheet(Sheet(plh={}, local=found))).local

    assert held is not None
    assert np.array_equal(held.words, found.words)
    assert np.array_equal(held.places, found.places)


def test_corners_are_in_a_sheet_only_where_they_were_asked() -> None:
    assert b"image-orb" not in format_sheet(Sheet(plh={"identity": hashlib.sha256(b"x").digest()}))


@pytest.mark.parametrize(
    "sheet",
    [
        forged(65, 65),
        forged(1_000_000, 1_000_000),
        forged(3, 2),
        forged(0, 0),
        encode({"v": 1, "image-orb/1": {"words": "00" * 32, "places": "00" * 8}}),
        encode({"v": 1, "image-orb/1": {"words": "0" * 63, "places": "ff" * 8}}),
        encode({"v": 1, "image-orb/1": {"words": ["ff"], "places": "ff" * 8}}),
        encode({"v": 1, "image-orb/1": []}),
    ],
    ids=["too many", "a million", "lists that differ", "empty", "no width", "odd digits", "a list", "no table"],
)
def test_forged_corners_are_refused(sheet: bytes) -> None:
    with pytest.raises(BadRecord, match="cannot be read"):
        parse_sheet(sheet)


def test_without_opencv_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    image_local._orb.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)

    with pytest.raises(MissingExtra, match=r"pip install 'placet\[thorough\]'"):
        find_corners(scene(4))

    assert not image_local.is_there()


def test_windows_are_named_once_and_lie_inside() -> None:
    luma = draw({"formula": "noise", "height": 90, "width": 120, "seed": 5})

    hashes, windows = dict(crop_hashes(luma)), dict(parts(luma))

    assert len(hashes) == 18
    assert len(windows) == 18
    assert all(min(each.shape) >= 32 for each in windows.values())
    assert windows["lower left quarter"].tobytes() == luma[45:, :60].tobytes()


def test_a_border_of_one_shade_is_taken_off() -> None:
    framed = np.full((200, 300), 240, np.uint8)
    framed[30:170, 40:280] = scene(6, 200)[:140, :240]

    bare = dict(parts(framed))["without border"]

    assert 130 <= bare.shape[0] <= 140
    assert 225 <= bare.shape[1] <= 240


def test_features_know_how_many_they_are() -> None:
    assert len(Features(np.zeros((3, 4), np.uint64), np.zeros((3, 4), np.uint16))) == 3
