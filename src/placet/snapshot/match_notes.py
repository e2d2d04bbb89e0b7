"""Works in which little stands out, found by their notes alone: where several notes are the very same, in one order.

A note that only goes on is left out of the look-up, so that silence and drones point nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from placet.fingerprints.audio_chroma import ITEM_SECONDS

__all__ = ["BUDGET", "SAME", "Likeness", "Notes", "compare", "index_notes", "seek_notes"]

BUDGET: Final = 1 << 18  # places read for one sound, of the rarest notes first
SAME: Final = 3  # notes that are the very same at one offset

_STRETCH: Final = round(10 / ITEM_SECONDS)  # notes that are compared: ten seconds, or all there are

Words = NDArray[np.uint32]
Longs = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Notes:
    """Notes that begin, sorted by their bits; `places` are rows of `audio-chroma.*`."""

    items: Words
    places: Longs


@dataclass(frozen=True, slots=True, order=True)
class Likeness:
    """`error` is the share of bits in which the most alike `many` notes from `first` on differ, `overall` that of all.

    `distinct` is how many of those notes are of their own.
    """

    error: float = 1.0
    overall: float = 1.0
    first: int = 0
    many: int = 0
    distinct: int = 0


def index_notes(items: Words, works: Words) -> Notes:
    begins = np.flatnonzero(_begins(items) | _begins(works))
    order = np.argsort(items[begins], kind="stable")
    return Notes(items[begins][order], begins[order])


def seek_notes(mine: Words, works: Words, notes: Notes) -> tuple[list[tuple[int, int]], int]:
    """Works with the offset of their notes against `mine`, in notes, and how many notes went unread."""
    asked = np.flatnonzero(_begins(mine))
    starts = np.searchsorted(notes.items, mine[asked], "left")
    many = np.searchsorted(notes.items, mine[asked], "right") - starts
    rarest = np.argsort(many, kind="stable")
    read = np.sort(rarest[np.cumsum(many[rarest]) <= BUDGET])
    ends = np.cumsum(many[read])
    total = int(ends[-1]) if len(ends) else 0
    rows = notes.places[np.arange(total) + np.repeat(starts[read] - (ends - many[read]), many[read])]
    firsts = np.searchsorted(works, works[rows])
    offsets = rows - firsts - np.repeat(asked[read], many[read])
    pairs, votes = np.unique(np.stack((works[rows].astype(np.int64), offsets)), axis=1, return_counts=True)
    found = pairs[:, votes >= SAME].T.tolist() if total else []
    return [(int(work), int(offset)) for work, offset in found], len(asked) - len(read)


def _begins(words: Words) -> NDArray[np.bool_]:
    """Where a run of equal words begins."""
    return np.concatenate((np.ones(min(1, len(words)), np.bool_), words[1:] != words[:-1]))


def compare(mine: Words, theirs: Words, tempo: float, offset: float) -> Likeness:
    """How alike two runs of notes are where the second is played at `tempo`, `offset` notes later; to half a note."""
    best = Likeness()
    places = np.arange(len(mine)) * tempo + offset
    for shift in (0.0, -0.5, 0.5):
        there = np.rint(places + shift).astype(np.int64)
        both = np.flatnonzero((there >= 0) & (there < len(theirs)))
        wrong = np.bitwise_count(mine[both] ^ theirs[there[both]]).astype(np.int64)
        many = min(_STRETCH, len(wrong))
        if many:
            sums = np.concatenate(([0], np.cumsum(wrong)))
            errors = sums[many:] - sums[:-many]
            at = int(errors.argmin())
            distinct = len(np.unique(mine[both[at : at + many]]))
            found = Likeness(float(errors[at]) / (32 * many), float(wrong.mean()) / 32, int(both[at]), many, distinct)
            best = min(best, found)
    return best
