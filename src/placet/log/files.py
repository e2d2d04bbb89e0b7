"""The public folder of a log: tiles, checkpoint, blobs, openings; any web server can serve it.

Every file is written to a temporary name, fsynced, renamed, and its folder fsynced: a reader sees a whole
file or none.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from placet.errors import StoreDamaged

__all__ = ["LogFiles", "write_durable"]


def write_durable(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all, and survive a power cut once this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_unsynced(path, data)
    sync_folder(path.parent)


def write_unsynced(path: Path, data: bytes) -> None:
    """As `write_durable`, but the caller still owes `sync_folder` of the parent."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable, where the system can (Windows cannot open a folder)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class LogFiles:
    """Paths and durable writes below one folder; everything in it is public."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> bytes | None:
        try:
            return (self.folder / path).read_bytes()
        except FileNotFoundError:
            return None

    def need(self, path: str) -> bytes:
        data = self.read(path)
        if data is None:
            raise StoreDamaged(f"{self.folder / path} is missing")
        return data

    def write(self, path: str, data: bytes) -> None:
        write_durable(self.folder / path, data)

    def write_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write several files, and sync each folder once, at the end."""
        folders: set[Path] = set()
        for path, data in files:
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            write_unsynced(target, data)
            folders.update(p for p in target.parents if p == self.folder or self.folder in p.parents)
        for folder in folders:
            sync_folder(folder)

    def remove_folder(self, path: str) -> None:
        shutil.rmtree(self.folder / path, ignore_errors=True)

    def blob_path(self, digest: str) -> str:
        return f"blobs/{digest[:2]}/{digest}"

    def opening_path(self, commitment: str) -> str:
        return f"openings/{commitment[:2]}/{commitment}"

    def blob(self, digest: str) -> bytes | None:
        """The blob of that name, or None when it is withheld; StoreDamaged when it is another one."""
        data = self.read(self.blob_path(digest))
        if data is not None and hashlib.sha256(data).hexdigest() != digest:
            raise StoreDamaged(f"{self.folder / self.blob_path(digest)} does not match its name")
        return data

    def opening(self, commitment: str) -> bytes | None:
        return self.read(self.opening_path(commitment))
