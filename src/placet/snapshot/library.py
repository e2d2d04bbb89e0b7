"""An opened snapshot: who made what, who said what, and the arrays that matching reads."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from placet.core.authority import Authority
from placet.core.declaration import Declaration
from placet.core.spoken import Spoken
from placet.core.stance import Stance, Voice
from placet.core.standing import Disputes
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.core.work import Party
from placet.errors import BadInput, BadRecord, NotFound, VerificationFailed
from placet.fingerprints.audio_prints import LAST_FRAME
from placet.record.entries import parse_subject
from placet.snapshot.acts import read_acts, told_by
from placet.snapshot.arrays import ARRAYS, is_sorted
from placet.snapshot.blankets import blankets
from placet.snapshot.manifest import Manifest, parse_manifest
from placet.snapshot.opened import Opened
from placet.snapshot.segments import join_arrays, part_files, read_works, told_again
from placet.snapshot.titles import Heard, Titles

__all__ = ["TABLES", "Library", "WorkRow", "check_files", "open_library", "read_manifest"]

_DIGEST = re.compile(r"[0-9a-f]{64}")
TABLES = ("parties.parquet", "thumbs.parquet", "words.parquet", "works.parquet")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """What a snapshot shows of one work; the title only by its holder's consent."""

    id: str
    by: str
    entry: int
    title: str
    medium: str
    iscc: str
    weak: bool


