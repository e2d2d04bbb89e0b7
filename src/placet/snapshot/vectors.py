"""Registered pictures as vectors of one embedding model, and those that lie near another picture's.

Every vector is looked at, block by block: no index passes one over, and the cosines are exact (`image_embedding`).

**Nobody loosens by crowding.** Where more works lie near than are looked at, that is told, as `capped`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from placet.errors import BadRecord
from placet.fingerprints.image_embedding import ROW, Model, Vector, are_units, in_rows
from placet.snapshot.library import Library

__all__ = ["LEAST", "SHORTLIST", "Near", "Vectors"]

LEAST: Final = 0.75  # cosine from which a work is looked at: SSCD's own, where nine in ten pairs of DISC2021 are copies
SHORTLIST: Final = 64  # works looked at a picture

_BLOCK = 1 << 22  # values compared at once


@dataclass(frozen=True, slots=True)
class Near:
    """Works with their cosines, the nearest first; `capped` when there are more."""

    works: tuple[tuple[int, float], ...]
    capped: bool


class Vectors:
    """The vectors of a library that are by `model`; BadRecord when they are not what a sheet may hold.

    `others` counts works that have a vector by another model, or one of another length than this model gives.
    """

    def __init__(self, library: Library, model: Model) -> None:
        arrays, where = library.arrays, library.folder
        digest = np.frombuffer(bytes.fromhex(model.sha256), np.uint8)
        mine = np.flatnonzero((arrays["image-embedding.model"] == digest).all(axis=1))
        about = np.asarray(arrays["image-embedding.work"])[mine].astype(np.int64)
        if np.any(np.diff(mine) != 1) or np.any(np.diff(about) < 0):
            raise BadRecord(f"{where}: image-embedding.model is not sorted")
        rows = (
            arrays["image-embedding.value"][mine[0] : mine[-1] + 1] if len(mine) else in_rows(np.empty(0, np.float16))
        )
        works, counts = np.unique(about, return_counts=True)
        fit = counts == -(-model.length // ROW)
        self._works = works[fit]
        self.others = len(np.unique(arrays["image-embedding.work"])) - len(self._works)
        kept = rows if fit.all() else rows[np.repeat(fit, counts)]
        self._values = kept.reshape(-1, -(-model.length // ROW) * ROW)
        if not all(are_units(block) for _, block in self._blocks()):
            raise BadRecord(f"{where}: image-embedding.value holds what is no vector of length 1")

    def __len__(self) -> int:
        return len(self._works)

    def near(self, asked: Sequence[Vector]) -> list[Near]:
        """The works near each of these vectors, which are by the same model."""
        found: list[list[tuple[float, int]]] = [[] for _ in asked]
        counts = np.zeros(len(asked), np.int64)
        queries = np.stack([in_rows(each).reshape(-1) for each in asked]).astype(np.float32)
        for start, block in self._blocks():
            cosines = queries @ block.T
            hits = cosines >= LEAST
            counts += hits.sum(axis=1)
            for at in np.flatnonzero(hits.any(axis=1)).tolist():
                rows = np.flatnonzero(hits[at])
                best = rows[np.lexsort((rows, -cosines[at, rows]))[:SHORTLIST]]
                found[at] += zip((-cosines[at, best]).tolist(), self._works[start + best].tolist(), strict=True)
                found[at] = sorted(found[at])[:SHORTLIST]
        nearest = (tuple((work, -cosine) for cosine, work in each) for each in found)
        return [Near(works, bool(count > SHORTLIST)) for works, count in zip(nearest, counts, strict=True)]

    def _blocks(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        rows = max(1, _BLOCK // self._values.shape[1])
        for start in range(0, len(self._values), rows):
            block: NDArray[Any] = self._values[start : start + rows]
            yield start, block.astype(np.float32)
