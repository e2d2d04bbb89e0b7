"""What the registry must know of the record so far to judge and project the next entry."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from placet.core.act import Act
from placet.core.spoken import Spoken

__all__ = ["State"]


class State(Protocol):
    """The record up to some index, as its projection shows it.

    Reads see everything projected before in the same transaction; they never block and never write.  `known`, `holders`
    and `speakers` (role, and id of the newest entry) answer for many at once, and leave out what is not in the record.
    `acts` are all acts so far, in the order of the log.
    """

    def known(self, leaves: Collection[bytes]) -> set[bytes]: ...

    def holders(self, ids: Collection[str]) -> dict[str, str]: ...

    def speakers(self, keys: Collection[str]) -> dict[str, tuple[str, str]]: ...

    def last_of(self, key: str) -> str: ...

    def role_of(self, key: str) -> str: ...

    def spoken(self, id_: str) -> Spoken | None: ...

    def blob(self, digest: str) -> bytes | None: ...

    def acts(self) -> Sequence[Act]: ...
