"""What goes wrong in the files of a site, and in what points to them: tdmrep.json, licence documents, ai.txt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from placet.errors import SignalError
from placet.signals import json_text, robots_file, rsl_document
from placet.signals.codec import Channel, Document
from placet.signals.lint_scene import Finding, Scene
from placet.signals.observation import AI_TXT, TDMREP
from placet.signals.overlap import contains
from placet.signals.paths import pattern_of, split_pattern
from placet.signals.rsl_links import MEDIA_TYPE, links
from placet.signals.saying import web_address

__all__ = ["check"]

_LONGEST = 2_000  # octets of a location, and rules, that are compared with one another
_MOST_RULES = 500
_POINTERS = (Channel.ROBOTS, Channel.HEADER, Channel.PAGE)


def check(scene: Scene) -> Iterator[Finding]:
    for document in scene.ending(TDMREP):
        for rule, detail in _tdmrep(document):
            yield scene.found(rule, document, _line_of(document, detail), detail)
    yield from _licences(scene)
    yield from _pointers(scene)
    for document in scene.ending(AI_TXT):
        if scene.whole and not any(_refuses(robots) for robots in scene.on(Channel.ROBOTS)):
            yield scene.found("ai-txt.alone", document)


def _line_of(document: Document, detail: str) -> int:
    """The line of the first location that the detail quotes, where it stands there as it is."""
    quoted = detail.split("'")[1] if detail.count("'") >= 2 else ""
    at = document.body.find(f'"{quoted}"'.encode()) if quoted else -1
    return document.body.count(b"\n", 0, at) + 1 if at >= 0 else 0


def _tdmrep(document: Document) -> Iterator[tuple[str, str]]:
    try:
        value = json_text.parse(document.body, document.where)
    except SignalError as error:
        yield "tdmrep.unparsable", str(error)
        return
    if not isinstance(value, list):
        yield "tdmrep.not-array", ""
        value = [value]
    rules = [rule for rule in value if isinstance(rule, dict)]
    if len(rules) < len(value):
        yield "tdmrep.unparsable", "a rule is no object"
    for rule in rules:
        yield from _tdmrep_rule(rule)
    locations = [rule["location"] for rule in rules if _is_location(rule.get("location"))]
    yield from _hidden([location for location in locations if len(location) < _LONGEST][:_MOST_RULES])


def _is_location(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("/", "*"))


def _tdmrep_rule(rule: dict[str, Any]) -> Iterator[tuple[str, str]]:
    location, value, policy = rule.get("location"), rule.get("tdm-reservation"), rule.get("tdm-policy")
    shown = f"location {str(location)[:80]!r}"
    if not _is_location(location):
        yield "tdmrep.location", shown
    if type(value) is not int or value not in (0, 1):
        yield "tdmrep.number", f"{shown}: {str(value)[:40]!r}"
    if policy is not None and not (isinstance(policy, str) and web_address(policy)):
        yield "tdmrep.relative-policy", f"{shown}: {str(policy)[:80]!r}"


def _hidden(locations: list[str]) -> Iterator[tuple[str, str]]:
    """Section 6.1: the first rule that matches wins; what lies in an earlier one is never reached."""
    for number, location in enumerate(locations):
        here = pattern_of(location)
        hider = next((other for other in locations[:number] if contains(pattern_of(other), here)), None)
        if hider is not None:
            yield "tdmrep.hidden-rule", f"location {location[:80]!r} lies in {hider[:80]!r}, which stands before it"


def _licences(scene: Scene) -> Iterator[Finding]:
    seen: set[str] = set()
    pointed = {link.url for document in scene.documents if document.channel in _POINTERS for link in links(document)}
    for document in scene.documents:
        if not _is_licence(document) or document.where in seen:
            continue
        seen.add(document.where)
        try:
            found = rsl_document.parse(document.body, document.where)
        except SignalError as error:
            yield scene.found("rsl.not-conformant", document, 0, str(error))
            continue
        yield from (scene.found("rsl.not-conformant", document, 0, fault) for fault in found.faults)
        for remark in found.remarks:
            rule = "rsl.draft" if "0.9" in remark or "XBT" in remark else "rsl.remark"
            yield scene.found(rule, document, 0, remark)
        if scene.whole and document.where not in pointed:
            yield scene.found("rsl.not-linked", document)


def _is_licence(document: Document) -> bool:
    kind = document.media_type.partition(";")[0].strip().lower()
    return kind == MEDIA_TYPE and document.channel is not Channel.EMBEDDED


def _pointers(scene: Scene) -> Iterator[Finding]:
    heard = {document.where for document in scene.documents}
    origins = {split_pattern(where)[0] for where in heard}
    for document in scene.documents:
        if document.channel not in _POINTERS:
            continue
        for link in dict.fromkeys(links(document)):
            if link.fault:
                yield scene.found("rsl.relative-link", document, _license_line(document), link.fault)
            elif scene.whole and link.url and link.url not in heard and split_pattern(link.url)[0] in origins:
                yield scene.found("rsl.unobtainable", document, _license_line(document), link.url)


def _license_line(document: Document) -> int:
    if document.channel is not Channel.ROBOTS:
        return 0
    file = robots_file.parse(document.body)
    lines = [*file.outside, *(line for group in file.groups for line in group.lines)]
    return next((line.number for line in lines if line.name == "license"), 0)


def _refuses(document: Document) -> bool:
    file = robots_file.parse(document.body)
    named = ("content-usage", "content-signal", "license")
    inside = [line for group in file.groups for line in group.lines]
    return any(line.name in named or (line.name == "disallow" and line.value) for line in inside)
