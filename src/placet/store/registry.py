"""The registry's tables: judging and projecting entries, and answering who registered and said what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, RowMapping, Select, Table, bindparam, delete, insert, select, update

from placet.core.act import Act
from placet.core.line import Line
from placet.core.spoken import Spoken
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.core.work import Party, Work, parse_record
from placet.record.entries import Entry
from placet.registry.projection import Projection, project
from placet.store.database import reading
from placet.store.log import find_leaves
from placet.store.tables import PROJECTED, acts, declarations, line_subjects, lines, parties, spoken, works

__all__ = ["SqlRegistry", "SqlState", "project_entries", "rebuild"]

Read = Callable[[str], bytes | None]
_LOOKUP = 500
_DIGITS = 19  # a number of fewer fits into 64 bits
_FLUSH = 20_000  # rows held in memory before they are written
_T = TypeVar("_T")


class SqlState:
    """`placet.registry.ports.State` over one connection; `blob` reads the log's files."""

    def __init__(self, connection: Connection, blob: Read) -> None:
        self._connection = connection
        self._roles: dict[str, str] = {}
        self.blob = blob

    def known(self, leaves: Collection[bytes]) -> set[bytes]:
        return set(find_leaves(self._connection, list(leaves)))

    def holders(self, ids: Collection[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for some in _parts(sorted(ids)):
            query = select(works.c.id, works.c.by).where(works.c.id.in_(some))
            found.update((id_, by) for id_, by in self._connection.execute(query))
        return found

    def speakers(self, keys: Collection[str]) -> dict[str, tuple[str, str]]:
        found: dict[str, tuple[str, str]] = {}
        for some in _parts(sorted(keys)):
            query = select(parties.c.key, parties.c.role, parties.c.last).where(parties.c.key.in_(some))
            found.update((key, (role, last)) for key, role, last in self._connection.execute(query))
        return found

    def last_of(self, key: str) -> str:
        return self._scalar(select(parties.c.last).where(parties.c.key == key))

    def role_of(self, key: str) -> str:
        if key not in self._roles and (role := self._scalar(select(parties.c.role).where(parties.c.key == key))):
            self._roles[key] = role
        return self._roles.get(key, "")

    def learn(self, party: Party) -> None:
        """A party whose row waits to be written; no key ever has another role."""
        self._roles[party.key] = party.role

    def spoken(self, id_: str) -> Spoken | None:
        return next(_spoken(self._connection, _words().where(declarations.c.id == id_)), None)

    def acts(self) -> list[Act]:
        return _acts(self._connection, None)

    def _scalar(self, query: Select[tuple[str]]) -> str:
        return str(self._connection.execute(query).scalar() or "")


def project_entries(connection: Connection, batch: Iterable[tuple[int, Entry]], blob: Read) -> tuple[str, ...]:
    """Add the rows of these entries; returns the digests of blobs that are withheld."""
    state, rows = SqlState(connection, blob), _Rows(connection)
    for index, entry in batch:
        if entry.type == "withdraw" or len(rows) >= _FLUSH:
            rows.flush()  # a withdrawal asks for what it takes back
        found = project(index, entry, state)
        if found.party:
            state.learn(found.party)
        rows.add(found, entry)
    rows.flush()
    return tuple(rows.withheld)


def rebuild(connection: Connection, batch: Iterable[tuple[int, Entry]], blob: Read) -> tuple[str, ...]:
    """Empty the projected tables and fill them again from entries and blobs."""
    for table in reversed(PROJECTED):
        connection.execute(delete(table))
    return project_entries(connection, batch, blob)


class _Rows:
    """Rows that wait to be written together, in the order that foreign keys ask for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: dict[Table, list[dict[str, object]]] = {table: [] for table in PROJECTED}
        self._newest: dict[str, str] = {}
        self.withheld: list[str] = []

    def __len__(self) -> int:
        return sum(map(len, self._rows.values()))

    def add(self, found: Projection, entry: Entry) -> None:
        self.withheld += found.withheld
        self._newest[entry.by] = entry.id
        if party := found.party:
            row = {"key": party.key, "index": party.index, "role": party.role, "name": party.name, "last": entry.id}
            self._rows[parties].append(row)
        self._rows[works] += map(_work_row, found.works)
        if said := found.spoken:
            self._rows[declarations].append(_spoken_row(said))
            self._rows[spoken] += ({"index": said.index, "kind": s.kind.value, "subject": s.id} for s in said.subjects)
        if act := found.act:
            columns = ("index", "id", "by", "role", "type", "at")
            self._rows[acts].append({name: getattr(act, name) for name in columns} | {"body": dict(act.body)})
        for line in found.lines:
            place = {"index": line.index, "number": line.number}
            self._rows[lines].append(place | {"kind": line.kind, "by": line.by, "record": line.record})
            self._rows[line_subjects] += (place | {"subject": str(subject)} for subject in line.subjects)

    def flush(self) -> None:
        for table, rows in self._rows.items():
            if rows:
                self._connection.execute(insert(table), rows)
                rows.clear()
        if self._newest:
            query = update(parties).where(parties.c.key == bindparam("speaker")).values(last=bindparam("newest"))
            values = [{"speaker": key, "newest": id_} for key, id_ in self._newest.items()]
            self._connection.execute(query, values)
            self._newest.clear()


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
    """What has been registered and said, up to a log size (all of it by default).

    The tables hold commitments; `shown` gives the name behind one, as long as its holder lets it be seen.
    """

    def __init__(self, engine: Engine, shown: Callable[[str], str] = lambda _: "") -> None:
        self._engine = engine
        self._shown = shown

    def parties(self, size: int | None = None) -> list[Party]:
        column = parties.c
        query = _until(select(column.key, column.index, column.role, column.name), column.index, size)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(column.index, column.key)).mappings().all()
        return [Party(**dict(row) | {"name": self._shown(row["name"])}) for row in rows]

    def works(self, size: int | None = None) -> Iterator[Work]:
        """Every work, in the order of entry and id."""
        column = works.c
        query = _until(_work_columns(), column.index, size).order_by(column.index, column.id)
        with reading(self._engine, query) as rows:
            for row in rows.mappings():
                yield _work(row)

    def works_since(self, index: int) -> Iterator[Work]:
        """The works of entries from this one on, in the order of entry and id."""
        query = _work_columns().where(works.c.index >= index).order_by(works.c.index, works.c.id)
        with reading(self._engine, query) as rows:
            for row in rows.mappings():
                yield _work(row)

    def works_of_digests(self, digests: Collection[str]) -> dict[str, list[Work]]:
        """By SHA-256, the works that have it, the oldest first."""
        found: dict[str, list[Work]] = defaultdict(list)
        with self._engine.connect() as connection:
            for some in _parts(sorted(digests)):
                query = _work_columns().where(works.c.sha256.in_(some)).order_by(works.c.index, works.c.id)
                for row in connection.execute(query).mappings():
                    work = _work(row)
                    found[work.record.sha256].append(work)
        return found

    def spoken(self, size: int | None = None) -> Iterator[Spoken]:
        """Every word, in the order of entry."""
        query = _until(_words(), declarations.c.index, size)
        with self._engine.connect() as connection:
            yield from _spoken(connection, query)

    def works_like(self, column: str, value: str) -> list[Work]:
        """Works by `id` (any unambiguous beginning), `sha256` or `by`; all three are hex, and either case will do."""
        field = works.c[column]
        query = (
            _work_columns().where(field.startswith(value.lower(), autoescape=True)).order_by(works.c.index, works.c.id)
        )
        with self._engine.connect() as connection:
            return [_work(row) for row in connection.execute(query).mappings()]

    def spoken_about(self, subject: Subject) -> list[Spoken]:
        return self.spoken_about_all([subject]).get(subject, [])

    def spoken_about_all(self, subjects: Iterable[Subject]) -> dict[Subject, list[Spoken]]:
        """By subject, those that were spoken of: the words about it, in the order of entry; each word is read once."""
        with self._engine.connect() as connection:
            found = _indexes(connection, subjects)
            said: dict[int, Spoken] = {}
            for some in _parts(sorted({index for indexes in found.values() for index in indexes})):
                words = _spoken(connection, _words().where(declarations.c.index.in_(some)))
                said |= {word.index: word for word in words}
        return {subject: [said[index] for index in sorted(indexes)] for subject, indexes in found.items()}

    def spoken_by_id(self, start: str) -> list[Spoken]:
        """Words whose id begins so, or whose log index is `#<number>`."""
        column = declarations.c
        number = start.removeprefix("#")
        numbered = start.startswith("#") and number.isdecimal() and len(number) < _DIGITS
        match = column.index == int(number) if numbered else column.id.startswith(start.lower(), autoescape=True)
        with self._engine.connect() as connection:
            return list(_spoken(connection, _words().where(match)))

    def acts(self, size: int | None = None) -> list[Act]:
        """Every act, in the order of the log."""
        with self._engine.connect() as connection:
            return _acts(connection, size)

    def lines(self, size: int | None = None) -> Iterator[Line]:
        """Every line of every sheet, in order, without its subjects (`core.line.LINE_READERS` reads them)."""
        column = lines.c
        query = _until(select(lines), column.index, size).order_by(column.index, column.number)
        with reading(self._engine, query) as rows:
            for row in rows.mappings():
                yield Line(**dict(row) | {"record": bytes(row["record"])})

    def lines_about(self, subjects: Iterable[Subject], kind: str = "") -> list[Line]:
        """The lines that name any of these subjects, in the order of the log."""
        found: dict[tuple[int, int], Line] = {}
        on = (lines.c.index == line_subjects.c.index) & (lines.c.number == line_subjects.c.number)
        with self._engine.connect() as connection:
            for some in _parts(sorted(map(str, subjects))):
                query = select(lines).join(line_subjects, on).where(line_subjects.c.subject.in_(some))
                query = query.where(lines.c.kind == kind) if kind else query
                for row in connection.execute(query).mappings():
                    line = Line(**dict(row) | {"record": bytes(row["record"])})
                    found[line.index, line.number] = line
        return [found[place] for place in sorted(found)]

    def last_of(self, key: str) -> str:
        with self._engine.connect() as connection:
            found = connection.execute(select(parties.c.last).where(parties.c.key == key)).scalar()
        return str(found or "")

    def dump(self) -> dict[str, list[tuple[object, ...]]]:
        """Every projected row, for comparison with a rebuild."""
        with self._engine.connect() as connection:
            return {
                table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
                for table in PROJECTED
            }


def _until(query: Select[Any], column: Any, size: int | None) -> Select[Any]:
    return query if size is None else query.where(column < size)


def _acts(connection: Connection, size: int | None) -> list[Act]:
    query = _until(select(acts), acts.c.index, size).order_by(acts.c.index)
    return [Act(**row) for row in connection.execute(query).mappings()]


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
    for some in _parts(rows):
        about = _subjects(connection, [row["index"] for row in some])
        yield from (_said(row, tuple(about[row["index"]])) for row in some)


def _indexes(connection: Connection, subjects: Iterable[Subject]) -> dict[Subject, list[int]]:
    """The entries that speak of each subject."""
    by_kind: dict[Kind, list[str]] = defaultdict(list)
    for subject in subjects:
        by_kind[subject.kind].append(subject.id)
    found: dict[Subject, list[int]] = defaultdict(list)
    for kind, ids in by_kind.items():
        for some in _parts(ids):
            query = select(spoken.c.subject, spoken.c.index)
            query = query.where(spoken.c.kind == kind.value, spoken.c.subject.in_(some))
            for id_, index in connection.execute(query):
                found[Subject(kind, id_)].append(index)
    return found


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


def _parts(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Below SQLite's limit on bound variables."""
    return (items[start : start + _LOOKUP] for start in range(0, len(items), _LOOKUP))
