"""Where something can be heard: an address, a file, a folder with a site in it, a crawl, or what was saved.

Each becomes a `Source`: one address or file, and everything that was heard about it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from placet.clearance import embedded
from placet.clearance.readers import warc
from placet.clearance.readers.sniff import MAX_BYTES
from placet.clearance.readers.warc_records import Broken, records
from placet.core.declaration import Problem
from placet.core.ids import canonical_url
from placet.core.profile import Profile
from placet.core.use import Use
from placet.errors import BadInput, NotFound
from placet.signals.codec import Document, Heard
from placet.signals.observation import (
    AI_TXT,
    MOST_BODY,
    MOST_EXCHANGES,
    ROBOTS,
    SITE_FILES,
    TDMREP,
    Exchange,
    Observation,
    addresses,
    documents,
    licences,
    origin_of,
)

__all__ = ["MOST_PAGES", "NOWHERE", "Source", "Wish", "crawl", "file", "folder", "observed"]

NOWHERE = "https://here.invalid"  # RFC 2606: the address of what lies on a disk
MOST_PAGES = 500

_MEDIA = ("image/", "audio/", "video/", "application/pdf", "application/epub")
_HTML = (".html", ".htm", ".xhtml")
_SITE_NAMES = {"robots.txt": ROBOTS, "tdmrep.json": TDMREP, "ai.txt": AI_TXT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked of a source: uses, from when, for whom; without a profile only what was said is told."""

    uses: tuple[Use, ...]
    at: int
    agent: str | None = None
    territory: str | None = None
    profile: Profile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """`also` are the addresses that it leads to, `at` when it was heard, `origin` how the file says it was made.

    `is_read` is false of a picture and the like whose address was asked, and whose own words were not.
    """

    address: str
    documents: tuple[Document, ...] = ()
    besides: Heard = field(default_factory=Heard)
    also: tuple[str, ...] = ()
    at: int = 0
    origin: str = ""
    observation: Observation | None = None
    is_read: bool = True


def observed(observation: Observation) -> Source:
    """What an observation tells, however it was made."""
    told = documents(observation)
    return Source(
        address=observation.about,
        documents=told.documents,
        besides=told.heard,
        also=addresses(observation)[1:],
        at=max((each.at for each in observation.exchanges), default=0),
        observation=observation,
        is_read=all(_is_text(each) for each in observation.exchanges if each.answered),
    )


def _is_text(exchange: Exchange) -> bool:
    """Whether all that speaks in an answer was heard: files that carry metadata are not fetched."""
    kind = exchange.header("content-type").strip().lower()
    return not kind.startswith(_MEDIA)


# --- files ------------------------------------------------------------------------------------------------


def file(path: Path, now: int, about: str = "") -> Source:
    """A file by what it says of itself; robots.txt and its like, and pages, by what they say of their site."""
    name = path.name.lower()
    base = origin_of(about) or NOWHERE
    if name in _SITE_NAMES:
        exchange = _from_disk(path, base + _SITE_NAMES[name], now, "text/plain")
        return observed(Observation(about=about or f"{base}/", exchanges=(exchange,)))
    if name.endswith(_HTML):
        url = about or f"{base}/{quote(path.name)}"
        return observed(Observation(about=url, exchanges=(_from_disk(path, url, now, "text/html"),)))
    data = _load(path)
    heard, problems = embedded.documents(data, str(path), now)
    placed = tuple(replace(each, about=about) for each in heard)
    origin = embedded.origin(heard).value
    return Source(address=about or str(path), documents=placed, besides=Heard((), problems), at=now, origin=origin)


def _load(path: Path) -> bytes:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise BadInput(f"{path} has {size:,} bytes, more than the {MAX_BYTES:,} that are read")
    return path.read_bytes()


def _from_disk(path: Path, url: str, now: int, kind: str) -> Exchange:
    """As a server would answer with it: 404 where there is no regular file."""
    if path.is_symlink() or not path.is_file():
        return Exchange(url=url, at=now, status=404)
    with path.open("rb") as opened:
        body = opened.read(MOST_BODY + 1)
    error = f"is longer than the {MOST_BODY} bytes that are read" if len(body) > MOST_BODY else ""
    headers = (("Content-Type", kind),)
    return Exchange(url=url, at=now, status=200, headers=headers, body=body[:MOST_BODY], error=error)


# --- a site on a disk -------------------------------------------------------------------------------------


