"""What goes wrong in header fields and pages, and between a page and its pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator

from placet.signals import html_head, http_fields
from placet.signals.agents import agent_of, agents
from placet.signals.codec import Channel, Document
from placet.signals.lint_robots import aipref
from placet.signals.lint_scene import Finding, Scene

__all__ = ["FIELDS", "check", "pictures"]

FIELDS = ("content-usage", "content-signal", "tdm-reservation", "tdm-policy", "x-robots-tag")
_BOT = re.compile(r"\s*([A-Za-z0-9_-]+)\s*:")
_IMAGE = re.compile(
    r"<img\b[^<>]{0,2000}?\bsrc\s*=\s*(?:\"([^\"<>]{1,2000})\"|'([^'<>]{1,2000})'|([^\s\"'<>]{1,2000}))", re.I
)
_USER_AGENT = re.compile(r"user[_-]?agent", re.IGNORECASE)
_WORDS = ("noai", "noimageai")


def pictures(body: bytes) -> list[str]:
    """The addresses of a page's pictures, as they are written, in order."""
    text = body[: html_head.MOST].decode("utf-8", "replace")
    return [next(filter(None, found)) for found in _IMAGE.findall(text)]


def check(scene: Scene) -> Iterator[Finding]:
    for document in scene.on(Channel.HEADER):
        named = http_fields.fields(document.body)
        for rule, line, detail in _fields(named):
            yield scene.found(rule, document, line, detail)
    for document in scene.on(Channel.PAGE):
        for rule, line, detail in _metas(html_head.meta(document.body, document.media_type)):
            yield scene.found(rule, document, line, detail)
    for document in scene.settings:
        for line, detail in _conditions(document):
            yield scene.found("near.control-token", document, line, detail)
    yield from _pictures(scene)


def _conditions(document: Document) -> Iterator[tuple[int, str]]:
    """Lines of a server's conf that look for such a name in the header User-Agent."""
    tokens = [agent.token for agent in agents() if agent.control_only]
    for number, line in enumerate(document.body.decode("utf-8", "replace").splitlines(), 1):
        if _USER_AGENT.search(line):
            yield from ((number, token) for token in tokens if token.lower() in line.lower())


def _fields(named: list[tuple[str, str, int]]) -> Iterator[tuple[str, int, str]]:
    usage = [(value, line) for name, value, line in named if name == "content-usage"]
    if usage:
        yield from ((rule, usage[0][1], detail) for rule, detail in aipref(", ".join(value for value, _ in usage)))
    for name, value, line in named:
        if name == "tdm-reservation" and value.strip() not in ("0", "1"):
            yield "tdmrep.number", line, f"tdm-reservation: {value[:40]}"
        bot = _BOT.match(value) if name == "x-robots-tag" else None
        if bot and _is_control(bot[1]):
            yield "near.control-token", line, f"X-Robots-Tag: {value[:80]}"


def _metas(named: list[tuple[str, str, int]]) -> Iterator[tuple[str, int, str]]:
    for name, content, line in named:
        if name == "tdm-reservation" and content.strip() not in ("0", "1"):
            yield "tdmrep.number", line, f"tdm-reservation: {content[:40]}"
        if _is_control(name):
            yield "near.control-token", line, f"meta name={name}"


def _is_control(name: str) -> bool:
    known = agent_of(name)
    return bool(known and known.control_only and known.token.lower() == name.lower())


def _pictures(scene: Scene) -> Iterator[Finding]:
    """What pages of a site say in their headers, and its pictures do not."""
    pages = {document.where for document in scene.on(Channel.PAGE)}
    headers = list(scene.on(Channel.HEADER))
    said = {name for document in headers if document.where in pages for name in _preferences(document)}
    for document in headers:
        missing = sorted(said - _preferences(document))
        if missing and _is_picture(document):
            yield scene.found("headers.no-picture", document, 0, ", ".join(missing))


def _preferences(document: Document) -> set[str]:
    found = http_fields.fields(document.body)
    names = {name for name, _, _ in found if name in FIELDS and name != "x-robots-tag"}
    tags = [value.lower() for name, value, _ in found if name == "x-robots-tag"]
    return names | {"x-robots-tag" for value in tags if any(word in value for word in _WORDS)}


def _is_picture(document: Document) -> bool:
    kinds = http_fields.values(document.body, "content-type")
    return any(value.lower().startswith(("image/", "audio/", "video/")) for value, _ in kinds)
