"""A licence as far as a decision needs it: who lifted what for whom, when and where.

Whether the document behind it is genuine and unrevoked is settled before one of these is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from placet.core.declaration import ALWAYS, Interval
from placet.core.subject import Subject
from placet.core.use import Use

__all__ = ["Licence"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """`model` is the one model version or project it is for; empty where any is.

    `behalf` are the principals for whom the licensor gave it, under mandates to license that were checked; `within` are
    those, each with a right, whose mandates are for that right only.
    """

    id: str
    licensor: str
    holder: str
    subjects: frozenset[Subject]
    uses: tuple[Use, ...]
    interval: Interval = ALWAYS
    territory: tuple[str, ...] = ()
    model: str = ""
    behalf: tuple[str, ...] = ()
    within: tuple[tuple[str, str], ...] = ()

    def is_for(self, principal: str, right: str) -> bool:
        """Whether it was given for somebody, in a right."""
        return principal in self.behalf or (principal, right) in self.within
