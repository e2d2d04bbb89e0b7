"""A snapshot that was believed once, named so exactly that another process opens that one or nothing.

The digest of the manifest pins the digest of every file; the stamps say that these very files were hashed already.
Where they differ, as they do on another machine, every file is hashed again before it is used.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from placet.core.canonical import encode
from placet.errors import Refused, VerificationFailed
from placet.snapshot.library import Library, check_files, open_library, read_manifest
from placet.snapshot.manifest import Manifest

__all__ = ["Pin", "pin", "stamp_of"]


@dataclass(frozen=True, slots=True)
class Pin:
    """`folder` is absolute, `digest` the manifest's SHA-256 and `stamps` one over those of its files, both in hex."""

    folder: str
    digest: str
    stamps: str

    def open(self) -> Library:
        """The library; Refused when another snapshot lies there now, VerificationFailed when a file was changed."""
        folder = Path(self.folder)
        manifest = read_manifest(folder)
        if manifest.digest != self.digest:
            raise Refused(f"{folder} is another snapshot now than when this clearance began: begin a new one")
        if _stamps(folder, manifest) != self.stamps:
            check_files(folder, manifest)
        return open_library(folder)


def pin(library: Library) -> Pin:
    """The pin of a library whose files were checked."""
    folder = library.folder.absolute()
    return Pin(str(folder), library.manifest.digest, _stamps(folder, library.manifest))


def _stamps(folder: Path, manifest: Manifest) -> str:
    return hashlib.sha256(encode({path: stamp_of(folder / path) for path in manifest.files})).hexdigest()


def stamp_of(path: Path) -> str:
    """The time of the last change of an inode cannot be set back, as that of its content can."""
    try:
        found = path.stat()
    except OSError as error:
        raise VerificationFailed(f"BROKEN: {path} of the snapshot cannot be read: {error.strerror}") from error
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
