"""Making a database forget: what its tables hold no more stays in none of its pages either."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from sqlalchemy import Engine

from placet.errors import Refused

__all__ = ["scrub"]


def scrub(engine: Engine) -> None:
    """Write the tables anew, without the free pages in which old rows outlive their deletion.

    SQLite: the whole file, and its journal.  PostgreSQL: the table that held names until schema 0003; what its
    server's own journal and archives keep is out of reach from here.
    """
    if engine.dialect.name == "sqlite":
        _scrub_file(engine)
    else:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM FULL parties")


def _scrub_file(engine: Engine) -> None:
    """Outside of every transaction, which SQLAlchemy would begin."""
    try:
        with closing(engine.raw_connection()) as connection:
            for order in ("PRAGMA secure_delete=ON", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                connection.cursor().execute(order)
    except sqlite3.Error as error:
        raise Refused(f"the database cannot be written anew now: {error}; erase again when nobody uses it") from error
