"""A mandate: that one party lets another act for it, about what, where and until when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from placet.core.act import Act
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.territory import members

__all__ = ["ACT_OF", "Mandate", "narrowed", "read_mandate", "together"]

ACT_OF: Final = {Stance.RESERVE: "reserve", Stance.LICENSE: "license", Stance.ALLOW: "allow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """That `principal` lets the party `delegate` act for it; `accepted` and `ended` are log indexes, None if never."""

    act: Act
    principal: str
    delegate: str
    acts: frozenset[str]
    scope: frozenset[Subject]
    rights: frozenset[str]
    territory: tuple[str, ...]
    start: int
    until: int
    exclusive: bool
    revocable: bool
    depth: int
    parent: str = ""
    accepted: int | None = None
    ended: int | None = None
    ended_at: int = 0

    @property
    def id(self) -> str:
        return self.act.id

    def is_live(self, index: int, at: int) -> bool:
        """In force for an entry at `index` that is dated `at`: accepted before it, not ended before it."""
        if self.accepted is None or self.accepted > index or (self.ended is not None and self.ended < index):
            return False
        return self.start <= at and (not self.until or at < self.until)

    def permits(self, act: str, subjects: Collection[Subject], right: str, index: int, at: int) -> bool:
        """Whether it lets this be done at an entry of the log; `subjects` are the names of one thing."""
        return (
            self.is_live(index, at)
            and act in self.acts
            and (not self.rights or right in self.rights)
            and (not self.scope or not self.scope.isdisjoint(subjects))
        )


def read_mandate(act: Act, principal: str, delegate: str) -> Mandate:
    """What a `mandate.grant` says, between these parties."""
    body = act.body
    return Mandate(
        act=act,
        principal=principal,
        delegate=delegate,
        acts=frozenset(body["acts"]),
        scope=frozenset(_subject(text) for text in body["scope"]),
        rights=frozenset(body["rights"]),
        territory=tuple(body["territory"]),
        start=body["from"],
        until=body["until"],
        exclusive=body["exclusive"] == 1,
        revocable=body["revocable"] == 1,
        depth=body["depth"],
        parent=body["parent"],
    )


def narrowed(said: tuple[str, ...], mandate: tuple[str, ...]) -> tuple[str, ...] | None:
    """Where a word speaks that is said under a mandate: in both territories; None where they share nothing."""
    ours, theirs = members(said), members(mandate)
    if theirs is None:
        return said
    if ours is None:
        return mandate
    return tuple(sorted(ours & theirs)) or None


def together(places: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """All of several territories."""
    if len(places) == 1 or not all(places):
        return places[0] if len(places) == 1 else ()
    return tuple(sorted(frozenset().union(*places)))


def _subject(text: str) -> Subject:
    kind, _, id_ = text.partition(":")
    return Subject(Kind(kind), id_)
