"""A registered work as the record shows it, and the maker's name where she published one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from placet.core.canonical import decode, encode
from placet.core.subject import Kind, Subject
from placet.errors import BadRecord

__all__ = ["Medium", "Party", "Work", "WorkRecord", "parse_record"]


class Medium(StrEnum):
    IMAGE = "image"
    TEXT = "text"
    AUDIO = "audio"
    VIDEO = "video"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRecord:
    """What is public about one work: digests, never the work.  All digests are lowercase hex.

    `prints` names the blob of its fingerprints, `title` is a salted commitment, `thumb` names the blob of a
    published thumbnail, `weak` is 1 when only near-exact copies of it can be recognised.
    """

    medium: Medium
    sha256: str
    blake3: str
    size: int
    iscc: str
    prints: str = ""
    title: str = ""
    thumb: str = ""
    weak: int = 0

    def data(self) -> bytes:
        fields = {name: getattr(self, name) for name in _FIELDS}
        return encode({"v": 1, **fields, "medium": self.medium.value})


_HEX = re.compile(r"[0-9a-f]*")
_HEX_SIZES = {"sha256": (64,), "blake3": (64,), "prints": (0, 64), "title": (0, 64), "thumb": (0, 64)}
_FIELDS = ("medium", "sha256", "blake3", "size", "iscc", "prints", "title", "thumb", "weak")


def parse_record(data: bytes) -> WorkRecord:
    """The record in these canonical bytes; BadRecord when a field is missing, added or of another kind."""
    value = decode(data)
    if not isinstance(value, dict) or set(value) != {"v", *_FIELDS} or value["v"] != 1:
        raise BadRecord("a work record of version 1 has other fields than these")
    if not all(isinstance(value[name], str) for name in _FIELDS if name not in ("size", "weak")):
        raise BadRecord("a work record holds something that is not text")
    if type(value["size"]) is not int or value["weak"] not in (0, 1):
        raise BadRecord("a work record's size or weakness is not a number")
    for name, sizes in _HEX_SIZES.items():
        if len(value[name]) not in sizes or not _HEX.fullmatch(value[name]):
            raise BadRecord(f"a work record's {name} is not lowercase hex of its size")
    if value["size"] < 0 or value["medium"] not in Medium.__members__.values():
        raise BadRecord(f"a work record of size {value['size']} and medium {value['medium']!r}")
    return WorkRecord(**_named(value))


def _named(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Medium(value[name]) if name == "medium" else value[name] for name in _FIELDS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A record with its computed id, its holder and the log entry that carries it."""

    id: str
    by: str
    index: int
    record: WorkRecord

    @property
    def subject(self) -> Subject:
        return Subject(Kind.WORK, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A key that speaks; `name` is empty unless its holder published one."""

    key: str
    index: int
    role: str
    name: str = ""
