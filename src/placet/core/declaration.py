"""One voice saying one thing about one subject and one use, with its source."""

from __future__ import annotations

from dataclasses import dataclass

from placet.core.stance import Stance, Voice
from placet.core.subject import Subject
from placet.core.use import Use

__all__ = ["ALWAYS", "REGISTRY", "Declaration", "Interval", "Problem", "Source"]

REGISTRY = "placet"  # the `standard` of what was said in our own record


@dataclass(frozen=True, slots=True)
class Interval:
    """UTC seconds, start included, end excluded; `until` None means open-ended."""

    start: int = 0
    until: int | None = None

    def holds(self, at: int) -> bool:
        return self.start <= at and (self.until is None or at < self.until)


ALWAYS = Interval()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where it was heard: the standard, the place, the digest of the bytes, the time (UTC seconds).

    `channel` and `place` are how a standard ranks its own statements: by which way it came (a header, a file),
    and where in the document it stands.
    """

    standard: str
    where: str
    digest: bytes = b""
    heard_at: int = 0
    channel: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """`stance` is None only in a withdrawal, which names by `withdraws` the log index it takes back.

    `behalf` is the principal for whom it is said under a mandate, `exclusive` says that the principal left the saying
    to the speaker alone; `said_of` is the wide subject (a repertoire) by which it reaches this one.  `flagged` is what
    a key said after it was lost: a refusal binds, nothing else does.
    """

    id: str
    subject: Subject
    use: Use
    stance: Stance | None
    by: str
    voice: Voice
    source: Source
    interval: Interval = ALWAYS
    territory: tuple[str, ...] = ()
    agent: str | None = None
    right: str = "author"
    terms: str | None = None
    index: int | None = None
    withdraws: int | None = None
    behalf: str = ""
    exclusive: bool = False
    said_of: Subject | None = None
    flagged: bool = False

    @property
    def principal(self) -> str:
        """Whose word it is, whoever spoke it."""
        return self.behalf or self.by

    def told_of(self, subject: Subject, said_of: Subject | None, right: str, behalf: str, voice: Voice) -> Declaration:
        """The same word about something else that it reaches, `dataclasses.replace` written out: millions are asked."""
        return Declaration(
            id=self.id,
            subject=subject,
            use=self.use,
            stance=self.stance,
            by=self.by,
            voice=voice,
            source=self.source,
            interval=self.interval,
            territory=self.territory,
            agent=self.agent,
            right=right,
            terms=self.terms,
            index=self.index,
            withdraws=self.withdraws,
            behalf=behalf,
            exclusive=self.exclusive,
            said_of=said_of,
            flagged=self.flagged,
        )

    def __post_init__(self) -> None:
        if (self.stance is None) != (self.withdraws is not None):
            raise ValueError("a declaration has a stance, or withdraws an earlier one; never both or neither")
        if self.withdraws is not None and (self.index is None or self.withdraws >= self.index):
            raise ValueError("a withdrawal names an entry older than itself")


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read or judged: the place, a reason's id, and a sentence.

    A problem is never silence and never counts as a yes.
    """

    where: str
    reason: str
    why: str
