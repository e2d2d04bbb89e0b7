"""What a voice says, and how sure we are who speaks."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Stance", "Voice"]


class Stance(IntEnum):
    """Ordered so that `max()` is the strictest.  Silence is `None`, never a member."""

    ALLOW = 1
    LICENSE = 2
    RESERVE = 3

    @property
    def word(self) -> str:
        return self.name.lower()

    @property
    def colour(self) -> str:
        return {1: "green", 2: "amber", 3: "red"}[self.value]


class Voice(IntEnum):
    """A ladder of evidence about the speaker, carried by every declaration and shown in words."""

    THIRD_PARTY = 1
    SITE = 2
    EMBEDDED = 3
    CLAIMED = 4
    VERIFIED = 5
    MANDATED = 6

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Voice.THIRD_PARTY: "said by somebody else",
    Voice.SITE: "said by the site it was found on",
    Voice.EMBEDDED: "said inside the file itself",
    Voice.CLAIMED: "signed by a key; identity not checked",
    Voice.VERIFIED: "signed; identity checked",
    Voice.MANDATED: "signed under a mandate that was checked",
}
