import hashlib
import json
import random
import unicodedata
from importlib.resources import files
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from placet.fingerprints import text_letters, text_winnow
from placet.fingerprints.text_winnow import compute, compute_many, normalise, quote, text_sha256, winnow

VECTORS = json.loads((files("placet") / "vectors/fingerprints/text-winnow.json").read_text("utf-8"))["cases"]

LETTERS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=0, max_size=150)
IDEOGRAPHS = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=60)
MIXED = st.lists(st.one_of(st.text("abcdef0123", max_size=20), IDEOGRAPHS.map(lambda s: s[:9])), max_size=30).map(
    "".join
)
LOW_ENTROPY = st.text("ab", max_size=200)


def letters_of(text: str) -> str:
    return normalise(text)[0].astype("<u4").tobytes().decode("utf-32-le")


def weight(text: str) -> int:
    return sum(8 if "\u2e80" <= char <= "\ua4cf" else 3 for char in text)


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["name"])
def test_every_published_vector_holds(case: dict) -> None:
    text = case["text"]

    prints = compute(text)

    assert letters_of(text) == case["normalised"]
    assert text_sha256(text).hex() == case["sha256"]
    assert [f"{value:016x}" for value in prints.hashes.tolist()] == case["hashes"]
    assert prints.positions.tolist() == case["positions"]
    assert (prints.length, prints.cjk, prints.weak) == (case["length"], case["cjk"], case["weak"])


@given(st.text())
@example("İstanbul ß ﬁ Ⅷ ㍻ ½ \u1fb4 \u03b1\u0345\u0301 ﷺ")
@pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="needs the Unicode 14.0 tables of Python 3.11")
def test_the_table_agrees_with_normalising_the_whole_string(text: str) -> None:
    whole = text
    for _ in range(2):
        whole = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", whole).casefold())
    expected = "".join(char for char in whole if unicodedata.category(char)[0] in "LN")

    assert letters_of(text) == expected


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = letters_of(text)

    assert letters_of(once) == once


@given(st.text(), st.text())
def test_normalising_looks_at_one_character_at_a_time(left: str, right: str) -> None:
    assert letters_of(left + right) == letters_of(left) + letters_of(right)


@given(st.text())
def test_every_offset_points_at_the_character_a_letter_came_from(text: str) -> None:
    points, offsets = normalise(text)

    for point, offset in zip(points.tolist(), offsets.tolist(), strict=True):
        assert chr(point) in letters_of(text[offset])


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Café", "cafe\u0301"),
        ("co\u00adoper\u200bate", "cooperate"),
        ("“Straße”", "STRASSE"),
        ("ﬁne", "f-i-n-e"),
        ("한국어", unicodedata.normalize("NFD", "한국어")),
        ("exam-\nple", "EXAMPLE"),
        ("ﷺ" * 40 + "x", "صلى الله عليه وسلم" * 40 + "x"),
    ],
)
def test_dress_does_not_change_the_identity(first: str, second: str) -> None:
    assert text_sha256(first) == text_sha256(second)


def test_a_lookalike_letter_stays_another_letter() -> None:
    assert text_sha256("\u0430") != text_sha256("a")


def test_the_digest_is_that_of_the_normalised_text() -> None:
    assert text_sha256("Non, placet!") == hashlib.sha256(b"nonplacet").digest()


@settings(max_examples=200)
@given(
    LETTERS,
    LETTERS,
    st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=63, max_size=120),
    LETTERS,
    LETTERS,
)
def test_every_shared_run_of_63_letters_shares_a_fingerprint(a: str, b: str, run: str, c: str, d: str) -> None:
    one, other = compute(a + run + b), compute(c + " " + run.upper() + "!" + d)

    assert np.intersect1d(one.hashes, other.hashes).size


