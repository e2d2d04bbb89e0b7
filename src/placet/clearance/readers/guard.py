"""A reader never raises: what breaks while a unit is read becomes that unit's last row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path

from placet.clearance.rows import Row, Unit, title, unreadable
from placet.errors import PlacetError

__all__ = ["Read", "guarded", "reason_of"]

Read = Callable[[Path, Unit], Iterator[Row]]


def guarded(read: Read) -> Read:
    """`read`, with every exception turned into a row; interrupts and exits pass."""

    @wraps(read)
    def safely(root: Path, unit: Unit) -> Iterator[Row]:
        done = 0
        try:
            for row in read(root, unit):
                yield row
                done += 1
        except Exception as error:
            name = title(root, unit.path) if unit.path or not unit.members else unit.id
            why = f"{name} could not be read after {done:,} rows: {reason_of(error)}."
            yield unreadable(name, f"@row {done}", why)

    return safely


def reason_of(error: Exception) -> str:
    """What an exception has to say, in one line without its class where that adds nothing."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = " ".join(text.split()).rstrip(".")[:300]
    if isinstance(error, OSError | PlacetError) and text:
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
