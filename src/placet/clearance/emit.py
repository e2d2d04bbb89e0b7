"""What may be used, as files: the rows that are kept, with their bytes untouched.

Every file is written beside its place under a temporary name, synced, and renamed: a name that is there is whole.
Files of a folder are hard links where the
disk allows it, so they share their bytes with the dataset: change neither in place.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import zlib
from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from placet.clearance.disk import in_place, sync_file, sync_folders
from placet.clearance.readers import arrow, folder, jsonl, parquet, warc, webdataset
from placet.clearance.readers.arrow_messages import MAGIC
from placet.clearance.readers.lines import codec_of, lines
from placet.clearance.readers.tar import BLOCK, Member
from placet.clearance.readers.warc_records import Record, is_packed, records
from placet.clearance.rows import Unit, locate, printable, title
from placet.errors import BadDataset, Refused, WrongUsage

__all__ = ["EmitResult", "check_apart", "emit_dataset", "emit_list"]

_RECORD = 20 * BLOCK  # POSIX pax: an archive is padded to its blocking factor
_COPY = 1 << 20
_BATCH = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class EmitResult:
    """`files` are (path under OUT, sha256 in hex, bytes), in order."""

    files: tuple[tuple[str, str, int], ...] = ()
    linked: int = 0
    copied: int = 0


def check_apart(root: Path, out: Path) -> None:
    """WrongUsage when what is written would lie inside what is read, or the other way round."""
    dataset, target = root.resolve(), out.resolve()
    if target == dataset:
        raise WrongUsage(f"OUT and DATASET are the same place: {out}")
    if target.is_relative_to(dataset):
        raise WrongUsage(f"OUT lies inside DATASET: {out} is in {root}")
    if dataset.is_relative_to(target):
        raise WrongUsage(f"DATASET lies inside OUT: {root} is in {out}")


def emit_dataset(root: Path, unit: Unit, keep: frozenset[str], out: Path) -> EmitResult:
    """Write the rows of `unit` whose keys are in `keep`, all of them and no others; nothing when `keep` is empty.

    Call it again after a crash: the same files come out. BadDataset when a kept row is not there any more.
    """
    if not keep:
        return EmitResult()
    if unit.why:
        raise Refused(f"{unit.id} could not be read, so no row of it is given out: {unit.why}")
    return _EMITTERS[unit.format](root, unit, keep, out)


def emit_list(rows: Iterable[tuple[str, str]]) -> str:
    """One `unit<TAB>key` a line. Keys are printable, so neither holds a tab or a line end."""
    return "".join(f"{unit}\t{key}\n" for unit, key in rows)


def _emit_files(root: Path, unit: Unit, keep: frozenset[str], out: Path) -> EmitResult:
    members = {title(root, name): name for name in unit.members}
    _refuse_missing(unit, keep - members.keys())
    files = []
    linked = 0
    for key, name in members.items():
        if key in keep:
            path = name or root.name
            digest, size, is_link = _give_file(locate(root, name), out / path, key)
            files.append((printable(path), digest, size))
            linked += is_link
    sync_folders(out, [out / (name or root.name) for key, name in members.items() if key in keep])
    return EmitResult(files=tuple(files), linked=linked, copied=len(files) - linked)


def _give_file(source: Path, target: Path, key: str) -> tuple[str, int, bool]:
    if not stat.S_ISREG(source.lstat().st_mode):
        raise Refused(f"{key} is no regular file any more, so it is not given out")
    with in_place(target) as temporary:
        is_link = _link(source, temporary)
        if not is_link:
            with source.open("rb") as read, temporary.open("xb") as write:
                shutil.copyfileobj(read, write, _COPY)
                sync_file(write)
        with temporary.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    return digest, size, is_link


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target, follow_symlinks=False)
    except (OSError, NotImplementedError):  # another disk, one without hard links, or Windows
        return False
    return True


def _emit_tar(root: Path, unit: Unit, keep: frozenset[str], out: Path) -> EmitResult:
    """Headers and data are copied as they stand; a header shared by all that follow is always kept."""
    tape = webdataset.map_file(locate(root, unit.path))
    kept: list[Member] = []
    shared: list[Member] = []
    left = set(keep)
    for sample in webdataset.samples(tape, shared):
        if sample.key in keep:
            if sample.reason or any(member.reason for member in sample.members):
                raise Refused(f"{unit.id}:{sample.key} could not be read in full, so it is not given out")
            kept += sample.members
            left.discard(sample.key)
    _refuse_missing(unit, left)

    def write(file: _Tally) -> None:
        view = memoryview(tape)
        for member in sorted([*shared, *kept], key=lambda member: member.begin):
            file.write(view[member.begin : member.end])
        file.write(bytes(2 * BLOCK))
        file.write(bytes(-file.tell() % _RECORD))

    return _write_one(out, unit.path or root.name, write)


def _emit_parquet(root: Path, unit: Unit, keep: frozenset[str], out: Path) -> EmitResult:
    """Schema and metadata stay; each unit becomes one file of one row group."""
    path = PurePosixPath(unit.path or root.name)
    with pq.ParquetFile(locate(root, unit.path), page_checksum_verification=True) as file:
        codec = file.metadata.row_group(unit.start).column(0).compression
        table = _kept_rows(file, unit, keep)

    def write(file: _Tally) -> None:
        packing = "none" if codec == "UNCOMPRESSED" else codec.lower()
        pq.write_table(table, pa.PythonFile(file, "w"), row_group_size=len(keep), compression=packing)

    return _write_one(out, str(path.with_name(f"{path.stem}-rg{unit.start}{path.suffix}")), write)


def _kept_rows(file: pq.ParquetFile, unit: Unit, keep: frozenset[str]) -> pa.Table:
    """Reading stops after the last kept row: what lies behind it may be damaged."""
    batches = []
    left = set(keep)
    number = unit.first_row
    for batch in file.iter_batches(batch_size=_BATCH, row_groups=[unit.start]):
        keys = [str(number + place) for place in range(batch.num_rows)]
        batches.append(batch.filter(pa.array([key in keep for key in keys], pa.bool_())))
        left.difference_update(keys)
        number += batch.num_rows
        if not left:
            break
    _refuse_missing(unit, left)
    return pa.Table.from_batches(batches, file.schema_arrow)


def _emit_arrow(root: Path, unit: Unit, keep: frozenset[str], out: Path) -> EmitResult:
    """Schema and metadata stay, and so does the kind, a stream or a file; each unit becomes one file."""
    path = PurePosixPath(unit.path or root.name)
    with locate(root, unit.path).open("rb") as file:
        is_file = file.read(len(MAGIC)) == MAGIC
        table = pa.Table.from_batches(_kept_of_batches(file, unit, keep), arrow.schema_of(file))

    def write(tally: _Tally) -> None:
        opened = pa.ipc.new_file if is_file else pa.ipc.new_stream
        with opened(pa.PythonFile(tally, "w"), table.schema) as writer:
            writer.write_table(table)

    return _write_one(out, str(path.with_name(f"{path.stem}-{unit.id.rpartition('#')[2]}{path.suffix}")), write)


def _kept_of_batches(file: BinaryIO, unit: Unit, keep: frozenset[str]) -> list[pa.RecordBatch]:
    """Reading stops after the last kept row: what lies behind it may be damaged."""
    found, left = [], set(keep)
    for number, rows, batch in arrow.batches_of(file, unit):
        keys = [str(number + place) for place in range(rows)]
        if left.isdisjoint(keys):
            continue
        if isinstance(batch, str):
            raise Refused(f"{unit.id}: a row that is kept could not be read any more: {batch}")
        found.append(batch.filter(pa.array([key in keep for key in keys], pa.bool_())))
        left.difference_update(keys)
        if not left:
            break
    _refuse_missing(unit, left)
    return found


def _emit_jsonl(root: Path, unit: Unit, keep: frozenset[str], out: Path) -> EmitResult:
    """Lines byte for byte. A piece of a file that was cut lies in a folder of the file's name."""
    source = locate(root, unit.path)
    codec = codec_of(source.name)
    path = PurePosixPath(unit.path or root.name)
    if unit.id != title(root, unit.path):
        path = path / f"{unit.id.rpartition('#')[2]}{path.suffix}"

    def write(file: _Tally) -> None:
        pack = _PACKERS[codec]()
        left = set(keep)
        for number, line in enumerate(lines(source, unit.start, unit.stop, codec), unit.first_row):
            if line is not None and str(number) in left:
                file.write(pack.compress(line))
                left.discard(str(number))
                if not left:  # what follows may be damaged
                    break
        _refuse_missing(unit, left)
        file.write(pack.flush())

    return _write_one(out, str(path), write)


