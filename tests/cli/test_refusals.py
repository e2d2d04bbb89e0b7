"""Words that would say something else than is meant, or nothing: refused before anything is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placet.app import open_home
from placet.signing.keys import Role, write_key
from tests.cli.stage import Stage
from tests.factories import a_key

WHO = a_key(5).public.hex()


def a_statement(tmp_path: Path) -> Path:
    path = tmp_path / "statement.json"
    words = {"what": "it", "why": "mine", "forum": "Lyon, France", "contact": "Ana", "sworn": True}
    path.write_text(json.dumps(words))
    return path


@pytest.mark.parametrize(
    "words",
    [
        ["mandate", "grant", "--to", WHO, "--territory", "XX"],
        ["reserve", "isbn:9780141036144", "--territory", "XX"],
        ["offer", "isbn:9780141036144", "--price", "1 EUR", "--territory", "FR,XX"],
        ["shares", "isbn:9780141036144", "--territory", "ZZ"],
        ["lookup", "isbn:9780141036144", "--territory", "UK"],
    ],
    ids=lambda words: words[0],
)
def test_a_place_that_is_none_is_told_with_its_option(stage: Stage, words: list[str]) -> None:
    said = stage(*words)

    assert said.code == 64
    assert "--territory" in said.err
    assert f"'{words[-1][-2:]}' is no territory that is known" in said.err
    assert not (stage.home / "placet.db").exists()


def test_a_right_that_is_none_is_told_with_its_option(stage: Stage, tmp_path: Path) -> None:
    granted = stage("mandate", "grant", "--to", WHO, "--right", "text", "--right", "banana")
    countered = stage(
        *("claim", "counter", "isbn:9780141036144", "--against", WHO, "--right", "banana"),
        *("--statement", a_statement(tmp_path)),
    )

    assert (granted.code, countered.code) == (64, 64)
    assert "--right banana: known are author, composition" in granted.err
    assert "--right banana: known are author, composition" in countered.err


def test_no_part_of_a_person_is_told_and_no_fault(stage: Stage) -> None:
    said = stage("mandate", "grant", "likeness:me/nose", "--to", WHO)

    assert said.code == 64
    assert "'nose' is no part of a person" in said.err


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("[" * 100_000, "it nests too deeply"), ("9" * 5000, "too many digits"), ("{", "line 1"), ("\xff", "UTF-8")],
    ids=["deep", "digits", "broken", "bytes"],
)
def test_a_statement_that_is_no_json_is_told_in_a_sentence(
    stage: Stage, tmp_path: Path, text: str, sentence: str
) -> None:
    path = tmp_path / "statement.json"
    path.write_bytes(text.encode("latin-1"))

    said = stage("claim", "counter", "isbn:9780141036144", "--against", WHO, "--statement", path)

    assert said.code == 64
    assert sentence in said.err
    assert "set_int_max_str_digits" not in said.err


@pytest.mark.parametrize(("name", "sentence"), [("empty.pdf", "shows nothing"), ("nosuch.pdf", "there is no document")])
def test_a_document_of_nothing_is_no_document(stage: Stage, tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "empty.pdf").touch()

    (tmp_path / "poem.txt").write_text("A poem of hers, about a garden and a gate.")
    write_key(tmp_path / "hers.pem", a_key(5), None)
    stage("reserve", tmp_path / "poem.txt", "--key", tmp_path / "hers.pem")
    stage("reserve", "isbn:9780141036144")
    countered = stage(
        *("claim", "counter", tmp_path / "poem.txt", "--against", WHO, "--statement", a_statement(tmp_path), "--json")
    )
    granted = stage("mandate", "grant", "--to", WHO, "--evidence", tmp_path / name)
    settled = stage("claim", "settle", json.loads(countered.out)["id"], "--for", WHO, "--document", tmp_path / name)

    assert (granted.code, settled.code) == (1, 1)
    assert sentence in granted.err
    assert sentence in settled.err
    assert "system.error" not in settled.err


def test_a_work_of_somebody_else_is_not_said_to_be_missing(stage: Stage, tmp_path: Path) -> None:
    poem = tmp_path / "poem.txt"
    poem.write_text("A poem of hers, about a garden and a gate.")
    write_key(tmp_path / "hers.pem", a_key(5), None)
    stage("reserve", poem, "--key", tmp_path / "hers.pem")
    stage("reserve", "isbn:9780141036144")
    mine = open_home(stage.home).key(Role.PARTY).public.hex()

    countered = stage("claim", "counter", poem, "--against", mine, "--statement", a_statement(tmp_path))
    withdrawn = stage("claim", "withdraw", poem)

    for said in (countered, withdrawn):
        assert said.code == 1
        assert f"registered by {WHO[:12]}, and not by {mine[:12]}" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ["identity", "attest", WHO, "--member", "--until", "2020-01-01"],
        ["mandate", "grant", "--to", WHO, "--until", "2020-01-01"],
        ["keys", "revoke", "--why", ""],
        ["keys", "revoke", "--why", "  "],
        ["keys", "revoke", "--why", "a" * 401],
        ["claim", "strike", WHO, "--why", "one\ntwo"],
    ],
    ids=["attest", "grant", "empty", "blank", "long", "lines"],
)
def test_a_day_that_is_over_and_a_line_that_is_none_are_wrong_usage(
    stage: Stage, tmp_path: Path, words: list[str]
) -> None:
    write_key(tmp_path / "hers.pem", a_key(5), None)
    stage("reserve", "isbn:9780306406157", "--key", tmp_path / "hers.pem")
    stage("reserve", "isbn:9780141036144")

    said = stage(*words)

    assert said.code == 64
    assert "entry.form" not in said.err


def test_a_key_is_revoked_again_only_by_what_is_new(stage: Stage, tmp_path: Path) -> None:
    stage("reserve", "isbn:9780141036144")
    stage("keys", "recovery", "--out", tmp_path / "spare.pem")
    lost = open_home(stage.home).key(Role.PARTY).public.hex()
    revoke = ("keys", "revoke", "--with", tmp_path / "spare.pem", "--which", lost, "--why", "stolen")

    codes = [
        stage(*revoke, *since).code
        for since in ((), (), ("--since", "2020-05-01"), ("--since", "2020-06-01"), ("--since", "2020-04-01"))
    ]

    assert codes == [0, 1, 0, 1, 0]


def test_a_table_that_cannot_be_written_is_told(stage: Stage, tmp_path: Path) -> None:
    said = stage("made", "list", "--csv", tmp_path / "nowhere" / "made.csv")

    assert said.code == 1
    assert "cannot be written" in said.err
    assert "PLACET_DEBUG" not in said.err


@pytest.mark.parametrize(
    "words",
    [["made", "say", "--as", "human", "isrc:USRC17607839"], ["identity", "claim"], ["reserve"]],
    ids=["made", "identity", "reserve"],
)
def test_a_number_that_is_none_is_wrong_usage_wherever_it_is_typed(stage: Stage, words: list[str]) -> None:
    said, short = stage(*words, "isbn:9780306406158"), stage(*words, "isbn:123")

    assert (said.code, short.code) == (64, 64)
    assert "wrong check digit" in said.err
    assert "'123' is not an ISBN" in short.err
    assert not (stage.home / "placet.db").exists()
