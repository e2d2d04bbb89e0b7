"""The index of what to leave out of archives that nobody may change: `skip-index.json` (docs/format.md).

Written as the gaps between what may be used, so that whatever was refused, unreadable or never seen falls into one.
Archives of members are cut by bytes, tables and lines by rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from placet.clearance.readers import arrow, folder, jsonl, parquet, warc, webdataset
from placet.clearance.readers.tar import Member
from placet.clearance.readers.warc_records import Record, records
from placet.clearance.rows import Unit, locate, title
from placet.errors import BadRecord, TooNew

__all__ = ["SCHEMA", "Archive", "Index", "join_skips", "parse_index", "skip_of"]

SCHEMA = "placet.skip-index/1"
_FIRST = {jsonl.FORMAT: 1}  # lines are counted from 1, rows from 0
_ROWS = frozenset({arrow.FORMAT, jsonl.FORMAT, parquet.FORMAT})
_Stretch = tuple[int, int]
_Digest = tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """`skip` are stretches [from, to) of bytes, or of rows where `by` says so, in order and apart.

    What lies at or behind `end` is left out too. `names` are the members and records that were left out, for people.
    """

    path: str
    format: str
    sha256: str
    size: int
    by: str
    end: int
    skip: tuple[_Stretch, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """`files` are loose ones: name to SHA-256, empty for those that are left out."""

    plan: str
    archives: tuple[Archive, ...]
    files: Mapping[str, str]


# --- one unit ---------------------------------------------------------------------------------------------


def skip_of(
    root: Path, unit: Unit, keep: frozenset[str], digests: Mapping[str, str], loose: Iterable[_Digest]
) -> bytes:
    """What a unit tells of its file: the stretches that may be used. `digests` are those of whole files by title."""
    if unit.format == folder.FORMAT:
        files = [[key, digest.hex() if key in keep else ""] for key, digest in loose]
        return json.dumps({"files": files}, ensure_ascii=False).encode()
    name = title(root, unit.path)
    kept, names = _kept(root, unit, keep)
    path = locate(root, unit.path)
    told = {
        "path": name,
        "format": unit.format,
        "sha256": digests.get(name, ""),
        "size": path.stat().st_size if path.is_file() else 0,
        "kept": _merged(kept),
        "names": names,
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _kept(root: Path, unit: Unit, keep: frozenset[str]) -> tuple[Iterable[_Stretch], list[str]]:
    if unit.why or not keep:
        return (), []
    if unit.format == webdataset.FORMAT:
        return _of_tar(locate(root, unit.path), keep)
    if unit.format == warc.FORMAT:
        return _of_warc(locate(root, unit.path), keep)
    return ((number, number + 1) for number in sorted(map(int, keep))), []


def _of_tar(path: Path, keep: frozenset[str]) -> tuple[list[_Stretch], list[str]]:
    """Headers that speak for all that follow belong to whoever is kept."""
    shared: list[Member] = []
    kept: list[Member] = []
    names: list[str] = []
    for sample in webdataset.samples(webdataset.map_file(path), shared):
        if sample.key in keep:
            kept += sample.members
        else:
            names += [member.name for member in sample.members]
    return sorted((member.begin, member.end) for member in (*shared, *kept)), names


def _of_warc(path: Path, keep: frozenset[str]) -> tuple[list[_Stretch], list[str]]:
    """A packed member that holds several records is kept when all of them are."""
    places: list[tuple[int, bool]] = []
    names: list[str] = []
    for number, record in enumerate(records(path), 1):
        places.append((record.offset, str(number) in keep))
        if isinstance(record, Record) and warc.is_answer(record) and str(number) not in keep:
            names.append(record.fields.get("warc-record-id", ""))
    ends = [offset for offset, _ in places[1:]] + [path.stat().st_size]
    spoilt = {offset for offset, is_kept in places if not is_kept}
    pairs = zip(places, ends, strict=True)
    return [(offset, end) for (offset, _), end in pairs if end > offset and offset not in spoilt], names


def _merged(stretches: Iterable[_Stretch]) -> list[list[int]]:
    found: list[list[int]] = []
    for begin, end in stretches:
        if found and found[-1][1] == begin:
            found[-1][1] = end
        else:
            found.append([begin, end])
    return found


# --- the whole --------------------------------------------------------------------------------------------


def join_skips(plan: str, units: Iterable[bytes]) -> bytes:
    """The index, from what its units told in the plan's order; a line an archive, and a line a file."""
    archives: dict[str, dict[str, Any]] = {}
    files: list[list[str]] = []
    for told in map(json.loads, units):
        if "files" in told:
            files += told["files"]
            continue
        known = archives.setdefault(told["path"], told)
        if known is not told:
            known["kept"] = _merged([(begin, end) for begin, end in (*known["kept"], *told["kept"])])
            known["names"] += told["names"]
    lines = ",\n".join(json.dumps(_told(archive), ensure_ascii=False) for archive in archives.values())
    loose = ",\n".join(json.dumps(pair, ensure_ascii=False) for pair in files)
    return f'{{"schema": "{SCHEMA}", "plan": "{plan}", "archives": [\n{lines}\n], "files": [\n{loose}\n]}}\n'.encode()


def _told(archive: dict[str, Any]) -> dict[str, Any]:
    kept = archive["kept"]
    first = _FIRST.get(archive["format"], 0)
    starts = [first, *(end for _, end in kept)]
    gaps = [[start, begin] for start, (begin, _) in zip(starts, kept, strict=False) if start < begin]
    return {
        "path": archive["path"],
        "format": archive["format"],
        "sha256": archive["sha256"],
        "size": archive["size"],
        "by": "rows" if archive["format"] in _ROWS else "bytes",
        "end": starts[-1],
        "skip": gaps,
        "names": archive["names"],
    }


def parse_index(data: bytes) -> Index:
    """The index in these bytes; BadRecord when it is none."""
    try:
        value = json.loads(data)
        if str(value["schema"]).startswith("placet.skip-index/") and value["schema"] != SCHEMA:
            raise TooNew(f"skip-index.json is of schema {value['schema']}; this release reads {SCHEMA}: update placet")
        if value["schema"] != SCHEMA:
            raise BadRecord(f"skip-index.json has the schema {value['schema']!r}")
        archives = tuple(_archive(each) for each in value["archives"])
        files = {str(name): str(digest) for name, digest in value["files"]}
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise BadRecord(f"skip-index.json lacks or misstates {error}") from error
    return Index(plan=str(value["plan"]), archives=archives, files=files)


def _archive(value: Mapping[str, Any]) -> Archive:
    skip = tuple(_stretches(value["skip"]))
    if value["by"] not in ("bytes", "rows"):
        raise ValueError("what stretches are counted by")
    return Archive(
        path=str(value["path"]),
        format=str(value["format"]),
        sha256=str(value["sha256"]),
        size=int(value["size"]),
        by=value["by"],
        end=int(value["end"]),
        skip=skip,
        names=tuple(map(str, value["names"])),
    )


def _stretches(pairs: Sequence[Sequence[int]]) -> Iterator[_Stretch]:
    """In order and apart, so that a reader may walk them beside the archive."""
    last = 0
    for begin, end in pairs:
        if type(begin) is not int or type(end) is not int or not last <= begin < end:
            raise ValueError("stretches in their order")
        yield begin, end
        last = end
