"""IETF AIPREF: `Content-Usage` as a header and as a rule in robots.txt.

draft-ietf-aipref-vocab-08 (2026-09-14) and draft-ietf-aipref-attach-05 (2026-08-19); not RFCs.  A label is allowed,
disallowed or unknown; unknown is neither.  In robots.txt the longest path selects one statement, whole: nothing is
merged from shorter ones, and a path that may not be crawled has no preference.

Older drafts had other labels.  A conforming reader ignores them, and so does `CODEC`; `LEGACY` hears them as a standard
of its own, `aipref-legacy`, and only their refusals: somebody who wrote `genai=n` meant no, but a yes in words that
were withdrawn is no yes.  Those labels were nested; a narrower label beside a refusal takes its own uses out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from placet.core.declaration import Declaration, Problem
from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.signals import groups, http_fields
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.robots_file import PROBLEMS, RULES, RobotsFile
from placet.signals.saying import Speaker, account, leaves_of, meant, speaker
from placet.signals.structured_fields import parse_dictionary

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
    Label("train-ai", (Use.TRAIN,), (2, 3)),
    Label("train-ai", (Use.TRAIN_GENERATIVE,), (4, 8)),
    Label("ai-use", _INPUT, (2, 2)),
    Label("ai-use", _INPUT, (8, 8)),
    Label("search", (Use.SEARCH,), (1, 8)),
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
_RULES = RULES | {_FIELD}  # attach-05 section 3 makes it a rule of the group, which closes the list of agents


def labels_of(draft: int) -> dict[str, Label]:
    """The labels that a draft of the vocabulary has."""
    return {label.name: label for label in LABELS if label.drafts[0] <= draft <= label.drafts[1]}


Said = list[tuple[tuple[Use, ...], Stance]]
Hear = Callable[[str], Said]  # a dictionary's text; ValueError when it does not parse


def _hear(text: str) -> Said:
    """The labels of today; anything else is ignored (vocab section 6.3)."""
    members = parse_dictionary(text)
    values = [(_NOW[key].uses, value) for key, value in members.items() if key in _NOW]
    return [(uses, _STANCES[value]) for uses, value in values if value in _STANCES]


def _hear_legacy(text: str) -> Said:
    """Refusals in the labels of older drafts, less what narrower labels beside them open."""
    members = parse_dictionary(text)
    words = {label.name: leaves_of(label.uses) for label in LABELS}
    opened = [words[key] for key, value in members.items() if value == "y" and key in words]
    said: Said = []
    for key, value in members.items():
        if value == "n" and key in words and key not in _NOW:
            left = words[key].difference(*(narrow for narrow in opened if narrow < words[key]))
            said.append((tuple(use for use in Use if use in left), Stance.RESERVE))
    return said


def _reader(name: str, hear: Hear) -> Callable[[Document], Heard]:
    def read(document: Document) -> Heard:
        voice = speaker(document, name)
        if document.channel is Channel.HEADER:
            return _read_header(voice, hear)
        file = groups.open_file(document, name, _RULES)
        if not any(group.named(_FIELD) for group in file.groups):
            return Heard((), file.problems)
        said, problems = groups.bounded(_statements(voice, file, hear), file.problems, voice)
        return Heard(said, (*problems, *islice(_unparsed(document.where, file), PROBLEMS)))

    return read


def _read_header(voice: Speaker, hear: Hear) -> Heard:
    """Several lines are one field (RFC 9651 section 4.2): what does not parse makes all of it unknown."""
    found = http_fields.values(voice.document.body, _FIELD)
    if not found:
        return Heard()
    try:
        said = hear(", ".join(value for value, _ in found))
    except ValueError as error:
        return Heard((), (voice.problem(f"Content-Usage cannot be parsed: {error}"),))
    line = found[0][1]
    return Heard(tuple(d for uses, stance in said for d in voice.say(uses, stance, place=line)))


def _statements(voice: Speaker, file: RobotsFile, hear: Hear) -> Iterator[Declaration]:
    site = groups.sayer(voice)
    yield from groups.frame(site, file)
    for agent, lines in groups.speakers(file):
        for line in lines:
            if line.name in ("allow", "disallow") and line.value:
                stance = Stance.ALLOW if line.name == "allow" else Stance.RESERVE
                yield site.frame(groups.path_in(line.value), line.number, agent, stance)
            if line.name != _FIELD:
                continue
            path, text = groups.split_rule(line.value)
            yield _selected(site, path, line.number, agent)
            try:
                for uses, stance in hear(text):
                    yield from site.say(uses, stance, path, line.number, agent)
            except ValueError:
                continue  # said once for all agents, by _unparsed


def _selected(site: groups.Sayer, path: str, line: int, agent: str | None) -> Declaration:
    """That a statement stands here, whatever in it is understood: it is selected, and shorter paths are not."""
    said = site.frame(path, line, agent)
    return replace(said, source=replace(said.source, channel=_HERE))


_HERE = "statement"


def _unparsed(where: str, file: RobotsFile) -> Iterator[Problem]:
    for line in dict.fromkeys(line for group in file.groups for line in group.named(_FIELD)):
        try:
            parse_dictionary(groups.split_rule(line.value)[1])
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


def _says(labels: Iterable[Label]) -> frozenset[Use]:
    return frozenset(use for label in labels for use in label.uses)


_NOW = labels_of(_CURRENT)

CODEC = Codec(
    name="aipref",
    spec="draft-ietf-aipref-vocab-08, draft-ietf-aipref-attach-05",
    dated="2026-09-14",
    says=_says(_NOW.values()),
    hears=frozenset({Channel.ROBOTS, Channel.HEADER}),
    read=_reader("aipref", _hear),
    write=_write,
    select=_select,
)
LEGACY = Codec(
    name="aipref-legacy",
    spec="draft-ietf-aipref-vocab-01 to -04",
    dated="2025-10-28",
    says=_says(label for label in LABELS if label.name not in _NOW),
    hears=frozenset({Channel.ROBOTS, Channel.HEADER}),
    read=_reader("aipref-legacy", _hear_legacy),
    write=_write_nothing,
    select=_select,
)
