"""Filling the public summary of training content: what runs can show, what the provider states, what nobody said.

Nothing is guessed: an answer says who gave it, and a field without one is marked, so that no blank passes for a no.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from placet.clearance.plan import Plan
from placet.clearance.training_form import BANDS, FIELDS, KINDS, MODALITIES, TEMPLATE, Field, Shape
from placet.clearance.training_size import Size, Sizes, top
from placet.core.decision import Outcome
from placet.core.use import SENTENCES
from placet.errors import BadInput, Refused

__all__ = ["Answer", "Cleared", "Facts", "Said", "Summary", "fill", "parse_facts"]

_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_KEYS = {field.key: field for field in FIELDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """One finished run; `kind` is a key of KINDS, or empty where nobody said what kind of data it is."""

    kind: str
    plan: Plan
    rows: int
    counts: Mapping[str, int]
    tallies: Mapping[str, int]
    certificate: str
    origin: str
    sizes: Sizes


@dataclass(frozen=True, slots=True)
class Facts:
    """What a provider states, by field; and the runs that its file names."""

    said: Mapping[str, str | bool | tuple[str, ...]]
    runs: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """One statement, `by` "run", "provider" or "form"; the form's own say that a question does not arise."""

    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    field: Field
    said: tuple[Said, ...]

    @property
    def missing(self) -> bool:
        return not self.said and not self.field.optional


@dataclass(frozen=True, slots=True)
class Summary:
    answers: tuple[Answer, ...]
    runs: tuple[Cleared, ...]

    @property
    def missing(self) -> tuple[Field, ...]:
        return tuple(answer.field for answer in self.answers if answer.missing)

    def value(self) -> dict[str, Any]:
        """For programs."""
        return {
            "schema": "placet.training-summary/1",
            "template": TEMPLATE,
            "answers": [
                {
                    "key": each.field.key,
                    "number": each.field.number,
                    "asks": each.field.asks,
                    "said": [{"by": said.by, "text": said.text} for said in each.said],
                    "state": "missing" if each.missing else "said" if each.said else "not stated, optional",
                }
                for each in self.answers
            ],
            "runs": [
                {"dataset": run.plan.dataset, "kind": run.kind, "certificate": run.certificate, "plan": run.plan.digest}
                for run in self.runs
            ],
            "missing": [field.key for field in self.missing],
        }


# ---- what the provider states -------------------------------------------------------------------


def parse_facts(text: str, where: str) -> Facts:
    """A provider's facts, in TOML; BadInput names the first key that is no field, or has another shape."""
    try:
        value = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{where}: {error} (training.facts)") from error
    runs = value.pop("run", [])
    if not isinstance(runs, list) or not all(map(_is_run, runs)):
        raise BadInput(f"{where}: a [[run]] has `out`, `data` and `kind`, and nothing else (training.facts)")
    said: dict[str, str | bool | tuple[str, ...]] = {}
    for key, stated in _flat(value):
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise BadInput(f"{where}: the template has no {key}{hint} (training.facts)")
        taken = _taken(_KEYS[key], stated, where)
        if taken is not None:
            said[key] = taken
    return Facts(said, tuple(runs))


def _is_run(run: Any) -> bool:
    return (
        isinstance(run, dict) and set(run) == {"out", "data", "kind"} and all(isinstance(v, str) for v in run.values())
    )


