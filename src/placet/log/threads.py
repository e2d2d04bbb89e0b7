"""Checking many signatures on every core: OpenSSL lets other threads run while it computes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["check_all"]

_PART = 128  # items a task; fewer than two tasks are done where they are
_MOST = 16

T = TypeVar("T")


def check_all(check: Callable[[T], None], items: Sequence[T]) -> None:
    """Call `check` for every item; what is raised is the error of the first item that has one."""

    def check_part(start: int) -> None:
        for item in items[start : start + _PART]:
            check(item)

    if len(items) <= _PART:
        check_part(0)
        return
    with ThreadPoolExecutor(min(_MOST, os.cpu_count() or 1)) as pool:
        for _ in pool.map(check_part, range(0, len(items), _PART)):
            pass
