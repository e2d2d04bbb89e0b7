"""`placet reclear`: the registry has grown, and nobody wants to decode the dataset again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.stage import Said, Stage


@pytest.fixture
def grown(stage: Stage, tmp_path: Path) -> Stage:
    """A run against a registry that held one of two works, and a snapshot that holds both."""
    dataset = tmp_path / "dataset"
    shutil.copytree(stage.works, dataset)
    (dataset / "stranger.txt").write_text("Nobody has ever said anything about this short text.")
    stage("reserve", stage.works / "song.txt")
    stage("snapshot", "build", "-o", tmp_path / "old")
    asked = ("--snapshot", tmp_path / "old", "--use", "train.generative", "--profile", "eu-art4")
    stage("clear", dataset, *asked, "--out", tmp_path / "run")
    stage("reserve", stage.works / "tale.txt")
    stage("snapshot", "build", "-o", tmp_path / "new")
    return stage


def reclear(stage: Stage, folder: Path, *words: object) -> Said:
    return stage("reclear", folder / "run", "--snapshot", folder / "new", "--out", folder / "out", *words)


def test_what_was_registered_since_is_found_without_the_dataset(grown: Stage, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "dataset")

    said = reclear(grown, tmp_path)

    assert said.code == 0
    assert "dataset: 3 rows judged for" in said.out
    assert "2 reserved" in said.out
    assert "1 cleared" in said.out
    verified = grown("verify", tmp_path / "out")
    assert verified.code == 0
    assert "the media, which were not read again: the clearance certified as" in " ".join(verified.out.split())


def test_what_else_can_be_asked_is_told(grown: Stage, tmp_path: Path) -> None:
    said = reclear(grown, tmp_path, "--emit", "dataset")

    assert said.code == 64
    assert "--emit dataset: choose one of decisions, list" in said.err


def test_data_that_changed_since_are_told(grown: Stage, tmp_path: Path) -> None:
    (tmp_path / "dataset/more.txt").write_text("one more")

    said = reclear(grown, tmp_path, "--dataset", tmp_path / "dataset")

    assert said.code == 1
    assert "the dataset has changed since the earlier run" in said.err


def test_a_run_without_fingerprints_says_how_to_go_on(grown: Stage, tmp_path: Path) -> None:
    asked = ("--snapshot", tmp_path / "new", "--use", "train.generative", "--profile", "eu-art4")
    shutil.rmtree(tmp_path / "run")
    grown("clear", tmp_path / "dataset", *asked, "--out", tmp_path / "run", "--no-fingerprints")

    said = reclear(grown, tmp_path)

    assert said.code == 1
    assert "name the dataset with --dataset DIR" in said.err
