"""Many path patterns compiled once, to be asked about many addresses (RFC 9309 section 2.2.2: most octets win).

What patterns begin with, up to their first star, stands in one sorted list, where a binary search finds the longest
that begins an address; each knows the next shorter one.  Patterns that begin with a star are only tried where a piece
that one of them needs is found, by one expression over the pieces of all.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, TypeVar

from placet.signals.paths import Pattern, pattern_of

__all__ = ["Matcher"]

T = TypeVar("T")

_PIECE = 24  # octets of the piece that is looked for; the expression is nested as deep
_PATIENCE = 100  # questions after which looking for pieces pays for making the expression


_Rule = tuple[str, Pattern, T]  # a piece that must be there, the pattern, and what it stands for


@dataclass(slots=True)
class _Head(Generic[T]):
    """All patterns with one beginning; `shorter` is the longest other beginning that this one begins with."""

    text: str
    plain: list[T] = field(default_factory=list)
    starred: list[_Rule[T]] = field(default_factory=list)
    shorter: _Head[T] | None = None
    said: _Head[T] | None = None  # the nearest with plain patterns, itself included
    stars: _Head[T] | None = None  # the nearest with starred ones, itself included


class Matcher(Generic[T]):
    """Patterns, each with what it stands for."""

    __slots__ = ("_anywhere", "_asked", "_by_piece", "_exact", "_find", "_heads", "_texts")

    def __init__(self, rules: Iterable[tuple[str, T]]) -> None:
        heads: dict[str, _Head[T]] = {}
        self._exact: dict[str, list[T]] = {}
        self._anywhere: list[_Rule[T]] = []
        for text, value in rules:
            pattern = pattern_of(text)
            head, *more = pattern.parts
            piece = max(more, key=len) if more else ""
            if piece and len(head) < 2:
                self._anywhere.append((piece, pattern, value))
            elif pattern.anchored and not more:
                self._exact.setdefault(head, []).append(value)
            else:
                node = heads.get(head) or heads.setdefault(head, _Head(head))
                if more:
                    node.starred.append((piece, pattern, value))
                else:
                    node.plain.append(value)
        self._texts = sorted(heads)
        self._heads = _linked([heads[text] for text in self._texts])
        self._find: Callable[..., re.Match[str] | None] | None = None
        self._by_piece: dict[str, list[_Rule[T]]] = {}
        self._asked = 0

    def longest(self, target: str) -> list[T]:
        """Everything that the longest matching pattern or patterns stand for; none when nothing matches."""
        at = bisect_right(self._texts, target)
        head = self._heads[at - 1] if at else None
        while head and not target.startswith(head.text):
            head = head.shorter
        found: list[T] = []
        most = -1
        if head:
            if said := head.said:
                found, most = said.plain, len(said.text)
            if head.stars:
                found, most = _starred(head.stars, target, found, most)
        if self._exact and (exact := self._exact.get(target)) and len(target) + 1 >= most:
            found, most = (exact + found if len(target) + 1 == most else exact), len(target) + 1
        if not self._anywhere:
            return found
        if not self._find:
            self._prepare()
            return _longer(self._anywhere, target, found, most)[0]
        piece = self._find(target)
        while piece:
            found, most = _longer(self._by_piece[piece[0]], target, found, most)
            piece = self._find(target, piece.start() + 1)
        return found

    @property
    def may_match(self) -> str:
        """An expression, of RE2 as well, for the beginning of every target that any pattern matches, and of others."""
        heads = sorted({text[:_PIECE] for text in (*self._texts, *self._exact)})
        pieces = sorted({piece[:_PIECE] for piece, _, _ in self._anywhere})
        anywhere = [f"/.*{_expression(pieces)}"] if pieces else []
        return "(?:" + "|".join([_expression(heads), *anywhere] if heads else anywhere) + ")"

    def _prepare(self) -> None:
        """Once it has been asked often enough, an expression that says which of those with a star first to try."""
        self._asked += 1
        if self._asked < _PATIENCE:
            return
        expression = re.compile(_expression(sorted({piece[:_PIECE] for piece, _, _ in self._anywhere})))
        for rule in self._anywhere:
            if found := expression.match(rule[0]):
                self._by_piece.setdefault(found[0], []).append(rule)
        self._find = expression.search


def _linked(heads: list[_Head[T]]) -> list[_Head[T]]:
    """Each tied to what it begins with; in sorted order those that may be are the ones still open."""
    open_: list[_Head[T]] = []
    for head in heads:
        while open_ and not head.text.startswith(open_[-1].text):
            open_.pop()
        head.shorter = open_[-1] if open_ else None
        head.said = head if head.plain else head.shorter and head.shorter.said
        head.stars = head if head.starred else head.shorter and head.shorter.stars
        open_.append(head)
    return heads


def _starred(head: _Head[T] | None, target: str, found: list[T], most: int) -> tuple[list[T], int]:
    while head:
        found, most = _longer(head.starred, target, found, most)
        head = head.shorter.stars if head.shorter else None
    return found, most


def _longer(rules: Iterable[_Rule[T]], target: str, found: list[T], most: int) -> tuple[list[T], int]:
    """What the longest stand for, once these rules are tried too."""
    for piece, pattern, value in rules:
        if piece in target and len(pattern.text) >= most and pattern.matches(target):
            found, most = [*found, value] if len(pattern.text) == most else [value], len(pattern.text)
    return found, most


def _expression(pieces: list[str]) -> str:
    """An expression that finds any of the sorted pieces, trying each first octet once."""
    if "" in pieces:
        return ""  # the pieces behind it begin with it
    rests = [(first, [piece[1:] for piece in some]) for first, some in groupby(pieces, key=lambda piece: piece[0])]
    return "(?:" + "|".join(re.escape(first) + _expression(rest) for first, rest in rests) + ")"
