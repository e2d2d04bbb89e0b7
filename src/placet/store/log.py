"""The log's entries and its checkpoint row in SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlalchemy import Connection, Engine, func, insert, select, update

from placet.errors import Refused, StoreDamaged
from placet.log.ports import Published
from placet.record.entries import Entry
from placet.store.database import reading, writing
from placet.store.tables import checkpoints, entries

__all__ = ["SqlCheckpointLock", "SqlEntries", "find_leaves", "insert_entries", "unpublished"]

Project = Callable[[Connection, Sequence[tuple[int, Entry]]], None]
_LOOKUP = 500  # below SQLite's limit on bound variables


class SqlEntries:
    """`placet.log.ports.Entries` in SQL; `project` runs in the transaction that takes the entries.

    One database has one home.  The log's lock is a file of the home and keeps no other home out, be it one with
    the same log key: whoever finds entries that came after its last `size()` is refused, and nothing is taken,
    since the blobs and tiles of those entries lie in a folder that is not its own.
    """

    def __init__(self, engine: Engine, project: Project) -> None:
        self._engine = engine
        self._project = project
        self._seen: int | None = None

    def size(self) -> int:
        with self._engine.connect() as connection:
            self._seen = _size(connection)
        return self._seen

    def sequence(self, batch: Sequence[Entry]) -> list[int]:
        with writing(self._engine) as connection:
            size, new = self._own_size(connection), list[tuple[int, Entry]]()
            known = find_leaves(connection, [entry.leaf for entry in batch])
            for entry in batch:
                if entry.leaf not in known:
                    known[entry.leaf] = size + len(new)
                    new.append((known[entry.leaf], entry))
            if new:
                insert_entries(connection, new)
                self._project(connection, new)
        self._seen = None
        return [known[entry.leaf] for entry in batch]

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        index = entries.c.index
        query = select(entries.c.data).where(index >= start, index < stop).order_by(index)
        with reading(self._engine, query) as rows:
            for (data,) in rows:
                yield bytes(data)

    def _own_size(self, connection: Connection) -> int:
        size = _size(connection)
        if self._seen not in (None, size):
            raise Refused(
                f"nothing was taken: another home put entries into this database meanwhile ({size}, and"
                f" {self._seen} before); a database has one home, which alone appends to it"
            )
        return size


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


def unpublished(connection: Connection, size: int) -> Iterator[bytes]:
    """The entries that were taken after the first `size`, in order."""
    query = select(entries.c.data).where(entries.c.index >= size).order_by(entries.c.index)
    return (bytes(data) for (data,) in connection.execute(query))


def _size(connection: Connection) -> int:
    newest = connection.execute(select(func.max(entries.c.index))).scalar()
    return 0 if newest is None else int(newest) + 1


class SqlCheckpointLock:
    """`placet.log.ports.CheckpointLock`: compare and swap of one row; StoreDamaged in another log's database."""

    def __init__(self, engine: Engine, origin: str) -> None:
        self._engine = engine
        self._origin = origin

    def current(self) -> Published | None:
        with self._engine.connect() as connection:
            return self._find(connection)

    def swap(self, old: int, new: Published) -> None:
        values = {"size": new.size, "root": new.root, "note": new.note}
        row = checkpoints.c
        same = row.origin == self._origin
        with writing(self._engine) as connection:
            if connection.execute(update(checkpoints).where(same, row.size == old).values(**values)).rowcount:
                return
            known = self._find(connection)
            if known or old:
                size = known.size if known else None
                raise StoreDamaged(f"another checkpoint of {self._origin}, of {size} entries, was signed meanwhile")
            connection.execute(insert(checkpoints).values(origin=self._origin, **values))

    def _find(self, connection: Connection) -> Published | None:
        row = checkpoints.c
        found = {each.origin: each for each in connection.execute(select(row.origin, row.size, row.root, row.note))}
        if found and self._origin not in found:
            raise StoreDamaged(f"the database holds the log {min(found)}, and this key signs {self._origin}")
        own = found.get(self._origin)
        return Published(own.size, bytes(own.root), bytes(own.note)) if own else None