def _flat(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for table, fields in value.items():
        if isinstance(fields, Mapping):
            yield from ((f"{table}.{name}", stated) for name, stated in fields.items())
        else:
            yield table, fields


def _taken(field: Field, stated: Any, where: str) -> str | bool | tuple[str, ...] | None:
    """None where the place was left empty."""
    match field.shape, stated:
        case Shape.YES_NO, bool():
            return stated
        case Shape.LIST, list() if all(isinstance(each, str) for each in stated):
            return tuple(each.strip() for each in stated if each.strip()) or None
        case Shape.TEXT, str():
            return stated.strip() or None
        case Shape.MONTH, str() if not stated or _MONTH.fullmatch(stated):
            return stated or None
    raise BadInput(f"{where}: {field.key} is {field.shape.value} (training.facts)")


# ---- filling ------------------------------------------------------------------------------------


def fill(runs: Sequence[Cleared], facts: Facts, now: int) -> Summary:
    """The whole form; Refused where the provider says that no data of a kind was used, and a run is of that kind."""
    shown = _shown(runs, now)
    answers = [Answer(field, (*shown.get(field.key, ()), *_stated(field, facts))) for field in FIELDS]
    return Summary(tuple(_applied(answers, runs, facts)), tuple(runs))


def _stated(field: Field, facts: Facts) -> Iterator[Said]:
    match facts.said.get(field.key):
        case bool(yes):
            yield Said("provider", "Yes." if yes else "No.")
        case str(text):
            yield Said("provider", text)
        case tuple(several):
            yield from (Said("provider", each) for each in several)


def _applied(answers: Iterable[Answer], runs: Sequence[Cleared], facts: Facts) -> Iterator[Answer]:
    """A section that was not used has no further answers, nor has a modality that is none of those stated."""
    kinds, modalities = {run.kind for run in runs}, facts.said.get("data.modalities")
    others = {f"data.{kind}" for kind in MODALITIES if isinstance(modalities, tuple) and kind not in modalities}
    for answer in answers:
        kind, _, name = answer.field.key.partition(".")
        denied = kind in KINDS and facts.said.get(f"{kind}.used") is False
        if denied and kind in kinds:
            raise Refused(f"{kind}.used is false, and a run given here is of that kind (training.contradicted)")
        idle = answer.field.key in others or (denied and name not in ("used", "model", "comments"))
        if idle and not answer.said:
            yield Answer(answer.field, (Said("form", "Does not arise."),))
        else:
            yield answer


def _shown(runs: Sequence[Cleared], now: int) -> dict[str, list[Said]]:
    """What the runs themselves show, by field."""
    shown: dict[str, list[Said]] = {"summary.updated": [Said("run", _day(now))]}
    whole = Sizes()
    for run in runs:
        whole += run.sizes
    for kind, said in _sizes(whole, bool(runs)).items():
        shown[f"data.{kind}"] = [Said("run", said)]
    present = [kind for kind in MODALITIES if kind in whole.by_kind]
    if present:
        shown["data.modalities"] = [Said("run", kind) for kind in present]
    for kind in KINDS:
        shown |= _of_kind(kind, [run for run in runs if run.kind == kind])
    if licensed := [sentence for run in runs for sentence in _licensed(run)]:
        shown["licensed.used"] = [Said("run", sentence) for sentence in licensed]
    shown["reservations.measures"] = [Said("run", sentence) for run in runs for sentence in _measures(run)]
    if whole.generated:
        sentence = (
            f"Of the rows that may be used, {whole.generated:,} declare themselves generated, or made of such parts."
        )
        shown["synthetic.comments"] = [Said("run", sentence)]
    return shown


def _of_kind(kind: str, runs: Sequence[Cleared]) -> dict[str, list[Said]]:
    if not runs:
        return {}
    sizes = Sizes()
    for run in runs:
        sizes += run.sizes
    shown = {f"{kind}.used": [Said("run", "Yes.")]}
    if sizes.by_kind and kind != "other":
        shown[f"{kind}.modalities"] = [Said("run", each) for each in MODALITIES if each in sizes.by_kind]
    if kind == "crawled" and (domains := top(sizes.domains)):
        shown["crawled.domains"] = [Said("run", f"{name}: {_bytes(much)}") for name, much in domains]
    if kind == "public":
        shown["public.large"] = [Said("run", f"{run.plan.dataset}: {run.sizes.rows:,} rows used") for run in runs]
    return shown


def _licensed(run: Cleared) -> Iterator[str]:
    """What a run shows of licences: that rows of it rest on some."""
    rows = sum(many for name, many in run.tallies.items() if name.startswith("licence:"))
    if rows:
        yield f"Yes. {run.plan.dataset}: {rows:,} rows rest on licences; CREDITS names them."
    elif run.kind == "licensed":
        yield "Yes."


def _sizes(sizes: Sizes, measured: bool) -> dict[str, str]:
    """A sentence a modality that there is; that there is none is not for a run to say."""
    if not measured:
        return {}
    said = {kind: _size(kind, size) for kind, size in sizes.by_kind.items() if kind in MODALITIES}
    if sizes.addresses:
        lone = f"{sizes.addresses:,} rows name what they are about by its address and do not hold it: not measured."
        said["other"] = " ".join(filter(None, [said.get("other", ""), lone]))
    return said


def _size(kind: str, size: Size) -> str:
    much = f"in {_bytes(size.bytes)}"
    if kind == "text":
        return f"{_many(size.parts, 'text')} of {_many(size.words, 'word')} {much}. {_text_band(size)}"
    if kind in ("audio", "video"):
        return f"{_many(size.parts, 'file')} {much}. {_hours(kind, size)}"
    if kind == "image":
        return f"{_many(size.parts, 'image')} {much}. Band: {_band(kind, size.parts)}."
    return f"{_many(size.parts, 'file')} {much}."


def _text_band(size: Size) -> str:
    """No tokenizer over bytes makes more tokens than bytes, and none that keeps to words makes fewer than words."""
    least, most = _band("text", size.words), _band("text", size.bytes)
    if least == most:
        return f"Band: {least}."
    return f"Band: {least}, or {most}: count the tokens by your own tokenizer, and state it."


def _hours(kind: str, size: Size) -> str:
    hours = size.seconds / 3600
    if size.timed < size.parts:
        return f"{hours:,.1f} hours in the {size.timed:,} whose length could be read; state the hours of the others."
    return f"{hours:,.1f} hours. Band: {_band(kind, hours)}."


def _band(kind: str, much: float) -> str:
    low, high, unit = BANDS[kind]
    if much < low:
        return f"less than {low:,} {unit}"
    return f"{low:,} to {high:,} {unit}" if much <= high else f"more than {high:,} {unit}"


def _measures(run: Cleared) -> Iterator[str]:
    ask, counts = run.plan.ask, run.counts
    told = ", ".join(
        f"{counts[each]:,} {each.value}" for each in Outcome if counts.get(each) and each != Outcome.CLEARED
    )
    yield (
        f"{run.plan.dataset}: each of {run.rows:,} rows was judged for {SENTENCES[ask.use]}, under the profile"
        f" {ask.profiles[0].name}, as of {_day(ask.at)}. {counts.get(Outcome.CLEARED, 0):,} may be used;"
        f" not to be used: {told or 'none'}."
    )
    standards = [name.removeprefix("standard:") for name in run.tallies if name.startswith("standard:")]
    heard = f"the registry {run.origin}" if run.origin else "no registry"
    beside = f", and words in the standards {', '.join(sorted(standards))} decided rows" if standards else ""
    yield f"{run.plan.dataset}: {heard} was consulted{beside}."
    yield f"{run.plan.dataset}: the certificate of this is clearance.json of SHA-256 {run.certificate}."


def _day(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _bytes(much: int) -> str:
    size, units = float(much), ["bytes", "kB", "MB", "GB", "TB", "PB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:,.0f} {units[0]}" if units[0] == "bytes" else f"{size:,.1f} {units[0]}"
