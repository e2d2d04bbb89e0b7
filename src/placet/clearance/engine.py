"""Running a plan: units in any order on any number of processes, each exactly once, resumable at any point.

The decisions table is the units' tables in the plan's order, so that it does not depend on who ran when.
"""

from __future__ import annotations

import gc
import hashlib
import multiprocessing
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Protocol

import pyarrow.parquet as pq

from placet.clearance.disk import in_place, is_temporary, sync_file, sync_folders, write_file
from placet.clearance.emit import emit_list
from placet.clearance.judge import Judge
from placet.clearance.ledger import KEPT_BACK, columns
from placet.clearance.nobody import is_nobody, nobody
from placet.clearance.plan import Plan, check_same, parse_plan
from placet.clearance.prints import SUFFIX
from placet.clearance.skip_index import join_skips
from placet.clearance.spool import Spool
from placet.clearance.thorough import effort_named
from placet.clearance.unit import UnitRecord, clear_unit, read_record, rejoin_unit, unit_path
from placet.clearance.voices import Voices
from placet.core.decision import Outcome
from placet.errors import BadInput, Refused
from placet.fingerprints.image_embedding import Model
from placet.snapshot.believed import heeded
from placet.snapshot.library import open_library
from placet.snapshot.match import Matcher

__all__ = [
    "DIED",
    "MARKER",
    "Engine",
    "Progress",
    "Worker",
    "begin",
    "finished",
    "gather_outputs",
    "run_in_pool",
    "run_units",
]

MARKER = ".placet-output"  # never registered, never cleared: written by us
MAPPED = "webdataset"  # its files are mapped: one that is cut off kills whoever reads it, so never us
_FORKS = sys.platform == "linux"
Progress = Callable[[int, int], None]  # units done, units in all
DIED = (
    "a worker process died: it was killed, no memory was left, or a file was cut off while it was being read."
    " What is done is kept; run the same command again to go on from there"
)


class Engine(Protocol):
    """Runs the units `left` of a worker's plan, at most `workers` at once, and yields each record as it is done.

    In any order, each unit once or more: a unit leaves the same bytes whenever and wherever it is cleared, and is done
    when its record is on the disk of OUT.  A worker that dies is tried again or told by Refused, never passed over.
    """

    def __call__(self, worker: Worker, workers: int, left: Sequence[int]) -> Iterator[tuple[int, UnitRecord]]: ...


def begin(plan: Plan, out: Path) -> Plan:
    """Freeze the plan in OUT, or take up the run that OUT holds; PlanChanged or Refused when it cannot be."""
    path = out / "plan.json"
    if path.exists():
        return check_same(parse_plan(path.read_bytes()), plan)
    if out.exists() and not out.is_dir():
        raise Refused(f"{out} is a file: choose a new OUT")
    if out.exists() and not _is_stillborn(out):
        raise Refused(f"{out} is not empty and holds no run to resume: choose a new OUT")
    (out / "units").mkdir(parents=True, exist_ok=True)
    write_file(out / MARKER, b"")
    write_file(path, plan.data())
    return plan


def _is_stillborn(out: Path) -> bool:
    """Empty, or a run that was killed before it had a plan."""
    inside = {path.name for path in out.rglob("*")}
    return not inside - {MARKER, "units"} - {name for name in inside if is_temporary(name)}


def finished(plan: Plan, out: Path) -> dict[int, UnitRecord]:
    """The units that are done: their record is of this plan and their outputs are what it says."""
    done = {}
    for number in range(len(plan.units)):
        path = unit_path(out, number, ".json")
        if path.exists() and (record := _sound_record(path, plan, out, number)):
            done[number] = record
    return done


def _sound_record(path: Path, plan: Plan, out: Path, number: int) -> UnitRecord | None:
    try:
        record = read_record(path)
        sound = record.plan == plan.digest and record.unit == plan.units[number].id
        sound = sound and ("skip" in record.outputs) == (plan.emit == "skip-index")
        return record if sound and _outputs_hold(record, out, number) else None
    except (BadInput, OSError):
        return None  # redone: nothing is taken from a unit whose record does not hold


_SUFFIXES = {
    "decisions": ".parquet",
    "shown": ".shown.json",
    "problems": ".problems.jsonl",
    "heard": ".heard.jsonl",
    "fingerprints": SUFFIX,
    "skip": ".skip.json",
}


def _outputs_hold(record: UnitRecord, out: Path, number: int) -> bool:
    for name, digest in record.outputs.items():
        path = unit_path(out, number, _SUFFIXES[name]) if name in _SUFFIXES else out / name
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                return False
    return True


def run_units(
    root: Path | Spool | None,
    plan: Plan,
    out: Path,
    matcher: Matcher,
    workers: int,
    progress: Progress = lambda _, __: None,
    voices: Voices | None = None,
    earlier: Path | None = None,
    engine: Engine | None = None,
) -> dict[int, UnitRecord]:
    """Clear every unit that is not done yet, and return the records of all; `voices` speak beside the registry.

    With `earlier`, a run of the same units, its fingerprints are judged, and media only where it left none.
    """
    records = finished(plan, out)
    left = [number for number in range(len(plan.units)) if number not in records]
    for number in left if isinstance(root, Spool) else ():  # a record that is there says that its file is done with
        unit_path(out, number, ".json").unlink(missing_ok=True)
    total = len(plan.units)
    progress(total - len(left), total)
    worker = Worker(root, plan, out, matcher, voices, earlier)
    for number, record in (engine or run_in_pool)(worker, min(workers, len(left)), left):
        records[number] = record
        progress(len(records), total)
    return records


