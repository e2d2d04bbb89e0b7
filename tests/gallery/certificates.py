"""Certificates made for tests, and files signed with it."""

from __future__ import annotations

import datetime as dt
import io
from functools import cache

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from placet.fingerprints.containers.c2pa_manifest import media_type, sign
from placet.signing.certificate import Signer, self_signed, signer_of
from placet.signing.keys import Role, generate

__all__ = ["issued", "signed", "signer", "state_in"]

_BEGIN = 1_735_689_600  # 2025-01-01


@cache
def signer(name: str = "Ana", begin: int = _BEGIN) -> Signer:
    """A key with its self-made certificate, for 25 years; the same for the same name."""
    key = generate(name.encode().ljust(32, b"."), Role.EMBED, name)
    return signer_of(key, self_signed(key, begin))


def signed(data: bytes, use: str = "notAllowed", entry: str = "cawg.ai_generative_training", by: str = "Ana") -> bytes:
    """The file with a manifest that answers one question."""
    who = signer(by)
    said = {"cawg.training-mining": {"entries": {entry: {"use": use}}}}
    return sign(data, said, original=data, name="work", algorithm=who.algorithm, chain=who.chain, key=who.key)


def state_in(data: bytes, anchors: str = "") -> str:
    """What the reference library finds in the file when it looks for itself: Trusted, Valid or Invalid."""
    trust = {"trust_anchors": anchors, "trust_config": "1.3.6.1.5.5.7.3.4"} if anchors else {}
    settings = {"version": 1, "trust": trust, "verify": {"remote_manifest_fetch": False}}
    context = c2pa.Context(settings=c2pa.Settings.from_dict(settings))
    with context, c2pa.Reader(media_type(data), io.BytesIO(data), context=context) as reader:
        return reader.get_validation_state()


@cache
def issued(name: str) -> tuple[bytes, bytes, bytes]:
    """A chain that leads to a root of its own, its private key, and the root; all PEM."""
    begin, end = dt.datetime(2025, 1, 1, tzinfo=dt.UTC), dt.datetime(2055, 1, 1, tzinfo=dt.UTC)
    above, own = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())

    def certify(public: ec.EllipticCurvePublicKey, who: str, number: int, *, ca: bool) -> x509.CertificateBuilder:
        usage = x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False)
        return (
            x509.CertificateBuilder(_named("Root"), _named(who), public, number)
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above.public_key()), critical=False)
        )

    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    leaf = certify(own.public_key(), name, 2, ca=False).add_extension(purpose, critical=False)
    root = certify(above.public_key(), "Root", 1, ca=True).sign(above, hashes.SHA256())
    key = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain = leaf.sign(above, hashes.SHA256()).public_bytes(Encoding.PEM)
    return chain, key, root.public_bytes(Encoding.PEM)


def _named(who: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, who)])
