"""Whether one path pattern lies inside another, or only meets it.

Standards differ on which of two rules wins that both match: the longest, the first, the narrowest.  They agree where
one pattern lies inside the other and is longer; `placet signals emit` writes no others.
"""

from __future__ import annotations

from placet.signals.paths import Pattern

__all__ = ["contains", "meets"]

_ANY = "\0"  # an octet that no pattern can hold


def contains(outer: Pattern, inner: Pattern) -> bool:
    """True when everything that `inner` matches is matched by `outer` too.

    A letter that `outer` does not know, put where `inner` takes anything, is matched by a star of `outer` or by
    nothing; so one try stands for all.
    """
    return outer.matches(_ANY.join(inner.parts) + ("" if inner.anchored else _ANY))


def meets(one: Pattern, other: Pattern) -> bool:
    """True when some path is matched by both."""
    mine, its = _letters(one), _letters(other)
    if not _agree(one.parts[0], other.parts[0]):
        return False
    row = _after_stars(its, {0})
    for letter in mine:
        row = _step(letter, its, row)
    return len(its) in row


def _letters(pattern: Pattern) -> str:
    return "*".join(pattern.parts) + ("" if pattern.anchored else "*")


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _after_stars(letters: str, places: set[int]) -> set[int]:
    """The places, and those reached from them by letting a star stand for nothing."""
    reached = set(places)
    for place in sorted(places):
        while letters[place : place + 1] == "*":
            place += 1
            reached.add(place)
    return reached


def _step(letter: str, its: str, row: set[int]) -> set[int]:
    """Places in `its` that fit after one more letter of the other pattern."""
    if letter == "*":
        return set(range(min(row), len(its) + 1)) if row else row
    moved = {place if its[place] == "*" else place + 1 for place in row if its[place : place + 1] in ("*", letter)}
    return _after_stars(its, moved)
