"""Locking a private key with a passphrase: PKCS8, PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC.

Source: RFC 8018 (2017) section 6.2 and appendix A, RFC 5958 section 3. Written out here because the library's
own writer stops at 2,048 rounds; any PKCS8 reader opens the result.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from hashlib import pbkdf2_hmac

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

__all__ = ["ROUNDS", "lock"]

ROUNDS = 600_000  # OWASP's floor for PBKDF2-HMAC-SHA256 (2023)
_INTEGER, _OCTETS, _NULL, _SEQUENCE = 0x02, 0x04, 0x05, 0x30
_BLOCK = 16

# Object identifiers, ready as DER (RFC 8018 appendix A.4, RFC 8018 B.1.2 and B.2.5).
_PBES2 = bytes.fromhex("06092a864886f70d01050d")
_PBKDF2 = bytes.fromhex("06092a864886f70d01050c")
_HMAC_SHA256 = bytes.fromhex("06082a864886f70d0209")
_AES_256_CBC = bytes.fromhex("060960864801650304012a")


def lock(pkcs8: bytes, passphrase: bytes) -> bytes:
    """The locked key in PEM.

    Salt and initialisation vector are drawn from the key itself, whose bytes nobody knows: no randomness is
    needed here, and the same key under the same passphrase gives the same file.
    """
    draw = hmac.digest(pkcs8, b"placet/lock/v1", "sha512")
    salt, start = draw[:_BLOCK], draw[_BLOCK : 2 * _BLOCK]
    key = pbkdf2_hmac("sha256", passphrase, salt, ROUNDS)
    padder, cipher = PKCS7(8 * _BLOCK).padder(), Cipher(AES256(key), CBC(start)).encryptor()
    sealed = cipher.update(padder.update(pkcs8) + padder.finalize()) + cipher.finalize()
    return _pem(_der(_SEQUENCE, _method(salt, start), _der(_OCTETS, sealed)))


def _method(salt: bytes, start: bytes) -> bytes:
    rounds = _der(_INTEGER, ROUNDS.to_bytes(3))
    mac = _der(_SEQUENCE, _HMAC_SHA256, _der(_NULL))
    kdf = _der(_SEQUENCE, _PBKDF2, _der(_SEQUENCE, _der(_OCTETS, salt), rounds, mac))
    cipher = _der(_SEQUENCE, _AES_256_CBC, _der(_OCTETS, start))
    return _der(_SEQUENCE, _PBES2, _der(_SEQUENCE, kdf, cipher))


def _der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = bytes([len(body)]) if len(body) < 0x80 else b"\x81" + bytes([len(body)])
    return bytes([tag]) + size + body


def _pem(der: bytes) -> bytes:
    kind = b"ENCRYPTED PRIVATE KEY-----\n"
    return b"-----BEGIN " + kind + _wrapped(der) + b"-----END " + kind


def _wrapped(der: bytes) -> bytes:
    text = b64encode(der)
    return b"".join(text[at : at + 64] + b"\n" for at in range(0, len(text), 64))
