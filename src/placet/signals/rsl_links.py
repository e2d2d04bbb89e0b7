"""Where a licence document is pointed to: robots.txt, Link headers, HTML links (RSL 1.0 sections 4.4 to 4.6).

What is pointed to must be fetched and read; until then the resource is unlicensed (section 4.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from placet.core.ids import canonical_url
from placet.signals import html_head, http_fields, robots_file
from placet.signals.codec import Channel, Document
from placet.signals.groups import speakers
from placet.signals.saying import web_address

__all__ = ["MEDIA_TYPE", "Link", "links"]

MEDIA_TYPE = "application/rsl+xml"

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w*!#$&+.^`|~-]+(?:\s*=\s*(?:\"(?:[^\"\\]|\\.)*\"|[^\s;,\"]*))?)*)")
_PARAMETER = re.compile(r";\s*([\w*!#$&+.^`|~-]+)\s*(?:=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s;,\"]*)))?")


@dataclass(frozen=True, slots=True)
class Link:
    """`url` is empty for a crawler whose own group names no licence; `fault` when the address cannot be followed.

    `href` is the address as it is written: the one to be fetched.
    """

    url: str
    agent: str | None = None
    fault: str = ""
    href: str = field(default="", compare=False)


def links(document: Document) -> Iterator[Link]:
    """Every association in a robots.txt, in headers or in a page, in order."""
    if document.channel is Channel.ROBOTS:
        return _in_robots(document)
    if document.channel is Channel.HEADER:
        found = http_fields.values(document.body, "link")
        return (_link(url) for value, _ in found for url in _in_field(value))
    return (
        _link(href)
        for relations, kind, href, _ in html_head.links(document.body, document.media_type)
        if "license" in relations and _is_rsl(kind)
    )


def _in_robots(document: Document) -> Iterator[Link]:
    """Section 4.4.3: the lines of the selected group, else those outside any group."""
    robots = robots_file.parse(document.body, document.where)
    outside = dict.fromkeys(line.value for line in robots.outside if line.name == "license")
    grouped = any(group.named("license") for group in robots.groups)
    named = dict(speakers(robots))
    for agent, lines in ({None: ()} | named).items():
        own = dict.fromkeys(line.value for line in lines if line.name == "license")
        yield from (_link(url, agent) for url in own or outside)
        if grouped and agent and not own and not outside:
            yield Link("", agent)


def _in_field(value: str) -> Iterator[str]:
    """RFC 8288 section 3: targets whose relation is license and whose type is RSL's."""
    for target, parameters in _LINK.findall(value):
        named: dict[str, str] = {}
        for name, quoted, plain in _PARAMETER.findall(parameters):
            named.setdefault(name.lower(), quoted or plain)
        if "license" in named.get("rel", "").lower().split() and _is_rsl(named.get("type", "")):
            yield target.strip()


def _is_rsl(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def _link(url: str, agent: str | None = None) -> Link:
    if web_address(url):
        return Link(canonical_url(url), agent, href=url)
    return Link("", agent, f"the licence address {url[:200]!r} is not absolute, and cannot be followed")
