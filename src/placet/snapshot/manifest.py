"""`manifest.json`: what a snapshot is of, and the digest of each of its files.

Canonical JSON; the SHA-256 of its bytes is what the log's `snapshot.publish` entry carries. A snapshot of one piece has
format 1; one that grew by segments has format 2, which names them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from placet.core.canonical import decode, encode
from placet.errors import BadInput, BadRecord, TooNew

__all__ = ["FORMAT", "MOST_SEGMENTS", "Manifest", "Segment", "parse_manifest"]

FORMAT = 2
MOST_SEGMENTS = 16  # each is opened beside the others; a whole build makes one of all
_MOST_ROWS = 1 << 32  # a work's number is a u32


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """What the log's entries from `start` up to `until` brought: so many works and words.

    `again` works of earlier segments are told again: what those say of their fingerprints, titles and thumbnails
    counts no more.
    """

    start: int
    until: int
    works: int
    words: int
    again: int

    @property
    def folder(self) -> str:
        return f"segments/{self.start}-{self.until}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`size` and `root` are those of the log's tree; `files` maps a path to (SHA-256, bytes)."""

    origin: str
    size: int
    root: str
    made_at: int
    files: Mapping[str, tuple[str, int]]
    counts: Mapping[str, int]
    readings: tuple[str, ...]
    algorithms: tuple[str, ...]
    segments: tuple[Segment, ...] = ()

    @property
    def parts(self) -> tuple[str, ...]:
        """Where the tables and `arrays/` of each part lie: in the snapshot itself, then in each segment's folder."""
        return ("", *(segment.folder for segment in self.segments))

    def data(self) -> bytes:
        value: dict[str, Any] = {
            "v": 2 if self.segments else 1,
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "made_at": self.made_at,
            "files": {path: {"sha256": digest, "bytes": size} for path, (digest, size) in self.files.items()},
            "counts": dict(self.counts),
            "readings": list(self.readings),
            "algorithms": list(self.algorithms),
        }
        if self.segments:
            value["segments"] = [
                {"from": s.start, "until": s.until, "works": s.works, "words": s.words, "again": s.again}
                for s in self.segments
            ]
        return encode(value)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data()).hexdigest()


def parse_manifest(data: bytes) -> Manifest:
    """The manifest in these bytes; TooNew for another version, BadRecord for anything out of place."""
    try:
        value = decode(data)
    except BadInput as error:
        raise BadRecord(f"manifest.json: {error}") from error
    if not isinstance(value, dict) or type(value.get("v")) is not int:
        raise BadRecord("manifest.json is no snapshot manifest")
    if value["v"] > FORMAT:
        raise TooNew(f"the snapshot has format {value['v']}; this release reads up to {FORMAT}: update placet")
    try:
        return _manifest(value)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadRecord(f"manifest.json lacks or misstates {error}") from error


def _manifest(value: Mapping[str, Any]) -> Manifest:
    files = {_inside(path): (str(f["sha256"]), int(f["bytes"])) for path, f in value["files"].items()}
    return Manifest(
        origin=str(value["origin"]),
        size=int(value["size"]),
        root=str(value["root"]),
        made_at=int(value["made_at"]),
        files=files,
        counts={str(name): int(count) for name, count in value["counts"].items()},
        readings=tuple(map(str, value["readings"])),
        algorithms=tuple(map(str, value["algorithms"])),
        segments=_segments(value["segments"], int(value["size"])) if value["v"] > 1 else (),
    )


def _segments(values: Any, size: int) -> tuple[Segment, ...]:
    """One after another without a gap, up to the size of the whole."""
    if not isinstance(values, list) or not 1 <= len(values) <= MOST_SEGMENTS:
        raise BadRecord(f"manifest.json of format 2 has 1 to {MOST_SEGMENTS} segments")
    found, begin = list[Segment](), None
    for value in values:
        if value.keys() != {"from", "until", "works", "words", "again"} or not all(map(_is_row, value.values())):
            raise BadRecord("manifest.json misstates a segment: it has `from`, `until`, `works`, `words` and `again`")
        segment = Segment(start=value["from"], **{name: value[name] for name in ("until", "works", "words", "again")})
        if not 0 < segment.start < segment.until or begin not in (None, segment.start):
            raise BadRecord(f"manifest.json: {segment.folder} does not follow the segment before it")
        found.append(segment)
        begin = segment.until
    if begin != size:
        raise BadRecord(f"manifest.json: the segments end at {begin}, and the snapshot is of {size} entries")
    return tuple(found)


def _is_row(value: Any) -> bool:
    return type(value) is int and 0 <= value < _MOST_ROWS


def _inside(path: str) -> str:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or str(pure) != path:
        raise BadRecord(f"manifest.json names {path!r}, which is not a plain path inside the snapshot")
    return path