def _emit_warc(root: Path, unit: Unit, keep: frozenset[str], out: Path) -> EmitResult:
    """Records byte for byte, each in a member of its own where the crawl is packed."""
    source = locate(root, unit.path)
    codec = "gzip" if is_packed(source) else None

    def write(file: _Tally) -> None:
        left = set(keep)
        for number, record in enumerate(records(source), 1):
            if str(number) not in left:
                continue
            if not isinstance(record, Record) or record.fault:
                raise Refused(f"{unit.id}:{number} could not be read in full, so it is not given out")
            pack = _PACKERS[codec]()
            file.write(pack.compress(record.head + record.block + b"\r\n\r\n") + pack.flush())
            left.discard(str(number))
            if not left:  # what follows may be damaged
                break
        _refuse_missing(unit, left)

    return _write_one(out, unit.path or root.name, write)


class _Packer(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _AsIs:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


_PACKERS: dict[str | None, Callable[[], _Packer]] = {
    None: _AsIs,
    "gzip": lambda: zlib.compressobj(wbits=31),  # writes no time and no name
    "zstd": lambda: zstandard.ZstdCompressor().compressobj(),
}
_EMITTERS: dict[str, Callable[[Path, Unit, frozenset[str], Path], EmitResult]] = {
    arrow.FORMAT: _emit_arrow,
    folder.FORMAT: _emit_files,
    jsonl.FORMAT: _emit_jsonl,
    parquet.FORMAT: _emit_parquet,
    warc.FORMAT: _emit_warc,
    webdataset.FORMAT: _emit_tar,
}


class _Tally:
    """A file that is written once through, and counts and hashes on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._size = 0
        self.closed = False

    def write(self, data: bytes | memoryview) -> int:
        self._file.write(data)
        self._digest.update(data)
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        return self._size

    def hexdigest(self) -> str:
        return self._digest.hexdigest()

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self.closed = True


def _write_one(out: Path, path: str, write: Callable[[_Tally], None]) -> EmitResult:
    with in_place(out / path) as temporary, temporary.open("xb") as file:
        tally = _Tally(file)
        write(tally)
        sync_file(file)
    sync_folders(out, [out / path])
    return EmitResult(files=((printable(path), tally.hexdigest(), tally.tell()),), copied=1)


def _refuse_missing(unit: Unit, missing: AbstractSet[str]) -> None:
    if missing:
        raise BadDataset(f"{unit.id} has no row {min(missing)!r} any more: it changed after it was judged")
