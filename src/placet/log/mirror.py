"""A full copy of somebody else's log, every byte checked under a signed checkpoint before it is kept.

C2SP tlog-tiles.  Tiles, entries, blobs and openings are there before the checkpoint that promises them is, so that
whoever reads the mirror, and whoever goes on after a crash, finds a whole log of some size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from placet.errors import BadInput, Rollback, StoreDamaged, VerificationFailed
from placet.log.files import LogFiles, shred
from placet.log.lock import locked
from placet.log.signed import SignedTree, Source
from placet.record.checkpoint import Checkpoint, parse_checkpoint
from placet.record.entries import Entry, parse_entry
from placet.record.merkle import consistency_path, verify_consistency
from placet.record.notes import parse_note
from placet.record.policy import Policy
from placet.record.tiles import WIDTH, Tile, bundle_path, encode_bundle, tiles_of
from placet.signing.sealing import is_sealed, parse_sealed
from placet.signing.trust import verify_checkpoint

__all__ = [
    "MIRROR_STEPS",
    "MOST_NOTE",
    "Beside",
    "Copied",
    "Mirror",
    "need_checkpoint",
    "refuse_step_back",
    "signed_by",
]

MOST_NOTE = 1 << 20
MOST_OPENING = 1 << 16
MIRROR_STEPS = ("judged", "part", "beside", "tiles", "shown")  # where a crash can leave it; told to a test's `step`
_PART = 128  # bundles written together

# (kind, name) of all that lies beside the tiles for an entry: kind is "blob" or "opening".
Beside = Callable[[Entry, Callable[[str], bytes | None]], Iterable[tuple[str, str]]]


def _no_step(_: str) -> None:
    """Tests interrupt the mirror here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """`withheld` names what the source does not have, which is no fault; `wrong` says what it has and should not."""

    checkpoint: Checkpoint
    before: int
    witnesses: tuple[str, ...]
    withheld: tuple[str, ...]
    wrong: tuple[str, ...]
    unopened: int


@dataclass(slots=True)
class _Tally:
    withheld: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unopened: int = 0


