"""The log's entries and its checkpoint row in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlalchemy import Connection, Engine, func, insert, select, update

from placet.errors import StoreDamaged
from placet.log.ports import Published
from placet.record.entries import Entry
from placet.store.database import writing
from placet.store.tables import checkpoints, entries

__all__ = ["SqlCheckpointLock", "SqlEntries", "find_leaves", "insert_entries"]

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
        with writing(self._engine) as connection:
            known = find_leaves(connection, [entry.leaf for entry in batch])
            size, new = _size(connection), list[tuple[int, Entry]]()
            for entry in batch:
                if entry.leaf not in known:
                    known[entry.leaf] = size + len(new)
                    new.append((known[entry.leaf], entry))
            if new:
                insert_entries(connection, new)
                self._project(connection, new)
        return [known[entry.leaf] for entry in batch]

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        index = entries.c.index
        query = select(entries.c.data).where(index >= start, index < stop).order_by(index)
        with self._engine.connect() as connection:
            for (data,) in connection.execution_options(yield_per=1000).execute(query):
                yield bytes(data)


def insert_entries(connection: Connection, batch: Iterable[tuple[int, Entry]]) -> None:
    """Put these entries at these indexes."""
    rows = [{"index": index, "leaf": entry.leaf, "data": entry.data} for index, entry in batch]
    connection.execute(insert(entries), rows)


def find_leaves(connection: Connection, leaves: Sequence[bytes]) -> dict[bytes, int]:
    """The index of each of these leaves that is there."""
    found: dict[bytes, int] = {}
    for start in range(0, len(leaves), _LOOKUP):
        some = leaves[start : start + _LOOKUP]
        query = select(entries.c.leaf, entries.c.index).where(entries.c.leaf.in_(some))
        found.update((bytes(leaf), index) for leaf, index in connection.execute(query))
    return found


def _size(connection: Connection) -> int:
    newest = connection.execute(select(func.max(entries.c.index))).scalar()
    return 0 if newest is None else int(newest) + 1


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
        same = row.origin == self._origin
        with writing(self._engine) as connection:
            if connection.execute(update(checkpoints).where(same, row.size == old).values(**values)).rowcount:
                return
            known = connection.execute(select(row.size).where(same)).scalar()
            if known is not None or old:
                raise StoreDamaged(f"another checkpoint of {self._origin}, of {known} entries, was signed meanwhile")
            connection.execute(insert(checkpoints).values(origin=self._origin, **values))
