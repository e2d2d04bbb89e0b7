"""The registry's tables: judging and projecting entries, and answering who registered and said what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, delete, insert, select, update

from placet.core.spoken import Spoken
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.core.work import Party, Work, parse_record
from placet.record.entries import Entry
from placet.registry.projection import Projection, project
from placet.store.tables import PROJECTED, declarations, entries, parties, spoken, works

__all__ = ["SqlRegistry", "SqlState", "project_entries", "rebuild"]

Read = Callable[[str], bytes | None]
_LOOKUP = 500


class SqlState:
    """`placet.registry.ports.State` over one connection; `blob` and `opening` read the log's files."""

    def __init__(self, connection: Connection, blob: Read, opening: Read) -> None:
        self._connection = connection
        self.blob = blob
        self.opening = opening

    def index_of(self, leaf: bytes) -> int | None:
        return self._scalar(select(entries.c.index).where(entries.c.leaf == leaf))  # type: ignore[return-value]

    def last_of(self, key: str) -> str:
        return str(self._scalar(select(parties.c.last).where(parties.c.key == key)) or "")

    def role_of(self, key: str) -> str:
        return str(self._scalar(select(parties.c.role).where(parties.c.key == key)) or "")

    def holder_of(self, work: str) -> str:
        return str(self._scalar(select(works.c.by).where(works.c.id == work)) or "")

    def spoken(self, id_: str) -> Spoken | None:
        found = list(_spoken(self._connection, _words().where(declarations.c.id == id_)))
        return found[0] if found else None

    def _scalar(self, query: Select[tuple[object]]) -> object:
        return self._connection.execute(query).scalar()


def project_entries(
    connection: Connection, batch: Sequence[tuple[int, Entry]], blob: Read, opening: Read
) -> tuple[str, ...]:
    """Add the rows of these entries; returns the digests of blobs that are withheld."""
    state, withheld = SqlState(connection, blob, opening), list[str]()
    for index, entry in batch:
        rows = project(index, entry, state)
        withheld += rows.withheld
        _insert(connection, rows, entry)
    return tuple(withheld)


def rebuild(connection: Connection, batch: Iterable[tuple[int, Entry]], blob: Read, opening: Read) -> tuple[str, ...]:
    """Empty the projected tables and fill them again from entries, blobs and openings."""
    for table in reversed(PROJECTED):
        connection.execute(delete(table))
    return project_entries(connection, list(batch), blob, opening)


def _insert(connection: Connection, rows: Projection, entry: Entry) -> None:
    if party := rows.party:
        values = {"key": party.key, "index": party.index, "role": party.role, "name": party.name, "last": entry.id}
        connection.execute(insert(parties).values(**values))
    connection.execute(update(parties).where(parties.c.key == entry.by).values(last=entry.id))
    if rows.works:
        connection.execute(insert(works), [_work_row(work) for work in rows.works])
    if said := rows.spoken:
        connection.execute(insert(declarations).values(**_spoken_row(said)))
        about = [{"index": said.index, "kind": s.kind.value, "subject": s.id} for s in said.subjects]
        connection.execute(insert(spoken), about)


def _work_row(work: Work) -> dict[str, object]:
    data = work.record.data()
    return {"id": work.id, "by": work.by, "index": work.index, "sha256": work.record.sha256, "record": data}


def _spoken_row(said: Spoken) -> dict[str, object]:
    return {
        "index": said.index,
        "id": said.id,
        "by": said.by,
        "stance": said.stance.word if said.stance else "",
        "uses": [use.value for use in said.uses],
        "start": said.start,
        "until": said.until,
        "territory": list(said.territory),
        "agent": said.agent,
        "right": said.right,
        "terms": said.terms,
        "withdraws": said.withdraws,
        "at": said.at,
    }


