import os
import random
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.errors import BadRecord, WrongUsage
from placet.fingerprints.text_winnow import GRAM as PRINT_GRAM
from placet.fingerprints.text_winnow import compute
from placet.snapshot import postings as module
from placet.snapshot import postings_kernels as kernels
from placet.snapshot.postings import (
    COMMON,
    FEW,
    GAP,
    GRAM,
    PAGE,
    REPEATS,
    Grade,
    Matches,
    Postings,
    Table,
    TextHit,
    build,
    check,
    grade,
    is_common,
    lookup,
    meets,
    score,
    warm,
)

SHARED = Path(os.environ.get("PLACET_SHARED", Path(__file__).parents[3] / "shared"))

NAMES = ("keys", "offsets", "works", "positions", "parties", "sizes")

# Few distinct keys, so that they repeat within and across works.
ENTRIES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 5), st.integers(0, 400)), max_size=120)
DOCUMENT = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 400) | st.integers(0, 4_000)), max_size=40)


def spread(number: int) -> int:
    return number * 0x9E3779B97F4A7C15 % 2**64


def index_of(entries: list[tuple[int, int, int]], cap: int = 64) -> Postings:
    keys = np.array([spread(key) for key, _, _ in entries], np.uint64)
    works = np.array([work for _, work, _ in entries], np.uint32)
    return build(keys, works, np.array([place for _, _, place in entries], np.uint32), cap=cap)


def table_of(entries: list[tuple[int, int, int]], cap: int = 64) -> Table:
    return warm(check(index_of(entries, cap)))


def kept(entries: list[tuple[int, int, int]], cap: int) -> dict[int, list[tuple[int, int]] | None]:
    """What the postings of a key are, in plain words; None is quarantined."""
    out: dict[int, list[tuple[int, int]] | None] = {}
    for key in {key for key, _, _ in entries}:
        works = sorted({work for k, work, _ in entries if k == key})
        places = {work: sorted(p for k, w, p in entries if (k, w) == (key, work))[:REPEATS] for work in works}
        out[key] = None if len(works) > cap else [(work, place) for work in works for place in places[work]]
    return out


def plain_score(document: list[tuple[int, int]], entries: list[tuple[int, int, int]], cap: int) -> Matches:
    """`score` by its definition: for each work, the best chain over all pairs of places."""
    known = kept(entries, cap)
    pairs: dict[int, list[tuple[int, int, int]]] = {}
    own = len({key for key, _ in document})
    for key, here in document:
        for work, there in known.get(key) or []:
            pairs.setdefault(work, []).append((here, there, key))
    hits = []
    for work, found in pairs.items():
        found.sort(key=lambda pair: pair[:2])
        if len({key for _, _, key in found}) < 2:
            continue
        weights = {key: weight_of(entries, key) for _, _, key in found}
        hits.append(longest(work, found, weights, len({k for k, w, _ in entries if w == work}), own))
    capped = sum(1 for key, _ in document if key in known and known[key] is None)
    return Matches(hits=tuple(sorted(hits, key=lambda hit: (-hit.run, -hit.links, hit.work))), capped=capped)


def weight_of(entries: list[tuple[int, int, int]], key: int) -> int:
    parties = len({work for k, work, _ in entries if k == key})
    return 0 if parties > COMMON else 256 * FEW // max(parties, FEW)


def longest(work: int, pairs: list[tuple[int, int, int]], weights: dict[int, int], size: int, own: int) -> TextHit:
    whole = chains_of(pairs, dict.fromkeys(weights, 1))
    run, chain = max(whole, key=lambda chain: chain[0])
    first, last = pairs[chain[0]], pairs[chain[-1]]
    near = [nearest(pairs, each) for each in (dict.fromkeys(weights, 1), weights)]
    return TextHit(
        work=work,
        shared=len(weights),
        links=len({pairs[at][2] for at in chain}),
        run=run,
        rare=max(cover for cover, _ in chains_of(pairs, weights)) // 256,
        weighed=sum(weights.values()),
        near=near[0],
        near_weighed=near[1],
        of_work=100 * len(weights) // size,
        of_text=100 * len(weights) // own,
        doc_span=(first[0], last[0] + GRAM),
        work_span=(first[1], last[1] + GRAM),
    )


def nearest(pairs: list[tuple[int, int, int]], weights: dict[int, int]) -> int:
    met: dict[int, list[int]] = {}
    for here, _, key in pairs:
        met.setdefault(key, []).append(here)
    fresh = [(p[at], key) for key, p in met.items() for at in range(len(p)) if at == 0 or p[at] - p[at - 1] > PAGE]
    return max(sum(weights[k] for here, k in fresh if end - PAGE <= here <= end) for end, _ in fresh)


