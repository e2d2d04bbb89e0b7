"""Documents and their media, in datatrove's own executor."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

import placet
from tests.snapshot.datasets import write_jsonl
from tests.snapshot.world import jpeg, prose

pytest.importorskip("datatrove", reason="datatrove is not installed")

from datatrove.data import Document, Media
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers.jsonl import JsonlWriter

from placet.clearance.adapters.datatrove import PlacetFilter, PlacetMediaFilter

TEXTS = {"mine": prose(7), "hers": f"{prose(8)} {prose(1)[:900]}", "other": prose(9)}


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for path in sorted(folder.glob("*.gz")) for line in gzip.open(path)]


@pytest.mark.slow
@pytest.mark.parametrize("batch_size", [1, 2])
def test_a_pipeline_of_its_own_writes_what_may_be_used_and_why_not(
    clearance: placet.Clearance, tmp_path: Path, batch_size: int
) -> None:
    write_jsonl(tmp_path / "in" / "a.jsonl", TEXTS)
    gate = PlacetFilter(clearance, JsonlWriter(str(tmp_path / "dropped")), batch_size)
    steps = [JsonlReader(str(tmp_path / "in")), gate, JsonlWriter(str(tmp_path / "kept"))]

    stats = LocalPipelineExecutor(steps, logging_dir=str(tmp_path / "logs"), workers=1).run()

    (dropped,) = lines(tmp_path / "dropped")
    assert [line["id"] for line in lines(tmp_path / "kept")] == ["mine", "other"]
    assert (dropped["id"], dropped["metadata"]["filter_reason"]) == ("hers", "reserved.declared")
    assert stats.stats[1].stats["dropped_reserved.declared"].total == 1


def test_what_the_crawl_wrote_into_metadata_is_heard(clearance: placet.Clearance) -> None:
    said = {"url": "https://a.example/", "x_robots_tag": "noai"}
    documents = [Document(text=prose(7), id="a", metadata=said), Document(text=prose(7), id="b")]

    assert PlacetFilter(clearance).filter_batch(documents) == [(False, "reserved.declared"), True]
    assert PlacetFilter(clearance).filter(documents[1]) is True


def test_media_that_may_not_be_used_lose_their_bytes(clearance: placet.Clearance) -> None:
    media = [Media(id=str(n), type=0, url=f"https://a.example/{n}.jpg", media_bytes=jpeg(n, 60)) for n in (1, 9)] + [
        Media(id="3", type=0, url="https://a.example/3.jpg", media_bytes=b"\xff\xd8\xff")
    ]

    (document,) = PlacetMediaFilter(clearance).run(iter([Document(text="", id="a", media=media)]))

    assert [one.media_bytes for one in document.media] == [None, jpeg(9, 60), None]
    assert document.media[0].metadata == {"filter_reason": "reserved.declared"}
    assert document.media[2].metadata == {"filter_reason": "media.unreadable"}
