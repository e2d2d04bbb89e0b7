"""Arrow IPC, streams and files (Feather 2), by record batches: the tables of Hugging Face `datasets` on a disk.

Source: Arrow columnar format 1.5, "Serialization and Interprocess Communication"; Hugging Face datasets 5 writes
streams named `data-00000-of-00001.arrow`. Columns are heard as those of Parquet; a row's key is its number in the
file, from 0.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from placet.clearance.readers.arrow_messages import (
    MAGIC,
    MOST_BATCH,
    BrokenMessage,
    Kind,
    Message,
    footer_offsets,
    messages,
)
from placet.clearance.readers.fields import EXPECTED
from placet.clearance.readers.guard import guarded, reason_of
from placet.clearance.readers.parquet import columns_of, rows_of, shown_columns
from placet.clearance.rows import Row, Unit, locate, title, unreadable

__all__ = ["FORMAT", "SUFFIXES", "batches_of", "plan", "plan_opened", "read", "schema_of"]

FORMAT = "arrow"
SUFFIXES = (".arrow", ".arrows", ".feather", ".ipc")
UNIT_BYTES = 64 << 20
_ROWS = 128
_DICTIONARIES = 1000  # each batch is read behind all that come before it


# --- the plan ---------------------------------------------------------------------------------------------


def plan(root: Path, file: Path) -> list[Unit]:
    path = "" if file == root else file.relative_to(root).as_posix()
    with file.open("rb") as opened:
        return plan_opened(title(root, path), path, opened, file.stat().st_size)


def plan_opened(name: str, path: str, file: BinaryIO, size: int) -> list[Unit]:
    """Units of whole batches, of 64 MB or one batch; `start` and `stop` are bytes."""
    found: list[Message] = []
    broken: BrokenMessage | None = None
    try:
        found.extend(messages(file, size))
    except BrokenMessage as error:
        broken = error
    if why := _objection(name, file, size, found, broken):
        return [Unit(id=name, format=FORMAT, path=path, size=size, why=why)]
    units = _cut(name, path, [message for message in found if message.kind == Kind.BATCH])
    if broken:
        rows = sum(message.rows for message in found if message.kind == Kind.BATCH)
        why = f"{name}, byte {broken.offset:,}: {broken.why}; its rows from {rows:,} on could not be read."
        units.append(Unit(id=f"{name}#rest", format=FORMAT, path=path, first_row=rows, size=size, why=why))
    return units or [Unit(id=name, format=FORMAT, path=path)]


def _objection(name: str, file: BinaryIO, size: int, found: list[Message], broken: BrokenMessage | None) -> str:
    """Why nothing of a file can be read; empty where something can."""
    try:
        file.seek(0)
        head = file.read(len(MAGIC))
        if head.startswith(b"FEA1"):
            return f"{name} is of the first Feather format, which is not read here: write it anew with pyarrow."
        schema = schema_of(file)
        columns = columns_of(schema)
        if sum(message.kind == Kind.DICTIONARY for message in found) > _DICTIONARIES:
            return f"{name} has more than the {_DICTIONARIES:,} dictionaries that are read."
        if head == MAGIC and not broken:
            _check_footer(file, size, schema, found)
    except Exception as error:  # Arrow lets hostile schemas through as any kind of it
        return f"{name} is no Arrow file that can be read: {broken.why if broken and not found else reason_of(error)}."
    if not (columns.fields or columns.pictures):
        return f"{name} has no column to judge: it has {shown_columns(schema)}; expected {EXPECTED}."
    return ""


def _check_footer(file: BinaryIO, size: int, schema: pa.Schema, found: list[Message]) -> None:
    """Who reads by the footer must find what we find: the same columns, the same batches."""
    told = footer_offsets(file, size)
    held = tuple([each.begin for each in found if each.kind == kind] for kind in (Kind.DICTIONARY, Kind.BATCH))
    file.seek(0)
    if told != held or not pa.ipc.open_file(file).schema.equals(schema):
        raise BrokenMessage(size, "its footer names other batches or columns than it holds")


def _cut(name: str, path: str, batches: list[Message]) -> list[Unit]:
    units: list[Unit] = []
    first = row = 0
    for place, batch in enumerate(batches):
        row += batch.rows
        start = batches[first].begin
        is_last = place + 1 == len(batches)
        if is_last or batches[place + 1].end - start > UNIT_BYTES:
            rows = sum(each.rows for each in batches[first : place + 1])
            units.append(
                Unit(
                    id=f"{name}#rb{first}",
                    format=FORMAT,
                    path=path,
                    start=start,
                    stop=batch.end,
                    size=batch.end - start,
                    first_row=row - rows,
                )
            )
            first = place + 1
    return units


# --- the rows ---------------------------------------------------------------------------------------------


@guarded
def read(root: Path, unit: Unit) -> Iterator[Row]:
    name = title(root, unit.path)
    if unit.start == unit.stop:
        return
    with locate(root, unit.path).open("rb") as file:
        columns = columns_of(schema_of(file))
        for number, rows, batch in batches_of(file, unit):
            if isinstance(batch, str):
                why = f"{name}: rows {number:,} to {number + rows - 1:,} could not be read: {batch}."
                yield unreadable(name, f"@row {number}", why)
                continue
            for start in range(0, rows, _ROWS):
                piece = _as_bytes(batch.slice(start, _ROWS))
                yield from rows_of(name, piece, columns, range(number + start, number + start + piece.num_rows))


def schema_of(file: BinaryIO) -> pa.Schema:
    """The columns that the stream says it has; an exception of Arrow's when it cannot be read."""
    file.seek(0)
    file.seek(8 if file.read(len(MAGIC)) == MAGIC else 0)
    return pa.ipc.read_schema(pa.ipc.read_message(file))


