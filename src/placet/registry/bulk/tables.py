"""Tables of works (RFC 4180), by comma, semicolon or tab: one party a row, and a work on as many rows as it takes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Final

from placet.core.declaration import Problem
from placet.core.title import RIGHTS
from placet.errors import BadInput
from placet.registry.bulk.columns import NAMES, PEOPLE, columns_of
from placet.registry.bulk.raw import Found, Party, Row, Source, day_of, read_text, territory_of

__all__ = ["read_table", "right_of", "share_of", "who_of"]

_MOST_CELL: Final = 10_000
_MOST_FIELD: Final = 64 << 20  # so that one huge cell is told with its row, and the rows after it are read
_RIGHTS_OF: Final[Mapping[str, str]] = {
    "iswc": "composition",
    "ismn": "composition",
    "isrc": "recording",
    "isbn": "text",
    "issn": "text",
}
_ROLES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("composer", "compositeur", "komponist", "lyricist", "textdichter", "arranger"), "composition"),
    **dict.fromkeys(("performer", "interprete", "interpret", "musician", "singer"), "performance"),
    **dict.fromkeys(("producer", "label", "producteur", "produzent"), "recording"),
    **dict.fromkeys(("translator", "traducteur", "uebersetzer"), "translation"),
    **dict.fromkeys(("illustrator", "illustrateur"), "illustration"),
    **dict.fromkeys(("photographer", "photographe", "fotograf"), "picture"),
}


def read_table(source: Source) -> Found:
    """Its rows, the first line being the header; BadInput where the table as a whole cannot be read."""
    text = read_text(source)
    csv.field_size_limit(_MOST_FIELD)
    sign = _separator(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    try:
        header = next(reader, [])
    except csv.Error as error:
        raise BadInput(f"{source.name}, line 1: {error} (bulk.unread)") from error
    if any(len(head) > _MOST_CELL for head in header):
        raise BadInput(f"{source.name}, line 1: it is no header of a table (bulk.unread)")
    columns = columns_of(header, source.mapping, source.name)
    source.told.update({field: header[place].strip() for field, place in columns.items()})
    yield from _read(reader, columns, len(header), source, is_percent=_says_percent(header, columns))


def _separator(text: str) -> str:
    head = text[:100_000].partition("\n")[0]
    return max(",;\t|", key=head.count)


def _says_percent(header: Sequence[str], columns: Mapping[str, int]) -> bool:
    head = header[columns["share"]].casefold() if "share" in columns else ""
    return any(word in head for word in ("%", "percent", "prozent", "pourcent"))


def _read(
    reader: Iterator[list[str]], columns: Mapping[str, int], wide: int, source: Source, *, is_percent: bool
) -> Found:
    number = 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            where = f"{source.name}, row {number + 1}"
            why = f"{where}: {error}; it and what follows could not be read (bulk.unread)"
            yield Problem(where, "bulk.unread", why)
            return
        if cells is None:
            return
        number += 1
        if any(cells):
            yield _row(cells, columns, wide, f"{source.name}, row {number}", is_percent=is_percent)


def _row(cells: list[str], columns: Mapping[str, int], wide: int, where: str, *, is_percent: bool) -> Row:
    told = {field: cells[place].strip() for field, place in columns.items() if place < len(cells)}
    row = Row(
        where=where,
        names=tuple(f"{field}:{_named(field, told[field])}" for field in NAMES if told.get(field)),
        title=told.get("title", ""),
        file=told.get("file", ""),
    )
    if long := next((cell for cell in cells if len(cell) > _MOST_CELL), ""):
        row.names, row.title, row.file = tuple(n for n in row.names if len(n) <= 100), row.title[:80], ""
        row.flaw = f"a cell has {len(long):,} characters; at most {_MOST_CELL:,} are read"
    elif len(cells) != wide:
        row.flaw = f"it has {len(cells)} cells, and the header {wide}"
    else:
        try:
            row.parties = (_party(told, is_percent=is_percent),)
        except ValueError as error:
            row.flaw = str(error)
    return row


def _named(field: str, cell: str) -> str:
    """A cell may name its scheme itself: `ISRC: US-...`."""
    return cell[len(field) + 1 :] if cell.lower().startswith(f"{field}:") else cell


def _party(told: Mapping[str, str], *, is_percent: bool) -> Party:
    ids = tuple(who_of(field, told[field]) for field in PEOPLE if told.get(field))
    named = next((field for field in NAMES if told.get(field)), "")
    role = told.get("role", "")[:40]
    right = right_of(told.get("right", "")) or _ROLES.get(role.casefold()) or _RIGHTS_OF.get(named, "author")
    start, until = day_of(told.get("from", "")), day_of(told.get("until", ""), after=True)
    if until and until <= start:
        raise ValueError(f"it ends on {told['until'][:20]}, before it begins")
    return Party(
        ids=ids,
        name=told.get("party", ""),
        role=role if role.isascii() and role.isprintable() else "",
        right=right,
        share=share_of(told.get("share", ""), is_percent=is_percent),
        territory=territory_of(told.get("territory", "")),
        start=start,
        until=until,
    )


def who_of(field: str, cell: str) -> str:
    """`scheme:value` of a claimant in a column; in `who` by its form.  ValueError where it has none."""
    if field != "who":
        return f"{field}:{_named(field, cell)}"
    digits = re.sub(r"[\s.\-]", "", cell)
    if ":" in cell or re.fullmatch(r"[0-9a-f]{64}", digits):
        return cell
    if re.fullmatch(r"[0-9]{9,11}", digits):
        return f"ipi:{cell}"
    if re.fullmatch(r"[0-9]{15}[0-9Xx]", digits):
        return f"isni:{cell}"
    raise ValueError(
        f"{cell[:40]!r} is neither an IPI nor an ISNI: write ipi:..., isni:..., orcid:...; a name stands in the column"
        " `party` (identifier.form)"
    )


def right_of(cell: str) -> str:
    """One of RIGHTS, or empty; ValueError for another word."""
    word = cell.strip().casefold()
    if word and word not in RIGHTS:
        raise ValueError(f"{cell[:40]!r} is no right; known are {', '.join(RIGHTS)} (title.right)")
    return word


@lru_cache(maxsize=4096)
def share_of(cell: str, *, is_percent: bool = False) -> Fraction:
    """`1/2`, `50 %`, `33,33`: a plain number is percent; one up to 1 could be either, and is refused.

    ValueError for what is no share, or more than the whole.
    """
    word = cell.replace(" ", "").replace(" ", "").replace(",", ".")
    if not word:
        return Fraction(0)
    try:
        if "/" in word and re.fullmatch(r"[0-9]{1,9}/[1-9][0-9]{0,8}", word):
            share = Fraction(word)
        elif re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?%?", word):
            number = Fraction(Decimal(word.removesuffix("%")))
            if not is_percent and "%" not in word and 0 < number <= 1:
                raise ValueError(f"{cell[:40]!r} may be a part or a percentage: write 1/2, 50% or 0.5% (title.share)")
            share = number / 100
        else:
            raise ValueError(f"{cell[:40]!r} is no share: write 1/2 or 50% (title.share)")
    except InvalidOperation:
        raise ValueError(f"{cell[:40]!r} is no share: write 1/2 or 50% (title.share)") from None
    if share > 1:
        raise ValueError(f"{cell[:40]} is more than the whole (title.share)")
    return share
