"""XMP packets (ISO 16684-1:2019): as much RDF/XML as the properties that we read are written in.

A property is an attribute of rdf:Description, an element with text, an element with rdf:resource, or an array
(rdf:Bag, rdf:Seq, rdf:Alt).  Fields of structures are kept apart: they speak of a part, such as an ingredient.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr  # they write, and never parse

from placet.errors import SignalError
from placet.signals import xml_tree
from placet.signals.xml_tree import Node

__all__ = ["RDF", "Packet", "Property", "describe", "holds_packet", "narrow", "packets", "spans", "write"]

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML = "http://www.w3.org/XML/1998/namespace"
_ARRAYS = frozenset((RDF, name) for name in ("Bag", "Seq", "Alt"))
_NO_TEXT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, Char
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
    """The properties of what the packet is about, and the fields of structures at any depth below them."""

    properties: tuple[Property, ...] = ()
    fields: tuple[Property, ...] = ()

    def values(self, namespace: str, name: str) -> tuple[str, ...]:
        return _find(self.properties, namespace, name)

    def inside(self, namespace: str, name: str) -> tuple[str, ...]:
        """The values of a field, in whichever structure it stands."""
        return _find(self.fields, namespace, name)


def _find(properties: tuple[Property, ...], namespace: str, name: str) -> tuple[str, ...]:
    return tuple(v for each in properties if (each.namespace, each.name) == (namespace, name) for v in each.values)


def holds_packet(body: bytes) -> bool:
    return bool(_BEGINS.search(narrow(body)))


def packets(body: bytes, where: str) -> tuple[Packet, ...]:
    """Every packet in `body`, which may hold several one after the other; SignalError when one is broken."""
    found = _cut(narrow(body), where)
    if not found:
        raise SignalError(f"{where} holds no XMP packet")
    return tuple(_read(xml_tree.parse(piece, where)) for piece in found)


def narrow(body: bytes) -> bytes:
    """UTF-8, whichever of the encodings of ISO 16684-1 section 7.3.2 the packet is in."""
    for encoding in _WIDE:
        if "xmpmeta".encode(encoding) in body or "rdf:RDF".encode(encoding) in body:
            return body[: len(body) & ~1].decode(encoding, "replace").encode("utf-8", "replace")
    return body


def _cut(body: bytes, where: str) -> list[bytes]:
    return [body[start:end] for start, end in spans(body, where)]


def spans(body: bytes, where: str) -> list[tuple[int, int]]:
    """Where the packets begin and end, by their outermost element: wrappers and padding around them are left out."""
    found: list[tuple[int, int]] = []
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
        found.append((begin.start(), at))
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise SignalError(f"{where} declares a document type or an entity, which is never read")
    return found


def _read(root: Node) -> Packet:
    descriptions = [
        node for rdf in root.walk() if rdf.name == (RDF, "RDF") for node in rdf.children if node.name[0] == RDF
    ]
    properties = tuple(prop for node in descriptions for prop in _properties(node))
    below = (inner for node in descriptions for child in node.children for inner in child.walk() if inner is not child)
    return Packet(properties, tuple(_fields(descriptions, below)))


def _properties(description: Node) -> list[Property]:
    return _attributes(description) + [Property(*child.name, _values(child)) for child in description.children]


def _attributes(node: Node) -> list[Property]:
    return [
        Property(namespace, name, (value.strip(),))
        for (namespace, name), value in node.attributes.items()
        if namespace not in ("", RDF, _XML)
    ]


def _fields(descriptions: list[Node], below: Iterator[Node]) -> Iterator[Property]:
    for node in descriptions:
        for child in node.children:
            yield from _attributes(child)
    for node in below:
        yield from _attributes(node)
        if node.name[0] != RDF:
            yield Property(*node.name, _values(node))


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


def write(
    values: Mapping[tuple[str, str], str],
    prefixes: Mapping[str, str],
    *,
    arrays: Mapping[tuple[str, str], str] | None = None,
) -> bytes:
    """A packet that says these properties, each as an element; `prefixes` maps namespace to prefix.

    `arrays` names those that are arrays of one: `Alt` for language alternatives, `Seq` or `Bag`.
    """
    description = describe(values, prefixes, arrays=arrays)
    return (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f' <rdf:RDF xmlns:rdf="{RDF}">\n{description} </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end="w"?>\n'
    ).encode()


def describe(
    values: Mapping[tuple[str, str], str],
    prefixes: Mapping[str, str],
    *,
    arrays: Mapping[tuple[str, str], str] | None = None,
    about: str = "",
) -> str:
    """One rdf:Description with these properties."""
    names = "".join(f" xmlns:{prefix}={quoteattr(uri)}" for uri, prefix in prefixes.items())
    lines = []
    for key, text in values.items():
        tag = f"{prefixes[key[0]]}:{key[1]}"
        plain = escape(_NO_TEXT.sub(" ", text))
        kind = (arrays or {}).get(key)
        language = ' xml:lang="x-default"' if kind == "Alt" else ""
        inner = f"<rdf:{kind}><rdf:li{language}>{plain}</rdf:li></rdf:{kind}>" if kind else plain
        lines.append(f"   <{tag}>{inner}</{tag}>\n")
    return f"  <rdf:Description rdf:about={quoteattr(about)}{names}>\n{''.join(lines)}  </rdf:Description>\n"
