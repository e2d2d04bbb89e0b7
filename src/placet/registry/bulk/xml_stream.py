"""XML files of any length, record by record: no document type of their own, no entities, bounded depth and size."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from xml.parsers import expat

from placet.errors import BadInput
from placet.registry.bulk.raw import MOST_BYTES, Source
from placet.signals.xml_tree import Node

__all__ = ["all_of", "first", "records", "text_of"]

_CHUNK: Final = 1 << 18
_MOST_DEPTH: Final = 64
_MOST_ELEMENTS: Final = 50_000  # in one record
_MOST_TEXT: Final = 4 << 20  # characters in one record
_SEPARATOR: Final = "\x01"


def records(source: Source, wanted: frozenset[str], renamed: Mapping[str, str]) -> Iterator[tuple[int, Node]]:
    """Each outermost element of a wanted local name, and its line; names are given as `renamed` spells them.

    A document type that only names an outside file is passed over, and that file never fetched: what it would
    define is refused where it is used.  BadInput, in one sentence, for anything that is no such XML.
    """
    size = source.path.stat().st_size
    if size > MOST_BYTES:
        raise BadInput(f"{source.name} has {size:,} bytes; at most {MOST_BYTES:,} are read (bulk.large)")
    builder = _Builder(source.name, wanted, renamed)
    parser = builder.parser
    with source.path.open("rb") as file:
        while True:
            chunk = file.read(_CHUNK)
            try:
                parser.Parse(chunk, not chunk)
            except (expat.ExpatError, ValueError, LookupError) as error:
                raise BadInput(f"{source.name} is not well-formed XML: {error} (bulk.unread)") from error
            yield from builder.done
            builder.done.clear()
            if not chunk:
                return


class _Builder:
    """What expat calls; only what lies in a wanted element is kept."""

    def __init__(self, name: str, wanted: frozenset[str], renamed: Mapping[str, str]) -> None:
        self.done: list[tuple[int, Node]] = []
        self._name, self._wanted, self._renamed = name, wanted, renamed
        self._open: list[Node] = []
        self._depth = self._count = self._chars = self._line = 0
        self.parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._refuse
        self.parser.SkippedEntityHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _doctype(self, name: str, system: str | None, public: str | None, internal: bool) -> None:
        if internal:
            self._refuse()

    def _refuse(self, *_: object) -> None:
        raise BadInput(
            f"{self._name}, line {self.parser.CurrentLineNumber}: it declares or uses a document type's entities, which"
            " are never read (bulk.xml)"
        )

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise self._too_much("deeper")
        local = name.rpartition(_SEPARATOR)[2]
        local = self._renamed.get(local, local)
        if not self._open:
            if local not in self._wanted:
                return
            self._count = self._chars = 0
            self._line = self.parser.CurrentLineNumber
        self._count += 1
        if self._count > _MOST_ELEMENTS:
            raise self._too_much("more")
        node = Node(("", local), "", {("", key.rpartition(_SEPARATOR)[2]): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].children.append(node)
        self._open.append(node)

    def _end(self, _: str) -> None:
        self._depth -= 1
        if self._open:
            node = self._open.pop()
            if not self._open:
                self.done.append((self._line, node))

    def _text(self, data: str) -> None:
        if self._open:
            self._chars += len(data)
            if self._chars > _MOST_TEXT:
                raise self._too_much("longer")
            self._open[-1].texts.append(data)

    def _too_much(self, what: str) -> BadInput:
        return BadInput(f"{self._name}, line {self.parser.CurrentLineNumber}: {what} elements than are read (bulk.xml)")


def all_of(node: Node, *path: str) -> list[Node]:
    """The elements at this path below a node, in document order."""
    found = [node]
    for name in path:
        found = [child for each in found for child in each.children if child.name[1] == name]
    return found


def first(node: Node, *names: str) -> Node | None:
    """The first element below a node, at any depth, by the earliest of these names that is there."""
    for name in names:
        for each in node.walk():
            if each is not node and each.name[1] == name:
                return each
    return None


def text_of(node: Node | None, *path: str) -> str:
    """The text of the first element at a path; empty where there is none."""
    if node is None:
        return ""
    found = all_of(node, *path)
    return found[0].text if found else ""
