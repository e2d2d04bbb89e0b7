"""Ed25519 keys, each with one role, and the files they live in.

Source: RFC 8032 for the signatures, RFC 8410 and RFC 7468 for the PEM file. The lines before `BEGIN` say role
and name; RFC 7468 section 5.2 lets every other program skip them.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from placet.core.lines import is_line
from placet.errors import BadRecord, NotFound, Refused, VerificationFailed
from placet.record.ed25519 import is_weak
from placet.signing.lock import lock
from placet.signing.quick import holds

__all__ = [
    "Key",
    "Role",
    "fingerprint",
    "from_pem",
    "generate",
    "read_key",
    "to_pem",
    "verify",
    "write_key",
]

_SEED_SIZE = 32
_MAX_FILE = 1 << 16
_HEADER = re.compile(r"placet-(role|name): ([^\x00-\x1f\x7f]*)\r?")


class Role(StrEnum):
    """What a key is for; no key has two roles."""

    PARTY = "party"
    LOG = "log"
    CLEAR = "clear"
    EMBED = "embed"
    WITNESS = "witness"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Key:
    """A private key; its 32 bytes never show in its repr."""

    role: Role
    private: bytes = field(repr=False)
    name: str = ""
    public: bytes = field(init=False, compare=False)
    _loaded: Ed25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.private) != _SEED_SIZE:
            raise BadRecord(f"an Ed25519 key is made from 32 bytes, not {len(self.private)}")
        if not is_line(self.name, len(self.name)):
            raise Refused("a key's name is one line of printable characters")
        loaded = Ed25519PrivateKey.from_private_bytes(self.private)
        object.__setattr__(self, "_loaded", loaded)
        object.__setattr__(self, "public", loaded.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over a message."""
        return self._loaded.sign(message)


def generate(seed: bytes, role: Role, name: str = "") -> Key:
    """A key from 32 bytes of randomness, which the caller draws."""
    return Key(role, seed, name)


def verify(public: bytes, message: bytes, signature: bytes) -> None:
    """Check a signature; raise `VerificationFailed` when it does not hold, or when anybody could have made it."""
    if is_weak(public):
        raise VerificationFailed(f"the key {fingerprint(public)} is of small order: anybody can sign for it")
    if not holds(public, message, signature):
        raise VerificationFailed(f"the signature does not hold for the key {fingerprint(public)}")


def fingerprint(public: bytes) -> str:
    """Sixteen hex digits by which people tell public keys apart."""
    return sha256(public).hexdigest()[:16]


def to_pem(key: Key, passphrase: bytes | None) -> bytes:
    """The key as PKCS8 PEM behind two plain lines that say its role and its name."""
    if passphrase == b"":
        raise Refused("an empty passphrase protects nothing: give one, or none at all")
    loaded = Ed25519PrivateKey.from_private_bytes(key.private)
    if passphrase is None:
        pem = loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    else:
        pem = lock(loaded.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), passphrase)
    return f"placet-role: {key.role}\nplacet-name: {key.name}\n".encode() + pem


def from_pem(data: bytes, passphrase: bytes | None) -> Key:
    """Read a key file's bytes; a wrong or missing passphrase is `Refused`."""
    role, name = _header(data.partition(b"-----BEGIN ")[0])
    locked = b"-----BEGIN ENCRYPTED PRIVATE KEY-----" in data
    if locked and not passphrase:
        raise Refused("the key is locked: it needs its passphrase")
    if passphrase and not locked:
        raise Refused("a passphrase was given, and the key is not locked: give none")
    try:
        loaded = load_pem_private_key(data, passphrase or None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if locked:
            raise Refused("the passphrase does not open the key, or the file is damaged") from None
        raise BadRecord("the file does not hold a private key in PEM") from None
    if not isinstance(loaded, Ed25519PrivateKey):
        raise BadRecord("the file holds a private key, but not one of Ed25519")
    return Key(role, loaded.private_bytes_raw(), name)


def write_key(path: Path, key: Key, passphrase: bytes | None) -> None:
    """Write a key file, for its owner's eyes only; what is there already is never overwritten."""
    pem = to_pem(key, passphrase)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refused(f"{path} is there already, and a key is never overwritten") from None
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"there is no folder {path.parent} to keep the key in") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except OSError:  # a full disk: half a key would block the name for the next attempt
        path.unlink(missing_ok=True)
        raise


def read_key(path: Path, passphrase: bytes | None) -> Key:
    """Read a key file; one that others may read is refused, for it may be a secret no longer."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_MAX_FILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFound(f"there is no key at {path}") from None
    if not data:
        raise BadRecord(f"{path} is empty, and no key")
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise Refused(f"{path} is readable by others: chmod 600 {path}")
    if len(data) > _MAX_FILE:
        raise BadRecord(f"{path} is too long to be a key")
    try:
        return from_pem(data, passphrase)
    except (BadRecord, Refused) as error:
        raise type(error)(f"{path}: {error}") from error


def _header(head: bytes) -> tuple[Role, str]:
    try:
        lines = map(_HEADER.fullmatch, head.decode().split("\n"))
        found = {line[1]: line[2] for line in lines if line}
        return Role(found["role"]), found.get("name", "")
    except KeyError:
        raise BadRecord("the key does not say what it is for: a line `placet-role: ...` is missing") from None
    except UnicodeDecodeError:
        raise BadRecord("the lines before the key are not UTF-8") from None
    except ValueError:
        raise BadRecord(f"the key has a role unknown here; known are {', '.join(Role)}") from None


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":  # elsewhere a folder cannot be opened, and its entries are journalled
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
