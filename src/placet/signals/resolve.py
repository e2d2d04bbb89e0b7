"""What all documents about an address amount to: each standard by its own rule, then the strictest of them all.

Nothing is weighed here.  A standard selects among its own statements (design sheet "standards", 12.3 point 1); across
standards everything is handed on, and `core.decide` alone answers.  The order of documents never matters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from placet.core.decide import decide
from placet.core.decision import Basis, Decision, Question
from placet.core.declaration import Declaration, Problem
from placet.core.profile import Profile
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import observation as observed
from placet.signals import rsl_links
from placet.signals.agents import agent_of
from placet.signals.codec import Asked, Codec, Document, Heard
from placet.signals.codecs import CODECS
from placet.signals.robots_file import token_of
from placet.signals.saying import subject_at

__all__ = ["Answers", "Lost", "Resolved", "answer", "hear", "listen", "question_of", "resolve"]

# Files of one standard: another that can make something of their bytes would be misreading them.
_FILES = {observed.TDMREP: "tdmrep", observed.AI_TXT: "aitxt"}
_KINDS = {rsl_links.MEDIA_TYPE: "rsl"}


@dataclass(frozen=True, slots=True)
class Lost:
    """A statement that its own standard passes over, and the id of the sentence that says why."""

    declaration: Declaration
    reason: str = "lost.nearer"


@dataclass(frozen=True, slots=True)
class Resolved:
    """`speaking` have the asked address as their subject; all of them are for `core.decide`."""

    speaking: tuple[Declaration, ...] = ()
    lost: tuple[Lost, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """May it be fetched (as of the day it was heard), and may it be put to the use that was asked?"""

    acquisition: Decision
    use: Decision
    resolved: Resolved

    @property
    def gate(self) -> Decision:
        """The stricter of the two (12.3 point 5).

        Where nobody spoke of fetching, the fetch settles nothing: what no rule refuses may be fetched (RFC 9309
        section 2.2.2), and a profile's silence is about uses.
        """
        spoken = self.acquisition.basis is not Basis.SILENCE
        return self.acquisition if spoken and self.acquisition.outcome.rank > self.use.outcome.rank else self.use


# --- hearing ----------------------------------------------------------------------------------------------


def hear(documents: Iterable[Document], besides: Iterable[Heard] = ()) -> Heard:
    """What every standard that hears a document makes of it, and what was heard `besides`."""
    said: set[Declaration] = set()
    problems: set[Problem] = set()
    for heard in (*map(_hear, documents), *besides):
        said.update(heard.declarations)
        problems.update(heard.problems)
    return Heard(tuple(sorted(said, key=_order)), _sorted(problems))


def listen(observation: observed.Observation) -> Heard:
    """What an observation amounts to."""
    told = observed.documents(observation)
    return hear(told.documents, [told.heard])


def _hear(document: Document) -> Heard:
    """One document; a problem when no standard can make anything of it."""
    said: list[Declaration] = []
    problems: list[Problem] = []
    faults: list[str] = []
    readers = _readers(document)
    for codec in readers:
        try:
            heard = codec.read(document)
        except SignalError as error:
            faults.append(str(error))
        else:
            said += heard.declarations
            problems += heard.problems
    if len(faults) == len(readers):
        why = faults[0] if faults else f"{document.where} is of no standard that is read here"
        problems.append(Problem(document.where, "signal.malformed", f"{why.rstrip('.')}."))
    return Heard(tuple(said), tuple(problems))


def _readers(document: Document) -> list[Codec]:
    kind = document.media_type.partition(";")[0].strip().lower()
    own = _KINDS.get(kind) or _standard_of(document.where)
    files = set(_FILES.values()) - {"tdmrep"}  # its policies lie anywhere
    return [
        codec
        for codec in CODECS.values()
        if document.channel in codec.hears and (codec.name == own if own else codec.name not in files)
    ]


def _standard_of(where: str) -> str:
    path = where.partition("?")[0]
    return next((name for file, name in _FILES.items() if path.endswith(file)), "")


# --- resolving --------------------------------------------------------------------------------------------


def resolve(heard: Heard, asked: Asked, *, also: Sequence[str] = ()) -> Resolved:
    """What speaks about the asked address, and about those that it leads to (`also`).

    Each standard selects among its own; what is said in no standard of ours speaks if it is about the address.
    """
    by_standard: dict[str, list[Declaration]] = defaultdict(list)
    for declaration in sorted(set(heard.declarations), key=_order):
        by_standard[declaration.source.standard].append(declaration)
    speaking: set[Declaration] = set()
    lost: set[Declaration] = set()
    for url in dict.fromkeys((asked.url, *also)):
        for standard, said in by_standard.items():
            won, gave_way = _select(standard, said, replace(asked, url=url))
            speaking.update(won)
            lost.update(gave_way)
    spoken = {(d.id, d.use) for d in speaking}
    passed_over = sorted((d for d in lost if (d.id, d.use) not in spoken), key=_order)
    return Resolved(tuple(sorted(speaking, key=_order)), tuple(map(Lost, passed_over)), _sorted(heard.problems))


def _select(
    standard: str, said: list[Declaration], asked: Asked
) -> tuple[Iterable[Declaration], Iterable[Declaration]]:
    codec = CODECS.get(standard)
    if codec is None:
        subject = subject_at(asked.url)
        return [d for d in said if d.subject == subject], ()
    selected = codec.select(said, asked)
    return (_addressed(d, asked.agent) for d in selected.speaking), selected.lost


def _addressed(declaration: Declaration, agent: str | None) -> Declaration:
    """A standard that found the agent's own words has settled how its name is spelled."""
    if agent is None or declaration.agent is None or token_of(declaration.agent) != token_of(agent):
        return declaration
    return replace(declaration, agent=_name(agent))


def _name(agent: str | None) -> str | None:
    known = agent_of(agent) if agent else None
    return known.token if known else agent


def question_of(asked: Asked, use: Use, at: int, *, also: Sequence[str] = (), territory: str | None = None) -> Question:
    """The question that `core.decide` is asked about an address."""
    subjects = tuple(dict.fromkeys(subject_at(url) for url in (asked.url, *also)))
    return Question(subjects=subjects, use=use, at=at, territory=territory, agent=_name(asked.agent))


def answer(
    heard: Heard,
    asked: Asked,
    use: Use,
    at: int,
    profile: Profile,
    *,
    acquired_at: int | None = None,
    also: Sequence[str] = (),
    territory: str | None = None,
) -> Answers:
    """Both questions: may it be fetched, at `acquired_at` (else `at`), and may it be put to `use`, at `at`."""
    resolved = resolve(heard, asked, also=also)
    acquired = at if acquired_at is None else acquired_at

    def ask(about: Use, when: int) -> Decision:
        question = question_of(asked, about, when, also=also, territory=territory)
        return decide(question, resolved.speaking, resolved.problems, profile=profile)

    return Answers(ask(Use.ACCESS, acquired), ask(use, at), resolved)


def _order(declaration: Declaration) -> tuple[str, str, str, int, str, str, str, int]:
    source = declaration.source
    subject, stance = str(declaration.subject), declaration.stance or 0
    return (
        source.standard,
        source.where,
        source.channel,
        source.place,
        declaration.id,
        subject,
        declaration.use,
        stance,
    )


def _sorted(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(set(problems), key=lambda problem: (problem.where, problem.reason, problem.why)))
