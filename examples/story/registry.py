"""What the examples of adapters plug in: Ana's first hour, registered and published, and a clearance against it."""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

import placet
from examples.first_hour import lay_out
from placet.cli import main as command

__all__ = ["a_clearance", "a_stage"]


def a_stage(words: list[str]) -> Path:
    """A folder with Ana's `portfolio`, what a crawler took in `dataset`, and the registry in `snapshot`."""
    folder = Path(words[0]) if words else Path(tempfile.mkdtemp(prefix="placet-adapters-")) / "first-hour"
    if not (folder / "snapshot").exists():
        lay_out(folder)
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            assert command(["reserve", str(folder / "portfolio"), "--home", str(folder / "home")]) == 0
            assert command(["snapshot", "build", "-o", str(folder / "snapshot"), "--home", str(folder / "home")]) == 0
    return folder


def a_clearance(folder: Path) -> placet.Clearance:
    """Silence leaves training open here (`eu-art4`); Ana said no."""
    return placet.Clearance(folder / "snapshot", use="train.generative", profile="eu-art4", home=folder / "home")
