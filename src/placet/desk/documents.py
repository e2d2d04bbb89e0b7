"""Documents that somebody shows: a contract, a ruling, an extract; one that holds nothing shows nothing."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from placet.errors import NotFound, Refused

__all__ = ["digest_of", "read_document"]

_MOST: Final = 1 << 28


def read_document(path: Path) -> bytes:
    """Its bytes.  NotFound where it cannot be read, Refused where it is empty or longer than 256 MiB."""
    try:
        if path.stat().st_size > _MOST:
            raise Refused(f"{path} has more than {_MOST >> 20} MiB, which no document of a registry has")
        data = path.read_bytes()
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"there is no document {path}") from None
    except OSError as error:
        raise NotFound(f"{path} cannot be read: {error.strerror}") from None
    if not data:
        raise Refused(f"{path} is empty, and shows nothing")
    return data


def digest_of(path: Path) -> str:
    """The SHA-256 of a document, in hex."""
    return hashlib.sha256(read_document(path)).hexdigest()
