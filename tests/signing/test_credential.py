"""Signatures by a certificate's key: what openssl makes holds, and each thing that is wrong is refused by its id."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from importlib.resources import files

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from placet.core.canonical import decode, encode
from placet.errors import PlacetError, Refused, VerificationFailed
from placet.signing import credential
from placet.signing.credential import Credential
from tests.factories import NOW
from tests.gallery.certificates import issued

TEXT = b"a text that names a key and a log\n"


@cache
def made() -> Credential:
    """By a certificate of P-256 that leads to a root of its own."""
    chain, key, root = issued("Ana")
    private = load_pem_private_key(key, None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return credential.made(credential.certificates_in(chain + root), private.sign(TEXT, ec.ECDSA(SHA256())), TEXT, NOW)


def test_a_signature_holds_and_names_its_certificates():
    chain, _, root = issued("Ana")

    found = credential.parse(made().data())

    credential.verify(found, TEXT, NOW)
    assert found == made()
    assert found.algorithm == "es256"
    assert found.chain == credential.certificates_in(chain + root)
    assert credential.named(found.chain[0]) == "O=Ana"
    first = x509.load_der_x509_certificate(found.chain[0])
    assert credential.thumbprints(found.chain).split()[0] == first.fingerprint(SHA256()).hex()


def test_every_flipped_bit_is_refused():
    """Of the certificates above the signer's too, since an entry names each by its digest."""
    data, due = made().data(), credential.thumbprints(made().chain)

    for bit in range(8 * len(data)):
        changed = data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]
        with pytest.raises((Refused, VerificationFailed), match=r"\(link\.\w+\)$"):
            judged(changed, due)


def judged(data: bytes, public: str) -> None:
    from placet.registry.links import check_link

    check_link("c2pa", public, data, TEXT, NOW)


