"""XMP packets (ISO 16684-1:2019): as much RDF/XML as the properties that we read are written in.

A property is an attribute of rdf:Description, an element with text, an element with rdf:resource, or an array
(rdf:Bag, rdf:Seq, rdf:Alt).  Structures inside structures are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape  # writes, never parses

from placet.errors import SignalError
from placet.signals import xml_tree
from placet.signals.xml_tree import Node

__all__ = ["Packet", "Property", "holds_packet", "packets", "write"]

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_ARRAYS = frozenset((RDF, name) for name in ("Bag", "Seq", "Alt"))
_MOST_PACKETS = 16
_BEGINS = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?(xmpmeta|xapmeta|RDF)[\s>]")
_WIDE = ("utf-16-le", "utf-16-be")


@dataclass(frozen=True, slots=True)
class Property:
    namespace: str
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packet:
    properties: tuple[Property, ...] = ()

    def values(self, namespace: str, name: str) -> tuple[str, ...]:
        return tuple(
            value
            for each in self.properties
            if (each.namespace, each.name) == (namespace, name)
            for value in each.values
        )


def holds_packet(body: bytes) -> bool:
    return bool(_BEGINS.search(_narrow(body)))


def packets(body: bytes, where: str) -> tuple[Packet, ...]:
    """Every packet in `body`, which may hold several one after the other; SignalError when one is broken."""
    found = _cut(_narrow(body), where)
    if not found:
        raise SignalError(f"{where} holds no XMP packet")
    return tuple(_read(xml_tree.parse(piece, where)) for piece in found)


def _narrow(body: bytes) -> bytes:
    """UTF-8, whichever of the encodings of ISO 16684-1 section 7.3.2 the packet is in."""
    for encoding in _WIDE:
        if "xmpmeta".encode(encoding) in body or "rdf:RDF".encode(encoding) in body:
            return body[: len(body) & ~1].decode(encoding, "replace").encode("utf-8", "replace")
    return body


def _cut(body: bytes, where: str) -> list[bytes]:
    """The packets' bytes, by their outermost element: wrappers and padding around them are left out."""
    found: list[bytes] = []
    at = 0
    while begin := _BEGINS.search(body, at):
        name = begin.group(0)[1:-1]
        end = body.find(b"</" + name, begin.end())
        if end < 0:
            raise SignalError(f"{where} holds an XMP packet that is cut off")
        close = body.find(b">", end)
        if close < 0 or len(found) >= _MOST_PACKETS:
            raise SignalError(f"{where} holds a broken XMP packet, or more than {_MOST_PACKETS}")
        at = close + 1
        found.append(body[begin.start() : at])
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise SignalError(f"{where} declares a document type or an entity, which is never read")
    return found


def _read(root: Node) -> Packet:
    descriptions = [
        node for rdf in root.walk() if rdf.name == (RDF, "RDF") for node in rdf.children if node.name[0] == RDF
    ]
    return Packet(tuple(prop for node in descriptions for prop in _properties(node)))


def _properties(description: Node) -> list[Property]:
    told = [
        Property(namespace, name, (value.strip(),))
        for (namespace, name), value in description.attributes.items()
        if namespace not in ("", RDF)
    ]
    return told + [Property(*child.name, _values(child)) for child in description.children]


def _values(node: Node) -> tuple[str, ...]:
    """Nothing is said by an empty element; whatever else stands in it may be what is meant, so all is given."""
    resource = node.get("resource", RDF)
    found = [resource.strip()] if resource is not None else []
    for child in node.children:
        if child.name in _ARRAYS:
            found += [value for item in child.children for value in (_values(item) or ("",))]
        elif child.name == (RDF, "value"):
            found.append(child.text)
    value = node.get("value", RDF)
    found += [value.strip()] if value is not None else []
    return tuple(found) if found or node.children else (node.text,)


def write(values: Mapping[tuple[str, str], str], prefixes: Mapping[str, str]) -> bytes:
    """A packet that says these properties, each as an element; `prefixes` maps namespace to prefix."""
    names = "".join(f' xmlns:{prefix}="{escape(uri)}"' for uri, prefix in prefixes.items())
    lines = "".join(
        f"   <{prefixes[uri]}:{name}>{escape(text)}</{prefixes[uri]}:{name}>\n" for (uri, name), text in values.items()
    )
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f' <rdf:RDF xmlns:rdf="{RDF}">\n  <rdf:Description rdf:about=""{names}>\n{lines}'
        f'  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>\n'
    ).encode()