class Mirror:
    """The one writer of a mirror's folder.  `check_opening` raises when bytes do not open the commitment of a name."""

    def __init__(
        self,
        files: LogFiles,
        source: Source,
        beside: Beside,
        check_opening: Callable[[bytes, str], object],
        step: Callable[[str], None] = _no_step,
    ) -> None:
        self.files = files
        self.source = source
        self._beside = beside
        self._check_opening = check_opening
        self._step = step

    def copy(
        self,
        note: bytes,
        policy: Callable[[str], Policy | None],
        judge: Callable[[Checkpoint, SignedTree], None],
        progress: Callable[[range], Iterable[int]] = lambda bundles: bundles,
        *,
        again: bool = False,
    ) -> Copied:
        """Bring the mirror to `note`, the source's checkpoint; Rollback when that goes back or shows another history.

        `judge` sees the checkpoint and its tree before anything is written.  With `again` nothing that is here is
        taken for granted, and what was withheld is asked for again.
        """
        checkpoint, signers = signed_by(note, policy)
        with locked(self.files.folder / ".lock"):
            self.files.clear()
            tree = SignedTree(self.files, self.source, checkpoint)
            before = self._shown(policy)
            refuse_step_back(before, checkpoint, tree, f"the mirror in {self.files.folder}", self.source.name)
            judge(checkpoint, tree)
            self._step("judged")
            old, tally = before.size if before else 0, _Tally()
            self._bundles(tree, 0 if again else old, tally, progress)
            self._show(tree, note, old)
        return Copied(
            checkpoint=checkpoint,
            before=old,
            witnesses=signers[1:],
            withheld=tuple(tally.withheld),
            wrong=tuple(tally.wrong),
            unopened=tally.unopened,
        )

    def _shown(self, policy: Callable[[str], Policy | None]) -> Checkpoint | None:
        note = self.files.read("checkpoint")
        return signed_by(note, policy)[0] if note else None

    def _bundles(self, tree: SignedTree, old: int, tally: _Tally, progress: Callable[[range], Iterable[int]]) -> None:
        part: list[tuple[str, bytes]] = []
        for index in progress(range(old // WIDTH, -(-tree.size // WIDTH))):
            width = min(WIDTH, tree.size - index * WIDTH)
            entries, tile = tree.bundle(index, width), Tile(0, index, width)
            part += [(tile.path, tree.tile(tile)), (bundle_path(index, width), encode_bundle(entries))]
            self._keep_beside(tree, index * WIDTH, entries, tally)
            if len(part) >= 2 * _PART:
                self._write(part)
                part.clear()
        self._write(part)

    def _write(self, part: list[tuple[str, bytes]]) -> None:
        new = [(path, data) for path, data in part if self.files.read(path) != data]
        if new:
            self.files.write_all(new)
        self._step("part")

    def _keep_beside(self, tree: SignedTree, start: int, entries: tuple[bytes, ...], tally: _Tally) -> None:
        new = list[tuple[str, bytes]]()
        for index, data in enumerate(entries, start):
            new += self._of_entry(tree, index, data, tally)
        if new:
            self.files.write_all(dict(new).items())
            self._step("beside")
        for path in filter(None, map(self._erased, entries)):
            shred(self.files.folder / path)

    def _erased(self, data: bytes) -> str:
        """The opening that this entry says was erased: a mirror forgets it too."""
        with suppress(BadInput):
            entry = parse_entry(data)
            if entry.type == "erasure.note" and entry.body["kind"] == "opening":
                return self.files.opening_path(entry.body["digest"])
        return ""

    def _of_entry(self, tree: SignedTree, index: int, data: bytes, tally: _Tally) -> Iterator[tuple[str, bytes]]:
        try:
            entry = parse_entry(data)
            blobs = _Blobs(self.files, tree)
            for kind, name in self._beside(entry, blobs.read):
                if kind == "blob":
                    if blobs.read(name) is None:
                        tally.withheld.append(f"blob {name} of entry {index}")
                else:
                    yield from self._opening(name, tally)
            yield from blobs.new.items()
        except (BadInput, VerificationFailed, StoreDamaged) as error:
            tally.wrong.append(f"entry {index}: {error}")

    def _opening(self, name: str, tally: _Tally) -> Iterator[tuple[str, bytes]]:
        path = self.files.opening_path(name)
        if self.files.read(path) is not None:
            return
        data = self.source.read(path, MOST_OPENING)
        if data is None:
            tally.unopened += 1
            return
        if is_sealed(data):  # its key stays with whoever sealed it
            parse_sealed(data)
            tally.unopened += 1
        else:
            self._check_opening(data, name)
        yield path, data

    def _show(self, tree: SignedTree, note: bytes, old: int) -> None:
        """The upper tiles, then the checkpoint, then away with partial files of which the whole is there."""
        self._write([(tile.path, tree.tile(tile)) for tile in tiles_of(0, tree.size) if tile.level])
        self._step("tiles")
        if self.files.read("checkpoint") != note:
            self.files.write("checkpoint", note)
        self._step("shown")
        for level in range(8):
            tile = (old >> 8 * level) // WIDTH
            if (tree.size >> 8 * level) // WIDTH > tile:
                self.files.remove_folder(Tile(level, tile).path + ".p")
                if level == 0:
                    self.files.remove_folder(bundle_path(tile) + ".p")


class _Blobs:
    """The blobs of one entry: those that are here, and those that came from the source and are to be written."""

    def __init__(self, files: LogFiles, tree: SignedTree) -> None:
        self._files = files
        self._tree = tree
        self._known: dict[str, bytes | None] = {}
        self.new: dict[str, bytes] = {}

    def read(self, digest: str) -> bytes | None:
        if digest not in self._known:
            self._known[digest] = self._find(digest)
        return self._known[digest]

    def _find(self, digest: str) -> bytes | None:
        try:
            here = self._files.blob(digest)
        except StoreDamaged:
            here = None  # taken from the source again
        if here is not None:
            return here
        data = self._tree.blob(digest)
        if data is not None:
            self.new[self._files.blob_path(digest)] = data
        return data


def need_checkpoint(source: Source) -> bytes:
    """The note that a source shows; VerificationFailed where it shows none."""
    note = source.read("checkpoint", MOST_NOTE)
    if note is None:
        raise VerificationFailed(f"{source.name} has no checkpoint: it is not the public folder of a log")
    return note


def signed_by(note: bytes, policy: Callable[[str], Policy | None]) -> tuple[Checkpoint, tuple[str, ...]]:
    """The checkpoint that a log of the reader's policy signed, and who signed it."""
    try:
        origin = parse_checkpoint(parse_note(note).text).origin
    except BadInput as error:
        raise VerificationFailed(f"this is no signed checkpoint: {error}") from error
    return verify_checkpoint(note, policy(origin))


def refuse_step_back(seen: Checkpoint | None, new: Checkpoint, tree: SignedTree, here: str, there: str) -> None:
    """Rollback names both trees, unless the new one begins with the one that is here."""
    if seen is None:
        return
    both = f"{here} holds {_named(seen)}, and {there} shows {_named(new)}"
    if seen.origin != new.origin:
        raise Rollback(f"{here} is of the log {seen.origin}, and {there} of the log {new.origin}: these are two logs")
    if new.size < seen.size:
        raise Rollback(f"{both}: it is an old copy, or entries were taken out; a log only grows, and nothing was kept")
    path = consistency_path(seen.size, new.size, tree.nodes(new.size)) if new.size > seen.size else ()
    try:
        verify_consistency(seen.size, new.size, path, seen.root, new.root)
    except VerificationFailed as error:
        raise Rollback(f"{both}: the log {new.origin} signed two histories, and nothing was kept") from error


def _named(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.size} entries under root {checkpoint.root.hex()[:16]}"
