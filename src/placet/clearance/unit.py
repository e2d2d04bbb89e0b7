"""Clearing one unit: its decisions, what is worth showing of it, and the record that stands for both.

A unit is done when its record is there; the record names the digests of its outputs, so that a resume, a
verifier and the certificate all rely on the same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from placet.clearance.disk import in_place, sync_file, sync_folders, write_file
from placet.clearance.emit import emit_dataset
from placet.clearance.judge import Judge, Judged
from placet.clearance.plan import Plan
from placet.clearance.readers import read_unit
from placet.clearance.rows import PartKind, Unit, locate, title, unprintable
from placet.core.canonical import decode, encode
from placet.core.decision import Outcome
from placet.core.declaration import Problem
from placet.errors import BadInput, BadMedia, BadRecord, Refused
from placet.fingerprints import text_winnow
from placet.fingerprints.thumbnail import thumbnail
from placet.snapshot.library import Library

__all__ = ["UnitRecord", "clear_unit", "columns", "read_record", "shown_of", "unit_path"]

FORMAT = 1
_SHOWN = 6  # pairs and passages kept a unit, for the report
_AROUND = 120  # characters of a text shown on either side of a passage
_QUOTED = 600
_WHOLE_FILES = ("webdataset", "parquet", "jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRecord:
    """What a unit came to; `inputs` maps each file to its SHA-256, `outputs` each file written.

    Its bytes end in a sum over themselves, so that a damaged record is one that is not there.
    `counts` is rows by profile and outcome; `tallies` counts reasons, matches and distances under one roof:
    `reason:<id>`, `match:<kind>`, `distance:<bits>`, `problem:<id>`; `unseen:address-only` counts rows that name
    a picture by its address and do not hold it.
    """

    plan: str
    unit: str
    rows: int
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    counts: Mapping[str, Mapping[str, int]]
    tallies: Mapping[str, int]

    def data(self) -> bytes:
        value = {
            "v": FORMAT,
            "plan": self.plan,
            "unit": self.unit,
            "rows": self.rows,
            "inputs": dict(self.inputs),
            "outputs": dict(self.outputs),
            "counts": {name: dict(rows) for name, rows in self.counts.items()},
            "tallies": dict(self.tallies),
        }
        return encode(value | {"sum": hashlib.sha256(encode(value)).hexdigest()})


def unit_path(out: Path, number: int, suffix: str) -> Path:
    return out / "units" / f"{number:06d}{suffix}"


def read_record(path: Path) -> UnitRecord:
    """The record at `path`; BadRecord when it is not one, or not whole."""
    data = path.read_bytes()
    try:
        value = decode(data)
        record = UnitRecord(**{name: value[name] for name in UnitRecord.__dataclass_fields__})
        whole = value["v"] == FORMAT and record.data() == data
    except (KeyError, TypeError, ValueError, AttributeError, BadInput) as error:
        raise BadRecord(f"{path} is no unit record: {error}") from error
    if not whole:
        raise BadRecord(f"{path} was damaged, or is of another version")
    return record


_SCHEMA = [
    ("unit", pa.dictionary(pa.int32(), pa.string())),
    ("row", pa.string()),
    ("use", pa.dictionary(pa.int8(), pa.string())),
    ("profile", pa.dictionary(pa.int8(), pa.string())),
    ("stance", pa.dictionary(pa.int8(), pa.string())),
    ("outcome", pa.dictionary(pa.int8(), pa.string())),
    ("basis", pa.dictionary(pa.int8(), pa.string())),
    ("work", pa.string()),
    ("match", pa.dictionary(pa.int8(), pa.string())),
    ("score", pa.int32()),
    ("declaration", pa.string()),
    ("reason", pa.dictionary(pa.int8(), pa.string())),
]


def columns(profiles: tuple[str, ...]) -> pa.Schema:
    """The schema of `decisions.parquet`: with several profiles, one more column of outcomes a profile."""
    outcome = pa.dictionary(pa.int8(), pa.string())
    more = [(name, outcome) for name in profiles] if len(profiles) > 1 else []
    return pa.schema([*_SCHEMA, *more])


def clear_unit(root: Path, plan: Plan, number: int, judge: Judge, out: Path) -> UnitRecord:
    """Judge every row of unit `number`, write its outputs, then its record; the same bytes whenever it runs."""
    unit = plan.units[number]
    profiles = tuple(profile.name for profile in plan.ask.profiles)
    work = _Unit(unit, plan, profiles, judge.library)
    before = _stamps(root, unit)
    for judged in judge.judge(read_unit(root, unit), title(root, unit.path)):
        work.add(judged)
    outputs = {"decisions": _write_table(unit_path(out, number, ".parquet"), work.table())}
    outputs["shown"] = _write(unit_path(out, number, ".shown.json"), work.shown_data())
    outputs["problems"] = _write(unit_path(out, number, ".problems.jsonl"), work.problem_lines())
    if plan.emit == "dataset":
        outputs |= _give_out(root, unit, work, out)
    inputs = _inputs(root, unit, work, before)
    if _stamps(root, unit) != before:
        raise Refused(f"{title(root, unit.path)} was changed while it was being read: leave it alone, and run again")
    record = UnitRecord(
        plan=plan.digest,
        unit=unit.id,
        rows=work.rows,
        inputs=inputs,
        outputs=outputs,
        counts={name: dict(sorted(counts.items())) for name, counts in work.counts.items()},
        tallies=dict(sorted(work.tallies.items())),
    )
    write_file(unit_path(out, number, ".json"), record.data())
    return record


def _give_out(root: Path, unit: Unit, work: _Unit, out: Path) -> dict[str, str]:
    """Emit the rows that may be used; Refused when a file is not what was judged any more."""
    kept = emit_dataset(root, unit, frozenset(work.kept), out / "dataset")
    judged = {key: digest.hex() for key, digest in work.digests}
    for path, digest, _ in kept.files:
        if judged.get(path, digest) != digest:
            (out / "dataset" / unprintable(path)).unlink(missing_ok=True)
            raise Refused(f"{path} was changed after it was judged: leave the dataset alone, and run again")
    return {f"dataset/{path}": digest for path, digest, _ in kept.files}


class _Unit:
    """The unit as it is being judged."""

    def __init__(self, unit: Unit, plan: Plan, profiles: tuple[str, ...], library: Library) -> None:
        self._library = library
        self.unit = unit
        self.plan = plan
        self.profiles = profiles
        self.rows = 0
        self.kept: list[str] = []
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in profiles}
        self.tallies: Counter[str] = Counter()
        self.digests: list[tuple[str, bytes]] = []
        self._data: dict[str, list[Any]] = {name: [] for name in columns(profiles).names}
        self._shown: list[dict[str, Any]] = []
        self._problems: list[dict[str, str]] = []

    def add(self, judged: Judged) -> None:
        self.rows += 1
        self._add_row(judged)
        for name, decision in zip(self.profiles, judged.decisions, strict=True):
            self.counts[name][decision.outcome.value] += 1
        if judged.decisions[0].may_use:
            self.kept.append(judged.row.key)
        if self.unit.format not in _WHOLE_FILES:
            self.digests.append((judged.row.key, judged.sha256))
        self._tally(judged)
        self._problems += [self._problem(judged, problem) for problem in judged.problems]
        if judged.best and len(self._shown) < _SHOWN and (shown := _show(judged)):
            self._shown.append(shown)

    def _add_row(self, judged: Judged) -> None:
        decision, match, data = judged.decisions[0], judged.best, self._data
        data["unit"].append(self.unit.id)
        data["row"].append(judged.row.key)
        data["use"].append(self.plan.ask.use.value)
        data["profile"].append(self.profiles[0])
        data["stance"].append(decision.stance.word if decision.stance else None)
        data["outcome"].append(decision.outcome.value)
        data["basis"].append(decision.basis.value)
        data["work"].append(self._library.work_id(match.work) if match else None)
        data["match"].append(match.kind.value if match else None)
        data["score"].append(match.score if match else None)
        data["declaration"].append(decision.because[0].id if decision.because else None)
        data["reason"].append(_reason(judged))
        if len(self.profiles) > 1:
            for name, answer in zip(self.profiles, judged.decisions, strict=True):
                data[name].append(answer.outcome.value)

    def _tally(self, judged: Judged) -> None:
        self.tallies[f"reason:{_reason(judged)}"] += 1
        if judged.best:
            self.tallies[f"match:{judged.best.kind}"] += 1
        distances = [match.score for match in judged.matches if match.method == "image-plh/1"]
        if distances:
            self.tallies[f"distance:{min(distances):02d}"] += 1
        if judged.row.urls and all(part.kind is PartKind.TEXT for part in judged.row.parts):
            self.tallies["unseen:address-only"] += 1
        for reason in {problem.reason for problem in judged.problems}:
            self.tallies[f"problem:{reason}"] += 1

    def _problem(self, judged: Judged, problem: Problem) -> dict[str, str]:
        return {"unit": self.unit.id, "row": judged.row.key, "reason": problem.reason, "why": problem.why}

    def table(self) -> pa.Table:
        schema = columns(self.profiles)
        arrays = [pa.array(self._data[each.name], type=_plain(each.type)).cast(each.type) for each in schema]
        return pa.Table.from_arrays(arrays, schema=schema)

    def shown_data(self) -> bytes:
        return json.dumps(self._shown, ensure_ascii=False, sort_keys=True).encode()

    def problem_lines(self) -> bytes:
        lines = (json.dumps(problem, ensure_ascii=False, sort_keys=True) for problem in self._problems)
        return "".join(line + "\n" for line in lines).encode()


def _plain(type_: pa.DataType) -> pa.DataType:
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _reason(judged: Judged) -> str:
    """A problem's own id says more than "unclear": it is the reason wherever a problem decided."""
    decision = judged.decisions[0]
    if decision.outcome is Outcome.UNCLEAR and judged.problems:
        return judged.problems[0].reason
    return decision.reason


