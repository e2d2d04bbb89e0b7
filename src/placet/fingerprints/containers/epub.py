"""The package documents of an EPUB (EPUB 3.3, OCF 4.2.6.3.1; OPF 2.0.1) and its C2PA manifest (2.4).

META-INF/container.xml names them; it is parsed without document type, entities or depth, and a path that leaves
the book is not followed.
"""

from __future__ import annotations

import xml.parsers.expat as expat
from collections.abc import Iterator
from typing import Final

from placet.errors import BadMedia, TooLarge
from placet.fingerprints.containers.block import Block, Kind, Limits, doubted, holds
from placet.fingerprints.containers.zipped import Member, members, read_member

__all__ = ["find", "is_epub"]

_CONTAINER: Final = "META-INF/container.xml"
_MANIFEST: Final = "META-INF/content_credential.c2pa"
_ROOTFILE: Final = "urn:oasis:names:tc:opendocument:xmlns:container rootfile"
_PACKAGE: Final = "application/oebps-package+xml"
_MOST_PACKAGES: Final = 16
_DEEPEST: Final = 32


def is_epub(view: memoryview) -> bool:
    """The first member says so, uncompressed (OCF, 4.3), or a container.xml is named in the directory's tail."""
    return holds(view, 30, b"mimetypeapplication/epub+zip") or _CONTAINER.encode() in bytes(view[-65_536:])


def find(view: memoryview, limits: Limits) -> Iterator[Block]:
    """Each package document whole, for its prefixes stand on its root; and the manifest beside it."""
    found = members(view)
    if _CONTAINER not in found:
        raise BadMedia(f"This EPUB has no {_CONTAINER}.")
    for path in _packages(read_member(view, found[_CONTAINER], limits)):
        yield _member(view, found, path, Kind.EPUB_OPF, limits)
    if _MANIFEST in found:
        yield _member(view, found, _MANIFEST, Kind.C2PA, limits)


def _member(view: memoryview, found: dict[str, Member], path: str, kind: Kind, limits: Limits) -> Block:
    block = Block(kind=kind, where=path)
    if path.startswith("/") or "\\" in path or ".." in path.split("/"):
        return doubted(block, f"The package document {path!r} would lie outside of the book.")
    if path not in found:
        return doubted(block, f"The package document {path!r} is not in the book.")
    try:
        return Block(kind=kind, where=path, data=read_member(view, found[path], limits))
    except BadMedia as error:
        return doubted(block, str(error))


def _packages(container: bytes) -> list[str]:
    """The paths of the package documents that container.xml names."""
    paths: list[str] = []
    depth = 0

    def starts(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST or len(paths) > _MOST_PACKAGES:
            raise TooLarge(f"{_CONTAINER} is deeper or names more than any book needs.")
        if name == _ROOTFILE and attributes.get("media-type") == _PACKAGE and attributes.get("full-path"):
            paths.append(attributes["full-path"])

    def ends(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def refuses(*_declared: object) -> None:
        raise BadMedia(f"{_CONTAINER} declares a document type, which none needs and attacks use.")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = starts
    parser.EndElementHandler = ends
    parser.StartDoctypeDeclHandler = refuses
    try:
        parser.Parse(container, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise BadMedia(f"{_CONTAINER} is not well-formed XML: {error}.") from error
    if not paths:
        raise BadMedia(f"{_CONTAINER} names no package document.")
    return paths
