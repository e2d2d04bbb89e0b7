"""What the tests of the command line share: a call, its two streams, and a folder as a value."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from placet.cli import main

__all__ = ["Said", "Stage", "everything"]


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Stage:
    home: Path
    works: Path
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *words: object) -> Said:
        code = main([str(word) for word in words])
        out, err = self.capsys.readouterr()
        return Said(code, out, err)

    def receipt(self, index: int) -> Path:
        (found,) = self.home.glob(f"receipts/*/entry-{index}.tlog-proof")
        return found


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder; of a database what it says, since its bytes change when its journal is taken in."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".db-wal", ".db-shm"))
    return {str(path.relative_to(folder)): _content(path) for path in files}


def _content(path: Path) -> bytes:
    if path.suffix != ".db":
        return path.read_bytes()
    try:
        with closing(sqlite3.connect(path)) as database:
            return "\n".join(database.iterdump()).encode()
    except sqlite3.Error:
        return path.read_bytes()
