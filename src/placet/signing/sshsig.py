"""Signatures by an SSH key over a text, as `ssh-keygen -Y sign` makes them.

Source: OpenSSH's PROTOCOL.sshsig for armor, blob and what is signed, PROTOCOL.u2f for keys on a token (`sk-`), RFC 4251
section 5 for strings and numbers, RFC 4253, 5656, 8332 and 8709 for keys and signatures.  What is read has one
spelling: whatever is written otherwise, or says more than the format holds, is refused.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as BadBase64
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import new, sha256
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA512

from placet.errors import Refused, VerificationFailed
from placet.record.ed25519 import flaw
from placet.signing.quick import holds

__all__ = ["MOST_BYTES", "SshSignature", "armor", "dearmor", "key_fingerprint", "key_of", "parse", "verify"]

MOST_BYTES: Final = 8192  # of a file in armor; RSA of 8192 bits takes 3 KiB
_BEGIN: Final = "-----BEGIN SSH SIGNATURE-----"
_END: Final = "-----END SSH SIGNATURE-----"
_WIDTH: Final = 70  # as ssh-keygen writes; the format allows up to 76
_LINE: Final = re.compile(r"[A-Za-z0-9+/=]{1,76}")
_MAGIC: Final = b"SSHSIG"
_ED25519: Final = b"ssh-ed25519"
_TOKEN: Final = b"sk-ssh-ed25519@openssh.com"
_P256: Final = b"ecdsa-sha2-nistp256"
_RSA: Final = b"ssh-rsa"
_HASHES: Final = (b"sha256", b"sha512")
_ORDER_25519: Final = 2**252 + 27742317777372353535851937790883648493
_LEAST_RSA, _MOST_RSA, _MOST_EXPONENT = 2048, 8192, 32
_PRESENT, _VERIFIED = 0x01, 0x04  # a token's flags: somebody touched it; and gave a PIN or a finger


@dataclass(frozen=True, slots=True, kw_only=True)
class SshSignature:
    """What an armored file says; `public` and `signature` are in SSH's own wire form.  Nothing is verified yet."""

    public: bytes
    namespace: bytes
    hash: bytes
    signature: bytes

    @property
    def key(self) -> str:
        """The key as one line of `authorized_keys`, without a comment."""
        return f"{_Wire(self.public).string().decode('ascii', 'replace')} {b64encode(self.public).decode()}"


def dearmor(data: bytes) -> bytes:
    """The blob in an armored file; Refused unless there is one signature, in base64 of one spelling, and no more."""
    try:
        lines = data.decode("ascii").replace("\r\n", "\n").removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        raise Refused("the signature's file is no text of ASCII (sshsig.armor)") from None
    body = lines[1:-1]
    if len(data) > MOST_BYTES or lines[0] != _BEGIN or lines[-1] != _END or not all(map(_LINE.fullmatch, body)):
        raise Refused(f"this is not one armored SSH signature: {_BEGIN}, base64, {_END} (sshsig.armor)")
    text = "".join(body)
    try:
        blob = b64decode(text, validate=True)
    except (BadBase64, ValueError):
        raise Refused("the armor of the SSH signature holds no base64 (sshsig.armor)") from None
    if b64encode(blob).decode() != text:
        raise Refused("the armor of the SSH signature holds base64 that is not canonical (sshsig.armor)")
    return blob


def armor(blob: bytes) -> bytes:
    """The blob as `ssh-keygen` writes it."""
    text = b64encode(blob).decode()
    lines = [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]
    return "\n".join([_BEGIN, *lines, _END, ""]).encode()


def parse(blob: bytes) -> SshSignature:
    """What the blob says; Refused when it is of another form or version."""
    wire = _Wire(blob)
    if wire.take(6) != _MAGIC or wire.number() != 1:
        raise Refused("this is no SSH signature of version 1 (sshsig.form)")
    public, namespace, reserved, name, signature = (wire.string() for _ in range(5))
    wire.end("the SSH signature")
    if reserved:
        raise Refused("the reserved field of the SSH signature is not empty (sshsig.form)")
    if name not in _HASHES:
        raise Refused(f"the SSH signature hashes by {_shown(name)}, not by sha256 or sha512 (sshsig.hash)")
    return SshSignature(public=public, namespace=namespace, hash=name, signature=signature)


