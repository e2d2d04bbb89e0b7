"""Sounds are found in excerpts, at other tempos and under others; strangers are not; crowds are counted."""

from __future__ import annotations

import numpy as np
import pytest

from placet.fingerprints import audio_prints
from placet.fingerprints.audio_decode import RATE, Samples, Sound
from placet.fingerprints.audio_landmark import Marks
from placet.fingerprints.audio_prints import SoundPrints
from placet.snapshot import match_audio
from placet.snapshot.match_audio import SoundGrade, SoundHit, Sounds, grade, search
from placet.snapshot.match_notes import index_notes
from tests.fingerprints.sounds import quieter, song

WORKS = 12


def _prints(samples: Samples, *, dense: bool = True) -> SoundPrints:
    return audio_prints.compute(Sound(samples=samples, rate=RATE, channels=1), dense=dense)


def _index(works: list[SoundPrints]) -> Sounds:
    hashes = np.concatenate([each.marks.hashes for each in works])
    times = np.concatenate([each.marks.times for each in works])
    numbers = np.concatenate([np.full(len(each.marks.hashes), n, np.uint32) for n, each in enumerate(works)])
    order = np.lexsort((times, numbers, hashes))
    items = np.concatenate([each.items for each in works])
    of = np.concatenate([np.full(len(each.items), n, np.uint32) for n, each in enumerate(works)])
    return Sounds(hashes[order], numbers[order], times[order], items, of, index_notes(items, of))


@pytest.fixture(scope="module")
def sounds() -> Sounds:
    return _index([_prints(song(seed), dense=False) for seed in range(WORKS)])


def _found(samples: Samples, sounds: Sounds) -> dict[int, SoundGrade]:
    hits, unread = search(_prints(samples), sounds)
    assert unread == 0
    return {hit.work: grade(hit) for hit in hits if grade(hit) is not SoundGrade.NONE}


@pytest.mark.parametrize("work", range(0, WORKS, 3))
def test_a_copy_is_found_and_nobody_else(sounds: Sounds, work: int) -> None:
    assert _found(quieter(song(work), 0.3), sounds) == {work: SoundGrade.STRONG}


@pytest.mark.parametrize("start", [0.0, 3.217, 11.5, 14.99])
def test_five_seconds_are_enough_and_are_found_where_they_are(sounds: Sounds, start: float) -> None:
    first = int(start * RATE)
    hits, _ = search(_prints(song(4)[first : first + 5 * RATE]), sounds)

    assert (hits[0].work, grade(hits[0])) == (4, SoundGrade.STRONG)
    assert hits[0].known[0] - hits[0].heard[0] == pytest.approx(start, abs=0.1)
    assert hits[0].tempo == 1


def test_it_is_found_under_another_sound_as_loud_and_both_are(sounds: Sounds) -> None:
    both = (song(1).astype(np.int32) + song(2)) // 2

    assert set(_found(both.astype(np.int16), sounds)) == {1, 2}


def test_it_is_found_inside_a_longer_sound_and_told_from_where_to_where(sounds: Sounds) -> None:
    inside = np.concatenate((song(40, 9), song(5)[3 * RATE : 15 * RATE], song(41, 9)))

    hits, _ = search(_prints(inside), sounds)

    assert (hits[0].work, grade(hits[0])) == (5, SoundGrade.STRONG)
    assert hits[0].heard == (pytest.approx(9, abs=1), pytest.approx(21, abs=1.5))
    assert hits[0].known == (pytest.approx(3, abs=1), pytest.approx(15, abs=1.5))


@pytest.mark.parametrize("seed", range(100, 110))
def test_strangers_are_not_found(sounds: Sounds, seed: int) -> None:
    assert _found(song(seed), sounds) == {}


@pytest.mark.parametrize("samples", [np.zeros(0, np.int16), np.zeros(9 * RATE, np.int16), song(1, 1)[:700]])
def test_what_has_no_marks_finds_nothing(sounds: Sounds, samples: Samples) -> None:
    assert search(_prints(samples), sounds) == ((), 0)


def test_an_empty_registry_has_nothing_to_find() -> None:
    none = np.empty(0, np.uint32)

    assert search(_prints(song(1, 5)), Sounds(none, none, none, none, none, index_notes(none, none))) == ((), 0)


