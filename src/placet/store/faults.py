"""What a database's error is to the person who meets it: one sentence, without the password of its address.

SQLAlchemy's `handle_error` event sees every error of a driver, of any statement, commit or connection.
"""

from __future__ import annotations

from sqlalchemy import Engine, ExceptionContext, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError

from placet.errors import PlacetError, Refused, StoreDamaged
from placet.store.urls import show_url

__all__ = ["tell_faults"]

# The database or its server cannot, for now or for us; any other error is about what it holds.
_CANNOT = (InterfaceError, OperationalError, ProgrammingError)


def tell_faults(engine: Engine) -> None:
    """Have this engine raise Refused or StoreDamaged instead of errors of the driver."""
    event.listen(engine, "handle_error", _tell)


def _tell(context: ExceptionContext) -> PlacetError | None:
    error, place = context.sqlalchemy_exception, context.connection or context.engine
    if not isinstance(error, DBAPIError) or place is None:
        return None
    cause = " ".join(str(error.orig).split())[:300]
    if place.get_execution_options().get("placet_writing"):
        return Refused(f"nothing was taken: the database could not be written ({cause})")
    kind = Refused if isinstance(error, _CANNOT) else StoreDamaged
    done = "opened" if context.connection is None else "read"
    return kind(f"the database {show_url(place.engine.url)} cannot be {done}: {cause}")