@settings(max_examples=200)
@given(MIXED, MIXED, MIXED, MIXED, MIXED)
def test_every_shared_run_of_weight_191_shares_a_fingerprint(a: str, b: str, run: str, c: str, d: str) -> None:
    run += "abc定" * max(0, (191 - weight(run) + 16) // 17)

    one, other = compute(a + run + b), compute(c + run + d)

    assert np.intersect1d(one.hashes, other.hashes).size


@given(IDEOGRAPHS, LETTERS, st.text("天地玄黃宇宙洪荒日月盈昃辰宿列張", min_size=23, max_size=40))
def test_an_excerpt_of_23_ideographs_is_found_inside_another_script(work: str, latin: str, run: str) -> None:
    one, other = compute(work + run + work), compute(latin + run + latin)

    assert np.intersect1d(one.hashes, other.hashes).size


@given(st.one_of(LETTERS, LOW_ENTROPY))
def test_the_kernel_for_letters_agrees_with_the_one_for_any_script(text: str) -> None:
    points, _ = normalise(text)

    fast = text_winnow._winnow_letters(points, *text_winnow._mixes())
    slow = text_winnow._winnow_mixed(points)

    assert fast[0].tolist() == slow[0].tolist()
    assert fast[1].tolist() == slow[1].tolist()
    assert fast[2] == slow[2]


@pytest.mark.parametrize(
    "text",
    [
        "".join(random.Random(5).choices("abcdefghijklmnop", k=5_000)),
        "".join(random.Random(6).choices("ab", k=3_000)) + "a" * 1_500,
        "abcdefghijk" * 400,
        "".join(random.Random(7).choices("abé", k=1_055 + 31)),
        "я" * 70 + "".join(random.Random(8).choices("абвгдежз", k=2_300)),
    ],
    ids=["prose", "two letters", "a period", "one block", "another script"],
)
def test_texts_of_several_blocks_are_winnowed_as_by_the_slow_kernel(text: str) -> None:
    prints = compute(text)

    slow = text_winnow._winnow_mixed(normalise(text)[0])
    assert prints.hashes.tolist() == slow[0].tolist()
    assert prints.positions.tolist() == slow[1].tolist()


def coarse_tops(orders, count, tops, least, spare) -> None:
    """As `_least_tops`, but of so few leading bits that most windows hold several of the least."""
    tops[: count + 31] = orders[: count + 31] >> np.uint64(61)
    least[:count] = np.lib.stride_tricks.sliding_window_view(tops[: count + 31], 32).min(axis=1)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["ab", "abcdefghijklmnopqrstuvwxyz"]), st.integers(63, 1_300))
def test_leading_halves_that_agree_do_not_mislead_the_choice(seed: int, letters: str, size: int) -> None:
    text = "".join(random.Random(seed).choices(letters, k=size))
    points, _ = normalise(text)
    room = np.empty(0, np.uint64), np.empty(0, np.uint32)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_winnow, "_least_tops", coarse_tops)
        found = text_winnow._winnow_into.py_func(points, *text_winnow._mixes(), *room, 0, text_winnow._desk())
    hashes, positions, count = found

    assert hashes[:count].tolist() == compute(text).hashes.tolist()
    assert positions[:count].tolist() == compute(text).positions.tolist()


@given(st.lists(st.one_of(st.text(max_size=90), LETTERS, st.just("½ ﬁne ㎯ Ĳ" * 9), MIXED), min_size=1, max_size=6))
def test_texts_together_are_fingerprinted_as_each_alone(texts: list[str]) -> None:
    batch = compute_many([text.encode("utf-8", "replace") for text in texts])

    assert len(batch) == len(texts)
    for at, text in enumerate(texts):
        together, alone = batch.prints(at), winnow(normalise(text)[0])
        assert together.hashes.tolist() == alone.hashes.tolist()
        assert together.positions.tolist() == alone.positions.tolist()
        assert (together.length, together.cjk, together.weak) == (alone.length, alone.cjk, alone.weak)
        assert batch.digest(at) == text_sha256(text)


@given(st.lists(st.one_of(st.binary(max_size=6), st.text(max_size=4).map(str.encode)), max_size=8).map(b"".join))
@example(b"\xc0\x80")
@example(b"\xe0\x9f\xbf")
@example(b"\xed\xa0\x80")
@example(b"\xf0\x8f\xbf\xbf")
@example(b"\xf4\x90\x80\x80")
@example(b"abcdefg\xe2\x80")
def test_utf8_is_read_as_strictly_as_python_reads_it(data: bytes) -> None:
    out = np.empty(len(data), np.uint8)
    source = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)

    size = text_letters.fold_utf8(source, 0, len(data), out, 0, *text_letters.tables())

    text = data.decode(errors="ignore")
    if text.encode() != data:
        assert size == -1
        with pytest.raises(UnicodeDecodeError):
            compute(data)
        return
    assert size >= 0 or not text.isascii()
    assert size < 0 or bytes(out[:size]).decode() == letters_of(text)
    assert compute(data).hashes.tolist() == compute(text).hashes.tolist()


