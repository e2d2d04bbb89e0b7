"""Check without Placet which other keys speak for a party: `python examples/links_by_hand.py FOLDER LOG.policy`.

FOLDER is the `log/` of an export, a mirror or a snapshot.  The whole log is read first, by `mirror_by_hand.py` beside
this file; then every link is judged by the signature beside it: an SSH key's (OpenSSH's PROTOCOL.sshsig), a did:key's,
or that of a certificate for C2PA, over the text that names the party's key and this log.  Besides the standard library
it takes the package `cryptography`.  That a key signed says nothing about who holds it.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import new, sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512
from cryptography.hazmat.primitives.serialization import load_ssh_public_key
from mirror_by_hand import Broken, Reader, canonical, check_tree, leaf, plain, read_checkpoint, read_entries

NAMESPACE = "placet-identity-v1"
TEXT = """\
{}
key {}
log {}
Whoever holds the key that signs this text also holds the key that is named in it.
This permits nothing and licenses nothing.
"""
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
P = 2**255 - 19
EIGHTH = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
SMALL = {0, 1, P - 1, EIGHTH, P - EIGHTH}
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
HASHES = {"256": SHA256(), "384": SHA384(), "512": SHA512()}
RSA_SHA2 = {b"rsa-sha2-256": SHA256(), b"rsa-sha2-512": SHA512()}
CURVES = {"es256": "secp256r1", "es384": "secp384r1", "es512": "secp521r1"}
UNREAD = (Broken, ValueError, KeyError, TypeError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion)
PURPOSES = {"1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1"}


def main(words: list[str]) -> int:
    folder, policy = Path(words[0]), Path(words[1]).read_text(encoding="utf-8")
    try:
        lines = list(judged(folder, policy))
    except (*UNREAD, InvalidSignature, OSError) as error:
        print(f"BROKEN: {str(error) or 'a signature does not hold'}")
        return 1
    print(*lines or ["No other key speaks for anybody."], sep="\n")
    return 0


def judged(folder: Path, policy: str) -> Iterator[str]:
    """A line for each link; Broken or InvalidSignature when the log, or one of them, does not hold."""
    origin, size, root = read_checkpoint((folder / "checkpoint").read_bytes(), policy)
    data, reader = list(read_entries(folder, size)), Reader(folder)
    check_tree(folder, [leaf(each) for each in data], root)
    for index, each in enumerate(data):
        entry = reader.check(index, each)
        if entry["type"] == "identity.link":
            body, blob = entry["body"], reader.blob(entry["body"]["signature"])
            if blob is None:
                raise Broken("the signature was withheld, and nothing can be said of it")
            said = check_link(body, blob, TEXT.format(NAMESPACE, entry["by"], origin).encode())
            yield plain(f"entry {index}: {said} signed for {entry['by'][:16]}")


def check_link(body: dict[str, Any], blob: bytes, text: bytes) -> str:
    """Which key signed the text; Broken or InvalidSignature unless it is the one that is linked."""
    kind, public = body["kind"], body["public"]
    if kind == "ssh":
        return check_ssh(public, blob, text)
    if kind == "did":
        ed25519(did_key(public)).verify(blob, text)
        return str(public)
    return check_certificate(public, blob, text, body["at"])


# --- SSH --------------------------------------------------------------------------------------------


def check_ssh(public: str, blob: bytes, text: bytes) -> str:
    """PROTOCOL.sshsig: an armored blob of the key, what it is for, a hash, and the signature."""
    first, *middle, last, empty = blob.decode().split("\n")
    raw = b64decode("".join(middle), validate=True)
    if (first, last, empty) != (BEGIN, END, "") or wrapped(raw) != middle or raw[:10] != b"SSHSIG\0\0\0\1":
        raise Broken("this is not one SSH signature, written as ssh-keygen writes it")
    key, namespace, reserved, hash_, signature = strings(raw[10:])
    if public != f"{strings(key)[0].decode()} {b64encode(key).decode()}":
        raise Broken("another key signed than the one that is linked")
    if namespace != NAMESPACE.encode() or reserved or hash_ not in (b"sha256", b"sha512"):
        raise Broken("the signature was made for something else")
    digest = new(hash_.decode(), text).digest()
    verify_ssh(key, signature, b"SSHSIG" + b"".join(map(string, (namespace, b"", hash_, digest))))
    return f"SSH key SHA256:{b64encode(sha256(key).digest()).decode().rstrip('=')}"


def verify_ssh(key: bytes, signature: bytes, signed: bytes) -> None:
    kind, *told = strings(key)
    if kind == b"sk-ssh-ed25519@openssh.com":  # PROTOCOL.u2f: a token adds what it saw to what it signs
        flags = signature[-5:]
        by, proof = strings(signature[:-5])
        if not told[1].startswith(b"ssh:") or flags[0] not in (1, 5):
            raise Broken("nobody touched the token, or it was asked by another program")
        ed25519(told[0]).verify(proof, sha256(told[1]).digest() + flags + sha256(signed).digest())
    elif kind == b"ssh-ed25519":
        by, proof = strings(signature)
        ed25519(told[0]).verify(proof, signed)
    else:
        by, proof = strings(signature)
        loaded = load_ssh_public_key(f"{kind.decode()} {b64encode(key).decode()}".encode())
        if isinstance(loaded, ec.EllipticCurvePublicKey) and kind == b"ecdsa-sha2-nistp256":
            r, s = map(positive, strings(proof))
            loaded.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))
        elif isinstance(loaded, rsa.RSAPublicKey) and loaded.key_size >= 2048 and by in RSA_SHA2:
            loaded.verify(proof, signed, padding.PKCS1v15(), RSA_SHA2[by])
            kind = by
        else:
            raise Broken("keys of this type are not taken")
    if by != kind:
        raise Broken("the signature is of another kind than its key")


def strings(data: bytes) -> list[bytes]:
    """RFC 4251: each behind its length, up to the end."""
    found = []
    while data:
        size = int.from_bytes(data[:4])
        if len(data) < 4 + size:
            raise Broken("the signature is cut off")
        found.append(data[4 : 4 + size])
        data = data[4 + size :]
    return found


def string(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


def positive(data: bytes) -> int:
    value = int.from_bytes(data)
    if not value or value.to_bytes(value.bit_length() // 8 + 1) != data:
        raise Broken("a number is not written as it should be")
    return value


def wrapped(raw: bytes) -> list[str]:
    text = b64encode(raw).decode()
    return [text[at : at + 70] for at in range(0, len(text), 70)]


# --- did:key and certificates -----------------------------------------------------------------------


def ed25519(public: bytes) -> Ed25519PublicKey:
    """RFC 8032, and no key for which anybody can sign."""
    y = int.from_bytes(public, "little") & (1 << 255) - 1
    if y >= P or y in SMALL:
        raise Broken("anybody can sign for this key, or it is written in another way")
    return Ed25519PublicKey.from_public_bytes(public)


def did_key(did: str) -> bytes:
    number = 0
    for digit in did.removeprefix("did:key:z"):
        number = number * 58 + BASE58.index(digit)
    data = number.to_bytes(34)
    if not did.startswith("did:key:z6Mk") or not data.startswith(b"\xed\x01"):
        raise Broken("this is no did:key of Ed25519")
    return data[2:]


def check_certificate(public: str, blob: bytes, text: bytes, at: int) -> str:
    """The first certificate's key signed; each was issued by the next; the entry names them by their SHA-256."""
    said = json.loads(blob)
    if canonical(said) != blob or sorted(said) != ["algorithm", "chain", "signature", "v"] or said["v"] != 1:
        raise Broken("this is not a signature with its certificates")
    chain, signature = [bytes.fromhex(each) for each in said["chain"]], bytes.fromhex(said["signature"])
    if [each.hex() for each in chain] != said["chain"] or signature.hex() != said["signature"]:
        raise Broken("this is not written in lowercase hex")
    if [sha256(each).hexdigest() for each in chain] != public.split(" "):
        raise Broken("other certificates are linked than those that are here")
    certificates = [x509.load_der_x509_certificate(each) for each in chain]
    for below, above in pairwise(certificates):
        below.verify_directly_issued_by(above)
        if not extensions(above)[x509.BasicConstraints].ca:
            raise Broken("a certificate was issued by one that issues none")
    check_purpose(certificates[0], at)
    verify_certificate(certificates[0].public_key(), said["algorithm"], signature, text)
    return f"certificate SHA256:{public[:16]} of {certificates[0].subject.rfc4514_string()}, as it says,"


