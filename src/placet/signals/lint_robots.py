"""What goes wrong in robots.txt: lines that nobody hears, names that nobody has, preferences that do not parse."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterator

from placet.core.use import Use
from placet.signals import robots_file
from placet.signals.agents import agent_of, agents
from placet.signals.aipref import LABELS, labels_of
from placet.signals.codec import Channel, Document
from placet.signals.content_signals import KEYS, USES
from placet.signals.groups import split_rule
from placet.signals.html_head import looks_like_html
from placet.signals.lint_scene import Finding, Scene
from placet.signals.robots_file import ANYBODY, Line, RobotsFile, token_of
from placet.signals.saying import leaves_of
from placet.signals.structured_fields import parse_dictionary

__all__ = ["aipref", "check"]

_PREFERENCES = ("content-usage", "content-signal", "license")
_ACCESS = ("allow", "disallow")
_KNOWN = (
    *_PREFERENCES,
    *_ACCESS,
    "user-agent",
    "sitemap",
    "crawl-delay",
    "host",
    "noindex",
    "request-rate",
    "visit-time",
)
_LONGEST = 40  # letters of a name that could be a slip
_NOW = 8


def check(scene: Scene) -> Iterator[Finding]:
    for document in scene.on(Channel.ROBOTS):
        if looks_like_html(document.body):
            yield scene.found("robots.html", document, 1)
            continue
        if len(document.body) > robots_file.MOST:
            yield scene.found("robots.too-long", document, 0, f"{len(document.body)} bytes")
        file = robots_file.parse(document.body, document.where)
        for rule, line, detail in _faults(file):
            yield scene.found(rule, document, line, detail)
        for line, value in _agent_lines(document):
            yield from (scene.found(rule, document, line, detail) for rule, detail in _token(value))
        yield from _between(scene, document)


Fault = tuple[str, int, str]


def _faults(file: RobotsFile) -> Iterator[Fault]:
    yield from _outside(file)
    yield from _inert(file)
    yield from _forgotten(file)
    for line in dict.fromkeys(line for group in file.groups for line in group.lines):
        yield from _line(line)
    for group in file.groups:
        empty = [line for line in group.named("disallow") if not line.value]
        if empty and not group.named(*_PREFERENCES) and ANYBODY not in group.agents:
            yield "robots.empty-disallow", empty[0].number, ", ".join(group.agents[:3])


def _outside(file: RobotsFile) -> Iterator[Fault]:
    for line in file.outside:
        if line.name in ("content-usage", "content-signal", *_ACCESS):
            yield "robots.outside-groups", line.number, _quoted(line)


def _inert(file: RobotsFile) -> Iterator[Fault]:
    """RFC 9309 section 2.2.1: a crawler's own group replaces that of everybody."""
    told: dict[str, set[str]] = defaultdict(set)
    for group in file.groups:
        names = {line.name for line in group.lines if line.name in _PREFERENCES}
        for agent in group.agents:
            told[agent] |= names
    general = told[ANYBODY]
    for group in file.groups if general else ():
        own = set().union(*(told[agent] for agent in group.agents))
        missing = [name for name in _PREFERENCES if name in general - own]
        if missing and ANYBODY not in group.agents:
            shown = ", ".join(group.agents[:3]) + (" and others" if len(group.agents) > 3 else "")
            yield "robots.inert-group", group.number, f"{shown}: no {', '.join(missing)}"


def _forgotten(file: RobotsFile) -> Iterator[Fault]:
    """Some crawlers that fetch to train are refused everything, and others of the table are let in."""
    training = [agent.token for agent in agents() if _is_for_training(leaves_of(agent.uses))]
    refused = [token for token in training if _is_closed(file, token)]
    if not refused or _is_closed(file, None):
        return
    open_to = [
        token for token in training if token_of(token) not in file.agents and token.isascii() and " " not in token
    ]
    if open_to:
        line = next(group.number for group in file.groups if token_of(refused[0]) in group.agents)
        yield "robots.training-forgotten", line, f"{len(open_to)} more: {', '.join(open_to[:8])}"


def _is_for_training(uses: frozenset[Use]) -> bool:
    """A crawler that also fetches for a search engine is a choice of its own."""
    return Use.TRAIN_GENERATIVE in uses and Use.SEARCH not in uses


def _is_closed(file: RobotsFile, agent: str | None) -> bool:
    if agent is not None and token_of(agent) not in file.agents:
        return False
    return any(line.name == "disallow" and line.value in ("/", "/*", "*") for line in file.lines(agent))


def _line(line: Line) -> Iterator[Fault]:
    if line.name in _ACCESS and line.value and not line.value.startswith(("/", "*")):
        yield "robots.no-slash", line.number, _quoted(line)
    elif line.name == "content-usage":
        yield from ((rule, line.number, detail) for rule, detail in aipref(split_rule(line.value)[1]))
    elif line.name == "content-signal":
        yield from ((rule, line.number, detail) for rule, detail in _signals(split_rule(line.value)[1]))
    elif (
        line.name not in _KNOWN
        and len(line.name) < _LONGEST
        and (near := difflib.get_close_matches(line.name, _PREFERENCES, 1, 0.8))
    ):
        yield "robots.misspelt", line.number, f"{line.name}, for {near[0]}"


def _quoted(line: Line) -> str:
    return f"{line.name}: {line.value[:80]}"


def aipref(text: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a `Content-Usage`, in robots.txt or in a header."""
    try:
        members = parse_dictionary(text)
    except ValueError as error:
        yield "aipref.unparsable", f"{text[:80]}: {error}"
        return
    now, old = labels_of(_NOW), {label.name for label in LABELS if label.name not in labels_of(_NOW)}
    for key, value in members.items():
        if key in old:
            yield "aipref.legacy-label", key
        elif key in now and value not in ("y", "n"):
            yield "aipref.unknown-value", f"{key} in {text[:80]}"


def _signals(text: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, (part.strip().lower() for part in text.split(","))):
        key, _, word = (each.strip() for each in part.partition("="))
        if key not in (*KEYS, "use") or word not in (USES if key == "use" else ("yes", "no")):
            yield "content-signals.unknown", part[:80]


def _agent_lines(document: Document) -> Iterator[tuple[int, str]]:
    """The names as they are written: the parser keeps only what it understood of them."""
    for number, name, value in _raw(document):
        if name in ("user-agent", "useragent", "user agent"):
            yield number, value


def _raw(document: Document) -> Iterator[tuple[int, str, str]]:
    text = document.body[: robots_file.MOST].decode("utf-8", "replace").removeprefix("\ufeff")
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        name, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield number, name.strip().lower(), value.strip()


def _token(value: str) -> Iterator[tuple[str, str]]:
    if value == ANYBODY:
        return
    if "*" in value:
        yield "robots.wildcard-token", value[:80]
    elif not re.fullmatch(r"[A-Za-z0-9_-]+", value):
        known = agent_of(value)
        if not known or known.token.lower() != value.lower():
            yield "robots.bad-token", value[:80]


def _between(scene: Scene, document: Document) -> Iterator[Finding]:
    """A line between two agents: some parsers end the list there, some do not."""
    waiting: list[tuple[int, str]] = []
    in_agents = False
    for number, name, value in _raw(document):
        if name in ("user-agent", "useragent", "user agent"):
            if in_agents:
                yield from (scene.found("robots.between-agents", document, at, text) for at, text in waiting)
            in_agents, waiting = True, []
        elif name in _ACCESS:
            in_agents, waiting = False, []
        elif in_agents:
            waiting.append((number, f"{name}: {value[:80]}"))
