"""The evidence bundle: made from what shows one thing, and verified piece by piece by what verifies each alone.

A bundle is a BagIt bag: data/ holds the pieces, case.json says what each is for, custody.jsonl who did what, and
index.html says it all to people.  A bundle is never believed about whom to trust: log keys, authorities and headers
come from the reader.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from placet.app import Home, today
from placet.core.canonical import decode, encode
from placet.desk.bundle_page import Shown, render_bundle
from placet.errors import BadInput, BadRecord, NotFound, Refused, TooNew
from placet.evidence.bag import digests_of, make_bag
from placet.evidence.custody import Step, format_custody
from placet.signing.keys import Key

__all__ = ["PRIVATE", "Case", "Piece", "make", "measure", "parse_case_record", "read_case", "replace_pieces"]

PRIVATE: Final = frozenset({"works.csv", "openings.json"})  # names of files, titles: shown by choice only
_MOST_KEY: Final = 1 << 16
_MOST_CASE: Final = 1 << 20
_STAMPS: Final = frozenset({".tsr", ".ots"})
_UNSAFE: Final = re.compile(r"[^\w. ()+,=@-]|^[.~ ]|[. ]$")
_README: Final = """This folder is evidence, made by placet on {date}. Open index.html to read what it shows.

It is a BagIt bag (RFC 8493): any program for bags checks that no file was changed, and so does
    sha256sum -c manifest-sha256.txt
What the files mean is checked, offline, by
    placet bundle verify . --trust FILE
where FILE says which log you believe. Get it from somewhere else than this folder.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A file or folder to be shown; `withheld`: only its digest is, and the file stays where it is."""

    path: Path
    note: str = ""
    withheld: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is to be shown, and what was done to come by it."""

    pieces: tuple[Piece, ...]
    title: str = ""
    text: str = ""
    by: str = ""
    steps: tuple[Step, ...] = field(default=())


def read_case(path: Path) -> Case:
    """A case in TOML: title, text, by, [[file]] (path, note, withheld) and [[step]] (at, who, what)."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"there is no case {path}") from None
    if len(data) > _MOST_CASE:
        raise BadInput(f"{path} has more than {_MOST_CASE >> 20} MiB")
    try:
        said = tomllib.loads(data.decode("utf-8"))
    except ValueError as error:
        raise BadInput(f"{path} is no TOML: {error}") from None
    _refuse_fields(said, {"title", "text", "by", "file", "step"}, str(path))
    files = [_piece(row, path) for row in _rows(said, "file", path)]
    steps = tuple(_step(row, path) for row in _rows(said, "step", path))
    words = {name: _text(said, name, path) for name in ("title", "text", "by")}
    return Case(pieces=tuple(files), steps=steps, **words)


def make(home: Home, key: Key, case: Case, out: Path) -> int:
    """Write the bundle; the number of files that it holds."""
    if not case.pieces:
        raise Refused("a bundle of nothing shows nothing: name files in the case, or with --file")
    now = home.now()
    payload: dict[str, bytes | Path] = {}
    told = _put_all(case, payload)
    payload["case.json"] = encode(
        {"v": 1, "title": case.title, "text": case.text, "by": case.by, "at": now, "pieces": told}
    )
    who = case.by or key.name or "the holder of the key"
    shown = Shown(title=case.title, text=case.text, by=case.by, at=now, key=key.public.hex(), pieces=told)

    def tags(sha256: Mapping[str, str]) -> dict[str, bytes]:
        from placet.evidence.bagit import format_manifest

        digest = _sha256(format_manifest(sha256))
        last = Step(at=now, who=who, what=f"put {len(sha256)} files into this bundle, with {_tool()}", manifest=digest)
        steps = (*case.steps, last)
        return {
            "bag-info.txt": _info(case, now),
            "README.txt": _README.format(date=today(now)).encode(),
            "custody.jsonl": format_custody(steps, key),
            "index.html": render_bundle(shown, sha256, steps).encode(),
        }

    make_bag(out, payload, tags)
    return len(payload)


def parse_case_record(data: bytes) -> dict[str, Any]:
    """case.json of a bundle; BadRecord when it is none."""
    said = decode(data)
    if not isinstance(said, dict) or set(said) != {"v", "title", "text", "by", "at", "pieces"}:
        raise BadRecord("case.json has exactly the fields v, title, text, by, at and pieces")
    if said["v"] != 1:
        raise TooNew(f"the bundle is of version {str(said['v'])[:20]!r}; this release reads version 1")
    fields = {"place", "name", "note", "sha256", "bytes"}
    if not isinstance(said["pieces"], list) or not all(
        isinstance(each, dict) and set(each) == fields for each in said["pieces"]
    ):
        raise BadRecord("each piece in case.json has exactly the fields place, name, note, sha256 and bytes")
    return said


def replace_pieces(case: Case, pieces: tuple[Piece, ...]) -> Case:
    return replace(case, pieces=pieces)


def measure(case: Case) -> int:
    """How many files the bundle would hold; refuses what `make` would."""
    payload: dict[str, bytes | Path] = {}
    _put_all(case, payload)
    return len(payload) + 1


def _put_all(case: Case, payload: dict[str, bytes | Path]) -> list[dict[str, Any]]:
    """Every piece into the payload, and its row.

    A stamp comes to lie beside the file that it stamps, where both are named; its row is that file's, unless it has a
    note of its own.
    """
    files = {piece.path.resolve(): n for n, piece in enumerate(case.pieces, 1) if not piece.withheld}
    told = []
    for number, piece in enumerate(case.pieces, 1):
        path = piece.path.resolve()
        about = path.with_suffix("")
        stamps = path.suffix in _STAMPS and about.is_file() and about in files
        beside = f"{files[about]:02d}-{_safe(about.name)}" if stamps else ""
        row = _put(number, piece, payload, beside)
        if piece.note or not beside:
            told.append(row)
    return told


def _put(number: int, piece: Piece, payload: dict[str, bytes | Path], beside: str) -> dict[str, Any]:
    """One piece into the payload, and its row in case.json; `place` is empty when it is withheld."""
    path = piece.path
    if path.is_symlink() or not path.exists():
        raise NotFound(f"there is no file or folder {path} (a link is not followed)")
    name = path.resolve().name
    if path.is_file():
        _refuse_key(path)
    row: dict[str, Any] = {"place": "", "name": name, "note": piece.note, "sha256": "", "bytes": 0}
    if piece.withheld:
        if not path.is_file():
            raise Refused(f"{path} is a folder: only of a file can the digest be shown alone")
        digests, row["bytes"] = digests_of(path)
        return row | {"sha256": digests["sha256"]}
    place = beside or f"{number:02d}-{_safe(name)}"
    if path.is_file():
        payload[f"{place}/{_safe(name)}"] = path
    else:
        for file in _files(path):
            within = f"{place}/{'/'.join(map(_safe, file.relative_to(path).parts))}"
            if within in payload:
                raise Refused(f"{file} and another file would have one name in the bundle, {within}: rename one")
            payload[within] = file
    return row | {"place": f"data/{place}"}


def _files(folder: Path) -> Iterator[Path]:
    """Every file of a folder, but for our own marks, and what is private until it is named by itself."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            raise Refused(f"{path} is a link, and a bundle holds files only")
        if path.is_file() and not path.name.startswith(".") and path.name not in PRIVATE:
            _refuse_key(path)
            yield path


