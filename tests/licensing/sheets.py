"""Small tables for the tests of who is paid."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from placet.core.money import parse_money
from placet.licensing.plans import find_plan
from placet.licensing.run import Run, Terms, divide
from placet.licensing.sheets import SHARES, Form, read_sheet

__all__ = ["divided", "paid", "sheet", "terms"]


def sheet(columns: str, rows: Iterable[Iterable[object]], form: Form = SHARES) -> pa.Table:
    """A table from rows, by way of CSV."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns.split())
    writer.writerows(rows)
    return read_sheet(text.getvalue().encode(), form)


def terms(plan: str = "equal-per-work", pool: str = "100.00 EUR", **more: Any) -> Terms:
    return Terms(plan=find_plan(plan), pool=parse_money(pool), reference=more.pop("reference", "a licence"), **more)


def divided(rows: Iterable[Iterable[object]], columns: str = "work party share", **more: Any) -> Run:
    """A run over these shares."""
    other = more.pop("other", None)
    return divide(terms(**more), sheet(columns, rows), other)


def paid(run: Run) -> dict[tuple[str, str], int]:
    """What each party got for each work; `?` stands for what is disputed, and nothing for what is unclaimed."""
    found: dict[tuple[str, str], int] = {}
    rows = run.allocations
    for portion, kind, party, amount in zip(
        rows.portion.tolist(), rows.kind.tolist(), rows.party, rows.amount.tolist(), strict=True
    ):
        key = (run.work[portion], party or ("?" if kind == 1 else ""))
        found[key] = found.get(key, 0) + amount
    return found
