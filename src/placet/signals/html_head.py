"""What an HTML page says about itself: its `meta` and `link` elements and its data scripts.

A tokenizer after the WHATWG HTML standard, section 13.2.5, kept to what is asked here.  It reads every byte once,
whatever the page holds, and never raises: a tag, comment or quote left open ends the page, as it does in a browser.
The standard library's parser is not used: an unclosed comment makes it read the rest of the page once per `<`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["MOST", "is_cut", "links", "looks_like_html", "meta", "scripts"]

MOST = 1 << 21  # bytes that are read of a page; `is_cut` says when there were more

_TAG = re.compile(r"[a-z][^\s/>]*+", re.IGNORECASE)
_GAP = re.compile(r"[\s/]*+")
_NAME = re.compile(r"[^\s/>][^\s/>=]*+")
_EQUALS = re.compile(r"\s*+=\s*+")
_BARE = re.compile(r"[^\s>]*+")
_COMMENT_END = re.compile(r"--!?>")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
# The encodings of pages (WHATWG Encoding, section 4.2); Python knows others, and some of them take forever.
_ENCODING = re.compile(
    r"utf-?8|utf-?16(?:le|be)?|(?:us-)?ascii|latin-?\d+|iso-?8859-?\d+|(?:windows|cp)-?\d+|koi8-[ru]|macintosh"
    r"|gb(?:k|2312|18030)|big5(?:-hkscs)?|euc-(?:jp|kr)|iso-2022-jp|shift[_-]jis",
    re.IGNORECASE,
)
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# Elements whose content holds no tags (13.2.6.2); `noscript` is read, since no script is run here.
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})


@dataclass(frozen=True, slots=True)
class _Element:
    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""


def meta(body: bytes, media_type: str = "") -> list[tuple[str, str, int]]:
    """Every named `meta` as (name in lower case, content, line)."""
    return [
        (element.attributes["name"].strip().lower(), element.attributes.get("content", ""), element.line)
        for element in _elements(body, media_type)
        if element.name == "meta" and element.attributes.get("name")
    ]


def links(body: bytes, media_type: str = "") -> list[tuple[frozenset[str], str, str, int]]:
    """Every `link` as (its relations in lower case, type in lower case, href, line)."""
    return [
        (
            frozenset(element.attributes.get("rel", "").lower().split()),
            element.attributes.get("type", "").strip().lower(),
            element.attributes.get("href", "").strip(),
            element.line,
        )
        for element in _elements(body, media_type)
        if element.name == "link"
    ]


def scripts(body: bytes, type: str, media_type: str = "") -> list[tuple[str, int]]:
    """The text of every script of the given media type, with its line."""
    return [
        (element.text, element.line)
        for element in _elements(body, media_type)
        if element.name == "script" and element.attributes.get("type", "").strip().lower() == type.lower()
    ]


def is_cut(body: bytes) -> bool:
    """True when the page is longer than what is read of it."""
    return len(body) > MOST


def looks_like_html(body: bytes) -> bool:
    """True for bytes that begin as a page or an XML document does, whatever they were sent as."""
    start = body[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()[:64].lower()
    return start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<?xml", b"<!--", b"<script", b"<meta"))


def _elements(body: bytes, media_type: str) -> Iterator[_Element]:
    page = _decode(body[:MOST], media_type)
    at, line, counted = 0, 1, 0
    while (at := page.find("<", at)) >= 0:
        line, counted = line + page.count("\n", counted, at), at
        if page.startswith("<!--", at):
            at = _after_comment(page, at)
        elif page.startswith(("<!", "<?", "</"), at):
            at = _after(page, ">", at)
        elif tag := _TAG.match(page, at + 1):
            name = tag.group().lower()
            attributes, at = _attributes(page, tag.end())
            if at > len(page):
                return
            start = at
            if name in _RAW:
                at = _raw_end(page, name, at)
            if name in ("meta", "link", "script"):
                yield _Element(name, line, attributes, page[start:at])
        else:
            at += 1


def _after(page: str, mark: str, at: int) -> int:
    found = page.find(mark, at)
    return len(page) if found < 0 else found + len(mark)


def _after_comment(page: str, at: int) -> int:
    if page.startswith(("<!-->", "<!--->"), at):
        return _after(page, ">", at)
    end = _COMMENT_END.search(page, at + 4)
    return end.end() if end else len(page)


def _raw_end(page: str, name: str, at: int) -> int:
    end = re.compile(rf"</{name}[\s/>]", re.IGNORECASE).search(page, at)
    return end.start() if end else len(page)


def _attributes(page: str, at: int) -> tuple[dict[str, str], int]:
    """The attributes, the first of a name winning (13.2.5.33), and the place after the tag; past the end if open."""
    found: dict[str, str] = {}
    while True:
        at = _end(_GAP, page, at)
        if at >= len(page):
            return {}, len(page) + 1
        if page[at] == ">":
            return found, at + 1
        name_end = _end(_NAME, page, at)
        name = page[at:name_end].lower()
        value, at = _value(page, name_end)
        found.setdefault(name, html.unescape(value))


def _value(page: str, at: int) -> tuple[str, int]:
    equals = _EQUALS.match(page, at)
    if not equals:
        return "", at
    at = equals.end()
    quote = page[at : at + 1]
    if quote and quote in "\"'":
        end = page.find(quote, at + 1)
        return (page[at + 1 : end], end + 1) if end >= 0 else ("", len(page))
    end = _end(_BARE, page, at)
    return page[at:end], end


def _end(pattern: re.Pattern[str], page: str, at: int) -> int:
    found = pattern.match(page, at)
    return found.end() if found else at


def _decode(body: bytes, media_type: str) -> str:
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    charset = _CHARSET.search(media_type)
    name = charset.group(1) if charset and _ENCODING.fullmatch(charset.group(1)) else "utf-8"
    try:
        return body.decode(name, "replace")
    except LookupError:  # a number that no encoding has
        return body.decode("utf-8", "replace")
