"""An empty word, as a shell makes of a variable that was never set, names nobody and nothing."""

from __future__ import annotations

import pytest

from placet.app import open_home
from tests.cli.stage import Stage, everything


@pytest.mark.parametrize(
    "words",
    [
        ["erase", "", "--yes"],
        ["identity", "show", ""],
        ["export", "-o", "out", "--about", ""],
        ["export", "-o", "out", "--about="],
        ["withdraw", ""],
        ["keys", "cancel", ""],
        ["keys", "revoke", "--which", "", "--why", "lost"],
        ["keys", "recover", "--with", "spare.pem", "--party="],
        ["claim", "settle", "", "--drop"],
        ["claim", "strike", "", "--why", "spam"],
        ["licence", "revoke", ""],
        ["mandate", "revoke", ""],
        ["mandate", "list", "--of", ""],
        ["identity", "unsay", ""],
        ["reserve", "--for", "", "all"],
    ],
    ids=" ".join,
)
def test_an_empty_word_is_wrong_usage_and_does_nothing(stage: Stage, words: list[str]) -> None:
    stage("keys", "new", "--name", "Ana")
    stage("reserve", stage.works, "--show-titles")
    before, size = everything(stage.home / "keys"), open_home(stage.home).size

    said = stage(*words)

    assert (said.code, said.out) == (64, "")
    assert "one of the words is empty" in said.err
    assert (everything(stage.home / "keys"), open_home(stage.home).size) == (before, size)


def test_one_character_names_no_licence_no_recovery_and_no_work(stage: Stage) -> None:
    stage("offer", stage.works / "song.txt", "--price", "12.00 EUR", "--use", "train.generative")
    stage("licence", "issue", "all", "--to", "2c" * 32)
    (licence,) = (stage.home / "licences").glob("*.licence")
    (work,) = (line.split()[-1] for line in stage("lookup", stage.works / "song.txt").out.splitlines()[:1])

    taken = stage("licence", "revoke", licence.name[0])
    cancelled = stage("keys", "cancel", "0")
    erased = stage("erase", f"title of {work[0]}", "--yes")

    assert (taken.code, "too short to name a licence" in taken.err) == (64, True)
    assert (cancelled.code, "too short to name a recovery" in cancelled.err) == (64, True)
    assert (erased.code, "there is no one work" in erased.err) == (1, True)
