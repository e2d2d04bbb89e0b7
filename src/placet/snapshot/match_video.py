"""Which registered films are in a film: their frames, found as pictures are, in one order.

The match is the share of frames that a work's frames explain in their order (vPDQ counts them in any order; order keeps
two films apart that share a title card).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from placet.fingerprints.video_frames import FilmPrints
from placet.snapshot import hamming

__all__ = ["MANY_FRAMES", "MAYBE_FRAMES", "SURE_FRAMES", "FilmGrade", "FilmHit", "grade", "search"]

MANY_FRAMES: Final = 8  # different frames of the work, in order
SURE_FRAMES: Final = 4  # where they are much of what is searched, or of the work
MAYBE_FRAMES: Final = 2
_SURE_SHARE: Final = 0.4  # of the seconds that are searched, or of the work
_MAYBE_SHARE: Final = 0.8

Times = NDArray[np.uint32]


class FilmGrade(StrEnum):
    """What a hit proves."""

    STRONG = "strong"
    VERIFY = "verify"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmHit:
    """`frames` different frames of the work are met in order; `share` is of the searched seconds that hold one of them.

    `of_work` is the share of the work's own frames; `heard` and `known` are from when to when, in tenths of a second.
    """

    work: int
    frames: int
    share: float
    of_work: float
    heard: tuple[int, int]
    known: tuple[int, int]


def grade(hit: FilmHit) -> FilmGrade:
    """A film, or eight seconds of one, is certain; a title card that two films share proves nothing."""
    if hit.frames >= MANY_FRAMES:
        return FilmGrade.STRONG
    if hit.frames >= SURE_FRAMES and max(hit.share, hit.of_work) >= _SURE_SHARE:
        return FilmGrade.STRONG
    if hit.frames >= MAYBE_FRAMES or hit.share >= _MAYBE_SHARE:
        return FilmGrade.VERIFY
    return FilmGrade.NONE


def search(prints: FilmPrints, index: hamming.Index, works: Times, times: Times) -> tuple[list[FilmHit], int]:
    """The works whose frames (`works` and `times` by row of the index) are in a film; how many frames went unread."""
    if not len(prints.hashes) or not len(works):
        return [], 0
    found = hamming.search(index, prints.hashes, radius=1)
    met: dict[int, list[tuple[int, int]]] = {}
    for query, row in zip(found.query.tolist(), found.row.tolist(), strict=True):
        met.setdefault(int(works[row]), []).append((query, int(times[row])))
    hits = [_hit(work, pairs, prints, len(np.unique(times[works == work]))) for work, pairs in met.items()]
    return sorted(hits, key=lambda hit: (-hit.frames, hit.work)), int(np.count_nonzero(found.capped))


def _hit(work: int, pairs: Sequence[tuple[int, int]], prints: FilmPrints, own: int) -> FilmHit:
    chain = _in_order(pairs)
    met = np.unique(prints.times[[query for query, _ in pairs]] // 10)
    heard = [int(prints.times[query]) for query, _ in chain]
    known = [time for _, time in chain]
    return FilmHit(
        work=work,
        frames=len(chain),
        share=len(met) / len(np.unique(prints.times // 10)),
        of_work=len(chain) / max(1, own),
        heard=(min(heard), max(heard) + 10),
        known=(min(known), max(known) + 10),
    )


def _in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of pairs that rises in both (C. Schensted, 1961); of one query only one counts."""
    ordered = sorted(pairs, key=lambda pair: (pair[0], -pair[1]))
    tops, ends, before = list[int](), list[int](), list[int]()
    for number, (_, time) in enumerate(ordered):
        place = bisect_left(tops, time)
        before.append(ends[place - 1] if place else -1)
        tops[place : place + 1], ends[place : place + 1] = [time], [number]
    chain, at = list[tuple[int, int]](), ends[-1]
    while at >= 0:
        chain.append(ordered[at])
        at = before[at]
    return chain[::-1]
