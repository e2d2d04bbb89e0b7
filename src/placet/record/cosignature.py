"""Cosignatures: what a witness signs when it has seen that a log's tree only grew.

Source: C2SP tlog-cosignature (state of 2026-07-22): type 0x04 for Ed25519, type 0x06 for ML-DSA-44.
"""

from __future__ import annotations

from placet.errors import BadCosignature
from placet.record.checkpoint import Checkpoint
from placet.record.notes import COSIGNATURE, ML_DSA_44

__all__ = ["SIZES", "ed25519_message", "ml_dsa_message", "pack", "unpack"]

SIZES = {COSIGNATURE: 64, ML_DSA_44: 2420}
"""Key type -> the bytes of its signature, behind the eight of the time."""

_TIME_SIZE = 8
_MOST_TIME = (1 << 63) - 1
_LABEL = b"subtree/v1\n\0"
_MOST_NAME = 255


def ed25519_message(text: str, time: int) -> bytes:
    """What an Ed25519 key signs: the POSIX seconds, and the whole text of the checkpoint, extension lines too."""
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def ml_dsa_message(name: str, time: int, checkpoint: Checkpoint) -> bytes:
    """What an ML-DSA-44 key signs: the cosigner's name, the time, origin, size and root; no extension lines."""
    parts = (_vector(name, "the witness's name"), time.to_bytes(8), _vector(checkpoint.origin, "the origin"))
    return b"".join((_LABEL, *parts, bytes(8), checkpoint.size.to_bytes(8), checkpoint.root))


def pack(time: int, signature: bytes) -> bytes:
    """The bytes of a signature line behind its key id: the time, then the signature over it."""
    if not 0 < time <= _MOST_TIME:
        raise BadCosignature(f"a cosignature cannot be of the time {time}")
    return time.to_bytes(_TIME_SIZE) + signature


def unpack(blob: bytes, key_type: int) -> tuple[int, bytes]:
    """The time that a cosignature speaks of, and its signature; BadRecord for another size or no time at all."""
    if len(blob) != _TIME_SIZE + SIZES[key_type]:
        raise BadCosignature(f"a cosignature by method 0x{key_type:02x} has {_TIME_SIZE + SIZES[key_type]} bytes")
    time = int.from_bytes(blob[:_TIME_SIZE])
    if not 0 < time <= _MOST_TIME:  # a time of zero says nothing of the largest tree seen, which a checkpoint is about
        raise BadCosignature("the cosignature is of no time")
    return time, blob[_TIME_SIZE:]


def _vector(text: str, what: str) -> bytes:
    data = text.encode()
    if not 1 <= len(data) <= _MOST_NAME:
        raise BadCosignature(f"{what} has {len(data)} bytes, and an ML-DSA-44 cosignature can hold 1 to {_MOST_NAME}")
    return bytes([len(data)]) + data
