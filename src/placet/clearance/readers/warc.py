"""WARC crawls: every answer is a row, and the headers that came with it speak of it as of the crawl's own day.

ISO 28500:2017.  Keyed by the number of the record in its file, from 1.  `observations` gives what the same file knows
of the sites in it: the robots.txt, tdmrep.json, ai.txt and licences that the crawler met.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from placet.clearance.readers import page_text
from placet.clearance.readers.guard import guarded
from placet.clearance.readers.sniff import file_part
from placet.clearance.readers.warc_records import MOST_BLOCK, Broken, Record, records
from placet.clearance.rows import Part, PartKind, Row, Unit, locate, title, unreadable
from placet.core.declaration import Problem
from placet.fingerprints.digests import digest_bytes
from placet.fingerprints.medium import medium_of
from placet.signals import http_body, rsl_links
from placet.signals.html_head import looks_like_html
from placet.signals.observation import (
    MOST_BODY,
    MOST_EXCHANGES,
    MOST_REDIRECTS,
    SITE_FILES,
    Exchange,
    Observation,
    documents,
    licences,
    origin_of,
    redirect_of,
)
from placet.signals.saying import web_address

__all__ = ["FORMAT", "SUFFIXES", "Answer", "answer_of", "is_answer", "observations", "plan", "read"]

FORMAT = "warc"
SUFFIXES = (".warc", ".warc.gz", ".wet", ".wet.gz")

_ANSWERS = frozenset({"response", "resource", "revisit", "conversion"})
_STATUS = re.compile(rb"HTTP/[0-9.]+ +([0-9]{3})(?: |\r?$)", re.MULTILINE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_MOST_HEAD = 1 << 14
_MOST_RATIO, _ALWAYS = 200, 1 << 16  # a body of more than 64 kB that unpacks to more times its size is a bomb
_ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes([0x50 + n]) + b"\x2a\x4d\x18" for n in range(16)))
_MOST_KEPT = 256 << 20  # bytes of site files that are kept of one crawl


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a record says was answered, unpacked; `fault` says in a clause what is wrong with it."""

    url: str
    at: int
    status: int | None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    fault: str = ""

    def exchange(self, body: bool) -> Exchange:
        """As somebody would have heard it who kept no more of a body than a visitor does."""
        kept = self.body[:MOST_BODY] if body else b""
        cut = f"is longer than the {MOST_BODY} bytes that are read" if body and len(self.body) > MOST_BODY else ""
        error = self.fault or cut or ("" if self.status else "is not in the archive as it was answered")
        return Exchange(url=self.url, at=self.at, status=self.status, headers=self.headers, body=kept, error=error)


# --- one record -------------------------------------------------------------------------------------------


def is_answer(record: Record) -> bool:
    """Whether a record is a row: what was answered, not what was asked or noted."""
    return record.kind in _ANSWERS


def answer_of(record: Record) -> Answer:
    """The answer in a response, resource, revisit or conversion record."""
    if record.kind in ("response", "revisit") and record.block.startswith(b"HTTP/"):
        return _http(record)
    kind = record.fields.get("content-type", "application/octet-stream")
    headers = (("Content-Type", kind),) if record.kind in ("resource", "conversion") else ()
    fault = record.fault or ("" if headers else "is no HTTP answer")
    return Answer(url=record.url, at=record.at, status=200, headers=headers, body=record.block, fault=fault)


def _http(record: Record) -> Answer:
    end = _HEAD_END.search(record.block)
    head, body = (record.block[: end.start()], record.block[end.end() :]) if end else (record.block, b"")
    status = _STATUS.match(head)
    headers = tuple(_headers(head))
    body, fault = _body(headers, body)
    if end is None:
        fault = "has headers that do not end"
    if record.kind == "revisit":
        fault = "was the same as an earlier answer, which is not repeated here"
    return Answer(
        url=record.url,
        at=record.at,
        status=int(status.group(1)) if status else None,
        headers=headers,
        body=body,
        fault=record.fault or fault,
    )


def _headers(head: bytes) -> Iterator[tuple[str, str]]:
    """Names and values; a folded line (RFC 9112 section 5.2) belongs to the one before it."""
    folded: list[bytes] = []
    for line in head.splitlines()[1:]:
        if line[:1] in (b" ", b"\t") and folded:
            folded[-1] += b" " + line.strip()
        else:
            folded.append(line)
    for line in folded:
        name, colon, value = line.partition(b":")
        if colon and name.strip():
            yield name.strip().decode("latin-1"), _text(value.strip())


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _body(headers: tuple[tuple[str, str], ...], body: bytes) -> tuple[bytes, str]:
    """Many crawlers store the body unchunked and unpacked, and its headers as they came."""
    fault = ""
    if any(name.lower() == "transfer-encoding" and "chunked" in value.lower() for name, value in headers):
        body, fault = http_body.unchunk(body)
    codings = http_body.codings_of(headers)
    if not codings or not body or not _is_packed(body, codings):
        return body, fault
    if why := http_body.fault_of(codings):
        return body, why
    unpacked = bytearray()
    most = min(MOST_BLOCK, max(_ALWAYS, _MOST_RATIO * len(body)))
    try:
        for piece in http_body.unpack([body], codings):
            unpacked += piece
            if len(unpacked) > most:
                return bytes(unpacked[:most]), f"unpacks to more than {most:,} bytes"
    except zlib.error:
        return bytes(unpacked), "is packed and broken"
    return bytes(unpacked), fault


