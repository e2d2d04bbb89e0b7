"""What speaks of a row beside the registry: saved observations, imported lists, and what came with the row itself.

Every standard selects among its own statements about the row's address (`signals.resolve`); what is left goes to
`core.decide` with what the registry says.  An address that was observed on several days is heard as of each of them:
what was said when it was taken, and what is said when it is used, both bind.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from placet.core.declaration import Declaration, Problem
from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.signals import resolve
from placet.signals.codec import Asked, Document, Heard
from placet.signals.lists import subjects_of
from placet.signals.observation import ROBOTS, Observation, addresses, documents
from placet.signals.paths import Pattern, pattern_of, split_pattern, target_of

__all__ = ["HERE", "MOST_LOST", "NOTHING", "OF_ITS_OWN", "UNASKED", "Reading", "Said", "Voices", "origin_of"]

HERE: Final = Subject(Kind.URL, "here")  # whatever address a row has: what speaks of it, speaks of this
MOST_LOST = 16  # statements that gave way, kept a row
OF_ITS_OWN: Final = "row:"  # begins the place of what came with a row
UNASKED: Final = "signal.unasked"
_BETWEEN = 1 << 30  # between the classes of two spellings
_NOBODY = "Nobody who could speak of it was asked: no site, no registry, no list; and it cannot speak for itself."
_SITE = "Its site was not asked: there is no observation of it."


@dataclass(frozen=True, slots=True)
class Said:
    """`speaking` and `lost` have the subject HERE; the problems leave open what else may have been said."""

    speaking: tuple[Declaration, ...] = ()
    lost: tuple[Declaration, ...] = ()
    problems: tuple[Problem, ...] = ()


NOTHING: Final = Said()


@dataclass(frozen=True, slots=True)
class Reading:
    """What an observation amounts to from one moment on, and the addresses that it leads to."""

    at: int
    heard: Heard
    also: tuple[str, ...] = ()


_Timeline = tuple[Reading, ...]  # by time


class Voices:
    """Everything beside the registry that may speak of a row; what is given once is read once.

    `is_alone` says that no registry is asked, so that a row of which nobody could speak is not one that is silent.
    `crawled` came with the rows: where it is heard it binds, and where there is none nobody was expected to ask.
    """

    def __init__(
        self,
        observations: Iterable[Observation] = (),
        listed: Mapping[Subject, Sequence[Declaration]] | None = None,
        *,
        agent: str | None = None,
        at: int = 0,
        is_alone: bool = False,
        crawled: Iterable[Observation] = (),
    ) -> None:
        self.agent, self.at, self.is_alone = agent, at, is_alone
        self.listed = {subject: tuple(said) for subject, said in (listed or {}).items()}
        self._sites: dict[str, list[Observation]] = defaultdict(list)
        self._pages: dict[str, list[Observation]] = defaultdict(list)
        for observation in observations:
            self._file(observation)
        self.is_observed = bool(self._sites or self._pages)
        for observation in crawled:
            self._sites[origin_of(observation.about)].append(observation)
        self._site_readings: dict[str, _Timeline] = {}
        self._page_readings: dict[str, _Timeline] = {}
        self._patterns: dict[str, tuple[Pattern, ...]] = {}
        self._said: dict[tuple[str, tuple[int, ...]], Said] = {}

    def _file(self, observation: Observation) -> None:
        """A site was asked when its robots.txt was, which all observations ask first."""
        robots = [each.url for each in observation.exchanges if urlsplit(each.url).path == ROBOTS]
        for origin in dict.fromkeys(filter(None, map(origin_of, robots))):
            self._sites[origin].append(observation)
        page = _spelling(observation.about)[0]
        if page and any(each.url == observation.about for each in observation.exchanges):
            self._pages[page].append(observation)

    @property
    def origins(self) -> tuple[str, ...]:
        """The sites that were observed, as `https://host[:port]`."""
        return tuple(self._sites)

    @property
    def pages(self) -> tuple[str, ...]:
        """The single addresses that were observed, in their one spelling."""
        return tuple(self._pages)

    # --- hearing ------------------------------------------------------------------------------------------

    def hear(
        self,
        urls: Sequence[str],
        own: Sequence[Document] = (),
        *,
        digests: Iterable[bytes] = (),
        is_mute: bool = True,
    ) -> Said:
        """What is said of a row with these addresses and SHA-256; `is_mute` when nothing in it could speak.

        `own` are documents of the row itself, about no address yet where they name none.
        """
        said = (
            [self._hear_one(url, own) for url in dict.fromkeys(urls) or [OF_ITS_OWN]]
            if self._sites or self._pages or own
            else []
        )
        if self.listed and (listed := self.listed_of(urls, digests)):
            said.append(Said(listed))
        if not own and self._is_unasked(urls, is_mute):
            said.append(_unasked(_SITE if urls and self.is_observed else _NOBODY))
        return said[0] if len(said) == 1 else _joined(said)

    def _is_unasked(self, urls: Sequence[str], is_mute: bool) -> bool:
        """Where sites were observed, an address on none of them; where nothing else speaks, a mute row."""
        if urls and self.is_observed:
            return not any(self.is_asked(url) for url in urls)
        return self.is_alone and is_mute

    def listed_of(self, urls: Sequence[str], digests: Iterable[bytes] = ()) -> tuple[Declaration, ...]:
        """What imported lists say of any of these: of an address, its domain and those above it, or of a file."""
        subjects = {s for url in urls if origin_of(url) for s in subjects_of(Subject(Kind.URL, canonical_url(url)))}
        subjects |= {Subject(Kind.FINGERPRINT, f"sha256:{digest.hex()}") for digest in digests}
        about = sorted(subjects & self.listed.keys())
        return tuple(replace(said, subject=HERE) for subject in about for said in self.listed[subject])

    def is_asked(self, url: str) -> bool:
        """Whether the site of this address was observed."""
        return origin_of(url) in self._sites

    def _hear_one(self, url: str, own: Sequence[Document]) -> Said:
        origin = origin_of(url)
        if own or _spelling(url)[0] in self._pages:
            return self._resolved(url, origin, own)
        if origin not in self._sites:
            return NOTHING
        key = (origin, self.class_of(origin, url))
        if key not in self._said:
            self._said[key] = self._resolved(url, origin, ())
        return self._said[key]

    def _resolved(self, url: str, origin: str, own: Sequence[Document]) -> Said:
        """Each day on which the site or the page was observed, and all that was said on any of them."""
        site, page = self._site(origin), self._page(url) if origin else ()
        heard = _with_address(own, url)
        said = []
        for at in sorted({reading.at for reading in (*site, *page)}) or [0]:
            readings = [reading for line in (site, page) if (reading := _as_of(line, at))]
            also = tuple(dict.fromkeys(a for reading in readings for a in reading.also))
            every = _together([heard, *(reading.heard for reading in readings)])
            said.append(_here(resolve.resolve(every, Asked(url=url, agent=self.agent), also=also)))
        return said[0] if len(said) == 1 else _joined(said)

    def _site(self, origin: str) -> _Timeline:
        if origin not in self._site_readings:
            told = [self._reading(_whole_site(each, origin)) for each in self._sites.get(origin, ())]
            self._site_readings[origin] = _timeline(told)
        return self._site_readings[origin]

    def _page(self, url: str) -> _Timeline:
        canonical = _spelling(url)[0]
        if canonical not in self._page_readings:
            told = [self._reading(each, addresses(each)) for each in self._pages.get(canonical, ())]
            self._page_readings[canonical] = _timeline(told)
        return self._page_readings[canonical]

    def _reading(self, observation: Observation, also: tuple[str, ...] = ()) -> Reading:
        """A yes that was first heard after the moment that is judged opens nothing then."""
        told = documents(observation)
        heard = resolve.hear(told.documents, [told.heard])
        said = tuple(d for d in heard.declarations if d.stance is not Stance.ALLOW or d.source.heard_at <= self.at)
        when = max((each.at for each in observation.exchanges), default=0)
        return Reading(when, Heard(said, heard.problems), also)

    # --- classes of addresses -----------------------------------------------------------------------------

    def patterns(self, origin: str) -> tuple[Pattern, ...]:
        """Every pattern that anything said about a site depends on, in order.

        Of two addresses that the same of them match, as they are and in small letters, a site says the same.
        """
        if origin not in self._patterns:
            said = {d.subject for reading in self._site(origin) for d in reading.heard.declarations}
            named = {_path_of(subject, origin) for subject in said}
            self._patterns[origin] = tuple(pattern_of(text) for text in sorted(filter(None, named | {"/robots.txt$"})))
        return self._patterns[origin]

    def class_of(self, origin: str, url: str) -> tuple[int, ...]:
        """Which patterns of its site match an address; those matched in small letters only count from -1 down."""
        found: list[int] = []
        for target in dict.fromkeys((target_of(url), target_of(_spelling(url)[0]))):
            found += [*_matching(self.patterns(origin), target), _BETWEEN]
        return tuple(found[:-1])


def _matching(patterns: Sequence[Pattern], target: str) -> list[int]:
    small = target.lower()
    found = [place for place, pattern in enumerate(patterns) if pattern.matches(target)]
    return found + [
        ~place for place, pattern in enumerate(patterns) if is_suffix(pattern) and matches_small(pattern, small)
    ]


def is_suffix(pattern: Pattern) -> bool:
    """ai.txt refuses the ends of names whatever their capitals."""
    return pattern.text.startswith("/*")


def matches_small(pattern: Pattern, small: str) -> bool:
    return small_parts(pattern).matches(small)


@lru_cache(maxsize=1 << 14)
def small_parts(pattern: Pattern) -> Pattern:
    return Pattern(pattern.text, tuple(part.lower() for part in pattern.parts), pattern.anchored)


def _path_of(subject: Subject, origin: str) -> str:
    """The path pattern of a subject on this site; empty for what is elsewhere, or about no address."""
    if subject.kind is Kind.PATTERN:
        host, path = split_pattern(subject.id)
        return path if host in ("", origin) else ""
    if subject.kind is Kind.URL and origin_of(subject.id) == origin:
        return target_of(subject.id) + "$"
    return ""


def origin_of(url: str) -> str:
    """`https://host[:port]` in one spelling; empty for what is not on the web."""
    return _spelling(url)[1]


@lru_cache(maxsize=1 << 12)
def _spelling(url: str) -> tuple[str, str]:
    """The address and its origin in their one spelling; empty for what is not on the web."""
    try:
        canonical = canonical_url(url)
    except ValueError:
        return "", ""
    return canonical, canonical[: canonical.index("/", len("https://"))]


def _whole_site(observation: Observation, origin: str) -> Observation:
    """The same exchanges, asked about an address that nobody asked: what speaks for the whole site is left."""
    return replace(observation, about=f"{_spelled(observation, origin)}/.placet/whole-site")


def _spelled(observation: Observation, origin: str) -> str:
    """The origin as the observation spells it: with the scheme that was asked."""
    for each in observation.exchanges:
        if origin_of(each.url) == origin:
            parts = urlsplit(each.url)
            return f"{parts.scheme}://{parts.netloc}"
    return origin


def _timeline(readings: Iterable[Reading]) -> _Timeline:
    """One reading a moment: what was heard twice at the same time is heard together."""
    by_time: dict[int, list[Reading]] = defaultdict(list)
    for reading in readings:
        by_time[reading.at].append(reading)
    return tuple(
        Reading(
            at,
            _together([reading.heard for reading in by_time[at]]),
            tuple(dict.fromkeys(url for reading in by_time[at] for url in reading.also)),
        )
        for at in sorted(by_time)
    )


def _as_of(line: _Timeline, at: int) -> Reading | None:
    """The newest that was known then, else the oldest there is."""
    if not line:
        return None
    return line[max(0, bisect_right([reading.at for reading in line], at) - 1)]


def _with_address(own: Sequence[Document], url: str) -> Heard:
    return resolve.hear(replace(each, about=each.about or url) for each in own)


def _together(heard: Sequence[Heard]) -> Heard:
    some = [each for each in heard if each.declarations or each.problems]
    return some[0] if len(some) == 1 else resolve.hear((), some)


def _here(resolved: resolve.Resolved) -> Said:
    """With one subject for all rows, so that equal words about two rows are equal."""
    if not (resolved.speaking or resolved.lost or resolved.problems):
        return NOTHING
    lost = [lost.declaration for lost in resolved.lost][:MOST_LOST]
    return Said(tuple(map(_renamed, resolved.speaking)), tuple(map(_renamed, lost)), resolved.problems)


def _renamed(said: Declaration) -> Declaration:
    """What came with the row itself has an id that depends on its words, and not on which row it was."""
    if not said.source.where.startswith(OF_ITS_OWN):
        return replace(said, subject=HERE)
    source = said.source
    words = (source.standard, source.where, source.channel, source.place, source.digest.hex())
    more = (said.use, said.stance, said.agent, said.territory, said.terms)
    text = "\n".join(map(repr, (*map(str, words), *more)))
    return replace(said, subject=HERE, id=hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])


def _joined(said: Sequence[Said]) -> Said:
    if not said:
        return NOTHING
    return Said(
        tuple(dict.fromkeys(d for each in said for d in each.speaking)),
        tuple(dict.fromkeys(d for each in said for d in each.lost))[:MOST_LOST],
        tuple(dict.fromkeys(p for each in said for p in each.problems)),
    )


@lru_cache
def _unasked(why: str) -> Said:
    return Said(problems=(Problem("", UNASKED, why),))
