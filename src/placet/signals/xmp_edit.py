"""Changing a few properties of an XMP packet (ISO 16684-1), and keeping every byte that says something else.

Elements and attributes are cut out by the places where expat found them; what is new comes in a description of its
own, before the end of rdf:RDF.  The result is read again: it says what was asked, and all else as before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat  # the packet was read by xml_tree before, which refuses any document type

from placet.errors import SignalError
from placet.signals import xmp
from placet.signals.xmp import RDF, Packet

__all__ = ["change", "past_tag"]

Name = tuple[str, str]

_DESCRIPTION: Final = f"{RDF} Description"
_RDF: Final = f"{RDF} RDF"
_ABOUT: Final = f"{RDF} about"


@dataclass(slots=True)
class _Places:
    """Byte ranges to cut, the end of rdf:RDF, and what the descriptions are about."""

    cuts: list[tuple[int, int]] = field(default_factory=list)
    end: int = -1
    about: str = ""


def change(
    packet: bytes,
    values: Mapping[Name, str],
    prefixes: Mapping[str, str],
    *,
    arrays: Mapping[Name, str] | None = None,
    remove: Collection[Name] = (),
) -> bytes:
    """The packet with these properties and without those in `remove`, in UTF-8; see `xmp.describe` for the rest.

    SignalError when it cannot be read, or would not be read as asked.
    """
    (before,) = _one(packet)
    body = xmp.narrow(packet)
    gone = {*values, *remove}
    places = _find(body, gone)
    new = xmp.describe(values, prefixes, arrays=arrays, about=places.about).encode() if values else b""
    pieces, at = [], 0
    for start, end in sorted(places.cuts):
        pieces.append(body[at:start])
        at = end
    changed = b"".join([*pieces, body[at : places.end], new, body[places.end :]])
    _check(changed, before, values, gone)
    return changed


def _one(packet: bytes) -> tuple[Packet]:
    found = xmp.packets(packet, "the file's XMP")
    if len(found) != 1:
        raise SignalError(f"the file's XMP holds {len(found)} packets where one belongs")
    return (found[0],)


def _find(body: bytes, gone: Collection[Name]) -> _Places:
    places = _Places()
    names = {f"{namespace} {name}" for namespace, name in gone}
    open_: list[tuple[str, int]] = []
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.namespace_prefixes = True
    ((offset, stop),) = xmp.spans(body, "the file's XMP")

    def starts(name: str, attributes: dict[str, str]) -> None:
        at = offset + parser.CurrentByteIndex
        plain = _plain(name)
        if plain == _DESCRIPTION and open_ and open_[-1][0] == _RDF:
            places.about = places.about or next((v for k, v in attributes.items() if _plain(k) == _ABOUT), "")
            places.cuts += _attribute_cuts(body, at, [key for key in attributes if _plain(key) in names])
        open_.append((plain, at))

    def ends(_: str) -> None:
        name, start = open_.pop()
        at = offset + parser.CurrentByteIndex
        if name == _RDF:
            places.end = at
        if name in names and [each for each, _ in open_[-2:]] == [_RDF, _DESCRIPTION]:
            opening = past_tag(body, start)
            empty = body[opening - 2 : opening] == b"/>"  # its end is reported at no place of its own
            places.cuts.append((start, opening if empty else past_tag(body, at)))

    parser.StartElementHandler = starts
    parser.EndElementHandler = ends
    try:
        parser.Parse(body[offset:stop], True)
    except expat.ExpatError as error:
        raise SignalError(f"the file's XMP is not well-formed: {error}") from error
    return places


def _plain(name: str) -> str:
    return " ".join(name.split(" ")[:2])


def past_tag(body: bytes, at: int) -> int:
    """The end of the tag that begins here; quoted values may hold any character but their quote."""
    found = re.compile(rb"""<(?:[^>"']|"[^"]*"|'[^']*')*>""").match(body, at)
    if found is None:
        raise SignalError("a tag has no end")
    return found.end()


def _attribute_cuts(body: bytes, at: int, keys: Collection[str]) -> list[tuple[int, int]]:
    """The places of attributes within a tag; expat gives `namespace local prefix`."""
    tag = body[at : past_tag(body, at)]
    cuts = []
    for key in keys:
        written = ":".join(reversed(key.split(" ")[1:])).encode()
        found = re.search(rb"\s" + re.escape(written) + rb"""\s*=\s*("[^"]*"|'[^']*')""", tag)
        if found:
            cuts.append((at + found.start(), at + found.end()))
    return cuts


def _check(changed: bytes, before: Packet, values: Mapping[Name, str], gone: Collection[Name]) -> None:
    (after,) = _one(changed)
    kept = [each for each in before.properties if (each.namespace, each.name) not in gone]
    held = [each for each in after.properties if (each.namespace, each.name) not in gone]
    said = {key: after.values(*key) for key in values}
    if sorted(map(repr, kept)) != sorted(map(repr, held)) or any(len(found) != 1 for found in said.values()):
        raise SignalError("the file's XMP is written in a way in which it cannot be changed safely")
    if any(after.values(*key) for key in gone if key not in values):
        raise SignalError("the file's XMP would go on saying what was to be taken out")
