"""What a log sends to a witness: the size that the witness has seen, the proof from there, the new checkpoint.

Source: C2SP tlog-witness, "add-checkpoint" (state of 2026-07-22).
"""

from __future__ import annotations

from dataclasses import dataclass

from placet.errors import BadCosignature
from placet.record.checkpoint import Checkpoint, parse_checkpoint
from placet.record.merkle import HASH_SIZE
from placet.record.notes import Note, Signature, from_base64, from_decimal, parse_note, to_base64

__all__ = [
    "MAX_BODY",
    "MAX_PATH",
    "SIZE_TYPE",
    "AddCheckpoint",
    "format_add_checkpoint",
    "format_size",
    "parse_add_checkpoint",
    "parse_lines",
    "parse_size",
]

MAX_PATH = 63
MAX_BODY = 1 << 17  # sixteen ML-DSA-44 signatures, of 3.3 kB a line, and room
SIZE_TYPE = "text/x.tlog.size"
_MAX_SIZE_BODY = 32


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """One request; nothing in it is believed yet."""

    old: int
    path: tuple[bytes, ...]
    note: bytes

    def __post_init__(self) -> None:
        if len(self.path) > MAX_PATH:
            raise BadCosignature(f"the proof has {len(self.path)} hashes; {MAX_PATH} is the limit")
        if set(map(len, self.path)) - {HASH_SIZE}:
            raise BadCosignature("a hash in the proof is not 32 bytes long")
        self.checkpoint  # noqa: B018 - a note that holds none is refused here

    @property
    def signed(self) -> Note:
        return parse_note(self.note)

    @property
    def checkpoint(self) -> Checkpoint:
        return parse_checkpoint(self.signed.text)


def format_add_checkpoint(request: AddCheckpoint) -> bytes:
    """The body of the request."""
    lines = (f"old {request.old}", *map(to_base64, request.path))
    return "\n".join(lines).encode() + b"\n\n" + request.note


def parse_add_checkpoint(body: bytes) -> AddCheckpoint:
    """Read the body of a request; BadRecord for whatever the format does not have."""
    if len(body) > MAX_BODY:
        raise BadCosignature(f"the request has more than {MAX_BODY} bytes")
    head, found, note = body.partition(b"\n\n")
    if not found or not head.isascii():
        raise BadCosignature("the request has no empty line before its checkpoint, or no plain lines above it")
    first, *path = head.decode("ascii").split("\n")
    if not first.startswith("old "):
        raise BadCosignature("the request does not begin with the old size")
    old = from_decimal(first.removeprefix("old "), "the old size")
    if len(path) > MAX_PATH:
        raise BadCosignature(f"the proof has {len(path)} hashes; {MAX_PATH} is the limit")
    return AddCheckpoint(old, tuple(from_base64(line, "a hash in the proof") for line in path), note)


def format_size(size: int) -> bytes:
    """The body by which a witness says what it has seen."""
    return f"{size}\n".encode()


def parse_size(body: bytes) -> int:
    """Read the size that a witness says it has seen."""
    text = body.decode("latin-1")
    if len(text) > _MAX_SIZE_BODY or not text.endswith("\n"):
        raise BadCosignature("the size that the witness has seen is not one line")
    return from_decimal(text[:-1], "the size that the witness has seen")


def parse_lines(text: str, body: bytes) -> tuple[Signature, ...]:
    """The signature lines that a witness answered for a checkpoint of this text."""
    if len(body) > MAX_BODY:
        raise BadCosignature(f"the answer has more than {MAX_BODY} bytes")
    return parse_note(f"{text}\n".encode() + body).signatures
