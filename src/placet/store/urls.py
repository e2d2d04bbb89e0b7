"""Which databases there are: SQLite in a file, or PostgreSQL through psycopg (the extra `server`)."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from placet.errors import BadInput

__all__ = ["parse_url", "show_url", "sqlite_url"]

# postgres:// is what hosting companies write; libpq takes both.
_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_LIKE = (
    "the address of the database cannot be read: it is like postgresql://name:password@host/database,"
    " with %40 for an @ in the password, %2F for a / and %3A for a :"
)


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


def parse_url(text: str) -> URL:
    """The address of a database; BadInput, which never repeats it, since a password may stand in any part."""
    scheme = text.partition("://")[0].partition("+")[0]
    if scheme not in _DRIVERS:
        raise BadInput("the record is kept in SQLite or PostgreSQL: the database's address begins with neither")
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise BadInput(_LIKE) from None
    if scheme == "sqlite":
        return url
    if text.count("@") > 1:  # or a piece of the password would be taken for the host, and told
        raise BadInput(_LIKE)
    return url.set(drivername=_DRIVERS[scheme]).update_query_dict({"connect_timeout": "10", **url.query})


def show_url(url: URL) -> str:
    """The address without its password, and without what stands after the question mark: there may be one too."""
    return url.set(query={}).render_as_string(hide_password=True)
