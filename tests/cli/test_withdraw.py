"""`placet withdraw`: taking back what was said, by any of its names."""

from __future__ import annotations

import json

from tests.cli.stage import Stage, everything


def test_an_entry_number_takes_it_all_back_and_says_what_stays(stage: Stage) -> None:
    stage("reserve", stage.works)

    said = stage("withdraw", "#2")

    assert said.code == 0
    assert said.out.startswith(
        "Taken back: no AI use (mine, train, input, output, dataset) of 2 works (entry 2): entry 3 "
    )
    assert "Copies already taken are out of reach" in said.err
    assert stage("verify", stage.receipt(3)).code == 0
    assert stage("fsck").code == 0


def test_a_work_takes_back_what_is_said_about_it_alone(stage: Stage) -> None:
    *works, whole = map(json.loads, stage("reserve", stage.works, "--json").out.splitlines())

    said = stage("withdraw", works[0]["work"][:8])

    assert whole["entries"] == [0, 1, 2]
    assert "of 1 work (entry 2)" in said.out
    again = stage("reserve", stage.works)
    assert again.out.startswith("Reserved 1 work ")


def test_one_work_of_a_declaration_can_be_taken_out(stage: Stage) -> None:
    *works, _ = map(json.loads, stage("reserve", stage.works, "--json").out.splitlines())

    said = stage("withdraw", "#2", "--work", works[1]["work"])

    assert "of 1 work (entry 2)" in said.out
    assert stage("withdraw", "#2").out.startswith(
        "Taken back: no AI use (mine, train, input, output, dataset) of 1 work "
    )


def test_what_was_taken_back_cannot_be_taken_back_again(stage: Stage) -> None:
    stage("reserve", stage.works)
    stage("withdraw", "#2")

    assert "was taken back before" in stage("withdraw", "#2").err
    assert "is itself a withdrawal" in stage("withdraw", "#3").err


def test_a_newer_word_still_holds_and_is_named(stage: Stage) -> None:
    stage("reserve", stage.works)
    stage("reserve", stage.works, "--stance", "license")

    said = stage("withdraw", "#2")

    assert "You said something newer, and that still holds" in said.err
    assert "only with a licence (entry 3)" in said.err


def test_only_the_speaker_takes_back(stage: Stage) -> None:
    stage("reserve", stage.works)
    stage("keys", "new", "--out", stage.home / "eve.pem")

    said = stage("withdraw", "#2", "--key", stage.home / "eve.pem")

    assert said.code == 1
    assert "was made by another key" in said.err


def test_a_dry_run_takes_nothing_back(stage: Stage) -> None:
    stage("reserve", stage.works)
    before = everything(stage.home)

    said = stage("withdraw", "#2", "--dry-run")

    assert said.out.startswith("Would take back: ")
    assert everything(stage.home) == before


def test_unknown_short_and_early_ids_are_told_apart(stage: Stage) -> None:
    early = stage("withdraw", "#2")
    stage("reserve", stage.works)

    assert (early.code, "nothing was said" in early.err) == (1, True)
    assert stage("withdraw", "abc").code == 64
    assert stage("withdraw", "0000000").code == 1
    assert stage("withdraw", "#1").code == 1
    assert stage("withdraw", "#" + "9" * 18).code == 1
    assert stage("withdraw", "#" + "9" * 400).code == 64
