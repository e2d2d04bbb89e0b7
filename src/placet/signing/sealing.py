"""A sealed value: ChaCha20-Poly1305 (RFC 8439) under a key of the person whom it is about.

The commitment that the value opens is the associated data, so that no sealed value passes for another one.  Who
holds the bytes without the key holds nothing: to destroy the key is to destroy the value, in every copy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from placet.core.canonical import decode, encode
from placet.errors import BadRecord, TooNew

__all__ = ["KEY_SIZE", "NONCE_SIZE", "Sealed", "is_sealed", "parse_sealed", "seal", "unseal"]

KEY_SIZE = 32
NONCE_SIZE = 12  # drawn at random: RFC 8439 section 4 asks for one that never comes twice under a key
_FIELDS = {"v", "subject", "nonce", "box"}
_START = b'{"box":'  # canonical JSON sorts its fields, and an opening has none of this name


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """`subject` names the key: a party's public key, or a number drawn at random; it tells nothing of the value."""

    subject: str
    nonce: bytes
    box: bytes

    def data(self) -> bytes:
        return encode({"v": 1, "subject": self.subject, "nonce": self.nonce.hex(), "box": self.box.hex()})


def is_sealed(data: bytes) -> bool:
    """Whether these are the bytes of a sealed value, by how they begin."""
    return data.startswith(_START)


def parse_sealed(data: bytes) -> Sealed:
    """BadRecord when it is none, TooNew when it is one of a later release."""
    value = decode(data)
    if not isinstance(value, dict) or set(value) != _FIELDS:
        raise BadRecord("a sealed value has exactly the fields v, subject, nonce and box")
    if value["v"] != 1:
        raise TooNew(f"a sealed value of version {str(value['v'])[:20]!r}; this release reads version 1")
    shapes = {"subject": "[0-9a-f]{64}", "nonce": "[0-9a-f]{24}", "box": "(?:[0-9a-f]{2}){16,}"}
    for name, shape in shapes.items():
        if not isinstance(value[name], str) or not re.fullmatch(shape, value[name]):
            raise BadRecord(f"the {name} of a sealed value is not in lower-case hex of its length")
    return Sealed(subject=value["subject"], nonce=bytes.fromhex(value["nonce"]), box=bytes.fromhex(value["box"]))


def seal(key: bytes, subject: str, commitment: str, nonce: bytes, value: bytes) -> Sealed:
    """`nonce` is random and is used once."""
    box = ChaCha20Poly1305(key).encrypt(nonce, value, _about(subject, commitment))
    return Sealed(subject=subject, nonce=nonce, box=box)


def unseal(key: bytes, sealed: Sealed, commitment: str) -> bytes | None:
    """The value; None when this key, or this commitment, is not the one it was sealed for."""
    try:
        return ChaCha20Poly1305(key).decrypt(sealed.nonce, sealed.box, _about(sealed.subject, commitment))
    except InvalidTag:
        return None


def _about(subject: str, commitment: str) -> bytes:
    return f"placet/seal/v1\n{subject} {commitment}".encode()
