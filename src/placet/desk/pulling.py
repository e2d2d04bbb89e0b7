"""Fetching a snapshot from any web server, file by file: what it is first, then each file, checked before it counts.

Nothing is believed of the server: manifest and receipt are judged by the reader's own policy, and every file by the
digest and size that the manifest gives it.  The folder changes as a whole, when all of it is there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from placet.app import Home
from placet.desk.believing import believe_head, refuse_older, remember_files, take_in
from placet.errors import BadInput, BadRecord, NotFound, Refused, Rollback, VerificationFailed, WrongUsage
from placet.fetch.static import StaticHost, is_web_address
from placet.log.files import write_durable
from placet.snapshot.library import read_manifest
from placet.snapshot.manifest import Manifest
from placet.snapshot.verify import CONSISTENCY, RECEIPT, Publication

__all__ = ["Pull", "Pulled", "pull"]

_HEAD = {"manifest.json": 64 << 20, RECEIPT: 1 << 20, CONSISTENCY: 1 << 20}  # the most that is read of each
_PART = ".part"
Watch = Callable[[Sequence[str]], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """What `placet snapshot pull` was asked; with `dry_run` only what the snapshot is, and nothing is kept."""

    url: str
    out: Path
    trust: Path | None = None
    max_age: int = 30
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """The snapshot that is there now; `fetched` files of `bytes_read` bytes came, `kept` were here already."""

    manifest: Manifest
    fetched: int
    bytes_read: int
    kept: int


def pull(home: Home, asked: Pull, watch: Watch = lambda paths: paths) -> Pulled:
    """Bring the snapshot in `asked.out` up to what `asked.url` serves; run again it goes on where it stopped."""
    if not is_web_address(asked.url):
        raise WrongUsage(f"{asked.url}: name the web address of a snapshot's folder, http or https")
    work = asked.out.with_name(f".{asked.out.name}.{'looking' if asked.dry_run else 'pulling'}")
    _take_up(asked.out)
    before = _held(asked.out)
    with home.static_host(asked.url) as host:
        _fetch_head(host, work)
        publication = believe_head(home, work, asked.trust, asked.max_age)
        refuse_older(home, publication)
        _refuse_other(before, publication.manifest, asked.out)
        if asked.dry_run:
            return _ahead(work, publication.manifest, before)
        return _fetch(home, host, asked.out, work, publication, before, watch)


def _fetch(
    home: Home,
    host: StaticHost,
    out: Path,
    work: Path,
    publication: Publication,
    before: Manifest | None,
    watch: Watch,
) -> Pulled:
    manifest = publication.manifest
    held = _by_digest(before, out)
    left = _missing(work, manifest, held)
    _check_room(work, [manifest.files[path][1] for path in left])
    for path in watch(left):
        _fetch_file(host, work, path, *manifest.files[path])
    _drop_others(work, manifest)
    take_in(home, work, publication)
    _switch(work, out)
    remember_files(home, out, manifest)
    many, size = len(left), sum(manifest.files[path][1] for path in left)
    return Pulled(manifest=manifest, fetched=many, bytes_read=size, kept=len(manifest.files) - many)


# ---- what it is -----------------------------------------------------------------------------------------


def _fetch_head(host: StaticHost, work: Path) -> None:
    for name, most in _HEAD.items():
        data = host.read(name, most)
        if data is None:
            raise NotFound(f"there is no snapshot at {host.name}: it has no {name}")
        write_durable(work / name, data)


def _held(out: Path) -> Manifest | None:
    """What is there already; Refused when it is something else than a snapshot."""
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    try:
        return read_manifest(out)
    except (BadInput, NotFound):
        raise Refused(f"{out} holds other things: a snapshot has a folder of its own") from None


def _refuse_other(before: Manifest | None, new: Manifest, out: Path) -> None:
    strange = [path for path, (_, size) in new.files.items() if path in _HEAD or path.endswith(_PART) or size < 0]
    if strange:
        raise BadRecord(f"manifest.json names {strange[0]!r}, which is no file of a snapshot")
    if before and before.origin != new.origin:
        raise Refused(f"{out} holds a snapshot of the log {before.origin}, and this is of {new.origin}: choose another")
    if before and before.size > new.size:
        raise Rollback(
            f"{out} holds {before.size} entries of the log {new.origin}, and this snapshot is of {new.size}: what was"
            " said since is not in it"
        )


def _ahead(work: Path, manifest: Manifest, before: Manifest | None) -> Pulled:
    held = {digest for digest, _ in before.files.values()} if before else set[str]()
    left = [size for digest, size in manifest.files.values() if digest not in held]
    shutil.rmtree(work)
    kept = len(manifest.files) - len(left)
    return Pulled(manifest=manifest, fetched=len(left), bytes_read=sum(left), kept=kept)


# ---- file by file ---------------------------------------------------------------------------------------


def _by_digest(before: Manifest | None, out: Path) -> Mapping[str, Path]:
    return {digest: out / path for path, (digest, _) in before.files.items()} if before else {}


def _missing(work: Path, manifest: Manifest, held: Mapping[str, Path]) -> list[str]:
    """Files that are neither here from a pull that stopped, nor in the snapshot that is replaced."""
    left = []
    for path, (digest, size) in manifest.files.items():
        if _is(work / path, digest, size):
            continue
        if digest in held and _is(held[digest], digest, size):
            _put(held[digest], work / path)
        else:
            left.append(path)
    return left


def _fetch_file(host: StaticHost, work: Path, path: str, digest: str, size: int) -> None:
    part = work / f"{path}{_PART}"
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab+") as file:
            host.save(path, file, size)
            file.flush()
            os.fsync(file.fileno())
        if not _is(part, digest, size):
            part.unlink()
            raise VerificationFailed(f"BROKEN: {host.name}/{path} is not the file that the log's operator signed")
        part.replace(work / path)
    except OSError as error:
        raise Refused(f"{work / path} could not be written: {error.strerror or error}") from error


def _is(path: Path, digest: str, size: int) -> bool:
    """Whether these are the bytes; a link is never followed."""
    try:
        if path.is_symlink() or path.stat().st_size != size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False


def _put(source: Path, target: Path) -> None:
    """The same file under another name where the disk can do that, else a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _check_room(work: Path, sizes: Sequence[int]) -> None:
    needed, free = sum(sizes), shutil.disk_usage(work).free
    if needed > free:
        raise Refused(f"the snapshot needs {needed:,} bytes more, and {free:,} are free where it would lie")


def _drop_others(work: Path, manifest: Manifest) -> None:
    """What a pull that stopped has left of an earlier snapshot."""
    for path in [path for path in work.rglob("*") if not path.is_dir() or path.is_symlink()]:
        name = path.relative_to(work).as_posix()
        if name not in manifest.files and name not in _HEAD:
            path.unlink()


# ---- all at once ----------------------------------------------------------------------------------------


def _switch(work: Path, out: Path) -> None:
    old = _old(out)
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    work.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def _take_up(out: Path) -> None:
    """A switch that was cut between its two names left the older snapshot aside: it is the one that is there."""
    if not out.exists() and _old(out).exists():
        _old(out).rename(out)


def _old(out: Path) -> Path:
    return out.with_name(f".{out.name}.old")
