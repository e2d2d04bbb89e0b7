"""WebDataset shards: consecutive members of a tar whose paths agree up to the first dot are one row.

Source: webdataset 1.0 `tariterators.group_by_keys`, `base_plus_ext`; img2dataset 1.47 for the sidecar. A shard
that shrinks while it is mapped kills the process that reads it, as any mapped file does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path

from placet.clearance.readers.fields import Heard, hear, parse_object, speaks
from placet.clearance.readers.guard import guarded
from placet.clearance.readers.sidecar import Sidecar, load_sidecar
from placet.clearance.readers.sniff import MAX_BYTES, file_part, too_large
from placet.clearance.readers.tar import Broken, Member, members
from placet.clearance.rows import PartKind, Row, Unit, locate, title, unreadable
from placet.core.declaration import Problem

__all__ = ["FORMAT", "Sample", "hear_documents", "hear_file", "map_file", "plan", "read", "samples"]

FORMAT = "webdataset"
MAX_JSON = 16 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """Members of one key; `reason` and `why` say why the sample as a whole cannot be used.

    A last sample whose key is `@<offset>` and that has no members says that the archive broke off there.
    """

    key: str
    members: tuple[Member, ...]
    reason: str = ""
    why: str = ""


def plan(root: Path, file: Path) -> list[Unit]:
    path = "" if file == root else file.relative_to(root).as_posix()
    return [Unit(id=title(root, path), format=FORMAT, path=path, size=file.stat().st_size)]


def map_file(path: Path) -> mmap:
    """The file as memory; ValueError when it is empty."""
    with path.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)


def samples(tape: mmap, shared: list[Member] | None = None) -> Iterator[Sample]:
    """Group members into samples; a key that comes back is refused, as webdataset itself does.

    Headers that speak for all that follow them are no one's, and are added to `shared`.
    """
    seen: set[str] = set()
    group: list[Member] = []
    key = ""
    try:
        for member in members(tape):
            if member.kind == "shared" and shared is not None:
                shared.append(member)
            if member.kind != "file" and not member.reason:
                continue
            head, tail = key_of(member.name)
            if group and (head != key or any(key_of(one.name)[1] == tail for one in group)):
                yield _close(key, group, seen)
                group = []
            key = head
            group.append(member)
    except Broken as broken:
        if group:
            yield Sample(
                _unique(key, group, seen), tuple(group), "unit.unreadable", "stands where the archive breaks off"
            )
        yield Sample(f"@{broken.offset}", (), "unit.unreadable", broken.why)
    else:
        if group:
            yield _close(key, group, seen)


def key_of(name: str) -> tuple[str, str]:
    """A member's key, and the rest of its name; a name without a stem is its own key."""
    folder, slash, base = name.rpartition("/")
    stem, dot, rest = base.partition(".")
    return (folder + slash + stem, rest.lower()) if stem and dot else (name, "")


def _close(key: str, group: list[Member], seen: set[str]) -> Sample:
    if key in seen:
        return Sample(_unique(key, group, seen), tuple(group), "row.malformed", "has a key that an earlier row has")
    seen.add(key)
    return Sample(key, tuple(group))


def _unique(key: str, group: list[Member], seen: set[str]) -> str:
    while key in seen:
        key = f"{key}@{group[0].begin}"
    seen.add(key)
    return key


@guarded
def read(root: Path, unit: Unit) -> Iterator[Row]:
    name = title(root, unit.path)
    path = locate(root, unit.path)
    if not path.stat().st_size:
        yield unreadable(name, "@0", f"{name} is empty.")
        return
    sidecar = load_sidecar(root, unit)
    tape = map_file(path)
    view = memoryview(tape)
    for sample in samples(tape):
        if sample.members:
            yield _row(name, sample, view, sidecar)
        else:
            yield unreadable(name, sample.key, f"{name}, byte {sample.key[1:]}: {sample.why}.")


def _row(name: str, sample: Sample, view: memoryview, sidecar: Sidecar) -> Row:
    heard = Heard(f"{name}:{sample.key}")
    if sample.reason:
        heard.object_to(f"{heard.where} {sample.why}.", sample.reason)
    documents = [_hear_member(name, member, view, heard) for member in sample.members]
    hear_documents(documents, heard)
    sidecar.add(sample.key, heard)
    return heard.row(sample.key)


def hear_documents(documents: Iterable[dict[str, object]], heard: Heard) -> None:
    """Add what the JSON files of a sample say about it."""
    for document in filter(None, documents):
        hear(_news(document, heard), heard)


def _news(document: dict[str, object], heard: Heard) -> dict[str, object]:
    """Without the texts that were heard already: img2dataset writes the caption as .txt and into .json."""
    texts = {bytes(part.data) for part in heard.parts if part.kind is PartKind.TEXT}
    return {
        field: value
        for field, value in document.items()
        if not (isinstance(value, str) and value.encode("utf-8", "replace") in texts)
    }


def _hear_member(name: str, member: Member, view: memoryview, heard: Heard) -> dict[str, object]:
    """Add a member's part; what a JSON member says about the row comes back."""
    where = f"{name}:{member.name}"
    base = member.name.rpartition("/")[2]
    if member.reason:
        heard.problems.append(Problem(where, member.reason, f"{where} {member.why}."))
        return {}
    if member.size > MAX_BYTES:
        heard.problems.append(too_large(where, member.size))
        return {}
    return hear_file(base, view[member.data : member.data + member.size], where, heard)


def hear_file(base: str, data: bytes | memoryview, where: str, heard: Heard) -> dict[str, object]:
    """Add the part that a sample's file of this name is; what a JSON file says about the row comes back."""
    if base.lower().endswith(".json") and data:
        try:
            document = parse_object(data, MAX_JSON)
        except ValueError as error:
            heard.problems.append(Problem(where, "row.malformed", f"{where}: {error}."))
            return {}
        if speaks(document):
            return document
    parts, problems = file_part(base, data, where)
    heard.parts += parts
    heard.problems += problems
    return {}
