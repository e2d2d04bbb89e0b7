"""IPTC Photo Metadata and PLUS: `plus:DataMining` in the XMP of a file (IPTC standard 2025.1, PLUS LDF vocabulary).

One value for a file.  Where several packets of it differ, the most restrictive holds.  A value that points to
conditions asks for a licence when the conditions are there, and is a plain no when they are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from placet.core.declaration import Declaration
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import SENTENCES, Use
from placet.errors import SignalError
from placet.signals import xmp
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.saying import Speaker, account, leaves_of, meant, speaker, strictest, subject_at, web_address
from placet.signals.xmp import Packet

__all__ = ["CODEC", "EXT", "PLUS", "XMP_TYPE", "properties", "read", "select", "source_types", "write"]

PLUS: Final = "http://ns.useplus.org/ldf/xmp/1.0/"
XMP_TYPE: Final = "application/rdf+xml"
EXT: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_VOCABULARY: Final = "http://ns.useplus.org/ldf/vocab/"
_STANDARD: Final = "iptc"
_MOST_TEXT: Final = 2_000
_ONE_FILE: Final = frozenset({Kind.URL, Kind.IDENTIFIER})

Words = Mapping[Use, Stance]

_NO: Final = Stance.RESERVE
_FOUR: Final = (Use.SEARCH, Use.MINE, Use.TRAIN)
_VALUES: Final[dict[str, Words]] = {
    "DMI-UNSPECIFIED": {},
    "DMI-ALLOWED": dict.fromkeys(_FOUR, Stance.ALLOW),
    "DMI-PROHIBITED-GENAIMLTRAINING": {Use.TRAIN_GENERATIVE: _NO},
    "DMI-PROHIBITED-AIMLTRAINING": {Use.TRAIN: _NO},
    "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING": {Use.SEARCH: Stance.ALLOW, Use.MINE: _NO, Use.TRAIN: _NO},
    "DMI-PROHIBITED": dict.fromkeys(_FOUR, _NO),
    "DMI-PROHIBITED-SEECONSTRAINT": dict.fromkeys(_FOUR, _NO),
    "DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR": dict.fromkeys(_FOUR, _NO),
    "DMI-PROHIBITED-SEELINKEDRIGHTSEXPR": dict.fromkeys(_FOUR, _NO),
}
_LABELS: Final = {
    "unspecified": "DMI-UNSPECIFIED",
    "allowed": "DMI-ALLOWED",
    "prohibited for generative ai/ml training": "DMI-PROHIBITED-GENAIMLTRAINING",
    "prohibited for ai/ml training": "DMI-PROHIBITED-AIMLTRAINING",
    "prohibited except for search engine indexing": "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING",
    "prohibited": "DMI-PROHIBITED",
}
_CONDITIONAL: Final = "DMI-PROHIBITED-SEECONSTRAINT"
_EMBEDDED: Final = "DMI-PROHIBITED-SEEEMBEDDEDRIGHTSEXPR"
_LINKED: Final = "DMI-PROHIBITED-SEELINKEDRIGHTSEXPR"


def read(document: Document) -> Heard:
    """What the packets say about data mining; SignalError when there is no XMP packet at all."""
    if not xmp.holds_packet(document.body):
        raise SignalError(f"{document.where} holds no XMP packet")
    voice = speaker(document, _STANDARD)
    try:
        packets = xmp.packets(document.body, document.where)
    except SignalError as error:
        return Heard(problems=(voice.problem(str(error)),))
    heard = [_read_packet(voice, packet) for packet in packets]
    return Heard(tuple(d for h in heard for d in h.declarations), tuple(p for h in heard for p in h.problems))


def _read_packet(voice: Speaker, packet: Packet) -> Heard:
    values = [value for value in packet.values(PLUS, "DataMining") if value]
    faults = ["plus:DataMining stands there more than once and differs"] if len(set(values)) > 1 else []
    said: list[Declaration] = []
    for value in dict.fromkeys((*values, *_legacy(packet))):
        key, fault = _key(value)
        faults += [fault] if fault else []
        said += _say(voice, packet, key, sure=not fault) if key else ()
    return Heard(tuple(said), tuple(map(voice.problem, faults)))


def _legacy(packet: Packet) -> list[str]:
    """Before 2023.1 the vocabulary's terms were tried as properties of IPTC's own namespace."""
    return [each.name for each in packet.properties if each.namespace == EXT and each.name.startswith("DMI-")]


def _key(value: str) -> tuple[str, str]:
    """The term of the vocabulary, and what is wrong with the way it is written."""
    key = value.removeprefix(_VOCABULARY)
    if key != value and key in _VALUES:
        return key, ""
    loose = value.replace("https://", "http://", 1).removeprefix(_VOCABULARY).strip().rstrip("/").upper()
    found = loose if loose in _VALUES else _label(value)
    if found:
        return found, f"plus:DataMining is {value[:200]!r} where {_VOCABULARY}{found} is meant"
    return "", f"plus:DataMining is {value[:200]!r}, which is not in the PLUS vocabulary"


def _label(value: str) -> str:
    """The labels for people, without the explanation that some writers add behind a dash or comma."""
    label = " ".join(value.lower().split())
    head = label.split(" - ")[0].split(",")[0].strip()
    if label.startswith("prohibited, see "):
        ends = {"constraint": _CONDITIONAL, "embedded": _EMBEDDED, "linked": _LINKED}
        return next((key for word, key in ends.items() if word in label), "DMI-PROHIBITED")
    return _LABELS.get(label) or _LABELS.get(head, "")


def _say(voice: Speaker, packet: Packet, key: str, *, sure: bool) -> tuple[Declaration, ...]:
    """A yes that is not written as the vocabulary has it is none."""
    terms = _conditions(packet, key)
    said: tuple[Declaration, ...] = ()
    for use, stance in _VALUES[key].items():
        if stance is Stance.ALLOW and not sure:
            continue
        said += voice.say((use,), Stance.LICENSE if terms else stance, terms=terms or None)
    return said


def _conditions(packet: Packet, key: str) -> str:
    """The conditions that a conditional value points to; empty when they are not there."""
    if key == _CONDITIONAL:
        texts = [text for text in packet.values(PLUS, "OtherConstraints") if text]
        return " ".join(texts[0].split())[:_MOST_TEXT] if texts else ""
    if key == _LINKED:
        links = (*packet.inside(EXT, "LinkedRightsExpr"), *packet.values(EXT, "LinkedEncRightsExpr"))
        return next((link for link in links if web_address(link)), "")
    if key == _EMBEDDED:
        held = (*packet.inside(EXT, "EncRightsExpr"), *packet.values(EXT, "EmbdEncRightsExpr"))
        return "the rights expression embedded in the file" if any(held) else ""
    return ""


def source_types(document: Document) -> tuple[str, ...]:
    """What the packets declare as digital source type, as it is written; nothing when they cannot be read."""
    if not xmp.holds_packet(document.body):
        return ()
    try:
        packets = xmp.packets(document.body, document.where)
    except SignalError:  # `read` tells it
        return ()
    names = ("DigitalSourceType", "digitalSourceType")
    return tuple(v for packet in packets for name in names for v in packet.values(EXT, name) if v)


def select(said: Sequence[Declaration], asked: Asked) -> Selected:
    """Of several packets the most restrictive, leaf by leaf."""
    subject = subject_at(asked.url)
    return Selected(*strictest((d for d in said if d.subject == subject), subject))


def write(declarations: Sequence[Declaration], subject: Subject) -> Written:
    """The XMP that says it of one file; a wish for search is never made up, so mining alone may stay unsaid."""
    said, values = properties(declarations) if subject.kind in _ONE_FILE else ({}, {})
    word = leaves_of(use for use, stance in said.items() if stance is not Stance.ALLOW)
    by_leaf = {leaf: stance for use, stance in said.items() for leaf in use.leaves}
    overstated, unsaid = account(declarations, by_leaf, [word])
    if not values:
        return Written((), overstated, unsaid)
    body = xmp.write(values, {PLUS: "plus"}, arrays={(PLUS, "OtherConstraints"): "Alt"})
    packet = Document(where=subject.id, body=body, channel=Channel.EMBEDDED, media_type=XMP_TYPE)
    return Written((packet,), overstated, unsaid)


def properties(declarations: Sequence[Declaration]) -> tuple[Words, dict[tuple[str, str], str]]:
    """What the file will say, and the XMP properties that say it."""
    key = _choose(meant(declarations))
    if not key:
        return {}, {}
    values = {(PLUS, "DataMining"): _VOCABULARY + key}
    if key != _CONDITIONAL:
        return _VALUES[key], values
    values[PLUS, "OtherConstraints"] = _sentence(declarations)
    return dict.fromkeys(_FOUR, Stance.LICENSE), values


def _choose(wanted: Words) -> str:
    """The narrowest value that says every no that PLUS has a word for."""
    stances = {use: {wanted.get(leaf) for leaf in use.leaves} for use in (*_FOUR, Use.TRAIN_GENERATIVE)}
    refused = {use for use, held in stances.items() if _NO in held}
    priced = {use for use, held in stances.items() if Stance.LICENSE in held}
    if priced and not refused:
        return _CONDITIONAL
    refused |= priced
    if not refused:
        open_ = all(held == {Stance.ALLOW} for held in stances.values())
        return "DMI-ALLOWED" if open_ else ""
    if Use.SEARCH in refused:
        return "DMI-PROHIBITED"
    if Use.MINE in refused:
        return _without_search(refused, wanted)
    other = wanted.get(Use.TRAIN_OTHER) in (_NO, Stance.LICENSE)
    return "DMI-PROHIBITED-AIMLTRAINING" if other else "DMI-PROHIBITED-GENAIMLTRAINING"


def _without_search(refused: set[Use], wanted: Words) -> str:
    if wanted.get(Use.SEARCH) is Stance.ALLOW:
        return "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING"
    return "DMI-PROHIBITED-AIMLTRAINING" if Use.TRAIN in refused else ""


def _sentence(declarations: Sequence[Declaration]) -> str:
    """The condition, for people: a reader of the term alone takes it to stand before every use."""
    priced = [d for d in declarations if d.stance is Stance.LICENSE]
    uses = ", ".join(SENTENCES[use] for use in Use if use in {d.use for d in priced})
    terms = sorted({d.terms for d in priced if d.terms})
    where = f"see {'; '.join(terms)}" if terms else "ask the rights holder"
    return f"A licence is needed for: {uses} ({where}). This field restricts nothing else."


CODEC = Codec(
    name=_STANDARD,
    spec="IPTC Photo Metadata Standard 2025.1, property Data Mining (PLUS LDF vocabulary)",
    dated="2025-11-03",
    says=frozenset(_FOUR),
    hears=frozenset({Channel.EMBEDDED}),
    read=read,
    write=write,
    select=select,
)
