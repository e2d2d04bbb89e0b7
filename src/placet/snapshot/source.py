"""Where a snapshot comes from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from placet.core.act import Act
from placet.core.line import Line
from placet.core.spoken import Spoken
from placet.core.work import Party, Work

__all__ = ["Source"]


class Source(Protocol):
    """The registry as of one log size; two reads of one size give the same values in the same order.

    Works come in the order of entry and id, words and acts in the order of entry,
    lines in the order of entry and number.  `blob` gives fingerprint sheets and
    thumbnails, None where withheld; `title` gives a title only where its holder lets it be shown.
    """

    def parties(self, size: int) -> Sequence[Party]: ...

    def works(self, size: int) -> Iterator[Work]: ...

    def spoken(self, size: int) -> Iterator[Spoken]: ...

    def acts(self, size: int) -> Sequence[Act]: ...

    def lines(self, size: int) -> Iterator[Line]: ...

    def blob(self, digest: str) -> bytes | None: ...

    def title(self, commitment: str) -> str: ...
