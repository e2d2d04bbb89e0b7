"""The database is a projection of the log: checking that it is, and making it again from the log's files."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain, count, groupby, islice, zip_longest
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, insert, select

from placet.errors import Refused, StoreDamaged
from placet.log.files import LogFiles
from placet.log.fsck import Sound
from placet.record.checkpoint import Checkpoint
from placet.record.entries import Entry
from placet.store.database import reading, scratch_database, writing
from placet.store.log import insert_entries
from placet.store.registry import rebuild
from placet.store.tables import PROJECTED, checkpoints, entries

__all__ = ["check_database", "rebuild_database", "set_aside"]

_CHUNK = 10_000


def check_database(engine: Engine, sound: Sound, files: LogFiles) -> None:
    """StoreDamaged names the first row that is not what the log's files make it.

    What was removed from the files is to be gone from the tables too: until they are rebuilt they differ.
    Nothing may be appended meanwhile: hold the log's lock, and let the log recover first.
    """
    _check_checkpoint(engine, sound, files)
    _check_entries(engine, sound)
    scratch = scratch_database()
    try:
        with scratch.begin() as connection:
            _fill(connection, sound, files)
        for table in PROJECTED:
            _compare(table, engine, scratch)
    finally:
        scratch.dispose()


def rebuild_database(engine: Engine, sound: Sound, files: LogFiles) -> None:
    """Make entries, checkpoint and projection again from the log's files, in one transaction.

    Entries that were never published are dropped, for no one was told that they were taken; but where a
    checkpoint of more entries was signed, StoreDamaged: a second root for its size must never be signed.
    Hold the log's lock, or be alone.
    """
    checkpoint = sound.checkpoint
    with writing(engine) as connection:
        signed = connection.execute(select(checkpoints.c.size, checkpoints.c.origin)).all()
        _refuse_larger([tuple(row) for row in signed], checkpoint)
        for table in reversed(PROJECTED):
            connection.execute(delete(table))
        connection.execute(delete(entries))
        connection.execute(delete(checkpoints))
        _fill(connection, sound, files)
        row = {"origin": checkpoint.origin, "size": checkpoint.size, "root": checkpoint.root}
        connection.execute(insert(checkpoints).values(note=files.need("checkpoint"), **row))


def set_aside(database: Path, checkpoint: Checkpoint) -> Path | None:
    """Rename an SQLite file that cannot be read any more, and what lies with it; its new name, None when it is sound.

    What it still says of the largest tree that was signed is heard, as `rebuild_database` hears it.  Nobody may have
    it open.
    """
    signed = _broken(database) if database.is_file() else None
    if signed is None:
        return None
    _refuse_larger(signed, checkpoint)
    names = (f"{database.name}.damaged{n or ''}" for n in count())
    kept = next(path for path in map(database.with_name, names) if not path.exists())
    for end in ("-wal", "-shm", ""):  # its own journal first: beside a new file it would be taken for that one's
        if (part := Path(f"{database}{end}")).exists():
            part.replace(f"{kept}{end}")
    return kept


def _broken(database: Path) -> list[tuple[int, str]] | None:
    """None when every page of an SQLite file can be read; else the sizes and origins signed that it still tells."""
    with closing(sqlite3.connect(database)) as connection:
        if _asked(connection, "PRAGMA quick_check(1)") == [("ok",)]:
            return None
        return _asked(connection, "SELECT size, origin FROM checkpoints")


def _asked(connection: sqlite3.Connection, query: str) -> list[Any]:
    try:
        return connection.execute(query).fetchall()
    except sqlite3.OperationalError as error:  # locked, or a disk that cannot: nothing is said of what it holds
        raise Refused(f"the database cannot be read now: {error}") from error
    except sqlite3.DatabaseError:
        return []


def _refuse_larger(signed: Iterable[tuple[int, str]], checkpoint: Checkpoint) -> None:
    for size, origin in signed:
        if origin == checkpoint.origin and size > checkpoint.size:
            raise StoreDamaged(
                f"the database knows a signed checkpoint of {size} entries, and the log's files show"
                f" {checkpoint.size}: they are an old copy, and the database is not made again from them"
            )


def _fill(connection: Connection, sound: Sound, files: LogFiles) -> None:
    for some in _chunks(enumerate(sound.entries)):
        insert_entries(connection, some)
    rebuild(connection, enumerate(sound.entries), files.blob)


def _chunks(items: Iterable[tuple[int, Entry]]) -> Iterator[list[tuple[int, Entry]]]:
    rest = iter(items)
    while some := list(islice(rest, _CHUNK)):
        yield some


def _check_checkpoint(engine: Engine, sound: Sound, files: LogFiles) -> None:
    query = select(checkpoints.c.note).where(checkpoints.c.origin == sound.checkpoint.origin)
    with engine.connect() as connection:
        note = connection.execute(query).scalar()
    if note is None:
        raise StoreDamaged(f"the database has no checkpoint of {sound.checkpoint.origin}")
    if bytes(note) != files.need("checkpoint"):
        raise StoreDamaged(f"the checkpoint in the database is not the one at {files.folder / 'checkpoint'}")


def _check_entries(engine: Engine, sound: Sound) -> None:
    query = select(entries.c.index, entries.c.leaf, entries.c.data).order_by(entries.c.index)
    with reading(engine, query) as rows:
        for due, row in zip_longest(enumerate(sound.entries), rows):
            if row is None:
                raise StoreDamaged(f"entry {due[0]} is not in the database")
            if due is None:
                raise StoreDamaged(f"the database holds an entry {row.index}, and the log ends before it")
            if (row.index, bytes(row.leaf), bytes(row.data)) != (due[0], due[1].leaf, due[1].data):
                raise StoreDamaged(f"entry {due[0]} in the database is not entry {due[0]} of the log")


def _compare(table: Table, engine: Engine, scratch: Engine) -> None:
    columns = [table.c.index, *(column for column in table.c if column is not table.c.index)]
    query = select(*columns).order_by(table.c.index)
    with reading(engine, query) as left, reading(scratch, query) as right:
        for found, due in zip_longest(_by_entry(left), _by_entry(right)):
            if found != due:
                index = min(row[0] for row in (found, due) if row)
                raise StoreDamaged(f"the table {table.name} does not hold what entry {index} says: {_how(found, due)}")


def _by_entry(rows: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of their entries; within one entry sorted here, as no database promises an order."""
    groups = groupby(map(tuple, rows), key=itemgetter(0))
    return chain.from_iterable(sorted(group, key=repr) for _, group in groups)


def _how(found: tuple[Any, ...] | None, due: tuple[Any, ...] | None) -> str:
    if found is None or due is None:
        return "a row is missing" if found is None else "a row is too many"
    if found[0] != due[0]:
        return "a row is missing or too many"
    return "a row differs"
