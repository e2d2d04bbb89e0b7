"""Sheets: tables that people bring, as CSV, JSON or Parquet, and the one form that all three become.

Every cell becomes text in Unicode's form NFC without space around it; an empty cell and a missing column are the same.
A column that is not known is refused, for a misspelled one would be left unread.  So are floats: 0.1 is no tenth to
them.  The digest of a sheet is over its rows in order, so that neither the order nor the kind of the file changes it.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from csv import reader as csv_lines
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from placet.core.canonical import flaw
from placet.errors import BadInput

__all__ = ["ATTRIBUTION", "MOST_BYTES", "PRICES", "SHARES", "USAGE", "Form", "digest", "parse_exact", "read_sheet"]

MOST_BYTES = 4 << 30
MOST_ROWS = 50_000_000
_MOST_TEXT = 300
_FINEST = 1_000_000
_EXACT = re.compile(r"(-?[0-9]{1,18})(?:/([0-9]{1,7})|\.([0-9]{1,9}))?( ?%)?", re.ASCII)
# Control characters, and signs that turn the direction of all text after them (UAX #9): a name needs neither.
_UNSEEN = r"[\x{00}-\x{1f}\x{7f}-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}]"


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of sheet: `columns` it may have, and those of them that a file cannot do without."""

    name: str
    columns: tuple[str, ...]
    needed: tuple[str, ...]


SHARES = Form(
    "shares",
    ("work", "right", "territory", "party", "role", "share", "from", "until", "status", "name"),
    ("work", "party", "share"),
)
USAGE = Form("usage", ("work", "count"), ("work", "count"))
ATTRIBUTION = Form(
    "attribution",
    ("output", "work", "weight", "confidence", "provider", "version"),
    ("output", "work", "weight", "confidence", "provider", "version"),
)
PRICES = Form("prices", ("work", "amount"), ("work", "amount"))


def read_sheet(data: bytes, form: Form) -> pa.Table:
    """The columns of `form`, all of text; BadInput names what cannot be read."""
    if len(data) > MOST_BYTES:
        raise BadInput(f"the {form.name} are more than {MOST_BYTES >> 30} GiB (sheet.unread)")
    try:
        table = _parse(data)
    except (pa.ArrowException, TypeError, ValueError, RecursionError) as error:
        raise BadInput(f"the {form.name} cannot be read: {' '.join(str(error).split())[:200]} (sheet.unread)") from None
    _check_columns(table.column_names, form)
    return pa.table({name: _texts(table, name, form) for name in form.columns})


def _parse(data: bytes) -> pa.Table:
    if data[:4] == b"PAR1":
        import pyarrow.parquet as pq

        file = pq.ParquetFile(pa.BufferReader(data))
        groups = (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups))
        if file.metadata.num_rows > MOST_ROWS or sum(group.total_byte_size for group in groups) > MOST_BYTES:
            raise ValueError(f"it is more than {MOST_ROWS:,} rows or {MOST_BYTES >> 30} GiB")
        return file.read()
    if data.lstrip()[:1] in (b"[", b"{"):
        return _parse_json(data)
    from pyarrow import csv

    first = data.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8").strip()
    names: list[str] = next(csv_lines(io.StringIO(first)), [])
    convert = csv.ConvertOptions(column_types={name: pa.string() for name in names}, strings_can_be_null=False)
    options = csv.ParseOptions(newlines_in_values=True)
    return csv.read_csv(pa.BufferReader(data), parse_options=options, convert_options=convert)


def _parse_json(data: bytes) -> pa.Table:
    """A list of objects, or one object a line."""
    text = data.decode("utf-8")
    lines = [text] if text.lstrip().startswith("[") else [line for line in text.splitlines() if line.strip()]
    try:
        found = [json.loads(line, parse_float=_refuse, parse_constant=_refuse) for line in lines]
    except (ValueError, RecursionError) as error:
        raise ValueError(flaw(error)) from None
    rows = found[0] if text.lstrip().startswith("[") else found
    names = dict.fromkeys(name for row in rows for name in _cells(row))
    return pa.table({name: pa.array([_cell(row.get(name)) for row in rows], pa.string()) for name in names})


def _cells(row: Any) -> Mapping[str, Any]:
    if not isinstance(row, dict):
        raise TypeError("a row is an object of column and text") from None
    return row


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"a cell holds text or a whole number, not {type(value).__name__}")
    return str(value)


def _refuse(word: str) -> Any:
    raise ValueError(f'{word} is a float, and 0.1 is no tenth to it: write a share as text, like "1/3" or "12.5%"')


def _check_columns(names: Sequence[str], form: Form) -> None:
    for name in names:
        if name not in form.columns:
            known = ", ".join(form.columns)
            raise BadInput(f"the {form.name} have a column {name!r}, which is none of {known} (sheet.column)")
    if len(set(names)) < len(names):
        raise BadInput(f"the {form.name} have two columns of one name (sheet.column)")
    for name in form.needed:
        if name not in names:
            raise BadInput(f"the {form.name} have no column {name!r} (sheet.column)")


def _texts(table: pa.Table, name: str, form: Form) -> pa.ChunkedArray:
    if name not in table.column_names:
        return pa.chunked_array([pa.repeat(pa.scalar("", pa.string()), len(table))])
    column = table.column(name)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (
        pa.types.is_integer(column.type) or pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    ):
        raise BadInput(f"{name!r} of the {form.name} is of type {column.type}, not text (sheet.unread)")
    text = pc.utf8_trim_whitespace(pc.utf8_normalize(pc.fill_null(column.cast(pa.string()), ""), "NFC"))
    for wrong, why in (
        (pc.greater(pc.utf8_length(text), _MOST_TEXT), f"is longer than {_MOST_TEXT} characters"),
        (pc.match_substring_regex(text, _UNSEEN), "holds a character that cannot be seen"),
    ):
        if pc.any(wrong).as_py():
            row = pc.index(wrong, True).as_py() + 1
            raise BadInput(f"{name!r} in row {row} of the {form.name} {why} (sheet.unread)")
    return text


def digest(table: pa.Table) -> str:
    """SHA-256 over the rows in the order of their text: tabs between cells, a line feed after each row.

    The column `name` is left out: how a party is called changes nothing of what it is paid.
    """
    columns = [table.column(name) for name in table.column_names if name != "name"]
    rows = pc.binary_join_element_wise(*columns, "\t")
    ordered = rows.combine_chunks().cast(pa.large_string()).sort()
    hashed = hashlib.sha256()
    for start in range(0, len(ordered), 1 << 16):
        hashed.update(("\n".join(ordered[start : start + (1 << 16)].to_pylist()) + "\n").encode())
    return hashed.hexdigest()


def parse_exact(text: str) -> Fraction | None:
    """`1/3`, `33.34%`, `0.5`, `7` as they are meant; None for anything else, or finer than a millionth."""
    found = _EXACT.fullmatch(text)
    if found is None or (found[2] and not int(found[2])):
        return None
    whole, under, decimals, percent = found.groups()
    exact = Fraction(int(whole), int(under)) if under else Fraction(f"{whole}.{decimals or 0}")
    exact = exact / 100 if percent else exact
    return exact if exact.denominator <= _FINEST else None
