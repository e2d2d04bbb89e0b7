"""SSH signatures made by hand, so that each part of one can be made wrong; and the program ssh-keygen."""

from __future__ import annotations

import shutil
import subprocess
from base64 import b64encode
from dataclasses import dataclass, replace
from hashlib import new, sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

__all__ = [
    "NAMESPACE",
    "PROGRAM",
    "TEXT",
    "Made",
    "by_ed25519",
    "by_p256",
    "by_rsa",
    "by_ssh_keygen",
    "by_token",
    "mpint",
    "new_key",
    "public_line",
    "ssh_keygen_takes",
    "string",
]

NAMESPACE = "placet-identity-v1"
TEXT = b"a text that names a key and a log\n"
PROGRAM = shutil.which("ssh-keygen")
_SEED = sha256(b"a key for SSH").digest()
_CURVE_KEY = ec.derive_private_key(int.from_bytes(_SEED), ec.SECP256R1())
_RSA_HASHES = {b"rsa-sha2-256": SHA256(), b"rsa-sha2-512": SHA512(), b"ssh-rsa": SHA1()}  # noqa: S303 - to be refused


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


def mpint(value: int) -> bytes:
    return string(value.to_bytes(value.bit_length() // 8 + 1) if value else b"")


@dataclass(frozen=True, kw_only=True)
class Made:
    """The parts of a blob, as PROTOCOL.sshsig lays them out."""

    public: bytes
    signature: bytes
    namespace: bytes = NAMESPACE.encode()
    hash: bytes = b"sha512"
    magic: bytes = b"SSHSIG"
    version: int = 1
    reserved: bytes = b""
    tail: bytes = b""

    def blob(self, **other: object) -> bytes:
        """The whole, with some parts replaced after it was signed."""
        it = replace(self, **other)
        parts = (it.public, it.namespace, it.reserved, it.hash, it.signature)
        return it.magic + it.version.to_bytes(4) + b"".join(map(string, parts)) + it.tail


def signed_text(text: bytes = TEXT, namespace: str = NAMESPACE, hash_: bytes = b"sha512") -> bytes:
    digest = new(hash_.decode(), text).digest()
    return b"SSHSIG" + b"".join(map(string, (namespace.encode(), b"", hash_, digest)))


def by_ed25519(text: bytes = TEXT, namespace: str = NAMESPACE, hash_: bytes = b"sha512") -> Made:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(_SEED)
    kind = string(b"ssh-ed25519")
    return Made(
        public=kind + string(key.public_key().public_bytes_raw()),
        signature=kind + string(key.sign(signed_text(text, namespace, hash_))),
        namespace=namespace.encode(),
        hash=hash_,
    )


def by_token(text: bytes = TEXT, application: bytes = b"ssh:", flags: int = 1) -> Made:
    """What a token with a key of Ed25519 signs: PROTOCOL.u2f."""
    key = ed25519.Ed25519PrivateKey.from_private_bytes(_SEED)
    kind, told = string(b"sk-ssh-ed25519@openssh.com"), bytes([flags]) + (41).to_bytes(4)
    message = sha256(application).digest() + told + sha256(signed_text(text)).digest()
    public = kind + string(key.public_key().public_bytes_raw()) + string(application)
    return Made(public=public, signature=kind + string(key.sign(message)) + told)


def by_p256(text: bytes = TEXT) -> Made:
    kind = string(b"ecdsa-sha2-nistp256")
    point = _CURVE_KEY.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    r, s = decode_dss_signature(_CURVE_KEY.sign(signed_text(text), ec.ECDSA(SHA256())))
    public = kind + string(b"nistp256") + string(point)
    return Made(public=public, signature=kind + string(mpint(r) + mpint(s)))


def by_rsa(key: rsa.RSAPrivateKey, algorithm: bytes = b"rsa-sha2-512", text: bytes = TEXT) -> Made:
    numbers = key.public_key().public_numbers()
    signature = key.sign(signed_text(text), padding.PKCS1v15(), _RSA_HASHES[algorithm])
    public = string(b"ssh-rsa") + mpint(numbers.e) + mpint(numbers.n)
    return Made(public=public, signature=string(algorithm) + string(signature))


def public_line(public: bytes) -> str:
    kind = public[4 : 4 + int.from_bytes(public[:4])].decode()
    return f"{kind} {b64encode(public).decode()}"


def new_key(folder: Path, kind: str, *options: str) -> Path:
    """A key made by ssh-keygen, with no passphrase."""
    path = folder / f"{kind}{'-'.join(options)}"
    _run("-q", "-t", kind, *options, "-N", "", "-C", "ana@laptop", "-f", path)
    return path


def by_ssh_keygen(key: Path, text: Path, namespace: str = NAMESPACE, *options: str) -> bytes:
    """What `ssh-keygen -Y sign` writes for a file."""
    made = Path(f"{text}.sig")
    made.unlink(missing_ok=True)
    _run("-Y", "sign", *options, "-n", namespace, "-f", key, text)
    return made.read_bytes()


def ssh_keygen_takes(folder: Path, signature: bytes, text: bytes = TEXT, namespace: str = NAMESPACE) -> bool:
    """Whether `ssh-keygen -Y check-novalidate` finds that the signature holds."""
    path = folder / "signature"
    path.write_bytes(signature)
    words = [PROGRAM, "-Y", "check-novalidate", "-n", namespace, "-s", path]
    return subprocess.run(words, input=text, capture_output=True, check=False).returncode == 0


def _run(*words: object) -> None:
    subprocess.run([str(PROGRAM), *map(str, words)], capture_output=True, check=True)
