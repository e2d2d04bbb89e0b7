"""Many standards' groups as one robots.txt.

A crawler with a group of its own inherits nothing from `*` (RFC 9309 section 2.2.1), so every group repeats whatever
speaks to its crawler.  Allow and Disallow come first: only they end a list of agents.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from placet.signals import robots_file
from placet.signals.agents import agent_of
from placet.signals.codec import Document
from placet.signals.overlap import contains
from placet.signals.paths import pattern_of
from placet.signals.robots_file import ANYBODY, token_of

__all__ = ["Groups", "compose", "gather"]

_ACCESS = ("allow", "disallow")


@dataclass(slots=True)
class Groups:
    """What is said to one listener: who is refused the fetch of which paths, and all other lines."""

    closed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))  # token: paths
    lines: list[str] = field(default_factory=list)


def gather(documents: Iterable[tuple[str, Document]]) -> Groups:
    """Documents that each speak of one path, as written to anybody."""
    groups = Groups()
    for path, document in documents:
        for group in robots_file.parse(document.body, document.where).groups:
            if any(line.value for line in group.named("disallow")):
                for agent in group.agents:
                    groups.closed[agent].add(path)
            if ANYBODY in group.agents:
                groups.lines += [
                    f"{line.name.title()}: {line.value}" for line in group.lines if line.name not in _ACCESS
                ]
    groups.lines = list(dict.fromkeys(groups.lines))
    return groups


def compose(everybody: Groups, apart: Mapping[str, Groups], paths: Sequence[str], shared: Iterable[str]) -> list[str]:
    """The lines of the file; `apart` are crawlers that are told something else, `shared` lines are for all."""
    own = {token_of(agent): groups for agent, groups in apart.items()}
    spelled = {token_of(agent): agent for agent in apart}
    tokens = dict.fromkeys([*own, *(token for token in everybody.closed if token != ANYBODY)])
    told: dict[tuple[str, ...], list[str]] = {}
    for token in (*tokens, ANYBODY):
        groups = own.get(token, everybody)
        shut = groups.closed.get(token, set()) | groups.closed.get(ANYBODY, set())
        lines = (*_access(shut, paths), *groups.lines, *shared)
        told.setdefault(lines, []).append(spelled.get(token, token))
    blocks = [_block(agents, lines) for lines, agents in told.items() if ANYBODY not in agents]
    blocks += [_block([ANYBODY], lines) for lines, agents in told.items() if ANYBODY in agents]
    return [line for block in blocks for line in block]


def _access(shut: set[str], paths: Sequence[str]) -> list[str]:
    """Only where a path differs from the one around it; a rule of some kind must end the list of agents."""
    lines = []
    for path in paths:
        around = [other for other in paths if other != path and contains(pattern_of(other), pattern_of(path))]
        outer = max(around, key=lambda other: pattern_of(other).octets, default="")
        if (path in shut) != (outer in shut):
            lines.append(f"{'Disallow' if path in shut else 'Allow'}: {path}")
    return lines or ["Disallow:"]


def _block(tokens: Iterable[str], lines: Iterable[str]) -> list[str]:
    names = [known.token if (known := agent_of(token)) else token for token in tokens]
    return [*(f"User-agent: {name}" for name in names), *lines, ""]
