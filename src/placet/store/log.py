"""The log's entries and its checkpoint row in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlalchemy import Connection, Engine, func, insert, select, update

from placet.errors import StoreDamaged
from placet.log.ports import Published
from placet.record.entries import Entry
from placet.store.tables import checkpoints, entries

__all__ = ["SqlCheckpointLock", "SqlEntries"]

Project = Callable[[Connection, Sequence[tuple[int, Entry]]], None]
_LOOKUP = 500  # below SQLite's limit on bound variables


class SqlEntries:
    """`placet.log.ports.Entries` in SQL; `project` runs in the transaction that takes the entries."""

    def __init__(self, engine: Engine, project: Project) -> None:
        self._engine = engine
        self._project = project

    def size(self) -> int:
        with self._engine.connect() as connection:
            return _size(connection)

    def sequence(self, batch: Sequence[Entry]) -> list[int]:
        with self._engine.begin() as connection:
            known = _known(connection, [entry.leaf for entry in batch])
            size, new = _size(connection), list[tuple[int, Entry]]()
            for entry in batch:
                if entry.leaf not in known:
                    known[entry.leaf] = size + len(new)
                    new.append((known[entry.leaf], entry))
            if new:
                rows = [{"index": index, "leaf": entry.leaf, "data": entry.data} for index, entry in new]
                connection.execute(insert(entries), rows)
                self._project(connection, new)
        return [known[entry.leaf] for entry in batch]

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        index = entries.c.index
        query = select(entries.c.data).where(index >= start, index < stop).order_by(index)
        with self._engine.connect() as connection:
            for (data,) in connection.execution_options(yield_per=1000).execute(query):
                yield bytes(data)


def _size(connection: Connection) -> int:
    newest = connection.execute(select(func.max(entries.c.index))).scalar()
    return 0 if newest is None else int(newest) + 1


def _known(connection: Connection, leaves: Sequence[bytes]) -> dict[bytes, int]:
    found: dict[bytes, int] = {}
    for start in range(0, len(leaves), _LOOKUP):
        some = leaves[start : start + _LOOKUP]
        query = select(entries.c.leaf, entries.c.index).where(entries.c.leaf.in_(some))
        found.update((bytes(leaf), index) for leaf, index in connection.execute(query))
    return found


class SqlCheckpointLock:
    """`placet.log.ports.CheckpointLock`: compare and swap of one row."""

    def __init__(self, engine: Engine, origin: str) -> None:
        self._engine = engine
        self._origin = origin

    def current(self) -> Published | None:
        row = checkpoints.c
        query = select(row.size, row.root, row.note).where(row.origin == self._origin)
        with self._engine.connect() as connection:
            found = connection.execute(query).one_or_none()
        return Published(found.size, bytes(found.root), bytes(found.note)) if found else None

    def swap(self, old: int, new: Published) -> None:
        values = {"size": new.size, "root": new.root, "note": new.note}
        row = checkpoints.c
        with self._engine.begin() as connection:
            done = connection.execute(
                update(checkpoints).where(row.origin == self._origin, row.size == old).values(**values)
            ).rowcount
            known = connection.execute(select(row.size).where(row.origin == self._origin)).scalar()
            if not done and (known is not None or old != 0):
                raise StoreDamaged(f"another checkpoint of {self._origin}, of {known} entries, was signed meanwhile")
            if not done:
                connection.execute(insert(checkpoints).values(origin=self._origin, **values))
