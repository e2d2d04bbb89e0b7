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
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from placet.clearance import films, sounds
from placet.clearance.background import Watch, quota
from placet.clearance.columnar import sweeper_of
from placet.clearance.disk import in_place, sync_file, sync_folders, write_file
from placet.clearance.emit import emit_dataset
from placet.clearance.judge import Judge, Judged, Seen
from placet.clearance.ledger import Brief, Ledger, Sweep, brief_of, reason_of
from placet.clearance.plan import Plan
from placet.clearance.prints import SUFFIX, Prints, read_prints, write_options
from placet.clearance.readers import read_unit, webdataset
from placet.clearance.rejoin import rejoiner_of
from placet.clearance.rows import PartKind, Unit, locate, title, unprintable
from placet.clearance.skip_index import skip_of
from placet.clearance.spool import with_reasons
from placet.clearance.voices import OF_ITS_OWN
from placet.core.canonical import decode, encode
from placet.core.declaration import Problem
from placet.errors import BadInput, BadMedia, BadRecord, Refused
from placet.fingerprints import text_winnow
from placet.fingerprints.thumbnail import thumbnail
from placet.signals.origin import Origin
from placet.snapshot.library import Library
from placet.snapshot.match import Match

__all__ = ["UnitRecord", "clear_unit", "read_record", "rejoin_unit", "shown_of", "unit_path"]

