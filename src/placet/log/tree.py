"""The Merkle tree as it lies in tiles: reading any node, and growing by new leaves.

C2SP tlog-tiles; RFC 6962 section 2.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from placet.errors import BadRecord, StoreDamaged
from placet.log.files import LogFiles
from placet.record import merkle
from placet.record.tiles import WIDTH, Tile, bundle_path, decode_bundle, locate, tiles_of

__all__ = ["StoredTree"]

HASH = 32


class StoredTree:
    """Reads tiles from a log's public folder; full tiles never change, partial ones name their width."""

    def __init__(self, files: LogFiles) -> None:
        self.files = files

    def tile(self, tile: Tile) -> bytes:
        """The bytes of a tile; a full tile serves where its partial form is gone."""
        data = self.files.read(tile.path)
        if data is None and tile.width < WIDTH:
            data = self.files.read(Tile(tile.level, tile.index).path)
        if data is None:
            raise StoreDamaged(f"{self.files.folder / tile.path} is missing")
        if len(data) not in (tile.width * HASH, WIDTH * HASH):
            raise StoreDamaged(f"{self.files.folder / tile.path} has {len(data)} bytes")
        return data[: tile.width * HASH]

    def nodes(self, size: int) -> merkle.Nodes:
        """Any complete subtree of the tree of `size`, each tile read and hashed once."""
        trees: dict[Tile, merkle.Tree] = {}

        def node(level: int, index: int) -> bytes:
            tile, start, _ = locate(level, index, size)
            if tile not in trees:
                data = self.tile(tile)
                trees[tile] = merkle.Tree([data[i : i + HASH] for i in range(0, len(data), HASH)])
            return trees[tile].node(level % 8, start >> level % 8)

        return node

    def frontier(self, size: int, within: int = 0) -> merkle.Frontier:
        """The right edge of the tree of `size`, out of the tiles of that tree, or of a later one."""
        node, hashes, done = self.nodes(within or size), list[bytes](), 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                hashes.append(node(level, done >> level))
                done += 1 << level
        return merkle.Frontier(size, tuple(hashes))

    def grow(self, old: int, size: int, leaves: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
        """The tiles to write when `leaves` are appended to the tree of `old`, lowest level first."""
        grown: dict[int, tuple[int, bytes]] = {}
        for tile in tiles_of(old, size):
            if tile.level not in grown:
                grown[tile.level] = self._level(tile.level, old, leaves if tile.level == 0 else None, grown)
            first, data = grown[tile.level]
            start = (tile.index * WIDTH - first) * HASH
            yield tile.path, data[start : start + tile.width * HASH]

    def _level(
        self, level: int, old: int, leaves: Sequence[bytes] | None, grown: dict[int, tuple[int, bytes]]
    ) -> tuple[int, bytes]:
        """All hashes of a level from the start of its last partial tile on: (first index, bytes)."""
        count = old >> 8 * level
        first, width = count // WIDTH * WIDTH, count % WIDTH
        kept = self.tile(Tile(level, count // WIDTH, width)) if width else b""
        if leaves is None:
            leaves = list(_parents(count, *grown[level - 1]))
        return first, kept + b"".join(leaves)

    def bundle(self, index: int, width: int) -> tuple[bytes, ...]:
        """The entries of one bundle; a full bundle serves where its partial form is gone."""
        for path, held in ((bundle_path(index, width), width), (bundle_path(index), WIDTH)):
            data = self.files.read(path)
            if data is not None:
                return self._entries(path, data, held)[:width]
        raise StoreDamaged(f"{self.files.folder / bundle_path(index, width)} is missing")

    def _entries(self, path: str, data: bytes, width: int) -> tuple[bytes, ...]:
        try:
            return decode_bundle(data, width)
        except BadRecord as error:
            raise StoreDamaged(f"{self.files.folder / path}: {error}") from error

    def entries(self, size: int) -> Iterator[bytes]:
        """Every entry of the log of `size`, in order, out of its bundles."""
        for index in range(-(-size // WIDTH)):
            yield from self.bundle(index, min(WIDTH, size - index * WIDTH))


def _parents(count: int, first: int, below: bytes) -> Iterator[bytes]:
    """The roots of the tiles of the level below that have become full, from number `count` on."""
    span = WIDTH * HASH
    for tile in range(count, (first + len(below) // HASH) // WIDTH):
        data = below[(tile * WIDTH - first) * HASH :][:span]
        yield merkle.root([data[i : i + HASH] for i in range(0, span, HASH)])
