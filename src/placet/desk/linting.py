"""From an address, a folder or a file to a scene for the linter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote, urljoin

from placet.core.ids import canonical_url
from placet.errors import BadInput, NotFound, WrongUsage
from placet.fetch.visit import TOKEN, Visitor
from placet.signals import robots_file, rsl_links
from placet.signals.codec import Channel, Document
from placet.signals.lint_near import pictures
from placet.signals.lint_scene import Scene
from placet.signals.observation import AI_TXT, MOST_BODY, ROBOTS, TDMREP, Observation, documents, origin_of
from placet.signals.saying import web_address

__all__ = ["MOST_FILES", "NOWHERE", "scene_of"]

NOWHERE: Final = "https://here.invalid"  # RFC 2606: the address of what lies on a disk
MOST_FILES: Final = 2_000

_HTML = (".html", ".htm", ".xhtml")
_SITE_NAMES = {"robots.txt": ROBOTS, "ai.txt": AI_TXT, "tdmrep.json": TDMREP}
_CONFS = (".htaccess", "caddyfile")
_READ = MOST_BODY + 1


def scene_of(what: str, visitor: Callable[[], Visitor], site: str = "") -> Scene:
    """What is to be looked over; NotFound or BadInput when there is nothing that can be."""
    if what.lower().startswith(("http://", "https://")):
        return _visited(what, visitor)
    path = Path(what)
    origin = _origin(site)
    if path.is_dir():
        return _laid_out(path, list(_files(path)), origin, whole=True)
    if not path.is_file():
        raise NotFound(f"there is no file or folder {what}; if it is an address, begin it with https://")
    return _laid_out(path.parent, [path], origin, whole=False)


def _origin(site: str) -> str:
    if site and not web_address(site):
        raise WrongUsage(f"--site is {site!r}; it is the address of the site, such as https://studio.example")
    return origin_of(canonical_url(site)) if site else ""


# --- an address ---------------------------------------------------------------------------------------------


def _visited(url: str, visitor: Callable[[], Visitor]) -> Scene:
    """The page and its first picture of the same site, since headers are often sent with pages only."""
    with visitor() as asking:
        page = asking.observe(url)
        if all(exchange.status is None for exchange in page.exchanges):
            raise NotFound(f"{page.exchanges[0].url} {page.exchanges[0].error}")
        seen = [page, *(asking.observe(picture) for picture in _own_pictures(page))]
    told = [documents(observation) for observation in seen]
    return Scene(
        documents=tuple(dict.fromkeys(document for each in told for document in each.documents)),
        problems=tuple(dict.fromkeys(problem for each in told for problem in each.heard.problems)),
        unasked=frozenset(each.url for visit in seen for each in visit.exchanges if TOKEN in each.error),
    )


def _own_pictures(page: Observation) -> list[str]:
    for exchange in page.exchanges:
        if exchange.answered and exchange.header("content-type").startswith("text/html"):
            urls = (urljoin(exchange.url, source) for source in pictures(exchange.body))
            return [url for url in urls if web_address(url) and origin_of(url) == origin_of(exchange.url)][:1]
    return []


# --- files --------------------------------------------------------------------------------------------------


def _files(folder: Path) -> Iterator[Path]:
    """Regular files, never through a link, in one order."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    if len(found) > MOST_FILES:
        raise BadInput(f"{folder} has {len(found)} files; at most {MOST_FILES} are looked over at once")
    return iter(found)


def _laid_out(folder: Path, files: list[Path], origin: str, *, whole: bool) -> Scene:
    bodies = {path: _body(path) for path in files if _may_speak(path)}
    origin = origin or _guessed(bodies) or NOWHERE
    told: list[Document] = []
    names: dict[str, str] = {}
    for path, body in bodies.items():
        document = _document(path, path.relative_to(folder).as_posix(), body, origin)
        if document is not None:
            told.append(document)
            names[document.where] = path.relative_to(folder).as_posix() if whole else str(path)
    confs = {path: body for path, body in bodies.items() if _is_conf(path)}
    settings = tuple(Document(where=str(path), body=body, channel=Channel.SITE) for path, body in confs.items())
    names |= {str(path): path.relative_to(folder).as_posix() if whole else str(path) for path in confs}
    if not told and not settings:
        kinds = "robots.txt, ai.txt, tdmrep.json, a licence in XML, a page or a server's conf"
        raise BadInput(f"{files[0] if len(files) == 1 else folder} holds nothing that can be looked over: {kinds}")
    return Scene(tuple(told), names, whole=whole, settings=settings)


def _may_speak(path: Path) -> bool:
    name = path.name.lower()
    return name in _SITE_NAMES or name.endswith((*_HTML, ".xml")) or _is_conf(path)


def _is_conf(path: Path) -> bool:
    return path.name.lower() in _CONFS or path.suffix.lower() == ".conf"


def _body(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_READ)


def _guessed(bodies: dict[Path, bytes]) -> str:
    """The site, as its robots.txt says it when it points to a licence."""
    for path, body in bodies.items():
        if path.name.lower() == "robots.txt":
            file = robots_file.parse(body)
            lines = [*file.outside, *(line for group in file.groups for line in group.lines)]
            found = [line.value for line in lines if line.name == "license" and web_address(line.value)]
            if found:
                return origin_of(canonical_url(found[0]))
    return ""


def _document(path: Path, relative: str, body: bytes, origin: str) -> Document | None:
    name = path.name.lower()
    if _is_conf(path):
        return None
    if name in _SITE_NAMES:
        channel = Channel.ROBOTS if name == "robots.txt" else Channel.SITE
        kind = "application/json" if name == "tdmrep.json" else "text/plain"
        return Document(where=origin + _SITE_NAMES[name], body=body, channel=channel, media_type=kind)
    where = canonical_url(f"{origin}/{quote(relative)}")
    if name.endswith(_HTML):
        return Document(where=where, body=body, channel=Channel.PAGE, media_type="text/html")
    if b"<rsl" in body or b":rsl" in body:
        return Document(where=where, body=body, channel=Channel.SITE, media_type=rsl_links.MEDIA_TYPE)
    return None
