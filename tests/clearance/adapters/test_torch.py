"""The last gate before a model, with torch and without it."""

from __future__ import annotations

import pytest

import placet
from placet.clearance.adapters.torch import ClearedRows, cleared_indices
from placet.errors import Refused
from tests.snapshot.world import jpeg, prose

ROWS = [{"text": prose(7)}, {"text": prose(1)}, {"image": jpeg(1, 60)}, {"image": jpeg(9)}, {"image": b"\xff\xd8\xff"}]


def test_only_what_may_be_used_is_handed_on_in_order(clearance: placet.Clearance) -> None:
    rows = ClearedRows(ROWS, clearance, batch=2)

    assert list(rows) == [ROWS[0], ROWS[3]]
    assert list(rows) == [ROWS[0], ROWS[3]]


def test_a_stream_is_read_no_further_than_a_batch_ahead(clearance: placet.Clearance) -> None:
    read = iter(ROWS)

    assert next(iter(ClearedRows(read, clearance, batch=2))) == ROWS[0]
    assert next(read) == ROWS[2]


def test_samples_of_another_shape_are_told_by_the_user(clearance: placet.Clearance) -> None:
    pairs = [(row.get("image"), 1) for row in ROWS]

    assert cleared_indices(pairs, clearance, row=lambda pair: {"image": pair[0]}) == [3]


def test_a_training_that_must_not_meet_it_is_stopped(clearance: placet.Clearance) -> None:
    rows = iter(ClearedRows(ROWS, clearance, refuse=True))

    assert next(rows) == ROWS[0]
    with pytest.raises(Refused, match=r"row 1 may not be used \(reserved\.declared\): Its maker, its site"):
        next(rows)


def test_a_loader_gets_the_same_rows_from_its_workers(clearance: placet.Clearance) -> None:
    data = pytest.importorskip("torch.utils.data", reason="torch is the user's own, and not installed here")
    rows = ClearedRows(ROWS, clearance)

    one = list(data.DataLoader(rows, batch_size=None))
    two = list(data.DataLoader(rows, batch_size=None, num_workers=1, multiprocessing_context="spawn"))
    subset = data.Subset(ROWS, cleared_indices(ROWS, clearance))

    assert one == two == list(subset) == [ROWS[0], ROWS[3]]
