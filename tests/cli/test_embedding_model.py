"""`--embedding-model`, as a maker and a trainer meet it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.stage import Stage
from tests.fingerprints.models import pooling
from tests.snapshot.world import jpeg, picture

pytest.importorskip("onnxruntime", reason="embedding models need ONNX Runtime (extra `embedding`)")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "ours.onnx").write_bytes(pooling())
    (folder / "other.onnx").write_bytes(pooling(cells=4))
    (folder / "none.onnx").write_bytes(b"no model")
    return folder


def test_from_a_maker_to_an_unclear_row(stage: Stage, tmp_path: Path, models: Path) -> None:
    (tmp_path / "work.jpg").write_bytes(jpeg(1))
    dataset, snapshot, out = (tmp_path / name for name in ("dataset", "snapshot", "out"))
    dataset.mkdir()
    (dataset / "crop.jpg").write_bytes(jpeg(picture(1).crop((17, 11, 228, 152)), 80))
    words = ["clear", dataset, "--use", "train.generative", "--profile", "eu-art4", "--snapshot", snapshot]
    words += ["--workers", "1", "--effort", "thorough"]

    assert stage("reserve", tmp_path / "work.jpg", "--embedding-model", models / "ours.onnx").code == 0
    assert stage("snapshot", "build", "-o", snapshot).code == 0
    said = stage(*words, "--out", out, "--embedding-model", models / "ours.onnx")
    without = stage(*words, "--out", tmp_path / "without")
    other = stage(*words, "--out", tmp_path / "other", "--embedding-model", models / "other.onnx")

    assert said.code == 2
    assert "works compared: 1" in said.err
    assert "image-embedding/1" in said.err
    assert without.code == 0
    assert other.code == 1
    assert "holds no vectors of the embedding model other.onnx" in other.err
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("name", ["none.onnx", "missing.onnx"])
def test_a_file_that_is_no_model_registers_nothing(stage: Stage, tmp_path: Path, models: Path, name: str) -> None:
    (tmp_path / "work.jpg").write_bytes(jpeg(1))

    said = stage("reserve", tmp_path / "work.jpg", "--embedding-model", models / name)

    assert said.code == 1
    assert name in said.err
    assert said.err.count("\n") == 1
    assert not stage.home.exists() or not list(stage.home.glob("receipts/*"))
