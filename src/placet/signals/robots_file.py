"""robots.txt as RFC 9309 writes it, keeping every line of every group with its number and its bytes.

Other standards put their own lines into a group (`Content-Usage`, `Content-Signal`, `License`); which group speaks to a
crawler is decided once, here, for all of them.  Forgiven as Google's parser forgives (and section 2.2.4 permits): a
missing colon, the usual misspellings, a byte order mark, any mixture of line ends, `GPTBot/1.0` for `GPTBot`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from placet.core.declaration import Problem
from placet.signals.html_head import looks_like_html

__all__ = ["ANYBODY", "MOST", "PROBLEMS", "RULES", "Group", "Line", "RobotsFile", "parse", "token_of"]

MOST = 500 * 1024  # section 2.5: a crawler reads at least 500 kibibytes
PROBLEMS = 100  # of one kind that are told of one file
ANYBODY = "*"

_BOM = b"\xef\xbb\xbf"
_BREAK = re.compile(r"\r\n|\r|\n")
_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\udc80-\udcff]")  # control octets, and what is not UTF-8 (as surrogates)
_TOKEN = re.compile(r"[A-Za-z0-9_-]+")  # RFC 9309 has no digits; AI2Bot, 360Spider and img2dataset have
_NAME = re.compile(r"[a-z][a-z _-]*")
_NO_COLON = re.compile(r"(user-agent|useragent|allow|disallow)[ \t]+([^ \t].*)", re.IGNORECASE | re.DOTALL)
_SPELLINGS = {
    "useragent": "user-agent",
    "user agent": "user-agent",
    **dict.fromkeys(("dissallow", "dissalow", "disalow", "diasllow", "disallaw"), "disallow"),
}
RULES = frozenset({"allow", "disallow"})
_COMMON = RULES | {"user-agent", "sitemap", "crawl-delay"}


class Line(NamedTuple):
    """One directive: its name in lower case, its value without comment or white space, and the line as received."""

    number: int
    name: str
    value: str
    text: str

    @property
    def raw(self) -> bytes:
        """Its bytes."""
        return self.text.encode("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Group:
    """`agents` are product tokens in lower case, or `*`; `lines` everything between them and the next group."""

    agents: tuple[str, ...]
    lines: tuple[Line, ...]
    number: int

    def named(self, *names: str) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.name in names)


@dataclass(frozen=True, slots=True)
class RobotsFile:
    """`outside` stands before the first group: it speaks to no crawler, unless its own standard says so."""

    groups: tuple[Group, ...]
    outside: tuple[Line, ...]
    problems: tuple[Problem, ...]

    @property
    def agents(self) -> tuple[str, ...]:
        """Every token that has a group, in order of appearance."""
        return tuple(dict.fromkeys(agent for group in self.groups for agent in group.agents))

    def chosen(self, agent: str | None) -> str | None:
        """The token whose groups speak to this agent: its own, else `*`; None when the file has neither."""
        agents = self.agents
        own = token_of(agent or ANYBODY)
        if own in agents:
            return own
        return ANYBODY if ANYBODY in agents else None

    def lines(self, agent: str | None) -> tuple[Line, ...]:
        """All lines that speak to an agent: every group of its own token merged, else those of `*`."""
        chosen = self.chosen(agent)
        return tuple(line for group in self.groups if chosen in group.agents for line in group.lines)


def token_of(agent: str) -> str:
    """The product token that a name begins with, in lower case; `*` for anybody; empty when there is none."""
    agent = agent.strip()
    if agent == "*" or agent[:2] in ("* ", "*\t"):
        return ANYBODY
    found = _TOKEN.match(agent)
    return found.group().lower() if found else ""


def parse(body: bytes, where: str = "robots.txt", rules: frozenset[str] = RULES) -> RobotsFile:
    """Never raises: what cannot be understood is a problem with its line.

    `rules` are the lines that close a list of agents (section 2.2.1); any other line leaves it open.
    """
    problems = list(_doubts(body, where))
    text = _within(_strip_bom(body)).decode("utf-8", "surrogateescape")
    each = _BREAK.split(text)
    lines = [line for number, one in enumerate(each, 1) if (line := _line(number, one))]
    problems += islice(_unnamed(lines, where), PROBLEMS)
    if _NO_TEXT.search(text):
        problems += _no_text(each, where)
    groups, outside = _group(lines, rules)
    return RobotsFile(groups, outside, tuple(problems))


def _unnamed(lines: Iterable[Line], where: str) -> Iterator[Problem]:
    for line in lines:
        if line.name == "user-agent" and not token_of(line.value):
            yield _problem(where, line.number, f"names no product token: {line.value[:80]!r}")


def _no_text(each: Iterable[str], where: str) -> Iterator[Problem]:
    """One problem for all lines that hold octets of no text, comments left out; such as UTF-16 has in every line."""
    spoilt = [number for number, line in enumerate(each, 1) if _NO_TEXT.search(line.partition("#")[0])]
    if spoilt:
        more = f", as do {len(spoilt) - 1} more" if len(spoilt) > 1 else ""
        yield _problem(where, spoilt[0], f"holds octets that are no text in UTF-8{more}")


def _strip_bom(body: bytes) -> bytes:
    """A byte order mark, or the beginning of one, is no part of the first line."""
    for size in (3, 2, 1):
        if body.startswith(_BOM[:size]):
            return body[size:]
    return body


def _within(body: bytes) -> bytes:
    """What is read of it, in whole lines: a path that is cut short would say more than was said."""
    if len(body) <= MOST:
        return body
    return body[: max(body.rfind(b"\n", 0, MOST), body.rfind(b"\r", 0, MOST)) + 1]


def _doubts(body: bytes, where: str) -> Iterable[Problem]:
    if looks_like_html(body):
        yield _problem(where, 1, "begins as an HTML page does, not as robots.txt")
    if len(body) > MOST:
        yield Problem(where, "signal.malformed", f"{where} is longer than {MOST} bytes; the rest was not read.")


def _problem(where: str, number: int, why: str) -> Problem:
    return Problem(f"{where}:{number}", "signal.malformed", f"Line {number} of {where} {why}.")


def _line(number: int, text: str) -> Line | None:
    said = text.partition("#")[0]
    before, colon, value = said.partition(":")
    name = before.strip().lower()
    if colon and name in _COMMON:
        return Line(number, name, value.strip(), text)
    name = " ".join(name.split())
    if colon and _NAME.fullmatch(name):
        return Line(number, _SPELLINGS.get(name, name), value.strip(), text)
    if found := _NO_COLON.fullmatch(said.strip()):
        name = found.group(1).lower()
        return Line(number, _SPELLINGS.get(name, name), found.group(2), text)
    return None


def _group(lines: Iterable[Line], rules: frozenset[str]) -> tuple[tuple[Group, ...], tuple[Line, ...]]:
    groups: list[Group] = []
    outside: list[Line] = []
    agents: list[str] = []
    inside: list[Line] = []
    first, closed = 0, True
    for line in lines:
        if line.name == "user-agent":
            if closed:
                groups += [Group(tuple(agents), tuple(inside), first)] if agents else []
                agents, inside, first, closed = [], [], line.number, False
            agents.append(token_of(line.value))
        elif not agents:
            outside.append(line)
        else:
            inside.append(line)
            closed = closed or line.name in rules
    groups += [Group(tuple(agents), tuple(inside), first)] if agents else []
    return tuple(groups), tuple(outside)