def chains_of(pairs: list[tuple[int, int, int]], weights: dict[int, int]) -> list[tuple[int, list[int]]]:
    chains: list[tuple[int, list[int]]] = []
    for at, (here, there, key) in enumerate(pairs):
        best = (GRAM * weights[key], [at])
        for back in range(at - 1, -1, -1):
            step, beside = here - pairs[back][0], there - pairs[back][1]
            reach = chains[back][0] + min(step, beside, GRAM) * weights[key]
            if 0 < step <= GAP and 0 < beside <= GAP and reach > best[0]:
                best = (reach, [*chains[back][1], at])
        chains.append(best)
    return chains


def run_score(document: list[tuple[int, int]], table: Table) -> Matches:
    hashes = np.array([spread(key) for key, _ in document], np.uint64)
    return score(hashes, np.array([here for _, here in document], np.uint32), table)


@settings(max_examples=150, deadline=None)
@given(ENTRIES, DOCUMENT, st.integers(1, 6))
def test_score_agrees_with_its_definition(
    entries: list[tuple[int, int, int]], document: list[tuple[int, int]], cap: int
) -> None:
    document = sorted(document, key=lambda pair: pair[1])

    assert run_score(document, table_of(entries, cap)) == plain_score(document, entries, cap)


@given(ENTRIES, st.randoms(use_true_random=False))
def test_the_order_of_registration_does_not_change_the_postings(
    entries: list[tuple[int, int, int]], shuffler: random.Random
) -> None:
    shuffled = entries[:]
    shuffler.shuffle(shuffled)

    one, other = index_of(entries, 2), index_of(shuffled, 2)

    for name in NAMES:
        assert getattr(one, name).tolist() == getattr(other, name).tolist()


@settings(deadline=None)
@given(ENTRIES, st.lists(st.integers(0, 15), max_size=30), st.integers(1, 6))
def test_lookup_gives_each_posting_of_each_key(
    entries: list[tuple[int, int, int]], wanted: list[int], cap: int
) -> None:
    known = kept(entries, cap)

    pairs = lookup(table_of(entries, cap), np.array([spread(key) for key in wanted], np.uint64))

    rows = list(zip(pairs.query.tolist(), pairs.work.tolist(), pairs.position.tolist(), strict=True))
    assert rows == [(at, *posting) for at, key in enumerate(wanted) for posting in known.get(key) or []]
    assert pairs.capped.tolist() == [key in known and known[key] is None for key in wanted]


@settings(max_examples=80, deadline=None)
@given(ENTRIES, DOCUMENT, st.integers(1, 6))
def test_the_filter_changes_no_answer(
    entries: list[tuple[int, int, int]], document: list[tuple[int, int]], cap: int
) -> None:
    postings = index_of(entries, cap)
    hashes = np.array([spread(key) for key, _ in document], np.uint64)
    starts = np.array([0, len(hashes) // 2, len(hashes)], np.int64)

    filtered, plain = warm(postings), warm(postings, bloom=False)

    assert run_score(document, filtered) == run_score(document, plain)
    assert meets(filtered, hashes, starts).tolist() == meets(plain, hashes, starts).tolist()


@pytest.mark.parametrize("count", [1_000, 200_000])
def test_the_filter_turns_away_no_key_and_nearly_every_stranger(count: int) -> None:
    rng = np.random.default_rng(count)
    keys = np.unique(rng.integers(0, 1 << 64, count, np.uint64))
    table = warm(build(keys, np.zeros(len(keys), np.uint32), np.arange(len(keys), dtype=np.uint32)))

    passed = kernels.survivors(keys, table.bloom)
    strangers = kernels.survivors(rng.integers(0, 1 << 64, count, np.uint64), table.bloom)

    assert passed.tolist() == list(range(len(keys)))
    assert len(strangers) / count < 0.03


@settings(max_examples=100, deadline=None)
@given(ENTRIES, st.lists(st.lists(st.integers(0, 15), max_size=9), max_size=6), st.integers(1, 6))
def test_a_text_that_meets_nothing_scores_nothing(
    entries: list[tuple[int, int, int]], texts: list[list[int]], cap: int
) -> None:
    table = table_of(entries, cap)
    hashes = np.array([spread(key) for text in texts for key in text], np.uint64)
    starts = np.cumsum([0, *(len(text) for text in texts)], dtype=np.int64)

    met = meets(table, hashes, starts)

    for text, is_met in zip(texts, met.tolist(), strict=True):
        found = run_score([(key, 40 * at) for at, key in enumerate(text)], table)
        assert is_met or (found.hits, found.capped) == ((), 0)


def test_one_party_with_many_works_is_one_party() -> None:
    keys, works = np.full(30, 7, np.uint64), np.arange(30, dtype=np.uint32)
    same, others = np.zeros(30, np.uint32), np.arange(30, dtype=np.uint32)

    assert build(keys, works, works, parties=same).parties.tolist() == [1]
    assert build(keys, works, works, parties=others).parties.tolist() == [COMMON + 1]


def test_a_text_that_meets_too_much_is_read_so_far_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [(key, 0, 20 * key) for key in range(400)]
    monkeypatch.setattr(module, "_CHUNK", 32)
    monkeypatch.setattr(module, "MOST_PAIRS", 128)

    whole = run_score([(key, 20 * key) for key in range(120)], table_of(entries))
    cut = run_score([(key, 20 * key) for key in range(300)], table_of(entries))

    assert (whole.capped, cut.capped) == (0, 300 - 128)
    assert whole.hits[0].shared == 120
    assert cut.hits[0].shared == 128
    assert whole.hits[0].run == 31 * 20 + GRAM  # chains of one chunk each


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5_000])
@pytest.mark.parametrize("skew", [0, 50])
def test_every_key_is_found_and_no_other(count: int, skew: int) -> None:
    rng = np.random.default_rng(count)
    keys = np.unique(rng.integers(0, 1 << 64, count, np.uint64) >> np.uint64(skew))
    edges = np.array([0, 2**64 - 1], np.uint64)
    table = warm(check(build(keys, np.arange(len(keys), dtype=np.uint32), np.arange(len(keys), dtype=np.uint32))))

    met = lookup(table, keys)
    strangers = lookup(table, np.setdiff1d(np.concatenate((keys + np.uint64(1), keys ^ edges[1], edges)), keys))

    assert met.query.tolist() == met.work.tolist() == list(range(len(keys)))
    assert len(strangers.work) == 0


