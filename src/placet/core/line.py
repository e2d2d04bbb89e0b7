"""Lines of sheets: many statements under one signature, each a canonical record that can be read by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from placet.core.making import parse_making
from placet.core.subject import Subject
from placet.core.title import parse_title

__all__ = ["LINE_READERS", "Line", "Record"]


class Record(Protocol):
    """What one line says: the things it names, and the commitments that its maker can open."""

    @property
    def subjects(self) -> tuple[Subject, ...]: ...

    @property
    def openings(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Line `number` of the sheet that the key `by` signed at log index `index`; `kind` is the entry's type."""

    index: int
    number: int
    by: str
    kind: str
    record: bytes
    subjects: tuple[Subject, ...] = ()


LINE_READERS: Final[Mapping[str, Callable[[bytes], Record]]] = {"claim.add": parse_title, "made.add": parse_making}
