"""robots.txt: who may fetch what (RFC 9309), and what refusing a crawler means (its operator's word, by our table).

RFC 9309 speaks of access.  A Disallow for GPTBot is also read as a refusal of what GPTBot fetches for, since its
operator says so; a Disallow for everybody as a refusal of every use, since nobody may have the bytes (design sheet
"standards", 12.2).  An Allow takes a path out of a Disallow and gives access; it is never a yes to a use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from placet.core.declaration import Declaration, Problem
from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.signals import groups
from placet.signals.agents import agent_of, agents
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.matcher import Matcher
from placet.signals.paths import target_of
from placet.signals.robots_file import ANYBODY, PROBLEMS, Line, RobotsFile, token_of
from placet.signals.saying import leaves_of, meant, speaker

__all__ = ["CODEC", "access", "matcher", "read", "select", "unreachable", "write"]

_NAME = "robots"
_ITSELF = "/robots.txt"  # always allowed (section 2.2.2)


def read(document: Document) -> Heard:
    file = groups.open_file(document, _NAME)
    voice = speaker(document, _NAME)
    said, problems = groups.bounded(_statements(groups.sayer(voice), file), file.problems, voice)
    return Heard(said, (*problems, *islice(_inert(file, document.where), PROBLEMS)))


def _statements(site: groups.Sayer, file: RobotsFile) -> Iterator[Declaration]:
    yield from groups.frame(site, file)
    for agent, lines in groups.speakers(file):
        purposes = _refused(agent)
        for line in lines:
            if line.name not in ("allow", "disallow") or not line.value or not _is_path(line.value):
                continue
            path = groups.path_in(line.value)
            if line.name == "allow":
                yield from site.say([Use.ACCESS], Stance.ALLOW, path, line.number, agent)
            else:
                yield from site.say(purposes, Stance.RESERVE, path, line.number, agent)


def _refused(agent: str | None) -> tuple[Use, ...]:
    if agent is None:
        return (Use.ANY,)
    known = agent_of(agent)
    return (Use.ACCESS, *(known.uses if known else ()))


def _is_path(value: str) -> bool:
    return value.startswith(("/", "*"))


def _inert(file: RobotsFile, where: str) -> Iterator[Problem]:
    """A refusal whose path matches nothing was meant, and is heard by nobody."""
    for line in dict.fromkeys(line for group in file.groups for line in group.named("disallow")):
        if line.value and not _is_path(line.value):
            why = f"Line {line.number} of {where} refuses {line.value[:80]!r}; a path begins with a slash."
            yield Problem(f"{where}:{line.number}", "signal.malformed", why)


def select(said: Sequence[Declaration], asked: Asked) -> Selected:
    """RFC 9309 section 2.2.2: the group, the most octets, and Allow where two are equal.

    Without a name, `*` decides access, and every crawler's refusal of a use is heard.
    """
    speaking: list[Declaration] = []
    lost: list[Declaration] = []
    is_itself = target_of(asked.url) == _ITSELF
    for group in groups.listen(said, asked):
        won = [d for d in group.won if d.source.channel != groups.FRAME]
        lost += [d for d in group.lost if d.source.channel != groups.FRAME]
        allowed = [d for d in won if d.stance is Stance.ALLOW]
        closed = [d for d in won if d.stance is not Stance.ALLOW]
        (lost if allowed or is_itself else speaking).extend(closed)
        speaking += allowed
    if asked.agent is None:
        speaking = [d for d in speaking if d.agent is None or d.use is not Use.ACCESS]
    if speaking:
        subject = Subject(Kind.URL, canonical_url(asked.url))
        return Selected(tuple(replace(d, subject=subject) for d in speaking), tuple(lost))
    return Selected((), tuple(lost))


def access(file: RobotsFile, agent: str | None = None) -> Callable[[str], bool]:
    """May this agent fetch an address of the file's site?  Compiled once, to be asked a million times."""
    longest = matcher(file, agent).longest

    def may_fetch(url: str) -> bool:
        target = target_of(url)
        found = longest(target)
        return not found or True in found or target == _ITSELF

    return may_fetch


def matcher(file: RobotsFile, agent: str | None) -> Matcher[bool]:
    """The rules for an agent, each standing for whether it allows."""
    rules = [line for line in file.lines(agent) if _counts(line)]
    return Matcher((_from_root(line.value), line.name == "allow") for line in rules)


def _from_root(value: str) -> str:
    return value if value.startswith("/") else f"/{value}"


def _counts(line: Line) -> bool:
    return line.name in ("allow", "disallow") and _is_path(line.value)


def unreachable(where: str, status: int | None) -> Heard:
    """What an answer other than the file says (RFC 9309 section 2.3.1); `status` None for no answer at all.

    4xx: there are no rules.  429, 5xx, a redirect without end or silence: nobody may fetch, and nothing is known of
    any other use, so that a question about one is unclear.
    """
    if status is not None and 200 <= status < 300:
        raise ValueError("a file that was answered is read, not unreachable")
    if status is not None and 400 <= status < 500 and status != 429:
        return Heard()
    document = Document(where=where, body=b"", channel=Channel.ROBOTS)
    site = groups.sayer(speaker(document, _NAME))
    answer = f"answered {status}" if status else "did not answer"
    problem = Problem(where, "signal.unreachable", f"{where} {answer}, so that what it says is not known.")
    return Heard(site.say([Use.ACCESS], Stance.RESERVE, "", 0, None), (problem,))


def write(declarations: Sequence[Declaration], subject: Subject) -> Written:
    """Refuses the fetch: to everybody when access itself is refused, else to those crawlers that fetch for nothing
    but refused uses.  So each operator is told about what its own crawlers are for; crawlers that no table knows are
    told nothing unless access is refused, since robots.txt has no word for a use.
    """
    place = groups.place_of(subject)
    if place is None:
        return Written((), unsaid=tuple(declarations))
    origin, path = place
    heard = {agent: _closed(declarations, agent) for agent in _named(declarations)}
    lines = list(_lines(heard, path))
    refused = leaves_of(d.use for d in declarations if _refuses(d))
    overstated = [d for d in declarations if _is_heard(d, heard) and _is_more(d, heard, refused)]
    unsaid = [d for d in declarations if not _is_said(d, heard)]
    documents = (groups.robots_document(origin, lines),) if lines else ()
    return Written(documents, tuple(overstated), tuple(unsaid))


def _named(declarations: Sequence[Declaration]) -> list[str | None]:
    """Everybody, then each crawler that is named by the table or a declaration."""
    own = [token_of(d.agent) for d in declarations if d.agent]
    table = [token_of(agent.token) for agent in agents()]
    return [None, *(name for name in dict.fromkeys(own + table) if name and name != ANYBODY)]


def _closed(declarations: Sequence[Declaration], agent: str | None) -> frozenset[Use]:
    """The leaves that a Disallow for this agent says; empty when it would refuse more than was refused."""
    mine = [d for d in declarations if d.agent is None or token_of(d.agent) == agent]
    refused = frozenset(leaf for leaf, stance in meant(mine).items() if stance > Stance.ALLOW)
    if Use.ACCESS in refused:
        return leaves_of(_refused(agent))
    known = agent_of(agent) if agent else None
    purposes = leaves_of(known.uses) if known else frozenset()
    return purposes | {Use.ACCESS} if purposes and purposes <= refused else frozenset()


def _lines(heard: Mapping[str | None, frozenset[Use]], path: str) -> Iterator[str]:
    told = [agent for agent, closed in heard.items() if agent and closed]
    if told and not heard[None]:
        for agent in told:
            known = agent_of(agent)
            yield f"User-agent: {known.token if known else agent}"
        yield f"Disallow: {path}"
        yield ""
    if heard[None]:
        yield "User-agent: *"
        yield f"Disallow: {path}"


def _told(declaration: Declaration, heard: Mapping[str | None, frozenset[Use]]) -> frozenset[Use]:
    """The leaves that are refused to whom the declaration speaks to."""
    if heard[None]:
        return heard[None]
    if declaration.agent:
        return heard.get(token_of(declaration.agent), frozenset())
    return frozenset().union(*heard.values())


def _is_heard(declaration: Declaration, heard: Mapping[str | None, frozenset[Use]]) -> bool:
    """Somebody is refused a part of what it refuses."""
    return _refuses(declaration) and not _told(declaration, heard).isdisjoint(declaration.use.leaves)


def _is_said(declaration: Declaration, heard: Mapping[str | None, frozenset[Use]]) -> bool:
    return _refuses(declaration) and _told(declaration, heard).issuperset(declaration.use.leaves)


def _refuses(declaration: Declaration) -> bool:
    return declaration.stance not in (None, Stance.ALLOW)


def _is_more(declaration: Declaration, heard: Mapping[str | None, frozenset[Use]], refused: frozenset[Use]) -> bool:
    """Refusing a crawler refuses the fetch too, at once, everywhere and without a price."""
    narrow = declaration.territory or declaration.interval.until is not None or (declaration.agent and heard[None])
    spilled = _told(declaration, heard) - refused
    return bool(narrow or spilled) or declaration.stance is Stance.LICENSE


CODEC = Codec(
    name=_NAME,
    spec="RFC 9309",
    dated="2022-09",
    says=frozenset({Use.ACCESS, Use.ANY} | {use for agent in agents() for use in agent.uses}),
    hears=frozenset({Channel.ROBOTS}),
    read=read,
    write=write,
    select=select,
)
