"""Samples are judged as `placet clear` judges them in their tar, and come out as they went in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import placet
from placet.clearance.adapters.webdataset import ClearedSamples, row_of
from tests.factories import NOW
from tests.snapshot.datasets import write_tar
from tests.snapshot.world import World, jpeg, picture, prose

FILES = {
    "a/000.jpg": jpeg(1, 60),
    "a/000.json": b'{"url": "https://a.example/0"}',
    "a/001.jpg": jpeg(3, 60),
    "a/001.txt": b"a caption",
    "a/002.txt": prose(1)[:900].encode(),
    "a/003.jpg": jpeg(9, 60),
    "a/003.json": json.dumps({"caption": "a caption", "x_robots_tag": "noai"}).encode(),
    "a/004.jpg": b"\xff\xd8\xff no picture",
    "a/005.jpg": jpeg(10, 60),
    "a/005.json": b'{"label": 3}',
    "a/006.json": b"{broken",
    "a/007.seg.jpg": jpeg(11, 60),
    "a/007.mp3": b"ID3 no sound that can be read",
}


def samples(path: Path) -> Any:
    webdataset = pytest.importorskip("webdataset")
    return webdataset.WebDataset(str(path), shardshuffle=False)


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    write_tar(tmp_path / "data" / "0.tar", FILES)
    return tmp_path / "data" / "0.tar"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # webdataset leaves its files open
def test_the_stage_keeps_what_clear_clears(
    registry: World, clearance: placet.Clearance, shard: Path, tmp_path: Path
) -> None:
    dropped: dict[str, str] = {}
    stage = ClearedSamples(clearance, 2, lambda sample, verdict: dropped.update({sample["__key__"]: verdict.outcome}))
    registry.clear(shard.parent, registry.home.path.parent / "snapshot", tmp_path / "out", at=NOW)
    table = pq.read_table(tmp_path / "out" / "decisions.parquet")
    answers = dict(zip(table.column("row").to_pylist(), table.column("outcome").to_pylist(), strict=True))

    kept = list(samples(shard).compose(stage))

    assert {sample["__key__"]: "cleared" for sample in kept} | dropped == answers
    assert set(answers.values()) == {"cleared", "reserved", "unclear"}
    assert [sample["jpg"] for sample in kept if sample["__key__"] == "a/001"] == [FILES["a/001.jpg"]]


def test_behind_decode_nothing_can_be_judged_and_nothing_is_kept(clearance: placet.Clearance) -> None:
    sample = {"__key__": "7", "__url__": "0.tar", "jpg": picture(9), "json": {"url": "https://a.example/"}}

    row = row_of(sample)

    assert [problem.why for problem in row.problems] == [
        "batch:7: jpg is Image already; put this stage before decode().",
        "batch:7: json is dict already; put this stage before decode().",
    ]
    assert list(ClearedSamples(clearance)([sample])) == []
