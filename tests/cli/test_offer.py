"""`placet offer`: a price that a buyer can be quoted, said once and shown wherever it is asked."""

from __future__ import annotations

import json

import pytest

from placet.core.offer import Unit, parse_offer
from placet.snapshot.library import open_library
from tests.cli.stage import Stage


def test_an_offer_says_its_price_and_so_does_a_lookup(stage: Stage) -> None:
    said = stage("offer", stage.works, "--price", "12.00 EUR", "--bulk", "100:9.00 EUR", "--credit", "© A. Turner")

    asked = stage("lookup", next(path for path in sorted(stage.works.rglob("*")) if path.is_file()))
    price = "12.00 EUR a work, 9.00 EUR from 100 works on, credit “© A. Turner”"
    assert (said.code, asked.code) == (0, 2)
    assert price in said.out
    assert price in asked.out


def test_the_same_offer_twice_is_said_once(stage: Stage) -> None:
    stage("offer", stage.works, "--price", "12.00 EUR")

    said = stage("offer", stage.works, "--price", "12.00 EUR")

    assert said.out.startswith("Nothing new to say")


def test_a_newer_offer_replaces_the_older_one(stage: Stage) -> None:
    stage("offer", "isbn:9780306406157", "--price", "12.00 EUR")
    stage("offer", "isbn:9780306406157", "--price", "15.00 EUR")

    asked = stage("lookup", "isbn:9780306406157")

    assert "15.00 EUR" in asked.out
    assert "12.00 EUR" not in asked.out


def test_reserving_takes_an_offer_back(stage: Stage) -> None:
    stage("offer", "isbn:9780306406157", "--price", "12.00 EUR")
    stage("reserve", "isbn:9780306406157")

    asked = stage("lookup", "isbn:9780306406157")

    assert "12.00" not in asked.out
    assert "reserved" in asked.out


def test_a_share_of_revenue_is_exact(stage: Stage) -> None:
    said = stage("offer", "isbn:9780306406157", "--share", "1/3")
    again = stage("offer", "isbn:9780306406157", "--share", "2.5%")

    assert "1/3 of the revenue" in said.out
    assert "2.5 % of the revenue" in again.out


def test_the_offer_travels_in_the_snapshot_and_only_as_it_was_made(stage: Stage, tmp_path) -> None:
    stage("offer", "isbn:9780306406157", "--price", "5 JPY", "--per", "repertoire", "--use", "train")
    stage("snapshot", "build", "-o", tmp_path / "registry")

    library = open_library(tmp_path / "registry")
    digest = library.words[0].terms
    offer = parse_offer(library.terms(digest) or b"")
    assert (offer.unit, str(offer.price)) == (Unit.REPERTOIRE, "5 JPY")
    path = tmp_path / "registry" / "log" / "blobs" / digest[:2] / digest
    path.write_bytes(path.read_bytes().replace(b'"amount":5', b'"amount":4'))
    assert library.terms(digest) is None
    assert library.terms("../" * 20 + "etc/passwd") is None


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--price", "0 EUR"], "not above zero"),
        (["--price", "-3 EUR"], "not above zero"),
        (["--price", "12 XXX"], "no currency"),
        (["--price", "1.234 EUR"], "finer than the smallest unit"),
        (["--price", "99999999999999999999 EUR"], "63 bits"),
        (["--price", "12"], "no amount of money"),
        ([], "say what it costs"),
        (["--share", "0%"], "between nothing and all"),
        (["--share", "101%"], "between nothing and all"),
        (["--share", "1/0"], "5% or 1/20"),
        (["--share", "5%", "--price", "12 EUR"], "say what it costs"),
        (["--price", "12 EUR", "--bulk", "ten:9 EUR"], "100:9.00 EUR"),
        (["--price", "12 EUR", "--bulk", "10:9 USD"], "another currency"),
        (["--price", "12 EUR", "--bulk", "10:13 EUR"], "falling prices"),
        (["--price", "12 EUR", "--credit", "a\nb"], "single lines"),
    ],
    ids=str,
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(stage: Stage, words, why) -> None:
    said = stage("offer", "isbn:9780306406157", *words)

    assert said.code == 64
    assert why in said.err
    assert not (stage.home / "placet.db").exists()


def test_json_gives_the_terms_by_entry(stage: Stage) -> None:
    stage("offer", "isbn:9780306406157", "--price", "12.00 EUR")

    (terms,) = json.loads(stage("lookup", "isbn:9780306406157", "--json").out)["terms"]

    assert terms == {"entry": 1, "says": "12.00 EUR a work"}