def folder(root: Path, now: int, about: str = "") -> list[Source]:
    """A site as it lies in a folder: each of its pages, or only the one at `about`, when that is more than a host."""
    base = origin_of(about) or NOWHERE
    site = [_from_disk(root / name.lstrip("/"), base + name, now, "text/plain") for name in SITE_FILES]
    pages = _pages(root)
    if urlsplit(about).path:
        path = unquote(urlsplit(about).path).lstrip("/")
        page = root / (f"{path}index.html" if path.endswith("/") or not path else path)
        found = [_from_disk(page, about, now, "text/html")] if page in pages else []
        return [_on_disk(root, base, about, [*site, *found])]
    if not pages:
        return [_on_disk(root, base, f"{base}/", site)]
    shown = [(_url(root, base, page), page) for page in pages]
    return [
        _on_disk(root, base, url, [*site, _from_disk(page, url, now, "text/html")]) for url, page in shown[:MOST_PAGES]
    ]


def _pages(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.name.lower().endswith(_HTML) and path.is_file())


def _url(root: Path, base: str, page: Path) -> str:
    path = page.relative_to(root).as_posix()
    if page.name == "index.html":
        path = path.removesuffix("index.html")
    return f"{base}/{quote(path)}"


def _on_disk(root: Path, base: str, about: str, exchanges: Sequence[Exchange]) -> Source:
    """With the licences that lie in the folder too; one that lies elsewhere was not asked, and is no yes."""
    observation = Observation(about=about, exchanges=tuple(exchanges))
    at = max(each.at for each in exchanges)
    linked = []
    for link in licences(observation)[: MOST_EXCHANGES // 2]:
        if origin_of(link) == base:
            path = root / unquote(urlsplit(link).path).lstrip("/")
            inside = ".." not in path.parts
            linked.append(_from_disk(path if inside else root, link, at, "application/rsl+xml"))
        else:
            linked.append(Exchange(url=link, at=at, status=None, error="lies elsewhere, and was not asked"))
    return observed(replace(observation, exchanges=_once([*exchanges, *linked])))


# --- crawls -----------------------------------------------------------------------------------------------


def crawl(path: Path, about: str = "") -> list[Source]:
    """Every page in a WARC file, or only `about`, each with what its site said at the time."""
    sites: dict[str, list[Observation]] = defaultdict(list)
    pages: list[Observation] = []
    wanted = canonical_url(about) if about else ""
    for observation in warc.observations(path):
        if all(each.url != observation.about for each in observation.exchanges):  # asked of its site only
            sites[origin_of(observation.about)].append(observation)
        elif not wanted or canonical_url(observation.about) == wanted:
            pages.append(observation)
    if about and not pages:
        raise NotFound(f"{path} holds no answer of {about}")
    found = pages or [each for several in sites.values() for each in several]
    heard = [observed(_with_site(page, sites.get(origin_of(page.about), ()))) for page in found]
    broken = list(_broken(path))
    if not heard and not broken:
        raise NotFound(f"{path} holds no answer of any site")
    return [_doubted(each, broken) for each in heard] if about else heard + broken


def _doubted(source: Source, broken: Iterable[Source]) -> Source:
    problems = tuple(problem for each in broken for problem in each.besides.problems)
    heard = source.besides
    return replace(source, besides=Heard(heard.declarations, (*heard.problems, *problems)))


def _broken(path: Path) -> Iterator[Source]:
    """What could not be read may have been about anything: it stands among the rest, and is unclear."""
    for record in records(path):
        if isinstance(record, Broken):
            why = f"{path}, byte {record.offset:,}: {record.why}."
            problem = Problem(f"{path}@{record.offset}", "unit.unreadable", why)
            yield Source(address=f"{path}@{record.offset}", besides=Heard((), (problem,)))


def _with_site(page: Observation, sites: Sequence[Observation]) -> Observation:
    """With what the site said last before, else first after."""
    at = max(each.at for each in page.exchanges)
    by_time = sorted(sites, key=lambda site: _first(site))
    before = [site for site in by_time if _first(site) <= at]
    chosen = before[-1:] or by_time[:1]
    return replace(page, exchanges=_once([*page.exchanges, *(e for site in chosen for e in site.exchanges)]))


def _first(site: Observation) -> int:
    return min(each.at for each in site.exchanges)


def _once(exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    found: dict[str, Exchange] = {}
    for each in exchanges:
        found.setdefault(each.url, each)
    return tuple(found.values())[:MOST_EXCHANGES]
