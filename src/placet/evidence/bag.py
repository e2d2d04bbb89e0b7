"""A bag on disk: made at once, and looked through by every rule of RFC 8493 (section 3: complete, and valid)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from placet.errors import BadRecord, Refused
from placet.evidence.bagit import (
    ALGORITHMS,
    DECLARATION,
    format_info,
    format_manifest,
    parse_declaration,
    parse_fetch,
    parse_info,
    parse_manifest,
    refuse_path,
    refuse_twins,
)

__all__ = ["Bag", "check_bag", "digests_of", "make_bag"]

_MOST_FILES: Final = 200_000
_MOST_TAG: Final = 64 << 20
_BLOCK: Final = 1 << 20
_T = TypeVar("_T")
_MANIFEST, _TAGS = "manifest-", "tagmanifest-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bag:
    """`faults` break it; `missing` is what fetch.txt says lies elsewhere; `sha256` is of every file that was read."""

    faults: tuple[str, ...]
    missing: tuple[str, ...]
    sha256: Mapping[str, str]

    @property
    def payload(self) -> tuple[str, ...]:
        return tuple(path for path in self.sha256 if path.startswith("data/"))


def make_bag(
    folder: Path, payload: Mapping[str, bytes | Path], tags: Callable[[Mapping[str, str]], Mapping[str, bytes]]
) -> None:
    """Write a bag whose payload is `data/` + each name; `tags` is told the payload's SHA-256 and gives the tag files.

    The folder must not be there.  bagit.txt is written last: what was interrupted is no bag.
    """
    for name in payload:
        refuse_path(f"data/{name}")
    refuse_twins(payload)
    if folder.exists():
        raise Refused(f"{folder} is there already; a bundle is put into a folder of its own")
    found: dict[str, dict[str, str]] = {name: {} for name in ALGORITHMS}
    size = 0
    for name in sorted(payload):
        digests, count = _copy(payload[name], folder / "data" / name)
        size += count
        for algorithm, digest in digests.items():
            found[algorithm][f"data/{name}"] = digest
    (folder / "data").mkdir(parents=True, exist_ok=True)
    written = {f"{_MANIFEST}{name}.txt": format_manifest(found[name]) for name in ALGORITHMS}
    written |= tags(found["sha256"])
    written["bag-info.txt"] = written.get("bag-info.txt", b"") + format_info(
        [("Payload-Oxum", f"{size}.{len(payload)}")]
    )
    digests_by = {name: {"bagit.txt": hashlib.new(name, DECLARATION).hexdigest()} for name in ALGORITHMS}
    for path, data in written.items():
        _put(folder / path, data)
        for name in ALGORITHMS:
            digests_by[name][path] = hashlib.new(name, data).hexdigest()
    for name in ALGORITHMS:
        _put(folder / f"{_TAGS}{name}.txt", format_manifest(digests_by[name]))
    _put(folder / "bagit.txt", DECLARATION)


def check_bag(folder: Path) -> Bag:
    """Everything that is wrong with the bag, each in a sentence with its rule; BadRecord when it is no bag at all."""
    if not (folder / "bagit.txt").is_file():
        raise BadRecord(
            f"{folder} holds no bagit.txt: it is no bundle, or its making was interrupted (bag.declaration)"
        )
    return _Check(folder).run()


class _Check:
    """One bag being looked through."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []
        self.files: dict[str, int] = {}
        self.digests: dict[str, dict[str, str]] = {}

    def run(self) -> Bag:
        self.files = dict(self._walk())
        self._read("bagit.txt", parse_declaration)
        info = self._read("bag-info.txt", parse_info) or ()
        fetch = {each.path: each for each in self._read("fetch.txt", parse_fetch) or ()}
        for path in sorted(self.files):
            self.digests[path], _ = digests_of(self.folder / path)
        payload, tags = self._manifests(_MANIFEST), self._manifests(_TAGS)
        if not payload:
            self.faults.append("there is no manifest of the payload in SHA-256 or SHA-512 (bag.manifest)")
        if not (self.folder / "data").is_dir():
            self.faults.append("there is no folder data/ (bag.payload)")
        missing = self._payload(payload, set(fetch))
        self._tags(tags)
        self._oxum(info, missing)
        return Bag(
            faults=tuple(self.faults),
            missing=missing,
            sha256={path: digests["sha256"] for path, digests in self.digests.items()},
        )

    def _walk(self) -> Iterator[tuple[str, int]]:
        """Every file, by its path in the bag; links and special files are faults and are not followed."""
        pending, count = [self.folder], 0
        while pending:
            for entry in sorted(os.scandir(pending.pop()), key=lambda each: each.name):
                path, count = Path(entry.path).relative_to(self.folder).as_posix(), count + 1
                if count > _MOST_FILES:
                    raise BadRecord(f"the bag holds more than {_MOST_FILES:,} files (bag.size)")
                if entry.is_symlink() or not (entry.is_dir() or entry.is_file()):
                    self.faults.append(f"{path!r} is a link or a special file (bag.path)")
                elif entry.is_dir():
                    pending.append(Path(entry.path))
                else:
                    yield path, entry.stat().st_size

    def _read(self, name: str, parse: Callable[[bytes], _T]) -> _T | None:
        """What a tag file says; None when it is not there or cannot be read, which is a fault."""
        if name not in self.files:
            return None
        if self.files[name] > _MOST_TAG:
            self.faults.append(f"{name}: it has more than {_MOST_TAG >> 20} MiB (bag.size)")
            return None
        try:
            return parse((self.folder / name).read_bytes())
        except BadRecord as error:
            self.faults.append(f"{name}: {error}")
            return None

    def _manifests(self, prefix: str) -> dict[str, dict[str, str]]:
        """Algorithm to what its manifest lists; a manifest by another algorithm is not believed."""
        found = {}
        for name in sorted(self.files):
            if not name.startswith(prefix) or not name.endswith(".txt") or "/" in name:
                continue
            algorithm = name.removeprefix(prefix).removesuffix(".txt")
            if algorithm not in ALGORITHMS:
                self.faults.append(f"{name}: {algorithm!r} is no algorithm that is believed here (bag.algorithm)")
                continue
            listed = self._read(name, partial(parse_manifest, algorithm=algorithm))
            if listed is not None:
                found[algorithm] = listed
        return found

    def _payload(self, manifests: Mapping[str, Mapping[str, str]], fetched: set[str]) -> tuple[str, ...]:
        there = {path for path in self.files if path.startswith("data/")}
        missing: set[str] = set()
        for algorithm, listed in manifests.items():
            name = f"{_MANIFEST}{algorithm}.txt"
            self.faults += [f"{name} lists {path!r}, which is no payload (bag.manifest)" for path in listed
                            if not path.startswith("data/")]  # fmt: skip
            self.faults += [f"{path!r} is not in {name} (bag.unlisted)" for path in sorted(there - listed.keys())]
            self.faults += [f"{path!r} is to be fetched and not in {name} (bag.fetch)"
                            for path in sorted(fetched - listed.keys())]  # fmt: skip
            missing |= listed.keys() - there
            self._compare(name, algorithm, listed)
        self.faults += [f"{path!r} is listed, and not there (bag.missing)" for path in sorted(missing - fetched)]
        return tuple(sorted(missing & fetched))

    def _tags(self, manifests: Mapping[str, Mapping[str, str]]) -> None:
        """A bundle of ours vouches for every tag file; RFC 8493 only asks that what is listed is there and the same."""
        own = {path for path in self.files if not path.startswith("data/") and not path.startswith(_TAGS)}
        if not manifests:
            self.faults.append("nothing vouches for the tag files: there is no tagmanifest (bag.unlisted)")
        for algorithm, listed in manifests.items():
            name = f"{_TAGS}{algorithm}.txt"
            self.faults += [f"{path!r} is not in {name} (bag.unlisted)" for path in sorted(own - listed.keys())]
            for path in sorted(listed):
                if path.startswith(("data/", _TAGS)):
                    self.faults.append(f"{name} lists {path!r}, which is no tag file (bag.manifest)")
                elif path not in self.files:
                    self.faults.append(f"{path!r} is in {name}, and not there (bag.missing)")
            self._compare(name, algorithm, listed)

    def _compare(self, name: str, algorithm: str, listed: Mapping[str, str]) -> None:
        for path, digest in listed.items():
            if path in self.digests and self.digests[path][algorithm] != digest:
                self.faults.append(f"{path!r} is not what {name} says: it was changed (bag.digest)")

    def _oxum(self, info: tuple[tuple[str, str], ...], missing: tuple[str, ...]) -> None:
        said = next((value for label, value in info if label.lower() == "payload-oxum"), "")
        there = [size for path, size in self.files.items() if path.startswith("data/")]
        if said and not missing and said.strip() != f"{sum(there)}.{len(there)}":
            self.faults.append(f"Payload-Oxum says {said!r}, and it is {sum(there)}.{len(there)} (bag.oxum)")


def digests_of(path: Path) -> tuple[dict[str, str], int]:
    """The digests of a file by every algorithm, and its size."""
    hashes = {name: hashlib.new(name) for name in ALGORITHMS}
    with path.open("rb") as file:
        size = sum(_feed(hashes, block) for block in iter(lambda: file.read(_BLOCK), b""))
    return {name: each.hexdigest() for name, each in hashes.items()}, size


def _feed(hashes: Mapping[str, hashlib._Hash], block: bytes) -> int:
    for each in hashes.values():
        each.update(block)
    return len(block)


def _copy(source: bytes | Path, target: Path) -> tuple[dict[str, str], int]:
    """Put the payload there; the digests are of what was written, read back."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(source, bytes):
        _put(target, source)
    else:
        with source.open("rb") as file, target.open("xb") as out:
            for block in iter(lambda: file.read(_BLOCK), b""):
                out.write(block)
            _settle(out.fileno())
    return digests_of(target)


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        _settle(file.fileno())


def _settle(descriptor: int) -> None:
    os.fsync(descriptor)
