"""What the log needs from a database, and what each thing must promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from placet.record.entries import Entry
from placet.record.merkle import Nodes

__all__ = ["CheckpointLock", "Cosign", "Entries", "Post", "Published", "Reply"]


@dataclass(frozen=True, slots=True)
class Published:
    """The newest checkpoint that was ever signed here."""

    size: int
    root: bytes
    note: bytes


class Entries(Protocol):
    """Entries in the order of their index, from 0 and without a gap.

    `sequence` is one transaction: when it returns, the entries, their indexes and everything projected from
    them survive a power cut; when it raises, none of them was kept.  It runs under the log's lock, so it
    never runs twice at once.  An entry whose leaf is already there keeps its first index.
    """

    def size(self) -> int: ...

    def sequence(self, entries: Sequence[Entry]) -> list[int]: ...

    def read(self, start: int, stop: int) -> Iterator[bytes]: ...


class CheckpointLock(Protocol):
    """One row that holds the newest signed checkpoint.

    `swap` is durable and atomic: it replaces the row only if its size still is `old`, and raises
    `StoreDamaged` otherwise.  It is what keeps two roots from being signed for one size.
    """

    def current(self) -> Published | None: ...

    def swap(self, old: int, new: Published) -> None: ...


Cosign = Callable[[Published, int, Nodes], Published]
"""(signed, the size shown before, its tree) -> the same with its witnesses' cosignatures.

Refused when the log's policy demands a quorum that was not reached: the checkpoint is not shown then.
"""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a witness answered; `status` is None, and `error` a clause, where it did not."""

    status: int | None
    media_type: str = ""
    body: bytes = b""
    error: str = ""


Post = Callable[[str, bytes], Reply]
"""(address, body) -> the answer to a POST, whatever the other side does; called from several threads."""
