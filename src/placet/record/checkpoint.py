"""Checkpoints: what a log says about itself at one size.

Source: C2SP tlog-checkpoint (state of 2026-07-22). The text alone proves nothing; it is signed as a note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from placet.errors import BadCheckpoint
from placet.record.merkle import HASH_SIZE
from placet.record.notes import from_base64, from_decimal, to_base64

__all__ = ["Checkpoint", "format_checkpoint", "parse_checkpoint"]

_LINE = re.compile(r"[^\x00-\x1f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """An origin, a size and the root at that size; extension lines are kept, and we write none."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.size < 1 << 63:
            raise BadCheckpoint(f"a checkpoint cannot speak of {self.size} entries")
        if len(self.root) != HASH_SIZE:
            raise BadCheckpoint(f"the root in the checkpoint has {len(self.root)} bytes where 32 are due")
        if not all(map(_LINE.fullmatch, (self.origin, *self.extensions))):
            raise BadCheckpoint("a line of the checkpoint is empty or has control characters in it")


def format_checkpoint(checkpoint: Checkpoint) -> str:
    """The text to sign."""
    head = (checkpoint.origin, str(checkpoint.size), to_base64(checkpoint.root))
    return "".join(f"{line}\n" for line in (*head, *checkpoint.extensions))


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint; whatever follows its third line is kept as an extension."""
    lines = text.split("\n")
    if lines.pop():
        raise BadCheckpoint("the last line of the checkpoint is cut off: it does not end in a newline")
    if len(lines) < 3:
        raise BadCheckpoint(f"a checkpoint has an origin, a size and a root; this one has {len(lines)} lines")
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin,
        from_decimal(size, "the size in the checkpoint"),
        from_base64(root, "the root in the checkpoint"),
        tuple(extensions),
    )