def test_a_fingerprint_of_too_many_works_is_set_aside_and_says_so() -> None:
    entries = [(1, work, 0) for work in range(5)] + [(2, 0, 20), (3, 0, 40)]

    found = run_score([(1, 0), (2, 20), (3, 40)], table_of(entries, cap=4))

    assert found.capped == 1
    assert [(hit.work, hit.shared) for hit in found.hits] == [(0, 2)]


def test_crowding_a_fingerprint_never_leaves_a_text_unflagged() -> None:
    entries = [(1, 0, 0), (2, 0, 20), (3, 0, 40)]
    crowd = [(key, work, 7) for key in (1, 2, 3) for work in range(1, 6)]

    before = run_score([(1, 0), (2, 20), (3, 40)], table_of(entries, cap=4))
    after = run_score([(1, 0), (2, 20), (3, 40)], table_of(entries + crowd, cap=4))

    assert (len(before.hits), before.capped) == (1, 0)
    assert (len(after.hits), after.capped) == (0, 3)


def test_mapped_files_answer_like_arrays(tmp_path: Path) -> None:
    entries = [(key, key % 3, 20 * key) for key in range(40)]
    postings = index_of(entries)
    mapped = {}
    for name in NAMES:
        np.save(tmp_path / name, getattr(postings, name))
        mapped[name] = np.load(tmp_path / f"{name}.npy", mmap_mode="r")
    document = [(key, 20 * key) for key in range(0, 40, 3)]

    found = run_score(document, warm(check(Postings(**mapped))))

    assert found == plain_score(document, entries, 64)
    assert found.hits[0].links == 14


def hit(run: int, links: int, **others: int) -> TextHit:
    usual = {"shared": links, "rare": run, "weighed": 256 * links, "of_work": 0, "of_text": 0, "near": 0}
    given = usual | {"near_weighed": 256 * others.get("near", 0)} | others
    return TextHit(work=0, links=links, run=run, doc_span=(0, run), work_span=(0, run), **given)


@pytest.mark.parametrize(
    ("run", "links", "dense", "expected"),
    [
        (120, 3, False, Grade.PASSAGE),
        (119, 3, False, Grade.VERIFY),
        (500, 2, False, Grade.NONE),
        (63, 9, False, Grade.NONE),
        (64, 3, False, Grade.VERIFY),
        (45, 3, True, Grade.PASSAGE),
        (24, 3, True, Grade.VERIFY),
        (23, 3, True, Grade.NONE),
    ],
)
def test_a_run_is_graded_by_what_it_covers(run: int, links: int, dense: bool, expected: Grade) -> None:
    assert grade(hit(run, links), dense=dense) is expected