class SqlRegistry:
    """What has been registered and said, up to a log size (all of it by default)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def parties(self, size: int | None = None) -> list[Party]:
        column = parties.c
        query = _until(select(column.key, column.index, column.role, column.name), column.index, size)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(column.index, column.key)).mappings()
            return [Party(**row) for row in rows]

    def works(self, size: int | None = None) -> Iterator[Work]:
        """Every work, in the order of entry and id."""
        column = works.c
        query = _until(_work_columns(), column.index, size).order_by(column.index, column.id)
        with self._engine.connect() as connection:
            for row in connection.execution_options(yield_per=1000).execute(query).mappings():
                yield _work(row)

    def spoken(self, size: int | None = None) -> Iterator[Spoken]:
        """Every word, in the order of entry."""
        query = _until(_words(), declarations.c.index, size)
        with self._engine.connect() as connection:
            yield from _spoken(connection, query)

    def works_like(self, column: str, value: str) -> list[Work]:
        """Works by `id` (any unambiguous beginning), `sha256` or `by`."""
        field = works.c[column]
        query = _work_columns().where(field.startswith(value, autoescape=True)).order_by(works.c.index, works.c.id)
        with self._engine.connect() as connection:
            return [_work(row) for row in connection.execute(query).mappings()]

    def spoken_about(self, subject: Subject) -> list[Spoken]:
        about = select(spoken.c.index).where(spoken.c.kind == subject.kind.value, spoken.c.subject == subject.id)
        with self._engine.connect() as connection:
            return list(_spoken(connection, _words().where(declarations.c.index.in_(about))))

    def spoken_by_id(self, start: str) -> list[Spoken]:
        """Words whose id begins so, or whose log index is `#<number>`."""
        column = declarations.c
        number = start.removeprefix("#")
        same = column.index == int(number) if start.startswith("#") and number.isdigit() else None
        match = same if same is not None else column.id.startswith(start, autoescape=True)
        with self._engine.connect() as connection:
            return list(_spoken(connection, _words().where(match)))

    def last_of(self, key: str) -> str:
        with self._engine.connect() as connection:
            found = connection.execute(select(parties.c.last).where(parties.c.key == key)).scalar()
        return str(found or "")

    def dump(self) -> dict[str, list[tuple[object, ...]]]:
        """Every projected row, for comparison with a rebuild."""
        with self._engine.connect() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.c))]
                for table in PROJECTED
            }


def _until(query: Select[Any], column: Any, size: int | None) -> Select[Any]:
    return query if size is None else query.where(column < size)


def _work_columns() -> Select[Any]:
    return select(works.c.id, works.c.by, works.c.index, works.c.record)


def _work(row: RowMapping) -> Work:
    return Work(id=row["id"], by=row["by"], index=row["index"], record=parse_record(bytes(row["record"])))


def _words() -> Select[Any]:
    column = declarations.c
    return select(
        column.index,
        column.id,
        column.by,
        column.stance,
        column.uses,
        column.start,
        column.until,
        column.territory,
        column.agent,
        column.right,
        column.terms,
        column.withdraws,
        column.at,
    )


def _spoken(connection: Connection, query: Select[Any]) -> Iterator[Spoken]:
    rows = connection.execute(query.order_by(declarations.c.index)).mappings().all()
    for start in range(0, len(rows), _LOOKUP):
        some = rows[start : start + _LOOKUP]
        about = _subjects(connection, [row["index"] for row in some])
        yield from (_said(row, tuple(about[row["index"]])) for row in some)


def _subjects(connection: Connection, indexes: list[int]) -> dict[int, list[Subject]]:
    column = spoken.c
    query = select(column.index, column.kind, column.subject).where(column.index.in_(indexes))
    found: dict[int, list[Subject]] = {index: [] for index in indexes}
    for index, kind, subject in connection.execute(query.order_by(column.index, column.kind, column.subject)):
        found[index].append(Subject(Kind(kind), subject))
    return found


def _said(row: RowMapping, subjects: tuple[Subject, ...]) -> Spoken:
    fields = dict(row) | {
        "stance": Stance[row["stance"].upper()] if row["stance"] else None,
        "subjects": subjects,
        "uses": tuple(Use(use) for use in row["uses"]),
        "territory": tuple(row["territory"]),
    }
    return Spoken(**fields)
