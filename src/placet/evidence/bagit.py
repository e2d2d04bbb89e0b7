"""The words of a bag (RFC 8493): its declaration, its manifests, its metadata, what is to be fetched.  Pure.

Stricter than the RFC where it is lenient to old bags: version 1.0, UTF-8, and the one form of a line.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from placet.errors import BadRecord

__all__ = [
    "ALGORITHMS",
    "DECLARATION",
    "Fetch",
    "encode_path",
    "format_info",
    "format_manifest",
    "parse_declaration",
    "parse_fetch",
    "parse_info",
    "parse_manifest",
    "refuse_path",
    "refuse_twins",
]

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
ALGORITHMS = {name: hashlib.new(name).digest_size * 2 for name in ("sha256", "sha512")}
_ONCE = frozenset({"payload-oxum", "bag-size", "bag-group-identifier", "bag-count", "bagging-date"})
_MANIFEST_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+(\*?)(.+)")
_FETCH_LINE = re.compile(r"(\S+)[ \t]+(\d{1,18}|-)[ \t]+(.+)")
_LABEL = re.compile(r"([^\s:](?:[^:]*[^\s:])?):[ \t](.*)")
_ESCAPE = re.compile(r"%(0[AaDd]|25)")
_DEVICES = re.compile(r"(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?", re.IGNORECASE)
_LONGEST = 4096


@dataclass(frozen=True, slots=True)
class Fetch:
    """A file that is not in the bag yet: where it is, how many bytes (None: not said), and its path."""

    url: str
    size: int | None
    path: str


def parse_declaration(data: bytes) -> None:
    """BadRecord unless this is a bag of version 1.0 whose tag files are UTF-8 (section 2.1.1)."""
    if data not in (DECLARATION, DECLARATION.replace(b"\n", b"\r\n"), DECLARATION.replace(b"\n", b"\r")):
        raise BadRecord("bagit.txt has not the two lines of a bag of version 1.0 in UTF-8 (bag.declaration)")


def parse_manifest(data: bytes, algorithm: str) -> dict[str, str]:
    """Path to lowercase hex digest, in the file's order; each path once, however it is written (section 2.1.3)."""
    found: dict[str, str] = {}
    for number, line in _lines(data):
        match = _MANIFEST_LINE.fullmatch(line)
        if match is None or len(match[1]) != ALGORITHMS[algorithm]:
            raise BadRecord(f"line {number} is no {algorithm} digest and a path (bag.manifest)")
        if match[2]:
            raise BadRecord(f"line {number} has an asterisk before its path (bag.manifest)")
        path = _decode_path(match[3], number)
        if path in found:
            raise BadRecord(f"line {number} names {path!r} a second time (bag.twice)")
        found[path] = match[1].lower()
    refuse_twins(found)
    return found


def parse_fetch(data: bytes) -> tuple[Fetch, ...]:
    """What lies elsewhere; nothing here ever fetches it (section 2.2.3)."""
    found: list[Fetch] = []
    for number, line in _lines(data):
        match = _FETCH_LINE.fullmatch(line)
        if match is None:
            raise BadRecord(f"line {number} is no address, length and path (bag.fetch)")
        found.append(Fetch(match[1], None if match[2] == "-" else int(match[2]), _decode_path(match[3], number)))
    paths = [each.path for each in found]
    if len(set(paths)) != len(paths):
        raise BadRecord("one path is to be fetched twice (bag.twice)")
    if any(not path.startswith("data/") for path in paths):
        raise BadRecord("only files below data/ are fetched (bag.fetch)")
    return tuple(found)


def parse_info(data: bytes) -> tuple[tuple[str, str], ...]:
    """Labels and values in order, folded lines put together (section 2.2.2)."""
    found: list[tuple[str, str]] = []
    for number, line in _lines(data):
        if line[0] in " \t" and found:
            label, value = found[-1]
            found[-1] = label, f"{value} {line.strip()}"
            continue
        match = _LABEL.fullmatch(line)
        if match is None:
            raise BadRecord(f"line {number} is no label, colon, space and value (bag.info)")
        found.append((match[1], match[2]))
    labels = [label.lower() for label, _ in found]
    if twice := next((label for label in labels if label in _ONCE and labels.count(label) > 1), ""):
        raise BadRecord(f"{twice} stands there twice (bag.info)")
    return tuple(found)


def format_manifest(digests: Mapping[str, str]) -> bytes:
    return "".join(f"{digests[path]}  {encode_path(path)}\n" for path in sorted(digests)).encode()


def format_info(fields: Iterable[tuple[str, str]]) -> bytes:
    """Each value on one line, whatever it holds."""
    return "".join(f"{label}: {' '.join(value.split())}\n" for label, value in fields).encode()


def encode_path(path: str) -> str:
    """A path as a manifest spells it: line ends and percent signs escaped, and nothing else."""
    return path.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")


def refuse_path(path: str) -> None:
    """BadRecord for a path that leaves the bag, or is none on some system (sections 5.2 and 6.1)."""
    parts = path.split("/")
    if len(path) > _LONGEST or not all(parts) or "." in parts or ".." in parts or path.startswith("~"):
        raise BadRecord(f"{path[:80]!r} is empty, absolute, or climbs (bag.path)")
    if "\\" in path or "\0" in path or ":" in parts[0]:
        raise BadRecord(f"{path[:80]!r} holds a sign that some systems follow elsewhere (bag.path)")
    if device := next((part for part in parts if _DEVICES.fullmatch(part)), ""):
        raise BadRecord(f"{path[:80]!r} is a device on some systems: {device} (bag.path)")


def _decode_path(text: str, number: int) -> str:
    if "%" in _ESCAPE.sub("", text):
        raise BadRecord(f"line {number} has a percent sign that is not %25, %0A or %0D (bag.path)")
    path = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    if text != text.strip():
        raise BadRecord(f"line {number} has a space around its path (bag.path)")
    refuse_path(path)
    return path


def refuse_twins(paths: Iterable[str]) -> None:
    """Two paths that one file system takes for one (section 5.2): by case, or by how Unicode composes them."""
    seen: dict[str, str] = {}
    for path in paths:
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
        if folded in seen:
            raise BadRecord(f"{seen[folded]!r} and {path!r} are one file on some systems (bag.twins)")
        seen[folded] = path


def _lines(data: bytes) -> Iterable[tuple[int, str]]:
    """Lines and their numbers; every line ends, none is empty, and no byte order mark goes before them."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise BadRecord("it is not UTF-8 (bag.encoding)") from None
    if text.startswith("\ufeff"):
        raise BadRecord("it begins with a byte order mark (bag.encoding)")
    lines = re.split("\r\n|\n|\r", text)
    if text and lines.pop():
        raise BadRecord("its last line does not end (bag.manifest)")
    for number, line in enumerate(lines if text else [], 1):
        if not line.strip():
            raise BadRecord(f"line {number} is empty (bag.manifest)")
        if "\0" in line:
            raise BadRecord(f"line {number} holds a NUL (bag.encoding)")
        yield number, line
