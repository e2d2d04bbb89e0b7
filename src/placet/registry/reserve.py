"""Reserve: register what is new, and say one wish about all of it.

Files are described one at a time, and submitted in batches, each of which is registered and declared in one
submission: whatever interrupts a run, a work that is in the record has its wish there too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from placet.core.spoken import Spoken
from placet.core.subject import Kind, Subject
from placet.core.work import Medium, Work
from placet.fingerprints.describe import describe
from placet.fingerprints.image_embedding import Model
from placet.fingerprints.thumbnail import thumbnail
from placet.log.sequencer import Submission
from placet.record.entries import Entry
from placet.registry.compose import Composer, NewWork, Wish
from placet.registry.openings import Opening
from placet.registry.receipts import Row
from placet.registry.speaker import Speaker

__all__ = ["MOST_WORKS", "Choice", "Keep", "NothingYet", "Order", "Register", "Report", "Take", "Write", "reserve"]

MOST_WORKS = 1000  # in one `work.add`

Write = Callable[[Composer], None]

# Calls `write` with a composer that continues from the key's newest entry, and again if another process was
# faster; returns once what was written is durable: the submission and the index of each entry.
Take = Callable[[Write], tuple[Submission, list[int]]]

# Called after each submission that was taken, before the next one: it writes the receipts.
Keep = Callable[[Submission, list[int]], None]


class Register(Protocol):
    """What is in the record; reads see every append that has returned."""

    def works_like(self, column: str, value: str) -> list[Work]: ...

    def spoken_about_all(self, subjects: Iterable[Subject]) -> dict[Subject, list[Spoken]]: ...


class NothingYet:
    """The record before anything was registered."""

    def works_like(self, column: str, value: str) -> list[Work]:
        return []

    def spoken_about_all(self, subjects: Iterable[Subject]) -> dict[Subject, list[Spoken]]:
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a maker lets others see of her works; `local`, `crops` and `model` as `describe` has them."""

    show_titles: bool = False
    thumbnails: bool = False
    local: bool = False
    crops: bool = False
    model: Model | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked: these files and subjects, this wish, by whom."""

    files: Iterable[Path]
    subjects: Sequence[Subject]
    wish: Wish
    choice: Choice
    speaker: Speaker


@dataclass(slots=True, kw_only=True)
class Report:
    """What was done.  `again` files were works of the speaker before; `said` subjects had this very wish before."""

    rows: list[Row] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    indexes: list[int] = field(default_factory=list)
    openings: dict[str, bytes] = field(default_factory=dict)
    new: int = 0
    again: int = 0
    said: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """One file: `work` when it is new, else `id` and `entry` of the work that it was registered as."""

    path: Path
    sha256: str
    work: NewWork | None = None
    id: str = ""
    entry: int | None = None
    notice: str = ""
    others: int = 0

    def row(self) -> Row:
        return Row(
            file=str(self.path),
            work=self.id,
            sha256=self.sha256,
            notice=self.notice,
            others=self.others,
            entry=self.entry,
        )


@dataclass(slots=True, kw_only=True)
class _Batch:
    """What goes into one submission; `twins` are copies within the run, `said` counts what has the wish already."""

    found: list[_Found] = field(default_factory=list)
    twins: list[_Found] = field(default_factory=list)
    subjects: dict[Subject, None] = field(default_factory=dict)
    said: int = 0


def reserve(order: Order, register: Register, random: Callable[[int], bytes], take: Take | None, keep: Keep) -> Report:
    """Do it, batch by batch; without `take`, only look."""
    report = Report()
    known: dict[str, _Found] = {}
    for batch in _plan(_look_all(order, register, random, report), order, register):
        indexes: list[int] = []
        if take and (batch.subjects or any(each.work for each in batch.found)):
            submission, indexes = _submit(batch, take, order.wish)
            report.entries += submission.entries
            report.openings |= {**submission.openings, **submission.private}
            keep(submission, indexes)
        _count(report, batch, indexes)
        known |= {each.sha256: each for each in batch.found}
        for each in [*batch.found, *batch.twins]:
            same = known[each.sha256]
            report.rows.append(replace(same, path=each.path).row())
    return report


def _count(report: Report, batch: _Batch, indexes: list[int]) -> None:
    report.indexes += indexes
    report.subjects += batch.subjects
    report.said += batch.said
    report.new += sum(each.work is not None for each in batch.found)
    report.again += sum(each.work is None for each in batch.found)


def _look_all(order: Order, register: Register, random: Callable[[int], bytes], report: Report) -> Iterator[_Found]:
    for path in order.files:
        try:
            yield _look(path, order, register, random)
        except OSError as error:
            report.unread.append(f"{path} could not be read: {error.strerror or error}")


def _look(path: Path, order: Order, register: Register, random: Callable[[int], bytes]) -> _Found:
    """Describe one file, unless the speaker registered these very bytes before."""
    data = path.read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    same = register.works_like("sha256", sha256)
    of = order.speaker.authority.party_of
    others = len({of(work.by) for work in same} - {order.speaker.party})
    for work in same:
        if order.speaker.owns(work.by):
            return _Found(path=path, sha256=sha256, id=work.id, entry=work.index, others=others)
    new, notice = _describe(data, path, order.choice, random)
    return _Found(path=path, sha256=sha256, work=new, notice=notice, others=others)


def _describe(data: bytes, path: Path, choice: Choice, random: Callable[[int], bytes]) -> tuple[NewWork, str]:
    """The work, and a sentence when it is weakly identifiable."""
    description = describe(data, path.name, local=choice.local, crops=choice.crops, model=choice.model)
    thumb = thumbnail(data) if choice.thumbnails and description.record.medium is Medium.IMAGE else b""
    title = Opening(salt=random(32), value=_title(path), show=choice.show_titles)
    work = NewWork(record=description.record, sheet=description.sheet, title=title, thumb=thumb)
    return work, description.weakness


def _plan(found: Iterable[_Found], order: Order, register: Register) -> Iterator[_Batch]:
    """Batches of files, the same bytes once; the first one carries the subjects that are no files."""
    seen: set[str] = set()
    batch = _Batch(subjects=dict.fromkeys(order.subjects))
    for each in found:
        if each.sha256 in seen:
            batch.twins.append(each)
            continue
        seen.add(each.sha256)
        batch.found.append(each)
        if each.id:
            batch.subjects[Subject(Kind.WORK, each.id)] = None
        if len(batch.found) == MOST_WORKS:
            yield _settled(batch, register, order)
            batch = _Batch()
    yield _settled(batch, register, order)


def _submit(batch: _Batch, take: Take, wish: Wish) -> tuple[Submission, list[int]]:
    """Register and declare a batch; its files learn the ids of their works."""
    new = [each.work for each in batch.found if each.work]
    ids: list[str] = []

    def write(composer: Composer) -> None:
        ids[:] = composer.register(new) if new else []
        composer.declare([*batch.subjects, *(Subject(Kind.WORK, id_) for id_ in ids)], wish)

    submission, indexes = take(write)
    places = zip(submission.entries, indexes, strict=True)
    place = next((index for entry, index in places if entry.type == "work.add"), None)
    given = iter(ids)
    batch.found = [replace(each, id=next(given), entry=place) if each.work else each for each in batch.found]
    return submission, indexes


def _settled(batch: _Batch, register: Register, order: Order) -> _Batch:
    """The batch without the subjects that have this very wish already, said by no lost key."""
    wish, speaker = order.wish, order.speaker
    for subject, words in register.spoken_about_all(batch.subjects).items():
        mine = [said for said in words if speaker.said(said) and said.right == wish.right]
        newest = max(mine, key=lambda said: said.index, default=None)
        if newest and speaker.stands_by(newest) and _same(newest, wish):
            del batch.subjects[subject]
            batch.said += 1
    return batch


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
