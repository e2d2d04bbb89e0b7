"""A TDMRep reservation put into the package document of an EPUB (TDMRep 6.3); the rest of its bytes stay.

EPUB 3 says it by a property under a declared prefix, EPUB 2 by a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat  # the document was read by xml_tree before, which refuses any document type
from xml.sax.saxutils import escape, quoteattr  # they write, and never parse

from placet.errors import SignalError
from placet.signals import xml_tree
from placet.signals.tdmrep_files import EPUB
from placet.signals.xmp_edit import past_tag

__all__ = ["reserve"]

_OPF: Final = "http://www.idpf.org/2007/opf"
_PREFIX: Final = re.compile(rb"""\sprefix\s*=\s*["']""")
_OURS: Final = frozenset({"tdm:reservation", "tdm:policy"})


@dataclass(slots=True)
class _Places:
    """Byte ranges to cut, where to put the new lines, and the package's own tag."""

    cuts: list[tuple[int, int]] = field(default_factory=list)
    end: int = -1
    prefix: str = ""
    package: tuple[int, int] = (0, 0)
    modern: bool = False


def reserve(body: bytes, where: str, value: int, policy: str) -> bytes:
    """The package document with this reservation and no other; SignalError when it cannot be put there safely."""
    root = xml_tree.parse(body, where)
    if root.name != (_OPF, "package"):
        raise SignalError(f"{where} is no package document of an EPUB")
    if not body.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<") or b"\0" in body:
        raise SignalError(f"{where} is not written in UTF-8")
    places = _find(body)
    if places.end < 0:
        raise SignalError(f"{where} has no metadata to which a reservation could be added")
    said = {"tdm:reservation": str(value), **({"tdm:policy": policy} if policy else {})}
    lines = "".join(_line(places, name, text) for name, text in said.items())
    inserts = [(places.end, lines.encode())]
    if places.modern and EPUB not in (root.get("prefix") or "").split():
        inserts.append(_declared(body, places))
    pieces, at = [], 0
    for start, end, new in sorted([*((a, b, b"") for a, b in places.cuts), *((at_, at_, new) for at_, new in inserts)]):
        pieces += [body[at:start], new]
        at = end
    return b"".join([*pieces, body[at:]])


def _find(body: bytes) -> _Places:
    places = _Places()
    open_: list[tuple[str, int, bool]] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.namespace_prefixes = True

    def starts(name: str, attributes: dict[str, str]) -> None:
        at = parser.CurrentByteIndex
        plain = " ".join(name.split(" ")[:2])
        if not open_:
            places.package = (at, past_tag(body, at))
            places.modern = attributes.get("version", "").startswith("3")
        ours = plain == f"{_OPF} meta" and bool(_OURS & {attributes.get("property"), attributes.get("name")})
        open_.append((plain, at, ours))

    def ends(name: str) -> None:
        plain, start, ours = open_.pop()
        at = parser.CurrentByteIndex
        metadata = plain == f"{_OPF} metadata" and len(open_) == 1
        if not ours and not metadata:
            return
        opening = past_tag(body, start)
        empty = body[opening - 2 : opening] == b"/>"  # its end is reported at no place of its own
        if ours:
            places.cuts.append((start, opening if empty else past_tag(body, at)))
        elif not empty:
            parts = name.split(" ")
            places.end, places.prefix = at, f"{parts[2]}:" if len(parts) > 2 else ""

    parser.StartElementHandler = starts
    parser.EndElementHandler = ends
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise SignalError(f"the package document is not well-formed: {error}") from error
    return places


def _line(places: _Places, name: str, text: str) -> str:
    tag = f"{places.prefix}meta"
    if places.modern:
        return f'<{tag} property="{name}">{escape(text)}</{tag}>\n'
    return f'<{tag} name="{name}" content={quoteattr(text)}/>\n'


def _declared(body: bytes, places: _Places) -> tuple[int, bytes]:
    """The prefix goes into the attribute that declares others, or into one of its own."""
    start, end = places.package
    found = _PREFIX.search(body, start, end)
    if found:
        return found.end(), f"tdm: {EPUB} ".encode()
    return end - 1, f' prefix="tdm: {EPUB}"'.encode()
