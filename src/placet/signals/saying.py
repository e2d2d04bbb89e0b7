"""How a standard's module says what it heard, and counts what its own words could not say.

A standard has few words; what was meant is finer.  `account` compares the two, leaf by leaf, for the laws of
house.md section 7: what is written binds at least as tightly as what was meant, or is listed as unsaid.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import urlsplit

from placet.core.declaration import Declaration, Problem, Source
from placet.core.ids import canonical_url, parse_subject
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.signals.codec import Channel, Document

__all__ = ["Speaker", "account", "leaves_of", "meant", "speaker", "strictest", "subject_at", "web_address"]

_VOICES = {Channel.LIST: Voice.THIRD_PARTY, Channel.EMBEDDED: Voice.EMBEDDED}


@dataclass(frozen=True, slots=True)
class Speaker:
    """One document, speaking in one standard: everything it says carries where, when and the bytes' digest."""

    document: Document
    standard: str
    digest: bytes

    @property
    def about(self) -> Subject:
        return subject_at(self.document.about or self.document.where)

    @property
    def origin(self) -> str:
        """`https://host[:port]` of the site that the document speaks for; empty when it is not on the web."""
        about = self.about.id
        return about[: -len(target)] if (target := _target(about)) else ""

    def say(
        self,
        uses: Iterable[Use],
        stance: Stance,
        *,
        subject: Subject | None = None,
        voice: Voice | None = None,
        terms: str | None = None,
        agent: str | None = None,
        territory: tuple[str, ...] = (),
        place: int = 0,
    ) -> tuple[Declaration, ...]:
        """One declaration for each use; the same words at the same place have the same id."""
        about, source = subject or self.about, self._source(place)
        by = _party(self.document.where)
        heard = voice or _VOICES.get(self.document.channel, Voice.SITE)
        words = (self.standard, self.document.where, self.document.channel, place, self.digest.hex(), about)
        common = "\n".join(repr(str(word)) for word in words)
        more = "\n".join(map(repr, (stance.word, agent, territory, terms)))
        return tuple(
            Declaration(
                id=_name(f"{common}\n{use.value}\n{more}"),
                subject=about,
                use=use,
                stance=stance,
                by=by,
                voice=heard,
                source=source,
                territory=territory,
                agent=agent,
                terms=terms,
            )
            for use in uses
        )

    def _source(self, place: int) -> Source:
        document = self.document
        return Source(
            standard=self.standard,
            where=document.where,
            digest=self.digest,
            heard_at=document.heard_at,
            channel=document.channel,
            place=place,
        )

    def problem(self, why: str) -> Problem:
        return Problem(self.document.where, "signal.malformed", f"{self.document.where}: {why}.")


def speaker(document: Document, standard: str) -> Speaker:
    return Speaker(document, standard, hashlib.sha256(document.body).digest())


def _name(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@lru_cache(maxsize=1024)
def _party(where: str) -> str:
    return urlsplit(canonical_url(where)).netloc if web_address(where) else where


def _target(address: str) -> str:
    return address[address.index("/", 8) :] if web_address(address) else ""


def subject_at(address: str) -> Subject:
    """The address as a subject; what is neither of the web nor an identifier, such as a path, stays as it is."""
    try:
        if web_address(address):
            return Subject(Kind.URL, canonical_url(address))
        return parse_subject(address) or Subject(Kind.URL, address)
    except ValueError:
        return Subject(Kind.URL, address)


def web_address(address: str) -> bool:
    """True for an absolute http(s) address that has one spelling."""
    try:
        return bool(canonical_url(address))
    except ValueError:
        return False


def strictest(said: Iterable[Declaration], subject: Subject) -> tuple[tuple[Declaration, ...], tuple[Declaration, ...]]:
    """What speaks about `subject`, and what lost to something stricter about the same leaves."""
    said = tuple(said)
    most: dict[Use, Stance] = {}
    for declaration in said:
        for leaf in declaration.use.leaves:
            most[leaf] = max(most.get(leaf, Stance.ALLOW), declaration.stance or Stance.ALLOW)
    wins = [any(most[leaf] is d.stance for leaf in d.use.leaves) for d in said]
    speaking = tuple(replace(d, subject=subject) for d, win in zip(said, wins, strict=True) if win)
    return speaking, tuple(d for d, win in zip(said, wins, strict=True) if not win)


def leaves_of(uses: Iterable[Use]) -> frozenset[Use]:
    return frozenset(leaf for use in uses for leaf in use.leaves)


def _is_narrow(declaration: Declaration) -> bool:
    """Said to some agents, of some countries or for a time only: few standards have a word for that."""
    return bool(declaration.agent or declaration.territory or declaration.interval.until is not None)


def meant(declarations: Iterable[Declaration]) -> dict[Use, Stance]:
    """The strictest stance of each leaf; a yes that reaches only a part is no yes to the whole."""
    stances: dict[Use, Stance] = {}
    for declaration in declarations:
        if declaration.stance is None or (declaration.stance is Stance.ALLOW and _is_narrow(declaration)):
            continue
        for leaf in declaration.use.leaves:
            stances[leaf] = max(stances.get(leaf, declaration.stance), declaration.stance)
    return stances


def account(
    declarations: Sequence[Declaration],
    said: Mapping[Use, Stance],
    words: Iterable[frozenset[Use]] = (),
) -> tuple[tuple[Declaration, ...], tuple[Declaration, ...]]:
    """What was overstated and what stayed unsaid, when a reader of the document hears `said`.

    `words` are the sets of leaves that the standard can only speak of together: who needed a word answers for
    all that it closes.
    """
    wanted = meant(declarations)
    spilled = {leaf for leaf, stance in said.items() if stance > max(wanted.get(leaf, 0), Stance.ALLOW)}
    caught = leaves_of(leaf for word in words if word & spilled for leaf in word)
    overstated = tuple(d for d in declarations if _is_overstated(d, said, caught))
    return overstated, tuple(d for d in declarations if not _is_said(d, said))


def _is_said(declaration: Declaration, said: Mapping[Use, Stance]) -> bool:
    stance = declaration.stance
    if stance is None or (stance is Stance.ALLOW and _is_narrow(declaration)):
        return False
    heard = [said.get(leaf) for leaf in declaration.use.leaves]
    return all(h is stance if stance is Stance.ALLOW else h is not None and h >= stance for h in heard)


def _is_overstated(declaration: Declaration, said: Mapping[Use, Stance], caught: frozenset[Use]) -> bool:
    stance = declaration.stance
    if stance is None or stance is Stance.ALLOW:
        return False
    heard = [said[leaf] for leaf in declaration.use.leaves if leaf in said]
    if not any(h >= stance for h in heard):
        return False
    return _is_narrow(declaration) or max(heard) > stance or bool(caught.intersection(declaration.use.leaves))
