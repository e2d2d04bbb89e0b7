"""One entry of the record that speaks, and the declarations it amounts to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from placet.core.declaration import REGISTRY, Declaration, Interval, Source
from placet.core.stance import Stance, Voice
from placet.core.subject import Subject
from placet.core.use import Use

__all__ = ["Spoken"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A `declare` or `withdraw` entry at its index; `id` is its leaf hash in hex.

    A withdrawal has no stance; its subjects, uses and reach are those of the entry it takes back.
    """

    index: int
    id: str
    by: str
    stance: Stance | None
    subjects: tuple[Subject, ...]
    uses: tuple[Use, ...]
    start: int
    until: int
    territory: tuple[str, ...] = ()
    agent: str = ""
    right: str = "author"
    terms: str = ""
    withdraws: int | None = None
    at: int = 0

    def declarations(self) -> Iterator[Declaration]:
        """One declaration a subject and use, in order."""
        for subject in self.subjects:
            yield from self.about(subject)

    def about(self, subject: Subject) -> Iterator[Declaration]:
        """What this entry says about one subject."""
        for use in self.uses:
            yield Declaration(
                id=self.id,
                subject=subject,
                use=use,
                stance=self.stance,
                by=self.by,
                voice=Voice.CLAIMED,
                source=Source(
                    standard=REGISTRY,
                    where=f"entry {self.index}",
                    digest=bytes.fromhex(self.id),
                    heard_at=self.at,
                ),
                interval=Interval(self.start, self.until or None),
                territory=self.territory,
                agent=self.agent or None,
                right=self.right,
                terms=self.terms or None,
                index=self.index,
                withdraws=self.withdraws,
            )
