"""Opening a database: what each kind is told at its start, and migrations when the schema is behind.

Both kinds give the same: a reader sees one state of all tables; writers come one after the other, each holding
the database's one lock from its start (SQLite's BEGIN IMMEDIATE, a transaction's advisory lock in PostgreSQL), so
that what they read still is so; and what was committed survives a power cut, whatever the server's defaults are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, Result, Select, column, create_engine, event, inspect, select, table

from placet.errors import MissingExtra, TooNew
from placet.store.faults import tell_faults
from placet.store.tables import METADATA, SCHEMA
from placet.store.urls import parse_url, sqlite_url

__all__ = ["REGISTRY", "Schema", "open_database", "reading", "scratch_database", "sqlite_url", "writing"]

_ROWS = 1000
_PATIENCE = 10_000  # milliseconds that a writer waits for another
_LOCK = int.from_bytes(b"placet", "big")  # of pg_advisory_xact_lock: one number a database

# Under PostgreSQL a writer's first statement waits for the lock, and the next ones have to see what that was for.
_WRITING: dict[str, dict[str, Any]] = {
    "sqlite": {"placet_writing": True},
    "postgresql": {"placet_writing": True, "isolation_level": "READ COMMITTED"},
}


@dataclass(frozen=True, slots=True)
class Schema:
    """The newest Alembic revision of some tables, their migrations' folder, and the table that tells how far one is."""

    newest: str
    folder: str
    table: str


REGISTRY = Schema(SCHEMA, "migrations", "alembic_version")


def open_database(url: str, schema: Schema = REGISTRY) -> Engine:
    """The engine for `url`, its schema at this release's version; TooNew when it is past that.

    Whatever the database cannot is raised as Refused, by this and by all that uses the engine; StoreDamaged
    when it is no database, or a broken one.
    """
    engine = _engine(parse_url(url))
    tell_faults(engine)
    try:
        with engine.connect() as connection:
            version = _version(connection, schema)
        if version != schema.newest:
            _migrate(engine, schema)
    except BaseException:
        engine.dispose()
        raise
    return engine


def scratch_database() -> Engine:
    """Empty tables in memory, to rebuild into and compare with."""
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    return engine


@contextmanager
def reading(engine: Engine, query: Select[Any]) -> Iterator[Result[Any]]:
    """The rows of a query of any length, a thousand at a time; the server's cursor is closed with it."""
    with engine.connect() as connection, connection.execution_options(yield_per=_ROWS).execute(query) as rows:
        yield rows


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds the database's one lock from its start, so that what it read still is so.

    Refused, and nothing written, when the database cannot: a full disk, a disk error, a lock held too long.
    """
    with engine.execution_options(**_WRITING[engine.dialect.name]).begin() as connection:
        yield connection


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        engine = create_engine(url, isolation_level="REPEATABLE READ", pool_pre_ping=True)
    except ImportError as error:
        raise MissingExtra("a PostgreSQL database needs psycopg: pip install 'placet[server]'") from error
    event.listen(engine, "begin", _begin_postgres)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Durable before acknowledged: WAL with synchronous=FULL syncs the log on every commit."""
    connection.isolation_level = None  # SQLAlchemy's own BEGIN, so that DDL is transactional too
    for pragma in (f"busy_timeout={_PATIENCE}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writes(connection) else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    """Until the transaction's end only, so that a pooler between us and the server cannot mix them up."""
    if _writes(connection):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = on")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {_PATIENCE}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def _writes(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("placet_writing"))


def _version(connection: Connection, schema: Schema) -> str:
    if not inspect(connection).has_table(schema.table):
        return ""
    return str(connection.execute(select(column("version_num")).select_from(table(schema.table))).scalar() or "")


def _migrate(engine: Engine, schema: Schema) -> None:
    """Bring the schema up to date; whoever comes second finds it done."""
    with writing(engine) as connection:
        version = _version(connection, schema)
        if version > schema.newest:
            raise TooNew(f"the database has schema {version}; this release knows up to {schema.newest}: update placet")
        if version != schema.newest:
            _upgrade(connection, schema)


def _upgrade(connection: Connection, schema: Schema) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / schema.folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, schema.newest)
