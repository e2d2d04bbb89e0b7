"""Lists of others: read once, kept in the home as they were, and heard from then on.

    PLACET_HOME/lists/<name>/list        its bytes
                             about.json  where it came from, the day that it is of, and its SHA-256

Of one source the list of the latest day speaks; older ones are kept.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from placet.app import Home, today
from placet.core.declaration import Declaration
from placet.core.subject import Kind, Subject
from placet.errors import BadInput, NotFound, Refused, StoreDamaged
from placet.log.files import write_durable
from placet.signals import lists
from placet.signals.codec import Channel, Document, Heard

__all__ = ["Imported", "Kept", "Listed", "hear_lists", "import_list", "kept_lists"]

_FOLDER = "lists"
_SCHEMA = "placet.list/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One list: `source` is the address or name that it is known by, the days are UTC and ISO 8601."""

    source: str
    dated: str
    imported: str
    digest: str
    entries: int

    @property
    def name(self) -> str:
        """Of its folder: the same bytes may be of two sources, and of two days."""
        return hashlib.sha256(f"{self.source}\n{self.dated}\n{self.digest}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a list says; `is_new` when these bytes, of this source and day, were not kept before."""

    kept: Kept
    heard: Heard
    is_new: bool

    @property
    def subjects(self) -> tuple[Subject, ...]:
        return tuple(dict.fromkeys(declaration.subject for declaration in self.heard.declarations))

    @property
    def counts(self) -> Mapping[Kind, int]:
        return Counter(subject.kind for subject in self.subjects)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What all lists say, by subject; `digest` is over the lists' own, empty without one."""

    said: Mapping[Subject, tuple[Declaration, ...]] = field(default_factory=dict)
    digest: str = ""
    lists: tuple[Kept, ...] = ()


def import_list(home: Home, file: Path, *, source: str = "", dated: int = 0, dry_run: bool = False) -> Imported:
    """Read a list and keep it; Refused when not one of its entries could be read.

    `dated` is midnight UTC of the day that the list is of, 0 for today.
    """
    now = home.now()
    if dated > now:
        raise Refused(f"the list would be of {today(dated)}, which is still to come")
    body, day = _load(file), dated or now - now % 86400
    document = _document(body, source or file.name, day)
    heard = lists.read(document)
    if not heard.declarations:
        first = heard.problems[0].why if heard.problems else "it has no entries."
        raise Refused(f"not one entry of {file} could be read: {first.rstrip('.')}")
    digest = hashlib.sha256(body).hexdigest()
    subjects = {declaration.subject for declaration in heard.declarations}
    kept = Kept(source=document.where, dated=today(day), imported=today(now), digest=digest, entries=len(subjects))
    is_new = kept.name not in {each.name for each in kept_lists(home)}
    if is_new and not dry_run:
        _keep(home, kept, body)
    return Imported(kept=kept, heard=heard, is_new=is_new)


def _load(file: Path) -> bytes:
    if not file.is_file():
        raise NotFound(f"there is no file {file}")
    try:
        size = file.stat().st_size
        if size > lists.MOST_BYTES:
            raise BadInput(f"{file} has {size} bytes; at most {lists.MOST_BYTES} of a list are read")
        return file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror or error}") from error


def _document(body: bytes, source: str, day: int) -> Document:
    return Document(where=source, body=body, channel=Channel.LIST, heard_at=day)


def _keep(home: Home, kept: Kept, body: bytes) -> None:
    """The list first, so that what tells of it is never without it."""
    home.begin()
    folder = home.path / _FOLDER / kept.name
    about = {"schema": _SCHEMA, **asdict(kept)}
    write_durable(folder / "list", body)
    write_durable(folder / "about.json", json.dumps(about, indent=1).encode() + b"\n")


def kept_lists(home: Home) -> tuple[Kept, ...]:
    """Every list that was imported, by source and day."""
    found = [_about(file) for file in sorted((home.path / _FOLDER).glob("*/about.json"))]
    return tuple(sorted(found, key=lambda kept: (kept.source, kept.dated, kept.imported, kept.digest)))


def _about(file: Path) -> Kept:
    try:
        kept = _kept(json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise StoreDamaged(f"{file} does not say which list it is about: {error}") from error
    if kept.name != file.parent.name:
        raise StoreDamaged(f"{file} is about another list than the one beside it")
    return kept


def _kept(value: Any) -> Kept:
    """What `about.json` says; ValueError or TypeError when it is not what was written."""
    if not isinstance(value, dict) or value.pop("schema", "") != _SCHEMA:
        raise ValueError(f"it is not of {_SCHEMA}")
    kept = Kept(**value)
    _seconds(kept.dated)
    return kept


def hear_lists(home: Home) -> Listed:
    """What the latest list of every source says; StoreDamaged when one is not what was imported."""
    latest = {kept.source: kept for kept in kept_lists(home)}
    said: dict[Subject, list[Declaration]] = defaultdict(list)
    for kept in latest.values():
        for declaration in lists.read(_open(home, kept)).declarations:
            said[declaration.subject].append(declaration)
    digests = "".join(f"{kept.digest}\n" for kept in sorted(latest.values(), key=lambda kept: kept.digest))
    return Listed(
        said={subject: tuple(each) for subject, each in said.items()},
        digest=hashlib.sha256(digests.encode()).hexdigest() if latest else "",
        lists=tuple(latest.values()),
    )


def _open(home: Home, kept: Kept) -> Document:
    file = home.path / _FOLDER / kept.name / "list"
    body = _load(file)
    if hashlib.sha256(body).hexdigest() != kept.digest:
        raise StoreDamaged(f"{file} is not the list that was imported from {kept.source}")
    return _document(body, kept.source, _seconds(kept.dated))


def _seconds(day: str) -> int:
    start = date.fromisoformat(day)
    return int(datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp())