FORMAT = 2
_SHOWN = 6  # pairs and passages kept a unit, for the report
_AROUND = 120  # characters of a text shown on either side of a passage
_QUOTED = 600
_PRINTS = "fingerprints"  # among a record's outputs
_WHOLE_FILES = ("webdataset", "parquet", "arrow", "jsonl", "warc")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRecord:
    """What a unit came to; `inputs` maps each file to its SHA-256, `outputs` each file written.

    Its bytes end in a sum over themselves, so that a damaged record is one that is not there.
    `counts` is rows by profile and outcome; `tallies` counts reasons, matches and distances under one roof:
    `reason:<id>`, `match:<kind>`, `distance:<bits>`, `problem:<id>`; `standard:<name>` counts rows that its words
    decided, `unheard:<place>` those of which something could not be heard there; `origin:<word>` is how rows say they
    were made, `dropped:<word>` those left out for it; `licence:<id>` counts rows that rest on a licence;
    `disputed:<outcome>` counts rows that two parties claim, `voice:<without>><with>` those that the choice of a voice
    changed; `background:<medium>.<what>` is what the unit measured of false matches.
    `unseen:address-only` counts rows that name a picture by its address and do not hold it.
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


def clear_unit(
    root: Path, plan: Plan, number: int, judge: Judge, out: Path, lacking: Mapping[str, str] | None = None
) -> UnitRecord:
    """Judge every row of unit `number`, write its outputs, then its record; the same bytes whenever it runs.

    `lacking` says why files of the unit could not be brought to `root`.
    """
    unit = plan.units[number]
    profiles = tuple(profile.name for profile in plan.ask.profiles)
    work = _Unit(unit, plan, profiles, judge.library)
    before = _stamps(root, unit)
    if sweep := sweeper_of(judge, plan.drop_generated).sweep(root, unit):
        work.sweep(sweep)
    else:
        watch = Watch(quota(plan, number))
        loose = unit.format not in _WHOLE_FILES  # the record of loose files names the SHA-256 of each
        rows = with_reasons(read_unit(root, unit), unit, lacking or {})
        for judged in judge.judge(rows, title(root, unit.path), work.keep, sha256=loose):
            work.add(judged)
            watch.see(judged)
        work.tallies.update(watch.measure(judge.matcher, plan.ask))
    outputs = _write_answers(out, number, work)
    if plan.emit == "dataset":
        outputs |= _give_out(root, unit, work, out)
    inputs = _inputs(root, unit, work, before)
    if plan.emit == "skip-index":
        skip = skip_of(root, unit, frozenset(work.kept), inputs, work.digests)
        outputs["skip"] = _write(unit_path(out, number, ".skip.json"), skip)
    if _stamps(root, unit) != before:
        raise Refused(f"{title(root, unit.path)} was changed while it was being read: leave it alone, and run again")
    return _write_record(out, number, work, inputs, outputs)


def rejoin_unit(earlier: Path, root: Path | None, plan: Plan, number: int, judge: Judge, out: Path) -> UnitRecord:
    """The same from the fingerprints that the run in `earlier` left of the unit; its media are not read.

    A unit that left none is cleared again where the dataset is at hand (`root`), and must be as it was.
    """
    unit, before = plan.units[number], read_record(unit_path(earlier, number, ".json"))
    if _PRINTS not in before.outputs:
        return _clear_again(before, root, plan, number, judge, out)
    name = title(root or Path(plan.dataset), unit.path)
    path = unit_path(earlier, number, SUFFIX)
    work = _Unit(unit, plan, tuple(profile.name for profile in plan.ask.profiles), judge.library)
    work.sweep(rejoiner_of(judge, plan.drop_generated).rejoin(read_prints(path, unit.id, name)))
    if work.rows != before.rows:
        raise BadRecord(f"{path.name} has {work.rows} rows, and the earlier run had {before.rows}")
    outputs = _write_answers(out, number, work)
    if plan.prints:
        outputs[_PRINTS] = _write(unit_path(out, number, SUFFIX), path.read_bytes())
    return _write_record(out, number, work, before.inputs, outputs)


def _clear_again(before: UnitRecord, root: Path | None, plan: Plan, number: int, judge: Judge, out: Path) -> UnitRecord:
    if root is None:
        raise Refused(
            f"the earlier run left no fingerprints of {before.unit}: name the dataset with --dataset DIR, to read"
            " that part of it again"
        )
    record = clear_unit(root, plan, number, judge, out)
    if record.inputs != before.inputs:
        unit_path(out, number, ".json").unlink()
        raise Refused(f"{before.unit} was changed since the earlier run: clear the dataset again")
    return record


def _write_answers(out: Path, number: int, work: _Unit) -> dict[str, str]:
    outputs = {"decisions": _write_table(unit_path(out, number, ".parquet"), work.ledger.table())}
    outputs["heard"] = _write(unit_path(out, number, ".heard.jsonl"), work.heard_lines())
    outputs["shown"] = _write(unit_path(out, number, ".shown.json"), work.shown_data())
    outputs["problems"] = _write(unit_path(out, number, ".problems.jsonl"), work.problem_lines())
    if work.prints:
        outputs[_PRINTS] = _write_parquet(unit_path(out, number, SUFFIX), work.prints.table(), **write_options())
    return outputs


def _write_record(
    out: Path, number: int, work: _Unit, inputs: Mapping[str, str], outputs: Mapping[str, str]
) -> UnitRecord:
    record = UnitRecord(
        plan=work.plan.digest,
        unit=work.unit.id,
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
        self.prints: Prints | None = None
        self.kept: list[str] = []
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in profiles}
        self.tallies: Counter[str] = Counter()
        self.digests: list[tuple[str, bytes]] = []
        self.ledger = Ledger(unit.id, plan.ask.use.value, profiles)
        self._shown: list[dict[str, Any]] = []
        self._problems: list[dict[str, str | int]] = []
        self._unheard: dict[Problem, tuple[str, int]] = {}
        self._heard: set[str] = set()
        self._briefs: dict[tuple[int, Origin], Brief] = {}

    def keep(self, batch: list[Seen]) -> None:
        """What a batch of rows showed, for a later snapshot to be joined with."""
        if self.plan.prints:
            self.prints = self.prints or Prints(self.unit.id)
            self.prints.add(batch)

    def add(self, judged: Judged) -> None:
        brief, key = self._brief(judged), judged.row.key
        self.ledger.add(key, brief.line)
        self._count(brief, key, 1)
        if brief.is_kept:
            self.kept.append(key)
        if self.unit.format not in _WHOLE_FILES:
            self.digests.append((key, judged.sha256))
        self._keep_shown(judged)

    def _brief(self, judged: Judged) -> Brief:
        """One for all rows that matched nothing, have no problem and the same decisions, which the judge keeps."""
        is_named = judged.row.urls or judged.row.identifiers  # whose decisions the judge may have let go of
        is_plain = not (judged.matches or judged.problems or judged.unheard or judged.lost or is_named)
        name = (id(judged.decisions), judged.origin)
        if is_plain and name in self._briefs:
            return self._briefs[name]
        brief = brief_of(judged, self._library, drop_generated=self.plan.drop_generated)
        if is_plain:
            self._briefs[name] = brief
        return brief

    def sweep(self, sweep: Sweep) -> None:
        """Many rows at once, of which many have the same answer."""
        self.ledger.add_many(sweep)
        rows = np.bincount(sweep.classes, minlength=len(sweep.briefs)).tolist()
        for brief, first, many in zip(sweep.briefs, sweep.firsts, rows, strict=True):
            self._count(brief, first, many)
        if self.plan.emit in ("dataset", "skip-index"):
            usable = np.array([brief.is_kept for brief in sweep.briefs], np.bool_)
            self.kept += sweep.keys.filter(pa.array(usable[sweep.classes])).to_pylist()
        for judged in sweep.shown:
            self._keep_shown(judged)

    def _keep_shown(self, judged: Judged) -> None:
        if judged.best and len(self._shown) < _SHOWN and (shown := _show(judged)):
            self._shown.append(shown)

    def _count(self, brief: Brief, key: str, rows: int) -> None:
        self.rows += rows
        for name, outcome in zip(self.profiles, brief.line.others, strict=True):
            self.counts[name][outcome] += rows
        for tally in brief.tallies:
            self.tallies[tally] += rows
        self._heard.update(brief.heard)
        self._problems += [self._problem(key, problem, 1) for problem in brief.problems]
        for problem in brief.unheard:
            first, many = self._unheard.get(problem, (key, 0))
            self._unheard[problem] = first, many + rows

    def _problem(self, row: str, problem: Problem, rows: int) -> dict[str, str | int]:
        why = problem.why.removeprefix(f"{OF_ITS_OWN} its file: ").replace(f"{OF_ITS_OWN} its file", "its file")
        return {"unit": self.unit.id, "row": row, "reason": problem.reason, "why": why, "rows": rows}

    def shown_data(self) -> bytes:
        return json.dumps(self._shown, ensure_ascii=False, sort_keys=True).encode()

    def problem_lines(self) -> bytes:
        """Those of single rows in order; then what could not be heard, once for all the rows it concerns."""
        unheard = sorted(self._unheard.items(), key=lambda pair: (pair[0].reason, pair[0].where, pair[0].why))
        told = [self._problem(row, problem, rows) for problem, (row, rows) in unheard]
        return _lines(json.dumps(each, ensure_ascii=False, sort_keys=True) for each in (*self._problems, *told))

    def heard_lines(self) -> bytes:
        """Every word that decided a row or was overruled, once."""
        return _lines(sorted(self._heard))


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


def _show(judged: Judged) -> dict[str, Any] | None:
    """What the report needs to set a row beside the work it matched; None when it cannot be shown."""
    match, decision = judged.best, judged.decisions[0]
    if match is None:
        return None
    idle = (each.declaration for each in decision.overruled if each.declaration.index is not None)
    said = decision.because[0] if decision.because else next(idle, None)  # that it does not count, the reason says
    shown: dict[str, Any] = {
        "row": judged.row.key,
        "outcome": decision.outcome.value,
        "reason": reason_of(judged),
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
        if match.method in (*sounds.METHODS, films.METHOD):
            return shown | sounds.show(match)
        if match.method == "text-winnow/1":
            return shown | _passage(str(part.data, "utf-8-sig"), match)
    return None


def _picture(data: bytes | memoryview) -> dict[str, str]:
    try:
        return {"jpeg": base64.b64encode(thumbnail(data)).decode()}
    except BadMedia:
        return {"jpeg": ""}


def _passage(text: str, match: Match) -> dict[str, Any]:
    """The matched span as it is written, with a little of what stands around it."""
    start, stop = (int(part) for part in match.detail.split(":"))
    points, offsets = text_winnow.normalise(text)
    if not len(points):
        return {"before": "", "quoted": "", "after": "", "letters": 0, "of_work": 0, "of_text": 0}
    first, last = int(offsets[start]), int(offsets[min(stop, len(points)) - 1]) + 1
    return {
        "before": text[max(0, first - _AROUND) : first],
        "quoted": text[first:last][:_QUOTED],
        "after": text[last : last + _AROUND],
        "letters": match.score,
        "of_work": match.passage.of_work if match.passage else 0,
        "of_text": match.passage.of_text if match.passage else 0,
    }


def _inputs(root: Path, unit: Unit, work: _Unit, stamps: Mapping[str, tuple[int, ...]]) -> dict[str, str]:
    """SHA-256 of the shard and what lies beside it; for a folder's unit, of the lines `sha256sum` would print."""
    if unit.format in _WHOLE_FILES:
        mapped = {unit.path} if unit.format == webdataset.FORMAT else ()
        return {title(root, p): _digest_of(locate(root, p), stamp, p in mapped) for p, stamp in stamps.items()}
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
def _digest_of(path: Path, stamp: tuple[int, ...], mapped: bool) -> str:
    """The SHA-256 of a file, computed once for the many units that one file may have; empty where unreadable.

    A file whose rows were read as memory is digested as memory, which spares its copy.
    """
    if not stamp:
        return ""
    try:
        if mapped and stamp[0]:
            with webdataset.map_file(path) as tape:
                return hashlib.sha256(tape).hexdigest()
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _write(path: Path, data: bytes) -> str:
    write_file(path, data)
    return hashlib.sha256(data).hexdigest()


def _write_table(path: Path, table: pa.Table) -> str:
    repeated = [name for name in table.column_names if name != "row"]
    sought = ["outcome", "standard"]  # a reader may skip pages by these
    return _write_parquet(path, table, compression="zstd", use_dictionary=repeated, write_statistics=sought)


def _write_parquet(path: Path, table: pa.Table, **options: Any) -> str:
    with in_place(path) as temporary:
        with temporary.open("xb") as file:
            pq.write_table(table, file, **options)
            sync_file(file)
        with temporary.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
    sync_folders(path.parent, [path])
    return digest


def shown_of(out: Path, number: int) -> Iterator[dict[str, Any]]:
    """What a finished unit kept for the report."""
    yield from json.loads(unit_path(out, number, ".shown.json").read_bytes())
