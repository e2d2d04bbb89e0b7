"""One unit: what it shows of its rows, and what its record says was read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placet.clearance.unit import read_record
from placet.core.stance import Stance
from tests.snapshot.datasets import write_folder, write_parquet, write_tar
from tests.snapshot.world import World, a_world, jpeg, prose


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = a_world(tmp_path)
    world.register(1, {"no.jpg": jpeg(1), "no.txt": prose(1).encode()}, Stance.RESERVE, titles=True)
    world.snapshot()
    return world


def _clear(world: World, dataset: Path) -> Path:
    out = world.home.path.parent / "out"
    world.clear(dataset, world.home.path.parent / "snapshot", out)
    return out


def _shown(out: Path, number: int = 0) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = json.loads((out / f"units/{number:06d}.shown.json").read_bytes())
    return shown


def test_the_text_that_was_matched_is_quoted_not_the_caption_beside_it(world: World, tmp_path: Path) -> None:
    passage = prose(1)[300:900]
    write_tar(tmp_path / "s.tar", {"a.caption": b"a short caption", "a.txt": f"So: {passage} and so on".encode()})

    (shown,) = _shown(_clear(world, tmp_path / "s.tar"))

    assert len(shown["quoted"]) > 400
    assert shown["quoted"] in passage
    assert shown["before"].startswith("So: ")
    assert shown["after"].endswith("and so on")


def test_a_picture_is_shown_small_and_beside_its_work(world: World, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1, 60), "b.jpg": jpeg(7)})

    (shown,) = _shown(_clear(world, tmp_path / "crawl"))

    assert (shown["row"], shown["match"], shown["stance"], shown["entry"]) == ("a.jpg", "STRONG", "reserve", 2)
    assert shown["jpeg"].startswith("/9j/")


def test_no_more_pairs_are_kept_than_a_report_has_room_for(world: World, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {f"{n}.jpg": jpeg(1, 50 + n) for n in range(9)})

    assert len(_shown(_clear(world, tmp_path / "crawl"))) == 6


def test_the_record_digests_the_shard_and_what_lies_beside_it(world: World, tmp_path: Path) -> None:
    write_tar(tmp_path / "crawl/0.tar", {"a.jpg": jpeg(1, 60)})
    pq.write_table(pa.table({"key": ["a"], "url": ["https://x.example/a"]}), tmp_path / "crawl/0.parquet")

    out = _clear(world, tmp_path / "crawl")

    inputs = read_record(out / "units/000000.json").inputs
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "crawl").iterdir()}
    assert inputs == files


def test_the_record_of_loose_files_is_the_digest_of_their_sha256sum_lines(world: World, tmp_path: Path) -> None:
    files = {"a.jpg": jpeg(1, 60), "b.txt": b"some words"}
    write_folder(tmp_path / "crawl", files)

    out = _clear(world, tmp_path / "crawl")

    lines = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    (digest,) = read_record(out / "units/000000.json").inputs.values()
    assert digest == hashlib.sha256(lines.encode()).hexdigest()


def test_a_file_of_many_units_is_hashed_once(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_parquet(tmp_path / "rows.parquet", {f"{n}.jpg": jpeg(n, 60) for n in range(1, 7)}, group=1)
    hashed, real = list[str](), hashlib.file_digest

    def counting(file: Any, *algorithm: Any) -> Any:
        hashed.append(Path(file.name).name)
        return real(file, *algorithm)

    monkeypatch.setattr(hashlib, "file_digest", counting)
    _clear(world, tmp_path / "rows.parquet")

    assert hashed.count("rows.parquet") == 1


def test_tallies_count_what_the_rows_came_to(world: World, tmp_path: Path) -> None:
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1, 60), "b.jpg": b"no", "c.mp3": b"\0" * 99, "d.txt": b"words"})

    tallies = read_record(_clear(world, tmp_path / "crawl") / "units/000000.json").tallies

    assert tallies["match:STRONG"] == 1
    assert sum(rows for name, rows in tallies.items() if name.startswith("distance:")) == 1
    assert {name: rows for name, rows in tallies.items() if name.startswith("problem:")} == {
        "problem:media.unreadable": 1,
        "problem:media.unsupported": 1,
    }
    assert sum(rows for name, rows in tallies.items() if name.startswith("reason:")) == 4
