"""A folder of pictures, texts and anything else: one row per file, in sorted order."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from placet.clearance.readers.guard import guarded, reason_of
from placet.clearance.readers.sniff import MAX_BYTES, file_part, too_large
from placet.clearance.rows import Row, Unit, locate, printable, title
from placet.core.declaration import Problem

__all__ = ["FORMAT", "MAX_FILES", "UNIT_BYTES", "plan", "plan_files", "read", "read_file"]

FORMAT = "files"
MAX_FILES = 256
UNIT_BYTES = 64 << 20
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def plan(root: Path, file: Path) -> list[Unit]:
    name = "" if file == root else file.relative_to(root).as_posix()
    return plan_files([(name, file.lstat().st_size)])


def plan_files(files: list[tuple[str, int]]) -> list[Unit]:
    """Units of at most 256 files or 64 MB, whichever comes first."""
    units: list[Unit] = []
    start = size = 0
    for stop, (_, more) in enumerate([*files, ("", UNIT_BYTES)]):
        full = stop - start == MAX_FILES or (size + more > UNIT_BYTES and stop > start)
        if stop > start and (full or stop == len(files)):
            units.append(_unit(len(units), start, files[start:stop], size))
            start, size = stop, 0
        size += more
    return units


def _unit(number: int, start: int, files: list[tuple[str, int]], size: int) -> Unit:
    return Unit(
        id=f"files:{number:04d}",
        format=FORMAT,
        path="",
        start=start,
        stop=start + len(files),
        size=size,
        first_row=start,
        members=tuple(name for name, _ in files),
    )


@guarded
def read(root: Path, unit: Unit) -> Iterator[Row]:
    for name in unit.members:
        yield read_file(root, name)


def read_file(root: Path, name: str) -> Row:
    """One file as one row, whatever it is."""
    key = title(root, name)
    try:
        data = _load(locate(root, name) if name else root.resolve(), key)
    except OSError as error:
        why = f"{key} could not be read: {reason_of(error)}."
        return Row(key=key, problems=(Problem(key, "unit.unreadable", why),))
    if isinstance(data, Problem):
        return Row(key=key, problems=(data,))
    parts, problems = file_part(printable(Path(key).name), data, key)
    return Row(key=key, parts=parts, problems=problems)


def _load(path: Path, key: str) -> bytes | Problem:
    """A regular file's bytes; a link is never followed, and a pipe never waited for."""
    found = path.lstat()
    if stat.S_ISDIR(found.st_mode):
        return Problem(key, "unit.unreadable", f"{key} is a folder that could not be listed.")
    if not stat.S_ISREG(found.st_mode):
        return Problem(key, "path.unsafe", f"{key} is {kind_of(found.st_mode)}; it was not followed.")
    with os.fdopen(os.open(path, _FLAGS), "rb") as file:
        now = os.fstat(file.fileno())
        if not stat.S_ISREG(now.st_mode):
            return Problem(key, "path.unsafe", f"{key} is {kind_of(now.st_mode)}; it was not followed.")
        if now.st_size > MAX_BYTES:
            return too_large(key, now.st_size)
        return file.read(MAX_BYTES)


def kind_of(mode: int) -> str:
    names = (
        (stat.S_ISLNK, "a symbolic link"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISCHR, "a device"),
    )
    return next((name for test, name in names if test(mode)), "a special file")
