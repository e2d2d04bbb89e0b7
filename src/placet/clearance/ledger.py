"""The decisions of a unit as they come, one line for all rows that have the same answer, and the table they make."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from placet.clearance.judge import Judged
from placet.clearance.voices import OF_ITS_OWN, UNASKED
from placet.core.decision import Outcome
from placet.core.declaration import Declaration, Problem
from placet.core.work import Medium
from placet.signals.observation import SITE_FILES
from placet.snapshot.library import Library

__all__ = ["KEPT_BACK", "Brief", "Ledger", "Line", "Sweep", "brief_of", "columns"]

KEPT_BACK = ("generated", "composite")  # the origins that --drop-generated leaves out
_MOST_OVERRULED = 24

_FEW = pa.dictionary(pa.int8(), pa.string())
_MANY = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = [
    ("unit", _MANY),
    ("row", pa.string()),
    ("use", _FEW),
    ("profile", _FEW),
    ("stance", _FEW),
    ("outcome", _FEW),
    ("basis", _FEW),
    ("work", pa.string()),
    ("match", _FEW),
    ("score", pa.int32()),
    ("declaration", _MANY),
    ("reason", _FEW),
    ("standard", _MANY),
    ("overruled", _MANY),
    ("because", _MANY),
    ("licence", _MANY),
    ("origin", _FEW),
    ("disputed", _MANY),
]


def columns(profiles: tuple[str, ...]) -> pa.Schema:
    """The schema of `decisions.parquet`: with several profiles, one more column of outcomes a profile."""
    more = [(name, _FEW) for name in profiles] if len(profiles) > 1 else []
    return pa.schema([*_SCHEMA, *more])


class Line(NamedTuple):
    """What a row's answer puts into the columns of these names; `others` are the outcomes of all profiles."""

    stance: str | None
    outcome: str
    basis: str
    work: str | None
    match: str | None
    score: int | None
    declaration: str | None
    reason: str
    standard: str | None
    overruled: str | None
    because: str | None
    licence: str | None
    origin: str
    disputed: str | None
    others: tuple[str, ...]


def line_of(judged: Judged, library: Library) -> Line:
    decision, match = judged.decisions[0], judged.best
    return Line(
        stance=decision.stance.word if decision.stance else None,
        outcome=decision.outcome.value,
        basis=decision.basis.value,
        work=library.work_id(match.work) if match else None,
        match=match.kind.value if match else None,
        score=match.score if match else None,
        declaration=decision.because[0].id if decision.because else None,
        reason=reason_of(judged),
        standard=" ".join(standards_of(judged)) or None,
        overruled=" ".join(_overruled(judged)) or None,
        because=" ".join(because_of(judged)) or None,
        licence=" ".join(held.id for held in decision.licences) or None,
        origin=judged.origin.value,
        disputed=" ".join(judged.disputed) or None,
        others=tuple(answer.outcome.value for answer in judged.decisions),
    )


def reason_of(judged: Judged) -> str:
    """A problem's own id says more than "unclear": it is the reason wherever a problem decided."""
    decision = judged.decisions[0]
    problems = (*judged.problems, *judged.unheard)
    return problems[0].reason if decision.outcome is Outcome.UNCLEAR and problems else decision.reason


def standards_of(judged: Judged) -> list[str]:
    """The standards whose words decided; `placet` is the registry."""
    return sorted({declaration.source.standard for declaration in judged.decisions[0].because})


def because_of(judged: Judged) -> list[str]:
    """Every word that decided, with what it is about: `<declaration>@<subject>`."""
    return sorted({f"{said.id}@{said.subject}" for said in judged.decisions[0].because})


def _overruled(judged: Judged) -> list[str]:
    """The ids of what was said too, and did not decide."""
    decision = judged.decisions[0]
    decided = {declaration.id for declaration in decision.because}
    said = [*(each.declaration.id for each in decision.overruled), *(each.id for each in judged.lost)]
    return [id_ for id_ in dict.fromkeys(said) if id_ not in decided][:_MOST_OVERRULED]


