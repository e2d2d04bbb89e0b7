"""Opening a database: pragmas, and migrations when the schema is behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from placet.errors import Refused, StoreDamaged, TooNew
from placet.store.tables import METADATA, SCHEMA

__all__ = ["open_database", "scratch_database", "sqlite_url", "writing"]


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def open_database(url: str) -> Engine:
    """The engine for `url`, its schema at this release's version; TooNew when it is past that."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    try:
        with engine.connect() as connection:
            version = _version(connection)
        if version != SCHEMA:
            _migrate(engine)
    except DatabaseError as error:
        raise StoreDamaged(f"the database {engine.url.render_as_string()} cannot be opened: {error.orig}") from error
    return engine


def scratch_database() -> Engine:
    """Empty tables in memory, to rebuild into and compare with."""
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that holds SQLite's write lock from its start, so that what it read still is so.

    Refused, and nothing written, when the database cannot: a full disk, a disk error, a lock held too long.
    """
    try:
        with engine.execution_options(placet_writing=True).begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        raise Refused(f"nothing was taken: the database could not be written ({cause})") from error


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Durable before acknowledged: WAL with synchronous=FULL syncs the log on every commit."""
    connection.isolation_level = None  # SQLAlchemy's own BEGIN, so that DDL is transactional too
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("placet_writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _version(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def _migrate(engine: Engine) -> None:
    """Bring the schema up to date; whoever comes second finds it done."""
    with writing(engine) as connection:
        version = _version(connection)
        if version > SCHEMA:
            raise TooNew(f"the database has schema {version}; this release knows up to {SCHEMA}: update placet")
        if version != SCHEMA:
            _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, SCHEMA)
