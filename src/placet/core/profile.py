"""What silence means, by use: a legal assumption, so it is always chosen and never assumed.

Each profile carries its source and the date at which it was read.  None is legal advice.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from placet.core.stance import Voice
from placet.core.use import Use

__all__ = ["NOT_ADVICE", "PROFILES", "Profile", "Silence"]

NOT_ADVICE = "This is a reading of the source named, not legal advice."


class Silence(StrEnum):
    """The outcome when nobody spoke."""

    CLEARED = "cleared"
    SILENT = "silent"
    UNSETTLED = "unsettled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    name: str
    sentence: str
    source: str
    dated: str
    silence: tuple[tuple[Use, Silence], ...]
    allow_voice: Voice = Voice.VERIFIED
    advisory: tuple[Use, ...] = ()

    def on_silence(self, use: Use) -> Silence:
        """The narrowest row that covers `use` speaks; a profile's last row covers everything."""
        covering = [(row, meaning) for row, meaning in self.silence if row.covers(use)]
        return max(covering, key=lambda pair: (pair[0] is not Use.ANY, len(pair[0].value)))[1]

    def makes_advisory(self, use: Use) -> bool:
        return any(row.covers(use) for row in self.advisory)


_ALL = (
    Profile(
        name="consent",
        sentence="Silence is no: only what its maker allowed may be used. What every petition asks.",
        source="The petitions' own words: consent, credit, compensation",
        dated="2026-11-22",
        silence=((Use.ANY, Silence.SILENT),),
    ),
    Profile(
        name="uk",
        sentence="Silence is no, by law: copying for commercial mining or training needs a licence.",
        source="Copyright, Designs and Patents Act 1988, s. 16 and s. 29A (non-commercial research only)",
        dated="2026-11-22",
        silence=((Use.ANY, Silence.SILENT),),
    ),
    Profile(
        name="eu-art4",
        sentence="Silence leaves mining and training open where access is lawful; nothing else.",
        source="Directive (EU) 2019/790, art. 4(3)",
        dated="2026-11-22",
        silence=((Use.MINE, Silence.CLEARED), (Use.TRAIN, Silence.CLEARED), (Use.ANY, Silence.SILENT)),
    ),
    Profile(
        name="us",
        sentence="Silence settles nothing: fair use is argued case by case.",
        source="17 U.S.C. § 107",
        dated="2026-11-22",
        silence=((Use.ANY, Silence.UNSETTLED),),
    ),
    Profile(
        name="research-art3",
        sentence="For research organisations: refusals of mining and training are advisory, never of access.",
        source="Directive (EU) 2019/790, art. 3",
        dated="2026-11-22",
        silence=((Use.MINE, Silence.CLEARED), (Use.TRAIN, Silence.CLEARED), (Use.ANY, Silence.SILENT)),
        advisory=(Use.MINE, Use.TRAIN),
    ),
)

PROFILES: dict[str, Profile] = {profile.name: profile for profile in _ALL}