@dataclass(frozen=True)
class Library:
    """Row numbers of works are their places in `works.parquet` and in every array; segments are read as one."""

    folder: Path
    manifest: Manifest
    arrays: dict[str, NDArray[Any]]
    is_whole: bool = True  # else the arrays lack works that an asker need not believe (`believed`)
    shown: Callable[[str], str] = str  # a title or name as it stands in the files; a home's own holds commitments
    whole: Library | None = None  # where `is_whole` is not: the library with all works, and which of them are left out
    left_out: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.arrays["works.id"])

    def work_id(self, row: int) -> str:
        return bytes(self.arrays["works.id"][row]).hex()

    def subject(self, row: int) -> Subject:
        return Subject(Kind.WORK, self.work_id(row))

    def quality(self, row: int) -> int:
        return int(self.arrays["works.quality"][row])

    def work(self, row: int) -> WorkRow:
        values = {name: column[row].as_py() for name, column in self._works.items()}
        return WorkRow(**values | {"weak": bool(values["weak"]), "title": self.shown(values["title"])})

    @cached_property
    def _works(self) -> dict[str, Any]:
        names = ["id", "by", "entry", "title", "medium", "iscc", "weak"]
        table = self.table(names)
        return {name: table.column(name) for name in names}

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """`works.parquet`, or some of its columns, in the order of works."""
        return read_works(self.folder, self.manifest, columns)

    @cached_property
    def parties(self) -> Mapping[str, Party]:
        rows = pq.read_table(self.folder / "parties.parquet").to_pylist()
        held = {r["key"]: Party(key=r["key"], index=r["entry"], role=r["role"], name=r["name"]) for r in rows}
        return held if self.shown is str else Opened(held, self.shown)

    @cached_property
    def authority(self) -> Authority:
        """Who may speak for what, by the record's acts."""
        return Authority.of(read_acts(self.folder))

    @cached_property
    def words(self) -> tuple[Spoken, ...]:
        """Every word, in the order of entry."""
        tables = (pq.read_table(file) for file in self._word_files)
        return tuple(_spoken(row) for table in tables for row in table.to_pylist())

    @property
    def _word_files(self) -> list[Path]:
        return part_files(self.folder, self.manifest, "words.parquet")

    @cached_property
    def _elsewhere(self) -> dict[Subject, list[int]]:
        """Words about what is no work: addresses, domains, identifiers.

        A million words about works are passed over as a column; none of them becomes an object.
        """
        found: dict[Subject, list[int]] = defaultdict(list)
        first = 0
        for path in self._word_files:
            with pq.ParquetFile(path) as file:
                for number in range(file.num_row_groups):
                    group = file.metadata.row_group(number)
                    if not _speaks_of_works_only(group):
                        column = file.read_row_group(number, columns=["subjects"]).column("subjects")
                        for subject, word in _others(column.combine_chunks()):
                            found[subject].append(first + word)
                    first += group.num_rows
        return found

    @cached_property
    def _said(self) -> pa.Table:
        """The words without what they are about, of which one alone may have a hundred thousand."""
        names = [name for name in pq.read_schema(self.folder / "words.parquet").names if name != "subjects"]
        return pa.concat_tables([pq.read_table(file, columns=names) for file in self._word_files])

    def _about(self, numbers: Iterable[int], subject: Subject) -> list[Declaration]:
        rows = (self._said.slice(number, 1).to_pylist()[0] | {"subjects": ()} for number in numbers)
        return [said for row in rows for said in _spoken(row).about(subject)]

    @property
    def named(self) -> frozenset[Subject]:
        """Every subject other than works that somebody spoke about."""
        return frozenset(self._elsewhere)

    def heard_of_work(self, row: int) -> list[Declaration]:
        """All declarations about one work."""
        about = self.arrays["said.work"]
        start, stop = np.searchsorted(about, [row, row + 1])
        said = self._about(self.arrays["said.word"][start:stop].tolist(), self.subject(row))
        holder = str(self._works["by"][row]) if self.authority.acts else ""
        return self._alive(self.authority.weigh(said, holder) + self._wide_words(row, holder), row)

    def _wide_words(self, row: int, holder: str) -> list[Declaration]:
        """What is said of all that the holder of a work has."""
        if not self._has_repertoires:
            return []
        owner = self.authority.party_of(holder or str(self._works["by"][row]))
        return blankets(owner, self.subject(row), self.authority, self._of_repertoire)

    @cached_property
    def _has_repertoires(self) -> bool:
        return any(subject.kind is Kind.REPERTOIRE for subject in self.named)

    def _of_repertoire(self, wide: Subject) -> Sequence[Declaration]:
        """The words about a repertoire, read once."""
        if wide not in self._repertoires:
            self._repertoires[wide] = tuple(self.heard_of(wide))
        return self._repertoires[wide]

    @cached_property
    def _repertoires(self) -> dict[Subject, tuple[Declaration, ...]]:
        return {}

    @cached_property
    def disputes(self) -> Disputes:
        """How the claims to what is in here stand."""
        return Disputes.of(self.authority, self._holder_of)

    def _holder_of(self, id_: str) -> str:
        row = self.row_of(id_)
        return "" if row is None else str(self._works["by"][row])

    def is_claimed(self, row: int) -> bool:
        """Whether anybody claims the work still: a claim that was withdrawn, or upheld for another, is none."""
        if not self.disputes or self.subject(row) in self.titles:
            return True
        holder = self.authority.party_of(str(self._works["by"][row]))
        return not self.disputes.is_dead(holder, str(self.subject(row)))

    def _alive(self, words: list[Declaration], row: int) -> list[Declaration]:
        if not self.disputes:
            return words
        about, is_dead = str(self.subject(row)), self.disputes.is_dead
        return [word for word in words if not any(is_dead(who, about, word.right) for who in _answerable(word))]

    def heard_of(self, subject: Subject) -> list[Declaration]:
        """All declarations about one subject that is no work."""
        return self.authority.weigh(self._about(self._elsewhere.get(subject, ()), subject))

    def row_of(self, id_: str) -> int | None:
        """The number of a work by its id; None when it is not here."""
        order, firsts = self._by_id
        wanted = bytes.fromhex(id_)
        at = int(np.searchsorted(firsts, np.frombuffer(wanted[:8], ">u8")[0]))
        while at < len(order) and firsts[at] == int.from_bytes(wanted[:8], "big"):
            if self.work_id(int(order[at])) == id_:
                return int(order[at])
            at += 1
        return None

    @cached_property
    def _by_id(self) -> tuple[NDArray[Any], NDArray[Any]]:
        firsts = np.ascontiguousarray(self.arrays["works.id"]).view(">u8")[:, 0]
        order = np.argsort(firsts, kind="stable")
        return order, firsts[order]

    def said_of(self, subject: Subject) -> list[Declaration]:
        """All declarations about one subject by its very name."""
        if subject.kind is not Kind.WORK:
            return self.heard_of(subject)
        row = self.row_of(subject.id)
        return [] if row is None else self.heard_of_work(row)

    @cached_property
    def titles(self) -> Titles:
        """The titles that sheets list, by any of their names."""
        return Titles.open(self.folder, self.authority, self.said_of, self.named)

    @property
    def known(self) -> frozenset[Subject]:
        """Every subject other than works that somebody spoke about, and every address that a sheet lists."""
        listed = self.titles.addresses
        return self.named | listed if listed else self.named

    def titles_by(self, at: int) -> Titles:
        """The titles as they were listed by a moment, by the days that the acts bear."""
        authority = Authority.of(told_by(self.authority.acts, at))
        return Titles.open(self.folder, authority, self.said_of, self.named, until=at)

    def hear(self, subject: Subject, at: int, territory: str | None, least: Voice) -> Heard:
        """All that is said about one subject, also by those who claim it in a sheet, and whose yes it takes."""
        return self.titles.hear(subject, self.said_of(subject), at, territory, least)

    def terms(self, digest: str) -> bytes | None:
        """The terms that a declaration names by their SHA-256; None when they are withheld or are not those."""
        if not _DIGEST.fullmatch(digest):
            return None
        try:
            data = (self.folder / "log" / "blobs" / digest[:2] / digest).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == digest else None

    def thumbnail(self, work: str) -> bytes | None:
        """The thumbnail that a work's holder published."""
        return self.thumbnails.get(work)

    def records(self) -> list[dict[str, Any]]:
        """Every row of `works.parquet`, in order; a row's number is its work's in every array."""
        rows: list[dict[str, Any]] = self.table().to_pylist()
        return rows

    @cached_property
    def thumbnails(self) -> dict[str, bytes]:
        shown = pa.concat_tables(list(self.first_thumbnails(None)))
        return dict(zip(shown.column("work").to_pylist(), shown.column("jpeg").to_pylist(), strict=True))

    def first_thumbnails(self, most: int | None, columns: Sequence[str] = ("work", "jpeg")) -> Iterator[pa.Table]:
        """The first `most` rows of each part's `thumbs.parquet`, without those that a later part tells again."""
        files = part_files(self.folder, self.manifest, "thumbs.parquet")
        again = told_again(self.folder, self.manifest) if self.manifest.segments else [[]]
        for number, path in enumerate(files):
            with pq.ParquetFile(path) as file:
                batches = islice(file.iter_batches(most or 65_536, columns=list(columns)), 1 if most else None)
                table = pa.Table.from_batches(batches, pa.schema([file.schema_arrow.field(name) for name in columns]))
            gone = pa.array([id_ for ids in again[number + 1 :] for id_ in ids], pa.string())
            yield table.filter(pc.invert(pc.is_in(table.column("work"), gone))) if len(gone) else table


