"""What a file says of itself: the blocks of metadata in its bytes, as documents for the standards that hear them.

Most files say nothing; for them this costs one walk over their headers.  What is wrong with the file around its blocks
is a problem, since something may have stood there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from placet.core.declaration import Problem
from placet.errors import BadMedia
from placet.fingerprints.containers import Block, Kind, Limits, blocks
from placet.fingerprints.containers.c2pa_manifest import report
from placet.signals import c2pa, iptc
from placet.signals.codec import Channel, Document
from placet.signals.origin import Origin, most_synthetic, origin_of
from placet.signals.rsl_links import MEDIA_TYPE as RSL_TYPE

__all__ = ["LIMITS", "documents", "origin"]

_TYPES: Final = {
    Kind.XMP: iptc.XMP_TYPE,
    Kind.PDF_XMP: iptc.XMP_TYPE,
    Kind.EPUB_OPF: "application/oebps-package+xml",
}
_TEXTS: Final = frozenset({Kind.ID3, Kind.VORBIS, Kind.PNG_TEXT, Kind.RIFF_INFO})
_HEARD: Final = frozenset({*_TYPES, *_TEXTS, Kind.C2PA, Kind.CONTAINER}) - {Kind.PNG_TEXT, Kind.RIFF_INFO}
LIMITS: Final = Limits(max_steps=50_000)  # the library takes 25 microseconds for each part of a file
_RSL: Final = b"https://rslstandard.org/rsl"


def documents(
    data: bytes | memoryview, where: str, heard_at: int, *, limits: Limits = LIMITS, anchors: str = ""
) -> tuple[tuple[Document, ...], tuple[Problem, ...]]:
    """The documents of channel EMBEDDED in a file, and what in it could not be read.

    `where` names the file, and is what the documents are about.  `anchors` (PEM) make a C2PA signature Trusted.
    """
    found = blocks(data, limits=limits)
    if not found:
        return (), ()
    problems = [Problem(where, each.reason, each.why) for each in _problems(found)]
    heard = [_document(block, where, heard_at) for block in found if _is_heard(block)]
    for block in _manifests(found):
        try:
            text = report(data, block.data, anchors=anchors)
        except BadMedia as error:
            problems.append(Problem(where, "media.unreadable", f"{where}: {error}"))
        else:
            heard.append(_embedded(where, text, c2pa.REPORT_TYPE, heard_at))
    return tuple(heard), tuple(problems)


def _manifests(found: tuple[Block, ...]) -> list[Block]:
    """None of a file that is broken around its blocks: it is unclear already, and the library would be long with it."""
    if any(block.kind is Kind.CONTAINER for block in found):
        return []
    return [block for block in found if block.kind is Kind.C2PA and block.data]


def _problems(found: Iterable[Block]) -> Iterator[Problem]:
    """Those of blocks that some standard hears: a broken comment or camera setting hides no wish."""
    for block in found:
        if block.kind in _HEARD:
            yield from block.problems


def _is_heard(block: Block) -> bool:
    return bool(block.data) and (block.kind in _TYPES or (block.kind in _TEXTS and _RSL in block.data))


def _document(block: Block, where: str, heard_at: int) -> Document:
    return _embedded(where, block.data, _TYPES.get(block.kind, RSL_TYPE), heard_at)


def _embedded(where: str, body: bytes, kind: str, heard_at: int) -> Document:
    return Document(where=where, body=body, channel=Channel.EMBEDDED, media_type=kind, heard_at=heard_at)


def origin(heard: Iterable[Document]) -> Origin:
    """How the file declares that it was made; of two that differ the more synthetic, of none `unknown`.

    Only what C2PA and IPTC declare.  What a manifest that does not hold says of a capture is not believed.
    """
    return most_synthetic(found for document in heard for found in _origins(document))


def _origins(document: Document) -> Iterator[Origin]:
    if document.media_type == iptc.XMP_TYPE:
        yield from filter(None, map(origin_of, iptc.source_types(document)))
    elif document.media_type == c2pa.REPORT_TYPE:
        believed = c2pa.holds(document)
        for found in c2pa.source_types(document):
            part, _, term = found.rpartition(" ")
            declared = origin_of(term)
            if part and declared is Origin.GENERATED:
                declared = Origin.COMPOSITE
            if declared and (believed or declared in (Origin.GENERATED, Origin.COMPOSITE)):
                yield declared
