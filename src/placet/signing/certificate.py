"""Certificates for signing what is put into files: one made from a key here, or one that was given.

X.509 (RFC 5280), as C2PA 2.4 ("X.509 certificates") asks of a signer's certificate: not a CA, for digital
signatures, with an extended key usage.  One that is made here is signed by itself: it shows that nobody changed the
file since, and not who signed it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from placet.errors import BadRecord, Refused
from placet.signing.keys import Key, fingerprint

__all__ = ["Signer", "given", "self_signed", "signer_of"]

_YEARS: Final = 25  # no time stamp vouches for the signature once the certificate is over
_LONGEST_NAME: Final = 64  # RFC 5280, ub-organization-name
_CURVES: Final = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate chain and its private key, both PEM; `name` is whom it names, `self_made` whether by itself."""

    chain: bytes
    key: bytes = field(repr=False)
    algorithm: str
    name: str
    self_made: bool


def self_signed(key: Key, at: int) -> bytes:
    """The certificate of a key, signed by itself, valid from `at` (UTC seconds) for 25 years; PEM."""
    private = ed25519.Ed25519PrivateKey.from_private_bytes(key.private)
    who = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, _name(key))])
    begin = dt.datetime.fromtimestamp(at, dt.UTC) - dt.timedelta(minutes=5)
    public = private.public_key()
    made = (
        x509.CertificateBuilder(who, who, public, int(fingerprint(key.public), 16))
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=366 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for_signatures(), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(private, None)
    )
    return made.public_bytes(Encoding.PEM)


def signer_of(key: Key, certificate: bytes) -> Signer:
    """The signer that a key and its own certificate make."""
    private = ed25519.Ed25519PrivateKey.from_private_bytes(key.private)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return given(certificate, pem, None)


def given(chain: bytes, key: bytes, passphrase: bytes | None) -> Signer:
    """A signer from a chain, its own certificate first, and a private key; Refused when they do not belong together."""
    try:
        certificates = x509.load_pem_x509_certificates(chain)
    except (ValueError, x509.InvalidVersion) as error:
        raise BadRecord("the certificate file holds no certificate in PEM") from error
    private = _private(key, passphrase)
    own = certificates[0]
    if _public(private.public_key()) != _public(own.public_key()):
        raise Refused("the private key does not belong to the first certificate of the chain")
    return Signer(
        chain=b"".join(each.public_bytes(Encoding.PEM) for each in certificates),
        key=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        algorithm=_algorithm(private),
        name=_subject(own),
        self_made=own.issuer == own.subject,
    )


def _private(key: bytes, passphrase: bytes | None) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(key, passphrase)
    except TypeError as error:
        raise Refused(f"the private key cannot be opened: {str(error)[:1].lower()}{str(error)[1:]}") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadRecord("the key file holds no private key in PEM that its passphrase opens") from error


def _public(key: object) -> bytes:
    encode = getattr(key, "public_bytes", None)
    return bytes(encode(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)) if encode else b""


def _algorithm(private: PrivateKeyTypes) -> str:
    """The algorithms that a claim may be signed with (C2PA 2.4, "Digital signatures")."""
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        return _CURVES[private.curve.name]
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= 2048:
        return "ps256"
    raise Refused("C2PA signs with Ed25519, P-256, P-384, P-521 or RSA of 2048 bits and more; this key is another")


def _for_signatures() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(key: Key) -> str:
    return (key.name or f"unnamed, key {fingerprint(key.public)}")[:_LONGEST_NAME]


def _subject(certificate: x509.Certificate) -> str:
    for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        found = certificate.subject.get_attributes_for_oid(oid)
        if found:
            return str(found[0].value)
    return "nobody"
