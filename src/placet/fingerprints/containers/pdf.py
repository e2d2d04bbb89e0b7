"""Metadata in PDF: XMP streams and the document information (ISO 32000-2, 14.3).

A bounded scan, not a parser.  Not found are: metadata whose type is written with `#` escapes, objects in an
encrypted file beyond their being there, filters other than FlateDecode, and files attached to the document.
Metadata that no object points to any more is still found.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from placet.errors import BadMedia
from placet.fingerprints.containers.block import Block, Kind, Limits, copied, doubted
from placet.fingerprints.containers.pdf_syntax import (
    Entries,
    Objects,
    Ref,
    entries_at,
    in_object_stream,
    inflated,
    reference,
    walk,
)

__all__ = ["MAGIC", "dictionary", "find", "packet_refs"]

MAGIC: Final = b"%PDF-"
_XML_STARTS: Final = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\0<", b"<\0", b"\0<")


def find(view: memoryview, limits: Limits) -> Iterator[Block]:
    """Each metadata stream, and the information dictionary as it is written."""
    data = bytes(view)
    if b"%%EOF" not in data[-4096:] and b"startxref" not in data[-4096:]:
        raise BadMedia("This PDF has no end of file mark: it is cut short.")
    objects = walk(data, limits)
    for ref in packet_refs(objects):
        yield _packet(data, objects, ref, limits)
    yield from _manifests(data, objects, limits)
    yield from _info(data, objects, limits)


def _manifests(data: bytes, objects: Objects, limits: Limits) -> Iterator[Block]:
    """C2PA 2.4, "Embedding manifests into PDFs": an embedded file of the relationship C2PA_Manifest."""
    found = False
    for ref, stream in objects.streams.items():
        head = data[stream.start + 4 : stream.start + 20]
        if head[:4] == b"jumb" and head[8:] == b"jumdc2pa":
            found, where = True, f"object {ref[0]} {ref[1]}"
            yield Block(kind=Kind.C2PA, where=where, data=copied(stream.body(data), where, limits))
    if not found and b"/C2PA_Manifest" in data:
        yield doubted(
            Block(kind=Kind.C2PA, where="the file"), "This PDF names a C2PA manifest, which is not found in it."
        )


def packet_refs(objects: Objects) -> list[Ref]:
    """The streams that say they are metadata."""
    return [
        ref
        for ref, stream in objects.streams.items()
        if stream.entries.get(b"/Type") == b"/Metadata" or stream.entries.get(b"/Subtype") == b"/XML"
    ]


def dictionary(data: bytes, objects: Objects, ref: Ref, limits: Limits) -> tuple[Entries, bytes] | None:
    """The entries of a dictionary object and its text, wherever it stands, or None."""
    if ref in objects.at and ref not in objects.streams:
        start = data.find(b"<<", objects.at[ref], objects.at[ref] + 64)
        if start < 0:
            return None
        entries, end = entries_at(data, start)
        return entries, data[start:end]
    text = in_object_stream(data, objects, ref[0], limits)
    if text is None:
        return None
    entries, end = entries_at(text, 0)
    return entries, text[:end]


def _packet(data: bytes, objects: Objects, ref: Ref, limits: Limits) -> Block:
    where = f"object {ref[0]} {ref[1]}"
    block = Block(kind=Kind.PDF_XMP, where=where)
    try:
        text = inflated(objects.streams[ref], data, where, limits)
    except BadMedia as error:
        return doubted(block, str(error))
    if not text.lstrip().startswith(_XML_STARTS):
        return doubted(block, f"The metadata in {where} is not XML: encrypted, or damaged.")
    return Block(kind=Kind.PDF_XMP, where=where, data=text)


def _info(data: bytes, objects: Objects, limits: Limits) -> Iterator[Block]:
    ref = reference(objects.trailer.get(b"/Info"))
    if ref is None:
        return
    block = Block(kind=Kind.PDF_INFO, where=f"object {ref[0]} {ref[1]}")
    try:
        found = dictionary(data, objects, ref, limits)
        if found is not None:
            yield Block(kind=Kind.PDF_INFO, where=block.where, data=copied(memoryview(found[1]), block.where, limits))
    except BadMedia as error:
        yield doubted(block, str(error))
