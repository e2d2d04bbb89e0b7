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

from placet.fingerprints.audio_chroma import ITEM_SECONDS, SPAN_SECONDS
from placet.fingerprints.audio_landmark import FRAME_SECONDS, last_frames
from placet.fingerprints.audio_prints import SoundPrints
from placet.snapshot.match_notes import Notes, compare, index_notes, seek_notes

__all__ = ["SoundGrade", "SoundHit", "Sounds", "grade", "index_sounds", "search"]

TEMPOS: Final = (1.0, 0.975, 1.025, 0.95, 1.05)  # the first is taken where two fit as well
BUDGET: Final = 1 << 22  # postings read for one sound; what is left out is counted, the commonest marks first
LEAST_VOTES: Final = 4

SAME_NOTES: Final = 0.25  # of the bits of ten seconds of notes: a copy
NEAR_NOTES: Final = 0.35  # a resemblance
SHORT_NOTES: Final = 0.15  # where less than ten seconds can be compared
_LEAST_SECONDS: Final = 1.7  # of notes; each of them hears 2.7 seconds
SURE_MOMENTS: Final = 16  # at which marks agree: certain whatever else sounds
MAYBE_MOMENTS: Final = 8
_MAYBE_VOTES: Final = 8
ALONE_NOTES: Final = 0.1  # where no marks agree: of 1,682 pairs, at any offset, none came nearer than 0.18
_ALONE_LEAST: Final = 8  # notes, of which six at least are of their own
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
    notes: Notes


class SoundGrade(StrEnum):
    """What a hit proves."""

    STRONG = "strong"
    VERIFY = "verify"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundHit:
    """`votes` marks agree, at as many `moments` (0: no marks, but the notes alone); `chance` would by accident.

    `error` is the share of bits in which the notes differ over the `compared` seconds in which they are most alike, and
    `overall` over all (1 where none can be compared).

    `heard` is where it sounds in what was searched, `known` where in the work, both in seconds.
    """

    work: int
    votes: int
    moments: int
    chance: float
    tempo: float
    error: float
    overall: float
    compared: float
    distinct: int
    heard: tuple[float, float]
    known: tuple[float, float]


def grade(hit: SoundHit) -> SoundGrade:
    """A copy, a resemblance, or nothing: by its notes where they can be compared, else by its marks alone."""
    if not hit.moments:
        are_many = hit.compared >= (_ALONE_LEAST - 0.5) * ITEM_SECONDS and hit.distinct >= _ALONE_LEAST - 2
        return SoundGrade.STRONG if hit.error <= ALONE_NOTES and are_many else SoundGrade.NONE
    if hit.error <= _same_notes(hit.compared):
        return SoundGrade.STRONG
    if hit.votes < _ABOVE_CHANCE * hit.chance:
        return SoundGrade.NONE
    if hit.moments >= SURE_MOMENTS:
        return SoundGrade.STRONG
    near = hit.error <= NEAR_NOTES and hit.compared >= _LEAST_SECONDS and hit.votes >= _MAYBE_VOTES
    return SoundGrade.VERIFY if near or hit.moments >= MAYBE_MOMENTS else SoundGrade.NONE


def _same_notes(seconds: float) -> float:
    """The error up to which notes that are compared for so long, where marks agree, are a copy's; -1 for none."""
    if seconds >= 9:
        return SAME_NOTES
    if seconds >= _LEAST_SECONDS:
        return SHORT_NOTES
    return ALONE_NOTES if seconds >= _LEAST_SECONDS / 2 else -1


def index_sounds(arrays: Mapping[str, NDArray[Any]]) -> Sounds:
    """The search structure over the arrays of a library."""
    names = (
        "audio-landmark.hash",
        "audio-landmark.work",
        "audio-landmark.time",
        "audio-chroma.item",
        "audio-chroma.work",
    )
    read = [np.ascontiguousarray(arrays[name], dtype=np.uint32) for name in names]
    hashes, works, times, items, item_works = read
    return Sounds(hashes, works, times, items, item_works, index_notes(items, item_works))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Met:
    """Marks that a work has too, by work: when in the work, when in what was searched, and how long each is."""

    works: Longs
    times: Longs
    asked: Longs
    lengths: Longs


@dataclass(frozen=True, slots=True)
class _Alignment:
    """The marks `start` to `stop` are of one work, of which `votes` agree on this tempo and offset."""

    work: int
    start: int
    stop: int
    tempo: float
    offset: int
    votes: int


