"""Receipts: the proof that an entry is in a log, in one file that is checked offline.

Source: C2SP tlog-proof (state of 2026-07-22), file extension `.tlog-proof`.
"""

from __future__ import annotations

from dataclasses import dataclass

from placet.errors import BadProof
from placet.record.checkpoint import parse_checkpoint
from placet.record.merkle import HASH_SIZE
from placet.record.notes import MAX_NOTE, from_base64, from_decimal, parse_note, to_base64

__all__ = ["MAX_PATH", "MAX_PROOF", "Proof", "format_proof", "parse_proof"]

MAX_PATH = 63
MAX_PROOF = MAX_NOTE + (1 << 18)  # the checkpoint, and an entry of 65,535 bytes in base64
_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry's index and path, and the signed checkpoint they lead to, byte for byte.

    Nobody signs `extra`: it may help to rebuild the entry, and is never to be believed by itself.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.index < 1 << 63:
            raise BadProof(f"a proof cannot speak of entry {self.index}")
        if len(self.path) > MAX_PATH:
            raise BadProof(f"the proof has {len(self.path)} hashes; {MAX_PATH} is the limit")
        if set(map(len, self.path)) - {HASH_SIZE}:
            raise BadProof("a hash in the proof is not 32 bytes long")
        parse_checkpoint(parse_note(self.checkpoint).text)


def format_proof(proof: Proof) -> bytes:
    """The bytes of the receipt."""
    extra = [f"extra {to_base64(proof.extra)}"] if proof.extra else []
    lines = [_HEADER, *extra, f"index {proof.index}", *map(to_base64, proof.path)]
    return "\n".join(lines).encode() + b"\n\n" + proof.checkpoint


def parse_proof(data: bytes) -> Proof:
    """Read a receipt; whether it holds is for `placet.signing.trust` to say."""
    if len(data) > MAX_PROOF:
        raise BadProof(f"the proof has more than {MAX_PROOF} bytes")
    head, found, checkpoint = data.partition(b"\n\n")
    if not found:
        raise BadProof("the proof has no empty line before its checkpoint")
    if not head.isascii():
        raise BadProof("the lines of the proof above its checkpoint are not ASCII")
    header, *lines = head.decode("ascii").split("\n")
    if header != _HEADER:
        raise BadProof(f"this is not a proof: its first line is {header[:40]!r}, not {_HEADER!r}")
    extra = _extra(lines.pop(0)) if lines and lines[0].startswith("extra ") else b""
    if not lines or not lines[0].startswith("index "):
        raise BadProof("the proof does not say which entry it is for: its index line is missing")
    index = from_decimal(lines[0].removeprefix("index "), "the index in the proof")
    path = tuple(from_base64(line, "a hash in the proof") for line in lines[1:])
    return Proof(index, path, checkpoint, extra)


def _extra(line: str) -> bytes:
    data = from_base64(line.removeprefix("extra "), "the extra data in the proof")
    if not data:
        raise BadProof("the extra line of the proof is empty; it should have been left out")
    return data
