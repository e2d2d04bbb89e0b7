"""`placet lookup --at` and `--proofs`: what was in force then, and receipts of the entries that answer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.stage import Stage


def test_every_entry_that_answers_is_proven_to_whoever_trusts_the_log(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    proofs = tmp_path / "proofs"

    said = stage("lookup", stage.works / "song.txt", "--at", "2999-01-01", "--proofs", proofs)
    done = stage("lookup", stage.works / "song.txt", "--proofs", proofs, "--use", "ai", "--json")

    shown = json.loads(done.out)
    assert (said.code, "has not come yet" in said.err) == (64, True)
    assert (done.code, shown["schema"], shown["entries"]) == (2, "placet.asof/1", [1, 2])
    for index in (1, 2):
        checked = stage("verify", proofs / f"entry-{index}.tlog-proof", "--trust", proofs / "log.policy")
        assert checked.code == 0
    assert (
        "the works in works.jsonl are the 2 that the entry carries the root of"
        in stage("verify", proofs / "entry-1.tlog-proof", "--trust", proofs / "log.policy").out
    )


def test_a_snapshot_answers_for_a_day_as_well(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", stage.works)
    stage("snapshot", "build", "-o", tmp_path / "snapshot")
    words = ("--snapshot", tmp_path / "snapshot", "--proofs", tmp_path / "proofs")

    then = stage("lookup", stage.works / "song.txt", "--at", "2001-01-01", "--snapshot", tmp_path / "snapshot")
    now = stage("lookup", stage.works / "song.txt", *words)

    assert then.code == 2
    assert "reserved" not in then.out
    assert "Said only later, and not heard: entry 2." in then.out
    assert now.code == 2
    assert "Proofs of entries 1-2 are in" in now.out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--at", "yesterday"), "write a date as 2026-11-22"),
        (("--use", "nothing"), "--use"),
        (("--at", "2001-01-01", "--use", "nothing"), "--use"),
    ],
)
def test_words_that_cannot_be_followed(stage: Stage, words: tuple[str, ...], why: str) -> None:
    said = stage("lookup", "isbn:9780306406157", *words)

    assert (said.code, why in said.err) == (64, True)
