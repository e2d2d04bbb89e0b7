from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.errors import BadRecord, WrongUsage
from placet.snapshot.hamming import LIMIT, SKETCH, Hits, Index, build, check, search, search_all


def random_hashes(rng: np.random.Generator, count: int) -> np.ndarray:
    return rng.integers(0, 1 << 64, (count, 4), np.uint64, endpoint=False)


def flip(rng: np.random.Generator, one: np.ndarray, errors: int) -> np.ndarray:
    out = one.copy()
    for bit in rng.choice(256, errors, replace=False).tolist():
        out[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    return out


def crowd(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Hashes with copies, near copies and whole bands in common, and queries around them."""
    rng = np.random.default_rng(seed)
    seeds = random_hashes(rng, 8) & random_hashes(rng, 8)
    rows = [flip(rng, seeds[rng.integers(8)], int(rng.integers(0, 45))) for _ in range(count)]
    rows += [*random_hashes(rng, count), *seeds, *seeds, np.zeros(4, np.uint64)]
    hashes = np.array(rows)
    queries = [flip(rng, hashes[rng.integers(len(hashes))], int(rng.integers(0, 40))) for _ in range(30)]
    return hashes, np.array([*queries, *random_hashes(rng, 5)])


def rows_of(hits: Hits) -> list[tuple[int, int, int]]:
    return list(zip(hits.query.tolist(), hits.distance.tolist(), hits.row.tolist(), strict=True))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 150), st.integers(0, LIMIT))
def test_radius_one_finds_what_comparing_everything_finds(seed: int, count: int, limit: int) -> None:
    hashes, queries = crowd(seed, count)

    hits = search(build(hashes), queries, limit=limit)

    assert rows_of(hits) == rows_of(search_all(hashes, queries, limit=limit))
    assert not hits.capped.any()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32))
def test_radius_zero_finds_every_neighbour_that_has_one_band_without_error(seed: int) -> None:
    hashes, queries = crowd(seed, 100)

    hits = search(build(hashes), queries, radius=0)

    difference = hashes[:, None].view(np.uint16) ^ queries[None].view(np.uint16)
    shares_a_band = (difference == 0).any(axis=2)
    expected = [hit for hit in rows_of(search_all(hashes, queries)) if shares_a_band[hit[2], hit[0]]]
    assert rows_of(hits) == expected


@pytest.mark.parametrize("radius", [0, 1])
def test_the_sketch_bound_is_proven_for_every_spread_of_errors_over_words(radius: int) -> None:
    lost = []
    for errors in product(range(LIMIT + 1), repeat=4):
        if sum(errors) > LIMIT:
            continue
        # A word can be without a good band only when each of its four bands has more errors than the radius.
        may_be_bad = [count >= 4 * (radius + 1) for count in errors]
        for good in product([False, True], repeat=4):
            if any(good) and all(g or b for g, b in zip(good, may_be_bad, strict=True)):
                nearest = min(errors[(word + 1) % 4] for word in range(4) if good[word])
                lost += [errors] if nearest > SKETCH[radius] else []

    assert lost == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_planted_neighbours_among_many_strangers_are_all_found(seed: int) -> None:
    rng = np.random.default_rng(seed)
    hashes = random_hashes(rng, 200_000)
    rows = rng.integers(0, len(hashes), 2_000)
    queries = np.array([flip(rng, hashes[row], int(at % 32)) for at, row in enumerate(rows.tolist())])

    hits = search(build(hashes), queries)

    assert rows_of(hits) == [(at, at % 32, row) for at, row in enumerate(rows.tolist())]


def test_equal_hashes_are_each_reported_once() -> None:
    hashes = np.tile(np.array([[1, 2, 3, 4]], np.uint64), (5, 1))

    hits = search(build(hashes), hashes[:1])

    assert rows_of(hits) == [(0, 0, row) for row in range(5)]


def test_an_empty_index_answers_nothing() -> None:
    hits = search(check(build(np.empty((0, 4), np.uint64))), np.zeros((3, 4), np.uint64))

    assert rows_of(hits) == []
    assert hits.capped.tolist() == [False] * 3


def test_no_queries_have_no_hits() -> None:
    hits = search(build(np.zeros((3, 4), np.uint64)), np.empty((0, 4), np.uint64))

    assert (len(hits.row), len(hits.capped)) == (0, 0)


@given(st.integers(0, 2**32))
@settings(max_examples=20, deadline=None)
def test_a_long_bucket_flags_its_queries_and_leaves_the_others_exact(seed: int) -> None:
    hashes, queries = crowd(seed, 60)

    hits = search(build(hashes, cap=4), queries)

    exact = rows_of(search_all(hashes, queries))
    whole = {at for at, capped in enumerate(hits.capped.tolist()) if not capped}
    assert [hit for hit in rows_of(hits) if hit[0] in whole] == [hit for hit in exact if hit[0] in whole]
    assert set(rows_of(hits)) <= set(exact)
    assert len(set(rows_of(hits))) == len(rows_of(hits))


@given(st.integers(0, 2**32), st.integers(1, 20))
@settings(max_examples=20, deadline=None)
def test_the_order_of_registration_does_not_change_the_answer(seed: int, cap: int) -> None:
    hashes, queries = crowd(seed, 60)
    order = np.random.default_rng(seed).permutation(len(hashes))

    straight = search(build(hashes, cap=cap), queries)
    shuffled = search(build(hashes[order], cap=cap), queries)

    back = sorted((query, distance, int(order[row])) for query, distance, row in rows_of(shuffled))
    assert back == rows_of(straight)
    assert straight.capped.tolist() == shuffled.capped.tolist()


def test_a_query_with_too_many_neighbours_keeps_the_nearest_and_says_so() -> None:
    rng = np.random.default_rng(7)
    centre = random_hashes(rng, 1)[0]
    hashes = np.array([flip(rng, centre, int(errors)) for errors in rng.integers(0, 32, 500)])

    hits = search(build(hashes), centre[None], most=20)

    assert hits.capped.tolist() == [True]
    assert rows_of(hits) == rows_of(search_all(hashes, centre[None]))[:20]


def test_mapped_files_answer_like_arrays(tmp_path: Path) -> None:
    hashes, queries = crowd(3, 50)
    index = build(hashes)
    mapped = {}
    for name in ("hashes", "offsets", "ids", "sketches"):
        np.save(tmp_path / name, getattr(index, name))
        mapped[name] = np.load(tmp_path / f"{name}.npy", mmap_mode="r")

    hits = search(check(Index(**mapped)), queries)

    assert rows_of(hits) == rows_of(search(index, queries))


def damaged(index: Index, **changes: np.ndarray) -> Index:
    arrays = {name: getattr(index, name) for name in ("hashes", "offsets", "ids", "sketches")}
    return Index(**{**arrays, **changes})


def test_arrays_that_would_lead_a_kernel_astray_are_refused() -> None:
    index = build(np.arange(12, dtype=np.uint64).reshape(3, 4))
    far, backwards, short = index.ids.copy(), index.offsets.copy(), index.offsets.copy()
    far[2, 1] = 3
    backwards[5, 7] = 9
    short[0, -1] = 2

    for changes, sentence in [
        ({"ids": far}, "names row 3, but holds 3"),
        ({"offsets": backwards}, "go backwards"),
        ({"offsets": short}, "do not run from 0 to 3"),
        ({"ids": index.ids.astype(np.int64)}, "ids is int64"),
        ({"sketches": index.sketches[:, :2]}, "sketches is uint64"),
        ({"hashes": np.asfortranarray(index.hashes)}, "does not lie in one piece"),
    ]:
        with pytest.raises(BadRecord, match=sentence):
            check(damaged(index, **changes))


def test_a_distance_beyond_the_proof_is_refused() -> None:
    with pytest.raises(WrongUsage, match="exact up to distance 31; 32 was asked"):
        search(build(np.zeros((1, 4), np.uint64)), np.zeros((1, 4), np.uint64), limit=32)
    with pytest.raises(WrongUsage, match=r"uint64\[n, 4\], not int64"):
        build(np.zeros((1, 4), np.int64))
