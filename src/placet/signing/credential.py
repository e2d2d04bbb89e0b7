"""Signatures over a text by the key of a certificate, as those for C2PA and CAWG: what `openssl dgst -sign` makes.

Source: C2PA 2.4 for what such a certificate is and which algorithms it signs with ("X.509 certificates", "Digital
signatures"), RFC 5280 for certificates, RFC 8017 section 9.1 for RSA-PSS, RFC 8032 for Ed25519.  No list of trusted
authorities is asked: what is shown is that the key of this certificate signed, and which certificates stand above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from placet.core.canonical import decode, encode
from placet.errors import BadRecord, PlacetError, Refused, VerificationFailed
from placet.record.ed25519 import flaw

__all__ = ["MOST_BYTES", "Credential", "certificates_in", "made", "named", "parse", "thumbprints", "verify"]

MOST_BYTES: Final = 1 << 15  # of a credential, in JSON
_MOST_CHAIN: Final = 5
_LEAST_RSA, _MOST_RSA = 2048, 8192
_CURVES: Final[dict[str, tuple[str, HashAlgorithm]]] = {
    "es256": ("secp256r1", SHA256()),
    "es384": ("secp384r1", SHA384()),
    "es512": ("secp521r1", SHA512()),
}
_PSS: Final[dict[str, HashAlgorithm]] = {"ps256": SHA256(), "ps384": SHA384(), "ps512": SHA512()}
_ALGORITHMS: Final = ("ed25519", *_CURVES, *_PSS)
_PURPOSES: Final = {
    ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string,
    "1.3.6.1.5.5.7.3.36",  # RFC 9336, documents
    "1.3.6.1.4.1.62558.2.1",  # C2PA claims
}
_UNREAD: Final = (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """`chain` is of certificates in DER, the signer's own first, each issued by the next."""

    algorithm: str
    chain: tuple[bytes, ...]
    signature: bytes

    def data(self) -> bytes:
        """The credential as it is kept: canonical JSON."""
        told = [each.hex() for each in self.chain]
        value = {"v": 1, "algorithm": self.algorithm, "chain": told, "signature": self.signature.hex()}
        return encode(value)


def parse(data: bytes) -> Credential:
    """What `Credential.data` wrote; Refused for any other bytes."""
    found = _read(data) if len(data) <= MOST_BYTES else None
    if found is None or not 0 < len(found.chain) <= _MOST_CHAIN or found.algorithm not in _ALGORITHMS:
        raise Refused("this is no signature with its certificates, as docs/identity.md writes them (link.form)")
    return found


def _read(data: bytes) -> Credential | None:
    try:
        value = decode(data)
        chain, signature = tuple(map(bytes.fromhex, value["chain"])), bytes.fromhex(value["signature"])
        found = Credential(algorithm=value["algorithm"], chain=chain, signature=signature)
        return found if found.data() == data else None
    except (BadRecord, ValueError, TypeError, KeyError):
        return None


def certificates_in(pem: bytes) -> tuple[bytes, ...]:
    """The certificates of a PEM file, as DER; Refused where there is none, or too many."""
    try:
        found = x509.load_pem_x509_certificates(pem)
    except _UNREAD:
        raise Refused("the file holds no certificate in PEM that can be read (link.certificate)") from None
    if len(found) > _MOST_CHAIN:
        raise Refused(f"a chain has {_MOST_CHAIN} certificates at most, its own first (link.certificate)")
    return tuple(each.public_bytes(Encoding.DER) for each in found)


def thumbprints(chain: Sequence[bytes]) -> str:
    """SHA-256 of each certificate in hex, with a space between: how an entry names them."""
    return " ".join(sha256(each).hexdigest() for each in chain)


def named(certificate: bytes) -> str:
    """Whom a certificate in DER names (RFC 4514); nothing where it cannot be read."""
    try:
        return x509.load_der_x509_certificate(certificate).subject.rfc4514_string()
    except _UNREAD:
        return ""


