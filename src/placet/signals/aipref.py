"""IETF AIPREF: `Content-Usage` as a header and as a rule in robots.txt.

draft-ietf-aipref-vocab-08 (2026-09-14) and draft-ietf-aipref-attach-05 (2026-08-19); not RFCs.  A label is allowed,
disallowed or unknown; unknown is neither.  In robots.txt the longest path selects one statement, whole: nothing is
merged from shorter ones, and a path that may not be crawled has no preference.

Older drafts had other labels.  A conforming reader ignores them, and so does `CODEC`; `LEGACY` hears them as a standard
of its own, `aipref-legacy`, and only their refusals: somebody who wrote `genai=n` meant no, but a yes in words that
were withdrawn is no yes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from placet.core.declaration import Declaration, Problem
from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.signals import groups, http_fields
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.robots_file import RobotsFile
from placet.signals.saying import Speaker, account, leaves_of, meant, speaker
from placet.signals.structured_fields import Token, parse_dictionary

__all__ = ["CODEC", "LABELS", "LEGACY", "Label", "labels_of"]

_INPUT = (Use.INPUT_INDEX, Use.INPUT_RETRIEVE, Use.OUTPUT_SUMMARY)
_ALL = (Use.SEARCH, Use.MINE, Use.TRAIN, Use.INPUT, Use.OUTPUT, Use.DATASET)


@dataclass(frozen=True, slots=True)
class Label:
    """What a label of a draft speaks about, in our words; `drafts` are the first and last that have it."""

    name: str
    uses: tuple[Use, ...]
    drafts: tuple[int, int]


# Design sheet "standards", section 2 (history and meanings) and 12.2 (mapping).
LABELS = (
    Label("train-ai", (Use.TRAIN_GENERATIVE,), (5, 8)),
    Label("ai-use", _INPUT, (8, 8)),
    Label("search", (Use.SEARCH,), (5, 8)),
    # `train-ai` and `search` of older drafts are heard as those of today, by `CODEC`.
    Label("tdm", _ALL, (1, 1)),
    Label("ai", (Use.TRAIN,), (1, 1)),
    Label("genai", (Use.TRAIN_GENERATIVE,), (1, 1)),
    Label("inference", _INPUT, (1, 1)),
    Label("all", _ALL, (2, 2)),
    Label("train-genai", (Use.TRAIN_GENERATIVE,), (2, 3)),
    Label("bots", _ALL, (3, 4)),
    Label("ai-output", _INPUT, (4, 4)),
)
_CURRENT = 8
_STANCES = {"y": Stance.ALLOW, "n": Stance.RESERVE}
_FIELD = "content-usage"
_RULE = re.compile(r"(/[^ \t]*)?[ \t]*(.*)", re.DOTALL)


def labels_of(draft: int) -> dict[str, Label]:
    """The labels that a draft of the vocabulary has."""
    return {label.name: label for label in LABELS if label.drafts[0] <= draft <= label.drafts[1]}


def _legacy_labels() -> dict[str, Label]:
    return {label.name: label for label in LABELS if label.drafts[1] < _CURRENT}


def _codec(name: str, labels: Mapping[str, Label], stances: Mapping[str, Stance]) -> Codec:
    """A reader of `Content-Usage` that knows some labels and hears some stances."""

    def read(document: Document) -> Heard:
        voice = speaker(document, name)
        if document.channel is Channel.HEADER:
            return _read_header(voice, labels, stances)
        file = groups.open_file(document, name)
        lines = [line for group in file.groups for line in group.named(_FIELD)]
        if not lines:
            return Heard((), file.problems)
        said, problems = groups.bounded(_statements(voice, file, labels, stances), file.problems, voice)
        return Heard(said, (*problems, *_unparsed(document.where, file)))

    return Codec(
        name=name,
        spec=f"draft-ietf-aipref-vocab-0{_CURRENT}" if labels is _NOW else "draft-ietf-aipref-vocab-01 to -04",
        dated="2026-09-14" if labels is _NOW else "2025-10-28",
        says=frozenset(use for label in labels.values() for use in label.uses),
        hears=frozenset({Channel.ROBOTS, Channel.HEADER}),
        read=read,
        write=_write if labels is _NOW else _write_nothing,
        select=_select,
    )


def _read_header(voice: Speaker, labels: Mapping[str, Label], stances: Mapping[str, Stance]) -> Heard:
    """Several lines are one field (RFC 9651 section 4.2): what does not parse makes all of it unknown."""
    found = http_fields.values(voice.document.body, _FIELD)
    if not found:
        return Heard()
    try:
        said = _said(", ".join(value for value, _ in found), labels, stances)
    except ValueError as error:
        return Heard((), (voice.problem(f"Content-Usage cannot be parsed: {error}"),))
    line = found[0][1]
    return Heard(tuple(d for uses, stance in said for d in voice.say(uses, stance, place=line)))


def _said(
    text: str, labels: Mapping[str, Label], stances: Mapping[str, Stance]
) -> list[tuple[tuple[Use, ...], Stance]]:
    members = parse_dictionary(text)
    return [
        (labels[key].uses, stances[value])
        for key, value in members.items()
        if key in labels and isinstance(value, Token) and value in stances
    ]


def _statements(
    voice: Speaker, file: RobotsFile, labels: Mapping[str, Label], stances: Mapping[str, Stance]
) -> Iterator[Declaration]:
    site = groups.sayer(voice)
    yield from groups.frame(site, file)
    for agent, lines in groups.speakers(file):
        for line in lines:
            if line.name in ("allow", "disallow") and line.value:
                stance = Stance.ALLOW if line.name == "allow" else Stance.RESERVE
                yield site.frame(groups.path_in(line.value), line.number, agent, stance)
            if line.name != _FIELD:
                continue
            path, text = _split_rule(line.value)
            yield _selected(site, path, line.number, agent)
            try:
                for uses, stance in _said(text, labels, stances):
                    yield from site.say(uses, stance, path, line.number, agent)
            except ValueError:
                continue  # said once for all agents, by _unparsed


def _selected(site: groups.Sayer, path: str, line: int, agent: str | None) -> Declaration:
    """That a statement stands here, whatever in it is understood: it is selected, and shorter paths are not."""
    said = site.frame(path, line, agent)
    return replace(said, source=replace(said.source, channel=_HERE))


_HERE = "statement"


def _split_rule(value: str) -> tuple[str, str]:
    """attach-05 section 3: a value that begins with a slash begins with a path."""
    found = _RULE.fullmatch(value)
    path, text = found.groups() if found else (None, value)
    return path or "", text or ""


def _unparsed(where: str, file: RobotsFile) -> Iterator[Problem]:
    for line in dict.fromkeys(line for group in file.groups for line in group.named(_FIELD)):
        try:
            parse_dictionary(_split_rule(line.value)[1])
        except ValueError as error:
            why = f"Line {line.number} of {where}: Content-Usage cannot be parsed: {error}."
            yield Problem(f"{where}:{line.number}", "signal.malformed", why)


def _select(said: Sequence[Declaration], asked: Asked) -> Selected:
    """attach-05 section 3.2: first whether the path may be crawled, then the statement with the longest path.

    Statements with the same path all speak, and `core.decide` takes the strictest (vocab section 5.1), as it does
    between the header and robots.txt.
    """
    try:
        subject = Subject(Kind.URL, canonical_url(asked.url))
    except ValueError:
        return Selected((), tuple(said))
    speaking = [d for d in said if d.subject == subject]
    lost: list[Declaration] = []
    rules = [d for d in said if d.source.channel == groups.FRAME]
    stated = [d for d in said if d.source.channel not in (groups.FRAME, Channel.HEADER)]
    closed = {group.agent for group in groups.listen(rules, asked) if _is_closed(group.won)}
    listened = {group.agent: group for group in groups.listen([*stated, *_frames(rules)], asked)}
    for agent, group in listened.items():
        won = [d for d in group.won if d.source.channel not in (groups.FRAME, _HERE)]
        lost += [d for d in group.lost if d.source.channel not in (groups.FRAME, _HERE)]
        (lost if agent in closed else speaking).extend(won)
    return Selected(tuple(replace(d, subject=subject) for d in speaking), tuple(lost))


def _frames(rules: Sequence[Declaration]) -> list[Declaration]:
    """That a token has a group, without the rules of paths in it."""
    return [d for d in rules if "/" not in d.subject.id.partition("://")[2]]


def _is_closed(won: Sequence[Declaration]) -> bool:
    return bool(won) and all(d.stance is Stance.RESERVE for d in won if d.use is Use.ACCESS)


def _write(declarations: Sequence[Declaration], subject: Subject) -> Written:
    """A header for one address, a rule for everybody in robots.txt for a site or a pattern."""
    place, said = groups.place_of(subject), _labelled(meant(declarations))
    if place is None:
        return Written((), unsaid=tuple(declarations))
    origin, path = place
    value = ", ".join(f"{name}={'y' if stance is Stance.ALLOW else 'n'}" for name, stance in said.items())
    if not value:
        documents: tuple[Document, ...] = ()
    elif subject.kind is Kind.URL:
        body = f"Content-Usage: {value}\r\n".encode()
        documents = (Document(where=canonical_url(subject.id), body=body, channel=Channel.HEADER),)
    else:
        rule = f"Content-Usage: {value}" if path == "/" else f"Content-Usage: {path} {value}"
        documents = (groups.robots_document(origin, ["User-agent: *", "Allow: /", rule]),)
    heard = {leaf: stance for name, stance in said.items() for leaf in leaves_of(_NOW[name].uses)}
    words = [leaves_of(label.uses) for label in _NOW.values()]
    overstated, unsaid = account(declarations, heard, words)
    return Written(documents, overstated, unsaid)


def _labelled(wanted: Mapping[Use, Stance]) -> dict[str, Stance]:
    """The labels that say no more than was meant: every leaf refused, or every leaf allowed.

    A price is said as a no: an arrangement that permits the use lifts it (vocab section 5.2).
    """
    said: dict[str, Stance] = {}
    for name, label in _NOW.items():
        stances = {wanted.get(leaf) for leaf in leaves_of(label.uses)}
        if stances <= {Stance.RESERVE, Stance.LICENSE}:
            said[name] = Stance.RESERVE
        elif stances == {Stance.ALLOW}:
            said[name] = Stance.ALLOW
    return said


def _write_nothing(declarations: Sequence[Declaration], _: Subject) -> Written:
    """Withdrawn words are heard, never written."""
    return Written((), unsaid=tuple(declarations))


_NOW = labels_of(_CURRENT)
CODEC = _codec("aipref", _NOW, _STANCES)
LEGACY = _codec("aipref-legacy", _legacy_labels(), {"n": Stance.RESERVE})