@pytest.mark.parametrize(
    ("of_work", "of_text", "shared", "expected"),
    [
        (20, 0, 6, Grade.SUBSTANTIAL),
        (0, 50, 6, Grade.SUBSTANTIAL),
        (19, 49, 600, Grade.NONE),
        (100, 100, 5, Grade.NONE),
    ],
)
def test_a_large_part_is_one_in_any_order(of_work: int, of_text: int, shared: int, expected: Grade) -> None:
    found = hit(32, 1, shared=shared, weighed=256 * shared, of_work=of_work, of_text=of_text)

    assert grade(found) is expected


@pytest.mark.parametrize(
    ("near", "expected"), [(5, Grade.NONE), (6, Grade.VERIFY), (11, Grade.VERIFY), (12, Grade.SUBSTANTIAL)]
)
def test_a_fifth_of_a_page_in_any_order_is_a_copy(near: int, expected: Grade) -> None:
    assert grade(hit(32, 1, shared=near, near=near)) is expected


@pytest.mark.parametrize(
    ("found", "common"),
    [
        (hit(32, 1, shared=40, rare=0, weighed=9, near=40, near_weighed=3071), True),
        (hit(32, 1, shared=40, rare=0, weighed=9, near=40, near_weighed=3072), False),
        (hit(300, 12, rare=119, weighed=9), True),
        (hit(300, 12, rare=120, weighed=9), False),
        (hit(32, 1, rare=0, shared=40, weighed=1535, of_work=99), True),
        (hit(32, 1, rare=0, shared=40, weighed=256 * 40 // 4, of_work=79), True),
        (hit(32, 1, rare=0, shared=40, weighed=256 * 40 // 4, of_work=80), False),
        (hit(119, 12, rare=0, weighed=0), False),
    ],
)
def test_what_everybody_has_is_to_be_verified_and_never_nothing(found: TextHit, common: bool) -> None:
    assert is_common(found) is common
    assert grade(found) is Grade.VERIFY or not common


@given(
    st.integers(0, 900),
    st.integers(1, 40),
    st.integers(0, 40),
    st.integers(0, 256),
    st.integers(0, 256),
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(0, 30),
)
def test_less_weight_never_makes_surer_and_never_silent(
    run: int, links: int, more: int, weight: int, less: int, of_work: int, of_text: int, near: int
) -> None:
    shared = links + more
    light, heavy = sorted((weight, less))
    whole = {"shared": shared, "of_work": of_work, "of_text": of_text, "near": near}
    grades = [
        grade(hit(run, links, **whole, rare=run * each // 256, weighed=shared * each, near_weighed=near * each))
        for each in (256, heavy, light)
    ]

    assert [one.certain for one in grades] == sorted((one.certain for one in grades), reverse=True)
    assert len({one is Grade.NONE for one in grades}) == 1


def test_one_letter_over_and_over_is_evidence_of_nothing() -> None:
    prints = compute("a" * 5_000)
    works = np.zeros(len(prints.hashes), np.uint32)

    found = score(prints.hashes, prints.positions, warm(build(prints.hashes, works, prints.positions)))

    assert found.hits == ()


def test_the_grams_are_those_of_the_fingerprint() -> None:
    assert GRAM == PRINT_GRAM


def altered(**changes: np.ndarray) -> Postings:
    good = index_of([(1, 0, 3), (2, 1, 4), (3, 2, 5)])
    arrays = {name: getattr(good, name) for name in NAMES}
    return Postings(**{**arrays, **changes})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"offsets": np.array([0, 1, 9, 3], np.uint32)}, "do not climb from 0 to 3"),
        ({"offsets": np.array([0, 1, 2, 4], np.uint32)}, "do not climb from 0 to 3"),
        ({"offsets": np.array([0, 3], np.uint32)}, "lengths differ"),
        ({"positions": np.array([0], np.uint32)}, "lengths differ"),
        ({"keys": np.array([5, 5, 6], np.uint64)}, "not sorted, or one stands twice"),
        ({"keys": np.array([5, 6, 7], np.int64)}, "keys is int64"),
        ({"works": np.array([0, 1, 3], np.uint32)}, "names work 3, but there are 3"),
    ],
)
def test_postings_that_would_lead_a_kernel_astray_are_refused(changes: dict, sentence: str) -> None:
    with pytest.raises(BadRecord, match=sentence):
        check(altered(**changes), works=3)


def test_fingerprints_without_a_work_are_refused() -> None:
    with pytest.raises(WrongUsage, match="one work and one position"):
        build(np.zeros(2, np.uint64), np.zeros(1, np.uint32), np.zeros(2, np.uint32))
    with pytest.raises(WrongUsage, match="2 works have a party"):
        build(np.ones(1, np.uint64), np.full(1, 2, np.uint32), np.zeros(1, np.uint32), parties=np.zeros(2, np.uint32))


def registered(texts: list[str]) -> Table:
    prints = [compute(text) for text in texts]
    works = [np.full(len(one.hashes), work, np.uint32) for work, one in enumerate(prints)]
    return warm(
        build(
            np.concatenate([one.hashes for one in prints]),
            np.concatenate(works),
            np.concatenate([one.positions for one in prints]),
        )
    )


def test_an_ideographic_passage_is_found_inside_english() -> None:
    rng = random.Random(1)
    works = ["".join(chr(rng.randrange(0x4E00, 0x9FA5)) for _ in range(600)) for _ in range(3)]
    document = "He copied " + "，".join(works[1][200:300]) + " and said it was his own."
    prints = compute(document)

    found = score(prints.hashes, prints.positions, registered(works), gram=prints.gram)

    assert (prints.dense, prints.gram) == (True, 12)
    assert [(hit.work, grade(hit, dense=True)) for hit in found.hits] == [(1, Grade.SUBSTANTIAL)]


def dressed(rng: random.Random, text: str) -> str:
    changes = [
        str.upper,
        str.lower,
        lambda s: re.sub(r"[^\w\s]", "", s),
        lambda s: re.sub(r"\s+", " \n ", s),
        lambda s: s.replace("“", '"').replace("’", "'").title(),
    ]
    for change in rng.sample(changes, 2):
        text = change(text)
    return text


@pytest.fixture(scope="module")
def library() -> tuple[list[str], Table]:
    paths = sorted((SHARED / "data" / "texts").glob("*/*.txt"))
    if not paths:
        pytest.skip("the shared texts (../shared/data/texts) are not here")
    texts = [path.read_text("utf-8") for path in paths]
    return texts, registered(texts)


def excerpts(texts: list[str], low: int, high: int, count: int) -> list[tuple[int, str]]:
    """Excerpts set between shuffled words of other stories, with case, punctuation and spaces changed."""
    rng = random.Random(f"{low}-{high}")
    words = " ".join(texts[:12]).split()
    out = []
    for _ in range(count):
        work, size = rng.randrange(len(texts)), rng.randint(low, high)
        start = rng.randrange(len(texts[work]) - size)
        passage = dressed(rng, texts[work][start : start + size])
        out.append((work, f"{' '.join(rng.choices(words, k=150))} {passage} {' '.join(rng.choices(words, k=150))}"))
    return out


def graded(text: str, table: Table) -> dict[int, TextHit]:
    prints = compute(text)
    return {found.work: found for found in score(prints.hashes, prints.positions, table).hits}


@pytest.mark.slow
@pytest.mark.parametrize(("low", "high", "least"), [(300, 300, 0.99), (300, 600, 0.99), (200, 299, 0.9)])
def test_an_excerpt_of_200_characters_is_recalled(
    library: tuple[list[str], Table], low: int, high: int, least: float, capsys: pytest.CaptureFixture[str]
) -> None:
    texts, table = library
    own = []
    for work, text in excerpts(texts, low, high, 1_000):
        own.append(graded(text, table).get(work, hit(0, 0)))

    certain = sum(grade(one).certain for one in own) / len(own)
    reported = sum(grade(one) is not Grade.NONE for one in own) / len(own)

    with capsys.disabled():
        sys.stdout.write(f"\n{low}-{high} characters: certain {certain:.3f}, with verify {reported:.3f}\n")
    assert certain >= least
    assert reported >= 0.99


@pytest.mark.slow
def test_no_work_passes_for_another(library: tuple[list[str], Table]) -> None:
    texts, table = library

    grades = [
        (work, other, grade(hit))
        for work, text in enumerate(texts)
        for other, hit in graded(text, table).items()
        if other != work and grade(hit) is not Grade.NONE
    ]

    # "One's-Self I Sing" stands in two parts of Leaves of Grass, in two versions that share 125 letters.
    assert [outcome for _, _, outcome in grades] == [Grade.PASSAGE] * 2
    assert all("not physiognomy alone" in texts[work].lower() for work, _, _ in grades)


def test_the_thresholds_keep_their_promise_for_182_letters() -> None:
    rng = random.Random(2)
    for _ in range(50):
        passage = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=182))
        noise = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randrange(300))) for _ in range(4)]

        found = graded(noise[0] + passage + noise[1], registered([noise[2] + passage + noise[3]]))

        assert found[0].run >= module.PASSAGE_RUN
        assert grade(found[0]).certain
