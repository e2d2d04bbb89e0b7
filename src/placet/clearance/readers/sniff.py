"""The part that a file or member of a dataset is, with what is wrong with it."""

from __future__ import annotations

from placet.clearance.rows import Part, PartKind
from placet.core.declaration import Problem
from placet.fingerprints.medium import IMAGE_SUFFIXES, medium_of

__all__ = ["IMAGE_SUFFIXES", "MAX_BYTES", "file_part", "is_media", "text_part", "too_large"]

MAX_BYTES = 1 << 30


def file_part(name: str, data: bytes | memoryview, where: str) -> tuple[tuple[Part, ...], tuple[Problem, ...]]:
    """The part that a file or member is, with what is wrong with it."""
    if not data:
        return (), (Problem(where, "row.incomplete", f"{where} is empty."),)
    kind = medium_of(data, name)
    return text_part(name, data, where) if kind is PartKind.TEXT else ((Part(name, kind, data),), ())


def is_media(data: bytes | memoryview) -> bool:
    """Whether these bytes begin as a picture, sound or film does, whatever they are called."""
    return medium_of(data[:16], "") in (PartKind.IMAGE, PartKind.AUDIO, PartKind.VIDEO)


def text_part(name: str, data: bytes | memoryview, where: str) -> tuple[tuple[Part, ...], tuple[Problem, ...]]:
    """A text; when it is not UTF-8, its exact bytes can still be compared, and the row is told so."""
    try:
        str(data, "utf-8")
    except UnicodeDecodeError as error:
        why = f"{where} is not UTF-8 at byte {error.start}."
        return (Part(name, PartKind.OTHER, data),), (Problem(where, "media.unreadable", why),)
    return (Part(name, PartKind.TEXT, data),), ()


def too_large(where: str, size: int) -> Problem:
    why = f"{where} has {size:,} bytes, more than the limit of {MAX_BYTES:,}."
    return Problem(where, "media.too-large", why)
