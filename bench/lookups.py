"""Look-ups a second among picture hashes: Placet beside faiss, one thread, one run, equal recall.

    python bench/lookups.py [--quick]

References are random; half of the queries are planted at a distance spread evenly over 0..31, half are strangers.
Ten million references; the slow ones are asked fewer queries. It needs the extra `bench` and some
8 GB; rates are per second of processor time.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placet.snapshot.hamming import LIMIT, build, search

Words = NDArray[np.uint64]
Found = set[tuple[int, int]]
Search = Callable[[Words], Found]

GOALS = {"faiss IndexBinaryFlat": 50.0, "faiss IndexBinaryMultiHash(256, 16, 16), nflip 1": 100.0}  # at recall 1
FEW = 64  # queries for those that answer some dozens a second


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    name: str
    per_second: float
    recall: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="100,000 references in place of 10,000,000")
    quick = parser.parse_args().quick
    try:
        import faiss
    except ImportError:
        print("This bench compares with faiss-cpu, which is not here: pip install 'placet[bench]'", file=sys.stderr)
        return 1
    faiss.omp_set_num_threads(1)
    hashes, queries, planted = plant(100_000 if quick else 10_000_000, 4_000)
    contestants = {**ours(hashes), **peers(faiss, hashes)}
    figures = measure(contestants, queries, planted, rounds=2 if quick else 3)
    report(figures, len(hashes))
    return 0


def plant(count: int, asked: int) -> tuple[Words, Words, dict[int, int]]:
    """Return references, queries, and which query was planted beside which reference."""
    rng = np.random.default_rng(20261122)
    hashes = rng.integers(0, 1 << 64, (count, 4), np.uint64)
    queries = rng.integers(0, 1 << 64, (asked, 4), np.uint64)
    planted = {at: int(rng.integers(count)) for at in range(0, asked, 2)}
    for at, row in planted.items():
        queries[at] = hashes[row]
        for bit in rng.choice(256, at // 2 % (LIMIT + 1), replace=False).tolist():
            queries[at, bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    return hashes, queries, planted


def ours(hashes: Words) -> dict[str, tuple[Search, int]]:
    index = build(hashes)

    def at_radius(radius: int) -> Search:
        def run(queries: Words) -> Found:
            hits = search(index, queries, radius=radius)  # type: ignore[arg-type]
            return set(zip(hits.query.tolist(), hits.row.tolist(), strict=True))

        return run

    return {"placet, radius 1 (exact)": (at_radius(1), 4_000), "placet, radius 0 (fast)": (at_radius(0), 4_000)}


def peers(faiss, hashes: Words) -> dict[str, tuple[Search, int]]:
    flat = faiss.IndexBinaryFlat(256)
    flat.add(hashes.view(np.uint8))
    multi = faiss.IndexBinaryMultiHash(256, 16, 16)
    multi.add(hashes.view(np.uint8))

    def ranged(index, nflip: int | None) -> Search:
        def run(queries: Words) -> Found:
            if nflip is not None:
                index.nflip = nflip
            ends, _, rows = index.range_search(queries.view(np.uint8), LIMIT + 1)
            query = np.repeat(np.arange(len(queries)), np.diff(ends.astype(np.int64)))
            return set(zip(query.tolist(), rows.tolist(), strict=True))

        return run

    return {
        "faiss IndexBinaryFlat": (ranged(flat, None), FEW),
        "faiss IndexBinaryMultiHash(256, 16, 16), nflip 1": (ranged(multi, 1), FEW),
        "faiss IndexBinaryMultiHash(256, 16, 16), nflip 0": (ranged(multi, 0), 4_000),
    }


def measure(
    contestants: dict[str, tuple[Search, int]], queries: Words, planted: dict[int, int], rounds: int
) -> list[Figure]:
    """Time each in turn, several rounds, and keep the best of each; recall is over the planted ones it was asked."""
    best: dict[str, float] = {}
    found: dict[str, float] = {}
    for lap in range(rounds + 1):
        for name, (run, asked) in contestants.items():
            begun = time.process_time()
            met = run(queries[:asked])
            rate = asked / (time.process_time() - begun)
            if lap:  # the first lap compiles and warms
                best[name] = max(rate, best.get(name, 0.0))
            mine = [(at, row) for at, row in planted.items() if at < asked]
            found[name] = sum(pair in met for pair in mine) / len(mine)
    return [Figure(name=name, per_second=best[name], recall=found[name]) for name in contestants]


def report(figures: list[Figure], count: int) -> None:
    exact, fast, *others = figures
    print(f"{count:,} references of 256 bits, distance <= {LIMIT}, one thread, processor time\n")
    print(f"{'':52}{'look-ups/s':>12}{'recall':>9}{'exact is':>11}{'fast is':>10}")
    for figure in figures:
        ratios = (exact.per_second / figure.per_second, fast.per_second / figure.per_second)
        print(f"{figure.name:52}{figure.per_second:12,.0f}{figure.recall:9.4f}{ratios[0]:10.1f}x{ratios[1]:9.1f}x")
    print()
    for figure in others:
        if (goal := GOALS.get(figure.name)) is not None:
            times = exact.per_second / figure.per_second
            told = "met" if times >= goal and exact.recall >= figure.recall else "MISSED"
            print(f"goal {goal:.0f}x {figure.name} at its recall: {told} ({times:.0f}x)")


if __name__ == "__main__":
    raise SystemExit(main())
