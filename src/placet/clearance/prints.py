"""What a unit's rows showed, as a file, `NNNNNN.placet-fp.parquet`: a newer snapshot is joined to it without media.

A line for each part of a row, and for a row without parts one line of part -1; a part of several pictures has a line
for each.  What is a row's and not a part's stands in its first line.  The file names the fingerprints that it holds;
a row of which something is compared that stands in no column is `lacking`, and never cleared from here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from placet.clearance.judge import Seen
from placet.clearance.rows import Part, PartKind, Row
from placet.core.declaration import Problem
from placet.core.subject import Kind, Subject
from placet.errors import BadRecord, TooNew
from placet.fingerprints.prints import Algorithm
from placet.fingerprints.text_winnow import TextPrints
from placet.signals.codec import Channel, Document
from placet.signals.origin import Origin, most_synthetic

__all__ = ["ALGORITHMS", "LACKING", "SUFFIX", "PrintTable", "Prints", "read_prints", "write_options"]

FORMAT = 2  # 2: with the numbers of rows, without which an answer may be another
SUFFIX: Final = ".placet-fp.parquet"
LACKING: Final = "prints.lacking"
ALGORITHMS: Final = ("blake3", Algorithm.IMAGE_PLH.value, "sha256", Algorithm.TEXT_WINNOW.value)
_COVERED: Final = frozenset({PartKind.IMAGE, PartKind.TEXT})

_KEY = pa.binary(32)
_FEW = pa.dictionary(pa.int32(), pa.string())
_SCHEMA: Final = pa.schema(
    [
        ("row", pa.string()),
        ("number", pa.uint32()),
        ("part", pa.int16()),
        ("kind", _FEW),
        ("sha256", _KEY),
        ("blake3", _KEY),
        ("plh", _KEY),
        ("quality", pa.uint8()),
        ("plh_whole", _KEY),
        ("quality_whole", pa.uint8()),
        ("text_sha256", _KEY),
        ("text_length", pa.uint32()),
        ("text_cjk", pa.uint32()),
        ("text_hashes", pa.list_(pa.uint64())),
        ("text_places", pa.list_(pa.uint32())),
        ("urls", pa.list_(pa.string())),
        ("claimed", pa.list_(_KEY)),
        ("numbers", pa.list_(pa.string())),
        ("problems", _FEW),
        ("own", _FEW),
        ("origin", _FEW),
        ("lacking", _FEW),
    ]
)
_DENSE = ("sha256", "blake3", "plh", "plh_whole", "text_sha256", "text_hashes.list.element")  # nothing to pack
_NO_HASHES = np.empty(0, np.uint64)
_NO_PLACES = np.empty(0, np.uint32)


class Prints:
    """The lines of one unit, as its batches are seen; `table` is the file's."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._rows = 0
        self._columns: dict[str, list[Any]] = {name: [] for name in _SCHEMA.names}

    def add(self, batch: Sequence[Seen]) -> None:
        for seen in batch:
            first = len(self._columns["row"])
            self._add_lines(seen)
            self._add_row(seen, first)
            self._rows += 1

    def table(self) -> pa.Table:
        named = json.dumps({"v": FORMAT, "unit": self._unit, "prints": ALGORITHMS}, sort_keys=True)
        columns = [_column(field, self._columns[field.name]) for field in _SCHEMA]
        return pa.Table.from_arrays(columns, schema=_SCHEMA.with_metadata({"placet": named}))

    def _add_lines(self, seen: Seen) -> None:
        sha256, blake3, letters = (dict(seen.digests[name]) for name in ("sha256", "blake3", "text-sha256"))
        texts, pictures = dict(seen.texts), dict[int, list[tuple[Any, int] | None]]()
        for number, words, quality in seen.pictures:
            pictures.setdefault(number, []).append((words, quality))
        for number, part in enumerate(seen.row.parts):
            for place, picture in enumerate(pictures.get(number) or [None]):
                self._add_line(seen.row.key, number, part.kind.value, picture)
                self._put("sha256", None if place else sha256.get(number))
                self._put("blake3", None if place else blake3.get(number))
                self._add_whole(None if place else seen.whole.get(number))
                self._put("text_sha256", letters.get(number))
                self._add_text(texts.get(number))
        if not seen.row.parts:
            self._add_line(seen.row.key, -1, None, None)
            for name in ("sha256", "blake3", "text_sha256"):
                self._put(name, None)
            self._add_whole(None)
            self._add_text(None)

    def _add_line(self, key: str, part: int, kind: str | None, picture: tuple[Any, int] | None) -> None:
        words, quality = picture or (None, None)
        self._put("row", key)
        self._put("number", self._rows)
        self._put("part", part)
        self._put("kind", kind)
        self._put("plh", None if words is None else words.tobytes())
        self._put("quality", quality)

    def _add_whole(self, picture: tuple[Any, int] | None) -> None:
        words, quality = picture or (None, None)
        self._put("plh_whole", None if words is None else words.tobytes())
        self._put("quality_whole", quality)

    def _add_text(self, text: TextPrints | None) -> None:
        self._put("text_length", text.length if text else None)
        self._put("text_cjk", text.cjk if text else None)
        self._put("text_hashes", text.hashes if text else _NO_HASHES)
        self._put("text_places", text.positions if text else _NO_PLACES)

    def _add_row(self, seen: Seen, first: int) -> None:
        """The row's own columns: in its first line, and empty in the others."""
        claimed = [digest for number, digest in seen.digests["sha256"] if number < 0 and len(digest) == 32]
        origin = most_synthetic(seen.origins)
        self._put("urls", list(seen.row.urls) or None)
        self._put("claimed", claimed or None)
        self._put("numbers", [each.id for each in seen.row.identifiers] or None)
        self._put("problems", _problem_text(seen.problems) if seen.problems else None)
        self._put("own", _document_text(seen.documents) if seen.documents else None)
        self._put("origin", None if origin is Origin.UNKNOWN else origin.value)
        self._put("lacking", _lacking(seen))
        for _ in range(len(self._columns["row"]) - first - 1):
            for name in ("urls", "claimed", "numbers", "problems", "own", "origin", "lacking"):
                self._put(name, None)

    def _put(self, name: str, value: Any) -> None:
        self._columns[name].append(value)


