"""Hugging Face `datasets`, map-style and streamed: keep what may be used, or add columns that say what may.

Batches are taken as Arrow, so that pictures are judged by their bytes and never decoded on the way.  The clearance
travels as an argument of the function, and is pickled to what it decides by: a newer snapshot, another use or another
moment has another cache key, and with a stated `at` an equal one is found again.
"""

from __future__ import annotations

from typing import Any, TypeVar

import pyarrow as pa

from placet.clearance.adapters.annotations import ADDED, annotated
from placet.clearance.verdicts import Decides
from placet.errors import MissingExtra

__all__ = ["annotate", "keep_cleared"]

D = TypeVar("D")  # datasets.Dataset or datasets.IterableDataset


def keep_cleared(dataset: D, clearance: Decides, *, batch_size: int = 1000, **more: Any) -> D:
    """The rows of a dataset that may be used; `more` goes to its `filter`, such as num_proc."""
    rows: Any = dataset
    asked = {"batched": True, "batch_size": batch_size, "fn_kwargs": {"clearance": clearance}, **more}
    kept: D = _as_before(rows, rows.with_format("arrow").filter(_keeps, **asked))
    return kept


def annotate(dataset: D, clearance: Decides, *, batch_size: int = 1000, **more: Any) -> D:
    """Every row of a dataset, with `placet_keep`, `_outcome`, `_reason`, `_sentence` and `_works` beside its own."""
    rows: Any = dataset
    if rows.features is not None:
        more = {"features": _with_added(rows.features), **more}
    asked = {"batched": True, "batch_size": batch_size, "fn_kwargs": {"clearance": clearance}, **more}
    told: D = _as_before(rows, rows.with_format("arrow").map(_annotated, **asked))
    return told


def _keeps(table: pa.Table, clearance: Decides) -> list[bool]:
    return [verdict.keep for verdict in clearance.decide(table)]


def _annotated(table: pa.Table, clearance: Decides) -> pa.Table:
    return annotated(table, clearance.decide(table))


def _with_added(features: Any) -> Any:
    try:
        from datasets import Features
    except ImportError as error:
        raise MissingExtra("this adapter needs datasets: pip install 'placet[datasets]'") from error
    return Features({**features, **Features.from_arrow_schema(ADDED)})


def _as_before(dataset: Any, made: Any) -> Any:
    """In the format that the dataset had; where it showed some columns only, what was added is shown too."""
    form = getattr(dataset, "format", None)
    if form is None:  # a stream, whose format has no public name
        return made.with_format(getattr(getattr(dataset, "_formatting", None), "format_type", None))
    hidden = set(dataset.column_names) - set(form["columns"])
    return made.with_format(
        form["type"],
        columns=[name for name in made.column_names if name not in hidden] if hidden else None,
        output_all_columns=form["output_all_columns"],
        **form["format_kwargs"],
    )
