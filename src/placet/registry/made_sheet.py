"""A table of how works were made, as a union or a studio keeps it.

Columns: `subject` (a file, a work's id, isbn:..., isrc:...), `source` (one of WORDS, or of `core.making.SOURCE_TYPES`),
`ai` (parts in which AI was used, by semicolon), `production`, and for a credit `role`, `name`, `who`.  A subject on
several rows has several credits; the other columns are then the same, or empty.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from placet.core.declaration import Problem
from placet.core.identifiers import of_page
from placet.core.making import SOURCE_TYPES
from placet.errors import BadInput
from placet.registry.bulk.gathering import principal_of

__all__ = ["COLUMNS", "WORDS", "Told", "contradicts", "read_table", "source_of"]

COLUMNS: Final = ("subject", "source", "ai", "production", "role", "name", "who")
WORDS: Final[Mapping[str, str]] = {
    "human": "digitalCreation",
    "captured": "digitalCapture",
    "edited": "humanEdits",
    "ai-assisted": "compositeWithTrainedAlgorithmicMedia",
    "ai-generated": "trainedAlgorithmicMedia",
}
_MOST_BYTES = 64 << 20
_MOST_FIELD = 10_000


@dataclass(slots=True, kw_only=True)
class Told:
    """One subject's rows, put together; credits are (role, name, who), `place` is the first row's."""

    subject: str
    source: str
    ai: tuple[str, ...] = ()
    production: str = ""
    credits: list[tuple[str, str, str]] = field(default_factory=list)
    place: str = ""

    @property
    def content(self) -> tuple[object, ...]:
        """What is stated, of whatever it is stated."""
        return self.source, self.ai, self.production, tuple(self.credits)


def source_of(word: str) -> str:
    """The digital source type of a plain word, or of a term in any case; ValueError names those there are."""
    terms = {term.lower(): term for term in SOURCE_TYPES} | dict(WORDS)
    found = terms.get(word.strip().lower())
    if found is None:
        raise ValueError(
            f"{word[:60]!r} is no kind of making: say {', '.join(WORDS)}, or a digital source type (made.source)"
        )
    return found


def contradicts(source: str, parts: Sequence[str]) -> bool:
    """Whether parts by AI are named of what was made by people without it."""
    return source == WORDS["human"] and bool(parts)


def read_table(data: bytes, name: str) -> tuple[list[Told], list[Problem]]:
    """What a CSV says, and its rows that cannot be read, each with its number; the rest goes on."""
    rows = _rows(data, name)
    found: dict[str, Told] = {}
    problems: list[Problem] = []
    for number, row in rows:
        where = f"{name}, row {number}"
        try:
            _add(row, where, found)
        except ValueError as error:
            rule = "made.source" if "(made.source)" in str(error) else "made.unread"
            problems.append(Problem(where, rule, f"{where}: {error}"))
    if not found and not problems:
        raise BadInput(f"{name} has no rows below its first line (made.unread)")
    return list(found.values()), problems


def _rows(data: bytes, name: str) -> Iterator[tuple[int, dict[str, str]]]:
    if len(data) > _MOST_BYTES:
        raise BadInput(f"{name} has {len(data):,} bytes; at most {_MOST_BYTES:,} are read (made.unread)")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadInput(
            f"{name}, line {line}: byte {error.start} is not UTF-8: save it as UTF-8 (made.unread)"
        ) from None
    if "\0" in text:
        raise BadInput(f"{name} holds NUL bytes: it is no table (made.unread)")
    csv.field_size_limit(_MOST_FIELD)
    if not text.strip():
        raise BadInput(f"{name} is empty (made.unread)")
    head = text[:_MOST_FIELD].partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    header = [column.strip().lower() for column in _first(reader, name)]
    if strange := [column for column in header if column not in COLUMNS]:
        raise BadInput(f"{name}: the column {strange[0][:40]!r} is not one of {', '.join(COLUMNS)} (made.column)")
    if len(set(header)) != len(header) or not {"subject", "source"} <= set(header):
        raise BadInput(f"{name}: a table of makings has the columns subject and source, each once (made.column)")
    return _read(reader, header, name)


def _first(reader: Iterator[list[str]], name: str) -> list[str]:
    try:
        return next(reader, [])
    except csv.Error as error:
        raise BadInput(f"{name}, line 1: {error} (made.unread)") from error


def _read(reader: Iterable[list[str]], header: list[str], name: str) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        for number, cells in enumerate(reader, 2):
            if any(cell.strip() for cell in cells):
                yield (
                    number,
                    dict(zip(header, (cell.strip() for cell in cells), strict=False))
                    | {
                        "": "" if len(cells) == len(header) else f"{len(cells)} cells, and the first line {len(header)}"
                    },
                )
    except csv.Error as error:
        raise BadInput(f"{name} is cut or not CSV: {error} (made.unread)") from error


def _add(row: Mapping[str, str], where: str, found: dict[str, Told]) -> None:
    if row[""]:
        raise ValueError(f"it has {row['']}")
    subject = row["subject"]
    if not subject:
        raise ValueError("it names no subject")
    parts = tuple(part.strip() for part in row.get("ai", "").split(";") if part.strip())
    told = found.get(subject)
    if told is None:
        told = _told(row, parts, where)
    elif _differs(row, parts, told):
        raise ValueError(f"it says something else of {subject[:60]!r} than {told.place.rpartition(', ')[2]}")
    if row.get("role") or row.get("name") or row.get("who"):
        if not row.get("role") or not (row.get("name") or row.get("who")):
            raise ValueError("a credit has a role, and a name or who it is")
        who = row.get("who", "")
        credit = (row["role"], row.get("name", ""), principal_of(of_page(who)) if who else "")
        told.credits += [credit] if credit not in told.credits else []
    found[subject] = told


def _told(row: Mapping[str, str], parts: tuple[str, ...], where: str) -> Told:
    if not row["source"]:
        raise ValueError(f"it does not say how {row['subject'][:60]!r} was made: fill the column source")
    source = source_of(row["source"])
    if contradicts(source, parts):
        raise ValueError("it names parts by AI, and says that it was made without: say ai-assisted")
    return Told(subject=row["subject"], source=source, ai=parts, production=row.get("production", ""), place=where)


def _differs(row: Mapping[str, str], parts: tuple[str, ...], told: Told) -> bool:
    source, production = row["source"], row.get("production", "")
    return bool(
        (source and source_of(source) != told.source)
        or (parts and parts != told.ai)
        or (production and production != told.production)
    )
