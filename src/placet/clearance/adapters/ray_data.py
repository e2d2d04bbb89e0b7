"""Ray Data: keep what may be used, or add columns that say what may, by `map_batches` on Arrow tables.

Every worker opens the snapshot by its path, so it must lie where all of them see it; its files are mapped, and shared
by the workers of a machine.  Pictures are judged by their bytes: read them as bytes (`read_parquet`, `read_webdataset`
without decoding, `read_binary_files`), and decode what is kept.  Source: Ray 2.60, `Dataset.map_batches`.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from placet.clearance.adapters.annotations import annotated, kept
from placet.clearance.verdicts import Decides

__all__ = ["annotate", "keep_cleared"]


def keep_cleared(dataset: Any, clearance: Decides, *, batch_size: int = 4096, **more: Any) -> Any:
    """The rows of a `ray.data.Dataset` that may be used; `more` goes to its `map_batches`, such as num_cpus."""
    return _mapped(dataset, _kept, clearance, batch_size, more)


def annotate(dataset: Any, clearance: Decides, *, batch_size: int = 4096, **more: Any) -> Any:
    """Every row, with `placet_keep`, `_outcome`, `_reason`, `_sentence` and `_works` beside its own columns."""
    return _mapped(dataset, _annotated, clearance, batch_size, more)


def _mapped(dataset: Any, function: Any, clearance: Decides, batch_size: int, more: dict[str, Any]) -> Any:
    asked = {"batch_format": "pyarrow", "batch_size": batch_size, "fn_kwargs": {"clearance": clearance}}
    return dataset.map_batches(function, **asked, **more)


def _kept(table: pa.Table, clearance: Decides) -> pa.Table:
    return kept(table, clearance.decide(table))


def _annotated(table: pa.Table, clearance: Decides) -> pa.Table:
    return annotated(table, clearance.decide(table))
