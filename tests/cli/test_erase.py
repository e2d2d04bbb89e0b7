"""`placet erase` as people meet it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.cli.stage import Stage

NAME = "Ana of the Unfindable Name"


def _reserved(stage: Stage) -> None:
    stage("keys", "new", "--name", NAME)
    assert stage("reserve", stage.works / "song.txt", "--show-titles").code == 0


def test_a_dry_run_tells_what_is_held_and_destroys_nothing(stage: Stage) -> None:
    _reserved(stage)

    said = stage("erase", "--dry-run")

    assert (said.code, NAME in said.out, "song.txt" in said.out) == (0, True, True)
    assert str(stage.home / "receipts") in said.err
    assert NAME in stage("lookup", stage.works / "song.txt").out


def test_without_a_terminal_it_must_be_said_twice(stage: Stage) -> None:
    _reserved(stage)

    said = stage("erase")

    assert (said.code, "say --yes" in said.err) == (64, True)
    assert NAME in stage("lookup", stage.works / "song.txt").out


def test_afterwards_the_answer_is_the_same_without_a_name(stage: Stage) -> None:
    _reserved(stage)

    done = stage("erase", "--yes", "--why", "I ask for it")
    again = stage("erase", "--yes", "--json")

    assert (done.code, "Destroyed what opens 3 fields: entries 4-5 of log" in done.out) == (0, True)
    found = stage("lookup", stage.works / "song.txt")
    assert (NAME in found.out, "reserved" in found.out) == (False, True)
    assert json.loads(again.out)["notes"] == []
    assert stage("fsck").code == 0
    assert stage("fsck", "--rebuild").code == 0


def _holding(folder: Path, value: str) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and value.encode() in path.read_bytes())


def test_receipts_here_forget_and_stay_valid(stage: Stage, tmp_path: Path) -> None:
    _reserved(stage)
    shutil.copytree(stage.home / "receipts", tmp_path / "hers")
    before = _holding(stage.home, NAME)

    stage("erase", "--yes")

    assert {"openings.json", "receipt.html"} <= set(before)
    assert _holding(stage.home, NAME) == []
    assert _holding(stage.home / "receipts", "song.txt") == []
    assert _holding(stage.home / "receipts", "were erased from this folder") == ["README.txt"]
    assert [stage("verify", stage.receipt(index)).code for index in (0, 1, 2)] == [0, 0, 0]
    assert len(_holding(tmp_path / "hers", NAME)) >= 2


def test_what_was_never_shown_goes_out_of_the_receipts_too(stage: Stage) -> None:
    stage("keys", "new", "--name", NAME)
    assert stage("reserve", stage.works / "song.txt").code == 0
    work = json.loads(stage("lookup", stage.works / "song.txt", "--json").out)["works"][0]["id"]

    said = stage("erase", f"title of {work}", "--yes")

    assert (said.code, "Destroyed what opens 1 field: entry" in said.out) == (0, True)
    assert _holding(stage.home / "receipts", "song.txt") == []
    assert "openings.json" in _holding(stage.home / "receipts", NAME)
    assert (stage("fsck").code, stage("fsck", "--rebuild").code) == (0, 0)


def test_receipts_that_nobody_can_read_are_out_of_reach_and_told(stage: Stage) -> None:
    _reserved(stage)
    (openings,) = stage.home.glob("receipts/*/openings.json")
    openings.write_bytes(b"not any more")

    said = stage("erase", "title of " + "0" * 32, "--dry-run")
    party = stage("erase", "--dry-run")
    done = stage("erase", "--yes")

    assert said.code == 1
    assert (party.code, done.code) == (0, 0)
    assert str(openings) in party.out
    assert not openings.exists()  # it lay among proofs of her entries


def test_a_party_is_told_all_that_is_held_about_her(stage: Stage, tmp_path: Path) -> None:
    _reserved(stage)
    key = json.loads(stage("keys", "list", "--json").out.splitlines()[0])["public"]

    said = stage("export", "--about", key[:10], "-o", tmp_path / "hers", "--json")
    twice = stage("export", "--about", key[:10], "-o", tmp_path / "hers")

    told = json.loads(said.out)
    assert (told["party"], told["entries"], told["fields"], told["receipts"]) == (key, 3, 3, 3)
    assert (twice.code, "a folder of its own" in twice.err) == (1, True)
    assert stage("verify", tmp_path / "hers" / "receipts" / "entry-0.tlog-proof").code == 0