def heard_line(said: Declaration) -> str:
    """One word as evidence: who said it, where, when, of which bytes."""
    source = said.source
    fields = {
        "id": said.id,
        "standard": source.standard,
        "where": source.where,
        "channel": source.channel,
        "place": source.place,
        "use": said.use.value,
        "stance": said.stance.word if said.stance else "",
        "by": said.by,
        "voice": said.voice.name.lower(),
        "agent": said.agent or "",
        "territory": list(said.territory),
        "terms": said.terms or "",
        "heard_at": source.heard_at,
        "sha256": source.digest.hex(),
    }
    return json.dumps(fields, ensure_ascii=False, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Brief:
    """What an answer adds to a unit for every row that has it.

    `outcomes` are by profile; `tallies` are counted once a row; `heard` are lines of evidence, written once.
    """

    line: Line
    tallies: tuple[str, ...]
    heard: tuple[str, ...]
    problems: tuple[Problem, ...]
    unheard: tuple[Problem, ...]
    is_kept: bool


@dataclass(frozen=True, slots=True)
class Sweep:
    """Rows judged at once: row `keys[i]` has the answer `briefs[classes[i]]`; `firsts` are its first row's key."""

    keys: pa.Array
    classes: NDArray[np.int32]
    briefs: tuple[Brief, ...]
    firsts: tuple[str, ...]
    shown: tuple[Judged, ...] = ()


def brief_of(judged: Judged, library: Library, *, drop_generated: bool = False) -> Brief:
    """What may be used is handed on, unless it says that it was generated and such rows are to be left out."""
    may_use = judged.decisions[0].may_use
    is_kept = may_use and not (drop_generated and judged.origin in KEPT_BACK)
    tallies = list(_tallies(judged))
    if may_use and not is_kept:
        tallies.append(f"dropped:{judged.origin}")
    heard = {
        said
        for decision in judged.decisions
        for said in (*decision.because, *(each.declaration for each in decision.overruled))
    }
    return Brief(
        line=line_of(judged, library),
        tallies=tuple(tallies),
        heard=tuple(sorted({heard_line(said) for said in (*heard, *judged.lost)})),
        problems=judged.problems,
        unheard=judged.unheard,
        is_kept=is_kept,
    )


def _tallies(judged: Judged) -> Iterator[str]:
    yield f"reason:{reason_of(judged)}"
    yield f"origin:{judged.origin}"
    yield from (f"standard:{standard}" for standard in standards_of(judged))
    yield from (f"licence:{held.id}" for held in judged.decisions[0].licences)
    if judged.best:
        yield f"match:{judged.best.kind}"
    if judged.disputed:
        yield f"disputed:{judged.decisions[0].outcome}"
    if judged.changed:
        yield f"voice:{judged.changed}"
    distances = [match.score for match in judged.matches if match.method == "image-plh/1"]
    if distances:
        yield f"distance:{min(distances):02d}"
    if judged.row.urls and all(part.kind is Medium.TEXT for part in judged.row.parts):
        yield "unseen:address-only"
    yield from (f"problem:{reason}" for reason in {p.reason for p in (*judged.problems, *judged.unheard)})
    yield from (f"unheard:{place}" for place in {_place_of(problem) for problem in judged.unheard})


def _place_of(problem: Problem) -> str:
    """Where something could not be heard: a site's file by name, `row`, `page`; `nobody` where nothing was asked."""
    if problem.reason == UNASKED:
        return "nobody"
    if problem.where.startswith(OF_ITS_OWN):
        return "row"
    path = problem.where.partition("?")[0]
    return next((name.rpartition("/")[2] for name in SITE_FILES if name in path), "page")


class Ledger:
    """Rows in order, each with the number of its line; equal answers share one."""

    def __init__(self, unit: str, use: str, profiles: tuple[str, ...]) -> None:
        self._constants = {"unit": unit, "use": use, "profile": profiles[0]}
        self._profiles = profiles
        self._lines: dict[Line, int] = {}
        self._keys: list[pa.Array] = []
        self._numbers: list[NDArray[np.int32]] = []
        self._waiting: list[tuple[str, int]] = []

    def add(self, key: str, line: Line) -> None:
        self._waiting.append((key, self._number(line)))

    def add_many(self, sweep: Sweep) -> None:
        self._flush()
        numbers = np.array([self._number(brief.line) for brief in sweep.briefs], np.int32)
        self._keys.append(sweep.keys)
        self._numbers.append(numbers[sweep.classes])

    def _number(self, line: Line) -> int:
        return self._lines.setdefault(line, len(self._lines))

    def _flush(self) -> None:
        if self._waiting:
            keys, numbers = zip(*self._waiting, strict=True)
            self._keys.append(pa.array(keys, pa.string()))
            self._numbers.append(np.array(numbers, np.int32))
            self._waiting = []

    def table(self) -> pa.Table:
        self._flush()
        schema = columns(self._profiles)
        numbers = np.concatenate([*self._numbers, np.empty(0, np.int32)])
        arrays = [self._column(field, numbers) for field in schema]
        return pa.Table.from_arrays(arrays, schema=schema)

    def _column(self, field: pa.Field, numbers: NDArray[np.int32]) -> pa.Array:
        if field.name == "row":
            return pa.chunked_array(self._keys, pa.string()).combine_chunks()
        if field.name in self._constants:
            values = [self._constants[field.name]]
            return _spread(values, np.zeros(len(numbers), np.int32), field.type)
        if field.name in Line._fields:
            place = Line._fields.index(field.name)
            return _spread([line[place] for line in self._lines], numbers, field.type)
        place = self._profiles.index(field.name)
        return _spread([line.others[place] for line in self._lines], numbers, field.type)


def _spread(values: list[Any], numbers: NDArray[np.int32], kind: pa.DataType) -> pa.Array:
    """The value of each row, from the values of the lines."""
    if all(value is None for value in values):
        return pa.nulls(len(numbers), kind)
    if not pa.types.is_dictionary(kind):
        return pa.array(values, kind).take(pa.array(numbers))
    distinct = {value: place for place, value in enumerate(sorted({v for v in values if v is not None}))}
    places = np.array([distinct.get(value, -1) for value in values], kind.index_type.to_pandas_dtype())
    rows = places[numbers] if len(distinct) > 1 or -1 in places else np.zeros(len(numbers), places.dtype)
    indices = pa.array(rows, mask=rows < 0) if -1 in places else pa.array(rows)
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(distinct), kind.value_type))
