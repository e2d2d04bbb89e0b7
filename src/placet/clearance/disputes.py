"""Whose is it, where more than one party says that it is theirs: DISPUTED, and the crowd that is too large to judge.

Two works are rivals where they match the same part of a row: a picture whole, a text where the shorter of two passages
lies by half or more inside the other. A party claims what it registered, in the rights that it speaks of: an author and
a performer do not dispute each other. What a dispute comes to is `core.decide`'s business:
the strictest word at or above the voice that was chosen.

A claim that was withdrawn, or upheld for another, is nobody's rival any more; the sides of a dispute that is open in
the record are named though only one of their works was found (docs/disputes.md).

A part that more than `CROWD` parties registered is a blank page, a template, or an attack: its row is `unclear`, unless
somebody among them says no (docs/house.md 5: nobody loosens by crowding).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from placet.core.standing import End
from placet.snapshot.library import Library
from placet.snapshot.match import Match, MatchKind

__all__ = ["CROWD", "Claimants", "Standing"]

CROWD: Final = 20  # matching, 9.3 (b)
_WHOLE: Final = 1 << 40  # beyond the end of every text
_TEXT: Final = "text-winnow/1"
_SILENT: Final = "author"  # in what right a party claims that registered a work and said nothing

_Claims = frozenset[tuple[str, str]]  # of (right, party)


@dataclass(frozen=True, slots=True)
class Standing:
    """`disputed` are the keys of the parties that claim the same thing; `crowd` is how many registered one part."""

    disputed: tuple[str, ...] = ()
    crowd: int = 0

    @property
    def is_crowded(self) -> bool:
        return self.crowd > CROWD

    @property
    def why(self) -> str:
        return f"{self.crowd} parties registered what this is, more than {CROWD}: whose it is cannot be judged"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a part a work was found, who registered it, and who claims it; `is_same` when that is certain.

    A picture or sound of which only a part was seen may have others beside it (a collage), and disputes nobody.
    """

    start: int
    stop: int
    by: str
    claims: _Claims
    is_same: bool

    def is_rival(self, other: _Place) -> bool:
        shared = min(self.stop, other.stop) - max(self.start, other.start)
        return 2 * shared >= min(self.stop - self.start, other.stop - other.start)


class Claimants:
    """Who claims the works of a library at a moment; what is asked once is remembered."""

    def __init__(self, library: Library, at: int) -> None:
        self._library, self._at = library, at
        self._known: dict[int, tuple[str, _Claims]] = {}
        self._open: dict[int, frozenset[str]] = {}

    def of(self, matches: Iterable[Match]) -> Standing:
        """How the parties stand to each other that are behind the matches of one row."""
        by_part: dict[int, list[_Place]] = defaultdict(list)
        disputed, crowd = set[str](), 0
        for match in matches:
            if match.kind is not MatchKind.POSSIBLE and self._library.is_claimed(match.work):
                by_part[match.part].append(self._place(match))
                disputed |= self._sides(match.work) if match.kind.certain else frozenset()
        for places in by_part.values():
            for rivals in _rivals(places):
                crowd = max(crowd, len({place.by for place in rivals}))
                disputed |= _contested(rivals)
        return Standing(tuple(sorted(disputed)), crowd)

    def _place(self, match: Match) -> _Place:
        by, claims = self._claims(match.work)
        start, stop = _span(match)
        return _Place(start, stop, by, claims, match.kind.certain and (match.whole or match.method == _TEXT))

    def _sides(self, work: int) -> frozenset[str]:
        """Who contests it in the record, and against whom."""
        if work not in self._open:
            found = self._library.disputes.about(str(self._library.subject(work)))
            self._open[work] = frozenset(side for each in found if each.end is End.OPEN for side in each.sides)
        return self._open[work]

    def _claims(self, work: int) -> tuple[str, _Claims]:
        if work not in self._known:
            by = self._library.authority.party_of(self._library.work(work).by)
            words = self._library.heard_of_work(work)
            gone = {word.withdraws for word in words if word.withdraws is not None}
            spoken = [
                word for word in words if word.stance and word.index not in gone and word.interval.holds(self._at)
            ]
            self._known[work] = by, frozenset({(word.right, word.principal) for word in spoken} or {(_SILENT, by)})
        return self._known[work]


def _span(match: Match) -> tuple[int, int]:
    if match.method != _TEXT or ":" not in match.detail:
        return 0, _WHOLE
    start, stop = match.detail.split(":")
    return int(start), int(stop)


def _rivals(places: list[_Place]) -> Iterator[list[_Place]]:
    """For what was found whole all of it, and for each passage itself with those it shares its letters with."""
    whole = [place for place in places if place.stop == _WHOLE]
    if whole:
        yield whole
    open_: list[_Place] = []
    for place in sorted((p for p in places if p.stop != _WHOLE), key=lambda p: (p.start, p.stop, p.by)):
        open_ = [each for each in open_ if each.stop > place.start]
        yield [place, *whole, *(each for each in open_ if each.is_rival(place))]
        open_.append(place)


def _contested(rivals: list[_Place]) -> set[str]:
    """The parties that claim one right in what is certainly the same; the first is a rival of each of the others."""
    by_right: dict[str, set[str]] = defaultdict(set)
    for right, party in frozenset[tuple[str, str]]().union(*(place.claims for place in rivals if place.is_same)):
        by_right[right].add(party)
    return {party for parties in by_right.values() if len(parties) > 1 for party in parties}
