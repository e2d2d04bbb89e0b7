"""The public folder of a log: tiles, checkpoint, blobs, openings; any web server can serve it.

Every file is written to a temporary name, fsynced, renamed, and its folder fsynced: a reader sees a whole
file or none.  Temporary files lie in `.tmp/`, which the next writer empties.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from placet.errors import Refused, StoreDamaged
from placet.signing.sealing import is_sealed

__all__ = ["MOST_FILE", "LogFiles", "read_plain", "shred", "sync_folder", "told", "write_durable"]

MOST_FILE = 256 << 20  # bytes of the longest file of a log that is read: a blob


def read_plain(path: Path, most: int = MOST_FILE) -> bytes | None:
    """The bytes of a plain file, or None where nothing is; StoreDamaged, unread, when it is longer or something else.

    Folders come from strangers: a pipe would be waited for without end, and a file of holes fills the memory.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise StoreDamaged(f"{path} is no plain file, and is not read")
        if found.st_size > most:
            raise StoreDamaged(f"{path} has more than the {most} bytes that are read")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None


def write_durable(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all, and survive a power cut once this returns."""
    with told(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, data, path.with_name(f".{path.name}.{os.getpid()}.tmp"))
        sync_folder(path.parent)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Say which file could not be written, and why."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(f"the disk is full while writing {path}") from error
        raise Refused(f"{path} cannot be written: {error.strerror or error}") from error


def _write(path: Path, data: bytes, temporary: Path) -> None:
    """The caller still owes `sync_folder` of the parent."""
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` durable, where the system can (Windows cannot open a folder)."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def shred(path: Path) -> None:
    """Overwrite a file, see that this reached the disk, and remove it; where nothing is, nothing is done.

    A file system that keeps versions, and a flash disk, may hold the old bytes for a while.
    """
    try:
        with path.open("r+b") as file:
            size = os.fstat(file.fileno()).st_size
            file.write(bytes(size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        raise Refused(f"{path} cannot be destroyed: {error.strerror or error}") from error
    sync_folder(path.parent)


class LogFiles:
    """Paths and durable writes below one folder; everything in it is public.

    Openings lie sealed in it; `unseal` opens one, given its commitment and bytes, or returns None when its key is gone.
    """

    def __init__(self, folder: Path, unseal: Callable[[str, bytes], bytes | None] | None = None) -> None:
        self.folder = folder
        self._unseal = unseal
        self._settled: set[Path] = set()  # folders whose own place in their parents was synced here

    def read(self, path: str) -> bytes | None:
        return read_plain(self.folder / path)

    def need(self, path: str) -> bytes:
        data = self.read(path)
        if data is None:
            raise StoreDamaged(f"{self.folder / path} is missing")
        return data

    def write(self, path: str, data: bytes) -> None:
        self.write_all([(path, data)])

    def write_all(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write several files, and sync each folder once, at the end; under the log's lock."""
        with told(self.folder):
            self._begin()
        folders: set[Path] = set()
        for path, data in files:
            target = self.folder / path
            with told(target):
                if target.parent not in folders:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    folders.update(self._unsettled(target.parent))
                _write(target, data, self._temporary / target.name)
        for folder in folders:
            with told(folder):
                sync_folder(folder)
        self._settled |= folders

    def _unsettled(self, folder: Path) -> Iterator[Path]:
        """This folder, and those above it up to one that lies in its parent for good."""
        while folder != self.folder and folder not in self._settled:
            yield folder
            folder = folder.parent
        yield folder

    def clear(self) -> None:
        """Remove what writers that died have left half written; under the log's lock."""
        for left in self._temporary.glob("*"):
            left.unlink(missing_ok=True)

    def remove_folder(self, path: str) -> None:
        self._settled.discard(self.folder / path)
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
        """The opening of that name; None when it is not here, or is sealed and the key is not."""
        data = self.read(self.opening_path(commitment))
        if data is None or not is_sealed(data):
            return data
        return self._unseal(commitment, data) if self._unseal else None

    @property
    def _temporary(self) -> Path:
        return self.folder / ".tmp"

    def _begin(self) -> None:
        if not self._temporary.is_dir():
            self._temporary.mkdir(parents=True, exist_ok=True)
            sync_folder(self.folder.parent)
