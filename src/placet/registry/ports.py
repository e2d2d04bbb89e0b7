"""What the registry must know of the record so far to judge and project the next entry."""

from __future__ import annotations

from typing import Protocol

from placet.core.spoken import Spoken

__all__ = ["State"]


class State(Protocol):
    """The record up to some index, as its projection shows it.

    Reads see everything projected before in the same transaction; they never block and never write.
    """

    def index_of(self, leaf: bytes) -> int | None: ...

    def last_of(self, key: str) -> str: ...

    def role_of(self, key: str) -> str: ...

    def holder_of(self, work: str) -> str: ...

    def spoken(self, id_: str) -> Spoken | None: ...

    def blob(self, digest: str) -> bytes | None: ...

    def opening(self, commitment: str) -> bytes | None: ...
