"""Which registered works sound in a sound, from where to where, and how sure that is.

Marks that agree on one offset (at one of five tempos) vote for a work; what the votes name is then compared note by
note at that offset.  Source: `reference/matching.md` 9.3; the grades come from measuring (`bench/audio.py`): of 57,840
pairs of sounds that have nothing in common, the notes of none at the best offset differed by less than 0.28 of their
bits, and marks agreed at 7 moments at most.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numba
import numpy as np
from numpy.typing import NDArray

from placet.fingerprints.audio_chroma import ITEM_SECONDS
from placet.fingerprints.audio_landmark import FRAME_SECONDS
from placet.fingerprints.audio_prints import SoundPrints

__all__ = ["SoundGrade", "SoundHit", "Sounds", "grade", "index_sounds", "search"]

TEMPOS: Final = (1.0, 0.975, 1.025, 0.95, 1.05)  # the first is taken where two fit as well
BUDGET: Final = 1 << 22  # postings read for one sound; what is left out is counted, the commonest marks first
_STRETCH: Final = round(10 / ITEM_SECONDS)  # items that are compared: ten seconds, or all there are
LEAST_VOTES: Final = 4

SAME_NOTES: Final = 0.25  # of the bits of ten seconds of notes: a copy
NEAR_NOTES: Final = 0.35  # a resemblance
SHORT_NOTES: Final = 0.15  # where less than ten seconds can be compared
_LEAST_SECONDS: Final = 1.8  # of notes; each of them hears 2.7 seconds
SURE_MOMENTS: Final = 16  # at which marks agree: certain whatever else sounds
MAYBE_MOMENTS: Final = 8
_MAYBE_VOTES: Final = 8
_ABOVE_CHANCE: Final = 5  # as many times the votes that would agree by accident

Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sounds:
    """The arrays of a snapshot, as `search` wants them: marks by hash, items by work."""

    hashes: NDArray[np.uint32]
    works: NDArray[np.uint32]
    times: NDArray[np.uint32]
    items: NDArray[np.uint32]
    item_works: NDArray[np.uint32]


class SoundGrade(StrEnum):
    """What a hit proves."""

    STRONG = "strong"
    VERIFY = "verify"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundHit:
    """`votes` marks agree, at as many `moments`; `chance` is how many would by accident.

    `error` is the share of bits in which the notes differ over `compared` seconds (1 where none can be compared).

    `heard` is where it sounds in what was searched, `known` where in the work, both in seconds.
    """

    work: int
    votes: int
    moments: int
    chance: float
    tempo: float
    error: float
    compared: float
    heard: tuple[float, float]
    known: tuple[float, float]


def grade(hit: SoundHit) -> SoundGrade:
    """A copy, a resemblance, or nothing: by its notes where they can be compared, else by its marks alone."""
    if hit.error <= (SAME_NOTES if hit.compared > 9 else SHORT_NOTES) and hit.compared >= _LEAST_SECONDS:
        return SoundGrade.STRONG
    if hit.votes < _ABOVE_CHANCE * hit.chance:
        return SoundGrade.NONE
    if hit.moments >= SURE_MOMENTS:
        return SoundGrade.STRONG
    near = hit.error <= NEAR_NOTES and hit.compared >= _LEAST_SECONDS and hit.votes >= _MAYBE_VOTES
    return SoundGrade.VERIFY if near or hit.moments >= MAYBE_MOMENTS else SoundGrade.NONE


def index_sounds(arrays: Mapping[str, NDArray[Any]]) -> Sounds:
    """The search structure over the arrays of a library."""
    names = (
        "audio-landmark.hash",
        "audio-landmark.work",
        "audio-landmark.time",
        "audio-chroma.item",
        "audio-chroma.work",
    )
    return Sounds(*(np.ascontiguousarray(arrays[name], dtype=np.uint32) for name in names))


def search(prints: SoundPrints, sounds: Sounds) -> tuple[tuple[SoundHit, ...], int]:
    """The works that a sound of these prints (dense) may hold, most votes first, and how many marks went unread."""
    marks, items = prints.marks, prints.items
    starts = np.searchsorted(sounds.hashes, marks.hashes, "left")
    many = np.searchsorted(sounds.hashes, marks.hashes, "right") - starts
    read = _affordable(many)
    postings = _postings(starts[read], many[read])
    asked = np.repeat(marks.times[read].astype(np.int64), many[read])
    works, times = sounds.works[postings].astype(np.int64), sounds.times[postings].astype(np.int64)
    order = np.argsort(works, kind="stable")
    works, times, asked = works[order], times[order], asked[order]
    hits = [_hit(*found, times, asked, items, sounds) for found in _candidates(works, times, asked)]
    hits.sort(key=lambda hit: (-hit.votes, hit.work))
    return tuple(hits), int(np.count_nonzero(many)) - len(read)


def _affordable(many: Longs) -> Longs:
    """The marks that are looked up, the rarest first, in their own order: those that somebody has, within `BUDGET`."""
    met = np.flatnonzero(many)
    if many[met].sum() <= BUDGET:
        return met
    rarest = met[np.argsort(many[met], kind="stable")]
    kept: Longs = np.sort(rarest[np.cumsum(many[rarest]) <= BUDGET])
    return kept


def _postings(starts: Longs, many: Longs) -> Longs:
    ends = np.cumsum(many)
    places: Longs = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - many), many)
    return places


def _candidates(works: Longs, times: Longs, asked: Longs) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Work, its first and last place among the hits, and the tempo, offset and votes of its best alignment."""
    if not len(works):
        return
    edges = np.concatenate(([0], np.flatnonzero(works[1:] != works[:-1]) + 1, [len(works)]))
    span = int(times.max()) + int(asked.max() * max(TEMPOS)) + 4
    found = _align(edges, times, asked, np.array(TEMPOS), np.zeros(span, np.int32), LEAST_VOTES)
    for place, tempo, offset, votes in found.tolist():
        start, stop = int(edges[place]), int(edges[place + 1])
        yield int(works[start]), start, stop, tempo, offset, votes


