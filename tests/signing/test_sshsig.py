"""Signatures by SSH keys: ssh-keygen and we agree on what holds, and each thing that is wrong is refused by its id."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import PlacetError, Refused, VerificationFailed
from placet.signing import sshsig
from tests.signing.ssh_keys import (
    NAMESPACE,
    PROGRAM,
    TEXT,
    Made,
    by_ed25519,
    by_p256,
    by_rsa,
    by_ssh_keygen,
    by_token,
    mpint,
    new_key,
    public_line,
    ssh_keygen_takes,
    string,
)

needs_ssh_keygen = pytest.mark.skipif(PROGRAM is None, reason="the program ssh-keygen is not installed")


@cache
def rsa_key(size: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, size)


def check(blob: bytes, text: bytes = TEXT, namespace: str = NAMESPACE) -> sshsig.SshSignature:
    signed = sshsig.parse(blob)
    sshsig.verify(signed, text, namespace)
    return signed


def refused(blob: bytes, rule: str) -> None:
    with pytest.raises((Refused, VerificationFailed), match=rf"\({rule}\)$"):
        check(blob)


def flips(data: bytes) -> Iterator[bytes]:
    """The data with each of its bits changed, one at a time."""
    for bit in range(8 * len(data)):
        yield data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


# ---- what holds -----------------------------------------------------------------------------------------------


@needs_ssh_keygen
@pytest.mark.parametrize(
    "kind",
    [
        ("ed25519",),
        ("ecdsa", "-b", "256"),
        ("rsa", "-b", "2048"),
        pytest.param(("rsa", "-b", "4096"), marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("hash_", ["sha256", "sha512"])
def test_what_ssh_keygen_signs_holds_here_and_for_no_other_text(tmp_path, kind, hash_):
    (tmp_path / "text").write_bytes(TEXT)
    key = new_key(tmp_path, *kind)

    armored = by_ssh_keygen(key, tmp_path / "text", NAMESPACE, "-O", f"hashalg={hash_}")

    signed = check(sshsig.dearmor(armored))
    assert signed.hash == hash_.encode()
    assert sshsig.armor(sshsig.dearmor(armored)) == armored
    assert signed.key == " ".join(key.with_suffix(key.suffix + ".pub").read_text().split()[:2])
    with pytest.raises(VerificationFailed, match=r"\(sshsig.bad\)"):
        check(sshsig.dearmor(armored), TEXT + b" ")


@needs_ssh_keygen
@pytest.mark.parametrize(
    "made",
    [by_ed25519, by_token, by_p256, lambda: by_rsa(rsa_key()), lambda: by_rsa(rsa_key(), b"rsa-sha2-256")],
    ids=["ed25519", "token", "p256", "rsa", "rsa by sha256"],
)
def test_what_is_made_by_hand_ssh_keygen_takes_too(tmp_path, made):
    blob = made().blob()

    check(blob)

    assert ssh_keygen_takes(tmp_path, sshsig.armor(blob))
    assert not ssh_keygen_takes(tmp_path, sshsig.armor(blob), TEXT + b" ")


@needs_ssh_keygen
def test_what_is_taken_here_ssh_keygen_takes(tmp_path):
    """The published vectors, one by one: theirs may be more, never less."""
    published = json.loads(files("placet").joinpath("vectors/identity/links.json").read_text("utf-8"))
    taken = [each for each in published["vectors"] if each["kind"] == "ssh" and not each["refused"]]

    found = [ssh_keygen_takes(tmp_path, each["signature"].encode(), published["text"].encode()) for each in taken]

    assert found == [True] * 6


def test_a_fingerprint_is_the_one_that_ssh_shows(tmp_path):
    """RFC 8032, 7.1, test 1 as an SSH key; `ssh-keygen -l` prints this."""
    public = string(b"ssh-ed25519") + string(bytes.fromhex(RFC_8032))

    assert sshsig.key_fingerprint(public) == FINGERPRINT
    assert sshsig.key_of(public_line(public)) == public


RFC_8032 = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
FINGERPRINT = "SHA256:bbXpuKG6zhzdmnxq256TlqzFBzRl2f6OOg722cYNbU8"


# ---- what does not --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [by_ed25519, by_token, by_p256], ids=["ed25519", "token", "p256"])
def test_every_flipped_bit_is_refused(made):
    blob = made().blob()

    for changed in flips(blob):
        with pytest.raises((Refused, VerificationFailed)):
            check(changed)


@pytest.mark.slow
def test_every_flipped_bit_of_rsa_is_refused():
    for changed in flips(by_rsa(rsa_key()).blob()):
        with pytest.raises((Refused, VerificationFailed)):
            check(changed)


@pytest.mark.parametrize("made", [by_ed25519, by_token, by_p256], ids=["ed25519", "token", "p256"])
def test_every_flipped_bit_of_the_text_is_refused(made):
    blob = made().blob()

    for changed in flips(TEXT):
        with pytest.raises(VerificationFailed, match=r"\(sshsig.bad\)"):
            check(blob, changed)


@pytest.mark.parametrize("made", [by_ed25519, by_token, by_p256, lambda: by_rsa(rsa_key())])
def test_what_ends_early_or_goes_on_is_refused(made):
    blob = made().blob()

    for size in range(len(blob)):
        refused(blob[:size], r"sshsig.form")
    refused(blob + b"\0", "sshsig.form")


ED25519 = by_ed25519()
TOKEN = by_token()
P256 = by_p256()
KIND_25519, KIND_P256 = string(b"ssh-ed25519"), string(b"ecdsa-sha2-nistp256")
POINT = P256.public[-65:]
COMPRESSED = bytes([2 + (POINT[-1] & 1)]) + POINT[1:33]
ORDER = 2**252 + 27742317777372353535851937790883648493


def more_s(signature: bytes) -> bytes:
    """The same signature of Ed25519 with S written in another way."""
    s = int.from_bytes(signature[-32:], "little") + ORDER
    return signature[:-32] + s.to_bytes(32, "little")


def longer(made: Made) -> bytes:
    """The signature of P-256 with a zero before each number that needs none."""
    pair, told = made.signature[len(KIND_P256) + 4 :], b""
    while pair:
        size = int.from_bytes(pair[:4])
        told, pair = told + string(b"\0" + pair[4 : 4 + size]), pair[4 + size :]
    return KIND_P256 + string(told)


WRONG = [
    (ED25519.blob(magic=b"SSHSIH"), "sshsig.form"),
    (ED25519.blob(version=2), "sshsig.form"),
    (ED25519.blob(reserved=b"x"), "sshsig.form"),
    (ED25519.blob(tail=b"\n"), "sshsig.form"),
    (by_ed25519(namespace="git").blob(), "sshsig.namespace"),
    (by_ed25519(namespace="file").blob(), "sshsig.namespace"),
    (by_ed25519(namespace="").blob(), "sshsig.namespace"),
    (by_ed25519(namespace=NAMESPACE + "\0").blob(), "sshsig.namespace"),
    (by_ed25519(namespace="git").blob(namespace=NAMESPACE.encode()), "sshsig.bad"),
    (by_ed25519(hash_=b"sha1").blob(), "sshsig.hash"),
    (by_ed25519(hash_=b"sha384").blob(), "sshsig.hash"),
    (ED25519.blob(hash=b"sha256"), "sshsig.bad"),
    (ED25519.blob(hash=b""), "sshsig.hash"),
    (ED25519.blob(public=P256.public), "sshsig.key"),
    (ED25519.blob(signature=P256.signature), "sshsig.key"),
    (ED25519.blob(signature=more_s(ED25519.signature)), "sshsig.form"),
    (ED25519.blob(signature=ED25519.signature + b"x"), "sshsig.form"),
    (ED25519.blob(signature=KIND_25519 + string(b"short")), "sshsig.form"),
    (ED25519.blob(public=ED25519.public + b"x"), "sshsig.form"),
    (ED25519.blob(public=KIND_25519 + string(bytes(32))), "sshsig.key"),
    (ED25519.blob(public=KIND_25519 + string(bytes([1]) + bytes(31))), "sshsig.key"),
    (ED25519.blob(public=KIND_25519 + string(b"\xff" * 31 + b"\x7f")), "sshsig.key"),
    (ED25519.blob(public=KIND_25519 + string(bytes(33))), "sshsig.key"),
    (ED25519.blob(public=string(b"ssh-dss") + string(bytes(32))), "sshsig.key"),
    (ED25519.blob(public=string(b"ssh-ed25519-cert-v01@openssh.com") + string(bytes(32))), "sshsig.key"),
    (by_token(application=b"https://example.org").blob(), "sshsig.key"),
    (by_token(flags=0).blob(), "sshsig.presence"),
    (by_token(flags=4).blob(), "sshsig.presence"),
    (by_token(flags=0x81).blob(), "sshsig.form"),
    (TOKEN.blob(signature=TOKEN.signature + b"x"), "sshsig.form"),
    (P256.blob(public=string(b"ecdsa-sha2-nistp384") + string(b"nistp384") + string(POINT)), "sshsig.key"),
    (P256.blob(public=KIND_P256 + string(b"nistp384") + string(POINT)), "sshsig.key"),
    (P256.blob(public=KIND_P256 + string(b"nistp256") + string(COMPRESSED)), "sshsig.key"),
    (P256.blob(public=KIND_P256 + string(b"nistp256") + string(b"\4" + bytes(64))), "sshsig.key"),
    (P256.blob(signature=longer(P256)), "sshsig.form"),
    (P256.blob(signature=KIND_P256 + string(mpint(0) + mpint(1))), "sshsig.form"),
    (P256.blob(signature=KIND_P256 + string(string(b"\x80") + mpint(1))), "sshsig.form"),
    (P256.blob(signature=KIND_P256 + string(mpint(1) + mpint(1))), "sshsig.bad"),
    (P256.blob(signature=KIND_P256 + string(mpint(1 << 300) + mpint(1))), "sshsig.bad"),
]


@pytest.mark.parametrize(("blob", "rule"), WRONG, ids=[f"{n} {rule}" for n, (_, rule) in enumerate(WRONG)])
def test_what_is_wrong_is_refused_by_its_id(blob, rule):
    refused(blob, rule)


def test_what_is_wrong_with_rsa_is_refused_by_its_id():
    made, key = by_rsa(rsa_key()), string(b"ssh-rsa")
    numbers = rsa_key().public_key().public_numbers()

    refused(by_rsa(rsa_key(1024)).blob(), "sshsig.key")
    refused(by_rsa(rsa_key(), b"ssh-rsa").blob(), "sshsig.key")
    refused(made.blob(public=key + mpint(1) + mpint(numbers.n)), "sshsig.key")
    refused(made.blob(public=key + mpint(65536) + mpint(numbers.n)), "sshsig.key")
    refused(made.blob(public=key + mpint((1 << 40) + 1) + mpint(numbers.n)), "sshsig.key")
    refused(made.blob(public=key + mpint(65537) + mpint((1 << 9000) + 1)), "sshsig.key")
    refused(made.blob(public=key + mpint(65537) + mpint(numbers.n - 1)), "sshsig.key")
    refused(made.blob(public=key + string(b"\0\0\1\0\1") + mpint(numbers.n)), "sshsig.form")
    refused(made.blob(signature=made.signature.replace(b"rsa-sha2-512", b"rsa-sha2-256")), "sshsig.bad")
    refused(made.blob(signature=string(b"rsa-sha2-512") + string(made.signature[-255:])), "sshsig.form")


# ---- armor ----------------------------------------------------------------------------------------------------

ARMORED = sshsig.armor(ED25519.blob())
LINES = ARMORED.decode().splitlines()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        ARMORED + b"\n",
        b"\n" + ARMORED,
        ARMORED * 2,
        ARMORED.replace(b"SSH SIGNATURE", b"PGP SIGNATURE"),
        ARMORED.replace(b"\n", b"\r"),
        ARMORED.replace(b"\n", b"\n\n", 1),
        ARMORED.replace(b"\n", b" \n"),
        ARMORED.replace(b"AAAA", "ÀAAA".encode(), 1),
        ARMORED.replace(b"AAAA", b"AA-A", 1),
        ("\n".join([LINES[0], "".join(LINES[1:-1]), LINES[-1], ""])).encode(),
        ("\n".join([LINES[0], "".join(LINES[1:-1])[:-1], LINES[-1], ""])).encode(),
        ("\n".join([LINES[0], "A" * 10_000, LINES[-1], ""])).encode(),
        LINES[0].encode(),
    ],
    ids=range(14),
)
def test_another_armor_is_refused(data):
    with pytest.raises(Refused, match=r"\(sshsig.armor\)$"):
        sshsig.dearmor(data)


def test_windows_and_other_widths_are_read_and_written_one_way():
    text = "".join(LINES[1:-1])
    narrow = "\r\n".join([LINES[0], *(text[at : at + 64] for at in range(0, len(text), 64)), LINES[-1]])

    assert sshsig.dearmor(ARMORED.replace(b"\n", b"\r\n")) == ED25519.blob()
    assert sshsig.armor(sshsig.dearmor(narrow.encode())) == ARMORED


def test_base64_with_bits_that_say_nothing_is_refused():
    """Two spellings of one blob would be two digests of one signature."""
    blob = ED25519.blob(tail=b"x")
    armored = sshsig.armor(blob + b"x" * (-(len(blob) + 2) % 3)).replace(b"\n-----END", b"!\n-----END")
    (last,) = [line for line in armored.splitlines() if line.endswith(b"!")]
    assert last.endswith(b"=!")
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    at = len(last.rstrip(b"=!")) - 1
    changed = last[:at] + letters[letters.index(last[at]) + 1 :][:1] + last[at + 1 :]

    with pytest.raises(Refused, match=r"not canonical \(sshsig.armor\)$"):
        sshsig.dearmor(armored.replace(last, changed.rstrip(b"!")))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "ssh-ed25519",
        public_line(ED25519.public) + " ana@laptop",
        " " + public_line(ED25519.public),
        public_line(ED25519.public).replace("ssh-ed25519", "ssh-rsa"),
        public_line(ED25519.public).replace(" ", "  "),
        public_line(ED25519.public) + "\n",
        "ssh-ed25519 !!!!",
        "ssh-ed25519 AAAA",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5=",
    ],
)
def test_a_key_has_one_spelling(line):
    with pytest.raises(Refused, match=r"\(sshsig.(key|form)\)$"):
        sshsig.key_of(line)


# ---- whatever comes -------------------------------------------------------------------------------------------


@given(st.binary(min_size=1, max_size=300))
def test_any_bytes_are_read_or_refused(data):
    for each in (data, ED25519.blob() + data, b"SSHSIG\0\0\0\1" + data):
        with pytest.raises(PlacetError, match=r"\(sshsig\.\w+\)$"):
            check(each)
    with pytest.raises(Refused):
        sshsig.dearmor(data)


@given(st.data())
def test_any_part_replaced_is_refused(data):
    made = data.draw(st.sampled_from([ED25519, TOKEN, P256]))
    part = data.draw(st.sampled_from(["public", "signature", "namespace", "hash", "reserved", "tail"]))
    other = data.draw(st.binary(max_size=120).filter(lambda it: it != getattr(made, part)))

    with pytest.raises((Refused, VerificationFailed), match=r"\(sshsig\.\w+\)$"):
        check(made.blob(**{part: other}))


@given(st.text(max_size=60))
def test_any_line_is_a_key_or_refused(line):
    with pytest.raises(Refused):
        sshsig.key_of(line)
