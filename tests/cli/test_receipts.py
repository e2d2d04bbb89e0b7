"""`placet receipts`: what the log has taken has a receipt, whatever came between."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cli.stage import Stage, everything
from tests.cli.test_witness import VKEYS

URL = "http://127.0.0.1:9/"  # where nobody listens


def kept(stage: Stage) -> set[str]:
    return {path.name for path in stage.home.glob("receipts/*/entry-*.tlog-proof")}


def test_a_receipt_that_a_quorum_held_back_is_written_when_it_is_asked_for(stage: Stage) -> None:
    stage("reserve", stage.works)
    stage("log", "witness", URL, VKEYS[0], "--name", "nina", "--quorum", 1)
    (stage.works / "late.txt").write_text("a late tale, told when the witnesses had gone to sleep. " * 9)
    assert stage("reserve", stage.works / "late.txt").code == 1
    stage("log", "witness", "--quorum", 0)
    again = stage("reserve", stage.works / "late.txt")

    said = stage("receipts")

    assert again.out.startswith("Nothing new to say")
    assert "No receipt of entries 3-4 lies in" in again.err
    assert said.code == 0
    assert said.out.startswith("Without a receipt: entries 3-4. Receipts: ")
    assert kept(stage) == {f"entry-{index}.tlog-proof" for index in range(5)}
    assert stage("verify", stage.receipt(4), "--log", stage.home / "log").code == 0
    assert "No receipt" not in stage("reserve", stage.works / "late.txt").err


def test_a_folder_that_was_lost_comes_again_with_its_works(stage: Stage) -> None:
    stage("reserve", stage.works, "--show-titles")
    (before,) = stage.home.glob("receipts/*")
    lost = everything(before)
    shutil.rmtree(before)

    said = stage("receipts", "--json")

    (folder,) = stage.home.glob("receipts/*")
    found = everything(folder)
    assert json.loads(said.out)["entries"] == [0, 1, 2]
    assert found["works.jsonl"] == lost["works.jsonl"]
    assert set(found) == set(lost)
    for name in ("entry-1.tlog-proof", "log.policy", "openings.json"):
        assert found[name] == lost[name]


def test_nothing_is_written_twice_unless_all_are_asked_for(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    before = everything(stage.home)

    nothing = stage("receipts")
    looked = stage("receipts", "--all", "--dry-run")

    assert "Nothing is missing: 3 receipts of this key" in nothing.err
    assert looked.out == "3 entries. Nothing was written.\n"
    assert everything(stage.home) == before
    written = stage("receipts", "--all", "--into", tmp_path / "again")
    assert written.out.startswith("3 entries. Receipts: ")
    assert (tmp_path / "again" / "receipt.html").is_file()


def test_another_key_s_entries_are_not_ours(stage: Stage, tmp_path: Path) -> None:
    stage("keys", "new", "--name", "Ben", "--out", tmp_path / "ben.pem")
    stage("reserve", stage.works)
    stage("reserve", "https://ben.example/", "--key", tmp_path / "ben.pem")
    shutil.rmtree(stage.home / "receipts")

    said = stage("receipts", "--key", tmp_path / "ben.pem", "--json")

    assert json.loads(said.out)["entries"] == [3, 4]


def test_what_cannot_be_written_is_one_sentence(stage: Stage, tmp_path: Path) -> None:
    assert stage("receipts").code == 1
    stage("reserve", stage.works)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()

    refused = stage("receipts", "--all", "--into", tmp_path / "full")

    assert refused.code == 1
    assert "is not an empty folder" in refused.err
