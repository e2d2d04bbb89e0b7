"""Signing notes, and checking who signed them.

Source: C2SP signed-note (Ed25519, type 0x01) and tlog-cosignature (timestamped Ed25519, type 0x04; we check
these and do not make them), state of 2026-07-22.
"""

from __future__ import annotations

from dataclasses import dataclass

from placet.errors import BadRecord, Untrusted, VerificationFailed
from placet.record.notes import (
    COSIGNATURE,
    ED25519,
    Note,
    Signature,
    Verifier,
    Vkey,
    format_note,
)
from placet.signing.keys import Key, verify

__all__ = ["SUPPORTED", "NoteSigner", "NoteVerifier", "cosigned_at", "sign_note", "verifier_of"]

SUPPORTED = frozenset({ED25519, COSIGNATURE})
_TIME_SIZE = 8
_SIGNATURE_SIZE = 64


@dataclass(frozen=True, slots=True)
class NoteSigner:
    """A private key under the name by which it signs notes."""

    key: Key
    name: str

    @property
    def vkey(self) -> Vkey:
        """What others need in order to check its signatures."""
        return Vkey(self.name, ED25519, self.key.public)

    def sign(self, text: str) -> Signature:
        """The signature line for a note of this text."""
        return Signature(self.name, self.vkey.id, self.key.sign(text.encode()))


@dataclass(frozen=True, slots=True)
class NoteVerifier:
    """A trusted key that checks plain and timestamped Ed25519 signatures."""

    vkey: Vkey

    @property
    def name(self) -> str:
        return self.vkey.name

    @property
    def key_id(self) -> bytes:
        return self.vkey.id

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Say whether the signature is this key's over the note's text."""
        if self.vkey.key_type == COSIGNATURE:
            if len(signature) != _TIME_SIZE + _SIGNATURE_SIZE:
                return False
            time, signature = int.from_bytes(signature[:_TIME_SIZE]), signature[_TIME_SIZE:]
            message = b"cosignature/v1\ntime %d\n" % time + message
        try:
            verify(self.vkey.public, message, signature)
        except VerificationFailed:
            return False
        return True


def sign_note(text: str, key: Key, name: str = "") -> bytes:
    """A note of this text signed by one key, under `name` or else the key's own name."""
    return format_note(Note(text, (NoteSigner(key, name or key.name).sign(text),)))


def verifier_of(vkey: Vkey) -> Verifier:
    """The verifier of a key whose type we can check."""
    if vkey.key_type not in SUPPORTED:
        raise Untrusted(f"the key of {vkey.name!r} signs by method 0x{vkey.key_type:02x}, unknown here")
    return NoteVerifier(vkey)


def cosigned_at(signature: Signature) -> int:
    """The POSIX seconds a cosignature speaks of; only meaningful once the signature has been checked."""
    if len(signature.blob) != _TIME_SIZE + _SIGNATURE_SIZE:
        raise BadRecord(f"the signature of {signature.name!r} is not a cosignature: it carries no time")
    return int.from_bytes(signature.blob[:_TIME_SIZE])