@numba.njit(cache=True, nogil=True)
def _align(
    edges: Longs, times: Longs, asked: Longs, tempos: NDArray[np.float64], votes: NDArray[np.int32], least: int
) -> Longs:
    """For each work its alignment with most votes in two neighbouring frames: work, tempo, offset, votes."""
    found = np.empty((len(edges) - 1, 4), np.int64)
    many = 0
    for place in range(len(edges) - 1):
        start, stop = edges[place], edges[place + 1]
        if stop - start < least:
            continue
        most, at_tempo, at_offset = np.int32(0), 0, np.int64(0)
        for tempo in range(len(tempos)):
            latest = np.int64(0)
            for hit in range(start, stop):
                moved = np.int64(np.rint(asked[hit] * tempos[tempo]))
                latest = moved if moved > latest else latest
            for hit in range(start, stop):
                votes[times[hit] - np.int64(np.rint(asked[hit] * tempos[tempo])) + latest] += 1
            for hit in range(start, stop):
                offset = times[hit] - np.int64(np.rint(asked[hit] * tempos[tempo])) + latest
                both = votes[offset] + votes[offset + 1]
                if both > most:
                    most, at_tempo, at_offset = both, tempo, offset - latest
            for hit in range(start, stop):
                votes[times[hit] - np.int64(np.rint(asked[hit] * tempos[tempo])) + latest] = 0
        if most >= least:
            found[many, 0], found[many, 1], found[many, 2], found[many, 3] = place, at_tempo, at_offset, most
            many += 1
    return found[:many]


def _hit(
    work: int,
    start: int,
    stop: int,
    tempo: int,
    offset: int,
    votes: int,
    times: Longs,
    asked: Longs,
    items: NDArray[np.uint32],
    sounds: Sounds,
) -> SoundHit:
    rate = TEMPOS[tempo]
    mine, theirs = asked[start:stop], times[start:stop]
    gaps = theirs - np.rint(mine * rate).astype(np.int64) - offset
    agree = (gaps == 0) | (gaps == 1)
    reach = int(mine.max() - mine.min()) + int(theirs.max() - theirs.min()) + 2
    error, compared = _compare(items, _items_of(work, sounds), rate, offset)
    return SoundHit(
        work=work,
        votes=votes,
        moments=len(np.unique(mine[agree])),
        chance=2 * (len(mine) - votes) / reach,
        tempo=rate,
        error=error,
        compared=compared,
        heard=_seconds(mine[agree]),
        known=_seconds(theirs[agree]),
    )


def _seconds(frames: Longs) -> tuple[float, float]:
    return float(frames.min() * FRAME_SECONDS), float((frames.max() + 1) * FRAME_SECONDS)


def _items_of(work: int, sounds: Sounds) -> NDArray[np.uint32]:
    start, stop = np.searchsorted(sounds.item_works, [work, work + 1])
    return sounds.items[start:stop]


def _compare(mine: NDArray[np.uint32], theirs: NDArray[np.uint32], rate: float, offset: int) -> tuple[float, float]:
    """The least error of any ten seconds, or of all where they are fewer, and how many seconds that was."""
    best = (1.0, 0.0)
    places = np.arange(len(mine)) * rate + offset * FRAME_SECONDS / ITEM_SECONDS
    for shift in (-0.5, 0.0, 0.5):
        there = np.rint(places + shift).astype(np.int64)
        both = (there >= 0) & (there < len(theirs))
        wrong = np.bitwise_count(mine[both] ^ theirs[there[both]]).astype(np.int64)
        length = min(_STRETCH, len(wrong))
        if length:
            sums = np.concatenate(([0], np.cumsum(wrong)))
            error = float((sums[length:] - sums[:-length]).min()) / (32 * length)
            best = min(best, (error, length * ITEM_SECONDS))
    return best
