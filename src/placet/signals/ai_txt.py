"""ai.txt as Spawning published it in 2023: a file at the root of a site, read when a dataset is used, not when crawled.

It is written like robots.txt, and speaks of training.  A value that begins with a slash is a path; any other is the
end of a path, such as `*.jpg`, whatever query follows.  The longest wins; where two are equal, the refusal (no
specification says so; design sheet "standards", section 6).  Other files go by the same name: free text is refused
outright, and nothing that stands anywhere but at the root, or outside a group, is a yes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from urllib.parse import urlsplit

from placet.core.declaration import Declaration, Problem
from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import groups
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.html_head import looks_like_html
from placet.signals.paths import Pattern, pattern_of, split_pattern, target_of
from placet.signals.robots_file import ANYBODY, Line, RobotsFile, parse, token_of
from placet.signals.saying import account, leaves_of, meant, speaker, web_address

__all__ = ["CODEC", "read", "select", "write"]

REFUSED = (Use.TRAIN, Use.DATASET)
ALLOWED = (Use.TRAIN,)  # says nothing about handing copies on
PATH = "/ai.txt"

_STANDARD = "aitxt"
_RULES = ("allow", "disallow")


def read(document: Document) -> Heard:
    """What the file says of training; SignalError when it is another kind of text."""
    file = _open(document)
    voice = speaker(document, _STANDARD)
    said, problems = groups.bounded(_statements(groups.sayer(voice), file, _is_root(document.where)), (), voice)
    return Heard(said, (*file.problems, *problems, *_inert(file, document.where)))


def _open(document: Document) -> RobotsFile:
    where = document.where
    if looks_like_html(document.body):
        raise SignalError(f"{where} begins as an HTML page does, not as ai.txt")
    file = parse(document.body, where)
    lines = [*file.outside, *(line for group in file.groups for line in group.lines)]
    if not file.groups and not any(line.name in _RULES for line in lines) and _has_text(document.body):
        raise SignalError(f"{where} has no rule of an ai.txt")
    return file


def _has_text(body: bytes) -> bool:
    return any(line.strip() and not line.lstrip().startswith(b"#") for line in body.splitlines())


def _is_root(where: str) -> bool:
    return web_address(where) and urlsplit(canonical_url(where)).path == PATH


def _statements(site: groups.Sayer, file: RobotsFile, is_root: bool) -> Iterator[Declaration]:
    yield from groups.frame(site, file)
    for line in file.outside:
        yield from _rule(site, line, None, is_root=False)
    for agent, lines in groups.speakers(file):
        for line in lines:
            yield from _rule(site, line, agent, is_root=is_root)


def _rule(site: groups.Sayer, line: Line, agent: str | None, *, is_root: bool) -> Iterator[Declaration]:
    if line.name == "disallow" or (line.name == "allow" and is_root):
        refuses = line.name == "disallow"
        uses, stance = (REFUSED, Stance.RESERVE) if refuses else (ALLOWED, Stance.ALLOW)
        for path in _paths(line.value):
            yield from site.say(uses, stance, path, line.number, agent)


def _paths(value: str) -> tuple[str, ...]:
    """The patterns of a value: a path, everything, or the end of a path with and without a query; else none."""
    if value.startswith("/"):
        return (groups.path_in(value),)
    end = value.lstrip("*").rstrip("$")
    if value.startswith("*") and not end:
        return ("/",)
    return tuple(map(groups.path_in, (f"/*{end}$", f"/*{end}?"))) if value.startswith(("*", ".")) else ()


def _inert(file: RobotsFile, where: str) -> Iterator[Problem]:
    lines = [*file.outside, *(line for group in file.groups for line in group.lines)]
    for line in dict.fromkeys(line for line in lines if line.name in _RULES):
        if line.value and not _paths(line.value):
            why = f"Line {line.number} of {where} names {line.value[:80]!r}; a path begins with / and an end with *."
            yield Problem(f"{where}:{line.number}", "signal.malformed", why)


def select(said: Sequence[Declaration], asked: Asked) -> Selected:
    """The group that speaks to who asks, then the longest match.  A refusal of `.jpg` refuses `.JPG`."""
    try:
        subject = Subject(Kind.URL, canonical_url(asked.url))
    except ValueError:
        return Selected((), tuple(d for d in said if d.source.channel != groups.FRAME))
    matching: dict[str, list[tuple[int, Declaration]]] = {}
    for declaration in said:
        if _site(declaration) and subject.id.startswith(f"{_site(declaration)}/"):
            group = matching.setdefault(token_of(declaration.agent or ANYBODY), [])
            if octets := _match(declaration, target_of(subject.id)):
                group.append((octets, declaration))
    speaking: list[Declaration] = []
    lost: list[Declaration] = []
    for token in _tokens(matching, asked.agent):
        best = _best(matching[token])
        speaking += best.values()
        lost += [d for _, d in matching[token] if d.id not in best]
    return Selected(tuple(replace(d, subject=subject) for d in speaking), tuple(lost))


def _tokens(matching: dict[str, list[tuple[int, Declaration]]], agent: str | None) -> list[str]:
    if agent is None:
        return list(matching)
    own = token_of(agent)
    return [own] if own in matching else [ANYBODY] if ANYBODY in matching else []


def _best(matching: list[tuple[int, Declaration]]) -> dict[str, Declaration]:
    """Of the longest, the refusals if there are any."""
    most = max((octets for octets, _ in matching), default=0)
    longest = [d for octets, d in matching if octets == most]
    return {d.id: d for d in ([d for d in longest if d.stance is Stance.RESERVE] or longest)}


def _site(declaration: Declaration) -> str:
    """The origin that a statement is about; empty when it is about no site."""
    return _split(declaration.subject.id)[0] if declaration.subject.kind is Kind.PATTERN else ""


def _match(declaration: Declaration, target: str) -> int:
    """The octets of the pattern that matches; 0 when it does not, or only frames the file."""
    if declaration.source.channel == groups.FRAME:
        return 0
    _, pattern, folded = _split(declaration.subject.id)
    is_end = pattern.text.startswith("/*") and declaration.stance is Stance.RESERVE
    found = pattern.matches(target) or (is_end and folded.matches(target.lower()))
    return pattern.octets if found else 0


@lru_cache(maxsize=1 << 14)
def _split(address: str) -> tuple[str, Pattern, Pattern]:
    origin, path = split_pattern(address)
    pattern = pattern_of(path)
    folded = Pattern(pattern.text, tuple(part.lower() for part in pattern.parts), pattern.anchored)
    return origin, pattern, folded


def write(declarations: Sequence[Declaration], subject: Subject) -> Written:
    """One rule for everybody; a finer no is said as the wider one."""
    place, stance = groups.place_of(subject), _fold(declarations)
    if place is None or stance is None or not place[0].startswith("https://"):
        return Written((), *account(declarations, {}))
    origin, path = place
    rule = f"{'Allow' if stance is Stance.ALLOW else 'Disallow'}: {path}"
    document = groups.robots_document(origin, ["User-Agent: *", rule], PATH)
    word = leaves_of(ALLOWED if stance is Stance.ALLOW else REFUSED)
    said = dict.fromkeys(word, stance)
    return Written((replace(document, channel=Channel.SITE),), *account(declarations, said, [word]))


def _fold(declarations: Sequence[Declaration]) -> Stance | None:
    wanted = meant(declarations)
    if any(wanted.get(leaf, Stance.ALLOW) > Stance.ALLOW for leaf in leaves_of(REFUSED)):
        return Stance.RESERVE
    return Stance.ALLOW if all(wanted.get(leaf) is Stance.ALLOW for leaf in leaves_of(ALLOWED)) else None


CODEC = Codec(
    name=_STANDARD,
    spec="Spawning: ai.txt",
    dated="2023-05-30",
    says=frozenset(REFUSED),
    hears=frozenset({Channel.SITE}),
    read=read,
    write=write,
    select=select,
)
