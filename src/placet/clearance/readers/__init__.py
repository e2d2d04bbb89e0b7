"""Readers, one module per format: each plans a file into units, and reads a unit into rows.

To add a format: one module with `plan` and `read`, and one line in READERS. Nothing in a dataset is followed
out of it, and nothing is passed over: what cannot be read is a row with a problem.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from placet.clearance.readers import arrow, folder, jsonl, parquet, warc, webdataset
from placet.clearance.readers.guard import Read, reason_of
from placet.clearance.readers.sidecar import is_sidecar
from placet.clearance.rows import Row, Unit, printable, title, unreadable
from placet.core.declaration import Problem
from placet.errors import BadDataset

__all__ = ["PACKED", "READERS", "Reader", "plan_dataset", "read_unit", "reader_of"]


@dataclass(frozen=True, slots=True)
class Reader:
    """`plan` may raise OSError; `read` never raises."""

    name: str
    suffixes: tuple[str, ...]
    plan: Callable[[Path, Path], list[Unit]]
    read: Read


READERS = (
    Reader(webdataset.FORMAT, (".tar",), webdataset.plan, webdataset.read),
    Reader(parquet.FORMAT, (".parquet",), parquet.plan, parquet.read),
    Reader(arrow.FORMAT, arrow.SUFFIXES, arrow.plan, arrow.read),
    Reader(jsonl.FORMAT, jsonl.SUFFIXES, jsonl.plan, jsonl.read),
    Reader(warc.FORMAT, warc.SUFFIXES, warc.plan, warc.read),
    Reader(folder.FORMAT, ("",), folder.plan, folder.read),
)
_Found = tuple[str, int, bool]  # path, size, whether it is a regular file
PACKED = (".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst", ".tar.lz4", ".tar.z")


def reader_of(name: str) -> Reader:
    """By suffix, in any case; whatever no other reader takes is a file of a folder."""
    return next(reader for reader in READERS if name.lower().endswith(reader.suffixes))


def read_unit(root: Path, unit: Unit) -> Iterator[Row]:
    """The rows of a unit, in order; a unit that could not be planned is one row that says why."""
    if unit.why:
        return iter([unreadable(title(root, unit.path), "@0", unit.why)])
    found = next((reader for reader in READERS if reader.name == unit.format), None)
    if found is None:
        why = f"{unit.id} has the format {unit.format!r}, which this release does not read."
        return iter([unreadable(title(root, unit.path), "@0", why)])
    if unit.path and (root / unit.path).is_symlink():  # it was none when planned
        return iter([folder.read_file(root, unit.path)])
    return found.read(root, unit)


def plan_dataset(root: Path, exclude: Path | None = None) -> tuple[tuple[Unit, ...], tuple[Problem, ...]]:
    """The units of a dataset, in an order that depends on names only.

    The problems are those of whole files, told early; reading the same units gives each of them as a row, so
    count them there. BadDataset when there is nothing.
    """
    if root.is_dir():
        units = _plan_files(root, list(_walk(root, exclude)))
    elif os.path.lexists(root):
        units = _plan_file(root, root, root.is_file())
    else:
        raise BadDataset(f"there is no dataset at {printable(str(root))}")
    if not units:
        raise BadDataset(f"there is nothing in {printable(str(root))}")
    problems = (Problem(title(root, u.path), "unit.unreadable", u.why) for u in units if u.why)
    return tuple(units), tuple(problems)


def _plan_files(root: Path, files: list[_Found]) -> list[Unit]:
    sidecars = _sidecars(root, files)
    beside = {name for names in sidecars.values() for name in names}
    units: list[Unit] = []
    loose: list[tuple[str, int]] = []
    for name, size, regular in files:
        if name in beside:
            continue
        if regular and (reader_of(name) is not READERS[-1] or name.lower().endswith(PACKED)):
            units += [replace(u, members=sidecars.get(name, ())) for u in _plan_file(root, root / name, True)]
        else:
            loose.append((name, size))
    return units + folder.plan_files(loose)


def _plan_file(root: Path, file: Path, regular: bool) -> list[Unit]:
    if not regular:
        return folder.plan(root, file)
    path = "" if file == root else file.relative_to(root).as_posix()
    name = title(root, path)
    reader = reader_of(file.name)
    if file.name.lower().endswith(PACKED):
        why = f"{name} is a compressed archive, which is not read here: unpack it first."
        return [Unit(id=name, format=webdataset.FORMAT, path=path, size=file.stat().st_size, why=why)]
    try:
        return reader.plan(root, file)
    except OSError as error:
        why = f"{name} could not be opened: {reason_of(error)}."
        return [Unit(id=name, format=reader.name, path=path, why=why)]


def _sidecars(root: Path, files: list[_Found]) -> dict[str, tuple[str, ...]]:
    """What img2dataset wrote beside each tar: its rows as Parquet, and its counts."""
    names = {name for name, _, regular in files if regular}
    found = {}
    for name in names:
        if name.lower().endswith(".tar"):
            table, counts = name[:-4] + ".parquet", name[:-4] + "_stats.json"
            tables = (table,) if table in names and is_sidecar(root / table) else ()
            found[name] = tables + ((counts,) if tables and counts in names else ())
    return found


def _walk(root: Path, exclude: Path | None) -> Iterator[_Found]:
    """All that is no folder, by name; a folder that cannot be listed is told by a slash at its end."""
    skipped = exclude.resolve() if exclude else None
    waiting = _entries(root, "")
    while waiting:
        path, size, kind = waiting.pop()
        if skipped and (root / path).absolute() == skipped:
            continue
        if kind != "folder":
            yield path, size, kind == "file"
            continue
        try:
            waiting += _entries(root, path + "/")
        except OSError:
            yield path + "/", 0, False


def _entries(root: Path, path: str) -> list[tuple[str, int, str]]:
    """Last name first, as `_walk` takes them from the end."""
    with os.scandir(root / path) as entries:
        return [
            (path + entry.name, *_what(entry))
            for entry in sorted(entries, key=lambda entry: os.fsencode(entry.name), reverse=True)
        ]


def _what(entry: os.DirEntry[str]) -> tuple[int, str]:
    if entry.is_dir(follow_symlinks=False):
        return 0, "folder"
    if entry.is_file(follow_symlinks=False):
        return entry.stat(follow_symlinks=False).st_size, "file"
    return 0, "other"