def test_what_is_beyond_the_budget_is_counted_and_the_rarest_are_read_first(
    sounds: Sounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = np.repeat(sounds.hashes[:1], 5_000)
    hashes = np.concatenate((crowd, sounds.hashes))
    order = np.argsort(hashes, kind="stable")
    works = np.concatenate((np.arange(5_000) % WORKS, sounds.works)).astype(np.uint32)
    times = np.concatenate((np.zeros(5_000), sounds.times)).astype(np.uint32)
    crowded = Sounds(hashes[order], works[order], times[order], sounds.items, sounds.item_works, sounds.notes)
    monkeypatch.setattr(match_audio, "BUDGET", 4_000)
    owner = int(sounds.works[0])

    hits, unread = search(_prints(song(owner)), crowded)

    assert unread == 1
    assert hits[0].work == owner


def test_marks_at_the_ends_of_time_are_no_danger(sounds: Sounds) -> None:
    none = np.empty(0, np.uint32)
    far = np.array([0, audio_prints.LAST_FRAME], np.uint32)
    hashes = np.repeat(sounds.hashes[:1], 2)
    index = Sounds(hashes, np.zeros(2, np.uint32), far, none, none, index_notes(none, none))
    asked = SoundPrints(
        items=np.empty(0, np.uint32), marks=Marks(np.repeat(hashes[:1], 9), np.repeat(far[1:], 9)), length=1
    )

    hits, _ = search(asked, index)

    assert [grade(hit) for hit in hits] == [SoundGrade.NONE]


def _hit(**said: float) -> SoundHit:
    usual = {
        "work": 0,
        "votes": 30,
        "moments": 12,
        "chance": 0.1,
        "tempo": 1.0,
        "error": 0.5,
        "overall": 0.5,
        "compared": 10.0,
        "distinct": 40,
    }
    return SoundHit(**(usual | said), heard=(0.0, 1.0), known=(0.0, 1.0))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"error": 0.25}, "strong"),
        ({"error": 0.2, "compared": 4}, "verify"),
        ({"error": 0.15, "compared": 4}, "strong"),
        ({"error": 0.15, "compared": 1}, "verify"),
        ({"error": 0.1, "compared": 1}, "strong"),
        ({"error": 0.0, "compared": 0.5, "moments": 5, "votes": 5}, "none"),
        ({"moments": 0, "error": 0.1, "compared": 1}, "strong"),
        ({"moments": 0, "error": 0.11, "compared": 10}, "none"),
        ({"moments": 0, "error": 0.1, "compared": 0.9}, "none"),
        ({"moments": 0, "error": 0.0, "distinct": 5}, "none"),
        ({"moments": 16}, "strong"),
        ({"moments": 16, "chance": 7}, "none"),
        ({"moments": 8}, "verify"),
        ({"moments": 7}, "none"),
        ({"moments": 5, "votes": 8, "error": 0.35}, "verify"),
        ({"moments": 5, "votes": 7, "error": 0.35}, "none"),
    ],
    ids=str,
)
def test_the_grades(said: dict[str, float], wanted: str) -> None:
    assert grade(_hit(**said)) == wanted


def _unmarked(prints: SoundPrints) -> SoundPrints:
    none = np.empty(0, np.uint32)
    return SoundPrints(items=prints.items, marks=Marks(none, none), length=prints.length)


def test_where_nothing_stands_out_the_notes_alone_are_enough() -> None:
    index = _index([_unmarked(_prints(song(seed, 8))) for seed in range(6)])
    asked = _unmarked(_prints(song(3, 8)[RATE : 7 * RATE]))

    hits, _ = search(asked, index)

    sure = [hit for hit in hits if grade(hit) is SoundGrade.STRONG]
    assert [hit.work for hit in sure] == [3]
    assert sure[0].known[0] - sure[0].heard[0] == pytest.approx(1, abs=0.2)
    assert search(_unmarked(_prints(song(77, 8))), index) == ((), 0)


def test_silence_points_nowhere_though_works_have_it_too() -> None:
    quiet = np.zeros(12 * RATE, np.int16)

    assert search(_prints(quiet), _index([_prints(quiet), _prints(song(1, 6))])) == ((), 0)
