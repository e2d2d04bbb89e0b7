"""Titles that are alike: what is heard of all of them, and of what in a question the answer depends.

Answers are those of `decide()` about one that stands for all, told of each by its own name (law 8).
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from placet.core.decision import Decision, Overruled, Question
from placet.core.declaration import Declaration
from placet.core.repertoire import Resolved
from placet.core.stance import Voice
from placet.core.subject import Subject
from placet.core.territory import members
from placet.core.use import Use

__all__ = ["Likeness", "Matter", "told_of"]


@dataclass(frozen=True, slots=True)
class Matter:
    """What is heard of one use of titles that are alike, and of what in a question its answer depends.

    `turns` are the moments at which a word begins or ends.
    """

    heard: tuple[Declaration, ...]
    turns: list[int]
    places: tuple[frozenset[str], ...]
    agents: frozenset[str]
    surest: Voice

    @classmethod
    def of(cls, heard: tuple[Declaration, ...]) -> Matter:
        times = {word.interval.start for word in heard} | {word.interval.until or 0 for word in heard}
        places = {members(word.territory) for word in heard}
        return cls(
            heard,
            sorted(times - {0}),
            tuple(sorted((place for place in places if place is not None), key=sorted)),
            frozenset(word.agent.casefold() for word in heard if word.agent),
            min((word.voice for word in heard), default=Voice.MANDATED),
        )

    def key(self, question: Question) -> tuple[object, ...]:
        """Questions with one key have one answer."""
        agent = question.agent.casefold() if question.agent and self.agents else None
        return (
            bisect_right(self.turns, question.at),
            self._reached(question.territory) if self.places else None,
            agent if agent is None or agent in self.agents else "",
            question.min_voice if question.min_voice > self.surest else None,
        )

    def _reached(self, territory: str | None) -> tuple[str, ...] | None:
        """Of each place whether it holds all, a part or nothing of the territory; None for the world."""
        asked = members((territory,)) if territory else None
        if asked is None:
            return None
        return tuple("whole" if asked <= place else "part" if asked & place else "" for place in self.places)


@dataclass(slots=True)
class Likeness:
    """What is heard of titles that are alike, all of it and by use."""

    resolved: Resolved
    by_use: dict[Use, Matter] = field(default_factory=dict)

    def matter(self, use: Use, known: dict[tuple[object, ...], Matter]) -> Matter:
        """What is heard of the use; the same value where the same is heard and the same yes needed.

        Equal words are one object here, and are known by its identity: to hash a word is to hash all that is in it.
        """
        found = self.by_use.get(use)
        if found is None:
            heard = tuple([word for word in self.resolved.heard if _meet(word.use, use)])
            key = (use, self.resolved.must_allow, *map(id, heard))
            found = known.get(key)
            if found is None:
                found = known[key] = Matter.of(heard)
            self.by_use[use] = found
        return found


@cache
def _meet(said: Use, asked: Use) -> bool:
    """Whether a word on one use says anything about the other."""
    return any(said.covers(leaf) for leaf in asked.leaves)


def told_of(decision: Decision, subject: Subject, question: Question) -> Decision:
    """A decision about titles that are alike, told of one of them."""
    needed = [(subject, *need[1:]) for need in decision.question.must_allow]
    return Decision(
        stance=decision.stance,
        outcome=decision.outcome,
        basis=decision.basis,
        because=tuple([_said_of(word, subject) for word in decision.because]),
        overruled=tuple([Overruled(_said_of(lost.declaration, subject), lost.rule) for lost in decision.overruled]),
        unclear=decision.unclear,
        licences=decision.licences,
        question=_needing(question, tuple(needed)),
        profile=decision.profile,
    )


def _needing(question: Question, needed: tuple[Any, ...]) -> Question:
    return Question(
        subjects=question.subjects,
        use=question.use,
        at=question.at,
        territory=question.territory,
        agent=question.agent,
        user_class=question.user_class,
        holder=question.holder,
        model=question.model,
        must_allow=needed,
        min_voice=question.min_voice,
    )


def _said_of(word: Declaration, subject: Subject) -> Declaration:
    return word.told_of(subject, word.said_of, word.right, word.behalf, word.voice)
