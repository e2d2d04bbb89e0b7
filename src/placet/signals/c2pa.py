"""C2PA manifests: the CAWG training and data mining assertion 1.1, and C2PA's own of before version 2.

What is read is the report that the reference library gives of a file's manifest store.  The active manifest speaks
for the file; of the manifests it was made from the refusals are inherited, and no permission.  Of a manifest that
does not hold (validation state Invalid) a no is kept as weak evidence and a yes is none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from placet.core.declaration import Declaration
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import json_text
from placet.signals.codec import Asked, Channel, Codec, Document, Heard, Selected, Written
from placet.signals.saying import Speaker, account, meant, speaker, strictest, subject_at

__all__ = [
    "ASSERTION_TYPE",
    "CODEC",
    "LABEL",
    "REPORT_TYPE",
    "entries",
    "holds",
    "read",
    "select",
    "source_types",
    "write",
]

REPORT_TYPE: Final = "application/vnd.placet.c2pa-report+json"
ASSERTION_TYPE: Final = "application/vnd.placet.c2pa-assertion+json"
LABEL: Final = "cawg.training-mining"
_LABEL = re.compile(r"(cawg|c2pa)\.training-mining(\.v\d+)?(?:__\d+)?")
_STANDARD: Final = "c2pa"
_MOST_MANIFESTS: Final = 64
_MOST_TEXT: Final = 2_000
_ONE_FILE: Final = frozenset({Kind.URL, Kind.IDENTIFIER})
_INHERITED: Final = frozenset({"parentOf", "componentOf"})
_STATES: Final = frozenset({"Trusted", "Valid"})

_ASKS: Final[dict[str, tuple[Use, ...]]] = {
    "data_mining": (Use.MINE,),
    "ai_inference": (Use.INPUT, Use.OUTPUT_SUMMARY),
    "ai_generative_training": (Use.TRAIN_GENERATIVE,),
    "ai_training": (Use.TRAIN_OTHER,),
}
_OPENS: Final = {**_ASKS, "ai_inference": (Use.INPUT,)}  # to let a model read it is not to let it retell it


@dataclass(frozen=True, slots=True)
class _Store:
    """The manifests of a report; `state` is what the library found of the active one."""

    manifests: Mapping[str, Any]
    active: str
    state: str

    @property
    def holds(self) -> bool:
        return self.state in _STATES


@dataclass(frozen=True, slots=True)
class _Reached:
    """A manifest on the way down from the active one, and by which relationship it was reached."""

    label: str
    manifest: Mapping[str, Any]
    by: str
    depth: int


def read(document: Document) -> Heard:
    """What the manifests say; SignalError when it is no report of a manifest store, nor such an assertion."""
    value = json_text.parse(document.body, document.where)
    voice = speaker(document, _STANDARD)
    if isinstance(value, dict) and isinstance(value.get("label"), str) and "data" in value:
        return _read_assertion(voice, value, own=True, holds=True)
    store = _store(value, document.where)
    heard = [Heard(problems=tuple(map(voice.problem, _faults(store))))]
    for each in _reached(store):
        newer = _restated(store, each)
        heard += [
            _read_assertion(voice, found, own=each.depth == 0, holds=store.holds, newer=newer)
            for found in _about_ai(each)
        ]
    return Heard(tuple(d for h in heard for d in h.declarations), tuple(p for h in heard for p in h.problems))


def _store(value: Any, where: str) -> _Store:
    if not isinstance(value, dict) or not isinstance(value.get("manifests"), dict):
        raise SignalError(f"{where} is no report of a C2PA manifest store")
    active = value.get("active_manifest")
    return _Store(value["manifests"], active if isinstance(active, str) else "", str(value.get("validation_state")))


def _faults(store: _Store) -> Iterator[str]:
    if not isinstance(store.manifests.get(store.active), dict):
        yield "the C2PA manifest store names no active manifest"
    if store.state == "Invalid":
        yield "the C2PA manifest does not hold for this file: one of the two was changed since they were signed"
    elif not store.holds:
        yield f"nobody says whether the C2PA manifest holds (validation state {store.state[:200]})"
    if len(store.manifests) > _MOST_MANIFESTS:
        yield f"more than {_MOST_MANIFESTS} C2PA manifests; the rest are not read"
    for each in _reached(store):
        yield from _missing(store, each)


def _missing(store: _Store, each: _Reached) -> Iterator[str]:
    if not isinstance(each.manifest.get("assertions", []), list):
        yield "the assertions of a C2PA manifest are no list"
    for label, _ in _ingredients(each.manifest):
        if not isinstance(store.manifests.get(label), dict):
            yield f"the C2PA manifest of an ingredient, {label[:200]!r}, is not in the file"
    if any("training-mining" in str(uri) for uri in _list(each.manifest.get("redactions"))):
        yield "a C2PA assertion about training was taken out of an earlier manifest"
    for found in _about_ai(each):
        if (match := _LABEL.fullmatch(found["label"])) and match[2]:
            yield f"the C2PA assertion {found['label'][:200]!r} is of a version not known here"


def _reached(store: _Store) -> tuple[_Reached, ...]:
    """The active manifest, and those of its parents and components, each once."""
    queue = [(store.active, "parentOf", 0)]
    found: dict[str, _Reached] = {}
    while queue and len(found) < _MOST_MANIFESTS:
        label, by, depth = queue.pop(0)
        manifest = store.manifests.get(label)
        if label in found or not isinstance(manifest, dict):
            continue
        found[label] = _Reached(label, manifest, by, depth)
        below = ((name, "componentOf" if by == "componentOf" else how) for name, how in _ingredients(manifest))
        queue += [(name, how, depth + 1) for name, how in below]
    return tuple(found.values())


def _ingredients(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for each in _list(manifest.get("ingredients")):
        if isinstance(each, dict) and isinstance(each.get("active_manifest"), str):
            relationship = each.get("relationship")
            if relationship in _INHERITED:
                yield each["active_manifest"], relationship


def _about_ai(each: _Reached) -> Iterator[dict[str, Any]]:
    for found in _list(each.manifest.get("assertions")):
        if isinstance(found, dict) and isinstance(found.get("label"), str) and _LABEL.fullmatch(found["label"]):
            yield found


def _restated(store: _Store, each: _Reached) -> frozenset[str]:
    """What the active manifest's signer answered again: older words of the same declarant are history."""
    active = store.manifests.get(store.active)
    if each.depth == 0 or not store.holds or not isinstance(active, dict):
        return frozenset()
    signer = _signer(active)
    if not signer or _signer(each.manifest) != signer:
        return frozenset()
    stated = [_entries(found) or {} for found in _about_ai(_Reached(store.active, active, "", 0))]
    return frozenset(key.partition(".")[2] for one in stated for key, value in one.items() if _is_answer(key, value))


