"""The registry at one size as files: Parquet for people and joins, raw arrays for matching."""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from placet.core.spoken import Spoken
from placet.core.subject import Kind
from placet.core.work import Party, Work
from placet.fingerprints.prints import Algorithm
from placet.fingerprints.sheet import parse_sheet
from placet.record.checkpoint import Checkpoint
from placet.snapshot.acts import write_acts, write_lines
from placet.snapshot.arrays import ARRAYS, save_array
from placet.snapshot.gather import GATHERERS, Gatherer, Pictures, sorted_keys
from placet.snapshot.manifest import Manifest
from placet.snapshot.source import Source

__all__ = [
    "NO_QUALITY",
    "Columns",
    "add_work",
    "arrays_of",
    "build_snapshot",
    "digest_files",
    "known_arrays",
    "said_arrays",
    "save_arrays",
    "work_fields",
    "write_acts_and_lines",
    "write_parties",
    "write_tables",
]

NO_QUALITY = 255  # in `works.quality`: not a picture


@dataclass(slots=True)
class Columns:
    """Everything of the works, gathered in one pass; `fresh` are the numbers of those that have no digests yet."""

    ids: list[bytes] = field(default_factory=list)
    fresh: list[int] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)
    sha256: list[bytes] = field(default_factory=list)
    blake3: list[bytes] = field(default_factory=list)
    prints: tuple[Gatherer, ...] = field(default_factory=lambda: tuple(make() for make in GATHERERS))
    rows: list[dict[str, Any]] = field(default_factory=list)
    thumbs: list[dict[str, Any]] = field(default_factory=list)
    withheld: int = 0


def build_snapshot(source: Source, checkpoint: Checkpoint, made_at: int, folder: Path) -> Manifest:
    """Write the snapshot of the tree that `checkpoint` names into the new folder `folder`."""
    columns = Columns()
    for number, work in enumerate(source.works(checkpoint.size)):
        add_work(columns, number, work, source)
    words = list(source.spoken(checkpoint.size))
    parties = source.parties(checkpoint.size)
    save_arrays(folder, arrays_of(columns) | said_arrays(columns.ids, words))
    write_tables(folder, columns, words)
    write_parties(folder, parties)
    acts = write_acts_and_lines(folder, source, checkpoint.size)
    manifest = Manifest(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        made_at=made_at,
        files=digest_files(folder),
        counts={
            "works": len(columns.ids),
            "words": len(words),
            "parties": len(parties),
            "withheld": columns.withheld,
        }
        | acts
        | {name: count for each in columns.prints for name, count in each.counts().items()},
        readings=next(tuple(each.readings) for each in columns.prints if isinstance(each, Pictures)),
        algorithms=(Algorithm.IMAGE_PLH.value, Algorithm.TEXT_WINNOW.value, "sha256", "blake3"),
    )
    (folder / "manifest.json").write_bytes(manifest.data())
    return manifest


def write_acts_and_lines(folder: Path, source: Source, size: int) -> dict[str, int]:
    """Write who may speak for what, and count it for the manifest; nothing where nobody did anything."""
    acts = source.acts(size)
    write_acts(folder, acts)
    counts = {"acts": len(acts), "lines": write_lines(folder, source.lines(size))}
    return {name: count for name, count in counts.items() if count}


def digest_files(folder: Path) -> dict[str, tuple[str, int]]:
    """Path, SHA-256 and size of every file below `folder`."""
    found = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent) / name
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            found[path.relative_to(folder).as_posix()] = (digest, path.stat().st_size)
    return dict(sorted(found.items()))


def add_work(columns: Columns, number: int, work: Work, source: Source, *, again: bool = False) -> None:
    """Gather what a work has; told `again`, its digests stay where they are."""
    record = work.record
    columns.ids.append(bytes.fromhex(work.id))
    if not again:
        columns.fresh.append(number)
        columns.sha256.append(bytes.fromhex(record.sha256))
        columns.blake3.append(bytes.fromhex(record.blake3))
    columns.quality.append(_add_prints(columns, number, work, source))
    title = source.title(record.title) if record.title else ""
    columns.rows.append(work_fields(work) | {"title": title})
    thumb = source.blob(record.thumb) if record.thumb else None
    if thumb is not None:
        columns.thumbs.append({"work": work.id, "jpeg": thumb})


def work_fields(work: Work) -> dict[str, Any]:
    """A work's row in `works.parquet`, short of its title."""
    fields = ("medium", "sha256", "blake3", "size", "iscc", "prints", "weak")
    shown = {name: getattr(work.record, name) for name in fields}
    return {"id": work.id, "by": work.by, "entry": work.index} | shown