def _show(judged: Judged) -> dict[str, Any] | None:
    """What the report needs to set a row beside the work it matched; None when it cannot be shown."""
    match, decision = judged.best, judged.decisions[0]
    if match is None:
        return None
    said = decision.because[0] if decision.because else None
    shown: dict[str, Any] = {
        "row": judged.row.key,
        "outcome": decision.outcome.value,
        "reason": _reason(judged),
        "work_row": match.work,
        "match": match.kind.value,
        "method": match.method,
        "score": match.score,
        "stance": said.stance.word if said and said.stance else "",
        "entry": said.index if said and said.index is not None else -1,
    }
    for number, part in enumerate(judged.row.parts):
        if match.part not in (number, -1):
            continue
        if part.kind is PartKind.IMAGE:
            return shown | _picture(part.data)
        if match.method == "text-winnow/1":
            return shown | _passage(str(part.data, "utf-8-sig"), match.detail)
    return None


def _picture(data: bytes | memoryview) -> dict[str, str]:
    try:
        return {"jpeg": base64.b64encode(thumbnail(data)).decode()}
    except BadMedia:
        return {"jpeg": ""}


def _passage(text: str, span: str) -> dict[str, Any]:
    """The matched span as it is written, with a little of what stands around it."""
    start, stop = (int(part) for part in span.split(":"))
    points, offsets = text_winnow.normalise(text)
    if not len(points):
        return {"before": "", "quoted": "", "after": "", "letters": 0}
    first, last = int(offsets[start]), int(offsets[min(stop, len(points)) - 1]) + 1
    return {
        "before": text[max(0, first - _AROUND) : first],
        "quoted": text[first:last][:_QUOTED],
        "after": text[last : last + _AROUND],
        "letters": stop - start,
    }


