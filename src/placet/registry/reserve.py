"""Reserve: register what is new, and say one wish about all of it.

Files are described one at a time, and submitted in batches, each of which is registered and declared in one
submission: whatever interrupts a run, a work that is in the record has its wish there too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from placet.core.spoken import Spoken
from placet.core.subject import Kind, Subject
from placet.core.work import Medium, Work
from placet.errors import BadMedia
from placet.fingerprints.describe import describe
from placet.fingerprints.digests import digest_bytes
from placet.fingerprints.thumbnail import thumbnail
from placet.log.sequencer import Submission
from placet.registry.compose import Composer, NewWork, Wish
from placet.registry.openings import Opening

__all__ = ["MOST_WORKS", "Batch", "Choice", "Found", "Register", "Submit", "look", "plan", "submit"]

MOST_WORKS = 1000  # in one `work.add`


class Register(Protocol):
    """What is in the record; reads see every append that has returned."""

    def works_like(self, column: str, value: str) -> list[Work]: ...

    def spoken_about(self, subject: Subject) -> list[Spoken]: ...


# Calls `write` with a composer that continues from the key's newest entry, and again if another process was
# faster; returns once what was written is durable: the submission and the index of each entry.
Submit = Callable[[Callable[[Composer], None]], tuple[Submission, list[int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a maker lets others see of her works."""

    show_titles: bool = False
    thumbnails: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One file: `work` when it is new, else `id` of the work that it was registered as."""

    path: Path
    sha256: str
    work: NewWork | None = None
    id: str = ""
    notice: str = ""
    others: int = 0


@dataclass(slots=True, kw_only=True)
class Batch:
    """What goes into one submission; `said` counts what has the wish already, `twins` are copies within the run."""

    found: list[Found] = field(default_factory=list)
    twins: list[Found] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    said: int = 0

    @property
    def new(self) -> list[Found]:
        return [each for each in self.found if each.work]


def look(path: Path, register: Register, by: str, choice: Choice, random: Callable[[int], bytes]) -> Found:
    """Describe one file, unless this key registered these very bytes before; OSError when it cannot be read."""
    data = path.read_bytes()
    sha256 = digest_bytes(data).sha256.hex()
    same = register.works_like("sha256", sha256)
    mine = next((work for work in same if work.by == by), None)
    others = len({work.by for work in same} - {by})
    if mine:
        return Found(path=path, sha256=sha256, id=mine.id, others=others)
    description = describe(data, path.name)
    thumb, notice = b"", description.weakness
    if choice.thumbnails and description.record.medium is Medium.IMAGE:
        try:
            thumb = thumbnail(data)
        except BadMedia as error:
            notice = notice or f"it has no thumbnail: {error}"
    title = Opening(salt=random(32), value=_title(path), show=choice.show_titles)
    work = NewWork(record=description.record, sheet=description.sheet, title=title, thumb=thumb)
    return Found(path=path, sha256=sha256, work=work, notice=notice, others=others)


def plan(
    found: Iterable[Found], subjects: Sequence[Subject], register: Register, by: str, wish: Wish
) -> Iterator[Batch]:
    """Batches of files to submit, the same bytes once; what has this wish already is counted, not said again."""
    seen: set[str] = set()
    batch = Batch()
    for subject in subjects:
        _add_subject(batch, subject, register, by, wish)
    for each in found:
        if each.sha256 in seen:
            batch.twins.append(each)
            continue
        seen.add(each.sha256)
        batch.found.append(each)
        if each.id:
            _add_subject(batch, Subject(Kind.WORK, each.id), register, by, wish)
        if len(batch.found) == MOST_WORKS:
            yield batch
            batch = Batch()
    if batch.found or batch.twins or batch.subjects or batch.said:
        yield batch


def submit(batch: Batch, take: Submit, wish: Wish) -> tuple[Submission, list[int], list[Found]]:
    """Register and declare a batch; the files come back with the ids of their works."""
    ids: list[str] = []

    def write(composer: Composer) -> None:
        new = [each.work for each in batch.found if each.work]
        ids[:] = composer.register(new) if new else []
        composer.declare([*batch.subjects, *(Subject(Kind.WORK, id_) for id_ in ids)], wish)

    if not batch.new and not batch.subjects:
        return Submission(()), [], batch.found
    submission, indexes = take(write)
    given = iter(ids)
    return submission, indexes, [_named(each, given) for each in batch.found]


def _named(found: Found, ids: Iterator[str]) -> Found:
    if not found.work:
        return found
    return Found(path=found.path, sha256=found.sha256, id=next(ids), notice=found.notice, others=found.others)


def _add_subject(batch: Batch, subject: Subject, register: Register, by: str, wish: Wish) -> None:
    mine = [said for said in register.spoken_about(subject) if said.by == by and said.right == wish.right]
    if mine and _same(max(mine, key=lambda said: said.index), wish):
        batch.said += 1
    elif subject not in batch.subjects:
        batch.subjects.append(subject)


def _same(said: Spoken, wish: Wish) -> bool:
    """Whether the newest word is this very wish, in force from the same moment or earlier."""
    return (
        said.stance is wish.stance
        and set(said.uses) == set(wish.uses)
        and said.start <= wish.start
        and (said.until, said.territory, said.agent) == (wish.until, wish.territory, wish.agent)
        and said.terms == (hashlib.sha256(wish.terms.encode()).hexdigest() if wish.terms else "")
    )


def _title(path: Path) -> str:
    """The file's name; bytes that are no text become U+FFFD."""
    return path.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
