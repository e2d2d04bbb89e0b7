"""Every credit line that is owed for what may be used, as text, CSV and rows for a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from placet.licensing.csv_text import csv_text

__all__ = ["Credit", "as_csv", "as_text"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Credit:
    """`line` must be shown for `rows` rows; `source` is the licence that asks for it, or the log entry of her yes."""

    line: str
    party: str
    name: str
    source: str
    rows: int


def as_text(credits: Iterable[Credit]) -> str:
    """One line each, those asked for first in order of the alphabet; equal lines once."""
    return "".join(f"{line}\n" for line in dict.fromkeys(credit.line for credit in sorted(credits)))


def as_csv(credits: Iterable[Credit]) -> str:
    """One row a credit, for a spreadsheet."""
    heads = ("credit", "party", "name", "source", "rows")
    return csv_text(heads, [(c.line, c.party, c.name, c.source, c.rows) for c in sorted(credits)])
