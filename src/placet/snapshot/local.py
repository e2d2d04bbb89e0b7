"""Finding parts of registered pictures: by the corners they share, and by how these lie to each other.

*Shortlist.* The corners of a picture are looked up in the same multi-index as whole pictures. Each that is within 44
bits of a registered corner votes for its work, with the turn, the scale and the place that the two would mean; votes
that agree on all count together, each registered corner once. *Verification* of those with most votes is RANSAC
(M. Fischler, R. Bolles, "Random Sample Consensus", CACM 1981) without the chance: every pair of corners proposes a
similarity, the one that most corners agree to is refined to an affine map, and the corners it explains are counted.
The same arrays give the same answer.

**Nobody loosens by crowding.** A corner that is blind (most of its buckets are too long, or it met too many
neighbours) and a shortlist that had to be cut are told, as `capped`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from placet.errors import BadRecord
from placet.fingerprints.image_local import MOST, UNIT, Features
from placet.snapshot import hamming
from placet.snapshot.library import Library

__all__ = ["CONFIRMED", "LEAST_RATIO", "LEAST_SPREAD", "POSSIBLE", "VERIFY", "VOTES", "Corners", "Seen", "compare"]

VOTES: Final = 5  # agreeing votes from which a work is verified
SHORTLIST: Final = 256  # works verified a picture
CONFIRMED: Final = 10  # corners explained by one map, from which a part of a work is certain
VERIFY: Final = 7  # from here a resemblance that a person must look at
POSSIBLE: Final = 5  # from here one that is reported
LEAST_RATIO: Final = 0.25  # of the corners that have a neighbour, those that the map explains
LEAST_SPREAD: Final = 0.04  # of the work's area, what the explained corners span: more than a logo

_FOUND = 44  # bits of 256: a vote
_MOST = 8_192  # registered corners that one corner may meet
_NEAR = 64  # bits of 256: a corner seen again, given where it should be
_BLIND = 8  # of 16 buckets
_SHARE = 6  # a bucket of more than 1 of 64 corners is passed over
_TURN = 65_536
_ANGLE, _OCTAVES = 25 * _TURN // 360, 0.6  # how far the turn and scale of two corners may differ from the map's
_FAR = UNIT // 32  # corners nearer than this propose no map
_REACH = UNIT // 60  # how far from where the map puts it a corner may lie
_NEIGHBOURHOOD = 0.2 * UNIT  # how far apart, at a work's own size, votes may put its middle
_MANY = 2_000  # votes of one work that are compared with each other
_APART = UNIT // 200  # corners nearer than this are one

Points = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Seen:
    """`corners` of `work` were found where one map puts them, of `of` that have a neighbour at all.

    `spread` is the share of the work's area that they span; the map takes the work by `turn` degrees and `scale`.
    """

    work: int
    corners: int
    of: int
    spread: float
    turn: float
    scale: float

    @property
    def confirmed(self) -> bool:
        return self.corners >= CONFIRMED and self.corners >= LEAST_RATIO * self.of and self.spread >= LEAST_SPREAD


class Corners:
    """The registered corners of a library; BadRecord when a work has more of them than can be registered."""

    def __init__(self, library: Library) -> None:
        self._words = np.ascontiguousarray(library.arrays["image-orb.hash"])
        self._places = library.arrays["image-orb.place"]
        self._works = np.asarray(library.arrays["image-orb.work"])
        if len(self._works) and int(np.bincount(self._works).max()) > MOST:
            raise BadRecord(f"{library.folder}: image-orb.work gives a work more than {MOST} corners")

    def __len__(self) -> int:
        return len(self._words)

    @cached_property
    def index(self) -> hamming.Index:
        return hamming.build(self._words, cap=max(hamming.CAP, len(self) >> _SHARE))

    def find(self, asked: Features) -> tuple[tuple[Seen, ...], bool]:
        """The works of which a part is in the picture, surest first, and whether one may have been passed over."""
        if not len(asked) or not len(self):
            return (), False
        hits = hamming.search_some(self.index, asked.words, limit=_FOUND, most=_MOST)
        shortlist = self._shortlist(asked, hits)
        found = (self.verify(asked, work) for work in shortlist[:SHORTLIST])
        seen = sorted((each for each in found if each.corners >= POSSIBLE), key=lambda each: (-each.corners, each.work))
        return tuple(seen), self._blind(asked, hits) > CONFIRMED - VOTES or len(shortlist) > SHORTLIST

    def _blind(self, asked: Features, hits: hamming.Hits) -> int:
        """How many of the picture's corners could hardly have been found."""
        bands = asked.words.view(np.uint16).reshape(-1, hamming.BANDS).astype(np.int64)
        row = np.arange(hamming.BANDS)
        lengths = self.index.offsets[row, bands + 1].astype(np.int64) - self.index.offsets[row, bands]
        full = np.bincount(hits.query, minlength=len(asked)) >= _MOST
        return int(np.count_nonzero(((lengths > self.index.cap).sum(axis=1) > _BLIND) | full))

    def _shortlist(self, asked: Features, hits: hamming.Hits) -> list[int]:
        """Works by agreeing votes, most first."""
        order = np.lexsort((hits.query, hits.row))  # rows of one work lie together
        rows, queries = hits.row[order], hits.query[order]
        held, there = self._places[rows], asked.places[queries]
        works = self._works[rows]
        turn, octaves = _change(held, there)
        middles = _middles(held, there, turn, octaves)
        begins = np.flatnonzero(np.diff(works, prepend=-1))
        votes = _votes(np.append(begins, len(works)), rows, turn, octaves, middles)
        chosen = np.flatnonzero(votes >= VOTES)
        return [int(works[begins[at]]) for at in chosen[np.argsort(-votes[chosen], kind="stable")]]

    def verify(self, asked: Features, work: int) -> Seen:
        """How much of one work is in the picture."""
        start, stop = np.searchsorted(self._works, [work, work + 1]).tolist()
        return compare(Features(self._words[start:stop], self._places[start:stop]), asked, work)


