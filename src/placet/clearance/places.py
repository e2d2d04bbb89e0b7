"""A dataset that lies elsewhere: the port that whoever reaches it fills, and the units that it is planned into.

What lies elsewhere is listed once. Tables are planned by their footers, read in place; everything else by its name and
size. A file is one unit unless it is a table, and is fetched whole when its unit is cleared (`clearance.spool`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from placet.clearance.readers import PACKED, arrow, folder, jsonl, parquet, reader_of
from placet.clearance.readers.guard import reason_of
from placet.clearance.readers.sidecar import is_sidecar
from placet.clearance.readers.sniff import MAX_BYTES, too_large
from placet.clearance.rows import Unit, printable
from placet.errors import BadDataset

__all__ = ["Place", "digest_of_listing", "plan_place"]

_TABLES: Mapping[str, Callable[[str, str, BinaryIO, int], list[Unit]]] = {
    arrow.FORMAT: arrow.plan_opened,
    parquet.FORMAT: parquet.plan_opened,
}


class Place(Protocol):
    """Files somewhere, as they were listed once: `files` maps each path to its size and to a stamp of its version.

    A dataset that is one file has the path "". Reading is not ordered; nothing is ever written there. What is not
    there, or not for us, is an OSError of that kind, and damage an OSError; a place that does not answer is Refused, so
    that the run stops and can go on later. `fetch` compares the stamp before and after, and is Refused by another one.
    """

    @property
    def url(self) -> str:
        """Where it is, without what is secret about it."""

    @property
    def name(self) -> str:
        """What a person calls the dataset."""

    @property
    def files(self) -> Mapping[str, tuple[int, str]]: ...
    @property
    def links(self) -> frozenset[str]:
        """Those of `files` that lead elsewhere, or are no files."""

    def open(self, path: str) -> AbstractContextManager[BinaryIO]:
        """For reading a little of it at many places; what a reader swallowed on the way is raised at the end."""

    def fetch(self, path: str, target: Path) -> None:
        """All of it, to a file that is not there yet."""


def digest_of_listing(place: Place) -> str:
    """Over every name, size and stamp: what a resume compares."""
    lines = (f"{printable(path)}\t{size}\t{stamp}\n" for path, (size, stamp) in sorted(place.files.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def plan_place(place: Place) -> tuple[Unit, ...]:
    """The units of a place, in an order that depends on names only; BadDataset when there is nothing."""
    sidecars = _sidecars(place)
    beside = {name for names in sidecars.values() for name in names}
    units: list[Unit] = []
    loose: list[tuple[str, int]] = []
    for path, (size, _) in sorted(place.files.items()):
        if path in beside:
            continue
        name = printable(path or place.name)
        if why := _objection(place, path, name):
            units.append(Unit(id=name, format=folder.FORMAT, path="", size=size, why=why))
        elif reader_of(path or place.name).name == folder.FORMAT:
            loose.append((path, size))
        else:
            units += [replace(unit, members=sidecars.get(path, ())) for unit in _plan_file(place, path, name, size)]
    units += _plan_loose(loose)
    if not units:
        raise BadDataset(f"there is nothing in {place.url}")
    return tuple(units)


def _objection(place: Place, path: str, name: str) -> str:
    """Why a file is not fetched; empty for one that is."""
    size = place.files[path][0]
    parts = PurePosixPath(path).parts
    if path in place.links:
        return f"{name} is a link or a special file; it was not followed."
    if path and (path != "/".join(parts) or ".." in parts or "\0" in path or "\\" in path or ":" in parts[0]):
        return f"{name} has a name that could lead elsewhere on a disk; it was not fetched."
    if name.lower().endswith(PACKED):
        return f"{name} is a compressed archive, which is not read here: unpack it first."
    if reader_of(path or place.name).name == folder.FORMAT and size > MAX_BYTES:
        return too_large(name, size).why
    return ""


def _plan_file(place: Place, path: str, name: str, size: int) -> list[Unit]:
    reader = reader_of(path or place.name)
    try:
        if reader.name in _TABLES:
            with place.open(path) as file:
                return _TABLES[reader.name](name, path, file, size)
    except OSError as error:
        return [Unit(id=name, format=reader.name, path=path, why=f"{name} could not be opened: {reason_of(error)}.")]
    is_lines = reader.name == jsonl.FORMAT
    return [
        Unit(
            id=name,
            format=reader.name,
            path=path,
            stop=size if is_lines else 0,
            size=size,
            first_row=1 if is_lines else 0,
        )
    ]


def _plan_loose(files: list[tuple[str, int]]) -> list[Unit]:
    """As a folder is planned; names that some disks take for one another never meet in a unit."""
    planned = (unit for apart in _apart(files) for unit in folder.plan_files(apart))
    units: list[Unit] = []
    for number, unit in enumerate(planned):
        first = units[-1].stop if units else 0
        stop = first + len(unit.members)
        units.append(replace(unit, id=f"files:{number:04d}", start=first, stop=stop, first_row=first))
    return units


def _apart(files: list[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    run: list[tuple[str, int]] = []
    met: set[str] = set()
    for path, size in files:
        if (folded := path.casefold()) in met:
            yield run
            run, met = [], set()
        run.append((path, size))
        met.add(folded)
    yield run


def _sidecars(place: Place) -> dict[str, tuple[str, ...]]:
    """What img2dataset wrote beside each tar: its rows as Parquet, and its counts."""
    found = {}
    for path in place.files:
        if not path.lower().endswith(".tar") or path in place.links:
            continue
        table, counts = f"{path[:-4]}.parquet", f"{path[:-4]}_stats.json"
        if table in place.files and table not in place.links and _is_sidecar(place, table):
            found[path] = (table, *([counts] if counts in place.files and counts not in place.links else []))
    return found


def _is_sidecar(place: Place, table: str) -> bool:
    try:
        with place.open(table) as file:
            return is_sidecar(file)
    except OSError:
        return True  # what cannot be read may name the rows of the tar, and then they are told so
