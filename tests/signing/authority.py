"""A time stamping authority of our own, by openssl, and a root that vouches for it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = ["Authority"]

CONFIG = """
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""
QUALIFIED = bytes.fromhex("300a3008060604008e460101")


@dataclass
class Authority:
    """Certificates are made as each test wants them; `days` bounds the signer's from now."""

    folder: Path
    days: tuple[int, int] = (-1, 30)
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.TIME_STAMPING,)
    is_critical: bool = True
    is_qualified: bool = False
    root: Path = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.root = self.folder / "root.pem"
        (self.folder / "serial").write_text("01\n")
        (self.folder / "tsa.cnf").write_text(CONFIG.format(folder=self.folder))
        above, own = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root = _certificate("Test root", "Test root", above.public_key(), (-10, 90))
        root = root.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        signer = _certificate("Test authority", "Test root", own.public_key(), self.days)
        signer = signer.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        if self.purposes:
            signer = signer.add_extension(x509.ExtendedKeyUsage(self.purposes), critical=self.is_critical)
        if self.is_qualified:
            oid = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
            signer = signer.add_extension(x509.UnrecognizedExtension(oid, QUALIFIED), critical=False)
        self.root.write_bytes(root.sign(above, hashes.SHA256()).public_bytes(Encoding.PEM))
        (self.folder / "signer.pem").write_bytes(signer.sign(above, hashes.SHA256()).public_bytes(Encoding.PEM))
        pem = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (self.folder / "signer.key").write_bytes(pem)

    @property
    def signer(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate((self.folder / "signer.pem").read_bytes())

    def answer(self, request: bytes, *more: str) -> bytes:
        """What the authority answers; `more` are words for `openssl ts -reply`."""
        query = self.folder / "query.tsq"
        query.write_bytes(request)
        return _openssl(
            "ts", "-reply", "-queryfile", query, "-config", self.folder / "tsa.cnf",
            "-signer", self.folder / "signer.pem", "-inkey", self.folder / "signer.key", *more,
        )  # fmt: skip

    def agrees(self, token: bytes, data: bytes) -> bool:
        """Whether `openssl ts -verify` takes the token."""
        (self.folder / "data").write_bytes(data)
        (self.folder / "token").write_bytes(token)
        words = ["-data", self.folder / "data", "-in", self.folder / "token", "-CAfile", self.root]
        done = subprocess.run(["openssl", "ts", "-verify", *map(str, words)], capture_output=True, check=False)
        return done.returncode == 0


def _certificate(
    name: str, issuer: str, key: ec.EllipticCurvePublicKey, days: tuple[int, int]
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)  # noqa: TID251 - openssl signs by this clock
    begin, end = (now + timedelta(days=each) for each in days)
    who = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (issuer, name)]
    return x509.CertificateBuilder(who[0], who[1], key, x509.random_serial_number(), begin, end)


def _openssl(*words: object) -> bytes:
    return subprocess.run(["openssl", *map(str, words)], capture_output=True, check=True).stdout
