"""Who calls itself what: product tokens, their operators, and what each fetches for.

`data/agents.json` is dated; add a row to it rather than a rule here.  RFC 9309 speaks of access only: that refusing
GPTBot refuses training is the operator's own word, and stands in the table as such.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from placet.core.use import Use
from placet.signals.robots_file import token_of

__all__ = ["Agent", "agent_of", "agents", "dated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """`control_only` tokens stand in robots.txt and never in a User-Agent header; `obeys` is what is claimed."""

    token: str
    operator: str
    uses: tuple[Use, ...]
    obeys: str
    control_only: bool
    verify: str = ""
    about: str = ""
    note: str = ""


@cache
def _table() -> tuple[str, dict[str, Agent]]:
    data = json.loads(files("placet.signals").joinpath("data", "agents.json").read_text("utf-8"))
    classes = {letter: tuple(Use(use) for use in uses) for letter, uses in data["classes"].items()}
    found: dict[str, Agent] = {}
    for row in data["agents"]:
        by_class = [use for letter in row.pop("classes") for use in classes[letter]]
        named = [Use(use) for use in row.pop("uses", [])]
        uses = tuple(use for use in Use if use in by_class or use in named)
        found[token_of(row["token"])] = Agent(uses=uses, **row)
    return data["dated"], found


def agents() -> tuple[Agent, ...]:
    """The whole table, in the order of its file."""
    return tuple(_table()[1].values())


def agent_of(token: str) -> Agent | None:
    """The row of a product token, whatever its capitals and version; None for a stranger."""
    return _table()[1].get(token_of(token))


def dated() -> str:
    """The day on which the table was last checked."""
    return _table()[0]
