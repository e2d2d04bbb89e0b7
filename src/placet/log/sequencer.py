"""Append: sequenced in the database, integrated into tiles, published as a signed checkpoint.

C2SP tlog-tiles and tlog-checkpoint; the order of the steps is docs/house.md section 4.  Tiles are derived,
so a crash after any step is mended by doing the later steps again on the next start.  Witnesses are asked
(C2SP tlog-witness) once the row is swapped: they never see a checkpoint that a crash could take back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from placet.errors import BadRecord, Refused, StoreDamaged
from placet.log.files import LogFiles
from placet.log.lock import locked
from placet.log.ports import CheckpointLock, Cosign, Entries, Published
from placet.log.tree import StoredTree
from placet.record import merkle
from placet.record.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from placet.record.entries import Entry
from placet.record.notes import parse_note
from placet.record.proof import Proof
from placet.record.tiles import WIDTH, Tile, bundle_path, bundles_of, encode_bundle
from placet.signing.keys import Key
from placet.signing.notes import sign_note

__all__ = ["STEPS", "Log", "Submission"]

Step = Callable[[str], None]

# Where a crash can leave an append; each is named to a test's `step` when it has been reached.
STEPS = ("admitted", "kept", "sequenced", "bundled", "integrated", "signed", "swapped", "witnessed", "published")


@dataclass(frozen=True, slots=True)
class Submission:
    """Signed entries, with the blobs (by SHA-256) and openings (by commitment) that belong to them.

    `private` are the openings that their maker keeps: the log never touches them.
    """

    entries: tuple[Entry, ...]
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    openings: Mapping[str, bytes] = field(default_factory=dict)
    private: Mapping[str, bytes] = field(default_factory=dict)


def _no_step(_: str) -> None:
    """Tests interrupt the sequencer here."""


def _open(submission: Submission) -> Mapping[str, bytes]:
    """A log without a vault."""
    return submission.openings


def _alone(published: Published, _: int, __: merkle.Nodes) -> Published:
    """A log without witnesses."""
    return published


class Log:
    """The one writer of a home.  `admit` judges a submission before it is taken, or raises.

    Nothing is remembered between calls: another process may append in between.  A submission that was made
    before such an append, by the same key, is refused with a sentence, and has to be made again.
    """

    def __init__(
        self,
        folder: Path,
        entries: Entries,
        lock: CheckpointLock,
        key: Key,
        origin: str,
        admit: Callable[[Submission], None],
        step: Step = _no_step,
        cosign: Cosign = _alone,
        seal: Callable[[Submission], Mapping[str, bytes]] = _open,
    ) -> None:
        self.files = LogFiles(folder)
        self.tree = StoredTree(self.files)
        self.entries = entries
        self.lock = lock
        self.key = key
        self.origin = origin
        self._admit = admit
        self._step = step
        self._cosign = cosign
        self._seal = seal
        self._mutex = folder.parent / "log.lock"

    def append(self, submission: Submission) -> list[int]:
        """Take these entries, durably, and return the index of each; a duplicate keeps its first one."""
        self._check(submission)
        with locked(self._mutex):
            self._recover()
            self._admit(submission)
            self._step("admitted")
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

    def renew(self) -> None:
        """Ask witnesses that have not cosigned the newest checkpoint yet, and show what they answer."""
        with locked(self._mutex):
            self._recover()
            published = self.published()
            if published.note:
                self._show(published, published.size)

    def published(self) -> Published:
        """The newest checkpoint; an empty log signs one on its first append."""
        published = self.lock.current()
        return published or Published(0, merkle.EMPTY_ROOT, b"")

    def receipt(self, index: int) -> Proof:
        """The proof that entry `index` is under the newest checkpoint."""
        return self.receipts([index])[0]

    def receipts(self, indexes: Iterable[int]) -> list[Proof]:
        """The proofs of several entries, all under one checkpoint."""
        published = self.published()
        size, node = published.size, self.tree.nodes(published.size)
        return [
            Proof(index=index, path=merkle.inclusion_path(index, size, node), checkpoint=published.note)
            for index in indexes
        ]

    def _check(self, submission: Submission) -> None:
        for digest, data in submission.blobs.items():
            if hashlib.sha256(data).hexdigest() != digest:
                raise BadRecord(f"blob {digest[:64]} does not match its name")
        for name in submission.openings:
            if not re.fullmatch("[0-9a-f]{64}", name):
                raise BadRecord(f"{name[:64]!r} is not the name of an opening")
        own = self.key.public.hex()
        if any(e.type == "key.add" and e.body["role"] == "log" and e.by != own for e in submission.entries):
            raise Refused("a log has one key, its own: no other enters the record in that role")

    def _keep(self, submission: Submission) -> None:
        """Blobs and openings are on disk before the entries that name them are.

        The first opening stays: it also holds a consent, which a submission does not change.
        """
        blobs = ((self.files.blob_path(name), data) for name, data in submission.blobs.items())
        openings = ((self.files.opening_path(name), data) for name, data in self._seal(submission).items())
        new = [(path, data) for path, data in blobs if self.files.read(path) != data]
        new += [(path, data) for path, data in openings if self.files.read(path) is None]
        if new:
            self.files.write_all(new)

    def _recover(self) -> None:
        self.files.clear()
        published, size = self.published(), self.entries.size()
        if published.size > size:
            raise StoreDamaged(
                f"a checkpoint of {published.size} entries was signed, but the database holds"
                f" {size}: entries were lost, and nothing more may be signed"
            )
        shown = self.files.read("checkpoint")
        if shown is not None and shown != published.note:
            self._refuse_fork(shown, published)
        if shown != published.note and self.tree.frontier(published.size).root() != published.root:
            raise StoreDamaged(f"the tiles do not give the root that was signed for size {published.size}")
        if published.size < size:
            self._publish()
        elif published.note and shown != published.note:
            self._show(published, published.size)

    def _refuse_fork(self, note: bytes, published: Published) -> None:
        """The file follows the database's row; where it is ahead of it, the database is an old copy."""
        try:
            shown = parse_checkpoint(parse_note(note).text)
        except BadRecord:
            return  # written anew from the row
        if shown.origin != self.origin:
            raise StoreDamaged(f"{self.files.folder} holds the log {shown.origin}, and this key signs {self.origin}")
        if shown.size > published.size or (shown.size == published.size and shown.root != published.root):
            raise StoreDamaged(
                f"{self.files.folder / 'checkpoint'} speaks of {shown.size} entries, and the database of"
                f" {published.size}: the database is an old or another copy, and nothing more may be signed"
            )

    def _publish(self) -> None:
        old, size = self.published(), self.entries.size()
        if size == old.size:
            return
        root = self._integrate(old, size)
        self._step("integrated")
        text = format_checkpoint(Checkpoint(self.origin, size, root))
        new = Published(size, root, sign_note(text, self.key, self.origin))
        self._step("signed")
        self.lock.swap(old.size, new)
        self._step("swapped")
        self._show(new, old.size)
        self._sweep(old.size, size)

    def _show(self, published: Published, seen: int) -> None:
        """Put a checkpoint whose row is swapped where everybody reads it, with its witnesses' cosignatures."""
        cosigned = self._cosign(published, seen, self.tree.nodes(published.size))
        if cosigned.note != published.note:
            self.lock.swap(published.size, cosigned)
        self._step("witnessed")
        self.files.write("checkpoint", cosigned.note)
        self._step("published")

    def _integrate(self, old: Published, size: int) -> bytes:
        """Write bundles and tiles for `size`, and return its root, grown from the old right edge."""
        frontier = self.tree.frontier(old.size)
        if frontier.root() != old.root:
            raise StoreDamaged(f"the tiles do not give the root that was signed for size {old.size}")
        start = old.size // WIDTH * WIDTH
        data = list(self.entries.read(start, size))
        leaves = [merkle.leaf_hash(entry) for entry in data[old.size - start :]]
        self.files.write_all(_bundles(data, start, old.size, size))
        self._step("bundled")
        self.files.write_all(self.tree.grow(old.size, size, leaves))
        return frontier.extend(leaves).root()

    def _sweep(self, old: int, size: int) -> None:
        """Partial tiles and bundles go once the full one is there (tlog-tiles allows it)."""
        for level in range(8):
            tile = (old >> 8 * level) // WIDTH
            if (size >> 8 * level) // WIDTH > tile:
                self.files.remove_folder(Tile(level, tile).path + ".p")
                if level == 0:
                    self.files.remove_folder(bundle_path(tile) + ".p")


def _bundles(data: Sequence[bytes], start: int, old: int, size: int) -> Iterator[tuple[str, bytes]]:
    for index, width in bundles_of(old, size):
        offset = index * WIDTH - start
        yield bundle_path(index, width), encode_bundle(data[offset : offset + width])
