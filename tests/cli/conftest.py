"""A home and a folder of works for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.stage import Stage


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Stage:
    monkeypatch.setenv("PLACET_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PLACET_DEBUG", raising=False)
    works = tmp_path / "works"
    works.mkdir()
    for name in ("song", "tale"):
        (works / f"{name}.txt").write_text(f"{name} of the long evening by the sea, told slowly. " * 20)
    return Stage(home=tmp_path / "home", works=works, capsys=capsys)