def open_library(folder: Path) -> Library:
    """Map a snapshot's files; whether they are what the manifest says is `check_files`' business."""
    manifest = read_manifest(folder)
    wanted = [*TABLES, *(f"arrays/{name}" for name, shape in ARRAYS.items() if not shape.optional)]
    wanted += [f"{part.folder}{name}" for part in manifest.segments for name in TABLES if name != "parties.parquet"]
    missing = [path for path in wanted if path not in manifest.files]
    if missing:
        raise BadRecord(f"{folder}/manifest.json does not list {missing[0]}, which nobody would have signed")
    library = Library(folder, manifest, join_arrays(folder, manifest))
    _check_arrays(library)
    _check_tables(library)
    return library


def read_manifest(folder: Path) -> Manifest:
    try:
        return parse_manifest((folder / "manifest.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"there is no snapshot at {folder}: it has no manifest.json") from None


def check_files(folder: Path, manifest: Manifest) -> None:
    """VerificationFailed names the first file whose bytes are not those the manifest was signed over."""
    for path, (digest, size) in manifest.files.items():
        try:
            with (folder / path).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise VerificationFailed(f"BROKEN: {path} of the snapshot cannot be read: {error.strerror}") from error
        if found != digest:
            real = (folder / path).stat().st_size
            raise VerificationFailed(
                f"BROKEN: {path} was changed after the snapshot was signed ({real:,} bytes, {size:,} signed)"
            )


def _check_arrays(library: Library) -> None:
    """Ids and lengths are checked before any kernel runs."""
    arrays, works = library.arrays, len(library)
    for key, value in (
        ("works.id", "works.quality"),
        ("sha256.key", "sha256.work"),
        ("blake3.key", "blake3.work"),
        ("text-sha256.key", "text-sha256.work"),
        ("image-plh.hash", "image-plh.work"),
        ("image-plh.hash", "image-plh.reading"),
        ("image-orb.hash", "image-orb.work"),
        ("image-orb.hash", "image-orb.place"),
        ("image-embedding.work", "image-embedding.model"),
        ("image-embedding.work", "image-embedding.value"),
        ("text-winnow.hash", "text-winnow.work"),
        ("text-winnow.hash", "text-winnow.position"),
        ("audio-landmark.hash", "audio-landmark.work"),
        ("audio-landmark.hash", "audio-landmark.time"),
        ("audio-chroma.item", "audio-chroma.work"),
        ("video-plh.hash", "video-plh.work"),
        ("video-plh.hash", "video-plh.time"),
        ("said.work", "said.word"),
    ):
        if len(arrays[key]) != len(arrays[value]):
            raise BadRecord(f"{library.folder}: {key} and {value} differ in length")
    for name in (name for name in ARRAYS if name.endswith(".work")):
        if len(arrays[name]) and int(arrays[name].max()) >= works:
            raise BadRecord(f"{library.folder}: {name} names a work beyond the {works} there are")
    if len(arrays["said.word"]) and int(arrays["said.word"].max()) >= library.manifest.counts.get("words", 0):
        raise BadRecord(f"{library.folder}: said.word names a word that is not there")
    if len(arrays["image-plh.reading"]) and int(arrays["image-plh.reading"].max()) >= len(library.manifest.readings):
        raise BadRecord(f"{library.folder}: image-plh.reading names a reading that manifest.json does not")
    if np.any((arrays["works.quality"] > _BEST) & (arrays["works.quality"] != _NONE)):
        raise BadRecord(f"{library.folder}: works.quality holds something that is no quality")
    if len(arrays["audio-landmark.time"]) and int(arrays["audio-landmark.time"].max()) > LAST_FRAME:
        raise BadRecord(f"{library.folder}: audio-landmark.time lies beyond the longest sound")
    _check_sorted(library, ("audio-landmark.hash", "audio-chroma.work"))
    _check_sorted(
        library, ("text-winnow.hash", "image-orb.work", "said.work", "sha256.key", "blake3.key", "text-sha256.key")
    )


_BEST, _NONE = 100, 255  # `works.quality`: the best there is, and no picture at all


def _check_sorted(library: Library, names: Iterable[str]) -> None:
    for name in names:
        if not is_sorted(library.arrays[name]):
            raise BadRecord(f"{library.folder}: {name} is not sorted")


def _check_tables(library: Library) -> None:
    """As many rows in each table as the arrays and the manifest speak of."""
    counts, later = library.manifest.counts, library.manifest.segments
    if counts.get("works") != len(library):
        raise BadRecord(
            f"{library.folder}: manifest.json counts {counts.get('works')} works, and {len(library)} are there"
        )
    expected = {
        "works.parquet": len(library) - sum(each.works for each in later),
        "words.parquet": counts.get("words", 0) - sum(each.words for each in later),
        "parties.parquet": counts.get("parties"),
    }
    for each in later:
        expected[f"{each.folder}works.parquet"] = each.again + each.works
        expected[f"{each.folder}words.parquet"] = each.words
    for name, wanted in expected.items():
        try:
            found = pq.read_metadata(library.folder / name).num_rows
        except (OSError, pa.ArrowException) as error:
            raise BadRecord(f"{library.folder / name} cannot be read: {error}") from error
        if found != wanted:
            raise BadRecord(f"{library.folder / name} has {found} rows, and {wanted} are expected")


def _answerable(word: Declaration) -> tuple[str, ...]:
    """Whose claim a word rests on: a yes for somebody on her speaker's too, a refusal for her on hers alone."""
    return (word.by, word.principal) if word.stance is Stance.ALLOW else (word.principal,)


def _speaks_of_works_only(group: Any) -> bool:
    """Whether the least and the greatest subject of a row group, or bounds to these, are both works."""
    columns = (group.column(at) for at in range(group.num_columns))
    told = next((each.statistics for each in columns if each.path_in_schema.startswith("subjects.")), None)
    if told is None or not told.has_min_max:
        return False
    return bool(f"{Kind.WORK}:" <= told.min and told.max < f"{Kind.WORK};")  # ";" comes next after ":"


def _others(column: Any) -> Iterator[tuple[Subject, int]]:
    """Each subject that is no work, with its word's place in the column."""
    about, of_word = column.flatten(), pc.list_parent_indices(column)
    if column.null_count or about.null_count:
        raise BadRecord("words.parquet: a word is about nothing")
    others = pc.invert(pc.starts_with(about, f"{Kind.WORK}:"))
    for text, word in zip(about.filter(others).to_pylist(), of_word.filter(others).to_pylist(), strict=True):
        yield parse_subject(text), word


def _spoken(row: dict[str, Any]) -> Spoken:
    try:
        return Spoken(
            index=row["entry"],
            id=row["id"],
            by=row["by"],
            stance=Stance[row["stance"].upper()] if row["stance"] else None,
            subjects=_subjects(row["subjects"]),
            uses=tuple(Use(use) for use in row["uses"]),
            start=row["from"],
            until=row["until"],
            territory=tuple(row["territory"]),
            agent=row["agent"],
            right=row["right"],
            terms=row["terms"],
            withdraws=row["withdraws"],
            at=row["at"],
        )
    except (KeyError, ValueError, TypeError, AttributeError, BadInput) as error:
        raise BadRecord(f"words.parquet: entry {row.get('entry')} cannot be read: {error}") from error


def _subjects(values: Sequence[str]) -> tuple[Subject, ...]:
    return tuple(parse_subject(value) for value in values)
