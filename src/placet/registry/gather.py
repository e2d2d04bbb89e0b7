"""Finding the files a maker points at: hers, and never our own output."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from placet.core.declaration import Problem
from placet.errors import NotFound

__all__ = ["MARKER", "MOST_BYTES", "gather"]

MARKER = ".placet-output"  # a folder that holds this file was written by us, and is never registered
MOST_BYTES = 1 << 30


def gather(path: Path) -> tuple[list[Path], list[Problem]]:
    """The files at or below `path`, sorted; links, special, hidden, empty and huge files are told, not taken."""
    if not os.path.lexists(path):
        raise NotFound(f"there is no file or folder {path}")
    if path.is_file() and not path.is_symlink():
        return _sorted_out([path])
    if _is_output(path):
        return [], [Problem(str(path), "path.unsafe", f"{path} was written by placet and is not registered")]
    return _sorted_out(_walk(path))


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = Path(entry.path)
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if not _is_output(path):
                yield from _walk(path)
        else:
            yield path


def _is_output(folder: Path) -> bool:
    return (folder / MARKER).exists() or any((parent / MARKER).exists() for parent in folder.resolve().parents)


def _sorted_out(paths: Iterator[Path] | list[Path]) -> tuple[list[Path], list[Problem]]:
    taken, problems = list[Path](), list[Problem]()
    for path in paths:
        if why := _why_not(path):
            problems.append(Problem(str(path), "path.unsafe", why))
        else:
            taken.append(path)
    return taken, problems


def _why_not(path: Path) -> str:
    if path.is_symlink() or not path.is_file():
        return f"{path} is a link or special file and is not followed"
    size = path.stat().st_size
    if not size:
        return f"{path} is empty"
    return f"{path} has {size:,} bytes, more than {MOST_BYTES:,}" if size > MOST_BYTES else ""
