"""Withdraw: which living words are meant, and taking them back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from placet.core.ids import parse_subject, short
from placet.core.spoken import Spoken
from placet.core.subject import Kind, Subject
from placet.core.work import Work
from placet.errors import NotFound, Refused, WrongUsage
from placet.registry.compose import Composer
from placet.registry.judging_withdrawals import owner_of
from placet.registry.speaker import Speaker

__all__ = ["LEAST", "Register", "Target", "choose", "still_said", "take_back"]

LEAST = 6  # characters of a computed name that people must type
_NUMBER = re.compile(r"#[0-9]{1,18}")
_NAME = re.compile(r"[0-9a-f]+")


class Register(Protocol):
    """What is in the record; reads see every append that has returned."""

    def works_like(self, column: str, value: str) -> list[Work]: ...

    def spoken_about(self, subject: Subject) -> list[Spoken]: ...

    def spoken_by_id(self, start: str) -> list[Spoken]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A declaration to take back, about `subjects`; `whole` when these are all it still speaks of."""

    said: Spoken
    subjects: tuple[Subject, ...]
    whole: bool


def choose(what: str, work: str, register: Register, by: Speaker) -> list[Target]:
    """The living words of the speaker that are meant; NotFound or Refused says why there are none."""
    only = _work(work, register) if work else None
    if _NUMBER.fullmatch(what):
        found = _declared(register.spoken_by_id(what), what)
        return [_target(found, only, register, by)]
    if subject := _named(what):
        return _about(subject, register, by)
    name = what.lower()
    if not _NAME.fullmatch(name) or len(name) < LEAST:
        raise WrongUsage(f"{what!r} is no id: give at least {LEAST} of its characters, or #12 for entry 12")
    said = [each for each in register.spoken_by_id(name) if each.stance is not None]
    works = register.works_like("id", name)
    if len(said) + len(works) > 1:
        names = ", ".join([short(each.id) for each in said] + [short(each.id) for each in works])
        raise Refused(f"{what} may mean {names}; give more characters")
    if said:
        return [_target(said[0], only, register, by)]
    if works:
        return _about(works[0].subject, register, by)
    raise NotFound(f"there is no declaration and no work whose id begins with {what}")


def take_back(targets: Sequence[Target], composer: Composer) -> None:
    """Take all of these back, in one submission."""
    for target in targets:
        composer.withdraw(target.said, () if target.whole else target.subjects)


def still_said(targets: Sequence[Target], register: Register, by: Speaker) -> list[Spoken]:
    """Newer words of the speaker about the same subjects, which a withdrawal leaves alone."""
    taken = {target.said.index for target in targets}
    found: dict[int, Spoken] = {}
    for target in targets:
        for subject in target.subjects:
            words = register.spoken_about(subject)
            for said in words:
                newer = said.index > target.said.index and said.index not in taken
                if newer and by.said(said) and said.stance is not None and not _is_back(said, words):
                    found[said.index] = said
    return [found[index] for index in sorted(found)]


def _declared(found: Sequence[Spoken], what: str) -> Spoken:
    if not found:
        raise NotFound(f"entry {what} says nothing that could be taken back")
    if found[0].stance is None:
        raise Refused(f"entry {what} is itself a withdrawal; say it anew with `placet reserve` instead")
    return found[0]


def _work(name: str, register: Register) -> Subject:
    found = register.works_like("id", name.lower()) if len(name) >= LEAST else []
    if len(found) != 1:
        raise NotFound(f"no work, or more than one, begins with {name}")
    return found[0].subject


def _target(said: Spoken, only: Subject | None, register: Register, by: Speaker) -> Target:
    hers = said.subjects if by.said(said) else tuple(s for s in said.subjects if _was_for(by, said, s, register))
    if not hers:
        raise Refused(
            f"declaration {short(said.id)} was made by another key: it is taken back by who made it, or for whose works"
        )
    if only and only not in said.subjects:
        raise NotFound(f"declaration {short(said.id)} says nothing about work {short(only.id)}")
    living = tuple(subject for subject in _living(said, register) if subject in hers)
    subjects = tuple(s for s in living if s == only) if only else living
    if not subjects:
        raise Refused(f"declaration {short(said.id)} was taken back before")
    return Target(said=said, subjects=subjects, whole=len(subjects) == len(said.subjects))


def _was_for(by: Speaker, said: Spoken, subject: Subject, register: Register) -> bool:
    """Whether another said it for the speaker, of what is hers."""

    def holder_of(work: str) -> str:
        return next((each.by for each in register.works_like("id", work)), "")

    return by.had_said(said, subject, owner_of(subject, holder_of))


def _living(said: Spoken, register: Register) -> tuple[Subject, ...]:
    """The subjects of a declaration for which it was not taken back yet."""
    return tuple(s for s in said.subjects if not _is_back(said, register.spoken_about(s)))


def _shown(subject: Subject) -> str:
    return f"work {short(subject.id)}" if subject.kind is Kind.WORK else subject.id


def _is_back(said: Spoken, words: Iterable[Spoken]) -> bool:
    return any(word.withdraws == said.index for word in words)


def _named(what: str) -> Subject | None:
    """An address or identifier, which may be withdrawn by the name it was reserved by."""
    try:
        return parse_subject(what)
    except ValueError as error:
        raise WrongUsage(str(error)) from error


def _about(subject: Subject, register: Register, by: Speaker) -> list[Target]:
    """Every word of the speaker about one subject that was not taken back; older ones too, so that none comes alive."""
    words = register.spoken_about(subject)
    mine = [said for said in words if by.said(said) and said.stance is not None and not _is_back(said, words)]
    if not mine:
        raise NotFound(f"nothing that this key said about {_shown(subject)} is left to take back")
    return [_target(said, subject, register, by) for said in mine]
