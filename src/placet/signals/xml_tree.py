"""A small XML tree that cannot be made to fetch, expand or swallow anything.

XML 1.0 with namespaces, read by expat.  A document type declaration is refused outright, and with it every
entity: no bomb, no external file.  Bytes, depth and elements are bounded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat  # no DTD ever gets past _refuse

from placet.errors import SignalError

__all__ = ["MOST_BYTES", "Name", "Node", "parse"]

MOST_BYTES = 4 * 1024 * 1024
_MOST_ELEMENTS = 50_000
_MOST_DEPTH = 64
_SEPARATOR = "\x01"  # no character of XML, so that no namespace can hold it

Name = tuple[str, str]  # namespace and local name


@dataclass(slots=True)
class Node:
    """One element; `text` is its own character data, its children's left out."""

    name: Name
    prefix: str = ""
    attributes: dict[Name, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.texts).strip()

    def get(self, local: str, namespace: str = "") -> str | None:
        return self.attributes.get((namespace, local))

    def walk(self) -> Iterator[Node]:
        """Itself and everything below, in document order."""
        yield self
        for child in self.children:
            yield from child.walk()


def parse(body: bytes, where: str) -> Node:
    """The root element; SignalError when it is not well-formed or goes beyond the bounds."""
    if len(body) > MOST_BYTES:
        raise SignalError(f"{where} has {len(body)} bytes; at most {MOST_BYTES} of XML are read")
    builder = _Builder(where)
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.namespace_prefixes = True
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = builder.refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise SignalError(f"{where} is not well-formed XML: {error}") from error
    return builder.root


class _Builder:
    """What expat calls."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._open: list[Node] = [Node(("", ""))]
        self._count = 0

    @property
    def root(self) -> Node:
        return self._open[0].children[0]

    def refuse(self, *_: object) -> None:
        raise SignalError(f"{self._where} declares a document type or an entity, which is never read")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MOST_ELEMENTS or len(self._open) > _MOST_DEPTH:
            raise SignalError(f"{self._where} has more or deeper elements than are read")
        full, prefix = _split(name)
        node = Node(full, prefix, {_split(key)[0]: value for key, value in attributes.items()})
        self._open[-1].children.append(node)
        self._open.append(node)

    def end(self, _: str) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        self._open[-1].texts.append(data)


def _split(name: str) -> tuple[Name, str]:
    """Expat gives `local`, namespace and `local`, or both and the prefix, with separators between them."""
    parts = name.split(_SEPARATOR)
    if len(parts) == 1:
        return ("", name), ""
    return (parts[0], parts[1]), parts[2] if len(parts) > 2 else ""
