"""`placet export` and `placet import`: the registry stands again elsewhere; and `fsck` of somebody else's log."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.stage import Said, Stage, everything
from tests.cli.test_witness import VKEYS


@pytest.fixture
def exported(stage: Stage, tmp_path: Path) -> Path:
    stage("reserve", stage.works, "--show-titles")
    stage("reserve", "https://a.example/1", "isbn:9780306406157")
    stage("withdraw", "https://a.example/1")
    assert stage("export", "-o", tmp_path / "export").code == 0
    return tmp_path / "export"


def test_the_registry_stands_again_on_an_empty_machine(
    stage: Stage, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [stage.works / "song.txt", "https://a.example/1", "isbn:9780306406157"]
    before = [stage("lookup", what, "--json") for what in asked]
    origin = json.loads(stage("fsck", "--json").out)
    monkeypatch.setenv("PLACET_HOME", str(tmp_path / "elsewhere"))

    done = stage("import", exported, "--trust", exported / "log.policy", "--json")

    said = json.loads(done.out)
    assert (done.code, said["log"], said["size"], said["writes"]) == (0, origin["log"], origin["size"], False)
    assert [_answer(stage("lookup", what, "--json")) for what in asked] == [_answer(each) for each in before]
    sealed = ["opening of 2 titles or names, kept sealed, or by their makers"]
    assert json.loads(stage("fsck", "--json").out) == origin | {"withheld": sealed}
    copy = everything(tmp_path / "elsewhere" / "log")
    assert everything(stage.home / "log").items() >= {n: copy[n] for n in copy if n != ".lock"}.items()
    for receipt in stage.home.rglob("*.tlog-proof"):
        assert stage("verify", receipt, "--log", tmp_path / "elsewhere" / "log").code == 0


def _answer(said: Said) -> tuple[int, str]:
    return said.code, said.out


def test_with_the_logs_key_it_goes_on_and_without_it_nothing_is_signed(
    stage: Stage, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("PLACET_HOME", str(elsewhere))
    stage("import", exported, "--trust", exported / "log.policy")

    refused = stage("reserve", "https://b.example/1")
    (elsewhere / "keys").mkdir(exist_ok=True)
    shutil.copy(stage.home / "keys" / "log.pem", elsewhere / "keys" / "log.pem")
    done = stage("reserve", "https://b.example/1")

    assert (refused.code, done.code) == (1, 0)
    assert "to write on, put it at" in refused.err
    assert stage("fsck", elsewhere, "--trust", exported / "log.policy").code == 0
    assert stage("fsck", stage.home, "--trust", exported / "log.policy").code == 1  # an older copy by now


def test_what_is_withheld_is_listed_and_the_rest_stands(stage: Stage, exported: Path, tmp_path: Path) -> None:
    blobs = [path for path in (exported / "log" / "blobs").rglob("*") if path.is_file()]
    smallest = max(blobs, key=lambda path: path.stat().st_size)
    smallest.unlink()

    said = stage("import", exported, "--trust", exported / "log.policy", "--home", tmp_path / "elsewhere")

    assert said.code == 0
    assert f"blob {smallest.name}" in said.err


def test_an_import_asks_whom_to_believe_and_takes_nothing_that_is_broken(
    stage: Stage, exported: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    doubted = stage("import", exported, "--home", elsewhere)
    (bundle,) = (path for path in (exported / "log" / "tile" / "entries").rglob("*") if path.is_file())
    data = bytearray(bundle.read_bytes())
    data[40] ^= 1
    bundle.write_bytes(data)

    broken = stage("import", exported, "--trust", exported / "log.policy", "--home", elsewhere)

    assert (doubted.code, "UNTRUSTED" in doubted.err) == (1, True)
    assert broken.code == 1
    assert not (elsewhere / "log").exists()
    assert not (elsewhere / "placet.db").exists()


def test_a_home_that_holds_entries_is_not_imported_into(stage: Stage, exported: Path) -> None:
    said = stage("import", exported, "--trust", exported / "log.policy")

    assert said.code == 1
    assert "into an empty home" in said.err


def test_an_export_is_brought_up_and_holds_no_private_key(stage: Stage, exported: Path, tmp_path: Path) -> None:
    stage("reserve", "https://b.example/1")

    assert stage("export", "-o", exported).code == 0
    assert b"PRIVATE KEY" not in b"".join(everything(exported).values())
    assert stage("fsck", exported, "--trust", exported / "log.policy", "--home", tmp_path / "new").code == 0
    assert stage("export", "-o", stage.works).code == 1


def test_fsck_of_a_log_that_nobody_trusts_and_of_none(stage: Stage, exported: Path, tmp_path: Path) -> None:
    untrusted = stage("fsck", exported, "--home", tmp_path / "new")
    nothing = stage("fsck", stage.works, "--home", tmp_path / "new")
    usage = [stage("fsck", "--trust", exported / "log.policy"), stage("fsck", exported, "--rebuild")]

    assert "UNTRUSTED" in untrusted.err
    assert "has no checkpoint" in nothing.err
    assert [each.code for each in usage] == [64, 64]


def test_fsck_remembers_what_it_saw(stage: Stage, exported: Path, tmp_path: Path) -> None:
    shutil.copytree(exported, tmp_path / "old")
    stage("reserve", "https://b.example/1")
    stage("export", "-o", exported)
    words = ("--trust", exported / "log.policy", "--home", tmp_path / "new")
    newest = stage("fsck", exported, *words)

    oldest = stage("fsck", tmp_path / "old", *words)

    assert (newest.code, oldest.code) == (0, 1)
    assert "this is an old copy of it, or entries were taken out" in oldest.err


def test_the_witnesses_of_a_log_go_with_it(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    stage("log", "witness", "http://127.0.0.1:9/", VKEYS[0], "--name", "nina")
    stage("export", "-o", tmp_path / "export")
    elsewhere = tmp_path / "elsewhere"

    done = stage("import", tmp_path / "export", "--trust", tmp_path / "export" / "log.policy", "--home", elsewhere)

    assert done.code == 0
    (policy,) = (elsewhere / "trust").glob("*.policy")
    assert f"witness nina {VKEYS[0]} http://127.0.0.1:9/" in policy.read_text()
    assert policy.read_bytes() == next((stage.home / "trust").glob("*.policy")).read_bytes()
