"""The units of a plan as Ray core tasks: on this machine, or on a cluster that somebody runs already.

Every task clears one unit by the same function as the process pool, and leaves the same bytes.  A machine of the
cluster needs the dataset, the snapshot and OUT under the same paths (a shared file system), and the same versions of
what decides; where one of these fails, the run ends in a sentence.  What makes a unit done is its record in OUT, so
that a task that ran twice, or a driver that was killed, changes nothing.  Source: Ray 2.60, "Ray Core", tasks and
fault tolerance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from placet.clearance.engine import DIED, Worker
from placet.clearance.nobody import is_nobody, nobody
from placet.clearance.plan import Plan
from placet.clearance.spool import Spool
from placet.clearance.thorough import effort_named
from placet.clearance.unit import UnitRecord, read_record, unit_path
from placet.clearance.versions import deciding_versions
from placet.clearance.voices import Voices
from placet.errors import BadInput, MissingExtra, Refused
from placet.fingerprints.image_embedding import Model
from placet.snapshot.believed import heeded
from placet.snapshot.match import Matcher
from placet.snapshot.pin import Pin, pin

__all__ = ["RayEngine"]

RETRIES: Final = 3  # of a unit whose worker died; an error that a worker tells is told at once
STORE: Final = 80 << 20  # bytes of shared memory on this machine: plans and records pass through it, and no media


@dataclass(frozen=True, slots=True)
class Job:
    """What every worker holds; `voices` speak beside the registry, and `hot` is where built indexes are remembered."""

    root: Path | Spool | None
    plan: Plan
    out: Path
    pin: Pin | None
    voices: Voices | None
    earlier: Path | None
    hot: Path | None
    model: Model | None = None


@dataclass(frozen=True, slots=True)
class RayEngine:
    """Runs units on the cluster at `address`, or on one of this machine's processors when there is none.

    `limit` bounds how many units are worked on at once, 0 for as many as the cluster has processors.
    """

    address: str = ""
    limit: int = 0

    def __call__(self, worker: Worker, workers: int, left: Sequence[int]) -> Iterator[tuple[int, UnitRecord]]:
        if not left:
            return
        ray = _ray()
        is_ours = not ray.is_initialized()
        if is_ours:
            self._start(ray, workers)
        try:
            yield from _gathered(ray, _job_of(worker), left, self.limit or 2 * int(ray.cluster_resources()["CPU"]))
        finally:
            if is_ours:
                ray.shutdown()

    def _start(self, ray: Any, workers: int) -> None:
        quiet = {"log_to_driver": False, "logging_level": "error"}
        try:
            if self.address:
                ray.init(address=self.address, **quiet)
            else:
                bounds = {"num_cpus": max(1, workers), "object_store_memory": STORE, "include_dashboard": False}
                ray.init(**bounds, **quiet, _system_config={"task_oom_retries": RETRIES})
        except (ConnectionError, OSError, RuntimeError, ValueError, TimeoutError) as error:
            where = f"at {self.address}" if self.address else "on this machine"
            raise Refused(f"there is no Ray cluster {where} to work on: {str(error).splitlines()[0]}") from error


def _ray() -> Any:
    try:
        import ray
    except ImportError as error:
        raise MissingExtra("--engine ray needs Ray: pip install 'placet[ray]'") from error
    return ray


def _job_of(worker: Worker) -> Job:
    """With absolute paths: a task is at home in another folder."""
    library = worker.matcher.library
    return Job(
        root=worker.root.absolute() if worker.root else None,
        plan=worker.plan,
        out=worker.out.absolute(),
        pin=None if is_nobody(library) else pin(library),
        voices=worker.voices,
        earlier=worker.earlier.absolute() if worker.earlier else None,
        hot=worker.matcher.cache.absolute() if worker.matcher.cache else None,
        model=worker.matcher.model,
    )


def _gathered(ray: Any, job: Job, left: Sequence[int], most: int) -> Iterator[tuple[int, UnitRecord]]:
    """Never more than `most` tasks at once, so that a plan of millions of units waits here and not in the cluster."""
    held = [ray.put(job)]  # inside a list it stays where it is until a worker asks for it, once
    clear = ray.remote(num_cpus=1, max_retries=RETRIES, retry_exceptions=False)(_clear)
    waiting = iter(left)
    running = {clear.remote(held, number): number for number in islice(waiting, most)}
    while running:
        (done,), _ = ray.wait(list(running), num_returns=1)
        number = running.pop(done)
        record = _told(ray, done)
        _check_shared(job.out, number, record)
        yield number, record
        running |= {clear.remote(held, number): number for number in islice(waiting, 1)}


def _told(ray: Any, done: Any) -> UnitRecord:
    try:
        record: UnitRecord = ray.get(done)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, Exception):
            raise error.cause from error
        raise Refused(f"{DIED} ({type(error).__name__})") from error
    except ray.exceptions.RayError as error:
        raise Refused(f"{DIED} ({type(error).__name__}, tried again {RETRIES} times)") from error
    return record


def _check_shared(out: Path, number: int, record: UnitRecord) -> None:
    """What a worker wrote must be here too, since the run's files are joined from it."""
    try:
        is_here = read_record(unit_path(out, number, ".json")) == record
    except (BadInput, OSError):
        is_here = False
    if not is_here:
        raise Refused(f"a worker finished unit {number} and nothing of it is in {out}: OUT must lie where all share it")


# ---- in a worker's process ------------------------------------------------------------------------

_HELD: dict[str, Worker] = {}


def _clear(held: list[Any], number: int) -> UnitRecord:
    """The job is opened once a process, which Ray keeps for many tasks."""
    name = held[0].hex()
    if name not in _HELD:
        _HELD.clear()
        _HELD[name] = _opened(_ray().get(held[0]))
    return _HELD[name].clear(number)


def _opened(job: Job) -> Worker:
    plan = job.plan
    if (have := deciding_versions()) != plan.rules.get("versions", have):
        raise Refused(f"a worker has {have}, and the run was begun with {plan.rules['versions']}: install the same")
    library = job.pin.open() if job.pin else nobody()
    matcher = Matcher(heeded(library, plan.ask.min_voice), effort_named(plan.ask.effort), job.hot, job.model)
    return Worker(job.root, plan, job.out, matcher, job.voices, job.earlier)
