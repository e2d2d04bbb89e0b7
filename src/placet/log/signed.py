"""A log's tree as somebody else serves it: no hash and no entry is given out before it is checked under a checkpoint.

C2SP tlog-tiles.  The tiles at the right edge must give the signed root; every full tile must give its hash in the
tile above it; every entry must have its hash in a tile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from placet.errors import BadRecord, Refused, StoreDamaged, VerificationFailed
from placet.log.files import MOST_FILE, LogFiles, read_plain
from placet.log.tree import StoredTree
from placet.record import merkle
from placet.record.checkpoint import Checkpoint
from placet.record.tiles import MAX_ENTRY, WIDTH, Tile, bundle_path, decode_bundle, locate

__all__ = ["MOST_BLOB", "FolderSource", "SignedTree", "Source"]

HASH = merkle.HASH_SIZE
MOST_BLOB = MOST_FILE
_KEPT = 300  # tiles in memory, 8 KiB each


class Source(Protocol):
    """A log's public files by their paths: whole bytes, or None where there is no such file.

    Refused says why there is no answer; a file of more than `most` bytes is one.  `name` is for people.
    """

    @property
    def name(self) -> str: ...

    def read(self, path: str, most: int) -> bytes | None: ...


class FolderSource:
    """`Source` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = str(folder)

    def read(self, path: str, most: int) -> bytes | None:
        file = self._folder / path
        try:
            return None if file.is_dir() else read_plain(file, most)
        except StoreDamaged as error:
            raise Refused(str(error)) from error
        except OSError as error:
            raise Refused(f"{file} cannot be read: {error.strerror or error}") from error


class SignedTree(StoredTree):
    """The tree of one checkpoint, out of `files` where they have it, else out of `source`.

    VerificationFailed names the file of the source that does not hold what the checkpoint signs.
    """

    def __init__(self, files: LogFiles, source: Source, checkpoint: Checkpoint) -> None:
        super().__init__(files)
        self.source = source
        self.size = checkpoint.size
        self._edge = self._right_edge(checkpoint)
        self._full = lru_cache(_KEPT)(self._checked)

    def tile(self, tile: Tile) -> bytes:
        if tile.width == WIDTH:
            return self._full(tile)
        data = self._edge[tile.level]
        if tile != Tile(tile.level, self._count(tile.level) // WIDTH, len(data) // HASH):
            raise VerificationFailed(f"{tile.path} is not of a tree of {self.size} entries")
        return data

    def bundle(self, index: int, width: int) -> tuple[bytes, ...]:
        """The entries of one bundle, each hashed and compared."""
        due = self.tile(Tile(0, index, width))
        most = width * (MAX_ENTRY + 2)
        for data, held in self._found(bundle_path(index, width), bundle_path(index), width, most):
            try:
                entries = decode_bundle(data, held)[:width]
            except BadRecord:
                continue
            if b"".join(map(merkle.leaf_hash, entries)) == due:
                return entries
        raise self._fault(bundle_path(index, width))

    def blob(self, digest: str) -> bytes | None:
        """The blob of that name out of the source, None where it is withheld; VerificationFailed when it is another."""
        path = self.files.blob_path(digest)
        data = self.source.read(path, MOST_BLOB)
        if data is not None and hashlib.sha256(data).hexdigest() != digest:
            raise VerificationFailed(f"{path} of {self.source.name} does not match its name")
        return data

    def _count(self, level: int) -> int:
        return self.size >> 8 * level

    def _right_edge(self, checkpoint: Checkpoint) -> dict[int, bytes]:
        """The partial tile of each level; together they hold every subtree that the root is made of."""
        edge, hashes, level = dict[int, bytes](), list[tuple[bytes, ...]](), 0
        while self._count(level):
            index, width = divmod(self._count(level), WIDTH)
            if width:
                edge[level] = self._partial(Tile(level, index, width))
                hashes.append(_subtrees(edge[level]))
            level += 1
        root = merkle.Frontier(self.size, tuple(h for level in reversed(hashes) for h in level)).root()
        if root != checkpoint.root:
            raise VerificationFailed(
                f"the tiles of {self.source.name} do not give the root that the log {checkpoint.origin} signed for"
                f" {self.size} entries"
            )
        return edge

    def _partial(self, tile: Tile) -> bytes:
        for path, width in ((tile.path, tile.width), (Tile(tile.level, tile.index).path, WIDTH)):
            data = self.source.read(path, WIDTH * HASH)
            if data is not None and len(data) == width * HASH:
                return data[: tile.width * HASH]
        raise self._fault(tile.path)

    def _checked(self, tile: Tile) -> bytes:
        above, start, _ = locate(8 * (tile.level + 1), tile.index, self.size)
        due = self.tile(above)[start * HASH :][:HASH]
        for data, _ in self._found(tile.path, tile.path, WIDTH, WIDTH * HASH):
            if len(data) == WIDTH * HASH and merkle.root(_split(data)) == due:
                return data
        raise self._fault(tile.path)

    def _found(self, path: str, whole: str, width: int, most: int) -> Iterator[tuple[bytes, int]]:
        """Everything that may be this file, with how many items it should hold: what is here already comes first."""
        for place, held in dict.fromkeys(((path, width), (whole, WIDTH))):
            if (data := self.files.read(place)) is not None:
                yield data, held
        for place, held in dict.fromkeys(((path, width), (whole, WIDTH))):
            if (data := self.source.read(place, most * WIDTH // width)) is not None:
                yield data, held

    def _fault(self, path: str) -> VerificationFailed:
        return VerificationFailed(
            f"{self.source.name} does not have {path} as the log signed it: it is missing, or was changed"
        )


def _split(data: bytes) -> list[bytes]:
    return [data[i : i + HASH] for i in range(0, len(data), HASH)]


def _subtrees(data: bytes) -> tuple[bytes, ...]:
    """The largest complete subtrees over these hashes, left to right."""
    return merkle.Frontier.EMPTY.extend(_split(data)).hashes