def _is_packed(body: bytes, codings: list[str]) -> bool:
    if codings in (["gzip"], ["x-gzip"]):
        return body.startswith(b"\x1f\x8b")
    if codings == ["deflate"]:
        return body[:1] == b"\x78" and int.from_bytes(body[:2]) % 31 == 0  # RFC 1950 section 2.2
    if codings == ["zstd"]:
        return body.startswith(_ZSTD)
    return not body[:1].isascii() or not body[:64].isascii()


# --- rows -------------------------------------------------------------------------------------------------


def plan(root: Path, file: Path) -> list[Unit]:
    path = "" if file == root else file.relative_to(root).as_posix()
    return [Unit(id=title(root, path), format=FORMAT, path=path, size=file.stat().st_size)]


@guarded
def read(root: Path, unit: Unit) -> Iterator[Row]:
    name = title(root, unit.path)
    path = locate(root, unit.path)
    if not path.stat().st_size:
        yield unreadable(name, "@0", f"{name} is empty.")
        return
    for number, record in enumerate(records(path), 1):
        if isinstance(record, Broken):
            yield unreadable(name, f"@{record.offset}", f"{name}, byte {record.offset:,}: {record.why}.")
        elif is_answer(record):
            yield _row(name, number, record)


def _row(name: str, number: int, record: Record) -> Row:
    answer = answer_of(record)
    where = f"{name}:{number}"
    held = Held()
    problems: tuple[Problem, ...] = ()
    if answer.fault:
        problems = (Problem(where, "row.malformed", f"{where} ({answer.url[:200]}) {answer.fault}."),)
    if answer.body:
        held = _held(answer, where)
        problems += held.problems
    elif not problems:
        problems = (Problem(where, "row.incomplete", f"{where} ({answer.url[:200]}) is empty."),)
    if not web_address(answer.url):
        problems += (Problem(where, "row.malformed", f"{where} has no web address."),)
    if not answer.at:
        problems += (Problem(where, "row.malformed", f"{where} does not say when it was taken."),)
    told = documents(Observation(about=answer.url, exchanges=(answer.exchange(body=_is_page(answer)),)))
    return Row(
        key=str(number),
        parts=held.parts,
        urls=(answer.url,) if answer.url else (),
        digests=held.digests,
        problems=(*problems, *told.heard.problems),
        documents=told.documents,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a body holds to be judged; `digests` are of its bytes as they came, where they are no part."""

    parts: tuple[Part, ...] = ()
    digests: tuple[tuple[str, bytes], ...] = ()
    problems: tuple[Problem, ...] = ()


def _held(answer: Answer, where: str) -> Held:
    """Judged by its bytes, whatever it was called; a name that says another kind of thing is told."""
    name, said = _name_of(answer.url), _type_of(answer)
    found = medium_of(answer.body, "")
    is_whole = not answer.fault  # what could not be unpacked is no text
    if found is PartKind.TEXT or (found is PartKind.OTHER and is_whole and _is_said_text(said)):
        return _words(name, said, answer, where)
    parts, problems = file_part(name, answer.body, where)
    return Held(parts=parts, problems=(*problems, *_lie(said, found, where)))


def _words(name: str, said: str, answer: Answer, where: str) -> Held:
    """A text; of a page what a person reads, and its source beside it."""
    is_page = said in _PAGES or looks_like_html(answer.body)
    text, fault = page_text.decode_text(answer.body, _header_of(answer), is_page=is_page)
    source = text.encode("utf-8", "replace")
    parts = [Part(name, PartKind.TEXT, source)]
    digests: tuple[tuple[str, bytes], ...] = ()
    if source != answer.body:
        found = digest_bytes(answer.body)
        digests = (("sha256", found.sha256), ("blake3", found.blake3))
    if is_page and (words := page_text.visible_text(text)):
        parts.insert(0, Part(f"{name} as it is read", PartKind.TEXT, words.encode("utf-8", "replace")))
    problems = (Problem(where, "media.unreadable", f"{where} {fault}."),) if fault else ()
    return Held(parts=tuple(parts), digests=digests, problems=(*problems, *_lie(said, PartKind.TEXT, where)))


def _lie(said: str, found: PartKind, where: str) -> tuple[Problem, ...]:
    """A Content-Type that names another kind of thing than the bytes are: a pipeline that believes it sees another."""
    is_text = _is_said_text(said)
    claims = "text" if is_text else said.partition("/")[0]
    if claims not in ("text", "image", "audio", "video") or claims == found.value or found is PartKind.OTHER:
        return ()
    why = f"{where} was sent as {said[:60]} and holds {_WHAT.get(found, found.value)}; it was judged as that."
    return (Problem(where, "row.malformed", why),)


_PAGES = ("text/html", "application/xhtml+xml")
_WHAT = {PartKind.IMAGE: "a picture", PartKind.TEXT: "text", PartKind.AUDIO: "a sound", PartKind.VIDEO: "a film"}


def _is_said_text(said: str) -> bool:
    return said.startswith("text/") or said.endswith(("+xml", "+json", "/xml", "/json", "/javascript"))


def _header_of(answer: Answer) -> str:
    return answer.exchange(body=False).header("content-type")


def _type_of(answer: Answer) -> str:
    return _header_of(answer).partition(";")[0].strip().lower()


def _name_of(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2][:200] or "index.html"


def _is_page(answer: Answer) -> bool:
    return _type_of(answer) in ("", *_PAGES)


_Files = dict[str, list[Exchange]]  # by address, oldest first


# --- sites ------------------------------------------------------------------------------------------------


def observations(path: Path, pages: bool = True) -> Iterator[Observation]:
    """What a crawl knows of its sites, and with `pages` of each address in it, as of when it was taken.

    First one observation a site (several when its files were taken several times), about `https://host/`; then one
    an answer, with the licences that it points to.  What is broken is for `read` to tell.
    """
    files = _site_files(path)
    for origin in sorted({origin_of(url) for url in files if _is_site_file(url)}):
        yield from _of_site(origin, files)
    for record in records(path) if pages else ():
        if isinstance(record, Record) and record.kind in _ANSWERS and web_address(record.url):
            answer = answer_of(record)
            if not _is_site_file(answer.url):
                yield _with_licences(answer.url, [answer.exchange(body=_is_page(answer))], files, 0)


def _is_site_file(url: str) -> bool:
    return url.removeprefix(origin_of(url)) in SITE_FILES


def _site_files(path: Path) -> _Files:
    """Every capture of a site's files and licences, and of what such a file redirects to.

    What goes beyond the bound is kept as a question without an answer, which opens nothing.
    """
    found: _Files = defaultdict(list)
    wanted: set[str] = set()
    kept = 0
    for record in records(path):
        if isinstance(record, Broken) or record.kind not in _ANSWERS or not web_address(record.url):
            continue
        is_licence = rsl_links.MEDIA_TYPE.encode() in record.block[:_MOST_HEAD].lower()
        if not (is_licence or record.url in wanted or _is_site_file(record.url)):
            continue
        exchange = _lean(_captured(record, found[record.url]))
        kept += len(exchange.body)
        if kept > _MOST_KEPT:
            exchange = replace(exchange, status=None, body=b"", error="stands in the crawl, beyond what is kept of it")
        found[record.url].append(exchange)
        wanted.update(filter(None, [redirect_of(exchange)]))
    return {url: _changes(captures) for url, captures in found.items()}


def _captured(record: Record, before: list[Exchange]) -> Exchange:
    """The answer; one that was the same as an earlier one of the same address is that one again."""
    if record.kind == "revisit" and before and before[-1].answered:
        return replace(before[-1], at=record.at)
    return answer_of(record).exchange(body=True)


def _lean(exchange: Exchange) -> Exchange:
    """Without the headers that say nothing about a site's file."""
    kept = tuple((name, value) for name, value in exchange.headers if name.lower() in ("content-type", "location"))
    return replace(exchange, headers=kept)


def _changes(captures: list[Exchange]) -> list[Exchange]:
    """Oldest first, without those that only say again what the one before said."""
    found: list[Exchange] = []
    for each in sorted(captures, key=lambda each: each.at):
        if not found or replace(found[-1], at=each.at) != each:
            found.append(each)
    return found


def _of_site(origin: str, files: _Files) -> Iterator[Observation]:
    """The first captures of all its files, then the second of those that have one, and so on."""
    urls = [origin + name for name in SITE_FILES if files.get(origin + name)]
    for turn in range(max(len(files[url]) for url in urls)):
        exchanges = list(chain.from_iterable(_followed(url, files, turn) for url in urls))
        yield _with_licences(f"{origin}/", exchanges, files, turn)


def _with_licences(about: str, exchanges: list[Exchange], files: _Files, turn: int) -> Observation:
    observation = Observation(about=about, exchanges=_once(exchanges))
    linked = chain.from_iterable(_followed(link, files, turn) for link in licences(observation))
    return Observation(about=about, exchanges=_once([*exchanges, *linked]))


def _followed(url: str, files: _Files, turn: int) -> Iterator[Exchange]:
    wanted: str | None = url
    for _ in range(MOST_REDIRECTS + 1):
        captures = files.get(wanted or "", [])
        if not captures:
            return
        exchange = captures[min(turn, len(captures) - 1)]
        yield exchange
        wanted = redirect_of(exchange)


def _once(exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    return tuple({each.url: each for each in exchanges}.values())[:MOST_EXCHANGES]