def key_of(line: str) -> bytes:
    """The wire form of a key written as `SshSignature.key` writes it; Refused for any other spelling."""
    kind, _, text = line.partition(" ")
    try:
        public = b64decode(text, validate=True)
    except (BadBase64, ValueError):
        public = b""
    if not public or f"{_Wire(public).string().decode('ascii', 'replace')} {b64encode(public).decode()}" != line:
        raise Refused(f"{kind[:40]!r} ... is not an SSH key in its one spelling (sshsig.key)")
    return public


def key_fingerprint(public: bytes) -> str:
    """`SHA256:...`, as `ssh-keygen -l` shows a key."""
    return "SHA256:" + b64encode(sha256(public).digest()).rstrip(b"=").decode()


def verify(signed: SshSignature, message: bytes, namespace: str) -> None:
    """Refused or VerificationFailed unless the key signed this message for this namespace."""
    if signed.namespace != namespace.encode():
        raise Refused(f"the SSH signature was made for {_shown(signed.namespace)}, not {namespace} (sshsig.namespace)")
    key, told = _Wire(signed.public), _Wire(signed.signature)
    kind, algorithm = key.string(), told.string()
    check = _CHECKS.get(kind)
    if check is None:
        raise Refused(f"an SSH key of the type {_shown(kind)} is not taken: {_TYPES} (sshsig.key)")
    digest = new(signed.hash.decode(), message).digest()
    text = _MAGIC + b"".join(map(_string, (signed.namespace, b"", signed.hash, digest)))
    if not check(key, algorithm, told, text):
        raise VerificationFailed("the SSH signature does not hold for the text and the key that it names (sshsig.bad)")


def _check_ed25519(key: _Wire, algorithm: bytes, told: _Wire, text: bytes) -> bool:
    _is_made_by(_ED25519, algorithm)
    public, signature = _point(key), _scalar(told)
    key.end("the SSH key")
    told.end("the signature itself")
    return holds(public, text, signature)


def _check_token(key: _Wire, algorithm: bytes, told: _Wire, text: bytes) -> bool:
    """PROTOCOL.u2f: the token signs the digests of its application and of the text, its flags and its counter."""
    _is_made_by(_TOKEN, algorithm)
    public, application = _point(key), key.string()
    signature, flags, counter = _scalar(told), told.take(1), told.take(4)
    key.end("the SSH key")
    told.end("the signature itself")
    if not application.startswith(b"ssh:"):
        raise Refused(f"the token's key is for {_shown(application)}, not for SSH (sshsig.key)")
    if not flags[0] & _PRESENT:
        raise Refused("the token signed with nobody touching it (sshsig.presence)")
    if flags[0] & ~(_PRESENT | _VERIFIED):
        raise Refused(f"the token signed with flags unknown here, {flags[0]:#04x} (sshsig.form)")
    return holds(public, sha256(application).digest() + flags + counter + sha256(text).digest(), signature)


def _check_p256(key: _Wire, algorithm: bytes, told: _Wire, text: bytes) -> bool:
    _is_made_by(_P256, algorithm)
    curve, point, pair = key.string(), key.string(), _Wire(told.string())
    r, s = pair.positive(), pair.positive()
    for each, what in ((key, "the SSH key"), (told, "the signature itself"), (pair, "the signature itself")):
        each.end(what)
    if curve != b"nistp256" or len(point) != 65 or point[0] != 4:
        raise Refused("the SSH key is no uncompressed point of nistp256 (sshsig.key)")
    try:
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise Refused("the SSH key is no point of nistp256 (sshsig.key)") from None
    return _tried(lambda: public.verify(encode_dss_signature(r, s), text, ec.ECDSA(SHA256())))