def batches_of(file: BinaryIO, unit: Unit) -> Iterator[tuple[int, int, pa.RecordBatch | str]]:
    """Each batch of a unit with the number of its first row and of its rows; a clause where it cannot be read.

    Every batch is read by itself, behind the schema and the dictionaries before it, so that one that is damaged
    costs no other. Arrow's own check of all offsets comes before anything is looked at.
    """
    head: list[Message] = []
    number = unit.first_row
    for message in _followed(file, unit):
        if message.kind != Kind.BATCH:
            head += [message] if message.kind == Kind.DICTIONARY or not head else []
        elif unit.start <= message.begin < unit.stop:
            yield number, message.rows, _batch(file, [*head, message])
            number += message.rows
        if message.end >= unit.stop:
            return
    raise OSError("it ends earlier than it did when it was planned")


def _followed(file: BinaryIO, unit: Unit) -> Iterator[Message]:
    """The schema, and what comes up to the end of the unit; what comes before it, only where dictionaries may."""
    size = file.seek(0, io.SEEK_END)
    has_dictionaries = any("dictionary<" in str(column.type) for column in schema_of(file))
    try:
        yield next(messages(file, size))
        yield from messages(file, size, 0 if has_dictionaries else unit.start)
    except BrokenMessage as broken:
        raise OSError(f"byte {broken.offset:,}: {broken.why}") from None


def _batch(file: BinaryIO, wanted: list[Message]) -> pa.RecordBatch | str:
    if (size := max(message.unpacked for message in wanted)) > MOST_BATCH:
        return f"they are a batch of {size:,} bytes, more than the limit of {MOST_BATCH:,}"
    try:
        batch = pa.ipc.open_stream(_Joined(file, wanted)).read_next_batch()
        _as_bytes(batch).validate(full=True)
    except Exception as error:  # Arrow lets hostile batches through as any kind of it
        return reason_of(error)
    if batch.num_rows != wanted[-1].rows:
        return f"the batch promises {wanted[-1].rows:,} rows and has {batch.num_rows:,}"
    return batch


def _as_bytes(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Texts as bytes, so that one that is no UTF-8 costs one row and not the batch."""
    kinds = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}
    columns = [column.view(kinds[column.type]) if column.type in kinds else column for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


class _Joined(io.RawIOBase):
    """Several stretches of a file as one stream."""

    def __init__(self, file: BinaryIO, stretches: list[Message]) -> None:
        self._file, self._left = file, [(each.begin, each.end) for each in stretches]

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """As many bytes as are asked for, unless there are no more."""
        found: list[bytes] = []
        while size and self._left:
            begin, end = self._left[0]
            self._file.seek(begin)
            data = self._file.read(min(size, end - begin) if size > 0 else end - begin)
            if not data:
                break
            found.append(data)
            size -= len(data) if size > 0 else 0
            self._left[0] = (begin + len(data), end)
            if begin + len(data) == end:
                del self._left[0]
        return b"".join(found)
