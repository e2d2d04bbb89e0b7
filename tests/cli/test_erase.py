"""`placet erase` as people meet it."""

from __future__ import annotations

import json
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
    assert str(stage.home / "receipts") in said.out
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


def test_a_party_is_told_all_that_is_held_about_her(stage: Stage, tmp_path: Path) -> None:
    _reserved(stage)
    key = json.loads(stage("keys", "list", "--json").out.splitlines()[0])["public"]

    said = stage("export", "--about", key[:10], "-o", tmp_path / "hers", "--json")
    twice = stage("export", "--about", key[:10], "-o", tmp_path / "hers")

    told = json.loads(said.out)
    assert (told["party"], told["entries"], told["fields"], told["receipts"]) == (key, 3, 3, 3)
    assert (twice.code, "a folder of its own" in twice.err) == (1, True)
    assert stage("verify", tmp_path / "hers" / "receipts" / "entry-0.tlog-proof").code == 0
