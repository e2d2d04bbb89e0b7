"""A home and a folder of works for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from placet.app import Home, open_home
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


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Seconds that are added to every home's clock from then on."""
    ahead = [0]

    def later(path: Path | None = None) -> Home:
        home = open_home(path)
        now = home.now
        home.now = lambda: now() + ahead[0]
        return home

    monkeypatch.setattr("placet.cli.options.open_home", later)
    return ahead
