"""PyTorch: the last gate before a model. Rows are judged as they are read, and what may not be used is not handed on.

    DataLoader(ClearedRows(rows, clearance), num_workers=2)              # a stream
    Subset(dataset, cleared_indices(dataset, clearance))                 # a dataset with a length

Judge what was not decoded yet: a tensor says nothing of whose picture it was, and its row is unclear.  Without torch
`ClearedRows` is a plain iterable.  Source: PyTorch 2.13, `torch.utils.data`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from placet.clearance.verdicts import Decides
from placet.errors import Refused

try:
    from torch.utils.data import IterableDataset
except ImportError:
    IterableDataset = object

__all__ = ["ClearedRows", "cleared_indices"]

RowOf = Callable[[Any], Any]


class ClearedRows(IterableDataset):  # type: ignore[misc]
    """The samples of `rows` that may be used, in order; `row` makes of a sample what `Clearance.decide` reads.

    With `refuse` the first that may not be used stops the training with Refused, and is named by its number.  Each of a
    loader's workers iterates over `rows` by itself: whatever divides `rows` among them goes on doing so.
    """

    def __init__(
        self,
        rows: Iterable[Any],
        clearance: Decides,
        *,
        row: RowOf | None = None,
        batch: int = 256,
        refuse: bool = False,
    ) -> None:
        super().__init__()
        self.rows, self.clearance, self.row, self.batch, self.refuse = rows, clearance, row, batch, refuse

    def __iter__(self) -> Iterator[Any]:
        for number, (sample, verdict) in enumerate(_judged(self.rows, self.clearance, self.row, self.batch)):
            if verdict.keep:
                yield sample
            elif self.refuse:
                raise Refused(f"row {number:,} may not be used ({verdict.reason}): {verdict.sentence}")


def cleared_indices(
    dataset: Sequence[Any], clearance: Decides, *, row: RowOf | None = None, batch: int = 256
) -> list[int]:
    """The places of the samples that may be used, for `torch.utils.data.Subset`; every sample is read once."""
    samples = (dataset[place] for place in range(len(dataset)))
    return [place for place, (_, verdict) in enumerate(_judged(samples, clearance, row, batch)) if verdict.keep]


def _judged(rows: Iterable[Any], clearance: Decides, row: RowOf | None, batch: int) -> Iterator[tuple[Any, Any]]:
    waiting = iter(rows)
    while some := list(islice(waiting, batch)):
        yield from zip(some, clearance.decide([row(one) for one in some] if row else some), strict=True)