def made(chain: Sequence[bytes], signature: bytes, message: bytes, at: int) -> Credential:
    """The credential of a signature, by whichever algorithm it was made; as `verify` where none fits."""
    failed: PlacetError = VerificationFailed("nothing was signed (link.signature)")
    for algorithm in _ALGORITHMS:
        credential = Credential(algorithm=algorithm, chain=tuple(chain), signature=signature)
        try:
            verify(credential, message, at)
        except (Refused, VerificationFailed) as error:
            failed = error
        else:
            return credential
    raise failed


def verify(credential: Credential, message: bytes, at: int) -> None:
    """Refused or VerificationFailed unless the first certificate's key signed the message, and the chain holds."""
    try:
        chain = [x509.load_der_x509_certificate(each) for each in credential.chain]
        if tuple(each.public_bytes(Encoding.DER) for each in chain) != credential.chain:
            raise ValueError("not DER")
        _check_leaf(chain[0], at)
        holds = all(map(_is_issued, chain, chain[1:]))
        key = chain[0].public_key()
    except (*_UNREAD, UnsupportedAlgorithm):
        raise Refused("a certificate of the chain cannot be read (link.certificate)") from None
    if not holds:
        raise Refused("a certificate of the chain was not issued by the next one (link.certificate)")
    if not _is_signed(credential, key, message):
        raise VerificationFailed("the signature does not hold for the text and the certificate's key (link.signature)")


def _check_leaf(leaf: x509.Certificate, at: int) -> None:
    """As C2PA asks: no authority's, for signatures, for one of three purposes, and in time."""
    usage, purposes, basic = (
        _said(leaf, kind) for kind in (x509.KeyUsage, x509.ExtendedKeyUsage, x509.BasicConstraints)
    )
    if usage is None or not usage.digital_signature or usage.key_cert_sign or (basic is not None and basic.ca):
        raise Refused("the certificate is not one that signs for somebody (link.certificate)")
    if not {each.dotted_string for each in purposes or ()} & _PURPOSES:
        raise Refused("the certificate is for none of C2PA claims, documents and e-mail (link.certificate)")
    if not leaf.not_valid_before_utc.timestamp() <= at <= leaf.not_valid_after_utc.timestamp():
        raise Refused("the certificate is not valid at the time of the link (link.certificate)")


def _said(certificate: x509.Certificate, kind: Any) -> Any:
    """The value of an extension, None where there is none."""
    return next((each.value for each in certificate.extensions if isinstance(each.value, kind)), None)


def _is_issued(below: x509.Certificate, above: x509.Certificate) -> bool:
    basic = _said(above, x509.BasicConstraints)
    try:
        below.verify_directly_issued_by(above)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return basic is not None and basic.ca


def _is_signed(credential: Credential, key: object, message: bytes) -> bool:
    """Whether a key of the algorithm's own kind signed; Refused for a key that C2PA does not let sign."""
    name, signature = credential.algorithm, credential.signature
    try:
        if isinstance(key, ed25519.Ed25519PublicKey) and name == "ed25519":
            if why := flaw(key.public_bytes_raw()):
                raise Refused(f"the certificate's key {why} (link.key)")
            key.verify(signature, message)
        elif isinstance(key, ec.EllipticCurvePublicKey) and name in _CURVES and _CURVES[name][0] == key.curve.name:
            key.verify(signature, message, ec.ECDSA(_CURVES[name][1]))
        elif isinstance(key, rsa.RSAPublicKey) and name in _PSS:
            if not _LEAST_RSA <= key.key_size <= _MOST_RSA:
                raise Refused(f"the certificate's RSA key has {key.key_size} bits, not {_LEAST_RSA} or more (link.key)")
            key.verify(signature, message, _pss(_PSS[name]), _PSS[name])
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def _pss(hash_: HashAlgorithm) -> padding.PSS:
    return padding.PSS(mgf=padding.MGF1(hash_), salt_length=hash_.digest_size)
