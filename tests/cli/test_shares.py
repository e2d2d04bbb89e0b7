"""`placet shares`, as a person calls it."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from placet.app import Home
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.title import Claim, Title
from placet.signing.keys import Role
from tests.cli.stage import Stage
from tests.factories import a_key

WORK = Subject(Kind.IDENTIFIER, "iswc:T0345246801")


@pytest.fixture(autouse=True)
def sheet(stage: Stage) -> None:
    """A party lists one song, of which a quarter of the composition is nobody's."""
    home = Home(stage.home)
    claims = (
        Claim(who="ipi:00017798450", role="composer", right="composition", share=Fraction(1, 2)),
        Claim(who="ipi:00014107338", role="author", right="composition", share=Fraction(1, 4)),
        Claim(who=a_key(1).public.hex(), right="recording"),
    )
    composer = home.composer(a_key(1, name="The Society"))
    composer._sheet("claim.add", [Title(subject=WORK, claims=claims).data()])
    home.log.append(composer.submission())


def test_shares_are_told_with_what_nobody_claims(stage: Stage) -> None:
    said = stage("shares", "iswc:T-034.524.680-1")

    assert said.code == 0
    assert [line.split() for line in said.out.splitlines()] == [
        ["iswc:T0345246801,", "listed", "by", "1", "party:"],
        ["composition", "1/4", "ipi:00014107338,", "author"],
        ["composition", "1/2", "ipi:00017798450,", "composer"],
        ["composition", "1/4", "unclaimed"],
        ["recording", "not", "stated", a_key(1).public.hex()],
    ]


def test_shares_as_json_and_as_a_sheet_that_is_divided_by(stage: Stage, tmp_path: Path) -> None:
    shown = json.loads(stage("shares", "iswc:T0345246801", "--right", "composition", "--json").out)
    written = stage("shares", "--sheet", tmp_path / "shares.csv", "--right", "composition")
    split = ("split", "equal-per-work", "--pool", "100.00 EUR", "--shares", tmp_path / "shares.csv")
    divided = stage(*split, "--reference", "Q3", "--right", "composition", "--dry-run")

    assert shown["rights"]["composition"]["unclaimed"] == "1/4"
    assert written.out == f"Wrote the shares of 1 work to {tmp_path / 'shares.csv'}.\n"
    assert "unclaimed" in divided.out
    assert "25.00 EUR" in divided.out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "say which work"),
        (("isrc:FRZ039800212",), "(title.unlisted)"),
        (("iswc:T0345246802",), "check digit"),
        (("iswc:T0345246801", "--right", "songs"), "--right songs: say one of author"),
        (("iswc:T0345246801", "--min-voice", "loud"), "--min-voice loud: say claimed or verified"),
    ],
)
def test_what_cannot_be_told_is_refused_in_a_sentence(stage: Stage, words: tuple[str, ...], sentence: str) -> None:
    said = stage("shares", *words)

    assert said.code in (1, 64)
    assert sentence in said.err


def test_a_lookup_by_number_tells_who_claims_what(stage: Stage) -> None:
    said = stage("lookup", "iswc:T0345246801")

    assert "  claimed: 1/2 of composition: ipi:00017798450, the world; listed by The Society" in said.out


def test_a_society_speaks_for_its_repertoire_in_one_word(stage: Stage, tmp_path: Path) -> None:
    said = stage("reserve", "repertoire:me", "--use", "train")
    home = Home(stage.home)
    words = home.registry.spoken_about(Subject(Kind.REPERTOIRE, home.key(Role.PARTY).public.hex()))

    assert said.code == 0
    assert [word.stance for word in words] == [Stance.RESERVE]
    assert stage("reserve", "repertoire:somebody").err.startswith("placet: 'somebody' names no person")