def _check_rsa(key: _Wire, algorithm: bytes, told: _Wire, text: bytes) -> bool:
    """RFC 8332: never `ssh-rsa`, which is SHA-1."""
    hash_ = {b"rsa-sha2-256": SHA256(), b"rsa-sha2-512": SHA512()}.get(algorithm)
    if hash_ is None:
        raise Refused(f"an RSA key signs by rsa-sha2-256 or rsa-sha2-512, not {_shown(algorithm)} (sshsig.key)")
    exponent, modulus, signature = key.positive(), key.positive(), told.string()
    key.end("the SSH key")
    told.end("the signature itself")
    size = modulus.bit_length()
    if not _LEAST_RSA <= size <= _MOST_RSA:
        raise Refused(f"an RSA key of {size} bits; taken are {_LEAST_RSA} to {_MOST_RSA} (sshsig.key)")
    if exponent < 3 or exponent.bit_length() > _MOST_EXPONENT or not exponent & modulus & 1:
        raise Refused("the numbers of the RSA key are none that a key has (sshsig.key)")
    if len(signature) != (size + 7) // 8:
        raise Refused("the RSA signature is not as long as its key (sshsig.form)")
    try:
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        raise Refused("the numbers of the RSA key are none that a key has (sshsig.key)") from None
    return _tried(lambda: public.verify(signature, text, padding.PKCS1v15(), hash_))


_CHECKS: Final[dict[bytes, Callable[[_Wire, bytes, _Wire, bytes], bool]]] = {
    _ED25519: _check_ed25519,
    _TOKEN: _check_token,
    _P256: _check_p256,
    _RSA: _check_rsa,
}
_TYPES: Final = "ssh-ed25519, sk-ssh-ed25519@openssh.com, ecdsa-sha2-nistp256 and ssh-rsa are"


def _is_made_by(kind: bytes, algorithm: bytes) -> None:
    if algorithm != kind:
        raise Refused(f"a key {_shown(kind)} does not sign by {_shown(algorithm)} (sshsig.key)")


def _point(key: _Wire) -> bytes:
    public = key.string()
    if len(public) != 32:
        raise Refused(f"an Ed25519 key has 32 bytes, not {len(public)} (sshsig.key)")
    if why := flaw(public):
        raise Refused(f"the SSH key {why} (sshsig.key)")
    return public


def _scalar(told: _Wire) -> bytes:
    """An Ed25519 signature; S below the group's order, or a second signature would hold as well (RFC 8032, 5.1.7)."""
    signature = told.string()
    if len(signature) != 64:
        raise Refused(f"an Ed25519 signature has 64 bytes, not {len(signature)} (sshsig.form)")
    if int.from_bytes(signature[32:], "little") >= _ORDER_25519:
        raise Refused("the S of the Ed25519 signature is not canonical (sshsig.form)")
    return signature


def _tried(check: Callable[[], object]) -> bool:
    try:
        check()
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


def _shown(data: bytes) -> str:
    return repr(data[:60].decode("ascii", "backslashreplace"))


class _Wire:
    """RFC 4251 section 5, read from the front; every length is that of something that is there."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        if size > len(self._data) - self._at:
            raise Refused("the SSH signature ends in the middle of a field (sshsig.form)")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self) -> int:
        return int.from_bytes(self.take(4))

    def string(self) -> bytes:
        return self.take(self.number())

    def positive(self) -> int:
        """An mpint above zero, with no byte more than it needs."""
        data = self.string()
        value = int.from_bytes(data)
        if not value or data[0] & 0x80 or len(data) != value.bit_length() // 8 + 1:
            raise Refused("a number in the SSH signature is not positive, or not canonical (sshsig.form)")
        return value

    def end(self, what: str) -> None:
        if self._at != len(self._data):
            raise Refused(f"{what} has bytes behind its end (sshsig.form)")