def search(prints: SoundPrints, sounds: Sounds) -> tuple[tuple[SoundHit, ...], int]:
    """The works that a sound of these prints (dense) may hold, most votes first; how many went unread."""
    marks, items = prints.marks, prints.items
    starts = np.searchsorted(sounds.hashes, marks.hashes, "left")
    many = np.searchsorted(sounds.hashes, marks.hashes, "right") - starts
    read = _affordable(many)
    postings = _postings(starts[read], many[read])
    works = sounds.works[postings].astype(np.int64)
    order = np.argsort(works, kind="stable")
    asked = np.repeat(read, many[read])[order]
    met = _Met(
        works=works[order],
        times=sounds.times[postings][order].astype(np.int64),
        asked=marks.times[asked].astype(np.int64),
        lengths=last_frames(marks.hashes[asked]).astype(np.int64),
    )
    hits = [_hit(found, met, items, sounds) for found in _candidates(met)]
    named = {hit.work for hit in hits if grade(hit) is not SoundGrade.NONE}
    alone, unheard = seek_notes(items, sounds.item_works, sounds.notes)
    hits += [_by_notes(work, offset, items, sounds) for work, offset in alone if work not in named]
    hits.sort(key=lambda hit: (-hit.votes, hit.work))
    return tuple(hits), int(np.count_nonzero(many)) - len(read) + unheard


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


def _candidates(met: _Met) -> Iterator[_Alignment]:
    works, times, asked = met.works, met.times, met.asked
    if not len(works):
        return
    edges = np.concatenate(([0], np.flatnonzero(works[1:] != works[:-1]) + 1, [len(works)]))
    span = int(times.max()) + int(asked.max() * max(TEMPOS)) + 4
    found = _align(edges, times, asked, np.array(TEMPOS), np.zeros(span, np.int32), LEAST_VOTES)
    for place, tempo, offset, votes in found.tolist():
        start, stop = int(edges[place]), int(edges[place + 1])
        yield _Alignment(int(works[start]), start, stop, TEMPOS[tempo], offset, votes)


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


def _hit(at: _Alignment, met: _Met, items: NDArray[np.uint32], sounds: Sounds) -> SoundHit:
    asked, times = met.asked[at.start : at.stop], met.times[at.start : at.stop]
    gaps = times - np.rint(asked * at.tempo).astype(np.int64) - at.offset
    agree = (gaps == 0) | (gaps == 1)
    lengths = met.lengths[at.start : at.stop][agree]
    reach = int(asked.max() - asked.min()) + int(times.max() - times.min()) + 2
    like = compare(items, _items_of(at.work, sounds), at.tempo, at.offset * FRAME_SECONDS / ITEM_SECONDS)
    return SoundHit(
        work=at.work,
        votes=at.votes,
        moments=len(np.unique(asked[agree])),
        chance=2 * (len(asked) - at.votes) / reach,
        tempo=at.tempo,
        error=like.error,
        overall=like.overall,
        compared=like.many * ITEM_SECONDS,
        distinct=like.distinct,
        heard=_seconds(asked[agree], lengths),
        known=_seconds(times[agree], lengths),
    )


def _by_notes(work: int, offset: int, items: NDArray[np.uint32], sounds: Sounds) -> SoundHit:
    like = compare(items, _items_of(work, sounds), 1.0, offset)
    first, last = like.first * ITEM_SECONDS, (like.first + like.many - 1) * ITEM_SECONDS + SPAN_SECONDS
    later = offset * ITEM_SECONDS
    return SoundHit(
        work=work,
        votes=like.distinct,
        moments=0,
        chance=0,
        tempo=1.0,
        error=like.error,
        overall=like.overall,
        compared=like.many * ITEM_SECONDS,
        distinct=like.distinct,
        heard=(first, last),
        known=(max(0.0, first + later), last + later),
    )


def _seconds(frames: Longs, lengths: Longs) -> tuple[float, float]:
    return float(frames.min() * FRAME_SECONDS), float((frames + lengths).max() * FRAME_SECONDS)


def _items_of(work: int, sounds: Sounds) -> NDArray[np.uint32]:
    start, stop = np.searchsorted(sounds.item_works, [work, work + 1])
    return sounds.items[start:stop]