def write_options() -> dict[str, Any]:
    """How the file is written: hashes as they are, all else packed."""
    packed = {name: "NONE" if name in _DENSE else "ZSTD" for name in _leaves()}
    named = [field.name for field in _SCHEMA if pa.types.is_dictionary(field.type)]
    return {"compression": packed, "use_dictionary": named, "write_statistics": False}


def _leaves() -> list[str]:
    return [f"{f.name}.list.element" if pa.types.is_list(f.type) else f.name for f in _SCHEMA]


def _column(field: pa.Field, values: list[Any]) -> pa.Array:
    if field.name in ("text_hashes", "text_places"):
        kind = field.type.value_type
        offsets = np.concatenate([[0], np.cumsum([len(value) for value in values], dtype=np.int64)]).astype(np.int32)
        flat = np.concatenate([*values, np.empty(0, kind.to_pandas_dtype())])
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(flat, kind))
    if pa.types.is_dictionary(field.type):
        return pa.array(values, pa.string()).dictionary_encode().cast(field.type)
    return pa.array(values, field.type)


def _lacking(seen: Seen) -> str | None:
    """Kinds of parts that something else here compares; of a row with problems nothing more is asked."""
    seeing = {number for number, *_ in seen.pictures} | {number for number, _ in seen.texts}
    kinds = {
        part.kind.value
        for number, part in enumerate(seen.row.parts)
        if part.kind not in _COVERED or number not in seeing
    }
    return ", ".join(sorted(kinds)) if kinds and not seen.problems else None


def _problem_text(problems: Sequence[Problem]) -> str:
    return json.dumps([[each.where, each.reason, each.why] for each in problems], ensure_ascii=False)


def _document_text(documents: Sequence[Document]) -> str:
    return json.dumps(
        [
            [each.where, each.body.hex(), each.channel.value, each.media_type, each.about, each.heard_at]
            for each in documents
        ],
        ensure_ascii=False,
    )


