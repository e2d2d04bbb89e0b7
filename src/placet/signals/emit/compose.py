"""From a policy to all that a site has to say: files, header fields and marks in the page, for every path.

Every standard writes its own words, path by path; here they are joined, read again, and counted.  A yes of a wider path
that a standard cannot take back at a narrower one is not said at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Final

from placet.core.declaration import Declaration
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.signals.codec import Channel, Codec, Document
from placet.signals.codecs import CODECS
from placet.signals.emit import robots_txt, site_files
from placet.signals.emit.account import Account, compare, heard_by
from placet.signals.emit.naming import example_of
from placet.signals.observation import Exchange, Observation, documents
from placet.signals.policy import Policy, listeners, said_at, said_to
from placet.signals.policy_price import priced
from placet.signals.resolve import hear
from placet.signals.rsl_links import MEDIA_TYPE

__all__ = ["LICENCE", "Emission", "Place", "compose"]

ROBOTS = "/robots.txt"
LICENCE = "/license.xml"

_ON_A_SITE: Final = frozenset({Channel.ROBOTS, Channel.SITE, Channel.HEADER, Channel.PAGE})
_PRICED: Final = frozenset({"rsl"})  # every other standard leads to the terms, and says no price
_HEAD = ("<head>\n", "</head>\n")


@dataclass(frozen=True, slots=True)
class Place:
    """What an answer for any address of `path` carries: header fields, and lines for the head of a page."""

    path: str
    fields: Mapping[str, str]
    head: str


@dataclass(frozen=True)
class Emission:
    """`files` by their path on the site; `places` the broadest first."""

    policy: Policy
    files: Mapping[str, Document]
    places: tuple[Place, ...]
    accounts: tuple[Account, ...] = ()

    @cached_property
    def banner(self) -> tuple[str, ...]:
        return banner_of(self.policy)

    def observation(self, url: str, place: Place, *, page: bool) -> Observation:
        """What a visitor of an address at a place is told: `page` when it is HTML, else a picture."""
        body = f"{_HEAD[0]}{place.head}{_HEAD[1]}".encode() if page else b""
        kind = ("content-type", "text/html" if page else "image/png")
        own = Exchange(url=url, at=0, status=200, headers=(kind, *place.fields.items()), body=body)
        files = (
            Exchange(url=f.where, at=0, status=200, headers=(("content-type", f.media_type),), body=f.body)
            for f in self.files.values()
        )
        return Observation(about=url, exchanges=(own, *files))


def banner_of(policy: Policy) -> tuple[str, ...]:
    """What every file says about itself, where it can."""
    return (f"Made by placet from the policy sha256:{policy.digest.hex()};", "change that one, not this file.")


def compose(policy: Policy) -> Emission:
    """All of it, with an account of what each standard makes of it."""
    writer = _Writer(policy)
    while True:
        emission = writer.write()
        accounts = tuple(_accounts(emission))
        loose = {(each.standard, leaf) for each in accounts for leaf in each.looser}
        if not loose - writer.quiet:
            return Emission(policy, emission.files, emission.places, accounts)
        writer.quiet |= loose


@dataclass(slots=True)
class _Writer:
    """`quiet` are the standards and leaves of which nothing but a no is said."""

    policy: Policy
    quiet: set[tuple[str, Use]] = field(default_factory=set)

    def write(self) -> Emission:
        policy = self.policy
        everybody = list(self._documents(None))
        files = dict(self._site_files(everybody))
        links = [f"License: {policy.site}{LICENCE}"] if LICENCE in files else []
        files[ROBOTS] = self._robots(everybody, links)
        places = tuple(self._place(path, LICENCE in files) for path in policy.paths)
        return Emission(policy, files, places)

    def _documents(self, agent: str | None) -> Iterable[tuple[str, Document]]:
        """What is written to one listener for whole paths, broadest first."""
        for codec in CODECS.values():
            for path in self.policy.paths:
                subject = Subject(Kind.PATTERN, self.policy.site + path)
                yield from ((path, document) for document in self._write(codec, path, subject, agent))

    def _write(self, codec: Codec, path: str, subject: Subject, agent: str | None) -> tuple[Document, ...]:
        policy = self.policy
        wishes = said_to(policy, path, agent) if agent else said_at(policy, path)
        wishes = tuple(wish for wish in wishes if not self._is_quiet(codec, wish))
        wishes = priced(policy, wishes) if codec.name in _PRICED else wishes
        written = codec.write(wishes, subject)
        while not policy.stricter and (far := set(filter(_may_go, written.overstated))):
            wishes = tuple(wish for wish in wishes if wish not in far)
            written = codec.write(wishes, subject)
        return written.documents

    def _is_quiet(self, codec: Codec, wish: Declaration) -> bool:
        return wish.stance is not Stance.RESERVE and any((codec.name, leaf) in self.quiet for leaf in wish.use.leaves)

    def _site_files(self, documents: Sequence[tuple[str, Document]]) -> Iterable[tuple[str, Document]]:
        names = dict.fromkeys(_name(document) for _, document in documents if document.channel in _FILES)
        for name in names:
            if name != ROBOTS:
                own = [document for _, document in reversed(documents) if _name(document) == name]
                body = site_files.merge(own, banner_of(self.policy))
                yield (
                    name,
                    Document(
                        where=self.policy.site + name, body=body, channel=own[0].channel, media_type=own[0].media_type
                    ),
                )

    def _robots(self, documents: Sequence[tuple[str, Document]], links: Sequence[str]) -> Document:
        policy = self.policy
        apart = {agent: _gathered(self._documents(agent)) for agent in listeners(policy)}
        lines = robots_txt.compose(_gathered(documents), apart, policy.paths, links)
        contact = [f"# Contact: {policy.contact}"] if policy.contact else []
        text = "\n".join([*(f"# {line}" for line in banner_of(policy)), *contact, "", *lines])
        return Document(where=policy.site + ROBOTS, body=text.encode(), channel=Channel.ROBOTS, media_type="text/plain")

    def _place(self, path: str, licensed: bool) -> Place:
        url = self.policy.site + example_of(path, self.policy.paths)
        fields: dict[str, list[str]] = {}
        head = ""
        for codec in CODECS.values():
            for document in self._write(codec, path, Subject(Kind.URL, url), None):
                if document.channel is Channel.HEADER:
                    for line in document.body.decode("utf-8").splitlines():
                        name, _, value = line.partition(":")
                        fields.setdefault(name.strip(), []).append(value.strip())
                elif document.channel is Channel.PAGE:
                    head += document.body.decode("utf-8").removeprefix(_HEAD[0]).removesuffix(_HEAD[1])
        if licensed:
            fields.setdefault("Link", []).append(f'<{self.policy.site}{LICENCE}>; rel="license"; type="{MEDIA_TYPE}"')
        return Place(path, {name: ", ".join(dict.fromkeys(values)) for name, values in fields.items()}, head)


_FILES = (Channel.ROBOTS, Channel.SITE)


def _may_go(wish: Declaration) -> bool:
    """A price for the fetch is said as a no even where nothing is to be said too strictly: the other word is yes."""
    return Use.ACCESS not in wish.use.leaves


def _name(document: Document) -> str:
    """The path of a file on the site; empty for what is said of one address."""
    if document.channel not in _FILES:
        return ""
    return "/" + document.where.partition("://")[2].partition("/")[2]


def _gathered(documents: Iterable[tuple[str, Document]]) -> robots_txt.Groups:
    return robots_txt.gather((path, document) for path, document in documents if _name(document) == ROBOTS)


Said = tuple[Declaration, ...]
ByStandard = dict[str, list[Said]]  # as many parts as documents


def _listen(observation: Observation, known: dict[Document, dict[str, Said]]) -> ByStandard:
    """As `resolve.listen`, each document once: the files of a site are the same for every place."""
    told = documents(observation)
    found: ByStandard = defaultdict(list)
    for document in told.documents:
        if document not in known:
            known[document] = _by_standard(hear([document]).declarations)
        for standard, said in known[document].items():
            found[standard].append(said)
    return found


def _by_standard(declarations: Iterable[Declaration]) -> dict[str, Said]:
    found: dict[str, list[Declaration]] = defaultdict(list)
    for declaration in declarations:
        found[declaration.source.standard].append(declaration)
    return {standard: tuple(said) for standard, said in found.items()}


def _accounts(emission: Emission) -> Iterable[Account]:
    """Everything read again, as a page and a picture of each path, by all and by each crawler that is told apart."""
    policy = emission.policy
    apart = listeners(policy)
    known: dict[Document, dict[str, Said]] = {}
    for place in emission.places:
        url = policy.site + example_of(place.path, policy.paths)
        page, picture = (_listen(emission.observation(url, place, page=page), known) for page in (True, False))
        for agent in (None, *apart):
            wished = said_to(policy, place.path, agent) if agent else said_at(policy, place.path)
            for codec in CODECS.values():
                if codec.hears & _ON_A_SITE:
                    one = heard_by(codec, chain(*page[codec.name]), url, agent, apart)
                    same = list(map(id, page[codec.name])) == list(map(id, picture[codec.name]))
                    other = one if same else heard_by(codec, chain(*picture[codec.name]), url, agent, apart)
                    yield compare(codec.name, place.path, agent, wished, one, other)
