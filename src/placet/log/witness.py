"""A witness: it cosigns that a log's tree only grew, and remembers the largest tree of each log that it cosigned.

Source: C2SP tlog-witness and tlog-cosignature (state of 2026-07-22).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from placet.errors import BadRecord, PlacetError, StoreDamaged, VerificationFailed
from placet.log.files import LogFiles
from placet.log.lock import locked
from placet.record.add_checkpoint import SIZE_TYPE, AddCheckpoint, format_size, parse_add_checkpoint
from placet.record.checkpoint import Checkpoint, parse_checkpoint
from placet.record.merkle import EMPTY_ROOT, verify_consistency
from placet.record.notes import Note, Signature, Vkey, format_note, open_note, parse_note
from placet.signing.notes import Cosigner, cosigned_at, verifier_of

__all__ = ["STEPS", "Answer", "FileSeen", "Seen", "Witness", "judge", "place_of"]

Step = Callable[[str], None]

# Where a crash can leave a request; each is named to a test's `step` when it has been reached.
STEPS = ("judged", "cosigned", "locked", "swapped")

_PLAIN = "text/plain; charset=utf-8"
_Kept = tuple[Checkpoint, int]


class Seen(Protocol):
    """The newest checkpoint that was cosigned of each log, as a note.

    `swap` is durable and atomic, between threads and between processes: it replaces what is there only if that
    still is `old`, byte for byte, and says whether it did. It is what keeps a smaller tree, or a second root for
    one size, from being cosigned.
    """

    def read(self, origin: str) -> bytes | None: ...

    def swap(self, origin: str, old: bytes | None, new: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: an HTTP status, a body and its type."""

    status: int
    body: bytes
    media_type: str = _PLAIN


def _no_step(_: str) -> None:
    """Tests kill the witness here."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Answers `add-checkpoint` for the logs it knows: each origin with the keys that sign for it.

    `now` gives POSIX seconds; a clock that went back never makes a cosignature older than the one before.
    """

    cosigner: Cosigner
    logs: Mapping[str, Sequence[Vkey]]
    seen: Seen
    now: Callable[[], int]
    step: Step = _no_step

    def add_checkpoint(self, body: bytes) -> Answer:
        """The answer to one request; nothing is cosigned unless it was kept first."""
        try:
            request = parse_add_checkpoint(body)
        except BadRecord as error:
            return _refusal(400, str(error))
        if request.checkpoint.origin not in self.logs:
            return _refusal(404, "the log is unknown here")
        try:
            signatures = open_note(request.signed, [verifier_of(vkey) for vkey in self.logs[request.checkpoint.origin]])
        except VerificationFailed as error:
            return _refusal(403, str(error))
        while True:  # ends: each round that is not the last found that somebody else's swap had succeeded
            answer = self._advance(request, signatures)
            if answer is not None:
                return answer

    def latest(self, place: str) -> bytes | None:
        """The newest cosigned checkpoint of the log that is kept at this place: what monitors read."""
        origin = next((each for each in self.logs if place_of(each) == place), None)
        return None if origin is None else self.seen.read(origin)

    def _advance(self, request: AddCheckpoint, signatures: tuple[Signature, ...]) -> Answer | None:
        """One try; None when another checkpoint of the log was kept meanwhile."""
        new = request.checkpoint
        old = self.seen.read(new.origin)
        kept, time = self._kept(new.origin, old)
        refusal = judge(request, kept)
        self.step("judged")
        if refusal is not None:
            return refusal
        line = self.cosigner.sign(request.signed.text, max(self.now(), time))
        self.step("cosigned")
        note = format_note(Note(request.signed.text, (*signatures, line)))
        if not self.seen.swap(new.origin, old, note):
            return None
        self.step("swapped")
        return Answer(200, str(line).encode())

    def _kept(self, origin: str, note: bytes | None) -> _Kept:
        """The checkpoint that was cosigned last, and when; what this key did not cosign is not believed."""
        if note is None:
            return Checkpoint(origin, 0, EMPTY_ROOT), 0
        try:
            parsed = parse_note(note)
            checkpoint = parse_checkpoint(parsed.text)
            (own,) = open_note(parsed, [verifier_of(self.cosigner.vkey)])
        except PlacetError as error:
            raise StoreDamaged(
                f"the checkpoint kept of the log {origin} is not one that was cosigned: {error}"
            ) from error
        if checkpoint.origin != origin:
            raise StoreDamaged(f"the checkpoint kept of the log {origin} is that of {checkpoint.origin}")
        return checkpoint, cosigned_at(own)


def judge(request: AddCheckpoint, kept: Checkpoint) -> Answer | None:
    """Why a checkpoint is not cosigned after the one that was kept; None when it is, its signature being good."""
    new = request.checkpoint
    if request.old > new.size:
        return _refusal(400, f"the old size {request.old} is larger than the checkpoint's {new.size}")
    if request.old != kept.size:
        return Answer(409, format_size(kept.size), SIZE_TYPE)
    try:
        verify_consistency(kept.size, new.size, request.path, kept.root, new.root)
    except VerificationFailed as error:
        return _refusal(422, str(error))
    return None


class FileSeen:
    """`Seen` in a folder that a web server can show to monitors: `<hex SHA-256 of the origin>/checkpoint`.

    One lock file keeps threads and processes apart, and dies with its process.
    """

    def __init__(self, folder: Path, step: Step = _no_step) -> None:
        self._files = LogFiles(folder)
        self._mutex = folder.parent / f"{folder.name}.lock"
        self._step = step

    def read(self, origin: str) -> bytes | None:
        return self._files.read(f"{place_of(origin)}/checkpoint")

    def swap(self, origin: str, old: bytes | None, new: bytes) -> bool:
        with locked(self._mutex):
            self._step("locked")
            if self.read(origin) != old:
                return False
            self._files.clear()
            self._files.write(f"{place_of(origin)}/checkpoint", new)
            return True


def place_of(origin: str) -> str:
    """The name under which the monitoring side of a witness shows a log."""
    return hashlib.sha256(origin.encode()).hexdigest()


def _refusal(status: int, sentence: str) -> Answer:
    return Answer(status, f"{sentence}\n".encode())
