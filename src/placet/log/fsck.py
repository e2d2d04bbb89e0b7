"""Checking a log's public folder from nothing but its own bytes: the first thing wrong is named.

Order: the checkpoint's signature, every entry's form, speaker and chain, every tile, the root, the blobs and
openings.  What is withheld is listed, and is not a fault (docs/house.md section 4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from placet.errors import PlacetError, StoreDamaged
from placet.log.files import LogFiles
from placet.log.tree import StoredTree
from placet.record import merkle
from placet.record.checkpoint import Checkpoint
from placet.record.entries import Entry, parse_entry
from placet.record.policy import Policy
from placet.record.tiles import WIDTH, tiles_of
from placet.signing.trust import verify_checkpoint

__all__ = ["Sound", "check_log", "read_entries"]

HASH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A log whose every hash was computed anew; `withheld` names blobs and openings that are not there."""

    checkpoint: Checkpoint
    entries: tuple[Entry, ...]
    withheld: tuple[str, ...]


def check_log(folder: Path, policy: Policy | None, check_entry: Callable[[Entry], None]) -> Sound:
    """Recompute everything; StoreDamaged or a VerificationFailed names the first thing that is wrong."""
    files = LogFiles(folder)
    tree = StoredTree(files)
    checkpoint, _ = verify_checkpoint(files.need("checkpoint"), policy)
    entries = tuple(read_entries(tree, checkpoint.size))
    _check_chain(entries, check_entry)
    _check_tiles(tree, [entry.leaf for entry in entries], checkpoint)
    return Sound(checkpoint=checkpoint, entries=entries, withheld=tuple(_withheld(files, entries)))


def read_entries(tree: StoredTree, size: int) -> Iterator[Entry]:
    """Every entry out of the bundles, parsed."""
    for index, data in enumerate(tree.entries(size)):
        try:
            yield parse_entry(data)
        except PlacetError as error:
            raise StoreDamaged(f"entry {index} cannot be read: {error}") from error


def _check_chain(entries: tuple[Entry, ...], check_entry: Callable[[Entry], None]) -> None:
    newest: dict[str, str] = {}
    for index, entry in enumerate(entries):
        try:
            check_entry(entry)
        except PlacetError as error:
            raise StoreDamaged(f"entry {index}: {error}") from error
        if entry.prev != newest.get(entry.by, ""):
            raise StoreDamaged(f"entry {index} does not follow the newest entry of its key: one is missing or moved")
        newest[entry.by] = entry.id


def _check_tiles(tree: StoredTree, leaves: list[bytes], checkpoint: Checkpoint) -> None:
    """Compare every tile with one computed from the entries, then the root with the signed one."""
    level = leaves
    wanted: list[list[bytes]] = []
    while level:
        wanted.append(level)
        full = len(level) // WIDTH
        level = [merkle.root(level[i * WIDTH : (i + 1) * WIDTH]) for i in range(full)]
    for tile in tiles_of(0, checkpoint.size):
        start = tile.index * WIDTH
        if tree.tile(tile) != b"".join(wanted[tile.level][start : start + tile.width]):
            raise StoreDamaged(f"{tree.files.folder / tile.path} does not hold the hashes of the entries under it")
    if merkle.root(leaves) != checkpoint.root:
        raise StoreDamaged(f"the {checkpoint.size} entries do not give the root that was signed")


def _withheld(files: LogFiles, entries: tuple[Entry, ...]) -> Iterator[str]:
    for index, entry in enumerate(entries):
        names = [entry.body[name] for name in ("blob", "terms") if entry.body.get(name)]
        for digest in names:
            data = files.read(files.blob_path(digest))
            if data is None:
                yield f"blob {digest} of entry {index}"
            elif hashlib.sha256(data).hexdigest() != digest:
                raise StoreDamaged(f"entry {index}: blob {digest} does not match its name")
