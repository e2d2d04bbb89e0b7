"""Checking the signatures of a long log in processes of their own: an Ed25519 check holds Python's lock meanwhile."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

from placet.errors import PlacetError
from placet.record.entries import Entry, parse_entry

__all__ = ["LEAST", "can_travel", "first_bad"]

LEAST = 20_000  # entries; below it starting processes takes longer than it saves
_PART = 1_000
_MOST = 32

CheckEntry = Callable[[Entry], None]


def first_bad(check: CheckEntry, entries: Sequence[bytes], workers: int = 0) -> tuple[int, str] | None:
    """The place of the first entry that cannot be read or does not hold, and why; `check` is a function of a module.

    A worker that dies is an error (BrokenProcessPool), never an entry that holds.
    """
    parts = [entries[at : at + _PART] for at in range(0, len(entries), _PART)]
    count = workers or min(_MOST, os.cpu_count() or 1)
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), gc.disable) as pool:
        for number, bad in enumerate(pool.map(_first_in, [check] * len(parts), parts)):
            if bad is not None:
                pool.shutdown(cancel_futures=True)
                return number * _PART + bad[0], bad[1]
    return None


def can_travel(check: CheckEntry) -> bool:
    """Whether another process can be told which check it is."""
    try:
        return pickle.loads(pickle.dumps(check)) is check  # noqa: S301 - bytes of our own
    except (pickle.PicklingError, AttributeError, TypeError):
        return False


def _first_in(check: CheckEntry, part: Sequence[bytes]) -> tuple[int, str] | None:
    for place, data in enumerate(part):
        try:
            entry = parse_entry(data)
        except PlacetError as error:
            return place, f"cannot be read: {error}"
        try:
            check(entry)
        except PlacetError as error:
            return place, str(error)
    return None