def compare(held: Features, asked: Features, work: int = 0) -> Seen:
    """How much of a registered picture is seen in another one."""
    if not len(held) or not len(asked):
        return Seen(work, 0, 0, 0.0, 0.0, 1.0)
    distances = np.bitwise_count(held.words[:, None, :] ^ asked.words[None, :, :]).sum(axis=2, dtype=np.int64)
    nearest = distances.argmin(axis=1)
    near = distances[np.arange(len(held)), nearest] <= _NEAR
    ours, theirs = held.places[near], asked.places[nearest[near]]
    nothing = Seen(work, 0, int(near.sum()), 0.0, 0.0, 1.0)
    if len(ours) < 3:
        return nothing
    here, there = _points(ours), _points(theirs)
    turn, octaves = _change(ours, theirs)
    agreed, slope = _agreed(here, there, turn, octaves)
    if agreed.sum() < 3:
        return nothing
    agreed = _refined(here, there, agreed, _alike(turn, octaves, slope))
    points = _apart(here[agreed], there[agreed], abs(slope))
    area = float(np.ptp(points.real) * np.ptp(points.imag)) if len(points) else 0.0
    whole = float(np.ptp(_points(held.places).real) * np.ptp(_points(held.places).imag)) or 1.0
    angle = float(np.degrees(np.angle(slope)))
    return Seen(work, len(points), len(ours), round(area / whole, 4), round(angle, 1), round(float(abs(slope)), 3))


def _points(places: NDArray[np.uint16]) -> Points:
    return places[:, 0].astype(np.float64) + 1j * places[:, 1].astype(np.float64)


