"""Whom a robots.txt line speaks to, for every standard that puts its lines into a group.

A reader sees declarations, not the file, so the file's frame travels with them: that a token has a group of its own
(it then inherits nothing from `*`), and which paths its rules take.  Frame statements say `access` and have the
channel `frame`; `listen` uses them, and they never speak.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from urllib.parse import urlsplit

from placet.core.declaration import Declaration, Problem
from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals.agents import agent_of
from placet.signals.codec import Asked, Channel, Document
from placet.signals.paths import Pattern, exactly, normal_pattern, pattern_of, split_pattern, target_of
from placet.signals.robots_file import ANYBODY, RULES, Group, Line, RobotsFile, parse, token_of
from placet.signals.saying import Speaker, web_address

__all__ = [
    "FRAME",
    "MOST",
    "PAIRS",
    "Heeded",
    "Sayer",
    "about_page",
    "bounded",
    "frame",
    "listen",
    "open_file",
    "path_in",
    "place_of",
    "robots_document",
    "sayer",
    "speakers",
    "split_rule",
]

FRAME = "frame"
PAIRS = 200_000  # of a token and a line that are read of one file
MOST = 50_000  # statements that are made of one file; a product of its tokens and rules can be far more


@dataclass(frozen=True, slots=True)
class Sayer:
    """Says things about paths of the site that a file speaks for."""

    speaker: Speaker
    origin: str

    def say(
        self, uses: Iterable[Use], stance: Stance, path: str, line: int, agent: str | None
    ) -> tuple[Declaration, ...]:
        subject = Subject(Kind.PATTERN, self.origin + path)
        return self.speaker.say(uses, stance, subject=subject, place=line, agent=agent)

    def frame(self, path: str, line: int, agent: str | None, stance: Stance = Stance.ALLOW) -> Declaration:
        (said,) = self.say([Use.ACCESS], stance, path, line, agent)
        return replace(said, source=replace(said.source, channel=FRAME))


def sayer(speaker: Speaker) -> Sayer:
    about = speaker.about.id
    return Sayer(speaker, f"https://{urlsplit(about).netloc}" if web_address(about) else "")


def open_file(document: Document, standard: str, rules: frozenset[str] = RULES) -> RobotsFile:
    """The file, parsed; SignalError when the document did not come as one.  `rules` as in `robots_file.parse`."""
    if document.channel is not Channel.ROBOTS:
        raise SignalError(f"{document.where} came as {document.channel}; {standard} reads robots.txt from `robots`.")
    file = parse(document.body, document.where, rules)
    if sum(len(group.agents) * len(group.lines) for group in file.groups) <= PAIRS:
        return file
    why = f"{document.where} says more than {PAIRS} lines to its crawlers; the rest was not read."
    return replace(file, problems=(*file.problems, Problem(document.where, "signal.malformed", why)))


def speakers(file: RobotsFile) -> Iterator[tuple[str | None, tuple[Line, ...]]]:
    """Every token that has a group, as it is usually spelled, with all lines that speak to it; None for `*`.

    No more than `PAIRS` of token and line, since a file can name ten thousand of each; `open_file` tells of it.
    """
    left = PAIRS
    for token, some in _by_token(file).items():
        lines = tuple(islice((line for group in some for line in group.lines), left))
        left -= len(lines)
        if token == ANYBODY:
            yield None, lines
        elif token:
            known = agent_of(token)
            yield known.token if known and token_of(known.token) == token else token, lines


def _by_token(file: RobotsFile) -> dict[str, list[Group]]:
    found: dict[str, list[Group]] = {}
    for group in file.groups:
        for token in dict.fromkeys(group.agents):
            found.setdefault(token, []).append(group)
    return found


def split_rule(value: str) -> tuple[str, str]:
    """Path and rest of a rule that may name one: a value that begins with a slash begins with a path."""
    if not value.startswith("/"):
        return "", value
    path, _, rest = value.replace("\t", " ").partition(" ")
    return path, rest.strip(" ")


def frame(site: Sayer, file: RobotsFile) -> list[Declaration]:
    """One statement for each token that has a group, whether or not anything in it is understood."""
    return [site.frame("", lines[0].number if lines else 0, agent) for agent, lines in speakers(file)]


def bounded(
    said: Iterable[Declaration], problems: Iterable[Problem], speaker: Speaker
) -> tuple[tuple[Declaration, ...], tuple[Problem, ...]]:
    """As many statements as are kept of one document; that there were more is a problem."""
    kept: list[Declaration] = []
    for declaration in said:
        if len(kept) == MOST:
            cut = speaker.problem(f"it makes more than {MOST} statements; the rest was not read")
            return tuple(kept), (*problems, cut)
        kept.append(declaration)
    return tuple(kept), tuple(problems)


@dataclass(frozen=True, slots=True)
class Heeded:
    """What one group says about one address: the statements of its longest path, and those that gave way."""

    agent: str | None
    won: tuple[Declaration, ...]
    lost: tuple[Declaration, ...]


def listen(said: Sequence[Declaration], asked: Asked) -> list[Heeded]:
    """For each group that speaks to who asks, the statements with the longest matching path.

    Somebody without a name is told what every group says: a refusal of one crawler is a refusal of part of what is
    asked, and `core.decide` weighs it so.
    """
    try:
        url = canonical_url(asked.url)
    except ValueError:
        return []
    origin = f"https://{urlsplit(url).netloc}"
    # As it was asked where it can be: one spelling of an address makes `%2F` a slash, and robots.txt does not.
    target = target_of(url if "/." in asked.url else asked.url)
    tokens = {agent: token_of(agent or ANYBODY) for agent in {declaration.agent for declaration in said}}
    groups: dict[str, list[Declaration]] = {}
    for declaration in said:
        if declaration.subject.kind is Kind.PATTERN and _split(declaration.subject.id)[0] in ("", origin):
            groups.setdefault(tokens[declaration.agent], []).append(declaration)
    chosen = [groups[token] for token in _chosen(groups, asked.agent)]
    return [_heed(group, target) for group in chosen]


def _chosen(groups: dict[str, list[Declaration]], agent: str | None) -> list[str]:
    if agent is None:
        return list(groups)
    own = token_of(agent)
    return [own] if own in groups else [ANYBODY] if ANYBODY in groups else []


def _heed(group: list[Declaration], target: str) -> Heeded:
    matching = [(len(p.text), d) for d in group if (p := _split(d.subject.id)[1]).matches(target)]
    most = max((octets for octets, _ in matching), default=0)
    won = tuple(d for octets, d in matching if octets == most)
    return Heeded(group[0].agent, won, tuple(d for octets, d in matching if octets < most))


@lru_cache(maxsize=1 << 16)
def _split(address: str) -> tuple[str, Pattern]:
    origin, path = split_pattern(address)
    return origin, pattern_of(path)


def place_of(subject: Subject) -> tuple[str, str] | None:
    """A subject as the origin of a site and a pattern there; None for what has no address."""
    if subject.kind is Kind.DOMAIN:
        return f"https://{subject.id}", "/"
    if subject.kind is Kind.URL and web_address(subject.id):
        parts = urlsplit(canonical_url(subject.id))
        return f"https://{parts.netloc}", exactly(target_of(canonical_url(subject.id)))
    if subject.kind is Kind.PATTERN:
        origin, path = split_pattern(subject.id)
        return origin, path_in(path)
    return None


def path_in(path: str) -> str:
    """A pattern that begins as every path does."""
    path = normal_pattern(path) or "/"
    return path if path.startswith("/") else f"/{path}"


def about_page(subject: Subject) -> str | None:
    """An address at which a header or page says something about the subject; None for what has no address."""
    place = place_of(subject)
    if place is None:
        return None
    return canonical_url(subject.id) if subject.kind is Kind.URL else f"{place[0]}/"


def robots_document(origin: str, lines: Iterable[str], name: str = "/robots.txt") -> Document:
    body = "".join(f"{line}\n" for line in lines).encode()
    return Document(where=origin + name, body=body, channel=Channel.ROBOTS, media_type="text/plain")
