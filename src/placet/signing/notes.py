"""Signing notes, and checking who signed them.

Source: C2SP signed-note (Ed25519, type 0x01) and tlog-cosignature (timestamped: Ed25519, type 0x04, and
ML-DSA-44, type 0x06, FIPS 204, which we check and do not make), state of 2026-07-22.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from placet.errors import BadRecord, Untrusted, VerificationFailed
from placet.record.checkpoint import parse_checkpoint
from placet.record.cosignature import SIZES, ed25519_message, ml_dsa_message, pack, unpack
from placet.record.notes import (
    COSIGNATURE,
    ED25519,
    ML_DSA_44,
    Note,
    Signature,
    Verifier,
    Vkey,
    format_note,
)
from placet.signing.keys import Key, verify

__all__ = [
    "Cosigner",
    "NoteSigner",
    "NoteVerifier",
    "can_check",
    "cosigned_at",
    "sign_note",
    "verifier_of",
]


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
class Cosigner:
    """A witness's key under its name: one key cosigns under one name only (tlog-cosignature, "Ed25519")."""

    key: Key
    name: str

    @property
    def vkey(self) -> Vkey:
        """What others need in order to check its cosignatures."""
        return Vkey(self.name, COSIGNATURE, self.key.public)

    def sign(self, text: str, time: int) -> Signature:
        """The line that says: at this time, in POSIX seconds, this was the largest consistent tree seen here."""
        return Signature(self.name, self.vkey.id, pack(time, self.key.sign(ed25519_message(text, time))))


@dataclass(frozen=True, slots=True)
class NoteVerifier:
    """A trusted key that checks plain Ed25519 signatures, and cosignatures of both kinds."""

    vkey: Vkey

    @property
    def name(self) -> str:
        return self.vkey.name

    @property
    def key_id(self) -> bytes:
        return self.vkey.id

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Say whether the signature is this key's over the note's text."""
        try:
            self._verify(message, signature)
        except (BadRecord, VerificationFailed):
            return False
        return True

    def _verify(self, message: bytes, signature: bytes) -> None:
        vkey = self.vkey
        if vkey.key_type == ED25519:
            verify(vkey.public, message, signature)
            return
        time, signature = unpack(signature, vkey.key_type)
        if vkey.key_type == COSIGNATURE:
            verify(vkey.public, ed25519_message(message.decode(), time), signature)
        else:
            checkpoint = parse_checkpoint(message.decode())
            _verify_ml_dsa(vkey.public, ml_dsa_message(vkey.name, time, checkpoint), signature)


def sign_note(text: str, key: Key, name: str = "") -> bytes:
    """A note of this text signed by one key, under `name` or else the key's own name."""
    return format_note(Note(text, (NoteSigner(key, name or key.name).sign(text),)))


def verifier_of(vkey: Vkey) -> Verifier:
    """The verifier of a key whose type we can check."""
    if not can_check(vkey):
        raise Untrusted(f"the key of {vkey.name!r} signs by method 0x{vkey.key_type:02x}, unknown here")
    return NoteVerifier(vkey)


def can_check(vkey: Vkey) -> bool:
    """Whether signatures of this key can be checked on this machine: not every OpenSSL has ML-DSA."""
    return vkey.key_type in (ED25519, COSIGNATURE) or (vkey.key_type == ML_DSA_44 and _has_ml_dsa())


def cosigned_at(signature: Signature) -> int:
    """The POSIX seconds a cosignature speaks of; only meaningful once the signature has been checked."""
    for key_type, size in SIZES.items():
        if len(signature.blob) == 8 + size:
            return unpack(signature.blob, key_type)[0]
    raise BadRecord(f"the signature of {signature.name!r} is not a cosignature: it carries no time")


def _verify_ml_dsa(public: bytes, message: bytes, signature: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

    try:
        MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        raise VerificationFailed("the ML-DSA-44 signature does not hold") from None


@cache
def _has_ml_dsa() -> bool:
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

        MLDSA44PrivateKey.from_seed_bytes(bytes(32))
    except (ImportError, UnsupportedAlgorithm):
        return False
    return True
