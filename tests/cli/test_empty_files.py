"""A file of no bytes is told as such, and not as what it would be if it held something."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.stage import Stage


@pytest.mark.parametrize(
    "words",
    [["identity", "link"], ["reserve", "isbn:9780141036144", "--key"]],
    ids=["signature", "key"],
)
def test_an_empty_file_is_called_empty(stage: Stage, tmp_path: Path, words: list[str]) -> None:
    path = tmp_path / "zero"
    path.touch(mode=0o644)

    said = stage(*words, path)

    assert said.code == 1
    assert f"{path} is empty" in said.err
    assert "chmod" not in said.err
    assert "--public" not in said.err
