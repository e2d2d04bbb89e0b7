"""`placet identity text` and `link` as people meet them: with ssh-keygen and openssl themselves."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from placet.app import open_home
from placet.core.did import did_of
from tests.cli.stage import Stage
from tests.factories import check_log
from tests.signing.ssh_keys import NAMESPACE, PROGRAM, by_ssh_keygen, new_key

needs_ssh_keygen = pytest.mark.skipif(PROGRAM is None, reason="the program ssh-keygen is not installed")
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl program is not installed")
_REQUEST = """\
[req]
distinguished_name = dn
prompt = no
[dn]
CN = Ana Amsel
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = emailProtection
"""


@pytest.fixture
def text(stage: Stage, tmp_path: Path) -> Path:
    """Ana has a key, and the text that another of hers is to sign."""
    stage("keys", "new", "--name", "Ana")
    path = tmp_path / "text.txt"
    assert stage("identity", "text", "-o", path).code == 0
    return path


def openssl(*words: object) -> bytes:
    return subprocess.run(["openssl", *map(str, words)], capture_output=True, check=True).stdout


@needs_ssh_keygen
def test_a_key_for_ssh_by_the_commands_that_are_printed(stage, text, tmp_path):
    key = new_key(tmp_path, "ed25519")
    other = tmp_path / "other.txt"
    printed = stage("identity", "text", "-o", other).out.splitlines()
    assert printed[2] == f"    ssh-keygen -Y sign -n {NAMESPACE} -f KEY {other}"
    sign = printed[2].replace("KEY", str(key)).split()

    subprocess.run(sign, capture_output=True, check=True)
    linked = stage(*printed[3].split()[1:])

    assert linked.code == 0
    fingerprint = subprocess.run(["ssh-keygen", "-lf", f"{key}.pub"], capture_output=True, check=True, text=True)
    whose = f"the SSH key {fingerprint.stdout.split()[1]} (ssh-ed25519)"
    assert linked.out.startswith(f"Linked {whose}: it signed for your key. Entry 1, id ")
    assert "it raises no rung" in linked.err
    assert stage("identity", "show").out.splitlines()[1:-1] == [
        "  + a key; identity not checked",
        f"  = {whose} signed for it; this raises nothing",
    ]
    check_log(open_home())


@needs_ssh_keygen
def test_a_second_time_is_refused(stage, text, tmp_path):
    by_ssh_keygen(new_key(tmp_path, "ed25519"), text)
    stage("identity", "link", f"{text}.sig")

    again = stage("identity", "link", f"{text}.sig")

    assert again.code == 1
    assert again.err.endswith("is linked to this party already (link.twice)\n")
    assert open_home().size == 2


@needs_ssh_keygen
def test_a_signature_from_windows_is_taken(stage, text, tmp_path):
    armored = by_ssh_keygen(new_key(tmp_path, "ecdsa", "-b", "256"), text)
    (tmp_path / "from.sig").write_bytes(armored.replace(b"\n", b"\r\n"))

    assert stage("identity", "link", tmp_path / "from.sig").code == 0

    check_log(open_home())


@needs_ssh_keygen
def test_the_public_key_may_be_named_and_then_must_be_that_one(stage, text, tmp_path):
    key, other = new_key(tmp_path, "ed25519"), new_key(tmp_path, "rsa", "-b", "2048")
    by_ssh_keygen(key, text)

    refused = stage("identity", "link", f"{text}.sig", "--public", f"{other}.pub")
    taken = stage("identity", "link", f"{text}.sig", "--public", f"{key}.pub")

    assert refused.code == 1
    assert "by another key than the one in" in refused.err
    assert taken.code == 0


@needs_ssh_keygen
@pytest.mark.parametrize(
    ("namespace", "changed", "rule"),
    [("git", False, "sshsig.namespace"), (NAMESPACE, True, "sshsig.bad")],
)
def test_what_was_signed_for_something_else_is_refused(stage, text, tmp_path, namespace, changed, rule):
    if changed:
        text.write_bytes(text.read_bytes() + b"\n")
    by_ssh_keygen(new_key(tmp_path, "ed25519"), text, namespace)

    said = stage("identity", "link", f"{text}.sig")

    assert said.code == 1
    assert said.err.endswith(f"({rule})\n")


@needs_openssl
def test_a_did_key_signs_with_openssl(stage, text, tmp_path):
    key, made = tmp_path / "did.pem", tmp_path / "did.sig"
    openssl("genpkey", "-algorithm", "ed25519", "-out", key)
    did = did_of(openssl("pkey", "-in", key, "-pubout", "-outform", "DER")[-32:].hex())
    openssl("pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", text, "-out", made)

    unnamed = stage("identity", "link", made)
    linked = stage("identity", "link", made, "--public", did)

    assert unnamed.code == 64
    assert "say whose signature it is" in unnamed.err
    assert linked.out.startswith(f"Linked {did}: ")
    assert f"= {did} signed for it; this raises nothing" in stage("identity", "show").out
    check_log(open_home())


@needs_openssl
@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_a_certificate_signs_with_openssl(stage, text, tmp_path, kind):
    key, chain, made = tmp_path / "c2pa.key", tmp_path / "c2pa.pem", tmp_path / "c2pa.sig"
    (tmp_path / "request").write_text(_REQUEST)
    new = {"ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"], "rsa": ["rsa:2048"]}[kind]
    openssl("req", "-x509", "-newkey", *new, "-nodes", "-keyout", key, "-out", chain, "-config", tmp_path / "request",
            "-extensions", "leaf")  # fmt: skip
    pss = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"] if kind == "rsa" else []
    openssl("dgst", "-sha256", *pss, "-sign", key, "-out", made, text)

    unmeant = stage("identity", "link", made, "--public", chain)
    linked = stage("identity", "link", made, "--public", chain, "--publish")

    assert unmeant.code == 64
    assert "which names CN=Ana Amsel, would be published for good" in unmeant.err
    assert linked.code == 0, linked.err
    assert linked.out.startswith("Linked the certificate SHA256:")
    assert "The certificate names CN=Ana Amsel; no list of trusted authorities was asked." in linked.err
    assert "signed for it, and names CN=Ana Amsel, which nobody checked" in stage("identity", "show").out
    assert "certificates that were published with their holders' names: entry 1" in stage("erase", "--dry-run").out
    check_log(open_home())


def test_the_text_is_shown_and_never_written_over(stage, text):
    shown = stage("identity", "text")
    told = json.loads(stage("identity", "text", "--json").out)

    again = stage("identity", "text", "-o", text)

    assert shown.out.encode() == text.read_bytes()
    assert told["text"] == shown.out
    assert told["key"] in shown.out
    assert told["log"] == open_home().log.origin
    assert again.code == 1
    assert "is there already" in again.err


@pytest.mark.parametrize("data", [None, b"", b"x" * 70_000, b"-----BEGIN SSH SIGNATURE-----\n"])
def test_what_is_no_signature_is_one_sentence(stage, text, tmp_path, data):
    if data is not None:
        (tmp_path / "it.sig").write_bytes(data)

    said = stage("identity", "link", tmp_path / "it.sig")

    assert said.code in (1, 64)
    assert said.err.count("\n") == 1
    assert open_home().size == 0


def test_a_link_is_told_in_json(stage, text, tmp_path):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    (tmp_path / "it.sig").write_bytes(key.sign(text.read_bytes()))
    did = did_of(key.public_key().public_bytes_raw().hex())

    said = json.loads(stage("identity", "link", tmp_path / "it.sig", "--public", did, "--json").out)

    assert (said["schema"], said["entry"]) == ("placet.identity/1", 1)
    rungs = [json.loads(line) for line in stage("identity", "show", "--json").out.splitlines()]
    assert [each["state"] for each in rungs if each["schema"] == "placet.rung/1"] == ["holds", "linked"]
