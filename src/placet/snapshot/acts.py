"""The acts of the record, and the lines of its sheets, as tables of a snapshot.

Both are written whole into every snapshot, also into one that grows out of another: who may speak for what is read from
its first act on.  A snapshot of a record without acts has neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from placet.core.act import Act
from placet.core.canonical import encode
from placet.core.line import Line
from placet.errors import BadRecord

__all__ = ["ACTS", "LINES", "read_acts", "read_lines", "told_by", "write_acts", "write_lines"]

ACTS, LINES = "acts.parquet", "lines.parquet"
_ROWS = 50_000
_ACTS = pa.schema(
    [
        ("entry", pa.int64()),
        ("id", pa.string()),
        ("by", pa.string()),
        ("role", pa.string()),
        ("type", pa.string()),
        ("at", pa.int64()),
        ("body", pa.string()),
    ]
)
_LINES = pa.schema(
    [
        ("entry", pa.int64()),
        ("number", pa.int32()),
        ("kind", pa.string()),
        ("by", pa.string()),
        ("record", pa.binary()),
    ]
)


def write_acts(folder: Path, acts: Sequence[Act]) -> None:
    """Write `acts.parquet`, unless there is none."""
    if acts:
        rows = [
            {"entry": a.index, "id": a.id, "by": a.by, "role": a.role, "type": a.type, "at": a.at, "body": _body(a)}
            for a in acts
        ]
        pq.write_table(pa.Table.from_pylist(rows, schema=_ACTS), folder / ACTS, compression="zstd")


def _body(act: Act) -> str:
    return encode(dict(act.body)).decode()


def read_acts(folder: Path) -> list[Act]:
    """The acts of a snapshot, in the order of the log; BadRecord names the first that cannot be read."""
    if not (folder / ACTS).exists():
        return []
    try:
        rows = pq.read_table(folder / ACTS).to_pylist()
        return [_act(row) for row in rows]
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError) as error:
        raise BadRecord(f"{folder / ACTS} cannot be read: {error}") from error


def _act(row: dict[str, Any]) -> Act:
    body = json.loads(row.pop("body"))
    return Act(index=row.pop("entry"), body=body, **row)


def told_by(acts: Iterable[Act], at: int) -> list[Act]:
    """The acts that bear a day up to this one; without those that rest on a later one."""
    told: dict[str, Act] = {}
    for act in acts:
        rests = [act.body[name] for name in ("mandate", "recover") if name in act.body]
        if act.at <= at and all(id_ in told for id_ in rests):
            told[act.id] = act
    return list(told.values())


def write_lines(folder: Path, lines: Iterable[Line]) -> int:
    """Write `lines.parquet`, unless there is none; returns how many there are."""
    count, writer, waiting = 0, None, list[dict[str, Any]]()
    try:
        for line in lines:
            waiting.append(
                {
                    "entry": line.index,
                    "number": line.number,
                    "kind": line.kind,
                    "by": line.by,
                    "record": line.record,
                }
            )
            count += 1
            if len(waiting) == _ROWS:
                writer = _flush(folder, writer, waiting)
        if waiting:
            writer = _flush(folder, writer, waiting)
    finally:
        if writer is not None:
            writer.close()
    return count


def _flush(folder: Path, writer: Any, rows: list[dict[str, Any]]) -> Any:
    writer = writer or pq.ParquetWriter(folder / LINES, _LINES, compression="zstd")
    writer.write_table(pa.Table.from_pylist(rows, schema=_LINES))
    rows.clear()
    return writer


def read_lines(folder: Path) -> list[Line]:
    """The lines of a snapshot's sheets, in order, without their subjects."""
    if not (folder / LINES).exists():
        return []
    try:
        rows = pq.read_table(folder / LINES).to_pylist()
        return [Line(index=row.pop("entry"), **row) for row in rows]
    except (pa.ArrowException, OSError, TypeError, KeyError) as error:
        raise BadRecord(f"{folder / LINES} cannot be read: {error}") from error
