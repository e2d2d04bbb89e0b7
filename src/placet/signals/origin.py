"""What a file declares about how it came to be: IPTC's digital source types, as C2PA and XMP carry them.

Terms of the IPTC NewsCodes scheme digitalsourcetype, and the two that C2PA 2.4 adds.  A declaration, never a guess:
who says nothing is `unknown`, and between two that differ the more synthetic one holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

__all__ = ["BASE", "Origin", "most_synthetic", "origin_of"]

BASE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_C2PA: Final = "http://c2pa.org/digitalsourcetype/"


class Origin(StrEnum):
    """How a file says that it was made."""

    GENERATED = "generated"
    COMPOSITE = "composite"
    CAPTURED = "captured"
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS: Final = {
    Origin.GENERATED: "It declares itself made by a generative model or an algorithm.",
    Origin.COMPOSITE: "It declares itself composed with generated or synthetic parts.",
    Origin.CAPTURED: "It declares itself captured, or made by people.",
    Origin.UNKNOWN: "It does not declare how it was made.",
}
_RANK: Final = (Origin.UNKNOWN, Origin.CAPTURED, Origin.COMPOSITE, Origin.GENERATED)
_TERMS: Final = {
    "trainedalgorithmicmedia": Origin.GENERATED,
    "trainedalgorithmicdata": Origin.GENERATED,
    "algorithmicmedia": Origin.GENERATED,
    "compositewithtrainedalgorithmicmedia": Origin.COMPOSITE,
    "compositesynthetic": Origin.COMPOSITE,
    "composite": Origin.COMPOSITE,
    "virtualrecording": Origin.COMPOSITE,
    "digitalcapture": Origin.CAPTURED,
    "computationalcapture": Origin.CAPTURED,
    "compositecapture": Origin.CAPTURED,
    "negativefilm": Origin.CAPTURED,
    "positivefilm": Origin.CAPTURED,
    "print": Origin.CAPTURED,
    "screencapture": Origin.CAPTURED,
    "humanedits": Origin.CAPTURED,
    "minorhumanedits": Origin.CAPTURED,
    "algorithmicallyenhanced": Origin.CAPTURED,
    "digitalcreation": Origin.CAPTURED,
    "digitalart": Origin.CAPTURED,
    "softwareimage": Origin.CAPTURED,
    "datadrivenmedia": Origin.CAPTURED,
    "empty": Origin.UNKNOWN,
}


def origin_of(term: str) -> Origin | None:
    """The origin that a term or its URI stands for; None for one that is not in the scheme."""
    name = term.strip().replace("https://", "http://", 1)
    for base in (BASE, _C2PA):
        name = name.removeprefix(base)
    return _TERMS.get(name.rstrip("/").lower())


def most_synthetic(origins: Iterable[Origin]) -> Origin:
    return max(origins, key=_RANK.index, default=Origin.UNKNOWN)