def _refuse_key(path: Path) -> None:
    with path.open("rb") as file:
        if b"PRIVATE KEY-----" in file.read(_MOST_KEY):
            raise Refused(f"{path} is a private key, and no bundle ever holds one")


def _safe(name: str) -> str:
    """A name that every system and every program for bags takes as it is."""
    return _UNSAFE.sub("_", name) or "_"


def _info(case: Case, now: int) -> bytes:
    from placet.evidence.bagit import format_info

    rows = [("Bagging-Date", today(now)), ("Bag-Software-Agent", _tool())]
    said = (("Contact-Name", case.by), ("External-Description", case.title))
    return format_info([*rows, *((label, value) for label, value in said if value.strip())])


def _tool() -> str:
    return f"placet {version('placet')}"


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _rows(said: Mapping[str, Any], name: str, where: Path) -> Sequence[dict[str, Any]]:
    rows = said.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadInput(f"{where}: [[{name}]] is written with two brackets, once for each")
    return rows


def _piece(row: dict[str, Any], where: Path) -> Piece:
    _refuse_fields(row, {"path", "note", "withheld"}, f"{where}, [[file]]")
    path, withheld = _text(row, "path", where), row.get("withheld", False)
    if not path or not isinstance(withheld, bool):
        raise BadInput(f"{where}: a [[file]] has a path, and withheld is true or false")
    return Piece(path=where.parent / path, note=_text(row, "note", where), withheld=withheld)


def _step(row: dict[str, Any], where: Path) -> Step:
    _refuse_fields(row, {"at", "who", "what"}, f"{where}, [[step]]")
    at = row.get("at")
    if not isinstance(at, datetime) or at.tzinfo is None or not row.get("what"):
        raise BadInput(f"{where}: a [[step]] has an `at` such as 2026-11-22T10:00:00Z, and a `what`")
    seconds = int(at.astimezone(UTC).timestamp())
    return Step(at=seconds, who=_text(row, "who", where), what=_text(row, "what", where))


def _text(said: Mapping[str, Any], name: str, where: Path) -> str:
    value = said.get(name, "")
    if not isinstance(value, str):
        raise BadInput(f"{where}: {name} is a text")
    return value


def _refuse_fields(said: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := sorted(said.keys() - known):
        raise BadInput(f"{where}: {unknown[0]!r} is not known; known are {', '.join(sorted(known))}")