def _is_answer(key: str, value: Any) -> bool:
    return key.startswith("cawg.") and _entry(key.removeprefix("cawg."), value)[0] is not None


def _signer(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Names and serial number of the certificate, when all are there."""
    info = manifest.get("signature_info")
    found = [info.get(key) for key in ("issuer", "cert_serial_number", "alg")] if isinstance(info, dict) else []
    return tuple(map(str, found)) if found and all(found) else ()


def _entries(assertion: Mapping[str, Any]) -> dict[str, Any] | None:
    """The entries, which version 1.0 had at the top."""
    data = assertion.get("data")
    stated = data.get("entries", data) if isinstance(data, dict) else None
    return stated if isinstance(stated, dict) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _read_assertion(
    voice: Speaker, assertion: Mapping[str, Any], *, own: bool, holds: bool, newer: frozenset[str] = frozenset()
) -> Heard:
    match = _LABEL.fullmatch(assertion["label"])
    if match is None:
        raise SignalError(f"{voice.document.where}: {assertion['label'][:200]!r} is no assertion about training")
    stated = _entries(assertion)
    if stated is None:
        return Heard(problems=(voice.problem("the C2PA assertion about training holds no entries"),))
    said: list[Declaration] = []
    faults: list[str] = []
    for key, value in stated.items():
        prefix, _, name = key.partition(".")
        if name in newer:
            continue
        if prefix not in ("cawg", "c2pa"):
            continue  # somebody's own (a reverse domain), or `metadata` beside entries at the top
        stance, terms, fault = _entry(name, value)
        faults += [f"{key}: {fault}"] if fault else []
        if prefix != match[1]:
            faults.append(f"{key} stands in an assertion of {match[1]}")
        open_ = own and holds and prefix == match[1] and not match[2]
        if stance is not None and (open_ or stance is not Stance.ALLOW):
            uses = _OPENS[name] if stance is Stance.ALLOW else _ASKS[name]
            said += voice.say(uses, stance, terms=terms, voice=None if holds else Voice.SITE)
    return Heard(tuple(said), tuple(map(voice.problem, faults)))


def _entry(name: str, value: Any) -> tuple[Stance | None, str | None, str]:
    """Stance, terms and fault: CAWG 1.1, `constrained` without information is treated as notAllowed."""
    if name not in _ASKS:
        return None, None, "an entry not known here"
    use = value.get("use") if isinstance(value, dict) else None
    if use == "allowed":
        return Stance.ALLOW, None, ""
    if use == "notAllowed":
        return Stance.RESERVE, None, ""
    if use != "constrained":
        return None, None, f"{str(use)[:200]!r} is none of allowed, notAllowed and constrained"
    given = [value[key] for key in ("constraint_info", "constraints_info") if key in value]
    texts = [" ".join(each.split())[:_MOST_TEXT] for each in given if isinstance(each, str) and each.strip()]
    fault = "" if all(isinstance(each, str) for each in given) else "its constraint is no text"
    return (Stance.LICENSE, texts[0], fault) if texts else (Stance.RESERVE, None, fault)


def holds(document: Document) -> bool:
    """Whether the file is as it was when the active manifest was signed, as far as the library could tell."""
    try:
        return _store(json_text.parse(document.body, document.where), document.where).holds
    except SignalError:
        return False


def source_types(document: Document) -> tuple[str, ...]:
    """The digital source types of the actions behind this file, first those of the active manifest.

    What was placed in it, or came as a component, says of a part only: `composite` stands before its type.
    """
    try:
        store = _store(json_text.parse(document.body, document.where), document.where)
    except SignalError:  # `read` tells it
        return ()
    return tuple(kind for each in _reached(store) for kind in _source_types(each))


def _source_types(each: _Reached) -> Iterator[str]:
    for found in _list(each.manifest.get("assertions")):
        if not isinstance(found, dict) or not str(found.get("label")).startswith("c2pa.actions"):
            continue
        data = found.get("data")
        for action in _list(data.get("actions")) if isinstance(data, dict) else []:
            kind = action.get("digitalSourceType") if isinstance(action, dict) else None
            if isinstance(kind, str) and kind.strip():
                part = each.by == "componentOf" or action.get("action") == "c2pa.placed"
                yield f"composite {kind.strip()}" if part else kind.strip()


def select(said: Sequence[Declaration], asked: Asked) -> Selected:
    """Of all that is inherited and said the most restrictive, leaf by leaf."""
    subject = subject_at(asked.url)
    return Selected(*strictest((d for d in said if d.subject == subject), subject))


def write(declarations: Sequence[Declaration], subject: Subject) -> Written:
    """The assertion that says it of one file; a manifest binds it to the file and signs it."""
    stated = entries(declarations) if subject.kind in _ONE_FILE else {}
    if not stated:
        return Written((), *account(declarations, {}))
    body = json.dumps({"label": LABEL, "data": {"entries": stated}}, indent=1).encode() + b"\n"
    words = {"allowed": Stance.ALLOW, "constrained": Stance.LICENSE, "notAllowed": Stance.RESERVE}
    said: dict[Use, Stance] = {}
    groups = []
    for key, entry in stated.items():
        stance = words[entry["use"]]
        uses = (_OPENS if stance is Stance.ALLOW else _ASKS)[key.removeprefix("cawg.")]
        leaves = frozenset(leaf for use in uses for leaf in use.leaves)
        said |= dict.fromkeys(leaves, stance)
        groups.append(leaves)
    document = Document(where=subject.id, body=body, channel=Channel.EMBEDDED, media_type=ASSERTION_TYPE)
    return Written((document,), *account(declarations, said, groups))


def entries(declarations: Sequence[Declaration]) -> dict[str, dict[str, str]]:
    """The entries of the assertion; a finer no is said as the wider one, a yes only when it is whole."""
    wanted = meant(declarations)
    found = {}
    for name, uses in _OPENS.items():
        leaves = [leaf for use in uses for leaf in use.leaves]
        stances = {wanted.get(leaf) for leaf in leaves}
        if Stance.RESERVE in stances:
            found[f"cawg.{name}"] = {"use": "notAllowed"}
        elif Stance.LICENSE in stances:
            found[f"cawg.{name}"] = {"use": "constrained", "constraint_info": _terms(declarations, leaves)}
        elif stances == {Stance.ALLOW} and not _retold(name, wanted):
            found[f"cawg.{name}"] = {"use": "allowed"}
    return found


def _retold(name: str, wanted: Mapping[Use, Stance]) -> bool:
    """Others may read a yes to inference as a yes to summaries, so it is not said over a no to them."""
    return name == "ai_inference" and wanted.get(Use.OUTPUT_SUMMARY) in (Stance.RESERVE, Stance.LICENSE)


def _terms(declarations: Sequence[Declaration], leaves: Sequence[Use]) -> str:
    licensed = (d for d in declarations if d.stance is Stance.LICENSE and set(leaves).intersection(d.use.leaves))
    found = sorted({d.terms for d in licensed if d.terms})
    return "; ".join(found)[:_MOST_TEXT] if found else "A licence is needed; ask the rights holder."


CODEC = Codec(
    name=_STANDARD,
    spec="CAWG Training and Data Mining Assertion 1.1 (DIF), in C2PA 2.4",
    dated="2025-05-16",
    says=frozenset(use for uses in _ASKS.values() for use in uses),
    hears=frozenset({Channel.EMBEDDED}),
    read=read,
    write=write,
    select=select,
)
