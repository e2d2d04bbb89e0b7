"""A sheet that somebody forged is refused where it arrives, so that no snapshot of everybody fails over it."""

from __future__ import annotations

from typing import Any

import pytest

from placet.core.canonical import encode
from placet.errors import BadRecord
from placet.fingerprints import text_winnow
from placet.fingerprints.describe import describe
from placet.fingerprints.sheet import Sheet, format_sheet, parse_sheet
from tests.snapshot.world import jpeg, prose

HASH = "ab" * 32
TEXT: dict[str, Any] = {
    "hashes": "01" * 24,
    "positions": "000000000500000009000000",
    "length": 10,
    "cjk": 0,
    "weak": 0,
    "sha256": HASH,
}


def test_what_is_registered_of_a_picture_and_a_text_is_read_back() -> None:
    text = text_winnow.compute(prose(1))
    picture = describe(jpeg(1), "a.jpg", crops=True)

    assert len(parse_sheet(picture.sheet).plh) == 8 + 18
    assert parse_sheet(format_sheet(Sheet(plh={}, text=text, text_sha256=bytes(32)))).text is not None
    assert parse_sheet(encode({"v": 1, "text-winnow/1": TEXT})).text is not None


@pytest.mark.parametrize("name", ["as-stored.identity", "on-black.square-mirrored", "crop-60-22", "letterbox-black"])
def test_readings_that_are_computed_here_are_known(name: str) -> None:
    assert list(parse_sheet(encode({"v": 1, "image-plh/1": {name: HASH}})).plh) == [name]


@pytest.mark.parametrize(
    "name", ["r1", "", ".identity", "identity.", "x.identity", "crop-70-00", "crop-80-33", "a" * 99]
)
def test_names_of_readings_cannot_be_made_up(name: str) -> None:
    with pytest.raises(BadRecord, match="is no reading of a picture"):
        parse_sheet(encode({"v": 1, "image-plh/1": {name: HASH}}))


@pytest.mark.parametrize(
    "forged",
    [
        {"positions": "000000000000000000000000"},
        {"positions": "050000000000000009000000"},
        {"positions": "00000000050000000a000000"},
        {"length": 0},
        {"hashes": "01" * 16},
        {"hashes": "01" * 23},
        {"length": -1},
    ],
    ids=["repeated", "backwards", "beyond", "empty", "fewer", "odd", "negative"],
)
def test_fingerprints_that_no_text_has_are_refused(forged: dict[str, Any]) -> None:
    with pytest.raises(BadRecord):
        parse_sheet(encode({"v": 1, "text-winnow/1": TEXT | forged}))
