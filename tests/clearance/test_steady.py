"""A snapshot that is changed while a run reads it: one sentence, no certificate, and nothing judged by it stays."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from placet.clearance import unit as units
from placet.errors import Refused
from tests.snapshot.datasets import contents, write_jsonl, write_parquet
from tests.snapshot.world import World, a_world, jpeg, prose


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = a_world(tmp_path)
    world.register(1, {"no.jpg": jpeg(1), "no.txt": prose(1).encode()})
    world.snapshot()
    write_parquet(tmp_path / "crawl" / "a.parquet", {f"{n}.jpg": jpeg(n, 60) for n in range(4)}, group=2)
    write_jsonl(tmp_path / "crawl" / "b.jsonl", {"a": prose(1)[:900], "b": prose(8)})
    return world


def a_run(world: World, out: str = "out") -> Path:
    folder = world.home.path.parent
    world.clear(folder / "crawl", folder / "snapshot", folder / out)
    return folder / out


def disturbed(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object], unit: str) -> None:
    """Change something while this unit is read."""
    real = units.read_unit

    def read(root: Path, found: Any) -> Any:
        if found.id == unit:
            change()
        yield from real(root, found)

    monkeypatch.setattr(units, "read_unit", read)


def overwrite(path: Path) -> None:
    """In place, as no tool of ours does."""
    data = bytearray(path.read_bytes())
    data[0] ^= 0xFF
    with path.open("r+b") as file:
        file.write(data)


@pytest.mark.parametrize("name", ["arrays/sha256.key", "words.parquet"])
def test_a_snapshot_that_is_changed_under_the_run_ends_it(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = world.home.path.parent
    whole = contents(a_run(world, "whole"))
    kept = (folder / "snapshot" / name).read_bytes()

    with monkeypatch.context() as patched:
        disturbed(patched, lambda: overwrite(folder / "snapshot" / name), "b.jsonl")
        with pytest.raises(Refused, match=r"the snapshot was changed while it was being read.*run the same command"):
            a_run(world)

    assert not (folder / "out" / "clearance.json").exists()
    assert not list((folder / "out" / "units").glob("??????.json"))
    (folder / "snapshot" / name).write_bytes(kept)
    assert contents(a_run(world)) == whole


def test_what_an_earlier_run_left_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = world.home.path.parent
    out = a_run(world)
    (out / "units" / "000002.json").unlink()
    (out / "clearance.json").unlink()

    disturbed(monkeypatch, lambda: overwrite(folder / "snapshot" / "parties.parquet"), "b.jsonl")
    with pytest.raises(Refused, match="1 units were thrown away"):
        a_run(world)

    assert sorted(path.name for path in (out / "units").glob("??????.json")) == ["000000.json", "000001.json"]


def test_a_snapshot_that_is_gone_ends_the_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = world.home.path.parent / "snapshot"
    disturbed(monkeypatch, lambda: shutil.rmtree(snapshot, ignore_errors=True), "b.jsonl")

    with pytest.raises(Refused, match="the snapshot was changed while it was being read"):
        a_run(world)


def test_a_new_time_or_name_of_the_same_bytes_is_no_change(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = world.home.path.parent / "snapshot"

    def touch() -> None:
        os.utime(snapshot / "words.parquet", ns=(1, 1))
        shutil.copy(snapshot / "parties.parquet", snapshot / "other")
        (snapshot / "other").replace(snapshot / "parties.parquet")

    disturbed(monkeypatch, touch, "b.jsonl")

    assert (a_run(world) / "clearance.json").exists()
