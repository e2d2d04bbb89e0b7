"""Content Signals (Cloudflare, contentsignals.org, 2025-09-24; `use=` of 2026-07-01 is a beta).

`Content-Signal: [path] key=value, ...` in a group of robots.txt.  A key that is absent neither grants nor restricts.
The policy has no rule for two lines that both match; ours: for each use the longest path that says anything about it,
and of equal paths the strictest.  So a line about one use never lifts a refusal of another.

Two things that are seen and that the policy does not define are heard as refusals only, since a yes there binds
nobody: lines before the first group, which are taken as said to everybody, and a header of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from types import MappingProxyType
from typing import Final

from placet.core.declaration import Declaration, Problem
from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.signals import groups, http_fields
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.robots_file import PROBLEMS, Line, RobotsFile
from placet.signals.saying import Speaker, account, leaves_of, meant, speaker

__all__ = ["CODEC", "KEYS", "USES", "read", "select", "write"]

Said = list[tuple[Use, Stance]]

_NAME = "content-signals"
_FIELD = "content-signal"
_PLURAL = "content-signals"  # a common slip
_VALUES = {"yes": Stance.ALLOW, "no": Stance.RESERVE}
_PAIR = re.compile(r"([a-z-]+)\s*=\s*([^\s=]+)")

KEYS: Final = MappingProxyType(
    {
        "search": (Use.SEARCH,),
        "ai-input": (Use.INPUT_INDEX, Use.INPUT_RETRIEVE, Use.OUTPUT_SUMMARY),
        "ai-train": (Use.TRAIN,),
    }
)
_A, _R = Stance.ALLOW, Stance.RESERVE
# `immediate`: nothing is stored or used again; `reference`: index, excerpt, link back; `full`: summarise, reproduce.
USES: Final = MappingProxyType(
    {
        "immediate": {Use.SEARCH: _R, Use.INPUT_INDEX: _R, Use.INPUT_RETRIEVE: _A, Use.OUTPUT_SUMMARY: _R},
        "reference": {Use.SEARCH: _A, Use.INPUT_INDEX: _A, Use.INPUT_RETRIEVE: _A, Use.OUTPUT_SUMMARY: _R},
        "full": {Use.SEARCH: _A, Use.INPUT_INDEX: _A, Use.INPUT_RETRIEVE: _A, Use.OUTPUT_SUMMARY: _A},
    }
)


@dataclass(frozen=True, slots=True)
class _Signals:
    """What one line says, and what in it has no meaning."""

    path: str
    said: Said
    faults: tuple[str, ...]


def _parse(value: str) -> _Signals:
    path, text = groups.split_rule(value)
    said: Said = []
    faults: list[str] = []
    for pair in filter(None, (part.strip() for part in text.lower().split(","))):
        found = _PAIR.fullmatch(pair)
        key, word = found.groups() if found else (pair, "")
        meaning = _meaning(key, word)
        if meaning is not None:
            said += meaning
        elif not found or key in KEYS or key == "use":  # an unknown key is somebody's extension
            faults.append(f"{pair[:80]!r} is no signal")
    return _Signals(path, said, tuple(faults))


def _meaning(key: str, word: str) -> Said | None:
    if key == "use" and word in USES:
        return list(USES[word].items())
    if key in KEYS and word in _VALUES:
        return [(use, _VALUES[word]) for use in KEYS[key]]
    return None


def _refusals(said: Said) -> Said:
    return [(use, stance) for use, stance in said if stance is Stance.RESERVE]


def read(document: Document) -> Heard:
    voice = speaker(document, _NAME)
    if document.channel is Channel.HEADER:
        return _read_header(voice)
    file = groups.open_file(document, _NAME)
    if not any(True for _ in _lines(file)):
        return Heard((), file.problems)
    said, problems = groups.bounded(_statements(groups.sayer(voice), file), file.problems, voice)
    return Heard(said, (*problems, *islice(_doubts(document.where, file), PROBLEMS)))


def _read_header(voice: Speaker) -> Heard:
    found = [(line, _parse(value)) for value, line in http_fields.values(voice.document.body, _FIELD)]
    said = [
        d for line, each in found for use, stance in _refusals(each.said) for d in voice.say([use], stance, place=line)
    ]
    return Heard(tuple(said), tuple(voice.problem(fault) for _, each in found for fault in each.faults))


def _lines(file: RobotsFile) -> Iterator[Line]:
    """Each line of signals once, wherever it stands."""
    inside = [line for group in file.groups for line in group.lines]
    return (line for line in dict.fromkeys((*file.outside, *inside)) if line.name in (_FIELD, _PLURAL))


def _statements(site: groups.Sayer, file: RobotsFile) -> Iterator[Declaration]:
    yield from groups.frame(site, file)
    listeners = dict(groups.speakers(file))
    for agent, lines in {None: (), **listeners}.items():
        for line in lines:
            if line.name == _FIELD:
                yield from _spoken(site, line, _parse(line.value), agent)
            elif line.name == _PLURAL:
                yield from _spoken(site, line, _only_no(_parse(line.value)), agent)
        for line in file.outside:
            if line.name in (_FIELD, _PLURAL):
                yield from _spoken(site, line, _only_no(_parse(line.value)), agent)


def _only_no(signals: _Signals) -> _Signals:
    return replace(signals, said=_refusals(signals.said))


def _spoken(site: groups.Sayer, line: Line, signals: _Signals, agent: str | None) -> Iterator[Declaration]:
    for use, stance in signals.said:
        yield from site.say([use], stance, signals.path, line.number, agent)


def _doubts(where: str, file: RobotsFile) -> Iterator[Problem]:
    for line in _lines(file):
        faults = list(_parse(line.value).faults)
        if line.name == _PLURAL:
            faults.append("the name is Content-Signal, without an s; only its refusals are heard")
        for fault in faults:
            place = f"{where}:{line.number}"
            yield Problem(place, "signal.malformed", f"Line {line.number} of {where}: {fault}.")


def select(said: Sequence[Declaration], asked: Asked) -> Selected:
    """For each use and group, the longest path that says anything about it, and what a header says of the page."""
    try:
        subject = Subject(Kind.URL, canonical_url(asked.url))
    except ValueError:
        return Selected((), tuple(d for d in said if d.source.channel != groups.FRAME))
    frames = [d for d in said if d.source.channel == groups.FRAME]
    stated = [d for d in said if d.source.channel != groups.FRAME]
    speaking = [d for d in stated if d.subject == subject]
    lost: list[Declaration] = []
    for use in dict.fromkeys(d.use for d in stated):
        for group in groups.listen([*frames, *(d for d in stated if d.use is use)], asked):
            speaking += (d for d in group.won if d.source.channel != groups.FRAME)
            lost += (d for d in group.lost if d.source.channel != groups.FRAME)
    return Selected(tuple(replace(d, subject=subject) for d in speaking), tuple(lost))


def write(declarations: Sequence[Declaration], subject: Subject) -> Written:
    """One line for everybody; a finer no than a key has is left unsaid rather than widened."""
    place, wanted = groups.place_of(subject), meant(declarations)
    pairs, heard = _pairs(wanted) if place else ([], {})
    documents: tuple[Document, ...] = ()
    if place and pairs:
        origin, path = place
        value = ", ".join(pairs)
        line = f"Content-Signal: {value}" if path == "/" else f"Content-Signal: {path} {value}"
        documents = (groups.robots_document(origin, ["User-agent: *", line, "Allow: /"]),)
    return Written(documents, *account(declarations, heard, [leaves_of(uses) for uses in KEYS.values()]))


def _pairs(wanted: Mapping[Use, Stance]) -> tuple[list[str], dict[Use, Stance]]:
    """The pairs that say no more than was meant.  A price is said as a no: the policy has no other word for it."""
    pairs: list[str] = []
    heard: dict[Use, Stance] = {}
    for key, uses in KEYS.items():
        stance = _one([wanted.get(leaf) for leaf in leaves_of(uses)])
        if stance:
            pairs.append(f"{key}={'yes' if stance is Stance.ALLOW else 'no'}")
            heard |= dict.fromkeys(leaves_of(uses), stance)
    for word, meanings in USES.items():
        if not heard.keys() & meanings.keys() and all(wanted.get(use) is stance for use, stance in meanings.items()):
            pairs.append(f"use={word}")
            heard |= meanings
    return pairs, heard


def _one(stances: Iterable[Stance | None]) -> Stance | None:
    found = set(stances)
    if found <= {Stance.RESERVE, Stance.LICENSE}:
        return Stance.RESERVE
    return Stance.ALLOW if found == {Stance.ALLOW} else None


CODEC = Codec(
    name=_NAME,
    spec="Content Signals Policy (contentsignals.org)",
    dated="2026-07-01",
    says=frozenset({use for uses in KEYS.values() for use in uses}),
    hears=frozenset({Channel.ROBOTS, Channel.HEADER}),
    read=read,
    write=write,
    select=select,
)
