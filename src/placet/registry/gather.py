"""Finding the files a maker points at: hers, and never our own output."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from placet.core.declaration import Problem
from placet.errors import NotFound

__all__ = ["MARKER", "MARKER_TEXT", "MOST_BYTES", "gather", "is_output"]

MARKER = ".placet-output"  # a folder that holds this file was written by us, and is never registered
MARKER_TEXT = b"Written by placet; nothing in here is registered as a work.\n"
MOST_BYTES = 1 << 30
_KEY, _KEY_SIZE = b"placet-role: ", 1 << 14  # how every key file of ours begins


def gather(path: Path) -> tuple[list[Path], list[Problem]]:
    """The files at or below `path`, in the order of their names.

    A link that the maker names herself is followed; links, special, empty and huge files below it are told,
    not taken; hidden ones are left out.
    """
    if not path.exists():
        raise NotFound(f"there is no file or folder {path}")
    if is_output(path):
        return [], [Problem(str(path), "path.unsafe", f"{path} was written by placet itself and is not registered")]
    if not path.is_dir():
        return _sort_out([path.resolve() if path.is_symlink() else path])
    problems = list[Problem]()
    taken, told = _sort_out(_walk(path, problems))
    return taken, problems + told


def is_output(path: Path) -> bool:
    """True at or below a folder that holds the marker."""
    real = path.resolve()
    return any((folder / MARKER).exists() for folder in (real, *real.parents))


def _walk(top: Path, problems: list[Problem]) -> Iterator[Path]:
    def tell(error: OSError) -> None:
        problems.append(_unreadable(Path(error.filename or top), error))

    for folder, inner, files in os.walk(top, onerror=tell):
        here = Path(folder)
        links = [name for name in inner if (here / name).is_symlink()]
        inner[:] = sorted(name for name in inner if _is_hers(here / name) and name not in links)
        yield from (here / name for name in sorted([*files, *links]) if not name.startswith("."))


def _is_hers(folder: Path) -> bool:
    return not folder.name.startswith(".") and not (folder / MARKER).exists()


def _sort_out(paths: Iterable[Path]) -> tuple[list[Path], list[Problem]]:
    taken, problems = list[Path](), list[Problem]()
    for path in paths:
        try:
            why = _why_not(path)
        except OSError as error:
            problems.append(_unreadable(path, error))
            continue
        if why:
            problems.append(Problem(str(path), "path.unsafe", f"{path} {why}"))
        else:
            taken.append(path)
    return taken, problems


def _why_not(path: Path) -> str:
    if path.is_symlink():
        return "is a link, and links are not followed"
    if not path.is_file():
        return "is no ordinary file"
    size = path.stat().st_size
    if not size:
        return "is empty"
    if size < _KEY_SIZE and _begins(path, _KEY):
        return "is a key: keep it to yourself"
    return f"has {size:,} bytes, more than {MOST_BYTES:,}" if size > MOST_BYTES else ""


def _begins(path: Path, start: bytes) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(start)) == start
    except OSError:  # told when it is described
        return False


def _unreadable(path: Path, error: OSError) -> Problem:
    return Problem(str(path), "media.unreadable", f"{path} could not be read: {error.strerror or error}")
