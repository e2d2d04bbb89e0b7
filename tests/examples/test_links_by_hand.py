"""Keys that were linked are verified from a real export by a script that does not know Placet."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from placet.cli import main
from placet.core.did import did_of
from tests.signing.ssh_keys import PROGRAM, by_ssh_keygen, new_key

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
VECTORS = json.loads(files("placet").joinpath("vectors/identity/links.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """Ana linked a key for SSH, by ssh-keygen, and a did:key; the whole record is exported."""
    if PROGRAM is None:
        pytest.skip("the program ssh-keygen is not installed")
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    folder = tmp_path_factory.mktemp("export")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLACET_HOME", str(folder / "home"))
        assert main(["keys", "new", "--name", "Ana"]) == 0
        text = folder / "text"
        assert main(["identity", "text", "-o", str(text)]) == 0
        by_ssh_keygen(new_key(folder, "ed25519"), text)
        assert main(["identity", "link", f"{text}.sig"]) == 0
        key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
        (folder / "did.sig").write_bytes(key.sign(text.read_bytes()))
        did = did_of(key.public_key().public_bytes_raw().hex())
        assert main(["identity", "link", str(folder / "did.sig"), "--public", did]) == 0
        assert main(["export", "-o", str(folder / "export")]) == 0
    return folder / "export"


@pytest.fixture
def reader(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    yield importlib.import_module("links_by_hand")
    for name in ("links_by_hand", "mirror_by_hand"):
        sys.modules.pop(name, None)


def test_both_are_verified_without_placet(export):
    told = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(EXAMPLES)!r}); "
         "sys.modules['placet'] = None; import links_by_hand as d; sys.exit(d.main(sys.argv[1:]))",
         export / "log", export / "log.policy"],
        capture_output=True,
        text=True,
    )  # fmt: skip

    assert told.stderr == ""
    assert told.returncode == 0
    ssh, did = told.stdout.splitlines()
    assert ssh.startswith("entry 1: SSH key SHA256:")
    assert did.startswith("entry 2: did:key:z6Mk")


def test_each_flipped_bit_of_a_signature_in_the_export_is_refused(reader, export, tmp_path, capsys):
    """Each seventh; the next test flips all, of what a blob's name would not show."""
    shutil.copytree(export, tmp_path / "export")
    folder = tmp_path / "export"
    blobs = [path for path in (folder / "log" / "blobs").rglob("*") if path.is_file()]
    assert len(blobs) == 2
    for path in blobs:
        data = path.read_bytes()
        for changed in list(flips(data))[::7]:
            path.write_bytes(changed)

            assert reader.main([str(folder / "log"), str(folder / "log.policy")]) == 1
            assert "is not what its name says" in capsys.readouterr().out
        path.write_bytes(data)
    assert reader.main([str(folder / "log"), str(folder / "log.policy")]) == 0


def test_a_flipped_bit_of_the_log_is_refused(reader, export, tmp_path):
    shutil.copytree(export, tmp_path / "export")
    folder = tmp_path / "export" / "log"
    for path in (folder / "checkpoint", *(folder / "tile" / "entries" / "000.p").iterdir()):
        data = path.read_bytes()
        for place in range(0, len(data.partition(b"\n\n")[0]), 7):
            path.write_bytes(data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :])
            assert reader.main([str(folder), str(tmp_path / "export" / "log.policy")]) == 1, (path, place)
        path.write_bytes(data)


def test_a_log_of_another_name_is_not_believed_to_be_meant(reader):
    (each,) = [each for each in VECTORS["vectors"] if each["name"] == "ed25519"]
    text = VECTORS["text"].replace(VECTORS["log"], "other.example/log").encode()

    with pytest.raises(refusals(reader)):
        reader.check_link(body(each), blob(each), text)


def refusals(reader) -> tuple[type[Exception], ...]:
    """What `main` of the script takes for one."""
    return (*reader.UNREAD, reader.InvalidSignature)


def body(each: dict[str, str]) -> dict[str, object]:
    return {"kind": each["kind"], "public": each["public"], "at": VECTORS["at"]}


def blob(each: dict[str, str]) -> bytes:
    return bytes.fromhex(each["signature"]) if each["kind"] == "did" else each["signature"].encode()


def flips(data: bytes) -> Iterator[bytes]:
    for bit in range(8 * len(data)):
        yield data[: bit // 8] + bytes([data[bit // 8] ^ 1 << bit % 8]) + data[bit // 8 + 1 :]


def id_of(each: object) -> str:
    return each["name"] if isinstance(each, dict) else ""


@pytest.mark.parametrize("each", VECTORS["vectors"], ids=id_of)
def test_the_script_judges_the_published_vectors_as_placet_does(reader, each):
    text = VECTORS["text"].encode()
    if each["refused"]:
        with pytest.raises(refusals(reader)):
            reader.check_link(body(each), blob(each), text)
    else:
        assert reader.check_link(body(each), blob(each), text)


@pytest.mark.parametrize("each", [each for each in VECTORS["vectors"] if not each["refused"]], ids=id_of)
def test_every_flipped_bit_of_a_signature_is_refused(reader, each):
    """Were a log to sign it, it would still not show that the key agreed."""
    text = VECTORS["text"].encode()
    for changed in flips(blob(each)):
        with pytest.raises(refusals(reader)):
            reader.check_link(body(each), changed, text)