def known_arrays(works: Sequence[Work], words: Sequence[Spoken]) -> dict[str, NDArray[Any]]:
    """The arrays that follow from records and words alone, without any fingerprint, works in this order."""
    ids, numbers = [bytes.fromhex(work.id) for work in works], range(len(works))
    arrays: dict[str, NDArray[Any]] = {"works.id": np.frombuffer(b"".join(ids), np.uint8).reshape(-1, 16)}
    arrays |= sorted_keys("sha256", [bytes.fromhex(work.record.sha256) for work in works], numbers)
    arrays |= sorted_keys("blake3", [bytes.fromhex(work.record.blake3) for work in works], numbers)
    arrays |= said_arrays(ids, words)
    return arrays


def _add_prints(columns: Columns, number: int, work: Work, source: Source) -> int:
    """Add a work's fingerprints, and return its quality."""
    if not work.record.prints:
        return NO_QUALITY
    blob = source.blob(work.record.prints)
    if blob is None:
        columns.withheld += 1
        return NO_QUALITY
    sheet = parse_sheet(blob)
    for each in columns.prints:
        each.add(number, sheet)
    return NO_QUALITY if sheet.quality is None else min(sheet.quality, 100)


def arrays_of(columns: Columns) -> dict[str, NDArray[Any]]:
    """The arrays of what was gathered, by name."""
    arrays: dict[str, NDArray[Any]] = {
        "works.id": np.frombuffer(b"".join(columns.ids), np.uint8).reshape(-1, 16),
        "works.quality": np.array(columns.quality, np.uint8),
    }
    arrays |= sorted_keys("sha256", columns.sha256, columns.fresh)
    arrays |= sorted_keys("blake3", columns.blake3, columns.fresh)
    for each in columns.prints:
        arrays |= each.arrays()
    return arrays


def save_arrays(folder: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write `arrays/`; one that may be lacking is left out when it has no row."""
    (folder / "arrays").mkdir(parents=True)
    for name, shape in ARRAYS.items():
        if not shape.optional or len(arrays.get(name, ())):
            save_array(folder / "arrays" / name, name, arrays[name])


def said_arrays(ids: Sequence[bytes], words: Sequence[Spoken]) -> dict[str, NDArray[Any]]:
    """Which words speak about which works, sorted by work and word."""
    number = {id_.hex(): at for at, id_ in enumerate(ids)}
    works, said = array("I"), array("I")
    for row, word in enumerate(words):
        for subject in word.subjects:
            if subject.kind is Kind.WORK and subject.id in number:
                works.append(number[subject.id])
                said.append(row)
    about, by = np.array(works, np.uint32), np.array(said, np.uint32)
    order = np.lexsort((by, about))
    return {"said.work": about[order], "said.word": by[order]}


_WORKS = pa.schema(
    [
        ("id", pa.string()),
        ("by", pa.string()),
        ("entry", pa.int64()),
        ("title", pa.string()),
        ("medium", pa.string()),
        ("sha256", pa.string()),
        ("blake3", pa.string()),
        ("size", pa.int64()),
        ("iscc", pa.string()),
        ("prints", pa.string()),
        ("weak", pa.int8()),
    ]
)
_WORDS = pa.schema(
    [
        ("entry", pa.int64()),
        ("id", pa.string()),
        ("by", pa.string()),
        ("stance", pa.string()),
        ("subjects", pa.list_(pa.string())),
        ("uses", pa.list_(pa.string())),
        ("from", pa.int64()),
        ("until", pa.int64()),
        ("territory", pa.list_(pa.string())),
        ("agent", pa.string()),
        ("right", pa.string()),
        ("terms", pa.string()),
        ("withdraws", pa.int64()),
        ("at", pa.int64()),
    ]
)
_PARTIES = pa.schema([("key", pa.string()), ("entry", pa.int64()), ("role", pa.string()), ("name", pa.string())])
_THUMBS = pa.schema([("work", pa.string()), ("jpeg", pa.binary())])


def write_tables(folder: Path, columns: Columns, words: Sequence[Spoken]) -> None:
    """Write what was gathered, and the words, as tables."""
    _write(folder / "works.parquet", columns.rows, _WORKS)
    _write(folder / "words.parquet", [_word(word) for word in words], _WORDS)
    _write(folder / "thumbs.parquet", columns.thumbs, _THUMBS)


def write_parties(folder: Path, parties: Sequence[Party]) -> None:
    people = [{"key": p.key, "entry": p.index, "role": p.role, "name": p.name} for p in parties]
    _write(folder / "parties.parquet", people, _PARTIES)


def _write(path: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression="zstd")


def _word(word: Spoken) -> dict[str, Any]:
    return {
        "entry": word.index,
        "id": word.id,
        "by": word.by,
        "stance": word.stance.word if word.stance else "",
        "subjects": [str(subject) for subject in word.subjects],
        "uses": [use.value for use in word.uses],
        "from": word.start,
        "until": word.until,
        "territory": list(word.territory),
        "agent": word.agent,
        "right": word.right,
        "terms": word.terms,
        "withdraws": word.withdraws,
        "at": word.at,
    }
