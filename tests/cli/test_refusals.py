"""Words that would say something else than is meant, or nothing: refused before anything is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
