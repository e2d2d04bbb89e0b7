"""What an HTML page says about itself: its `meta` and `link` elements and its data scripts.

A tokenizer after the WHATWG HTML standard, section 13.2.5, kept to what is asked here.  It reads every byte once,
whatever the page holds, and never raises: a tag, comment or quote left open ends the page, as it does in a browser.
The standard library's parser is not used: an unclosed comment makes it read the rest of the page once per `<`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from placet.signals import html_tokens

__all__ = ["MOST", "is_cut", "links", "looks_like_html", "meta", "scripts"]

MOST = 1 << 21  # bytes that are read of a page; `is_cut` says when there were more

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
    page = html_tokens.decode(body[:MOST], media_type)
    at, line, counted = 0, 1, 0
    while (at := page.find("<", at)) >= 0:
        line, counted = line + page.count("\n", counted, at), at
        if page.startswith("<!--", at):
            at = html_tokens.after_comment(page, at)
        elif page.startswith(("<!", "<?", "</"), at):
            at = html_tokens.after(page, ">", at)
        elif tag := html_tokens.TAG.match(page, at + 1):
            name = tag.group().lower()
            attributes, at = html_tokens.attributes(page, tag.end())
            if at > len(page):
                return
            start = at
            if name in _RAW:
                at = html_tokens.raw_end(page, name, at)
            if name in ("meta", "link", "script"):
                yield _Element(name, line, attributes, page[start:at])
        else:
            at += 1