def test_every_flipped_bit_of_the_text_is_refused():
    for bit in range(8 * len(TEXT)):
        changed = TEXT[: bit // 8] + bytes([TEXT[bit // 8] ^ 1 << bit % 8]) + TEXT[bit // 8 + 1 :]
        with pytest.raises(VerificationFailed, match=r"\(link.signature\)$"):
            credential.verify(made(), changed, NOW)


def certificate(private: object, *extensions: tuple[x509.ExtensionType, bool]) -> bytes:
    """A certificate signed by itself, with a key and these extensions."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Ben")])
    span = x509.load_der_x509_certificate(made().chain[0])
    builder = x509.CertificateBuilder(name, name, private.public_key(), 7)
    builder = builder.not_valid_before(span.not_valid_before_utc).not_valid_after(span.not_valid_after_utc)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    hash_ = None if isinstance(private, ed25519.Ed25519PrivateKey) else SHA256()
    return builder.sign(private, hash_).public_bytes(Encoding.DER)


def usage(*, signs: bool = True, certifies: bool = False) -> tuple[x509.ExtensionType, bool]:
    return x509.KeyUsage(signs, False, False, False, False, certifies, False, False, False), True


def purpose(oid: str) -> tuple[x509.ExtensionType, bool]:
    return x509.ExtendedKeyUsage([x509.ObjectIdentifier(oid)]), False


MAIL, CLAIMS, DOCUMENTS = "1.3.6.1.5.5.7.3.4", "1.3.6.1.4.1.62558.2.1", "1.3.6.1.5.5.7.3.36"
P256 = ec.derive_private_key(5, ec.SECP256R1())


def by_p256(*extensions: tuple[x509.ExtensionType, bool], signature: bytes = b"") -> Credential:
    signature = signature or P256.sign(TEXT, ec.ECDSA(SHA256()))
    return Credential(algorithm="es256", chain=(certificate(P256, *extensions),), signature=signature)


@pytest.mark.parametrize("oid", [MAIL, CLAIMS, DOCUMENTS])
def test_three_purposes_are_taken(oid):
    credential.verify(by_p256(usage(), purpose(oid)), TEXT, NOW)


@pytest.mark.parametrize(
    "extensions",
    [
        [],
        [usage()],
        [purpose(MAIL)],
        [usage(signs=False), purpose(MAIL)],
        [usage(certifies=True), purpose(MAIL)],
        [usage(), purpose(MAIL), (x509.BasicConstraints(ca=True, path_length=None), True)],
        [usage(), purpose("1.3.6.1.5.5.7.3.1")],
        [usage(), purpose("2.5.29.37.0")],
    ],
    ids=["none", "no purpose", "no usage", "no signing", "certifies", "authority", "web server", "any purpose"],
)
def test_another_certificate_is_refused(extensions):
    with pytest.raises(Refused, match=r"\(link.certificate\)$"):
        credential.verify(by_p256(*extensions), TEXT, NOW)


def test_a_certificate_is_in_time_when_it_is_linked():
    leaf = x509.load_der_x509_certificate(made().chain[0])
    begin, end = int(leaf.not_valid_before_utc.timestamp()), int(leaf.not_valid_after_utc.timestamp())

    credential.verify(made(), TEXT, begin)
    credential.verify(made(), TEXT, end)
    for at in (begin - 1, end + 1):
        with pytest.raises(Refused, match=r"not valid at the time of the link \(link.certificate\)$"):
            credential.verify(made(), TEXT, at)


@pytest.mark.parametrize("size", [1024, 2048])
def test_rsa_is_taken_by_pss_from_2048_bits_on(size):
    key = rsa.generate_private_key(65537, size)
    pss = padding.PSS(padding.MGF1(SHA384()), SHA384.digest_size)
    chain = (certificate(key, usage(), purpose(MAIL)),)

    if size == 2048:
        assert credential.made(chain, key.sign(TEXT, pss, SHA384()), TEXT, NOW).algorithm == "ps384"
        with pytest.raises(VerificationFailed, match=r"\(link.signature\)$"):
            credential.made(chain, key.sign(TEXT, padding.PKCS1v15(), SHA256()), TEXT, NOW)
    else:
        with pytest.raises(Refused, match=r"has 1024 bits, not 2048 or more \(link.key\)$"):
            credential.made(chain, key.sign(TEXT, pss, SHA384()), TEXT, NOW)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        (replace(made(), algorithm="es384"), "link.signature"),
        (replace(made(), algorithm="ps256"), "link.signature"),
        (replace(made(), algorithm="ed25519"), "link.signature"),
        (replace(made(), chain=made().chain[::-1]), "link.certificate"),
        (replace(made(), chain=(made().chain[0], made().chain[0])), "link.certificate"),
        (replace(made(), chain=(made().chain[0], by_p256(usage(certifies=True)).chain[0])), "link.certificate"),
        (replace(made(), chain=(made().chain[0] + b"\0",)), "link.certificate"),
        (replace(made(), chain=(b"",)), "link.certificate"),
        (replace(made(), signature=b""), "link.signature"),
        (replace(made(), signature=made().signature + b"\0"), "link.signature"),
    ],
    ids=range(10),
)
def test_what_does_not_belong_together_is_refused(changed, rule):
    with pytest.raises((Refused, VerificationFailed), match=rf"\({rule}\)$"):
        credential.verify(changed, TEXT, NOW)


def test_a_signature_in_another_spelling_is_refused():
    """The numbers r and s, written with a zero that they do not need."""
    r, s = utils.decode_dss_signature(made().signature)
    wide = [b"\x02" + bytes([len(each)]) + each for each in (b"\0\0" + number.to_bytes(32) for number in (r, s))]
    loose = b"\x30" + bytes([len(b"".join(wide))]) + b"".join(wide)

    with pytest.raises(VerificationFailed):
        credential.verify(replace(made(), signature=loose), TEXT, NOW)


SAID = decode(made().data())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"7",
        made().data() + b"\n",
        json.dumps(SAID).encode(),
        encode(SAID | {"v": 2}),
        encode(SAID | {"more": 1}),
        encode(SAID | {"algorithm": "es256k"}),
        encode(SAID | {"chain": []}),
        encode(SAID | {"chain": {SAID["chain"][0]: 1}}),
        encode(SAID | {"chain": SAID["chain"] * 3}),
        encode(SAID | {"chain": [SAID["chain"][0].upper()]}),
        encode(SAID | {"signature": " " + SAID["signature"]}),
        encode(SAID | {"signature": 7}),
        encode(SAID | {"signature": "00" * (1 << 15)}),
    ],
    ids=range(15),
)
def test_another_form_is_refused(data):
    with pytest.raises(Refused, match=r"\(link.form\)$"):
        credential.parse(data)


def test_a_file_without_a_certificate_is_refused():
    chain, key, _ = issued("Ana")
    for data in (b"", key, chain.replace(b"MII", b"!!!", 1)):
        with pytest.raises(Refused, match=r"no certificate in PEM that can be read \(link.certificate\)$"):
            credential.certificates_in(data)
    with pytest.raises(Refused, match=r"5 certificates at most"):
        credential.certificates_in(chain * 6)
    assert credential.named(b"no certificate") == ""


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data):
    told = [data, encode(SAID | {"chain": [data.hex()]}), encode(SAID | {"signature": data.hex()})]
    for each in told:
        with pytest.raises(PlacetError, match=r"\(link\.\w+\)$"):
            credential.verify(credential.parse(each), TEXT, NOW)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program is not installed")
@pytest.mark.parametrize("published", ["certificate of P-256", "certificate of RSA, PSS", "certificate of Ed25519"])
def test_openssl_finds_the_published_certificates_to_be_a_chain(tmp_path, published):
    told = json.loads(files("placet").joinpath("vectors/identity/links.json").read_text("utf-8"))
    (found,) = [each for each in told["vectors"] if each["name"] == published]
    leaf, root = credential.parse(found["signature"].encode()).chain
    for name, data in (("leaf", leaf), ("root", root)):
        pem = x509.load_der_x509_certificate(data).public_bytes(Encoding.PEM)
        (tmp_path / name).write_bytes(pem)
    words = ["openssl", "verify", "-attime", str(told["at"]), "-CAfile", tmp_path / "root", tmp_path / "leaf"]

    assert subprocess.run(words, capture_output=True, check=False).returncode == 0
