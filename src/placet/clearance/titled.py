"""What is said about all that a row is, also through the sheets of those who claim it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from placet.clearance.plan import Ask
from placet.core.decision import Decision
from placet.core.repertoire import Resolved
from placet.core.subject import Subject
from placet.snapshot.library import Library
from placet.snapshot.titles import Heard

__all__ = ["answers_of_title", "hear_all"]


def hear_all(library: Library, works: Iterable[int], subjects: Iterable[Subject], ask: Ask) -> Heard:
    """The words about these works and other subjects, and everybody whose yes is needed, in order."""
    titles, where = library.titles, (ask.at, ask.territory, ask.min_voice)
    found = [titles.hear(library.subject(row), library.heard_of_work(row), *where) for row in sorted(works)]
    found += [titles.hear(subject, library.heard_of(subject), *where) for subject in sorted(subjects)]
    return Heard(
        Resolved(
            tuple(word for each in found for word in each.resolved.heard),
            tuple(need for each in found for need in each.resolved.must_allow),
        ),
        tuple(problem for each in found for problem in each.problems),
    )


def answers_of_title(library: Library, subjects: Collection[Subject], ask: Ask) -> tuple[Decision, ...]:
    """The answer under each profile for a row that is known by one number alone, as by all that `hear_all` tells.

    Nothing where there is more to it. Titles that are alike share their answers, so that none need be kept by number.
    """
    if len(subjects) != 1 or ask.licences or not library.titles:
        return ()
    (subject,) = subjects
    if subject not in library.titles:
        return ()
    question = ask.question((subject,))
    return tuple(library.titles.answer(question, profile) for profile in ask.profiles)
