"""Parquet by row group: LAION-like tables of urls, captions and digests; Hugging Face pictures and texts.

Bytes in a column of any other name are looked at too: what begins as a picture, sound or film is judged as one.
Source: Parquet format 2.10; the Image feature of Hugging Face datasets, a struct of `bytes` and `path`. A row's
key is its number in the file, from 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from placet.clearance.readers.fields import DIGESTS, EXPECTED, NUMBERS, TEXTS, URLS, Heard, hear
from placet.clearance.readers.guard import guarded, reason_of
from placet.clearance.readers.signs import sign_of
from placet.clearance.readers.sniff import IMAGE_SUFFIXES, MAX_BYTES, file_part, is_media, too_large
from placet.clearance.rows import Row, Unit, locate, printable, title, unreadable

__all__ = ["FORMAT", "PICTURES", "Columns", "columns_of", "plan", "plan_opened", "read", "rows_of", "shown_columns"]

FORMAT = "parquet"
_FIELDS = TEXTS | URLS | NUMBERS | DIGESTS.keys()
PICTURES = IMAGE_SUFFIXES | {"image", "images", "bytes", "img", "picture", "photo"}
_BATCH = 128


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns can be judged, and how: fields as texts, pictures as bytes."""

    fields: tuple[str, ...]
    pictures: tuple[str, ...]


def plan(root: Path, file: Path) -> list[Unit]:
    path = "" if file == root else file.relative_to(root).as_posix()
    return plan_opened(title(root, path), path, file, file.stat().st_size)


def plan_opened(name: str, path: str, file: Path | BinaryIO, size: int) -> list[Unit]:
    """A unit a row group; only the footer is read."""
    try:
        with pq.ParquetFile(file) as opened:
            found = columns_of(opened.schema_arrow)
            sizes = [opened.metadata.row_group(i) for i in range(opened.num_row_groups)]
            sizes = [(group.num_rows, group.total_byte_size) for group in sizes]
            has = shown_columns(opened.schema_arrow)
    except Exception as error:  # Arrow lets hostile footers through as any kind of it
        why = f"{name} is no Parquet file that can be read: {reason_of(error)}."
        return [Unit(id=name, format=FORMAT, path=path, size=size, why=why)]
    if not (found.fields or found.pictures):
        why = f"{name} has no column to judge: it has {has}; expected {EXPECTED}."
        return [Unit(id=name, format=FORMAT, path=path, size=size, why=why)]
    units = []
    first = 0
    for number, (rows, bytes_) in enumerate(sizes):
        units.append(
            Unit(
                id=f"{name}#rg{number}",
                format=FORMAT,
                path=path,
                start=number,
                stop=number + 1,
                size=bytes_,
                first_row=first,
            )
        )
        first += rows
    return units or [Unit(id=name, format=FORMAT, path=path)]


@guarded
def read(root: Path, unit: Unit) -> Iterator[Row]:
    name = title(root, unit.path)
    if unit.start == unit.stop:
        return
    number = unit.first_row
    with pq.ParquetFile(locate(root, unit.path), page_checksum_verification=True) as file:
        columns = columns_of(file.schema_arrow)
        wanted = [*columns.fields, *columns.pictures]
        promised = unit.first_row + file.metadata.row_group(unit.start).num_rows
        try:
            for batch in file.iter_batches(batch_size=_BATCH, row_groups=[unit.start], columns=wanted):
                for row in rows_of(name, batch, columns, range(number, number + batch.num_rows)):
                    yield row
                    number += 1
        except Exception as error:
            why = f"{name}: rows {number:,} to {promised - 1:,} could not be read: {reason_of(error)}."
            yield unreadable(name, f"@row {number}", why)
            return
    if number != promised:
        why = f"{name}: row group {unit.start} promises rows up to {promised:,} and ends at {number:,}."
        yield unreadable(name, f"@row {number}", why)


def columns_of(schema: pa.Schema) -> Columns:
    """What in these columns can be judged."""
    fields = tuple(column.name for column in schema if column.name.lower() in _FIELDS or sign_of(column.name))
    pictures = tuple(column.name for column in schema if column.name not in fields and _is_picture(column))
    return Columns(fields, pictures)


def shown_columns(schema: pa.Schema) -> str:
    """What a person is told of columns among which none can be judged."""
    return ", ".join(_shown(column) for column in list(schema)[:20])


def _shown(column: pa.Field) -> str:
    """A column's name, and where that is one of a picture's, why it is none: its type."""
    name = printable(column.name)
    return f"{name} of type {printable(str(column.type))[:60]}" if column.name.lower() in PICTURES else name


def _is_picture(column: pa.Field) -> bool:
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        kind = kind.value_type
    if pa.types.is_struct(kind):
        return any(child.name == "bytes" and _is_binary(child.type) for child in kind)
    return _is_binary(kind)


def _is_binary(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)
    return any(test(kind) for test in tests)


def rows_of(name: str, batch: pa.RecordBatch, columns: Columns, numbers: Iterable[int]) -> Iterator[Row]:
    """The rows of a batch, whose numbers in their file are given."""
    fields = [(column, _values(batch.column(column))) for column in columns.fields]
    pictures = [(column, batch.column(column)) for column in columns.pictures]
    for place, number in enumerate(numbers):
        heard = Heard(f"{name}:{number}")
        hear({column: values[place] for column, values in fields}, heard)
        for column, values in pictures:
            _hear_picture(column, values[place], heard)
        yield heard.row(str(number), batch.schema.names)


def _values(column: pa.Array) -> list[object]:
    """Texts come as bytes, so that one that is no UTF-8 costs one row and not the batch."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())
    values: list[object] = column.to_pylist()
    return values


def _hear_picture(column: str, value: pa.Scalar, heard: Heard) -> None:
    """The bytes stay where Arrow has them. A path beside missing bytes is never opened."""
    if not value.is_valid:
        return
    if isinstance(value, pa.DictionaryScalar):
        _hear_picture(column, value.value, heard)
    elif isinstance(value, pa.ListScalar):
        for one in value.values:
            _hear_picture(column, one, heard)
    elif isinstance(value, pa.StructScalar):
        path = value["path"].as_py() if "path" in value.keys() else None  # noqa: SIM118 (a scalar is no dict)
        if value["bytes"].is_valid:
            _hear_bytes(path or column, value["bytes"], heard)
        elif path:
            why = f"{heard.where}: {column} names {printable(path)!r} and does not hold its bytes."
            heard.object_to(why, "row.incomplete")
    elif column.lower() in PICTURES or is_media(memoryview(value.as_buffer()).cast("B")):
        _hear_bytes(column, value, heard)


def _hear_bytes(column: str, value: pa.Scalar, heard: Heard) -> None:
    data = memoryview(value.as_buffer()).cast("B")
    if len(data) > MAX_BYTES:
        heard.problems.append(too_large(heard.where, len(data)))
        return
    parts, problems = file_part(printable(column), data, heard.where)
    heard.parts += parts
    heard.problems += problems