def _change(held: NDArray[np.uint16], asked: NDArray[np.uint16]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """By how much a corner was turned, in 1/65536 of a turn, and how many octaves it grew."""
    turn = (asked[:, 3].astype(np.int64) - held[:, 3]) % _TURN
    wide, wider = (np.maximum(each[:, 2], 1).astype(np.float64) for each in (held, asked))
    return turn, np.log2(wider / wide)


def _middles(
    held: NDArray[np.uint16], asked: NDArray[np.uint16], turn: NDArray[np.int64], octaves: NDArray[np.float64]
) -> Points:
    """Where each vote puts the middle of its work's longer side, in the picture that is asked about."""
    away = UNIT / 2 * (1 + 1j) - _points(held)
    moved: Points = _points(asked) + away * np.exp2(octaves) * np.exp(2j * np.pi * turn / _TURN)
    return moved


@njit(cache=True, nogil=True)
def _votes(
    bounds: NDArray[np.intp],
    rows: NDArray[np.uint32],
    turn: NDArray[np.int64],
    octaves: NDArray[np.float64],
    middles: Points,
) -> NDArray[np.int64]:
    """Of each work the most votes that agree with one of them; a registered corner votes once."""
    votes = np.zeros(len(bounds) - 1, np.int64)
    for group in range(len(votes)):
        start, stop = bounds[group], min(bounds[group + 1], bounds[group] + _MANY)
        for one in range(start, stop):
            count, last, reach = 0, np.int64(-1), _NEIGHBOURHOOD * 2.0 ** octaves[one]
            for other in range(start, stop):
                if rows[other] == last:
                    continue
                off = abs((turn[other] - turn[one] + _TURN // 2) % _TURN - _TURN // 2)
                if off > _ANGLE or abs(octaves[other] - octaves[one]) > _OCTAVES:
                    continue
                if abs(middles[other] - middles[one]) <= reach:
                    count += 1
                    last = np.int64(rows[other])
            votes[group] = max(votes[group], count)
    return votes


def _alike(turn: NDArray[np.int64], octaves: NDArray[np.float64], slope: complex) -> NDArray[np.bool_]:
    """Which corners were turned and grew as the map does."""
    angle = round(np.angle(slope) / (2 * np.pi) * _TURN)
    off = np.abs((turn - angle + _TURN // 2) % _TURN - _TURN // 2)
    grown: NDArray[np.bool_] = np.abs(octaves - np.log2(abs(slope))) <= _OCTAVES
    return (off <= _ANGLE) & grown


def _agreed(
    here: Points, there: Points, turn: NDArray[np.int64], octaves: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], complex]:
    """The corners that agree with the best similarity that two of them propose, and its slope."""
    first, second = np.triu_indices(len(here), 1)
    far = (np.abs(here[second] - here[first]) >= _FAR) & (np.abs(there[second] - there[first]) >= 1)
    first, second = first[far], second[far]
    slopes = (there[second] - there[first]) / (here[second] - here[first])
    fit = np.empty(len(slopes), np.bool_)
    for ends in (first, second):
        angle = np.angle(slopes) / (2 * np.pi) * _TURN
        off = np.abs((turn[ends] - angle + _TURN / 2) % _TURN - _TURN / 2)
        good = (off <= _ANGLE) & (np.abs(octaves[ends] - np.log2(np.abs(slopes))) <= _OCTAVES)
        fit = good if ends is first else fit & good
    first, slopes = first[fit], slopes[fit]
    if not len(slopes):
        return np.zeros(len(here), np.bool_), 1 + 0j
    moved = (there[None, :] - there[first][:, None]) / slopes[:, None]
    within = np.abs(moved - (here[None, :] - here[first][:, None])) <= _REACH
    best = int(within.sum(axis=1).argmax())
    slope = complex(slopes[best])
    return within[best] & _alike(turn, octaves, slope), slope


def _refined(here: Points, there: Points, agreed: NDArray[np.bool_], alike: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The corners that an affine map explains, fitted to those that agreed; never fewer than these."""
    basis = np.column_stack((here.real, here.imag, np.ones(len(here))))
    kept = agreed
    for _ in range(2):
        if kept.sum() < 6:
            break
        back = np.column_stack((there.real, there.imag, np.ones(len(there))))
        fitted, *_ = np.linalg.lstsq(back[kept], basis[kept, :2], rcond=None)
        off = np.hypot(*(back @ fitted - basis[:, :2]).T)
        kept = alike & (off <= _REACH)
    return kept if kept.sum() > agreed.sum() else agreed


def _apart(here: Points, there: Points, scale: float) -> Points:
    """Those that are different places in both pictures: one edge seen at three sizes is one corner."""
    kept: list[int] = []
    for at in range(len(here)):
        near = [
            other
            for other in kept
            if abs(here[at] - here[other]) < _APART or abs(there[at] - there[other]) < _APART * scale
        ]
        if not near:
            kept.append(at)
    return here[kept]
