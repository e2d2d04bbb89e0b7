"""A polite visit: everything that the owner of an address says about it, and no more.

robots.txt is asked first and obeyed for our own name; where it closes the address to us, only the files in which
owners speak are asked, and the observation says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urlsplit

from placet.core.ids import canonical_url
from placet.errors import BadInput
from placet.fetch.cache import Cache
from placet.fetch.wire import Wanted, Wire
from placet.signals import robots, robots_file
from placet.signals.observation import (
    MOST_BODY,
    MOST_EXCHANGES,
    MOST_REDIRECTS,
    ROBOTS,
    SITE_FILES,
    Exchange,
    Observation,
    licences,
    origin_of,
    redirect_of,
)

__all__ = ["PAUSE", "TOKEN", "USER_AGENT", "Visitor"]

TOKEN = "PlacetBot"  # noqa: S105 - a product token
USER_AGENT = f"{TOKEN}/1.0 (asks what a site says about AI, then leaves)"

PAUSE = 1.0
_MOST_LICENCES = 8
_MOST_ASKED = MOST_EXCHANGES // 2
# Pages, and what may turn out to be a licence; a picture is not read.
_READ = ("text/", "application/xhtml", "application/xml", "application/json", "application/rsl")


@dataclass(slots=True)
class Visitor:
    """Asks one thing at a time, and leaves `pause` seconds between two requests to one host.

    `clock` counts seconds from anywhere, `sleep` waits; `seconds` is the most that one visit takes.
    """

    wire: Wire
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    cache: Cache | None = None
    pause: float = PAUSE
    seconds: float = 120.0
    _last: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *_: object) -> None:
        self.wire.close()

    def observe(self, url: str) -> Observation:
        """What is said about `url`, by its site and by every site it leads to; BadInput for no web address."""
        try:
            canonical_url(url)
        except ValueError as error:
            raise BadInput(str(error)) from None
        return _Visit(self, urldefrag(url.strip()).url).observe()

    def ask(self, url: str, wanted: Wanted) -> Exchange:
        """One exchange, from the cache when it is fresh there; its host is left in peace before it is asked again."""
        agent = self.wire.agent
        kept = self.cache.get(url, agent, self.wire.now()) if self.cache else None
        if kept is not None:
            return kept
        host = urlsplit(url).netloc
        wait = self._last.get(host, float("-inf")) + self.pause - self.clock()
        if wait > 0:
            self.sleep(wait)
        exchange = self.wire.get(url, wanted)
        self._last[host] = self.clock()
        if self.cache:
            self.cache.put(exchange, agent)
        return exchange


@dataclass(slots=True)
class _Visit:
    """One observation being made."""

    visitor: Visitor
    url: str
    asked: dict[str, Exchange] = field(default_factory=dict)
    ends: float = 0.0

    def observe(self) -> Observation:
        self.ends = self.visitor.clock() + self.visitor.seconds
        self._resource()
        links = licences(self._so_far())
        for number, link in enumerate(links):
            if number < _MOST_LICENCES:
                self._licence(link)
            else:
                self._unasked(link, f"is one of more than {_MOST_LICENCES} licences, and was not asked")
        return self._so_far()

    def _so_far(self) -> Observation:
        return Observation(about=self.url, exchanges=tuple(self.asked.values()), agent=TOKEN)

    def _resource(self) -> None:
        """The address and where it leads to, each only as its own site's robots.txt allows."""
        url = self.url
        for _ in range(MOST_REDIRECTS + 1):
            if why := self._closed(url):
                self._unasked(url, why)
                return
            onward = redirect_of(self._ask(url, _page_only))
            if onward is None or onward in self.asked:
                return
            url = onward

    def _licence(self, url: str) -> None:
        """A site wants its own licence to be read by those it closes out; somebody else's site is asked first."""
        is_own = origin_of(url) in {origin_of(self.url), ""}
        if why := "" if is_own else self._closed(url, (ROBOTS,)):
            self._unasked(url, why)
        else:
            self._chain(url)

    def _closed(self, url: str, files: Sequence[str] = SITE_FILES) -> str:
        """Why an address may not be asked, after its site's files were; empty when it may."""
        origin = origin_of(url)
        if not origin:
            return ""  # the guard refuses it, and says why
        for name in files:
            self._chain(origin + name)
        answer = self._last_of(origin + ROBOTS)
        is_whole = not answer.error or len(answer.body) >= robots_file.MOST
        if answer.answered and is_whole:
            is_open = robots.access(robots_file.parse(answer.body), TOKEN)(url)
            return "" if is_open else f"is closed to {TOKEN} by robots.txt, and was not asked"
        if answer.answered or robots.unreachable(origin + ROBOTS, answer.status).declarations:
            return "was not asked, since its robots.txt could not be had"
        return ""

    def _chain(self, url: str) -> None:
        for _ in range(MOST_REDIRECTS + 1):
            if url in self.asked:
                return
            onward = redirect_of(self._ask(url, _whole))
            if onward is None:
                return
            url = onward

    def _last_of(self, url: str) -> Exchange:
        for _ in range(MOST_REDIRECTS):
            onward = redirect_of(self.asked[url])
            if onward is None or onward not in self.asked:
                break
            url = onward
        return self.asked[url]

    def _ask(self, url: str, wanted: Wanted) -> Exchange:
        if url in self.asked:
            return self.asked[url]
        if len(self.asked) >= _MOST_ASKED or self.visitor.clock() > self.ends:
            return self._unasked(url, "was not asked, since the visit had asked long enough")
        self.asked[url] = self.visitor.ask(url, wanted)
        return self.asked[url]

    def _unasked(self, url: str, why: str) -> Exchange:
        at = self.visitor.wire.now()
        if len(self.asked) < MOST_EXCHANGES:
            self.asked.setdefault(url, Exchange(url=url, at=at, status=None, error=why))
        return self.asked.get(url) or Exchange(url=url, at=at, status=None, error=why)


def _whole(status: int, _: tuple[tuple[str, str], ...]) -> int:
    return MOST_BODY if 200 <= status < 300 else 0


def _page_only(status: int, headers: tuple[tuple[str, str], ...]) -> int:
    """Only a page is read; of a picture, what its headers say."""
    kind = Exchange(url="", at=0, status=status, headers=headers).header("content-type").strip().lower()
    return MOST_BODY if 200 <= status < 300 and (not kind or kind.startswith(_READ)) else 0
