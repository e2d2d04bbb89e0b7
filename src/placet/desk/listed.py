"""What the sheets of a registry add to an answer: who claims a thing, who must say yes, and who spoke for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from placet.core.authority import ACT_OF, Authority
from placet.core.decide import decide
from placet.core.decision import Decision
from placet.core.declaration import Declaration
from placet.core.ids import short
from placet.core.repertoire import Need
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.title import Claim
from placet.core.use import Use
from placet.desk.behalf import mandates_phrase
from placet.snapshot.library import Library
from placet.snapshot.titles import Titles

if TYPE_CHECKING:
    from placet.desk.lookups import Found

__all__ = ["ClaimShown", "through_sheets", "voices_of"]

_KEY = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimShown:
    """One claim as people read it; `holds` is whether it does at the moment and in the territory of the question."""

    who: str
    right: str
    share: str
    where: str
    until: str
    by: str
    voice: str
    holds: bool

    @property
    def sentence(self) -> str:
        share = f"{self.share} of " if self.share else ""
        ends = f" until {self.until}" if self.until else ""
        dead = "" if self.holds else " (not then and there)"
        return f"{share}{self.right}: {self.who}, {self.where}{ends}{dead}; listed by {self.by}, {self.voice}"


def through_sheets(found: Found, library: Library, at: int, territory: str | None, *, by_then: bool) -> Found:
    """The same answer, with all that is said through the sheets that list its subjects; `by_then`, those of then."""
    titles = library.titles_by(at) if by_then else library.titles
    asked = found.decisions[0][1]
    listed = [subject for subject in asked.question.subjects if subject in titles]
    if not listed:
        return found
    heard = [word for word in found.heard if word.subject not in listed]
    needed: list[Need] = []
    problems = list(asked.unclear)
    for subject in listed:
        direct = [word for word in found.heard if word.subject == subject]
        more = titles.hear(subject, direct, at, territory, Voice.CLAIMED)
        heard += more.resolved.heard
        needed += more.resolved.must_allow
        problems += more.problems
    question = replace(asked.question, at=at, territory=territory, must_allow=tuple(needed))
    decisions = tuple(
        (use, decide(replace(question, use=use), heard, problems, (), decision.profile))
        for use, decision in found.decisions
    )
    claims = tuple(claim for subject in listed for claim in _claims(titles, library, subject, at, territory))
    return replace(found, heard=tuple(heard), decisions=decisions, claims=claims)


def _claims(titles: Titles, library: Library, subject: Subject, at: int, territory: str | None) -> Iterator[ClaimShown]:
    names = _names(library)
    for listing in titles.listings(subject):
        for claim in listing.title.claims:
            yield ClaimShown(
                who=names(claim.who),
                right=claim.right,
                share=str(claim.share) if claim.share else "",
                where=" ".join(claim.territory) or "the world",
                until=f"{datetime.fromtimestamp(claim.until, UTC):%Y-%m-%d}" if claim.until else "",
                by=names(listing.signer.party),
                voice=_sure(listing.signer.voice),
                holds=_holds(claim, at, territory),
            )


def _holds(claim: Claim, at: int, territory: str | None) -> bool:
    return claim.holds(at) and claim.reaches(territory)


def _sure(voice: Voice) -> str:
    if voice < Voice.CLAIMED:
        return "by a key that was lost"
    return "identity checked" if voice >= Voice.VERIFIED else "identity not checked"


def _names(library: Library) -> Callable[[str], str]:
    def name(who: str) -> str:
        if len(who) != _KEY:
            return who
        party = library.parties.get(who)
        return (party.name if party else "") or f"key {short(who)}"

    return name


def voices_of(decisions: Iterable[tuple[Use, Decision]], library: Library) -> tuple[tuple[int, str], ...]:
    """By log entry, who spoke for whom in the words that decided."""
    names = _names(library)
    words = {word for _, decision in decisions for word in decision.because if word.said_of or word.behalf}
    return tuple(sorted({(word.index or 0, _told(word, names, library.authority)) for word in words}))


def _told(word: Declaration, names: Callable[[str], str], authority: Authority) -> str:
    speaker, whose = names(word.by), word.behalf
    if whose.startswith(f"{Kind.REPERTOIRE}:"):
        whom = " for those it lists"
    elif whose:
        how = _mandate(word, authority)
        alone = ", as she left to it alone" if word.exclusive else ""
        whom = f" for {names(whose)}{how}{alone}"
    else:
        whom = ""
    wide = word.said_of
    if wide is None:
        return f"said by {speaker}{whom}"
    of = f"the repertoire of {names(wide.id)}" if wide.kind is Kind.REPERTOIRE else wide.id
    return f"said by {speaker}{whom}, of {of}"


def _mandate(word: Declaration, authority: Authority) -> str:
    """Under which mandates it could be said, as of its entry; none where who lists her speaks for her."""
    wide = (Subject(Kind.REPERTOIRE, who) for who in (word.by, word.behalf))
    names = {word.subject, *wide, *([word.said_of] if word.said_of else ())}
    act, at = ACT_OF[word.stance or Stance.RESERVE], word.source.heard_at
    found = authority.mandates_for(word.by, word.behalf, act, names, word.right, word.index or 0, at, word.territory)
    ids = [mandate.id for mandate in found]
    unnamed = " under a mandate" if word.voice is Voice.MANDATED else ""
    return f" under {mandates_phrase(ids)}" if ids else unnamed
