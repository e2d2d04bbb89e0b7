"""Datasets on other machines, by fsspec: s3://, gs://, abfs://, hf://, sftp:// and what else it knows.

Only the address that a person named is asked, never one out of a dataset; http is not, since whatever is reached by it
goes through the guarded transport of this room. Fills the port `placet.clearance.places.Place`.
"""

from __future__ import annotations

import errno
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit, urlunsplit

from placet.errors import BadDataset, MissingExtra, PlacetError, Refused, WrongUsage

__all__ = ["Remote", "is_remote", "open_place"]

_CHUNK = 1 << 20
_STAMPS = (
    *("etag", "md5", "md5hash", "content-md5", "contentmd5", "checksum", "generation", "versionid", "version_id"),
    *(
        "mtime",
        "last_modified",
        "lastmodified",
        "last_commit",
        "updated",
        "modified",
        "crc",
        "sha256",
        "blob_id",
        "ino",
    ),
)
_AGES = ("created", "date_time")  # where nothing better is told
_REGULAR = ("file", "")


@dataclass(frozen=True, slots=True)
class Remote:
    """A place as it was listed; `address` may hold secrets, and is told nowhere."""

    address: str
    url: str
    name: str
    files: Mapping[str, tuple[int, str]]
    links: frozenset[str] = frozenset()

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """A file for reading by ranges; a place that stopped answering is Refused, whoever swallowed that."""
        system, root = _system(self.address)
        with (
            _told(self.url),
            system.open(_join(root, path), "rb", block_size=1 << 18, cache_type="readahead") as opened,
        ):
            watched = _Watched(opened)
            yield cast(BinaryIO, watched)
        if watched.failure is not None:
            with _told(self.url):
                raise watched.failure

    def fetch(self, path: str, target: Path) -> None:
        """All of a file; Refused when it is not the one that was listed."""
        system, root = _system(self.address)
        with _told(self.url):
            self._check(system, root, path)
            size, listed = 0, self.files[path][0]
            with system.open(_join(root, path), "rb") as source, target.open("xb") as sink:
                while size <= listed and (data := source.read(_CHUNK)):
                    sink.write(data)
                    size += len(data)
            if size != listed:
                raise OSError(
                    f"it was listed with {listed:,} bytes and {'is longer' if size > listed else f'has {size:,}'}"
                )
            self._check(system, root, path)

    def _check(self, system: Any, root: str, path: str) -> None:
        size, stamp = self.files[path]
        found = system.info(_join(root, path))
        if int(found.get("size") or 0) != size or not _agree(stamp, _stamp(found)):
            raise Refused(
                f"{path or self.name} was changed at {self.url} since the run was begun: leave it alone, and choose a"
                " new OUT"
            )


class _Watched(io.RawIOBase):
    """A file that remembers what went wrong with it."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.failure: Exception | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def read(self, size: int = -1) -> bytes:
        try:
            return bytes(self._file.read(size))
        except Exception as error:
            self.failure = error
            raise


def is_remote(words: str) -> bool:
    """Whether this names a place by a scheme rather than by a path."""
    scheme = words.partition("://")[0]
    return "://" in words and len(scheme) > 1 and "/" not in scheme and "\\" not in scheme


def open_place(address: str) -> Remote:
    """List what lies at this address; BadDataset when nothing does, Refused when it does not answer."""
    if address.split("::")[-1].startswith(("http://", "https://")):
        raise WrongUsage(f"{_shown(address)} is not cleared in place: download it, and clear the copy")
    url = _shown(address)
    system, root = _system(address)
    try:
        with _told(url):
            found = _found(system, root)
    except OSError as error:
        raise BadDataset(f"there is no dataset at {url}: {error.strerror or error}") from error
    links = frozenset(path for path, info in found.items() if info.get("islink") or info.get("type") not in _REGULAR)
    files = {path: (int(info.get("size") or 0), _stamp(info)) for path, info in found.items()}
    return Remote(address, url, _name(url), files, links)


def _found(system: Any, root: str) -> dict[str, dict[str, Any]]:
    """Every file below `root` by its path from there; a marker of an empty folder is none."""
    if root and system.isfile(root):
        return {"": system.info(root)}
    if root and not system.exists(root):
        raise FileNotFoundError("it is not there")
    base = root.rstrip("/") + "/" if root else ""
    listed: dict[str, dict[str, Any]] = system.find(root, detail=True)
    found = {path.removeprefix(base): info for path, info in listed.items()}
    return {path: info for path, info in found.items() if not (path.endswith("/") and not info.get("size"))}


def _system(address: str) -> tuple[Any, str]:
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtra("datasets on other machines need fsspec: pip install 'placet[remote]'") from error
    try:
        system, root = url_to_fs(address, use_listings_cache=False)
    except ImportError as error:
        raise MissingExtra(f"{_shown(address)} needs a package of its own: {error}") from error
    except ValueError as error:
        raise WrongUsage(f"{_shown(address)} is no address that fsspec knows: {error}") from error
    return system, str(root)


@contextmanager
def _told(url: str) -> Iterator[None]:
    """A file that is not there, not for us or damaged is an OSError; all else stops the run."""
    try:
        yield
    except (PlacetError, FileNotFoundError, PermissionError, IsADirectoryError):
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(f"the disk is full while a file is fetched from {url}") from error
        if error.errno is None and not isinstance(error, ConnectionError | TimeoutError):
            raise  # what a file system says of one file
        raise Refused(_silence(url, error)) from error
    except Exception as error:
        if type(error).__name__ in ("BadZipFile", "error", "ZstdError", "EOFError", "LZMAError"):
            raise OSError(f"it is damaged ({error})") from error
        raise Refused(_silence(url, error)) from error


def _silence(url: str, error: Exception) -> str:
    why = " ".join(str(error).split())[:200] or type(error).__name__
    return f"{url} could not be read: {why}. What is done is kept; run the same command again to go on from there"


def _stamp(info: Mapping[str, Any]) -> str:
    """Whatever tells one version of a file from another."""
    low = {str(name).lower(): value for name, value in info.items()}
    known = {name: value for name in _STAMPS if (value := low.get(name)) is not None} or {
        name: value for name in _AGES if (value := low.get(name)) is not None
    }
    return ";".join(f"{name}={_plain(value)}" for name, value in sorted(known.items()))


def _plain(value: Any) -> str:
    """A time is told in seconds, however it came."""
    return repr(value.timestamp()) if hasattr(value, "timestamp") else str(value).replace(";", ",")


def _agree(listed: str, now: str) -> bool:
    """A list tells less of a file than a question about it does: what both tell must be the same."""
    before, after = (dict(pair.partition("=")[::2] for pair in said.split(";") if pair) for said in (listed, now))
    return all(before[name] == after[name] for name in before.keys() & after.keys())


def _join(root: str, path: str) -> str:
    return f"{root.rstrip('/')}/{path}" if path and root else path or root


def _shown(address: str) -> str:
    """Without a password, a user's name and what is signed into the query."""
    return "::".join(_bare(part) for part in address.split("::"))


def _bare(part: str) -> str:
    if "://" not in part:
        return part
    parts = urlsplit(part)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")) if parts.scheme else part


def _name(url: str) -> str:
    places = (part.rpartition("://")[2].strip("/") for part in url.split("::"))
    return next((place.rpartition("/")[2] for place in places if place), "dataset")
