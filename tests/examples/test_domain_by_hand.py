"""Who was shown to control a domain is verified from a real export by a script that does not know Placet."""

from __future__ import annotations

import importlib
import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from placet.cli import main
from tests.fetch.nameserver import a_name_server
from tests.fetch.site import a_site

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SCRIPT = EXAMPLES / "domain_by_hand.py"


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    """Two domains of Ana's, one shown by a file and one by the DNS, and the whole record exported."""
    folder = tmp_path_factory.mktemp("export")
    with pytest.MonkeyPatch.context() as patch, a_name_server() as names, a_site() as site:
        patch.setenv("PLACET_HOME", str(folder / "home"))
        patch.setenv("PLACET_LOOPBACK", "1")
        patch.setenv("PLACET_RESOLVERS", names.address)
        patch.setenv("PLACET_WEB_PORT", site.url.rpartition(":")[2])
        names.say("ana.example", "A", "127.0.0.1")
        assert main(["keys", "new", "--name", "Ana"]) == 0
        for host in ("ana.example", "ana.test"):
            assert main(["identity", "domain", host]) == 0
        for waits in json.loads((folder / "home" / "identity" / "challenges.json").read_bytes()):
            answer(site, names, waits)
        assert main(["identity", "check"]) == 0
        assert main(["export", "-o", str(folder / "export")]) == 0
    return folder / "export"


def answer(site, names, waits) -> None:
    from placet.registry.challenges import DNS, Challenge

    asked = Challenge(**{name: waits[name] for name in ("domain", "party", "token", "method")})
    if asked.domain == "ana.example":
        site.say(asked.path, asked.authorization)
    else:
        by_txt = Challenge(domain=asked.domain, party=asked.party, token=asked.token, method=DNS)
        names.say(by_txt.name, "TXT", f'"{by_txt.expected}"')


@pytest.fixture
def reader(monkeypatch):
    monkeypatch.syspath_prepend(str(EXAMPLES))
    yield importlib.import_module("domain_by_hand")
    for name in ("domain_by_hand", "mirror_by_hand"):
        sys.modules.pop(name, None)


def test_both_are_verified_without_placet(export):
    told = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(EXAMPLES)!r}); "
         "sys.modules['placet'] = None; import domain_by_hand as d; sys.exit(d.main(sys.argv[1:]))",
         export / "log", export / "log.policy"],
        capture_output=True,
        text=True,
    )  # fmt: skip

    assert told.stderr == ""
    assert told.returncode == 0
    assert [line.split(", ")[0].split(" ", 3)[3] for line in told.stdout.splitlines()] == [
        "controls ana.example",
        "controls ana.test",
    ]


def evidence(export: Path) -> list[Path]:
    found = [path for path in (export / "log" / "blobs").rglob("*") if path.is_file()]
    assert len(found) == 2
    return found


def bodies(reader, export: Path) -> dict[str, dict[str, object]]:
    """The attestations of the log, by the digest of their evidence."""
    folder = export / "log"
    _, size, _ = reader.read_checkpoint((folder / "checkpoint").read_bytes(), (export / "log.policy").read_text())
    entries = [json.loads(data) for data in reader.read_entries(folder, size)]
    return {each["body"]["evidence"]: each["body"] for each in entries if each["type"] == "identity.attest"}


def test_every_flipped_bit_of_the_evidence_is_refused(reader, export):
    """Were a log to sign it, it would still not show the domain: only who was asked may read otherwise."""
    for path in evidence(export):
        data, body = path.read_bytes(), bodies(reader, export)[path.name]
        refused = 0
        for changed in (flipped(data, place, bit) for place in range(len(data)) for bit in range(8)):
            if says_the_same(changed, data):
                continue
            refused += 1
            with pytest.raises((reader.Broken, ValueError, KeyError, TypeError)):
                reader.check_evidence(body, changed)
        assert refused > 7 * len(data)


def test_evidence_that_is_not_what_its_name_says_is_refused(reader, export, tmp_path, capsys):
    shutil.copytree(export, tmp_path / "export")
    for path in evidence(tmp_path / "export"):
        data = path.read_bytes()
        for place in range(0, len(data), 41):
            path.write_bytes(flipped(data, place, place % 8))

            assert reader.main([str(tmp_path / "export" / "log"), str(export / "log.policy")]) == 1
            assert "is not what its name says" in capsys.readouterr().out
        path.write_bytes(data)


def flipped(data: bytes, place: int, bit: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def says_the_same(changed: bytes, data: bytes) -> bool:
    """Whether only the source of an answer differs."""
    try:
        ours, theirs = json.loads(changed), json.loads(data)
        for each in (*ours["observed"], *theirs["observed"]):
            del each["from"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return False
    return ours == theirs


@pytest.mark.parametrize("kind", ["tile/entries/000.p", "checkpoint"])
def test_a_flipped_bit_of_the_log_is_refused(reader, export, tmp_path, kind):
    shutil.copytree(export, tmp_path / "export")
    folder = tmp_path / "export" / "log"
    for path in sorted((folder / kind).iterdir() if (folder / kind).is_dir() else [folder / kind]):
        data = path.read_bytes()
        for place in range(0, len(data.partition(b"\n\n")[0]), max(1, len(data) // 300)):
            path.write_bytes(flipped(data, place, place % 8))
            assert reader.main([str(folder), str(tmp_path / "export" / "log.policy")]) == 1, (path, place)
        path.write_bytes(data)


def test_evidence_of_another_party_is_refused(reader, export):
    (path, *_) = evidence(export)
    body = bodies(reader, export)[path.name]
    data = path.read_bytes()

    with pytest.raises(reader.Broken, match="something else than what is attested"):
        reader.check_evidence(body | {"party": "11" * 32}, data)
    with pytest.raises(reader.Broken, match="something else than what is attested"):
        reader.check_evidence(body | {"value": "domain:ben.example"}, data)
    with pytest.raises(reader.Broken, match="longer than 90 days"):
        reader.check_evidence(body | {"until": body["until"] + 1}, data)
    with pytest.raises(reader.Broken, match="withheld"):
        reader.check_evidence(body, None)
    assert sha256(data).hexdigest() == body["evidence"]
