"""Whether a hash has any neighbour is what the search finds, for every radius, crowd and order."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from placet.snapshot.hamming import build, search
from placet.snapshot.touch import touches


def _words(rng: np.random.Generator, count: int) -> NDArray[np.uint64]:
    return rng.integers(0, 1 << 63, (count, 4), dtype=np.uint64)


def _near(rng: np.random.Generator, hashes: NDArray[np.uint64], errors: int) -> NDArray[np.uint64]:
    """Each hash with so many of its 256 bits changed."""
    flips = np.zeros((len(hashes), 256), np.uint8)
    for row in flips:
        row[rng.choice(256, errors, replace=False)] = 1
    return hashes ^ np.packbits(flips, axis=1, bitorder="little").view("<u8").astype(np.uint64)


@pytest.mark.parametrize("radius", [0, 1])
@pytest.mark.parametrize("errors", [0, 5, 16, 24, 31, 32, 40])
def test_what_is_touched_is_what_the_search_finds(radius: int, errors: int) -> None:
    rng = np.random.default_rng(errors)
    hashes = _words(rng, 3000)
    queries = np.concatenate([_near(rng, hashes[:200], errors), _words(rng, 200)])

    found = touches(build(hashes), queries, radius=radius)

    hits = search(build(hashes), queries, radius=radius)  # type: ignore[arg-type]
    assert np.flatnonzero(found).tolist() == sorted(set(hits.query.tolist()))
    assert found.any() == (errors <= 31)


@pytest.mark.parametrize("radius", [0, 1])
def test_a_bucket_that_is_passed_over_touches(radius: int) -> None:
    rng = np.random.default_rng(7)
    crowd = _words(rng, 60)
    crowd[:, 0] = 12345  # four bands in common
    index = build(np.concatenate([crowd, _words(rng, 500)]), cap=50)
    queries = np.concatenate([_words(rng, 50), crowd[:3], crowd[:3] ^ np.uint64(1 << 20)])

    found = touches(index, queries, radius=radius)

    hits = search(index, queries, radius=radius)  # type: ignore[arg-type]
    due = hits.capped.copy()
    due[hits.query] = True
    assert found.tolist() == due.tolist()
    assert hits.capped[50:].all()


def test_nothing_touches_nothing() -> None:
    none = np.empty((0, 4), np.uint64)

    assert touches(build(none), _words(np.random.default_rng(1), 3)).tolist() == [False] * 3
    assert touches(build(_words(np.random.default_rng(1), 3)), none).tolist() == []
