"""Tables for a spreadsheet (RFC 4180), in which no cell is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

__all__ = ["csv_text"]


def csv_text(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A header and its rows; a cell that begins as a formula does is led by a quote mark, and stays text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([_inert(str(cell)) for cell in row] for row in rows)
    return out.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
