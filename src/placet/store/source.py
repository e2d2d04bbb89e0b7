"""The registry and the log's files together, as a snapshot's source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Engine

from placet.core.act import Act
from placet.core.line import Line
from placet.core.spoken import Spoken
from placet.core.work import Party, Work
from placet.log.files import LogFiles
from placet.registry.openings import shown_value
from placet.store.registry import SqlRegistry

__all__ = ["Closed", "RegistrySource"]


class RegistrySource:
    """`placet.snapshot.source.Source` over the database, with blobs and openings from the log's folder."""

    def __init__(self, registry: SqlRegistry, files: LogFiles) -> None:
        self._registry = registry
        self._files = files

    def parties(self, size: int) -> Sequence[Party]:
        return self._registry.parties(size)

    def works(self, size: int) -> Iterator[Work]:
        return self._registry.works(size)

    def spoken(self, size: int) -> Iterator[Spoken]:
        return self._registry.spoken(size)

    def acts(self, size: int) -> Sequence[Act]:
        return self._registry.acts(size)

    def lines(self, size: int) -> Iterator[Line]:
        return self._registry.lines(size)

    def blob(self, digest: str) -> bytes | None:
        return self._files.blob(digest)

    def title(self, commitment: str) -> str:
        return shown_value(commitment, self._files.opening)


class Closed(RegistrySource):
    """The same with commitments in the place of names and titles, for what is kept where an erasure is to reach it."""

    def __init__(self, engine: Engine, files: LogFiles) -> None:
        super().__init__(SqlRegistry(engine, str), files)

    def title(self, commitment: str) -> str:
        return commitment