def run_in_pool(worker: Worker, workers: int, left: Sequence[int]) -> Iterator[tuple[int, UnitRecord]]:
    """`Engine` on this machine: in this process where that is enough, else in forked or spawned ones."""
    if not left:
        return
    if workers <= 1 and not any(worker.plan.units[number].format == MAPPED for number in left):
        for number in left:
            yield number, worker.clear(number)
        return
    with _pool(worker, max(1, workers)) as pool:
        waiting = {pool.submit(_work, number): number for number in left}
        try:
            for done in as_completed(waiting):
                yield waiting[done], done.result()
        except BrokenProcessPool as error:
            raise Refused(DIED) from error
        finally:
            pool.shutdown(cancel_futures=True)


class Worker:
    """What a process that clears units holds for its lifetime."""

    def __init__(
        self,
        root: Path | Spool | None,
        plan: Plan,
        out: Path,
        matcher: Matcher,
        voices: Voices | None,
        earlier: Path | None = None,
    ) -> None:
        self.root, self.plan, self.out, self.earlier = root, plan, out, earlier
        self.matcher, self.voices = matcher, voices
        self.judge = Judge(matcher, plan.ask, voices)

    def clear(self, number: int) -> UnitRecord:
        if isinstance(self.root, Spool):
            with self.root.holding(number, lambda other: unit_path(self.out, other, ".json")) as (root, lacking):
                return clear_unit(root, self.plan, number, self.judge, self.out, lacking)
        if self.earlier:
            return rejoin_unit(self.earlier, self.root, self.plan, number, self.judge, self.out)
        if self.root is None:
            raise ValueError("a dataset is cleared where it lies, or by the fingerprints of an earlier run")
        return clear_unit(self.root, self.plan, number, self.judge, self.out)


def _pool(worker: Worker, workers: int) -> ProcessPoolExecutor:
    """A forked worker shares the search structures; where there is no fork each opens the files, and the cache."""
    if _FORKS:
        worker.matcher.warm()
        fork = multiprocessing.get_context("fork")
        return ProcessPoolExecutor(workers, fork, initializer=_start, initargs=(worker,))
    library = worker.matcher.library
    folder = None if is_nobody(library) else library.folder
    matcher = worker.matcher
    asked = (worker.root, worker.plan, worker.out, folder, matcher.cache, worker.voices, worker.earlier, matcher.model)
    return ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_open, initargs=asked)


def _open(
    root: Path | Spool | None,
    plan: Plan,
    out: Path,
    folder: Path | None,
    cache: Path | None,
    voices: Voices | None,
    earlier: Path | None,
    model: Model | None,
) -> None:
    library = open_library(folder) if folder else nobody()
    matcher = Matcher(heeded(library, plan.ask.min_voice), effort_named(plan.ask.effort), cache, model)
    _start(Worker(root, plan, out, matcher, voices, earlier))


_HELD: list[Worker] = []


def _start(worker: Worker) -> None:
    _HELD[:] = [worker]
    gc.freeze()  # what was there before lives as long as the process: no collection need look at it again


def _work(number: int) -> UnitRecord:
    return _HELD[0].clear(number)


def gather_outputs(plan: Plan, out: Path, records: Mapping[int, UnitRecord]) -> dict[str, str]:
    """Join the units' outputs into the run's files; returns each file's SHA-256."""
    outputs = {
        "decisions.parquet": _join_tables(plan, out),
        "heard.jsonl": _join_lines(plan, out, "heard.jsonl", once=True),
        "problems.jsonl": _join_lines(plan, out, "problems.jsonl"),
    }
    if plan.emit in ("list", "skip-index"):
        name = "cleared.tsv" if plan.emit == "list" else "skip-index.json"
        data = _selection(plan, out)
        write_file(out / name, data)
        outputs[name] = hashlib.sha256(data).hexdigest()
    for number in sorted(records):
        outputs |= {name: d for name, d in records[number].outputs.items() if name.startswith("dataset/")}
    return outputs


def _join_tables(plan: Plan, out: Path) -> str:
    schema = columns(tuple(profile.name for profile in plan.ask.profiles))
    target = out / "decisions.parquet"
    with in_place(target) as temporary:
        with temporary.open("xb") as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for number in range(len(plan.units)):
                writer.write_table(pq.read_table(unit_path(out, number, ".parquet"), schema=schema))
            writer.close()
            sync_file(file)
        with temporary.open("rb") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
    sync_folders(out, [target])
    return digest


def _join_lines(plan: Plan, out: Path, name: str, *, once: bool = False) -> str:
    """The units' lines in the plan's order; `once` leaves out those that came before."""
    digest, target, told = hashlib.sha256(), out / name, set[bytes]()
    with in_place(target) as temporary, temporary.open("xb") as file:
        for number in range(len(plan.units)):
            lines = unit_path(out, number, f".{name}").read_bytes()
            if once:
                new = [line for line in lines.splitlines(keepends=True) if line not in told]
                told.update(new)
                lines = b"".join(new)
            digest.update(lines)
            file.write(lines)
        sync_file(file)
    sync_folders(out, [target])
    return digest.hexdigest()


def _selection(plan: Plan, out: Path) -> bytes:
    """The rows that may be used, or the index of what to leave out."""
    if plan.emit == "skip-index":
        told = (unit_path(out, number, ".skip.json").read_bytes() for number in range(len(plan.units)))
        return join_skips(plan.digest, told)
    usable = list[tuple[str, str]]()
    back = KEPT_BACK if plan.drop_generated else ()
    for number, unit in enumerate(plan.units):
        table = pq.read_table(unit_path(out, number, ".parquet"), columns=["row", "outcome", "origin"])
        rows = zip(*(table.column(name).to_pylist() for name in ("row", "outcome", "origin")), strict=True)
        usable += [(unit.id, key) for key, said, origin in rows if said == Outcome.CLEARED and origin not in back]
    return emit_list(usable).encode()
