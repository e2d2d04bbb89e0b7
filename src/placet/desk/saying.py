"""Saying something in the record of a home, and keeping the receipts of it with all that opens it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from placet.app import Home
from placet.registry.compose import Composer
from placet.registry.receipts import Written
from placet.signing.keys import Key

__all__ = ["Said", "say"]


@dataclass(slots=True, kw_only=True)
class Said:
    """The entries that were taken, in order, and the folder of their receipts; None where nothing was said."""

    entries: list[Written] = field(default_factory=list)
    receipts: Path | None = None


def say(home: Home, key: Key, writes: Iterable[Callable[[Composer], object]]) -> Said:
    """One submission for each of `writes`; what was taken has its receipts also where a later one is not.

    Openings that nobody may see lie in those receipts and nowhere else.
    """
    said, opened, receipts = Said(), dict[str, bytes](), home.receipts()
    try:
        for write in writes:
            submission, indexes = home.submit(key, partial(_write, write=write))
            written = home.written(submission, indexes)
            receipts.add(written, submission.blobs)
            said.entries += written
            opened |= {**submission.openings, **submission.private}
    finally:
        if receipts.folder:
            receipts.close((), opened, key.name)
    said.receipts = receipts.folder
    return said


def _write(composer: Composer, write: Callable[[Composer], object]) -> None:
    write(composer)
