"""Opening a database: pragmas, and migrations when the schema is behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text

from placet.errors import TooNew
from placet.store.tables import SCHEMA

__all__ = ["open_database", "sqlite_url"]


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def open_database(url: str) -> Engine:
    """The engine for `url`, its schema at this release's version; TooNew when it is past that."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    with engine.connect() as connection:
        version = _version(connection)
    if version != SCHEMA:
        _migrate(engine, version)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Durable before acknowledged: WAL with synchronous=FULL syncs the log on every commit."""
    connection.isolation_level = None  # SQLAlchemy's own BEGIN, so that DDL is transactional too
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _version(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def _migrate(engine: Engine, version: str) -> None:
    from alembic import command
    from alembic.config import Config

    if version > SCHEMA:
        raise TooNew(f"the database has schema {version}; this release knows up to {SCHEMA}: update placet")
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, SCHEMA)
