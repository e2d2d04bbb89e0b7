"""`manifest.json`: what a snapshot is of, and the digest of each of its files.

Canonical JSON; the SHA-256 of its bytes is what the log's `snapshot.publish` entry carries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from placet.core.canonical import decode, encode
from placet.errors import BadInput, BadRecord, TooNew

__all__ = ["FORMAT", "Manifest", "parse_manifest"]

FORMAT = 1


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

    def data(self) -> bytes:
        value = {
            "v": FORMAT,
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "made_at": self.made_at,
            "files": {path: {"sha256": digest, "bytes": size} for path, (digest, size) in self.files.items()},
            "counts": dict(self.counts),
            "readings": list(self.readings),
            "algorithms": list(self.algorithms),
        }
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
    )


def _inside(path: str) -> str:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or "\\" in path or str(pure) != path:
        raise BadRecord(f"manifest.json names {path!r}, which is not a plain path inside the snapshot")
    return path
