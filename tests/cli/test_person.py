"""`placet lookup --person`, and what is refused about people."""

from __future__ import annotations

import json

import pytest

from tests.cli.stage import Stage


def own_key(stage: Stage) -> str:
    return str(json.loads(stage("keys", "list", "--json").out.splitlines()[0])["public"])


def test_a_performer_reserves_her_own_voice_without_typing_her_key(stage: Stage) -> None:
    said = stage("reserve", "likeness:me/voice")

    found = stage("lookup", "--person", own_key(stage), "--json")

    assert said.code == 0
    answer = json.loads(found.out)["answers"][0]
    assert answer["subject"] == f"likeness:{own_key(stage)}/voice"
    assert {profile["output.likeness"] for profile in answer["decisions"].values()} == {"reserved"}
    assert found.code == 2


def test_one_voice_for_one_project_until_a_date(stage: Stage, tmp_path) -> None:
    file = tmp_path / "voice.licence"
    stage("reserve", "likeness:me/voice")
    stage("offer", "likeness:me/voice", "--price", "500.00 EUR", "--use", "output.likeness")
    key = own_key(stage)
    given = ("--to", key, "--use", "output.likeness", "--model", "Night Train", "--until", "2099-12-30", "-o", file)
    stage("licence", "issue", "likeness:me/voice", *given)
    ask = ("lookup", "--person", key, "--use", "output.likeness", "--holder", key, "--licence", file)

    assert stage(*ask, "--project", "Night Train").code == 0
    assert stage(*ask, "--project", "Night Train", "--at", "2099-12-30").code == 0
    assert stage(*ask, "--project", "Night Train", "--at", "2099-12-31").code == 2
    assert stage(*ask, "--project", "Another").code == 2
    assert "it is over" in stage(*ask, "--project", "Night Train", "--at", "2099-12-31").err


def test_a_person_is_named_by_her_whole_number(stage: Stage) -> None:
    stage("reserve", stage.works)

    said = stage("lookup", "--person", "isni:0000000121032683", "--use", "output.likeness")

    assert said.code == 2
    assert said.out.startswith("isni:0000000121032683, a person: ")


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("lookup", "--person", "Ana"), 64, "'Ana' names no person"),
        (("lookup", "--person", "isni:0000000121032684"), 64, "check digit"),
        (("lookup", "--person", "ab" * 32, "--aspect", "soul"), 64, "--aspect soul: say one of voice, face"),
        (("lookup", "--person", "ab" * 32, "x.jpg"), 64, "one of them"),
        (("lookup",), 64, "one of them"),
        (("lookup", "x", "--project", "P"), 64, "go with --person"),
        (("lookup", "--person", "ab" * 32, "--licence", "x"), 64, "needs --holder KEY"),
        (("reserve", "likeness:Ana/voice"), 64, "names no person"),
        (("reserve", "likeness:isni:0000000121032683"), 64, "which part of a person"),
        (("reserve", "likeness:isni:0000000121032683/soul"), 64, "no part of a person"),
        (("reserve", f"likeness:{'ab' * 32}/voice"), 1, "is hers: only she speaks of it"),
    ],
    ids=range(11),
)
def test_what_names_no_person_is_told(stage: Stage, words: tuple[str, ...], code: int, sentence: str) -> None:
    stage("reserve", stage.works)

    said = stage(*words)

    assert said.code == code
    assert sentence in said.err


def test_an_unchecked_yes_to_a_voice_is_shown_and_opens_nothing(stage: Stage) -> None:
    stage("reserve", "likeness:me/voice", "--stance", "allow", "--use", "output.likeness")
    ask = ("lookup", "--person", own_key(stage), "--use", "output.likeness")

    said = stage(*ask)

    assert said.code == 2
    assert said.out.count("entry 1 says yes to output.likeness; nobody checked who says it, so it opens nothing") == 1
    (told,) = json.loads(stage(*ask, "--json").out)["answers"][0]["unheeded"]
    assert told["entry"] == 1
