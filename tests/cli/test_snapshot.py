"""`placet snapshot build` and `verify`: from a registry to files that anyone can check, and back to its entries."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from tests.cli.stage import Stage


def test_a_snapshot_says_what_is_in_it_and_verifies(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)

    built = stage("snapshot", "build", "-o", tmp_path / "snapshot")
    verified = stage("snapshot", "verify", tmp_path / "snapshot")

    assert built.code == verified.code == 0
    assert "at 3 entries: 2 works, 1 declaration. It is in " in built.out
    assert "3 entries: each signed by the key it names" in verified.out
    assert "not checked" in verified.out
    assert "the arrays image-plh, text-winnow, text-sha256, quality" in verified.out


def test_json_gives_the_digest_that_was_logged(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)

    shown = json.loads(stage("snapshot", "build", "-o", tmp_path / "snapshot", "--json").out)

    assert shown["size"] == 3
    assert shown["manifest"] == hashlib.sha256((tmp_path / "snapshot" / "manifest.json").read_bytes()).hexdigest()
    assert shown["counts"]["works"] == 2


def test_an_empty_registry_has_no_snapshot(stage: Stage, tmp_path: Path) -> None:
    said = stage("snapshot", "build", "-o", tmp_path / "snapshot")

    assert said.code == 1
    assert "nothing in the registry yet: reserve something first" in said.err
    assert not (tmp_path / "snapshot").exists()


def test_a_snapshot_is_never_written_over(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")

    said = stage("snapshot", "build", "-o", tmp_path / "mine")

    assert said.code == 1
    assert "is there already; a snapshot is a new folder" in said.err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["letter"]


def test_a_second_snapshot_continues_the_first(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works / "song.txt")
    stage("snapshot", "build", "-o", tmp_path / "one")
    stage("reserve", stage.works / "tale.txt")
    stage("snapshot", "build", "-o", tmp_path / "two")
    words = ("--use", "train", "--profile", "uk", "--workers", 1)

    first = stage("clear", stage.works, "--snapshot", tmp_path / "one", "--out", tmp_path / "a", *words)
    second = stage("clear", stage.works, "--snapshot", tmp_path / "two", "--out", tmp_path / "b", *words)
    again = stage("clear", stage.works, "--snapshot", tmp_path / "one", "--out", tmp_path / "c", *words)

    assert "1 reserved" in first.out
    assert "2 reserved" in second.out
    assert again.code == 1
    assert "this snapshot was published at" in again.err