def _inputs(root: Path, unit: Unit, work: _Unit, stamps: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    """SHA-256 of the shard and what lies beside it; for a folder's unit, of the lines `sha256sum` would print."""
    if unit.format in _WHOLE_FILES:
        return {title(root, path): _digest_of(locate(root, path), stamp) for path, stamp in stamps.items()}
    lines = "".join(f"{digest.hex()}  {key}\n" for key, digest in work.digests)
    return {f"{unit.id} (sha256sum lines)": hashlib.sha256(lines.encode()).hexdigest()}


def _stamps(root: Path, unit: Unit) -> dict[str, tuple[int, ...]]:
    """What shows that a file was written to: of the shard and its sidecars. A folder's files are read once."""
    names = (unit.path, *unit.members) if unit.format in _WHOLE_FILES else ()
    return {name: _stamp(locate(root, name)) for name in names}


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.lstat()
    except OSError:
        return ()
    return (found.st_size, found.st_mtime_ns, found.st_ino) if stat.S_ISREG(found.st_mode) else ()


@lru_cache(maxsize=64)
def _digest_of(path: Path, stamp: tuple[int, ...]) -> str:
    """The SHA-256 of a file, computed once for the many units that one file may have; empty where unreadable."""
    if not stamp:
        return ""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _write(path: Path, data: bytes) -> str:
    write_file(path, data)
    return hashlib.sha256(data).hexdigest()


def _write_table(path: Path, table: pa.Table) -> str:
    with in_place(path) as temporary:
        with temporary.open("xb") as file:
            pq.write_table(table, file, compression="zstd", store_schema=True)
            sync_file(file)
        with temporary.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
    sync_folders(path.parent, [path])
    return digest


def shown_of(out: Path, number: int) -> Iterator[dict[str, Any]]:
    """What a finished unit kept for the report."""
    yield from json.loads(unit_path(out, number, ".shown.json").read_bytes())
