"""What is said about all that a row is, also through the sheets of those who claim it."""

from __future__ import annotations

from collections.abc import Iterable

from placet.clearance.plan import Ask
from placet.core.repertoire import Resolved
from placet.core.subject import Subject
from placet.snapshot.library import Library
from placet.snapshot.titles import Heard

__all__ = ["hear_all"]


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
