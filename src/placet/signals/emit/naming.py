"""Uses as people read them: the fewest words for a set of leaves, and an example of a path."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from placet.core.use import PRESETS, Use
from placet.signals.paths import pattern_of
from placet.signals.saying import leaves_of

__all__ = ["example_of", "words_for"]

_STAND_INS = ("placet", "x", "a-b", "0")
_LEAVES = Use.ANY.leaves


def words_for(leaves: Collection[Use]) -> tuple[str, ...]:
    """`ai`, nodes and leaves that together are exactly these, broadest first."""
    left, words = set(leaves), []
    choices: list[tuple[str, Iterable[Use]]] = [("any", Use.ANY.leaves)]
    choices += [(name, leaves_of(uses)) for name, uses in PRESETS.items()]
    choices += [(use.value, use.leaves) for use in Use if use.leaves != (use,)]
    choices += [(leaf.value, (leaf,)) for leaf in _LEAVES]
    for word, below in choices:
        if set(below) <= left:
            words.append(word)
            left -= set(below)
    return tuple(words)


def example_of(path: str, others: Collection[str]) -> str:
    """A path and query that the pattern matches and no narrower one of `others` does, as far as a few tries find."""
    pattern = pattern_of(path)
    narrower = [other for each in others if (other := pattern_of(each)).octets > pattern.octets]
    tries = [
        word.join(part.replace("%24", "$") for part in pattern.parts) + end
        for word in ("", *_STAND_INS)
        for end in (("",) if pattern.anchored else ("", *_STAND_INS))
    ]
    good = [each for each in tries if pattern.matches(each) and not any(other.matches(each) for other in narrower)]
    return good[0] if good else tries[0]
