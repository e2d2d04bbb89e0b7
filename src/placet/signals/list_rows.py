"""The entries of a list, whatever its form: lines, CSV or XML.

Each line stands for itself, so that one that cannot be read takes no other with it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass

from placet.errors import SignalError
from placet.signals import xml_tree
from placet.signals.html_head import looks_like_html

__all__ = ["Row", "rows"]

# What columns and elements are called, in the languages that lists are kept in.
_COLUMNS = {
    **dict.fromkeys(("domain", "domains", "host", "hostname", "domein", "domaine"), "domain"),
    **dict.fromkeys(("url", "uri", "address", "website", "link"), "url"),
    **dict.fromkeys(("isbn", "isbn10", "isbn13"), "isbn"),
    **dict.fromkeys(("isrc",), "isrc"),
    **dict.fromkeys(("iscc",), "iscc"),
    **dict.fromkeys(("sha256", "sha_256"), "sha256"),
    **dict.fromkeys(("name", "naam", "nom", "creator", "author", "artist", "maker"), "name"),
    **dict.fromkeys(("use", "uses"), "use"),
    **dict.fromkeys(("stance",), "stance"),
}
_GIVEN = frozenset({"firstname", "first_name", "voornaam", "prenom"})
_FAMILY = frozenset({"lastname", "last_name", "achternaam", "surname"})
_ABOUT = frozenset({"use", "stance"})
_DELIMITERS = (",", ";", "\t", "|")
_COMMENT = re.compile(r"\s#.*")
_HOSTS = re.compile(r"(?:0\.0\.0\.0|127\.0\.0\.1|::1?)\s+(\S+)")  # a hosts file sends what it names nowhere
_BREAK = re.compile(r"\r\n|\r|\n")
_BOMS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


@dataclass(frozen=True, slots=True)
class Row:
    """`place` counts from 1 what `word` says; `values` are columns and what stands in them."""

    word: str
    place: int
    values: tuple[tuple[str, str], ...] = ()
    uses: str = ""
    stance: str = ""
    fault: str = ""


def rows(body: bytes, where: str) -> Iterator[Row]:
    """Every entry in order; SignalError when the bytes are no list at all."""
    start = body[:256].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return _in_xml(body, where)
    if start.startswith((b"{", b"[")) or looks_like_html(body):
        raise SignalError(f"{where} is no list: a list is text, CSV or XML")
    lines = _lines(body, where)
    head = next(((number, line) for number, line in lines if line), None)
    if head is None:
        raise SignalError(f"{where} is an empty list")
    columns, delimiter = _header(head[1])
    if any(columns):
        return _in_csv([line for line in lines if line[0] > head[0]], columns, delimiter)
    return _in_lines(lines)


def _lines(body: bytes, where: str) -> list[tuple[int, str]]:
    """Numbered lines, comments emptied; what is not UTF-8 in a line stays to be told."""
    encoding = next((name for mark, name in _BOMS if body.startswith(mark)), "utf-8")
    try:
        text = body.decode(encoding, "strict" if encoding == "utf-16" else "surrogateescape")
    except UnicodeDecodeError as error:
        raise SignalError(f"{where} is no text: {error.reason}") from error
    if "\0" in text:
        raise SignalError(f"{where} is no text: it holds NUL characters")
    stripped = (line.strip() for line in _BREAK.split(text))
    return [(number, "" if line.startswith("#") else line) for number, line in enumerate(stripped, 1)]


def _header(line: str) -> tuple[list[str], str]:
    """The column that each field is, empty for others, and what separates them."""
    found = []
    for delimiter in _DELIMITERS:
        names = [name.strip().strip('"').strip().lower().replace("-", "_") for name in line.split(delimiter)]
        columns = [_COLUMNS.get(name.replace(" ", "_"), _COLUMNS.get(name.replace("_", ""), "")) for name in names]
        if set(columns) - _ABOUT - {""}:
            found.append((sum(map(bool, columns)), columns, delimiter))
    _, columns, delimiter = max(found, default=(0, [], ","))
    return columns, delimiter


def _in_lines(lines: list[tuple[int, str]]) -> Iterator[Row]:
    for number, line in lines:
        if value := _COMMENT.sub("", line):
            hosts = _HOSTS.fullmatch(value)
            yield Row("line", number, (("", hosts.group(1) if hosts else value),), fault=_doubt(value))


def _in_csv(lines: list[tuple[int, str]], columns: list[str], delimiter: str) -> Iterator[Row]:
    for number, line in lines:
        if not line:
            continue
        try:
            (fields,) = csv.reader([line], delimiter=delimiter, strict=True)
        except (csv.Error, ValueError) as error:
            yield Row("line", number, fault=f"it is no CSV: {error}")
            continue
        named = [(column, field) for column, field in zip(columns, fields, strict=False) if column]
        yield _row("line", number, named, _doubt(line))


def _in_xml(body: bytes, where: str) -> Iterator[Row]:
    root = xml_tree.parse(body, where)
    if root.name[1].lower() == "html":
        raise SignalError(f"{where} is a page, no list")
    found = [named for node in root.walk() if (named := _named(node))]
    if not found:
        raise SignalError(f"{where} is XML, but nothing in it names a domain, an address, a work or a maker")
    return (_row("entry", number, named) for number, named in enumerate(_apart(found), 1))


def _apart(found: list[list[tuple[str, str]]]) -> Iterator[list[tuple[str, str]]]:
    """An element with many children of one name is a list of things, any other is one thing with many names."""
    for named in found:
        columns = [column for column, _ in named if column not in _ABOUT]
        if len(set(columns)) == len(columns):
            yield named
        else:
            about = [pair for pair in named if pair[0] in _ABOUT]
            yield from ([pair, *about] for pair in named if pair[0] not in _ABOUT)


def _named(node: xml_tree.Node) -> list[tuple[str, str]]:
    """What an element's attributes and its children without children of their own name."""
    leaves = [(child.name[1].lower(), child.text) for child in node.children if not child.children]
    pairs = [*((local.lower(), value) for (_, local), value in node.attributes.items()), *leaves]
    named = [(column, value) for name, value in pairs if (column := _COLUMNS.get(name.replace("-", "_")))]
    given = [value for name, value in pairs if name in _GIVEN]
    family = [value for name, value in pairs if name in _FAMILY]
    if family:
        named.append(("name", " ".join([*given, *family])))
    return named if {column for column, _ in named} - _ABOUT else []


def _row(word: str, place: int, named: list[tuple[str, str]], fault: str = "") -> Row:
    about = {column: value for column, value in named if column in _ABOUT}
    values = tuple((column, value.strip()) for column, value in named if column not in _ABOUT and value.strip())
    fault = fault or ("" if values else "it names nothing")
    return Row(word, place, values, about.get("use", ""), about.get("stance", ""), fault)


def _doubt(line: str) -> str:
    return "it holds bytes that are not UTF-8" if any("\ud800" <= char <= "\udfff" for char in line) else ""