# --- reading ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PrintTable:
    """The lines of one unit: those of row `r` are `bounds[r]` to `bounds[r + 1]`, the first with what is the row's own.

    `title` is the file that sentences about problems name.
    """

    title: str
    lines: pa.Table
    bounds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def column(self, name: str) -> pa.Array:
        return self.lines.column(name).chunk(0) if self.lines.num_rows else pa.array([], _SCHEMA.field(name).type)

    def first(self, name: str) -> pa.Array:
        """A column of the row's own."""
        return self.column(name).take(self._firsts)

    def keys32(self, name: str) -> tuple[NDArray[np.bool_], NDArray[Any]]:
        """Where a line has a value of 32 bytes, and the values (`u1[n, 32]`), any where it has none."""
        column = self.column(name)
        there = column.is_valid().to_numpy(zero_copy_only=False)
        data = column.buffers()[1]
        if not len(column) or data is None:
            return there, np.zeros((len(column), 32), np.uint8)
        values = np.frombuffer(data, np.uint8)[32 * column.offset : 32 * (column.offset + len(column))]
        return there, values.reshape(-1, 32)

    def words(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
        """The lines that hold a picture's hash, and the hashes (`u8[n, 4]`)."""
        there, values = self.keys32(name)
        lines = np.flatnonzero(there)
        return lines, np.ascontiguousarray(values[lines]).view("<u8").astype(np.uint64, copy=False)

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """The row of each line."""
        return np.repeat(np.arange(len(self)), np.diff(self.bounds))

    @cached_property
    def _firsts(self) -> pa.Array:
        return pa.array(self.bounds[:-1])

    def seen(self, rows: Sequence[int] | NDArray[np.int64], *, by_sha256: bool = False) -> Iterator[Seen]:
        """What these rows showed when their media were read; with `by_sha256` a part without SHA-256 is lacking."""
        places = [np.arange(self.bounds[row], self.bounds[row + 1]) for row in rows]
        chosen = self.lines.take(pa.array(np.concatenate([*places, np.empty(0, np.int64)])))
        lines = chosen.drop_columns(["text_hashes", "text_places"]).to_pylist()
        texts = list(zip(*map(_pieces, (chosen["text_hashes"], chosen["text_places"])), strict=True))
        start = 0
        for place in places:
            stop = start + len(place)
            yield _seen(self.title, lines[start:stop], texts[start:stop], by_sha256)
            start = stop


def read_prints(path: Path, unit: str, title: str) -> PrintTable:
    """The file at `path`, which is of the unit of this id; BadRecord when it is none, TooNew when it is a later one."""
    try:
        table = pq.read_table(path)
        named = json.loads((table.schema.metadata or {})[b"placet"])
        if named["v"] > FORMAT:
            raise TooNew(f"{path.name} has format {named['v']}; this release reads up to {FORMAT}: update placet")
        if (named["v"], named["unit"]) != (FORMAT, unit) or tuple(named["prints"]) != ALGORITHMS:
            raise BadRecord(f"{path.name} holds other fingerprints than this release compares: clear the media again")
        lines = table.cast(_SCHEMA).combine_chunks()
        numbers = lines.column("number").to_numpy().astype(np.int64)
    except (OSError, KeyError, TypeError, ValueError, pa.ArrowException) as error:
        raise BadRecord(f"{path} holds no fingerprints: {error}") from error
    count = int(numbers[-1]) + 1 if len(numbers) else 0
    steps = np.diff(numbers, prepend=-1)
    if len(steps) and (steps.min() < 0 or steps.max() > 1):
        raise BadRecord(f"{path.name} leaves out a row")
    return PrintTable(title, lines, np.searchsorted(numbers, np.arange(count + 1)))


def _pieces(column: pa.ChunkedArray) -> list[NDArray[Any]]:
    """The lists of a column, each as an array."""
    whole = column.combine_chunks()
    flat, offsets = whole.values.to_numpy(), whole.offsets.to_numpy()
    return [flat[start:stop] for start, stop in pairwise(offsets.tolist())]


def _seen(title: str, lines: Sequence[Mapping[str, Any]], texts: Sequence[Any], by_sha256: bool) -> Seen:
    first = lines[0]
    key, parts = str(first["row"]), {line["part"]: line for line in reversed(lines) if line["part"] >= 0}
    row = Row(
        key=key,
        parts=tuple(Part("", PartKind(parts[number]["kind"]), b"") for number in sorted(parts)),
        urls=tuple(first["urls"] or ()),
        digests=tuple(("sha256", digest) for digest in first["claimed"] or ()),
        identifiers=tuple(Subject(Kind.IDENTIFIER, number) for number in first["numbers"] or ()),
    )
    where = f"{title}: {key}" if title else key
    seen = Seen(row, where, [Problem(*told) for told in json.loads(first["problems"] or "[]")])
    seen.digests["sha256"] += [(-1, digest) for _, digest in row.digests]
    for line, text in zip(lines, texts, strict=True):
        _add_to(seen, line, *text)
    seen.sha256 = next((digest for number, digest in seen.digests["sha256"] if number >= 0), b"")
    lacking = f"what is compared of its {first['lacking']} part" if first["lacking"] else ""
    if not lacking and by_sha256 and len(parts) > sum(number >= 0 for number, _ in seen.digests["sha256"]):
        lacking = "the SHA-256 by which lists name files"
    if lacking:
        why = f"{where}: the earlier run's fingerprints do not hold {lacking}; clear it from the media"
        seen.problems.append(Problem(where, LACKING, why))
    seen.documents += map(_document, json.loads(first["own"] or "[]"))
    seen.origins += [Origin(first["origin"])] if first["origin"] else []
    return seen


def _add_to(seen: Seen, line: Mapping[str, Any], hashes: NDArray[Any], places: NDArray[Any]) -> None:
    number = line["part"]
    for name, column in (("sha256", "sha256"), ("blake3", "blake3"), ("text-sha256", "text_sha256")):
        if line[column] is not None:
            seen.digests[name].append((number, line[column]))
    if line["plh"] is not None:
        seen.pictures.append((number, _words(line["plh"]), line["quality"]))
    if line["plh_whole"] is not None:
        seen.whole[number] = (_words(line["plh_whole"]), line["quality_whole"])
    if line["text_length"] is not None:
        prints = TextPrints(
            hashes=np.ascontiguousarray(hashes, np.uint64),
            positions=np.ascontiguousarray(places, np.uint32),
            length=line["text_length"],
            cjk=line["text_cjk"],
            weak=False,
        )
        seen.texts.append((number, prints))


def _words(data: bytes) -> NDArray[np.uint64]:
    return np.frombuffer(data, "<u8").astype(np.uint64)


def _document(told: Sequence[Any]) -> Document:
    where, body, channel, media_type, about, heard_at = told
    return Document(
        where=where,
        body=bytes.fromhex(body),
        channel=Channel(channel),
        media_type=media_type,
        about=about,
        heard_at=heard_at,
    )
