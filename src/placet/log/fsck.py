"""Checking a log's public folder from nothing but its own bytes: the first thing wrong is named.

Order: the checkpoint's signature, every entry's form, speaker and chain, every tile, the root, and what lies
beside the tiles.  What is withheld is listed, and is not a fault (docs/house.md section 4).
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from placet.errors import PlacetError, StoreDamaged
from placet.log.files import LogFiles
from placet.log.processes import LEAST, can_travel, first_bad
from placet.log.threads import check_all
from placet.log.tree import StoredTree
from placet.record import merkle
from placet.record.checkpoint import Checkpoint
from placet.record.entries import Entry, load_entry, parse_entry
from placet.record.policy import Policy
from placet.record.tiles import WIDTH, Tile, encode_bundle, tiles_of
from placet.signing.trust import verify_checkpoint

__all__ = ["Contents", "Sound", "check_log", "check_more", "named_blobs", "read_entries"]

HASH = merkle.HASH_SIZE

# Checks what lies beside the tiles and yields what is withheld; the registry knows more of it than the log.
Contents = Callable[[Sequence[Entry], LogFiles], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A log whose every hash was computed anew; `withheld` names blobs and openings that are not there."""

    checkpoint: Checkpoint
    entries: tuple[Entry, ...]
    withheld: tuple[str, ...]


def named_blobs(entries: Sequence[Entry], files: LogFiles) -> Iterator[str]:
    """The least `Contents`: the blobs that entries name themselves."""
    for index, entry in enumerate(entries):
        for name in ("blob", "terms"):
            digest = entry.body.get(name)
            if digest and files.blob(digest) is None:
                yield f"blob {digest} of entry {index}"


def check_log(
    folder: Path,
    policy: Policy | None,
    check_entry: Callable[[Entry], None],
    contents: Contents = named_blobs,
) -> Sound:
    """Recompute everything; StoreDamaged or a VerificationFailed names the first thing that is wrong."""
    with _unswept():
        return _checked_log(LogFiles(folder), policy, check_entry, contents)


def _checked_log(
    files: LogFiles, policy: Policy | None, check_entry: Callable[[Entry], None], contents: Contents
) -> Sound:
    tree = StoredTree(files)
    checkpoint = _check_checkpoint(files, policy)
    entries = _checked(list(tree.entries(checkpoint.size)), check_entry)
    _check_chain(entries)
    _check_tiles(tree, [entry.leaf for entry in entries], checkpoint)
    _check_older(files, entries)
    return Sound(checkpoint=checkpoint, entries=entries, withheld=tuple(contents(entries, files)))


def read_entries(tree: StoredTree, size: int) -> Iterator[Entry]:
    """Every entry out of the bundles, parsed."""
    for index, data in enumerate(tree.entries(size)):
        yield _parsed(index, data)


def check_more(sound: Sound, more: Sequence[bytes], check_entry: Callable[[Entry], None]) -> None:
    """StoreDamaged unless the entries that a sound log has not published yet could be its next ones."""
    size = len(sound.entries)
    new = _checked(more, check_entry, size)
    _check_chain((*sound.entries, *new))


def _parsed(index: int, data: bytes) -> Entry:
    try:
        return parse_entry(data)
    except PlacetError as error:
        raise StoreDamaged(_bad(index, f"cannot be read: {error}")) from error


def _bad(index: int, why: str) -> str:
    return f"entry {index} {why}" if why.startswith("cannot be read") else f"entry {index}: {why}"


def _check_checkpoint(files: LogFiles, policy: Policy | None) -> Checkpoint:
    note = files.need("checkpoint")
    try:
        checkpoint, _ = verify_checkpoint(note, policy)
    except PlacetError as error:
        raise type(error)(f"{files.folder / 'checkpoint'}: {error}") from error
    return checkpoint


def _checked(data: Sequence[bytes], check_entry: Callable[[Entry], None], first: int = 0) -> tuple[Entry, ...]:
    """The entries in these bytes, each of its form and by its speaker; StoreDamaged names the first that is not."""
    if len(data) >= LEAST and (os.cpu_count() or 1) > 1 and can_travel(check_entry):
        if bad := first_bad(check_entry, data):
            raise StoreDamaged(_bad(first + bad[0], bad[1]))
        return tuple(load_entry(each) for each in data)
    entries = tuple(_parsed(first + place, each) for place, each in enumerate(data))
    _check_speakers(entries, check_entry, first)
    return entries


@contextmanager
def _unswept() -> Iterator[None]:
    """Entries make no cycles: to look for garbage among millions of them takes longer than to read them."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _check_speakers(entries: tuple[Entry, ...], check_entry: Callable[[Entry], None], first: int) -> None:
    def check(indexed: tuple[int, Entry]) -> None:
        try:
            check_entry(indexed[1])
        except PlacetError as error:
            raise StoreDamaged(f"entry {indexed[0]}: {error}") from error

    check_all(check, list(enumerate(entries, first)))


def _check_chain(entries: tuple[Entry, ...]) -> None:
    newest: dict[str, str] = {}
    for index, entry in enumerate(entries):
        if entry.prev != newest.get(entry.by, ""):
            raise StoreDamaged(f"entry {index} does not follow the newest entry of its key: one is missing or moved")
        newest[entry.by] = entry.id


def _check_tiles(tree: StoredTree, leaves: list[bytes], checkpoint: Checkpoint) -> None:
    """Compare every tile with one computed from the entries, then the root with the signed one."""
    levels = list(_levels(leaves))
    for tile in tiles_of(0, checkpoint.size):
        start = tile.index * WIDTH
        due, found = b"".join(levels[tile.level][start : start + tile.width]), tree.tile(tile)
        if found != due:
            first = next(i for i in range(tile.width) if found[i * HASH :][:HASH] != due[i * HASH :][:HASH])
            raise StoreDamaged(f"{tree.files.folder / tile.path} does not hold the hash of {_what(tile, first)}")
    if merkle.root(leaves) != checkpoint.root:
        raise StoreDamaged(f"the {checkpoint.size} entries do not give the root that was signed")


def _check_older(files: LogFiles, entries: tuple[Entry, ...]) -> None:
    """Partial files of smaller sizes, which readers of older checkpoints still fetch, are beginnings of the newest."""
    full = len(entries) // WIDTH
    last = entries[full * WIDTH :]
    due = {"tile/0": [entry.leaf for entry in last], "tile/entries": [encode_bundle([entry.data]) for entry in last]}
    for kind, parts in due.items():
        edge = Tile(0, full).path.removeprefix("tile/0")
        for path in sorted((files.folder / f"{kind}{edge}.p").glob("*")):
            width = int(path.name) if path.name.isdecimal() else 0
            if width <= len(parts) and files.read(f"{kind}{edge}.p/{path.name}") != b"".join(parts[:width]):
                raise StoreDamaged(f"{path} does not hold what the log held at that size")


def _levels(leaves: list[bytes]) -> Iterator[list[bytes]]:
    """The hashes of every level of tiles, the leaves first."""
    level = leaves
    while level:
        yield level
        full = len(level) // WIDTH
        level = [merkle.root(level[i * WIDTH : (i + 1) * WIDTH]) for i in range(full)]


def _what(tile: Tile, place: int) -> str:
    span = WIDTH**tile.level
    first = (tile.index * WIDTH + place) * span
    return f"entry {first}" if span == 1 else f"entries {first} to {first + span - 1}"