def extensions(certificate: x509.Certificate) -> dict[type, Any]:
    return {type(each.value): each.value for each in certificate.extensions}


def check_purpose(certificate: x509.Certificate, at: int) -> None:
    told = extensions(certificate)
    usage, purposes = told[x509.KeyUsage], told[x509.ExtendedKeyUsage]
    if not usage.digital_signature or usage.key_cert_sign or not {p.dotted_string for p in purposes} & PURPOSES:
        raise Broken("the certificate is not one for C2PA claims, documents or e-mail")
    if not certificate.not_valid_before_utc.timestamp() <= at <= certificate.not_valid_after_utc.timestamp():
        raise Broken("the certificate was not valid when it was linked")


def verify_certificate(key: object, algorithm: str, signature: bytes, text: bytes) -> None:
    hash_ = HASHES.get(algorithm[-3:], SHA256())
    if isinstance(key, Ed25519PublicKey) and algorithm == "ed25519":
        ed25519(key.public_bytes_raw()).verify(signature, text)
    elif isinstance(key, ec.EllipticCurvePublicKey) and CURVES.get(algorithm) == key.curve.name:
        key.verify(signature, text, ec.ECDSA(hash_))
    elif isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048 and algorithm in ("ps256", "ps384", "ps512"):
        key.verify(signature, text, padding.PSS(padding.MGF1(hash_), hash_.digest_size), hash_)
    else:
        raise Broken("the algorithm is not one of this key")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
