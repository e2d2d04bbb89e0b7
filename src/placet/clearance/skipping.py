"""Reading archives as they stand without what a clearance left out: tar, WARC, Parquet, Arrow and JSON lines.

    index = open_skip_index(out)
    for name, data in tar_members(index.find(shard)):
        ...

Nothing is given out before three things hold: the certificate is signed by the key it names (and by yours, if you
name one), it names the digest of the index, and the index names the digest of the archive.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from placet.clearance.certificate import read_certificate
from placet.clearance.readers import arrow, jsonl, parquet, warc, webdataset
from placet.clearance.readers.lines import codec_of, lines
from placet.clearance.readers.tar import Broken, Member, members
from placet.clearance.readers.warc_records import Record, records
from placet.clearance.rows import Unit, printable
from placet.clearance.skip_index import Archive, Index, parse_index
from placet.errors import NotFound, Refused, VerificationFailed

__all__ = ["KnownArchive", "SkipIndex", "json_lines", "open_skip_index", "table_batches", "tar_members", "warc_records"]

_BATCH = 1024
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class KnownArchive:
    """An archive whose bytes are those that were judged, and what of it to leave out."""

    path: Path
    archive: Archive
    stamp: tuple[int, ...]

    def keeps(self, place: int) -> bool:
        """Whether what begins at this byte, or stands in this row, may be used."""
        after = bisect_right(self.archive.skip, (place, 1 << 62))
        return place < self.archive.end and not (after and place < self.archive.skip[after - 1][1])

    def check(self) -> None:
        """Refused when the file was written to since its bytes were compared."""
        if _stamp(self.path) != self.stamp:
            raise Refused(f"{printable(str(self.path))} was changed while it was read: leave out all of it")


@dataclass(frozen=True, slots=True)
class SkipIndex:
    """An index that its certificate vouches for; `signer` is the public key that signed that."""

    index: Index
    signer: bytes

    def find(self, path: Path, name: str = "") -> KnownArchive:
        """The archive at `path`, found by its bytes; Refused when these bytes were never judged.

        `name` is its path in the dataset, where the same bytes stand there twice and were answered differently.
        """
        stamp = _stamp(path)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found = [each for each in self.index.archives if each.sha256 == digest and name in ("", each.path)]
        if not found:
            raise Refused(f"{printable(str(path))} is no archive that this index is of: its bytes are others")
        if len({(each.skip, each.end) for each in found}) > 1:
            names = " and ".join(each.path for each in found[:2])
            raise Refused(f"the bytes of {printable(str(path))} stand there twice, as {names}: name the one you mean")
        cleared = KnownArchive(path, found[0], stamp)
        cleared.check()
        return cleared

    def keeps_file(self, path: Path, name: str) -> bool:
        """Whether the loose file at `path`, called `name` in the dataset, may be used: its bytes are compared."""
        wanted = self.index.files.get(printable(name), "")
        if not wanted or path.is_symlink():
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == wanted


def open_skip_index(out: Path | str, signer: bytes | None = None) -> SkipIndex:
    """The index in OUT, checked against the certificate beside it, which `signer` must have signed if it is given.

    VerificationFailed when the two do not belong together.
    """
    out = Path(out)
    data = _read(out / "skip-index.json")
    certificate = read_certificate(_read(out / "clearance.json"))
    if signer is not None and certificate.public != signer:
        raise VerificationFailed(
            f"{out / 'clearance.json'} is signed by key {certificate.public.hex()[:16]}, not yours"
        )
    if certificate.predicate["outputs"].get("skip-index.json") != hashlib.sha256(data).hexdigest():
        raise VerificationFailed(f"{out / 'skip-index.json'} is not the index that the certificate names")
    index = parse_index(data)
    if index.plan != certificate.predicate["plan"]:
        raise VerificationFailed(f"{out / 'skip-index.json'} is of another plan than the certificate")
    return SkipIndex(index, certificate.public)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"there is no {path}: clear with --emit skip-index, and keep clearance.json beside it") from None


def _stamp(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns, found.st_ino


# --- what is left -----------------------------------------------------------------------------------------


def tar_members(cleared: KnownArchive) -> Iterator[tuple[str, bytes]]:
    """The members that may be used, in order: name and bytes."""
    _expect(cleared, webdataset.FORMAT)
    if not cleared.archive.end:
        return
    tape = webdataset.map_file(cleared.path)
    for member in _members(cleared, members(tape)):
        yield member.name, tape[member.data : member.data + member.size]
    cleared.check()


def _members(cleared: KnownArchive, found: Iterator[Member]) -> Iterator[Member]:
    try:
        for member in found:
            if member.begin >= cleared.archive.end:
                return
            if member.kind == "file" and not member.reason and cleared.keeps(member.begin):
                yield member
    except Broken:
        return  # what is broken lies behind the end


def warc_records(cleared: KnownArchive) -> Iterator[Record]:
    """The answers in a crawl that may be used, in order."""
    _expect(cleared, warc.FORMAT)
    for record in records(cleared.path):
        if record.offset >= cleared.archive.end:
            break
        if isinstance(record, Record) and warc.is_answer(record) and not record.fault and cleared.keeps(record.offset):
            yield record
    cleared.check()


def json_lines(cleared: KnownArchive) -> Iterator[bytes]:
    """The lines that may be used, in order and as they stand."""
    _expect(cleared, jsonl.FORMAT)
    found = lines(cleared.path, 0, cleared.archive.size, codec_of(cleared.archive.path))
    for number in range(1, cleared.archive.end):  # what follows the last may be damaged, and is not asked for
        line = next(found)
        if line is not None and cleared.keeps(number):
            yield line
    cleared.check()


def table_batches(cleared: KnownArchive) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet or Arrow file that may be used, in order, as record batches of all its columns."""
    _expect(cleared, parquet.FORMAT, arrow.FORMAT)
    found = _of_parquet(cleared) if cleared.archive.format == parquet.FORMAT else _of_arrow(cleared)
    number = 0
    while number < cleared.archive.end:
        rows, batch = next(found)
        kept = [cleared.keeps(place) for place in range(number, number + rows)]
        number += rows
        if batch is not None and any(kept):
            yield batch.filter(pa.array(kept, pa.bool_()))
    cleared.check()


def _of_parquet(cleared: KnownArchive) -> Iterator[tuple[int, pa.RecordBatch | None]]:
    """Row groups in which nothing is kept are not opened, nor is what follows the last row kept in one."""
    first = 0
    with pq.ParquetFile(cleared.path, page_checksum_verification=True) as file:
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            left = max((n - first + 1 for n in range(first, first + rows) if cleared.keeps(n)), default=0)
            done = 0
            for batch in file.iter_batches(batch_size=_BATCH, row_groups=[group]) if left else ():
                yield batch.num_rows, batch
                done += batch.num_rows
                if done >= left:
                    break
            yield rows - done, None
            first += rows


def _of_arrow(cleared: KnownArchive) -> Iterator[tuple[int, pa.RecordBatch | None]]:
    whole = Unit(id="", format=arrow.FORMAT, path="", stop=cleared.archive.size)
    with cleared.path.open("rb") as opened:
        for _, rows, batch in arrow.batches_of(opened, whole):
            yield rows, None if isinstance(batch, str) else batch


def _expect(cleared: KnownArchive, *formats: str) -> None:
    if cleared.archive.format not in formats:
        raise Refused(f"{cleared.archive.path} is of the format {cleared.archive.format}, not {' or '.join(formats)}")
