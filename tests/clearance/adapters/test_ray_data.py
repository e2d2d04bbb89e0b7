"""What is handed to `map_batches`; Ray itself runs in the example's test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

import placet
from placet.clearance.adapters.annotations import ADDED
from placet.clearance.adapters.ray_data import annotate, keep_cleared
from tests.snapshot.world import jpeg, prose


class Rows:
    """As much of a `ray.data.Dataset` as the adapter asks for."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self.asked: dict[str, Any] = {}

    def map_batches(self, function: Callable[..., pa.Table], **asked: Any) -> Rows:
        mapped = Rows(function(self.table, **asked.pop("fn_kwargs")))
        mapped.asked = asked
        return mapped


@pytest.fixture
def rows() -> Rows:
    return Rows(
        pa.table(
            {
                "id": [0, 1, 2, 3],
                "text": [prose(7), prose(1), None, None],
                "image": pa.array([None, None, jpeg(1, 60), b"\xff\xd8\xff"], pa.binary()),
                "placet_keep": ["an older answer"] * 4,
            }
        )
    )


def test_what_may_be_used_is_kept_by_arrow_batches(rows: Rows, clearance: placet.Clearance) -> None:
    kept = keep_cleared(rows, clearance, num_cpus=2)

    assert kept.table.column("id").to_pylist() == [0]
    assert kept.asked == {"batch_format": "pyarrow", "batch_size": 4096, "num_cpus": 2}


def test_columns_are_added_in_place_of_older_ones(rows: Rows, clearance: placet.Clearance) -> None:
    told = annotate(rows, clearance).table

    assert told.column_names == ["id", "text", "image", *ADDED.names]
    assert told.column("placet_keep").to_pylist() == [True, False, False, False]
    assert told.column("placet_outcome").to_pylist() == ["cleared", "reserved", "reserved", "unclear"]
    assert told.schema.field("placet_works").type == ADDED.field("placet_works").type


def test_a_batch_without_rows_has_the_same_columns(rows: Rows, clearance: placet.Clearance) -> None:
    empty = Rows(rows.table.slice(0, 0))

    assert annotate(empty, clearance).table.schema == annotate(rows, clearance).table.schema
    assert keep_cleared(empty, clearance).table.schema == rows.table.schema
