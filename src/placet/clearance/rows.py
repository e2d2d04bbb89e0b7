"""What readers hand to the engine: units of work, rows, and the parts of a row that can be judged.

A key names a row inside its unit and never twice. Keys, and the names in a unit's JSON, are printable: what
is not (control characters, names that are no UTF-8) is escaped with backslashes, and can be taken back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from placet.core.declaration import Problem
from placet.core.subject import Subject
from placet.core.work import Medium
from placet.errors import BadDataset
from placet.signals.codec import Document

__all__ = ["Part", "PartKind", "Row", "Unit", "locate", "printable", "title", "unprintable", "unreadable"]

_ESCAPE = re.compile(r"\\(?:[\\nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})")


PartKind = Medium  # a part is judged as what a work would be registered as


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes to be judged; a text is UTF-8. A memoryview may look into the mapped dataset: copy, or let go."""

    name: str
    kind: PartKind
    data: bytes | memoryview


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row. `urls`, `digests` and `identifiers` are what the dataset itself claims about it; nobody checked them.

    `documents` are what came with the row and may say something about it, such as the headers of a crawl; they are
    about the row's address where they name no other.
    """

    key: str
    parts: tuple[Part, ...] = ()
    urls: tuple[str, ...] = ()
    digests: tuple[tuple[str, bytes], ...] = ()
    problems: tuple[Problem, ...] = ()
    documents: tuple[Document, ...] = ()
    identifiers: tuple[Subject, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A piece of a dataset that is read, judged and recorded as one.

    `path` is posix and relative to the dataset, or empty when the dataset is this one file. `start` and `stop`
    are bytes (jsonl), a row group and the next (parquet), places in the sorted list of files (files).
    `members` are files: those of a folder, or a shard's sidecars. `why` says what was wrong when planning.
    """

    id: str
    format: str
    path: str
    start: int = 0
    stop: int = 0
    size: int = 0
    first_row: int = 0
    members: tuple[str, ...] = ()
    why: str = ""

    def to_json(self) -> dict[str, object]:
        return {
            "first_row": self.first_row,
            "format": self.format,
            "id": self.id,
            "members": [printable(name) for name in self.members],
            "path": printable(self.path),
            "size": self.size,
            "start": self.start,
            "stop": self.stop,
            "why": self.why,
        }

    @classmethod
    def from_json(cls, value: object) -> Unit:
        """A unit out of a plan; BadDataset when it is none, or names a place outside the dataset."""
        match value:
            case {
                "first_row": int(first_row),
                "format": str(format_),
                "id": str(id_),
                "members": list(members),
                "path": str(path),
                "size": int(size),
                "start": int(start),
                "stop": int(stop),
                "why": str(why),
            } if all(isinstance(name, str) for name in members):
                names = tuple(_inside(unprintable(name)) for name in members)
                path = _inside(unprintable(path))
            case _:
                raise BadDataset("the plan holds something that is not a unit")
        return cls(
            id=id_,
            format=format_,
            path=path,
            start=start,
            stop=stop,
            size=size,
            first_row=first_row,
            members=names,
            why=why,
        )


def printable(name: str) -> str:
    """A name with everything that does not print escaped; `unprintable` takes it back exactly."""
    if name.isprintable() and "\\" not in name:
        return name
    return "".join(
        sign if sign.isprintable() and sign != "\\" else sign.encode("unicode_escape").decode() for sign in name
    )


def unprintable(name: str) -> str:
    return _ESCAPE.sub(lambda found: found[0].encode().decode("unicode_escape"), name)


def locate(root: Path, path: str) -> Path:
    """Where a unit's path, or a member's, lies on this disk."""
    return root / path if path else root


def title(root: Path, path: str) -> str:
    """What a person calls it."""
    return printable(path or root.name)


def unreadable(path: str, key: str, why: str) -> Row:
    """The last row of a unit that could not be read to its end: what is missing is named, never skipped."""
    return Row(key=key, problems=(Problem(f"{path}{key}", "unit.unreadable", why),))


def _inside(path: str) -> str:
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts or "\0" in path:
        raise BadDataset(f"the plan names {printable(path)!r}, which lies outside the dataset")
    return path
