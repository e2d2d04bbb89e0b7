"""JSON lines, plain, gzipped or zstd: one document a line, keyed by its line number from 1.

Source: jsonlines.org; Dolma 1.2 documents (`text`, `metadata.url`). Blank lines hold nothing and are passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from placet.clearance.readers.fields import Heard, hear, parse_object
from placet.clearance.readers.guard import guarded, reason_of
from placet.clearance.readers.lines import MAX_LINE, codec_of, count_lines, lines
from placet.clearance.rows import Row, Unit, locate, title, unreadable

__all__ = ["FORMAT", "SUFFIXES", "plan", "read", "unit_codec"]

FORMAT = "jsonl"
SUFFIXES = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz", ".jsonl.zst", ".ndjson.zst")
UNIT_BYTES = 64 << 20


def plan(root: Path, file: Path) -> list[Unit]:
    """Plain files are cut into pieces of about 64 MB at line ends; a compressed one cannot be."""
    path = "" if file == root else file.relative_to(root).as_posix()
    size = file.stat().st_size
    pieces = [(0, size, 0)]
    if codec_of(file.name) is None and size > UNIT_BYTES:
        with file.open("rb") as stream:
            pieces = count_lines(stream, size, UNIT_BYTES)
    name = title(root, path)
    return [
        Unit(
            id=name if len(pieces) == 1 else f"{name}#{number:04d}",
            format=FORMAT,
            path=path,
            start=start,
            stop=stop,
            size=stop - start,
            first_row=before + 1,
        )
        for number, (start, stop, before) in enumerate(pieces)
    ]


def unit_codec(root: Path, unit: Unit) -> str | None:
    return codec_of(locate(root, unit.path).name)


@guarded
def read(root: Path, unit: Unit) -> Iterator[Row]:
    name = title(root, unit.path)
    codec = unit_codec(root, unit)
    number = unit.first_row
    if codec and not unit.size:
        yield unreadable(name, f"@line {number}", f"{name} is empty, which a whole {codec} file never is.")
        return
    try:
        for line in lines(locate(root, unit.path), unit.start, unit.stop, codec):
            if line is None or not line.isspace():
                yield _row(f"{name}:{number}", str(number), line)
            number += 1
    except OSError as error:
        why = f"{name} could not be read from line {number:,} on: {reason_of(error)}."
        yield unreadable(name, f"@line {number}", why)


def _row(where: str, key: str, line: bytes | None) -> Row:
    heard = Heard(where)
    document: dict[str, object] = {}
    if line is None:
        heard.object_to(f"{where}: the line is longer than the limit of {MAX_LINE:,} bytes.")
        return heard.row(key)
    try:
        document = parse_object(line, MAX_LINE)
    except ValueError as error:
        heard.object_to(f"{where}: {error}.")
    else:
        hear(document, heard)
    return heard.row(key, document)
