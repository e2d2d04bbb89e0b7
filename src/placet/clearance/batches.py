"""Rows of other people's pipelines, as the readers would have read them from a file.

A batch is a sequence of rows (mappings, or rows that an adapter made), a mapping of columns, or an Arrow table.  The
names are those that every reader knows: url, text, caption, sha256, image, x_robots_tag and so on; others are not
looked at.  A row's key is its place in the batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias

import pyarrow as pa

from placet.clearance.readers import parquet
from placet.clearance.readers.fields import URLS, Heard, hear, speaks
from placet.clearance.readers.parquet import PICTURES
from placet.clearance.readers.sniff import MAX_BYTES, file_part, is_media, too_large
from placet.clearance.rows import Row, printable
from placet.core.declaration import Problem
from placet.errors import WrongUsage

__all__ = ["NAME", "Batch", "arrow_of", "rows_of", "unread"]

NAME: Final = "batch"  # what sentences about a row call its file
Batch: TypeAlias = Sequence[Mapping[str, Any] | Row] | Mapping[str, Sequence[Any]] | pa.Table | pa.RecordBatch


def arrow_of(batch: Batch) -> pa.RecordBatch | None:
    """The batch as Arrow columns, where it is one or can be one without a doubt; None for one to be read by rows."""
    if isinstance(batch, pa.RecordBatch):
        return batch
    if isinstance(batch, pa.Table):
        return _one_batch(batch)
    columns = batch if isinstance(batch, Mapping) else _alike(batch)
    return _columns_of(columns) if columns and not any(map(_needs_rows, columns, columns.values())) else None


def rows_of(batch: Batch) -> Iterator[Row]:
    """Every row, in order; WrongUsage for a batch of no shape that is known here."""
    if isinstance(batch, pa.Table | pa.RecordBatch):
        yield from _rows_of(_one_batch(batch) if isinstance(batch, pa.Table) else batch)
        return
    rows: Iterable[Mapping[str, Any] | Row] = _transposed(batch) if isinstance(batch, Mapping) else batch
    for place, row in enumerate(rows):
        yield row if isinstance(row, Row) else _row(str(place), row)


def unread(batch: pa.RecordBatch) -> list[str]:
    """Columns of pictures that do not hold their bytes: tensors, or paths to files that nobody reads here."""
    read = parquet.columns_of(batch.schema).pictures
    named = [column for column in batch.schema if column.name.lower() in PICTURES and column.name not in read]
    return [column.name for column in named if batch.column(column.name).null_count < batch.num_rows]


def _rows_of(batch: pa.RecordBatch) -> Iterator[Row]:
    """A picture that is not here in bytes leaves its row unclear, whatever else the row says."""
    columns = [(name, batch.column(name)) for name in unread(batch)]
    rows = parquet.rows_of(NAME, batch, parquet.columns_of(batch.schema), range(batch.num_rows))
    for place, row in enumerate(rows):
        missing = tuple(
            Problem(NAME, "row.incomplete", f"{NAME}:{place}: {printable(name)} holds {column.type}, not bytes.")
            for name, column in columns
            if column[place].is_valid
        )
        yield replace(row, problems=(*row.problems, *missing)) if missing else row


def _alike(batch: Sequence[Mapping[str, Any] | Row]) -> dict[str, list[Any]]:
    """Rows with an address and all of the same names, as columns; none for others."""
    first = batch[0] if len(batch) else None
    if not isinstance(first, dict) or not any(isinstance(name, str) and name.lower() in URLS for name in first):
        return {}
    names = first.keys()
    if not all(isinstance(row, dict) and row.keys() == names for row in batch):
        return {}
    return {name: [row[name] for row in batch if isinstance(row, dict)] for name in names}


def _needs_rows(name: object, values: Sequence[Any]) -> bool:
    """Whether these are read by rows: pictures, and what lies inside of other values."""
    if not isinstance(name, str) or name.lower() == "metadata" or _is_picture(name, ()):
        return True
    known = speaks({name: None})
    return any((isinstance(v, Mapping | list) and _is_picture(name, v)) or (not known and _is_media(v)) for v in values)


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    batches = table.combine_chunks().to_batches()
    if len(batches) > 1:  # more than 2 GB in one column
        raise WrongUsage(f"a batch of {table.num_rows:,} rows is too large to be one: give smaller ones")
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)


def _columns_of(batch: Mapping[str, Sequence[Any]]) -> pa.RecordBatch | None:
    known = {name: values for name, values in batch.items() if speaks({name: None})}
    rows = _length(batch)
    try:
        return pa.RecordBatch.from_pydict({name: pa.array(values) for name, values in known.items()}) if rows else None
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return None  # mixed values: each row says for itself what is wrong with it


def _transposed(batch: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    return ({name: values[place] for name, values in batch.items()} for place in range(_length(batch)))


def _length(batch: Mapping[str, Sequence[Any]]) -> int:
    lengths = {name: len(values) for name, values in batch.items()}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{printable(str(name))} has {rows:,}" for name, rows in lengths.items())
        raise WrongUsage(f"the columns of a batch differ in length: {told}")
    return next(iter(lengths.values()), 0)


def _row(key: str, row: object) -> Row:
    heard = Heard(f"{NAME}:{key}")
    if not isinstance(row, Mapping) or not all(isinstance(name, str) for name in row):
        heard.object_to(f"{heard.where} is {type(row).__name__}, and no mapping of names to values.")
        return heard.row(key)
    hear(row, heard)
    for name, value in row.items():
        if _is_picture(name, value) or (not speaks({name: None}) and _is_media(value)):
            _hear_picture(name, value, heard)
    return heard.row(key, row)


def _is_picture(name: str, value: object) -> bool:
    """As in Parquet, by name; or by the struct of `bytes` and `path` that Hugging Face makes of one."""
    if isinstance(value, list) and value:
        return _is_picture(name, value[0])
    return name.lower() in PICTURES or (isinstance(value, Mapping) and "bytes" in value)


def _is_media(value: object) -> bool:
    """Bytes under a name that says nothing, which begin as a picture, sound or film does."""
    if isinstance(value, list | tuple):
        return _is_media(next((one for one in value if one is not None), None))
    return isinstance(value, bytes | bytearray | memoryview) and is_media(bytes(value[:16]))


def _hear_picture(name: str, value: object, heard: Heard) -> None:
    """What is decoded already, or only named, cannot be judged, and is never passed over."""
    if value is None:
        return
    if isinstance(value, list | tuple):
        for one in value:
            _hear_picture(name, one, heard)
    elif isinstance(value, Mapping):
        _hear_struct(name, value, heard)
    elif not isinstance(value, bytes | bytearray | memoryview):
        why = f"{heard.where}: {name} holds {type(value).__name__}, not the bytes of a picture."
        heard.object_to(why, "row.incomplete")
    elif len(value) > MAX_BYTES:
        heard.problems.append(too_large(heard.where, len(value)))
    else:
        parts, problems = file_part(printable(name), bytes(value), heard.where)
        heard.parts += parts
        heard.problems += problems


def _hear_struct(name: str, value: Mapping[str, Any], heard: Heard) -> None:
    path = str(value.get("path") or "")
    if value.get("bytes") is not None:
        _hear_picture(path or name, value["bytes"], heard)
    elif path:
        why = f"{heard.where}: {name} names {printable(path)!r} and does not hold its bytes."
        heard.object_to(why, "row.incomplete")
