"""A table of rows and their verdicts: only what may be used, or every row with what was found of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from placet.clearance.verdicts import Verdict

__all__ = ["ADDED", "annotated", "kept"]

ADDED: Final = pa.schema(
    [
        ("placet_keep", pa.bool_()),
        ("placet_outcome", pa.string()),
        ("placet_reason", pa.string()),
        ("placet_sentence", pa.string()),
        ("placet_works", pa.list_(pa.string())),
    ]
)


def kept(table: pa.Table, verdicts: Sequence[Verdict]) -> pa.Table:
    """The rows that may be used."""
    return table.filter(pa.array([verdict.keep for verdict in verdicts], pa.bool_()))


def annotated(table: pa.Table, verdicts: Sequence[Verdict]) -> pa.Table:
    """Every row, with the columns of ADDED; columns of these names that were there before are replaced."""
    values = (
        [verdict.keep for verdict in verdicts],
        [verdict.outcome for verdict in verdicts],
        [verdict.reason for verdict in verdicts],
        [verdict.sentence for verdict in verdicts],
        [list(verdict.works) for verdict in verdicts],
    )
    bare = table.drop_columns([name for name in ADDED.names if name in table.column_names])
    for column, told in zip(ADDED, values, strict=True):
        bare = bare.append_column(column, pa.array(told, column.type))
    return bare
