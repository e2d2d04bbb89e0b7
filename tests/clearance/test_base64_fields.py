"""Media that stand as text in a row of JSON: read, judged, or told; never passed over for the caption beside them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.clearance.readers import plan_dataset, read_unit
from placet.clearance.readers.base64_field import media_in
from placet.clearance.rows import PartKind, Row
from tests.snapshot.world import jpeg

PICTURE = jpeg(1)
PACKED = base64.b64encode(PICTURE).decode()


def rows(folder: Path, *documents: dict[str, object]) -> list[Row]:
    path = folder / "rows.jsonl"
    path.write_text("".join(json.dumps(document) + "\n" for document in documents))
    return [row for unit in plan_dataset(path)[0] for row in read_unit(path, unit)]


@pytest.mark.parametrize("name", ["image", "image_base64", "b64", "anything"])
@pytest.mark.parametrize(
    "text",
    [
        PACKED,
        f"data:image/jpeg;base64,{PACKED}",
        "\n".join(PACKED[at : at + 76] for at in range(0, len(PACKED), 76)),
        PACKED.rstrip("="),
        base64.urlsafe_b64encode(PICTURE).decode(),
        f"  {PACKED}",
    ],
    ids=["plain", "data", "lines", "unpadded", "url-safe", "indented"],
)
def test_a_picture_in_base64_is_a_part_beside_the_caption(tmp_path: Path, name: str, text: str) -> None:
    (row,) = rows(tmp_path, {"text": "A caption.", name: text})

    assert [(part.kind, bytes(part.data)) for part in row.parts] == [
        (PartKind.TEXT, b"A caption."),
        (PartKind.IMAGE, PICTURE),
    ]
    assert not row.problems


def test_a_list_of_them_is_as_many_parts(tmp_path: Path) -> None:
    (row,) = rows(tmp_path, {"images": [PACKED, PACKED, None, 3]})

    assert [part.kind for part in row.parts] == [PartKind.IMAGE] * 2


@pytest.mark.parametrize("text", [PACKED[:4000] + "!" + PACKED[4001:], PACKED[:80] + "é", "data:text/html;base64,!!!"])
def test_what_begins_so_and_cannot_be_read_is_told(tmp_path: Path, text: str) -> None:
    (row,) = rows(tmp_path, {"text": "A caption.", "image": text})

    assert [problem.reason for problem in row.problems] == ["media.unreadable"]


@pytest.mark.parametrize(
    "text", ["", "pictures/1.jpg", "https://a.example/x.jpg", "The quick brown fox jumps", "A" * 5000, "AAAAIGZ0eXBh"]
)
def test_other_texts_are_nothing_of_the_kind(tmp_path: Path, text: str) -> None:
    (row,) = rows(tmp_path, {"text": "A caption.", "image": text})

    assert [part.kind for part in row.parts] == [PartKind.TEXT]


@given(st.text(max_size=300))
def test_no_text_is_a_crash(text: str) -> None:
    try:
        found = media_in(text)
    except ValueError:
        return
    assert found is None or found
