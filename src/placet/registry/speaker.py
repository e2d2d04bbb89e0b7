"""Who speaks: a key, and by the record every other key of the same party, whose works and words are hers too."""

from __future__ import annotations

from dataclasses import dataclass, field

from placet.core.authority import ACT_OF, Authority
from placet.core.spoken import Spoken
from placet.core.subject import Subject

__all__ = ["Speaker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """`key` is the present one (hex; empty before there is one), `authority` who may speak for what by the record."""

    key: str = ""
    authority: Authority = field(default_factory=Authority)

    @property
    def party(self) -> str:
        return self.authority.party_of(self.key)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key the party ever had, in order."""
        return self.authority.keys_of(self.party)

    def owns(self, key: str) -> bool:
        """Whether what this key registered is the speaker's."""
        return bool(self.key) and self.authority.party_of(key) == self.party

    def said(self, word: Spoken) -> bool:
        """Whether one of the party's keys said it, a lost one too: it may be taken back."""
        return bool(self.key) and self.authority.party_of(word.by, word.at) == self.party

    def stands_by(self, word: Spoken) -> bool:
        """Whether the party said it, and no thief may have."""
        return self.said(word) and not self.authority.is_flagged(word.by, word.at)

    def had_said(self, word: Spoken, subject: Subject, owner: str) -> bool:
        """Whether another party said it of what is the speaker's (`owner` is the key whose it is), under her mandate.

        Not where she left the saying to the other alone: what is said for her then is not hers to take back.
        """
        if not self.owns(owner) or word.stance is None:
            return False
        by, act = self.authority.party_of(word.by, word.at), ACT_OF[word.stance]
        found = self.authority.mandates_for(
            by, self.party, act, (subject,), word.right, word.index, word.at, word.territory
        )
        mandates = list(found)
        return bool(mandates) and not any(mandate.exclusive for mandate in mandates)