def mix(point: int) -> int:
    x = (point + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9 % 2**64
    return (x ^ x >> 29) * 0x94D049BB133111EB % 2**64


def seal(x: int) -> int:
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    x = (x ^ x >> 27) * 0x94D049BB133111EB % 2**64
    return x ^ x >> 31


def grams_of(letters: str) -> list[tuple[int, int, int]]:
    """The page's words in plain integers: (order, where it begins, weight of its last character)."""
    grams = []
    for stop in range(1, len(letters) + 1):
        starts = [start for start in range(stop) if weight(letters[start:stop]) >= 96]
        if starts:
            rolled = sum(mix(ord(c)) * 0x9E3779B97F4A7C15**i for i, c in enumerate(letters[starts[-1] : stop][::-1]))
            rolled %= 2**64
            order = (rolled ^ rolled >> 32) * 0xD6E8FEB86659FD93 % 2**64
            grams.append((order, starts[-1], weight(letters[stop - 1])))
    return grams


def winnowed(letters: str) -> list[tuple[int, int]]:
    grams, chosen = grams_of(letters), []
    for stop in range(1, len(grams) + 1):
        starts = [start for start in range(stop) if sum(gram[2] for gram in grams[start:stop]) >= 96]
        if not starts or (chosen and chosen[-1] >= starts[-1] and grams[chosen[-1]][0] <= grams[stop - 1][0]):
            continue
        chosen.append(min(range(starts[-1], stop), key=lambda at: (grams[at][0], -at)))
    if grams and not chosen:
        chosen = [min(range(len(grams)), key=lambda at: (grams[at][0], -at))]
    return [(seal(grams[at][0]), grams[at][1]) for at in chosen]


@settings(max_examples=40, deadline=None)
@given(st.one_of(LETTERS, LOW_ENTROPY, MIXED))
def test_the_kernels_agree_with_the_definition_in_plain_integers(text: str) -> None:
    prints = compute(text)

    pairs = list(zip(prints.hashes.tolist(), prints.positions.tolist(), strict=True))
    assert pairs == winnowed(letters_of(text))


@given(LETTERS.map(lambda text: text * 3))
def test_every_window_of_32_grams_holds_a_position(text: str) -> None:
    prints = compute(text)

    edges = [-1, *prints.positions.tolist(), max(0, prints.length - 31)]
    assert all(after - before <= 32 for before, after in pairwise(edges))
    assert prints.positions.tolist() == sorted(set(prints.positions.tolist()))


def test_a_text_chosen_to_be_picked_everywhere_is_kept_whole() -> None:
    base, choices = 0x9E3779B97F4A7C15, np.arange(1, 0x2E80, dtype=np.uint32)
    mixes = np.array([mix(point) for point in choices.tolist()], np.uint64)
    text, least = [1] * 31, 2**64
    for _ in range(400):
        tail = sum(mix(point) * base ** (31 - at) for at, point in enumerate(text[-31:])) % 2**64
        rolled = np.uint64(tail) + mixes
        orders = (rolled ^ rolled >> np.uint64(32)) * np.uint64(0xD6E8FEB86659FD93)
        below = np.flatnonzero(orders < np.uint64(least)) if least < 2**64 else np.arange(len(orders))
        pick = below[np.argmax(orders[below])]
        least = int(orders[pick])
        text.append(int(choices[pick]))

    prints = winnow(np.array(text, np.uint32))

    assert prints.positions.tolist() == list(range(31, 400))
    assert prints.hashes.tolist() == text_winnow._winnow_mixed(np.array(text, np.uint32))[0].tolist()


def test_the_same_letter_over_and_over_does_not_flood_the_index() -> None:
    prints = compute("a" * 32_000)

    assert len(prints.hashes) <= 1 + 32_000 // 32
    assert len(set(prints.hashes.tolist())) == 1


def test_a_text_too_short_for_the_guarantee_says_so() -> None:
    assert compute("a" * 62).weak
    assert not compute("a" * 63).weak
    assert compute("").weak
    assert len(compute("a" * 31).hashes) == 0
    assert len(compute("a" * 32).hashes) == 1


def test_code_points_winnow_as_their_text_does() -> None:
    text = "Whoever you are, I fear you are walking the walks of dreams, 天地玄黃宇宙洪荒日月盈昃辰宿列張" * 3

    prints = winnow(normalise(text)[0])

    assert prints.hashes.tolist() == compute(text).hashes.tolist()
    assert prints.cjk == compute(text).cjk == 48


def test_a_passage_is_quoted_as_it_was_written() -> None:
    text = "Say: “Non  Placet!”, and mean it."

    assert quote(text, 3, 12) == "Non  Placet"
    assert quote(text, 5, 5) == ""
    assert quote("½ cup", 1, 3) == "½ c"


@given(st.text(st.characters(categories=["Cs", "Lu", "Mn", "Lo"]), max_size=200))
def test_no_string_is_refused_not_even_lone_surrogates(text: str) -> None:
    prints = compute(text)

    assert prints.length == len(normalise(text)[0])
    assert len(prints.hashes) == len(prints.positions)
