"""What the owner of an address was asked, and answered: values that can be signed, kept and heard again.

An observation holds every exchange that was needed to hear about one address: its robots.txt, the files that speak for
the whole site, the thing itself, and the licences that any of them point to.  What each answer amounts to is decided
here, so that a saved observation, a crawl's archive and a live visit are heard alike.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from placet.core import canonical
from placet.core.declaration import Problem
from placet.core.ids import canonical_url
from placet.errors import BadRecord
from placet.signals import robots, rsl_links
from placet.signals.codec import Channel, Document, Heard
from placet.signals.html_head import looks_like_html
from placet.signals.saying import web_address

__all__ = [
    "AI_TXT",
    "MOST_BODY",
    "MOST_EXCHANGES",
    "MOST_REDIRECTS",
    "PAYLOAD_TYPE",
    "ROBOTS",
    "SITE_FILES",
    "TDMREP",
    "Exchange",
    "Observation",
    "Told",
    "addresses",
    "documents",
    "encode",
    "is_html",
    "licences",
    "origin_of",
    "parse",
    "redirect_of",
]

PAYLOAD_TYPE = "application/vnd.placet.observation+json"
MOST_BODY = 1 << 21
MOST_EXCHANGES = 64
MOST_REDIRECTS = 5  # RFC 9309 section 2.3.1.2

ROBOTS = "/robots.txt"
TDMREP = "/.well-known/tdmrep.json"
AI_TXT = "/ai.txt"
SITE_FILES = (ROBOTS, TDMREP, AI_TXT)

_ABSENT = frozenset({404, 410})  # only these say that there is no such file; a 403 may hide one
_HTML = frozenset({"text/html", "application/xhtml+xml"})
_JSON_SUFFIXES = ("application/json", "application/ld+json")
_FIELDS = {"url": str, "at": int, "status": int, "headers": list, "body": str, "error": str}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One question and its answer; `at` in UTC seconds, `status` None when nothing was answered.

    `error` says in a clause why there is no answer, or why its body is not whole.
    """

    url: str
    at: int
    status: int | None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    error: str = ""

    @property
    def answered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def header(self, name: str) -> str:
        """The first field of this name, empty without one."""
        return next((value for field, value in self.headers if field.lower() == name), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """All that was asked to hear about one address; `agent` is the product token that asked.

    No address is asked twice in one observation, so the order of the exchanges means nothing.
    """

    about: str
    exchanges: tuple[Exchange, ...]
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The documents that were obtained, and what the failure to obtain others amounts to."""

    documents: tuple[Document, ...]
    heard: Heard


# --- bytes ------------------------------------------------------------------------------------------------


def encode(observation: Observation) -> bytes:
    """Canonical JSON; BadRecord when it is more than may be kept, or asks an address twice."""
    ordered = sorted(observation.exchanges, key=lambda each: each.url)
    _check(observation, ordered)
    exchanges = [
        {
            "url": each.url,
            "at": each.at,
            "status": each.status or 0,
            "headers": [list(field) for field in each.headers],
            "body": each.body.hex(),
            "error": each.error,
        }
        for each in ordered
    ]
    return canonical.encode({"v": 1, "about": observation.about, "agent": observation.agent, "exchanges": exchanges})


def parse(data: bytes) -> Observation:
    """The observation in these canonical bytes; BadRecord when a field is missing, added or of another kind."""
    value = canonical.decode(data)
    if not isinstance(value, dict) or set(value) != {"v", "about", "agent", "exchanges"} or value["v"] != 1:
        raise BadRecord("an observation of version 1 has other fields than these")
    if not isinstance(value["about"], str) or not isinstance(value["agent"], str):
        raise BadRecord("an observation's address or agent is not text")
    if not isinstance(value["exchanges"], list):
        raise BadRecord("an observation's exchanges are not a list")
    exchanges = tuple(_exchange(each) for each in value["exchanges"])
    observation = Observation(about=value["about"], agent=value["agent"], exchanges=exchanges)
    _check(observation, exchanges)
    if [each.url for each in exchanges] != sorted(each.url for each in exchanges):
        raise BadRecord("an observation's exchanges are not in the order of their addresses")
    return observation


def _exchange(value: Any) -> Exchange:
    if not isinstance(value, dict) or set(value) != set(_FIELDS):
        raise BadRecord("an exchange has other fields than these")
    if any(type(value[name]) is not kind for name, kind in _FIELDS.items()):
        raise BadRecord("an exchange holds a field of another kind")
    if not all(isinstance(f, list) and len(f) == 2 and all(type(t) is str for t in f) for f in value["headers"]):
        raise BadRecord("an exchange's headers are not pairs of texts")
    return Exchange(
        url=value["url"],
        at=value["at"],
        status=value["status"] or None,
        headers=tuple((name, text) for name, text in value["headers"]),
        body=_unhex(value["body"]),
        error=value["error"],
    )


def _unhex(text: str) -> bytes:
    try:
        body = bytes.fromhex(text)
    except ValueError as error:
        raise BadRecord(f"an exchange's body is not hex: {error}") from None
    if body.hex() != text:
        raise BadRecord("an exchange's body is not lowercase hex")
    return body


def _check(observation: Observation, exchanges: Iterable[Exchange]) -> None:
    exchanges = tuple(exchanges)
    if len({each.url for each in exchanges}) != len(exchanges):
        raise BadRecord(f"the observation of {observation.about} asks an address twice")
    if len(exchanges) > MOST_EXCHANGES:
        raise BadRecord(f"the observation of {observation.about} has more than {MOST_EXCHANGES} exchanges")
    for each in exchanges:
        if len(each.body) > MOST_BODY:
            raise BadRecord(f"the answer of {each.url} is longer than the {MOST_BODY} bytes that are kept")
        if each.at < 0 or not 0 <= (each.status or 0) <= 999:
            raise BadRecord(f"the exchange with {each.url} has no possible time or status")
        if each.status is None and not each.error:
            raise BadRecord(f"the exchange with {each.url} has neither an answer nor a reason")


# --- addresses --------------------------------------------------------------------------------------------


def origin_of(url: str) -> str:
    """Scheme, host and port as they are written; empty for what is not on the web."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if web_address(url) else ""


def redirect_of(exchange: Exchange) -> str | None:
    """Where an answer sends the reader (RFC 9110 section 15.4); None when it does not.

    Whether that may be followed is for who follows it.
    """
    if exchange.status not in (301, 302, 303, 307, 308):
        return None
    location = exchange.header("location").strip()
    try:
        return urldefrag(urljoin(exchange.url, location)).url if location else None
    except ValueError:
        return None


def addresses(observation: Observation) -> tuple[str, ...]:
    """The address itself and those it was redirected to: what any of them is told counts."""
    return tuple(dict.fromkeys(each.url for each in _chain(_asked(observation), observation.about)))


def is_html(exchange: Exchange) -> bool:
    """By what it was sent as, or by how it begins when nothing was said."""
    kind = _media_type(exchange)
    return kind in _HTML if kind else looks_like_html(exchange.body)


def _media_type(exchange: Exchange) -> str:
    return exchange.header("content-type").partition(";")[0].strip().lower()


def _asked(observation: Observation) -> dict[str, Exchange]:
    return {each.url: each for each in observation.exchanges}


def _chain(asked: Mapping[str, Exchange], url: str) -> list[Exchange]:
    """The exchange with `url` and those it redirects to; what was redirected to and never asked is a silence."""
    chain: list[Exchange] = []
    wanted: str | None = url
    while wanted is not None and len(chain) <= MOST_REDIRECTS:
        found = asked.get(wanted)
        if found is None and not chain:
            break
        if found is None:
            found = Exchange(url=wanted, at=chain[-1].at, status=None, error="was not asked")
        if found in chain:
            break
        chain.append(found)
        wanted = redirect_of(found)
    return chain


# --- what was heard ---------------------------------------------------------------------------------------


def documents(observation: Observation) -> Told:
    """Every document that was obtained; a refusal or problem for every one that was asked for and was not."""
    asked = _asked(observation)
    found: list[Document] = []
    heard: list[Heard] = []
    visited = _chain(asked, observation.about)
    for url in dict.fromkeys(origin_of(url) for url in (observation.about, *(each.url for each in visited))):
        for name in SITE_FILES if url else ():
            _site_file(_chain(asked, url + name), name, found, heard)
    _resource(visited, found, heard)
    for document in tuple(found):
        for link in _links(document):
            _licence(_chain(asked, link), link, document, found, heard)
    said = dict.fromkeys(d for each in heard for d in each.declarations)
    problems = dict.fromkeys(p for each in heard for p in each.problems)
    return Told(tuple(dict.fromkeys(found)), Heard(tuple(said), tuple(problems)))


def licences(observation: Observation) -> tuple[str, ...]:
    """The addresses that the documents of an observation point to for their licences, in order."""
    links = [link for document in documents(observation).documents for link in _links(document)]
    return tuple(dict.fromkeys(links))


def _links(document: Document) -> Iterator[str]:
    """No licence points to another: only robots.txt, headers and pages do (RSL 1.0 sections 4.4 to 4.6)."""
    is_page = document.channel is Channel.PAGE and document.media_type.partition(";")[0].strip().lower() in _HTML
    if document.channel in (Channel.ROBOTS, Channel.HEADER) or is_page:
        yield from (link.href for link in rsl_links.links(document) if link.href and not link.fault)


def _site_file(chain: list[Exchange], name: str, found: list[Document], heard: list[Heard]) -> None:
    """The answer counts for the address that was asked first, wherever it was redirected to."""
    if not chain:
        return
    first, last = chain[0], chain[-1]
    if last.answered:
        channel = Channel.ROBOTS if name == ROBOTS else Channel.SITE
        found.append(_document(last, channel, where=first.url))
        heard.append(_uncut(last, first.url))
    elif name == ROBOTS:
        heard.append(_no_robots(last, first.url))
    elif last.status not in _ABSENT:
        heard.append(_unheard(last, first.url))


def _no_robots(exchange: Exchange, where: str) -> Heard:
    """What its absence means (RFC 9309 section 2.3.1), with the reason that we know."""
    heard = robots.unreachable(where, exchange.status)
    said = tuple(replace(d, source=replace(d.source, heard_at=exchange.at)) for d in heard.declarations)
    return Heard(said, _unheard(exchange, where).problems if heard.problems else ())


def _resource(chain: list[Exchange], found: list[Document], heard: list[Heard]) -> None:
    """Each answer on the way speaks in its headers; the last one in its page."""
    for each in chain:
        if each.headers:
            body = "".join(f"{name}: {_one_line(text)}\r\n" for name, text in each.headers)
            document = Document(where=each.url, body=body.encode(), channel=Channel.HEADER, heard_at=each.at)
            found.append(document)
    if not chain:
        return
    last = chain[-1]
    if not last.answered:
        heard.append(_unheard(last, last.url))
        return
    if is_html(last):
        kind = last.header("content-type") or "text/html"
        found.append(_document(last, Channel.PAGE, where=last.url, media_type=kind))
    if is_html(last) or not _media_type(last):
        heard.append(_uncut(last, last.url))


def _licence(chain: list[Exchange], link: str, pointer: Document, found: list[Document], heard: list[Heard]) -> None:
    """A licence speaks through what pointed to it; one that was not obtained leaves its pointer's refusal alone."""
    if not chain:
        return
    last = chain[-1]
    if not last.answered:
        heard.append(_unheard(last, link))
        return
    channel = Channel.SITE if pointer.channel is Channel.ROBOTS else pointer.channel
    kind = last.header("content-type")
    kind = kind if _media_type(last).startswith(_JSON_SUFFIXES) else rsl_links.MEDIA_TYPE
    about = pointer.about or pointer.where
    found.append(_document(last, channel, where=canonical_url(link), media_type=kind, about=about))
    heard.append(_uncut(last, link))


def _document(
    exchange: Exchange, channel: Channel, *, where: str, media_type: str | None = None, about: str = ""
) -> Document:
    return Document(
        where=where,
        body=exchange.body,
        channel=channel,
        media_type=exchange.header("content-type") if media_type is None else media_type,
        about=about,
        heard_at=exchange.at,
    )


def _one_line(text: str) -> str:
    return " ".join(text.split("\n")).replace("\r", " ")


def _unheard(exchange: Exchange, where: str) -> Heard:
    via = f" (by way of {exchange.url})" if exchange.url != where else ""
    if exchange.status is None:
        said = exchange.error
    elif redirect_of(exchange):
        said = "redirects without end"
    else:
        said = f"answered {exchange.status}" + (f"; {exchange.error}" if exchange.error else "")
    why = f"{where}{via} {said}, so that what it says is not known."
    return Heard((), (Problem(where, "signal.unreachable", why),))


def _uncut(exchange: Exchange, where: str) -> Heard:
    """A problem when the body is not whole: what was left out may have been a refusal."""
    if not exchange.error:
        return Heard()
    return Heard((), (Problem(where, "signal.cut", f"{where} {exchange.error}, so that not all of it was read."),))
