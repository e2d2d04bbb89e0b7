"""Keys and their files."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from base64 import b64decode
from importlib.resources import files

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import BadRecord, NotFound, Refused, VerificationFailed
from placet.signing import keys
from placet.signing.keys import Role

VECTORS = json.loads((files("placet") / "vectors/record/signing.json").read_text())["ed25519"]
KEY = keys.generate(bytes(range(32)), Role.PARTY, "Zoë, illustrator")
PKCS8 = (Encoding.PEM, PrivateFormat.PKCS8)


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["public"][:8])
def test_keys_and_signatures_are_those_of_the_rfc(case):
    key = keys.generate(bytes.fromhex(case["private"]), Role.LOG)

    assert key.public.hex() == case["public"]
    assert key.sign(bytes.fromhex(case["message"])).hex() == case["signature"]


@given(st.binary(max_size=100), st.integers(0, 511))
def test_a_signature_altered_by_one_bit_is_refused(message, bit):
    signature = KEY.sign(message)
    altered = (int.from_bytes(signature) ^ 1 << bit).to_bytes(64)

    keys.verify(KEY.public, message, signature)
    with pytest.raises(VerificationFailed, match="does not hold for the key"):
        keys.verify(KEY.public, message, altered)


@given(st.binary(max_size=70), st.binary(max_size=70))
def test_hostile_keys_and_signatures_never_verify(public, signature):
    with pytest.raises(VerificationFailed):
        keys.verify(public, b"message", signature)
    with pytest.raises(VerificationFailed):
        keys.verify(KEY.public, b"message", signature)


def test_a_private_key_never_shows():
    assert KEY.private.hex() not in repr(KEY)
    assert repr(KEY.private) not in repr(KEY)


@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
def test_a_key_file_is_read_as_it_was_written(passphrase):
    assert keys.from_pem(keys.to_pem(KEY, passphrase), passphrase) == KEY


@given(
    st.binary(min_size=32, max_size=32),
    st.sampled_from(Role),
    st.text(st.characters(exclude_categories=["C", "Z"]), max_size=20),
)
def test_role_and_name_travel_with_the_key(seed, role, name):
    key = keys.generate(seed, role, name)

    assert keys.from_pem(keys.to_pem(key, None), None) == key


@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
def test_other_programs_read_our_key_files(tmp_path, passphrase):
    pem = keys.to_pem(KEY, passphrase)

    theirs = load_pem_private_key(pem, passphrase)

    assert isinstance(theirs, Ed25519PrivateKey)
    assert theirs.private_bytes_raw() == KEY.private


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program is not installed")
@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
def test_the_openssl_program_reads_our_key_files(tmp_path, passphrase):
    path = tmp_path / "key.pem"
    keys.write_key(path, KEY, passphrase)
    ask = ["openssl", "pkey", "-in", str(path), "-passin", "pass:correct horse", "-pubout", "-outform", "DER"]

    public = subprocess.run(ask, check=True, capture_output=True).stdout

    assert public[-32:] == KEY.public


def test_a_locked_key_needs_its_own_passphrase():
    pem = keys.to_pem(KEY, b"right")

    with pytest.raises(Refused, match="needs its passphrase"):
        keys.from_pem(pem, None)
    with pytest.raises(Refused, match="does not open the key"):
        keys.from_pem(pem, b"wrong")
    with pytest.raises(Refused, match="is not locked"):
        keys.from_pem(keys.to_pem(KEY, None), b"needless")
    with pytest.raises(Refused, match="an empty passphrase"):
        keys.to_pem(KEY, b"")


def test_a_locked_key_hides_its_bytes_and_costs_many_rounds():
    pem = keys.to_pem(KEY, b"right")
    der = b64decode(b"".join(line for line in pem.split(b"\n")[3:] if not line.startswith(b"-")))

    assert b"\x02\x03" + (600_000).to_bytes(3) in der
    assert KEY.private not in der


HEAD = b"placet-role: party\n"
RSA_LIKE = X25519PrivateKey.generate().private_bytes(*PKCS8, NoEncryption())
THEIRS = Ed25519PrivateKey.generate().private_bytes(*PKCS8, NoEncryption())
FILES_REFUSED = {
    "empty": (b"", BadRecord, "what it is for"),
    "no role": (THEIRS, BadRecord, "what it is for"),
    "a role unknown": (b"placet-role: king\n" + THEIRS, BadRecord, "known are party, log, clear"),
    "a head that is not text": (b"\xff\n" + THEIRS, BadRecord, "not UTF-8"),
    "no key": (HEAD, BadRecord, "does not hold a private key"),
    "another kind of key": (HEAD + RSA_LIKE, BadRecord, "not one of Ed25519"),
    "a cut-off key": (HEAD + THEIRS[:-40], BadRecord, "does not hold a private key"),
}


@pytest.mark.parametrize(("data", "error", "why"), FILES_REFUSED.values(), ids=FILES_REFUSED)
def test_a_broken_key_file_says_why(data, error, why):
    with pytest.raises(error, match=why):
        keys.from_pem(data, None)


@given(st.binary(max_size=100), st.integers(0, 200), st.integers(0, 200))
def test_hostile_bytes_are_no_key_or_are_refused(new, begin, end):
    good = keys.to_pem(KEY, None)
    for data in (new, good[:begin] + new + good[end:]):
        try:
            keys.from_pem(data, None)
        except (BadRecord, Refused):
            continue


def test_a_key_locked_by_another_program_is_opened():
    theirs = Ed25519PrivateKey.from_private_bytes(KEY.private)

    pem = HEAD + theirs.private_bytes(*PKCS8, BestAvailableEncryption(b"pass"))

    assert keys.from_pem(pem, b"pass").private == KEY.private


def test_a_key_file_is_for_its_owner_only(tmp_path):
    path = tmp_path / "party.pem"

    keys.write_key(path, KEY, None)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.read_key(path, None) == KEY


def test_a_key_is_never_overwritten(tmp_path):
    path = tmp_path / "party.pem"
    keys.write_key(path, KEY, None)

    with pytest.raises(Refused, match="never overwritten"):
        keys.write_key(path, keys.generate(bytes(32), Role.LOG), None)

    assert keys.read_key(path, None) == KEY


def test_a_key_that_could_not_be_written_whole_leaves_nothing(tmp_path, monkeypatch):
    def full(_handle):
        raise OSError("no space left")

    monkeypatch.setattr("os.fsync", full)

    with pytest.raises(OSError, match="no space left"):
        keys.write_key(tmp_path / "party.pem", KEY, None)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_a_key_that_others_may_read_is_refused(tmp_path, mode):
    path = tmp_path / "party.pem"
    keys.write_key(path, KEY, None)
    path.chmod(mode)

    with pytest.raises(Refused, match="readable by others: chmod 600"):
        keys.read_key(path, None)


def test_missing_places_are_named(tmp_path):
    with pytest.raises(NotFound, match="there is no key at"):
        keys.read_key(tmp_path / "none.pem", None)
    with pytest.raises(NotFound, match="there is no folder"):
        keys.write_key(tmp_path / "none" / "key.pem", KEY, None)


def test_a_huge_file_is_no_key(tmp_path):
    path = tmp_path / "huge.pem"
    path.touch(mode=0o600)
    path.write_bytes(bytes(1 << 17))

    with pytest.raises(BadRecord, match="too long to be a key"):
        keys.read_key(path, None)


def test_a_key_with_an_impossible_seed_or_name_cannot_be_made():
    with pytest.raises(BadRecord, match="32 bytes, not 31"):
        keys.generate(bytes(31), Role.LOG)
    with pytest.raises(Refused, match="one line"):
        keys.generate(bytes(32), Role.LOG, "two\nplacet-role: log")
