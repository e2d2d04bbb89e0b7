"""Putting files on disk so that a name that is there is whole, and stays after a power cut."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from placet.clearance.readers.guard import reason_of
from placet.clearance.rows import printable
from placet.errors import BadDataset, Refused

__all__ = ["in_place", "is_temporary", "sync_file", "sync_folders", "write_file"]


_OURS, _PASSING = ".placet-", ".tmp"


def is_temporary(name: str) -> bool:
    """Whether a file of this name is half of another, left by a run that died."""
    return name.startswith(_OURS) and name.endswith(_PASSING)


def write_file(target: Path, data: bytes) -> None:
    """Put `data` at `target`, whole or not at all; Refused when the disk is full."""
    with in_place(target) as temporary, temporary.open("xb") as file:
        file.write(data)
        sync_file(file)
    sync_folders(target.parent, [target])


@contextmanager
def in_place(target: Path) -> Iterator[Path]:
    """A temporary name that becomes `target` at the end, and is gone if there is no such end."""
    temporary = target.with_name(f"{_OURS}{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}{_PASSING}")
    try:
        with _told(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary.unlink(missing_ok=True)
            yield temporary
            temporary.replace(target)
    finally:
        # Renaming one of two names of the same file does nothing (POSIX rename), so it may still be there.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def _told(target: Path) -> Iterator[None]:
    """Say what could not be written, and why."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(f"the disk is full while writing {printable(str(target))}") from error
        raise BadDataset(f"{printable(str(target))} could not be written: {reason_of(error)} (system.error)") from error


def sync_file(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def sync_folders(out: Path, files: Iterable[Path]) -> None:
    """A rename is durable once its folder is; Windows has no such call, and does not need it."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    for place in {parent for file in files for parent in file.parents if parent.is_relative_to(out)}:
        with _told(place):
            handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
