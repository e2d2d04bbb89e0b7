"""Append: sequenced in the database, integrated into tiles, published as a signed checkpoint.

C2SP tlog-tiles and tlog-checkpoint; the order of the steps is docs/house.md section 4.  Tiles are derived,
so a crash after any step is mended by doing the later steps again on the next start.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from placet.errors import BadRecord, StoreDamaged
from placet.log.files import LogFiles
from placet.log.lock import locked
from placet.log.ports import CheckpointLock, Entries, Published
from placet.log.tree import StoredTree
from placet.record import merkle
from placet.record.checkpoint import Checkpoint, format_checkpoint
from placet.record.entries import Entry
from placet.record.proof import Proof
from placet.record.tiles import WIDTH, Tile, bundle_path, bundles_of, encode_bundle
from placet.signing.keys import Key
from placet.signing.notes import sign_note

__all__ = ["Log", "Submission"]

Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Submission:
    """Signed entries, with the blobs (by SHA-256) and openings (by commitment) that belong to them."""

    entries: tuple[Entry, ...]
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    openings: Mapping[str, bytes] = field(default_factory=dict)


def _no_step(_: str) -> None:
    """Tests interrupt the sequencer here."""


class Log:
    """The one writer of a home.  `admit` judges a submission before it is taken, or raises."""

    def __init__(
        self,
        folder: Path,
        entries: Entries,
        lock: CheckpointLock,
        key: Key,
        origin: str,
        admit: Callable[[Submission], None],
        step: Step = _no_step,
    ) -> None:
        self.files = LogFiles(folder)
        self.tree = StoredTree(self.files)
        self.entries = entries
        self.lock = lock
        self.key = key
        self.origin = origin
        self._admit = admit
        self._step = step
        self._mutex = folder.parent / "log.lock"

    def append(self, submission: Submission) -> list[int]:
        """Take these entries, durably, and return the index of each; a duplicate keeps its first one."""
        with locked(self._mutex):
            self._recover()
            self._admit(submission)
            self._keep(submission)
            self._step("kept")
            indexes = self.entries.sequence(submission.entries)
            self._step("sequenced")
            self._publish()
            return indexes

    def recover(self) -> None:
        """Finish what a crash left undone; nothing to do is the usual case."""
        with locked(self._mutex):
            self._recover()

    def published(self) -> Published:
        """The newest checkpoint; an empty log signs one on its first append."""
        published = self.lock.current()
        return published or Published(0, merkle.EMPTY_ROOT, b"")

    def receipt(self, index: int) -> Proof:
        """The proof that entry `index` is under the newest checkpoint."""
        published = self.published()
        path = merkle.inclusion_path(index, published.size, self.tree.nodes(published.size))
        return Proof(index=index, path=path, checkpoint=published.note)

    def receipts(self, indexes: Iterable[int]) -> list[Proof]:
        return [self.receipt(index) for index in indexes]

    def _keep(self, submission: Submission) -> None:
        """Blobs and openings are on disk before the entries that name them are."""
        for digest, data in submission.blobs.items():
            if hashlib.sha256(data).hexdigest() != digest:
                raise BadRecord(f"blob {digest} does not match its name")
        paths = [(self.files.blob_path(name), data) for name, data in submission.blobs.items()]
        paths += [(self.files.opening_path(name), data) for name, data in submission.openings.items()]
        self.files.write_all(paths)

    def _recover(self) -> None:
        published = self.published()
        if published.size > self.entries.size():
            raise StoreDamaged(
                f"a checkpoint of {published.size} entries was signed, but the database holds"
                f" {self.entries.size()}: entries were lost, and nothing more may be signed"
            )
        if published.size < self.entries.size():
            self._publish()
        elif published.note and self.files.read("checkpoint") != published.note:
            self.files.write("checkpoint", published.note)

    def _publish(self) -> None:
        old, size = self.published(), self.entries.size()
        if size == old.size:
            return
        root = self._integrate(old, size)
        self._step("integrated")
        text = format_checkpoint(Checkpoint(self.origin, size, root))
        new = Published(size, root, sign_note(text, self.key, self.origin))
        self.lock.swap(old.size, new)
        self._step("swapped")
        self.files.write("checkpoint", new.note)
        self._step("published")
        self._sweep(old.size, size)

    def _integrate(self, old: Published, size: int) -> bytes:
        """Write bundles and tiles for `size`, and return its root, grown from the old right edge."""
        frontier = self.tree.frontier(old.size)
        if frontier.root() != old.root:
            raise StoreDamaged(f"the tiles do not give the root that was signed for size {old.size}")
        start = old.size // WIDTH * WIDTH
        data = list(self.entries.read(start, size))
        leaves = [merkle.leaf_hash(entry) for entry in data]
        self.files.write_all(_bundles(data, start, old.size, size))
        self._step("bundled")
        self.files.write_all(self.tree.grow(old.size, size, leaves[old.size - start :]))
        return frontier.extend(leaves[old.size - start :]).root()

    def _sweep(self, old: int, size: int) -> None:
        """Partial tiles and bundles go once the full one is there (tlog-tiles allows it)."""
        for level in range(8):
            tile = (old >> 8 * level) // WIDTH
            if (size >> 8 * level) // WIDTH > tile:
                self.files.remove_folder(Tile(level, tile).path + ".p")
                if level == 0:
                    self.files.remove_folder(bundle_path(tile) + ".p")


def _bundles(data: Sequence[bytes], start: int, old: int, size: int) -> Iterable[tuple[str, bytes]]:
    for index, width in bundles_of(old, size):
        offset = index * WIDTH - start
        yield bundle_path(index, width), encode_bundle(data[offset : offset + width])
