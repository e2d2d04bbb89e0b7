"""The parts of a snapshot, read as one: where a work is told again, the last part that tells it is heard.

A row of a part's tables and arrays is about the work of that number in the whole; the first part numbers its works from
0, and each segment lists its own in `works.number`: first those it tells again, then the new ones.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from placet.errors import BadRecord
from placet.snapshot.arrays import ARRAYS, is_sorted, map_array, no_array
from placet.snapshot.manifest import Manifest

__all__ = ["OF_SHEETS", "join_arrays", "latest_rows", "part_files", "read_works", "told_again"]

Arrays = Mapping[str, NDArray[Any]]

# By what each family of arrays is ordered; rows that tie stay as they come.
_ORDER: Mapping[str, Sequence[str]] = {
    "sha256": ("key", "work"),
    "blake3": ("key", "work"),
    "text-sha256": ("key", "work"),
    "text-winnow": ("hash", "work", "position"),
    "audio-landmark": ("hash", "work", "time"),
    "image-plh": ("work",),
    "image-orb": ("work",),
    "image-embedding": ("model", "work"),
    "audio-chroma": ("work",),
    "video-plh": ("work",),
    "said": ("work", "word"),
}
_FAMILIES = tuple(dict.fromkeys(name.split(".")[0] for name in ARRAYS if name.endswith(".work")))
_OF_RECORDS = ("sha256", "blake3", "said")  # never taken back: they follow from the log's entries alone
OF_SHEETS = tuple(family for family in _FAMILIES if family not in _OF_RECORDS)


@dataclass(frozen=True, slots=True)
class _Part:
    """One part: `numbers` are the works its rows tell of, `first` how many the parts before it hold."""

    first: int
    numbers: NDArray[np.uint32]
    arrays: Arrays


def part_files(folder: Path, manifest: Manifest, name: str) -> list[Path]:
    """The file of this name in each part that has one."""
    return [folder / f"{part}{name}" for part in manifest.parts if f"{part}{name}" in manifest.files]


def join_arrays(folder: Path, manifest: Manifest) -> dict[str, NDArray[Any]]:
    """Every array of the whole, in the order that a snapshot of one piece has; BadRecord for parts that clash."""
    parts = _parts(folder, manifest)
    if len(parts) == 1:
        return dict(parts[0].arrays)
    latest = _latest([part.numbers for part in parts])
    told_in = np.searchsorted(np.cumsum([len(part.numbers) for part in parts]), latest, side="right")
    joined = {name: no_array(name) for name in ARRAYS}
    for name in ("works.id", "works.quality"):
        joined[name] = np.concatenate([part.arrays[name] for part in parts])[latest]
    for part in parts:
        if not np.array_equal(part.arrays["works.id"], joined["works.id"][part.numbers]):
            raise BadRecord(f"{folder}: a segment tells a work again by another id")
    for family in _FAMILIES:
        joined |= _merged(family, [_kept(family, number, part, told_in) for number, part in enumerate(parts)])
    return joined


def read_works(folder: Path, manifest: Manifest, columns: Sequence[str] | None = None) -> pa.Table:
    """`works.parquet` of the whole, one row a work, as the last part that tells of it has it."""
    files = part_files(folder, manifest, "works.parquet")
    tables = [pq.read_table(file, columns=columns and list(columns), memory_map=True) for file in files]
    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables).take(pa.array(latest_rows(folder, manifest)))


def latest_rows(folder: Path, manifest: Manifest) -> NDArray[np.int64]:
    """For each work the row that tells of it last, the rows of all parts being counted through."""
    return _latest([part.numbers for part in _parts(folder, manifest, ("works.id", "works.number"))])


def told_again(folder: Path, manifest: Manifest) -> list[list[str]]:
    """For each part the ids of the works of earlier parts that it tells again, in hex."""
    parts = _parts(folder, manifest, ("works.id", "works.number"))
    again = [part.arrays["works.id"][part.numbers < part.first] for part in parts]
    return [[bytes(id_).hex() for id_ in ids] for ids in again]


def _latest(numbers: Sequence[NDArray[np.uint32]]) -> NDArray[np.int64]:
    flat = np.concatenate(numbers)
    latest = np.zeros(int(flat.max()) + 1 if len(flat) else 0, np.int64)
    latest[flat] = np.arange(len(flat))  # the last of several stays
    return latest


# ---- each part ------------------------------------------------------------------------------------------


def _parts(folder: Path, manifest: Manifest, names: Sequence[str] = tuple(ARRAYS)) -> list[_Part]:
    """The parts in their order, their numbers and lengths checked."""
    head = _mapped(folder, manifest, "", names)
    parts = [_Part(0, np.arange(len(head["works.id"]), dtype=np.uint32), head)]
    for segment in manifest.segments:
        first, arrays = parts[-1].first + _new(parts[-1]), _mapped(folder, manifest, segment.folder, names)
        numbers = np.asarray(arrays["works.number"])
        if len(numbers) != segment.again + segment.works or len(arrays["works.id"]) != len(numbers):
            raise BadRecord(f"{folder}: {segment.folder} has another number of works than manifest.json says")
        again, new = numbers[: segment.again].astype(np.int64), numbers[segment.again :].astype(np.int64)
        if np.any(np.diff(again) <= 0) or np.any(again >= first) or np.any(new != first + np.arange(len(new))):
            raise BadRecord(f"{folder}: {segment.folder} misnumbers its works")
        parts.append(_Part(first, numbers, arrays))
    if manifest.segments:
        for part, where in zip(parts, manifest.parts, strict=True):
            _check_part(part, folder / where)
    return parts


def _new(part: _Part) -> int:
    return int(np.count_nonzero(part.numbers >= part.first))


def _mapped(folder: Path, manifest: Manifest, part: str, names: Sequence[str]) -> dict[str, NDArray[Any]]:
    """An array that a part lacks has no row there."""
    listed = {name for name in names if f"{part}arrays/{name}" in manifest.files}
    return {
        name: map_array(folder / part / "arrays" / name, name) if name in listed else no_array(name) for name in names
    }


def _check_part(part: _Part, where: Path) -> None:
    """Columns of one length, and fingerprints of no other works than those that the part tells of."""
    works = part.first + _new(part)
    if len(part.arrays.get("works.quality", part.numbers)) != len(part.numbers):
        raise BadRecord(f"{where}: works.id and works.quality differ in length")
    tells = np.zeros(works, np.bool_)
    tells[part.numbers] = True
    for family in _FAMILIES:
        columns = {name: values for name, values in part.arrays.items() if name.startswith(f"{family}.")}
        if len({len(values) for values in columns.values()}) > 1:
            raise BadRecord(f"{where}: the arrays {family}.* differ in length")
        about = columns.get(f"{family}.work", no_array("said.work"))
        if len(about) and int(about.max()) >= works:
            raise BadRecord(f"{where}: {family}.work names a work beyond the {works} there are")
        if family not in _OF_RECORDS and not np.all(tells[about]):
            raise BadRecord(f"{where}: {family}.work names a work that the segment does not tell of")
        if family in ("sha256", "blake3") and len(about) and int(about.min()) < part.first:
            raise BadRecord(f"{where}: {family}.work names a work of an earlier segment")


# ---- all of them ----------------------------------------------------------------------------------------


def _kept(family: str, number: int, part: _Part, told_in: NDArray[np.int64]) -> Arrays:
    """A part's rows of one family without those about works that a later part tells again."""
    columns = {name: values for name, values in part.arrays.items() if name.startswith(f"{family}.")}
    if family in _OF_RECORDS:
        return columns
    stays = told_in[columns[f"{family}.work"]] == number
    return columns if np.all(stays) else {name: values[stays] for name, values in columns.items()}


def _merged(family: str, parts: Sequence[Arrays]) -> Arrays:
    """The rows of all parts in the family's order; each part comes sorted, so that merging them is all there is."""
    filled = [part for part in parts if len(part[f"{family}.work"])]
    if len(filled) <= 1:
        return filled[0] if filled else parts[0]
    columns = {name: np.concatenate([part[name] for part in filled], dtype=filled[0][name].dtype) for name in filled[0]}
    order = _order([columns[f"{family}.{key}"] for key in _ORDER[family]])
    return {name: values[order] for name, values in columns.items()}


def _order(keys: Sequence[NDArray[Any]]) -> NDArray[np.int64]:
    """A stable sort of runs by their first word is a merge; only ties that it left unsorted cost a whole sort."""
    plain = [key.astype(key.dtype.newbyteorder("=")) for key in keys]
    words = [word for key in plain for word in (key.T if key.ndim > 1 else (key,))]
    order = np.argsort(words[0], kind="stable")
    return order if is_sorted(*(word[order] for word in words)) else np.lexsort(words[::-1])
