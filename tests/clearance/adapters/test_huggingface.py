"""Map-style and streamed datasets: what is kept, what is added, and when a cached answer is an old one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import placet
from placet.clearance.adapters.huggingface import annotate, keep_cleared
from placet.core.stance import Stance
from tests.clearance.adapters.conftest import clearance_of
from tests.snapshot.world import a_world, jpeg, prose

datasets = pytest.importorskip("datasets", reason="datasets is not installed")

ROWS = {
    "id": [0, 1, 2, 3],
    "url": [f"https://a.example/{n}" for n in range(4)],
    "text": [prose(7), prose(1), None, None],
    "image": [None, None, {"bytes": jpeg(1, 60), "path": None}, {"bytes": jpeg(9), "path": None}],
}


@pytest.fixture
def rows() -> Any:
    features = {
        "id": datasets.Value("int64"),
        "url": datasets.Value("string"),
        "text": datasets.Value("string"),
        "image": datasets.Image(),
    }
    return datasets.Dataset.from_dict(ROWS, features=datasets.Features(features))


@pytest.mark.parametrize("kind", ["map-style", "streamed"])
def test_only_what_may_be_used_is_kept_and_decoded_as_before(rows: Any, clearance: placet.Clearance, kind: str) -> None:
    before = rows if kind == "map-style" else rows.to_iterable_dataset()

    kept = keep_cleared(before, clearance, batch_size=2)

    found = list(kept)
    assert [row["id"] for row in found] == [0, 3]
    assert found[1]["image"].size == (240, 160)
    assert kept.features == rows.features


@pytest.mark.parametrize("kind", ["map-style", "streamed"])
def test_columns_say_why_of_every_row(rows: Any, clearance: placet.Clearance, kind: str) -> None:
    before = rows if kind == "map-style" else rows.to_iterable_dataset()

    told = list(annotate(before, clearance, batch_size=3))

    assert [row["placet_outcome"] for row in told] == ["cleared", "reserved", "reserved", "cleared"]
    assert [row["placet_keep"] for row in told] == [True, False, False, True]
    assert [len(row["placet_works"]) for row in told] == [0, 1, 1, 0]
    assert told[1]["placet_sentence"] == "Its maker, its site or the file itself said no to this use."
    assert told[3]["image"].size == (240, 160)


def test_a_format_that_was_set_is_set_again(rows: Any, clearance: placet.Clearance) -> None:
    shown = rows.with_format("numpy", columns=["id", "url"])

    kept, told = keep_cleared(shown, clearance), annotate(shown, clearance)

    assert kept.format == shown.format
    assert told.format["type"] == "numpy"
    assert [name for name in told.format["columns"] if name.startswith("placet_keep")] == ["placet_keep"]
    assert "text" not in told[0]


def test_an_older_answer_is_found_again_and_a_newer_snapshot_is_asked_anew(
    rows: Any, clearance: placet.Clearance, tmp_path: Path
) -> None:
    world = a_world(tmp_path)
    world.register(1, {"no.txt": prose(1).encode()}, Stance.RESERVE)
    world.snapshot()
    rows.save_to_disk(str(tmp_path / "rows"))
    stored = datasets.load_from_disk(str(tmp_path / "rows"))
    first = keep_cleared(stored, clearance_of(world))
    again = keep_cleared(stored, clearance_of(world))
    world.register(2, {"more.txt": prose(7).encode()}, Stance.RESERVE)
    world.snapshot("newer")

    newer = keep_cleared(stored, placet.Clearance(tmp_path / "newer", use="train", profile="uk", home=world.home))

    assert first["id"] == again["id"] == [0, 2, 3]
    assert first._fingerprint == again._fingerprint != newer._fingerprint
    assert newer["id"] == []


@pytest.mark.slow
def test_two_processes_give_the_same_rows(rows: Any, clearance: placet.Clearance) -> None:
    assert keep_cleared(rows, clearance, num_proc=2)["id"] == [0, 3]


def test_a_row_that_cannot_be_judged_is_not_kept(clearance: placet.Clearance) -> None:
    rows = datasets.Dataset.from_dict({"label": [1, 2]})

    assert len(keep_cleared(rows, clearance)) == 0
    assert annotate(rows, clearance)["placet_outcome"] == ["unclear", "unclear"]
