"""A split view: two checkpoints of one log that cannot both be true, in one file that anyone can check offline.

Where the sizes are one, the two roots contradict each other.  Where they differ, the file also holds the root that
the larger tree had at the smaller size, and the proof of that (RFC 6962 section 2.1.2): every hash of the smaller tree
that it names is hashed into the larger root, so that the log itself has signed it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from placet.errors import BadRecord, VerificationFailed
from placet.record.checkpoint import Checkpoint, parse_checkpoint
from placet.record.merkle import HASH_SIZE, verify_consistency
from placet.record.notes import from_base64, parse_note, to_base64

__all__ = ["HEADER", "SplitView", "format_split_view", "parse_split_view"]

HEADER = "placet/split-view/v1"
_MAX_PATH = 64
_MAX_BYTES = 1 << 18
_NUMBERS = re.compile(r"bytes ([1-9][0-9]{0,5}) ([1-9][0-9]{0,5})")


@dataclass(frozen=True, slots=True)
class SplitView:
    """The smaller checkpoint, the larger one, the root of the larger tree at the smaller size, and its proof."""

    small: bytes
    large: bytes
    root: bytes
    path: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.root) != HASH_SIZE or set(map(len, self.path)) - {HASH_SIZE} or len(self.path) > _MAX_PATH:
            raise BadRecord("the split view's proof is not one: a hash of another length, or too many")
        small, large = self.checkpoints
        if small.origin != large.origin:
            raise BadRecord(f"the two checkpoints are of two logs, {small.origin!r} and {large.origin!r}")
        if small.size > large.size:
            raise BadRecord("the smaller checkpoint comes first in a split view")

    @property
    def checkpoints(self) -> tuple[Checkpoint, Checkpoint]:
        return parse_checkpoint(parse_note(self.small).text), parse_checkpoint(parse_note(self.large).text)

    def verify(self) -> None:
        """VerificationFailed unless the two contradict each other; who signed them is another question."""
        small, large = self.checkpoints
        verify_consistency(small.size, large.size, self.path, self.root, large.root)
        if self.root == small.root:
            raise VerificationFailed("the two checkpoints agree: the larger tree begins with the smaller one")


def format_split_view(view: SplitView) -> bytes:
    """The bytes of the file: the proof in lines, how long the two checkpoints are, and these, byte for byte."""
    lengths = f"bytes {len(view.small)} {len(view.large)}"
    head = "\n".join((HEADER, lengths, f"root {to_base64(view.root)}", *map(to_base64, view.path))).encode()
    return head + b"\n\n" + view.small + view.large


def parse_split_view(data: bytes) -> SplitView:
    """Read a split view; whether it holds is for `verify` to say."""
    if len(data) > _MAX_BYTES:
        raise BadRecord(f"the split view has more than {_MAX_BYTES} bytes")
    head, found, notes = data.partition(b"\n\n")
    if not found or not head.isascii():
        raise BadRecord("the split view has no empty line above its checkpoints, or no plain lines above it")
    header, *lines = head.decode("ascii").split("\n")
    if header != HEADER or len(lines) < 2 or not lines[1].startswith("root "):
        raise BadRecord(f"this is not a split view: {HEADER!r}, two lengths and a root are due")
    lengths = _NUMBERS.fullmatch(lines[0])
    if not lengths or int(lengths[1]) + int(lengths[2]) != len(notes):
        raise BadRecord("the split view is cut off, or says another length of its checkpoints than they have")
    root = from_base64(lines[1].removeprefix("root "), "the root in the split view")
    path = tuple(from_base64(line, "a hash in the split view") for line in lines[2:])
    return SplitView(notes[: int(lengths[1])], notes[int(lengths[1]) :], root, path)
