"""TDM-AI: declarations on an ISCC, the content's own code (Liccium, technical specification of 2025-11-04, a draft).

Said in either of its vocabularies: five labels of draft-ietf-aipref-vocab-02 with the values `"true"` and `"false"`,
where `all` stands for those that are not given; or TDMRep's reservation and policy, also as the ISCC Foundation's own
schema of service metadata spells them (tdm-0.7.0).  The examples leave out `version` and `intent`, which the schema
requires: both are read.

A declaration may say that it replaces another.  Whether the same person said both can only be told from a verified
credential, which is not in the document, so both speak, and the stricter decides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from placet.core.declaration import Declaration
from placet.core.ids import canonical_url, parse_subject
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import json_text
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.saying import Speaker, account, leaves_of, meant, speaker, strictest, subject_at, web_address
from placet.signals.tdmrep import OPEN, RESERVED

__all__ = ["CODEC", "read", "select", "write"]

_STANDARD = "tdmai"
_GENERATIVE = (Use.TRAIN_GENERATIVE,)  # and its finetune, below it
_INPUT = (Use.INPUT, Use.OUTPUT_SUMMARY)
_NARROW: dict[str, tuple[Use, ...]] = {
    "search": (Use.SEARCH,),
    "ai-use": _INPUT,
    "train-genai": _GENERATIVE,
    "train-ai": (Use.TRAIN,),
}
# As in RSL: a refusal of all reaches what nobody has named yet, a permission stops at what the words name.
REFUSED = {**_NARROW, "all": (Use.SEARCH, Use.MINE, Use.TRAIN, Use.INPUT, Use.OUTPUT, Use.DATASET)}
ALLOWED = {**_NARROW, "all": (Use.SEARCH, Use.MINE, Use.TRAIN, *_INPUT)}

_RESERVATIONS = ("tdm-reservation", "tdm_reservation")
_POLICIES = ("tdm-policy", "tdm_policy")
_FIELDS = frozenset(
    {*REFUSED, *_RESERVATIONS, *_POLICIES, "version", "iscc", "intent", "reference", "summary", "policy"}
)
_FRAME = frozenset({"@context", "@type", "$schema", "id", "type"})
_INTENTS = frozenset({"activate", "update", "supersede", "supercede"})  # the last is the prose's spelling
_NO = ("false", "n", "no", "0")
_ISCC = re.compile(r"ISCC:[A-Z2-7]{10,200}", re.IGNORECASE)
_MOST = 10_000


def read(document: Document) -> Heard:
    """What is declared of each ISCC; SignalError when nothing in the document is a declaration."""
    voice = speaker(document, _STANDARD)
    found = _declarations(json_text.parse(document.body, document.where))
    if not found:
        raise SignalError(f"{document.where} is JSON, but no declaration on an ISCC")
    heard = [_read_one(voice, place, each) for place, each in enumerate(found[:_MOST])]
    said = tuple(d for each in heard for d in each.declarations)
    cut = (voice.problem(f"it has more than {_MOST} declarations; the rest was not read"),) if found[_MOST:] else ()
    return Heard(said, (*(p for each in heard for p in each.problems), *cut))


def _declarations(value: Any) -> list[dict[str, Any]]:
    """One declaration, several, or the subject of a credential whose signature is not judged here."""
    listed = value if isinstance(value, list) else [value]
    inner = [each.get("credentialSubject", each) if isinstance(each, dict) else each for each in listed]
    flat = [one for each in inner for one in (each if isinstance(each, list) else [each])]
    return [one for one in flat if isinstance(one, dict) and "iscc" in one]


def _read_one(voice: Speaker, place: int, value: Mapping[str, Any]) -> Heard:
    iscc = value["iscc"]
    if not isinstance(iscc, str) or not _ISCC.fullmatch(iscc.strip()):
        return Heard(problems=(voice.problem(f"declaration {place}: {iscc!r:.80} is no ISCC"),))
    subject = parse_subject(iscc.strip())
    found = {label: _stance(value[label]) for label in REFUSED if label in value}
    faults = [*_outline_faults(value), *(f"{label} is {fault}" for label, (_, fault) in found.items() if fault)]
    terms = _address(value.get("policy"))
    said: list[Declaration] = []
    for use, stance in _by_leaf({label: stance for label, (stance, _) in found.items()}).items():
        said += voice.say([use], stance, subject=subject, terms=terms, place=place)
    reserved, more = _reservation(value)
    for use, stance, policy in reserved:
        said += voice.say([use], stance, subject=subject, terms=policy, place=place)
    told = (voice.problem(f"declaration {place}: {fault}") for fault in (*faults, *more))
    return Heard(tuple(said), tuple(told))


def _address(value: object) -> str | None:
    return canonical_url(value) if isinstance(value, str) and web_address(value) else None


def _reservation(value: Mapping[str, Any]) -> tuple[list[tuple[Use, Stance, str | None]], list[str]]:
    """TDMRep sections 5.1 and 5.2: reserved, and perhaps to be had where the policy says."""
    said: list[tuple[Use, Stance, str | None]] = []
    faults: list[str] = []
    for name in filter(value.__contains__, _RESERVATIONS):
        number = value[name]
        is_number = type(number) is int and number in (0, 1)
        if not is_number:
            faults.append(f"{name} is {number!r:.80}, not the number 0 or 1")
        if is_number and number == 0:
            said += [(use, Stance.ALLOW, None) for use in OPEN]
        elif number == 1 or str(number).strip() == "1":
            terms = next(filter(None, (_address(value.get(policy)) for policy in _POLICIES)), None)
            said += [(use, Stance.LICENSE if terms else Stance.RESERVE, terms) for use in RESERVED]
    return said, faults


def _outline_faults(value: Mapping[str, Any]) -> Iterator[str]:
    if value.get("version", "1.0") != "1.0":
        yield f"version {value['version']!r:.80} is not known"
    if value.get("intent", "activate") not in _INTENTS:
        yield f"intent {value['intent']!r:.80} is not known"
    unknown = sorted(set(value) - _FIELDS - _FRAME)
    yield from (f"nobody defined {name[:80]!r}" for name in unknown)


def _stance(value: object) -> tuple[Stance | None, str]:
    """A no in any spelling is a no; a yes has one spelling."""
    if value == "true":
        return Stance.ALLOW, ""
    if value == "false":
        return Stance.RESERVE, ""
    said = Stance.RESERVE if str(value).strip().lower() in _NO else None
    return said, f'{value!r:.80}, not "true" or "false"'


def _by_leaf(stances: Mapping[str, Stance | None]) -> dict[Use, Stance]:
    """The narrower label speaks before the wider one; where it cannot be read, no yes is inherited."""
    said: dict[Use, Stance] = {}
    doubtful: set[Use] = set()
    for label in REFUSED:  # narrowest first
        stance = stances.get(label)
        uses = (ALLOWED if stance is Stance.ALLOW else REFUSED)[label]
        if stance is None:
            doubtful |= leaves_of(uses) if label in stances else set()
            continue
        for leaf in (leaf for leaf in Use if leaf in leaves_of(uses)):
            if stance is Stance.RESERVE or leaf not in doubtful:
                said.setdefault(leaf, stance)
    return said


def select(said: Sequence[Declaration], asked: Asked) -> Selected:
    """Everything about the same code, the strictest of it."""
    subject = subject_at(asked.url)
    return Selected(*strictest((d for d in said if d.subject == subject), subject))


def write(declarations: Sequence[Declaration], subject: Subject) -> Written:
    """One declaration; what it says is counted by reading it again."""
    labels = _labels(meant(declarations))
    if not labels or subject.kind is not Kind.IDENTIFIER or not _ISCC.fullmatch(subject.id):
        return Written((), *account(declarations, {}))
    value = {"version": "1.0", "iscc": subject.id, "intent": "activate", **labels}
    body = json.dumps(value, indent=1).encode() + b"\n"
    document = Document(where=subject.id, body=body, channel=Channel.SITE, media_type="application/json")
    said = {d.use: d.stance for d in read(document).declarations if d.stance}
    words = [leaves_of(uses) for uses in REFUSED.values()]
    return Written((document,), *account(declarations, said, words))


def _labels(wanted: Mapping[Use, Stance]) -> dict[str, str]:
    """`all` is refused only where search is spoken of, so that search engines are not a by-catch."""
    labels: dict[str, str] = {}
    for label in ("search", "ai-use", "train-genai"):
        stances = {wanted.get(leaf) for leaf in leaves_of(_NARROW[label])}
        if stances & {Stance.RESERVE, Stance.LICENSE}:
            labels[label] = "false"
        elif stances == {Stance.ALLOW}:
            labels[label] = "true"
    other = wanted.get(Use.TRAIN_OTHER)
    if other is not None and (other > Stance.ALLOW or "train-genai" in labels):
        labels["train-ai"] = "true" if other is Stance.ALLOW else "false"
    if labels.get("train-ai") == labels.get("train-genai"):
        labels.pop("train-genai", None)
    rest = leaves_of(REFUSED["all"]) - leaves_of(use for uses in _NARROW.values() for use in uses)
    unspoken = [leaf for leaf in leaves_of(REFUSED["all"]) - rest if leaf not in wanted]
    if any(wanted.get(leaf, Stance.ALLOW) > Stance.ALLOW for leaf in rest) and not unspoken:
        labels["all"] = "false"
    elif all(wanted.get(leaf) is Stance.ALLOW for leaf in leaves_of(ALLOWED["all"])):
        labels = {"all": "true"}
    return labels


CODEC = Codec(
    name=_STANDARD,
    spec="Liccium: TDM-AI technical specification, draft",
    dated="2025-11-04",
    says=frozenset(REFUSED["all"]),
    hears=frozenset({Channel.LIST, Channel.SITE, Channel.EMBEDDED}),
    read=read,
    write=write,
    select=select,
)
