"""The question that was asked, and what all the declarations heard amount to, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from placet.core.declaration import Declaration, Problem
from placet.core.licence import Licence
from placet.core.profile import Profile
from placet.core.stance import Stance, Voice
from placet.core.subject import Subject
from placet.core.use import Use

__all__ = ["Basis", "Decision", "Outcome", "Overruled", "Question", "Rule"]


class Outcome(StrEnum):
    """Listed from the most open to the strictest; `rank` follows the list."""

    CLEARED = "cleared"
    UNSETTLED = "unsettled"
    SILENT = "silent"
    LICENCE = "licence"
    UNCLEAR = "unclear"
    RESERVED = "reserved"

    @property
    def rank(self) -> int:
        return list(Outcome).index(self)


class Basis(StrEnum):
    """What an outcome rests on."""

    DECLARED = "declared"
    LICENSED = "licensed"
    SILENCE = "silence"
    PROBLEM = "problem"
    BELOW = "below"  # what was said is beneath the voice that the asker chose, and is no silence either


class Rule(StrEnum):
    """Why a declaration that was heard did not decide."""

    STRICTER = "stricter"  # another voice said something stricter
    VOICE = "voice"  # too little is known about who speaks
    ADVISORY = "advisory"  # the profile makes this refusal advisory
    LICENSED = "licensed"  # the asker holds a licence for exactly this
    NOT_ALL = "not-all"  # others who must also allow have not
    MEMBER = "member"  # the one for whom it was said spoke later for herself
    FLAGGED = "flagged"  # said by a key after it was lost


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`subjects` are all that a row matched; `must_allow` names everybody whose yes is needed,
    for any right or for one: (subject, principal) or (subject, principal, right).

    `holder` is the key of the asker, `model` the model version that is asked for: licences are for these.
    `min_voice` is the least voice in the registry that decides; what is beneath it opens nothing and closes less.
    """

    subjects: tuple[Subject, ...]
    use: Use
    at: int
    territory: str | None = None
    agent: str | None = None
    user_class: str | None = None
    holder: str | None = None
    model: str | None = None
    must_allow: tuple[tuple[Subject, str] | tuple[Subject, str, str], ...] = ()
    min_voice: Voice = Voice.CLAIMED


@dataclass(frozen=True, slots=True)
class Overruled:
    declaration: Declaration
    rule: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    stance: Stance | None
    outcome: Outcome
    basis: Basis
    because: tuple[Declaration, ...]
    overruled: tuple[Overruled, ...]
    unclear: tuple[Problem, ...]
    licences: tuple[Licence, ...]
    question: Question
    profile: Profile

    @property
    def may_use(self) -> bool:
        return self.outcome is Outcome.CLEARED

    @property
    def reason(self) -> str:
        """The id of the sentence, in `core.reasons`, that says why.

        Where silence decided although somebody spoke, what was said did not count, and `overruled` says why.
        """
        is_unheeded = self.basis is Basis.SILENCE and self.overruled
        return f"{self.outcome}.{'unheeded' if is_unheeded else self.basis}"
