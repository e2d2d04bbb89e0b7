"""The files that a folder's table names: known already, or described to be registered with their titles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from placet.app import Home
from placet.core.declaration import Problem
from placet.core.subject import Kind, Subject
from placet.errors import BadInput
from placet.fingerprints.describe import describe
from placet.fingerprints.digests import digest_file
from placet.registry.bulk.gathering import Work
from placet.registry.bulk.raw import Found, Row
from placet.registry.compose import NewWork
from placet.registry.gather import gather
from placet.registry.openings import Opening
from placet.registry.projection import work_id
from placet.registry.speaker import Speaker

__all__ = ["Files", "no_files"]


def no_files(found: Found) -> Iterator[Row | Problem]:
    """A list by itself: what it says of files is passed over."""
    for each in found:
        if isinstance(each, Row):
            each.file = ""
        yield each


@dataclass(frozen=True, slots=True)
class Files:
    """`by` is whose works are known again by their bytes."""

    home: Home
    folder: Path
    by: Speaker
    dry_run: bool

    def work_of(self, work: Work) -> NewWork | None:
        """The description of a work's file where it is new; its id joins the work's names.  BadInput names the file."""
        path = self._path(work.file)
        sha256 = digest_file(path).sha256.hex()
        same = self.home.registry.works_like("sha256", sha256) if self.home.begun else []
        mine = next((each for each in same if self.by.owns(each.by)), None)
        if mine:
            work.names[mine.subject] = None
            return None
        found = describe(path.read_bytes(), path.name)
        title = Opening(salt=self.home.random(32), value=work.title or path.name, show=False)
        new = NewWork(record=found.record, sheet=found.sheet, title=title)
        work.names[Subject(Kind.WORK, work_id(new.complete().data()))] = None
        return new

    def _path(self, name: str) -> Path:
        path = (self.folder / name).resolve()
        if not path.is_relative_to(self.folder.resolve()) or not path.is_file():
            raise BadInput(f"there is no file {name[:80]} in {self.folder.name} (bulk.file)")
        taken, problems = gather(path)
        if not taken:
            raise BadInput(f"{problems[0].why if problems else name[:80]} (bulk.file)")
        return path
