"""`placet signals explain`: who says what about an address, a file, a site or a crawl, and what it amounts to."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from placet.cli.asked import agent_token, moment, one_territory, public_key, uses
from placet.cli.options import HomeDir, Json, home_at
from placet.cli.talk import emit, note, result, watched
from placet.core.decision import Basis, Decision, Outcome, Rule
from placet.core.declaration import Declaration
from placet.core.profile import NOT_ADVICE, PROFILES, Profile
from placet.core.reasons import sentence
from placet.core.stance import Stance
from placet.core.use import Use
from placet.errors import WrongUsage
from placet.registry.phrases import count
from placet.signals.codec import Channel

if TYPE_CHECKING:
    from placet.desk.explaining import Explained

__all__ = ["explain"]

_SCHEMA = "placet.signals-explain/1"
_WIDTH, _INDENT = 80, 18
_MOST = 20  # sources that are shown, a line each
_AGENTS = 3  # crawlers that one sentence names
_STANCES = {Stance.RESERVE: "no to", Stance.LICENSE: "only with a licence:", Stance.ALLOW: "yes to"}
_RULES = {
    Rule.STRICTER: "a stricter voice decides",
    Rule.VOICE: "a site's or list's own word is not enough for this",
    Rule.ADVISORY: "advisory under this profile",
    Rule.LICENSED: "lifted by a licence",
    Rule.NOT_ALL: "others must agree as well",
    Rule.MEMBER: "the one it was said for spoke later herself",
    Rule.FLAGGED: "said by a key after it was lost",
}
_OUTCOMES = {
    Outcome.RESERVED: "reserved",
    Outcome.LICENCE: "needs a licence",
    Outcome.UNCLEAR: "unclear",
    Outcome.CLEARED: "cleared",
    Outcome.SILENT: "not cleared: silence is no",
    Outcome.UNSETTLED: "unsettled",
}


def explain(
    what: Annotated[list[str], typer.Argument(metavar="URL|FILE|DIR|WARC...")],
    agent: Annotated[str, typer.Option(metavar="TOKEN", help="Who would use it, as robots.txt knows it.")] = "",
    use: Annotated[str, typer.Option(metavar="USES", help="Which uses, by comma.")] = "ai",
    at: Annotated[str, typer.Option(metavar="TIME", help="Used then: 2026-11-22 or an ISO 8601 time.")] = "",
    profile: Annotated[str, typer.Option(metavar="NAME", help="What silence means; without one, no answer.")] = "",
    territory: Annotated[str, typer.Option(metavar="CODE", help="Where it will be used, e.g. FR or EU.")] = "",
    about: Annotated[
        str, typer.Option(metavar="URL", help="The address of the file or folder, or one in the crawl.")
    ] = "",
    observation: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Hear what was saved; nobody is asked.")
    ] = None,
    observer: Annotated[
        list[str] | None, typer.Option(metavar="KEY", help="Believe observations signed by this public key too.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Add what was heard, signed, to NAME.observations.jsonl.")
    ] = None,
    home: HomeDir = None,
    json: Json = False,
) -> int:
    """Hear every standard, and say which sentence decides, which gives way, and what is unclear.

    An address is asked as PlacetBot, which obeys robots.txt. A file with --observation is heard as it was found on
    the web. Exit 2 when something is unclear, and with --profile when something is not cleared.
    """
    from placet.desk.explaining import explain as told
    from placet.desk.explaining import find_all
    from placet.desk.explaining import save as keep
    from placet.desk.sources import Wish

    place = home_at(home)
    wish = Wish(
        uses=uses(use),
        at=moment(at, "--at") if at else place.now(),
        agent=agent_token(agent),
        territory=one_territory(territory),
        profile=_profile(profile),
    )
    keys = tuple(public_key(key, "--observer") for key in observer or ())
    explained: list[Explained] = []
    for sources in find_all(place, watched(what, "hearing"), about=about, saved=observation, observers=keys):
        if save is not None:
            kept = keep(place, sources, save)
            note(f"{count(kept, 'observation')} signed and added to {save}.")
        explained += (told(place, source, wish) for source in sources)
    if json:
        for each in explained:
            emit(_shown(each))
    elif len(explained) == 1:
        _tell(explained[0])
    else:
        _tell_many(explained)
    return 0 if all(each.is_clear for each in explained) else 2


def _profile(name: str) -> Profile | None:
    if not name or name in PROFILES:
        return PROFILES.get(name)
    lines = [f"  --profile {each.name:13} {each.sentence}" for each in PROFILES.values()]
    raise WrongUsage("\n".join([f"there is no profile {name!r}; there are", *lines]))


# --- for people -------------------------------------------------------------------------------------------


def _tell(found: Explained) -> None:
    result(found.source.address)
    _say("  ", _heading(found))
    if found.source.address.startswith(_nowhere()):
        _say("  ", "Where this folder stands on the web is not known: say it with --about URL.")
    _voices(found)
    if found.resolved.problems:
        result("\nUnclear")
        for problem in found.resolved.problems:
            _say("  ", problem.why)
    if found.silent:
        result("\nSilent about it")
        _say("  ", ", ".join(found.silent))
    if not found.source.is_read:
        result("\nNot heard")
        _say("  ", "What the file says of itself: save it, and name it with --observation.")
    _answers(found)


def _nowhere() -> str:
    from placet.desk.sources import NOWHERE

    return NOWHERE


def _heading(found: Explained) -> str:
    from placet.app import today

    source, wish = found.source, found.wish
    whom = f"for {wish.agent}" if wish.agent else "for anybody"
    when = f"heard {today(source.at)}, " if source.at else ""
    origin = f"; it says that it is {source.origin}" if source.origin not in ("", "unknown") else ""
    place = f" in {wish.territory}" if wish.territory else ""
    words = f"{when}{whom}{place}{origin}"
    return words[0].upper() + words[1:]


def _voices(found: Explained) -> None:
    speaking = list(_grouped(found.resolved.speaking))
    result("\nSaid" if speaking else "\nNobody says anything about it.")
    for said in speaking:
        deciding = [d for d in said if found.decides(d)]
        overruled = {o.rule for d in found.decisions for o in d.overruled if o.declaration in said}
        why = "decides" if deciding else ", ".join(_RULES[rule] for rule in sorted(overruled))
        _voice(said, found, why or "not about what is asked")
    lost = list(_grouped(each.declaration for each in found.resolved.lost))
    if lost:
        result("\nGives way, by its own standard's rule")
    for said in lost:
        _voice(said, found, "something nearer or more specific speaks instead")


def _voice(said: Sequence[Declaration], found: Explained, why: str) -> None:
    first = said[0]
    whom = _whom(sorted({d.agent for d in said if d.agent}, key=str.casefold), found.wish.agent)
    where = f" [{', '.join(first.territory)}]" if first.territory else ""
    terms = f"; terms: {first.terms}" if first.terms else ""
    words = f"{_STANCES[first.stance or Stance.RESERVE]} {_uses(d.use for d in said)}{whom}{where}{terms}"
    _say(f"  {first.source.standard:{_INDENT - 2}}", words)
    _say(" " * _INDENT, f"{_place(first, found)}: {why}")


def _whom(agents: Sequence[str], asking: str | None) -> str:
    """To which crawlers, the asking one first: a group of robots.txt may name a hundred of them."""
    if not agents:
        return ""
    ranked = sorted(agents, key=lambda agent: agent.casefold() != (asking or "").casefold())
    more = len(ranked) - _AGENTS
    return f", for {', '.join(ranked[:_AGENTS])}" + (f" and {more} more" if more > 0 else "")


def _grouped(declarations: Iterable[Declaration]) -> Iterator[list[Declaration]]:
    """What one sentence says, of several uses and to several crawlers, together."""
    heard: dict[tuple[object, ...], list[Declaration]] = {}
    for d in declarations:
        source = d.source
        place = (source.standard, source.where, source.channel, source.place)
        heard.setdefault((*place, d.stance, d.territory, d.terms, d.agent), []).append(d)
    groups: dict[tuple[object, ...], list[Declaration]] = {}
    for (*said, agent), each in heard.items():
        key = (*said, agent is None, frozenset(d.use for d in each))
        groups.setdefault(key, []).extend(each)
    yield from groups.values()


def _uses(named: Iterable[Use]) -> str:
    """The widest names for exactly these uses."""
    left = {leaf for use in named for leaf in use.leaves}
    found = []
    for use in Use:
        if left.issuperset(use.leaves):
            found.append("any use" if use is Use.ANY else use.value)
            left -= set(use.leaves)
    return ", ".join(found)


def _place(declaration: Declaration, found: Explained) -> str:
    source = declaration.source
    parts, asked = urlsplit(source.where), urlsplit(found.source.address)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    where = path if parts.netloc and parts.netloc == asked.netloc else source.where
    if source.channel == Channel.HEADER:
        return f"header of {where}"
    if source.channel == Channel.EMBEDDED:
        return "inside the file"
    if source.channel == Channel.LIST:
        return f"on the list {where}"
    line = f", line {source.place}" if source.channel == Channel.ROBOTS and source.place else ""
    return f"{where}{line}"


def _answers(found: Explained) -> None:
    profile = found.wish.profile
    if profile is None:
        result("\nWhat was said, at its strictest")
        _answer("access", found.acquisition, silence="nobody speaks of it")
        for use, decision in found.uses:
            _answer(use.value, decision, silence="nobody speaks of it")
        result("\nWhat silence means is a legal assumption: choose one with --profile.")
        for each in PROFILES.values():
            _say(f"  {each.name:{_INDENT - 2}}", each.sentence)
        return
    result(f"\nAnswers under {profile.name}")
    _answer("may be fetched", found.acquisition, silence="nobody refuses it")
    for use, decision in found.uses:
        _answer(use.value, decision)
    _say(f"  {'the strictest':{_INDENT - 2}}", _OUTCOMES[found.gate.outcome])
    result("")
    _say("", f"{profile.sentence} ({profile.source}, {profile.dated}.) {NOT_ADVICE}")


def _answer(word: str, decision: Decision, silence: str = "") -> None:
    standards = sorted({d.source.standard for d in decision.because})
    by = f", by {', '.join(standards)}" if standards else ""
    words = silence if decision.basis is Basis.SILENCE and silence else _OUTCOMES[decision.outcome]
    if decision.basis is Basis.SILENCE and not silence:
        words = {Outcome.CLEARED: "cleared: nobody refuses it"}.get(decision.outcome, words)
    _say(f"  {word:{_INDENT - 2}}", words + by)


def _say(begin: str, words: str) -> None:
    indent = " " * len(begin)
    for paragraph in words.split("\n"):
        result(
            textwrap.fill(
                paragraph,
                _WIDTH,
                initial_indent=begin,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )


def _tell_many(explained: Sequence[Explained]) -> None:
    """A line for each address, and how many came to the same."""
    for each in explained[:_MOST]:
        result(f"  {_verdict(each):16} {each.source.address}")
    if len(explained) > _MOST:
        result(f"  and {len(explained) - _MOST:,} more; --json tells of all")
    counts = Counter(map(_verdict, explained))
    result("\n" + ", ".join(f"{number:,} {word}" for word, number in counts.most_common()))
    if unread := sum(not each.source.is_read for each in explained):
        result(f"What the file itself says was not heard of {unread:,} of them: save it, and name --observation.")
    result("--about URL explains one of them.")


def _verdict(found: Explained) -> str:
    if found.wish.profile is None and found.gate.basis is Basis.SILENCE:
        return "nobody speaks"
    return found.gate.outcome.value


# --- for programs -----------------------------------------------------------------------------------------


def _shown(found: Explained) -> dict[str, Any]:
    profile = found.wish.profile
    answers = {
        "acquisition": _decision(found.acquisition),
        "uses": {use.value: _decision(decision) for use, decision in found.uses},
        "gate": found.gate.outcome.value,
    }
    return {
        "schema": _SCHEMA,
        "address": found.source.address,
        "leads_to": list(found.source.also),
        "heard_at": found.source.at,
        "at": found.wish.at,
        "agent": found.wish.agent or "",
        "territory": found.wish.territory or "",
        "profile": profile.name if profile else "",
        "origin": found.source.origin,
        "file_heard": found.source.is_read,
        "said": [{**_declaration(d), "decides": found.decides(d)} for d in found.resolved.speaking],
        "lost": [{**_declaration(each.declaration), "reason": each.reason} for each in found.resolved.lost],
        "overruled": sorted(
            {(o.declaration.id, o.declaration.use.value, o.rule.value) for d in found.decisions for o in d.overruled}
        ),
        "problems": [{"where": p.where, "reason": p.reason, "why": p.why} for p in found.resolved.problems],
        "silent": list(found.silent),
        **({"answers": answers} if profile else {}),
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "outcome": decision.outcome.value,
        "reason": decision.reason,
        "why": sentence(decision.reason),
        "because": [d.id for d in decision.because],
        "at": decision.question.at,
    }


def _declaration(declaration: Declaration) -> dict[str, Any]:
    source = declaration.source
    return {
        "id": declaration.id,
        "standard": source.standard,
        "where": source.where,
        "channel": source.channel,
        "place": source.place,
        "digest": source.digest.hex(),
        "heard_at": source.heard_at,
        "stance": declaration.stance.word if declaration.stance else "",
        "use": declaration.use.value,
        "agent": declaration.agent or "",
        "territory": list(declaration.territory),
        "terms": declaration.terms or "",
        "voice": declaration.voice.words,
    }
