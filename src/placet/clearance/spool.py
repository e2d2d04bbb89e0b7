"""Files that lie elsewhere, on this disk for as long as a unit needs them.

Each unit's file is fetched whole, digested and read as any other, and removed when its last unit is done: no more lies
here than the files being read. Processes that need one file fetch it once.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from placet.clearance.places import Place
from placet.clearance.readers.guard import reason_of
from placet.clearance.rows import Row, Unit, printable
from placet.core.declaration import Problem
from placet.errors import Refused

__all__ = ["Spool", "with_reasons"]

Lacking = Mapping[str, str]  # path to the sentence that says why it is not here


@dataclass(frozen=True, slots=True)
class Spool:
    """The files of `place`, each under `folder` while it is needed; `units` are those of the plan, by number."""

    place: Place
    folder: Path
    units: Sequence[Unit] = field(default=())

    def absolute(self) -> Spool:
        """The same, wherever a process stands."""
        return replace(self, folder=self.folder.absolute())

    @contextmanager
    def holding(self, number: int, record: Callable[[int], Path] | None = None) -> Iterator[tuple[Path, Lacking]]:
        """The dataset as if it lay here, with the files of one unit in it, and why those are not that could not be had.

        They are removed at the end, unless another unit of them has no `record` yet; where the unit fails they stay
        for who goes on.
        """
        paths, unit = _paths(self.units[number]), self.units[number]
        digest = hashlib.sha256(_identity(self.place, paths)).hexdigest()[:32]
        root = self.folder / digest / _component(self.place.name)
        lacking: dict[str, str] = {}
        with _locked(self.folder / f"{digest[:2]}.lock"):
            for path in paths if not unit.why else ():
                if why := self._fetch(path, root / path if path else root):
                    lacking[path] = why
        yield root, lacking
        with _locked(self.folder / f"{digest[:2]}.lock"):
            if record is None or all(record(other).exists() for other in self._siblings(number)):
                shutil.rmtree(root.parent, ignore_errors=True)

    def _siblings(self, number: int) -> Iterator[int]:
        """The units of the same files: they stand side by side in a plan."""
        paths = _paths(self.units[number])
        for step in (-1, 1):
            other = number
            while 0 <= other < len(self.units) and _paths(self.units[other]) == paths:
                yield other
                other += step

    def _fetch(self, path: str, target: Path) -> str:
        """Bring a file here, whole or not at all; the reason why it could not be had."""
        partial = self.folder / f".placet-{hashlib.sha256(_identity(self.place, (path,))).hexdigest()[:16]}.tmp"
        try:
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                partial.unlink(missing_ok=True)
                self.place.fetch(path, partial)
                partial.replace(target)
        except OSError as error:
            partial.unlink(missing_ok=True)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Refused(f"the disk is full while a file is fetched from {self.place.url}") from error
            name = printable(path or self.place.name)
            return f"{name} could not be fetched from {self.place.url}: {reason_of(error)}."
        return ""


def with_reasons(rows: Iterator[Row], unit: Unit, lacking: Lacking) -> Iterator[Row]:
    """The rows, those of files that could not be had with the reason why."""
    told = {printable(path): why for path, why in lacking.items()}
    for row in rows:
        why = told.get(row.key) or told.get(printable(unit.path)) if told else None
        yield Row(key=row.key, problems=(Problem(row.key, "unit.unreadable", why),)) if why else row


def _paths(unit: Unit) -> tuple[str, ...]:
    """The files that a unit is read from."""
    return unit.members if unit.format == "files" and unit.members else (unit.path, *unit.members)


def _identity(place: Place, paths: tuple[str, ...]) -> bytes:
    """Another version of a file is another file."""
    return "\n".join(f"{printable(path)}\t{place.files.get(path, ())}" for path in paths).encode()


def _component(name: str) -> str:
    """A name that is one part of a path on any disk."""
    kept = "".join(sign if sign.isalnum() or sign in "._- " else "_" for sign in name[-100:]).strip(". ")
    return kept or "dataset"


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time; the system lets go of it when its holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        if sys.platform == "win32":
            import msvcrt

            while True:
                with suppress(OSError):  # it gives up after ten seconds
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield
