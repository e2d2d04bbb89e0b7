"""The largest checkpoint seen of each log: what is smaller, or contradicts it, is a rollback.

C2SP tlog-checkpoint says what a checkpoint claims; remembering it is what makes a lie visible the second time.
"""

from __future__ import annotations

import hashlib
from typing import Protocol

from placet.errors import Rollback, VerificationFailed
from placet.record.checkpoint import Checkpoint, parse_checkpoint
from placet.record.merkle import Nodes, consistency_path, verify_consistency
from placet.record.notes import parse_note
from placet.record.split_view import SplitView, format_split_view

__all__ = ["Memory", "convict", "recall", "remember_checkpoint"]


class Memory(Protocol):
    """A few small files by name; `write` is whole or nothing, and durable when it returns."""

    def read(self, path: str) -> bytes | None: ...

    def write(self, path: str, data: bytes) -> None: ...


def recall(memory: Memory, origin: str) -> Checkpoint | None:
    """The largest checkpoint that was seen of this log; Rollback for one that was seen to tell two histories."""
    if memory.read(_name(origin, "split-view")) is not None:
        raise Rollback(
            f"the log {origin} told two histories, as {_name(origin, 'split-view')} among what was seen here shows:"
            " nothing that it says is believed; whoever takes that file away believes it again"
        )
    note = memory.read(_name(origin))
    return parse_checkpoint(parse_note(note).text) if note else None


def remember_checkpoint(memory: Memory, note: bytes, nodes: Nodes | None = None) -> None:
    """Keep a checkpoint that the caller has verified; Rollback when it takes back what was seen before.

    With `nodes`, the log's tree at this size, a larger one must also begin with the tree that was seen.
    """
    new = parse_checkpoint(parse_note(note).text)
    seen = recall(memory, new.origin)
    if seen is None:
        memory.write(_name(new.origin), note)
        return
    if new.size < seen.size:
        raise Rollback(
            f"the log {new.origin} had {seen.size} entries when it was last seen here, and shows {new.size} now:"
            " this is an old copy of it, or entries were taken out"
        )
    if new.size == seen.size and new.root != seen.root:
        raise Rollback(f"the log {new.origin} showed another tree of {seen.size} entries when it was last seen here")
    if new.size > seen.size:
        _continues(seen, new, nodes)
        memory.write(_name(new.origin), note)


def convict(memory: Memory, view: SplitView) -> None:
    """Keep a verified split view whose signatures were believed: the log's own words against it."""
    memory.write(_name(view.checkpoints[0].origin, "split-view"), format_split_view(view))


def _continues(seen: Checkpoint, new: Checkpoint, nodes: Nodes | None) -> None:
    if nodes is None:
        return
    path = consistency_path(seen.size, new.size, nodes)
    try:
        verify_consistency(seen.size, new.size, path, seen.root, new.root)
    except VerificationFailed as error:
        raise Rollback(
            f"the {new.size} entries of the log {new.origin} do not begin with the {seen.size} that were seen here"
        ) from error


def _name(origin: str, kind: str = "checkpoint") -> str:
    return f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.{kind}"
