"""Amber means a price: an offer, a clearance, its quote, a licence, and the same clearance again with it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from placet.signing.keys import read_key
from tests.clearance.sites import observation, save
from tests.cli.stage import Said, Stage

CLEAR = ("--use", "train.generative", "--profile", "consent")


@pytest.fixture
def shop(stage: Stage, tmp_path: Path) -> Stage:
    """Two works for sale, one that is asked about in words, one address with a price nobody matched."""
    stage("keys", "new", "--name", "Ana", "--out", tmp_path / "ana.pem")
    stage("keys", "new", "--role", "clear", "--out", tmp_path / "lab.pem")
    dataset = tmp_path / "dataset"
    dataset.mkdir()
    for path in sorted(stage.works.iterdir()):
        (dataset / path.name).write_bytes(path.read_bytes())
    (dataset / "stranger.txt").write_text("Nobody has ever said anything about this short text.")
    stage("offer", stage.works, "--price", "12.00 EUR", "--credit", "© Ana", "--key", tmp_path / "ana.pem")
    stage("snapshot", "build", "-o", tmp_path / "registry")
    return stage


def clear(stage: Stage, folder: Path, out: str, *words: object) -> Said:
    snapshot = ("--snapshot", folder / "registry")
    return stage("clear", folder / "dataset", *snapshot, *CLEAR, "--out", folder / out, *words)


def lab(folder: Path) -> str:
    return read_key(folder / "lab.pem", None).public.hex()


def buy(stage: Stage, folder: Path, *words: object) -> Said:
    key = ("--key", folder / "ana.pem")
    return stage("licence", "issue", "all", "--to", lab(folder), *key, "-o", folder / "a.licence", *words)


def holding(folder: Path) -> tuple[object, ...]:
    return ("--licence", folder / "a.licence", "--holder", folder / "lab.pem")


def test_a_quote_names_the_party_the_price_and_the_rows(shop: Stage, tmp_path: Path) -> None:
    clear(shop, tmp_path, "out")

    said = shop("quote", tmp_path / "out", "--snapshot", tmp_path / "registry")

    assert said.code == 0
    assert "24.00 EUR  Ana: 2 works in 2 rows" in said.out
    assert "24.00 EUR for 2 of 2 rows" in said.out
    assert {path.name for path in (tmp_path / "out").glob("quote.*")} == {"quote.json", "quote.csv", "quote.html"}


def test_the_same_quote_is_the_same_bytes(shop: Stage, tmp_path: Path) -> None:
    clear(shop, tmp_path, "out")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shop("quote", tmp_path / "out", "--snapshot", tmp_path / "registry", "--into", tmp_path / name)

    for name in ("quote.json", "quote.csv", "quote.html"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_quote_of_another_snapshot_is_refused(shop: Stage, tmp_path: Path) -> None:
    clear(shop, tmp_path, "out")
    shop("reserve", "isbn:9780306406157")
    shop("snapshot", "build", "-o", tmp_path / "newer")

    said = shop("quote", tmp_path / "out", "--snapshot", tmp_path / "newer")

    assert said.code == 1
    assert "another snapshot" in said.err


def test_a_quote_needs_a_clearance(shop: Stage, tmp_path: Path) -> None:
    said = shop("quote", tmp_path / "nowhere", "--snapshot", tmp_path / "registry")

    assert said.code == 1
    assert "no plan.json" in said.err


def test_a_licence_lifts_what_was_licensed_and_asks_for_its_credit(shop: Stage, tmp_path: Path) -> None:
    buy(shop, tmp_path)

    said = clear(shop, tmp_path, "out", *holding(tmp_path))

    table = pq.read_table(tmp_path / "out" / "decisions.parquet").to_pylist()
    assert said.code == 0
    assert sorted(row["outcome"] for row in table) == ["cleared", "cleared", "silent"]
    assert {row["basis"] for row in table if row["outcome"] == "cleared"} == {"licensed"}
    assert (tmp_path / "out" / "CREDITS.txt").read_text() == "© Ana\n"
    assert "Licences relied on" in (tmp_path / "out" / "report.html").read_text()
    assert "© Ana" in (tmp_path / "out" / "CREDITS.html").read_text()
    certificate = shop("verify", tmp_path / "out")
    assert certificate.code == 0
    assert "the licences relied on" in certificate.out


@pytest.mark.parametrize(
    ("given", "asked", "why"),
    [
        ((), ("--at", "2001-01-01"), "not begun"),
        (("--use", "mine"), (), ""),
        (("--model", "Lab 2"), ("--model", "Lab 3"), ""),
        (("--model", "Lab 2"), (), ""),
    ],
    ids=str,
)
def test_a_licence_for_something_else_lifts_nothing(shop: Stage, tmp_path: Path, given, asked, why) -> None:
    buy(shop, tmp_path, *given)

    said = clear(shop, tmp_path, "out", *holding(tmp_path), *asked)

    basis = pq.read_table(tmp_path / "out" / "decisions.parquet")["basis"].to_pylist()
    assert why in said.err
    assert "licensed" not in basis


def test_a_licence_for_a_model_lifts_for_that_model(shop: Stage, tmp_path: Path) -> None:
    buy(shop, tmp_path, "--model", "Lab 2")

    clear(shop, tmp_path, "out", *holding(tmp_path), "--model", "Lab 2")

    basis = pq.read_table(tmp_path / "out" / "decisions.parquet")["basis"].to_pylist()
    assert basis.count("licensed") == 2


def test_a_licence_of_somebody_else_lifts_nothing(shop: Stage, tmp_path: Path) -> None:
    buy(shop, tmp_path)
    shop("keys", "new", "--role", "clear", "--out", tmp_path / "rival.pem")

    said = clear(shop, tmp_path, "out", "--licence", tmp_path / "a.licence", "--holder", tmp_path / "rival.pem")

    assert "given to another key" in said.err
    assert "licensed" not in pq.read_table(tmp_path / "out" / "decisions.parquet")["basis"].to_pylist()


def test_a_licence_that_was_taken_back_lifts_nothing_once_a_snapshot_says_so(shop: Stage, tmp_path: Path) -> None:
    buy(shop, tmp_path)
    (row,) = map(json.loads, shop("licence", "list", "--json").out.splitlines())
    shop("licence", "revoke", row["id"], "--key", tmp_path / "ana.pem")
    (tmp_path / "registry").rename(tmp_path / "before")
    shop("snapshot", "build", "-o", tmp_path / "registry")

    said = clear(shop, tmp_path, "out", *holding(tmp_path))

    assert "it was taken back" in said.err
    assert "licensed" not in pq.read_table(tmp_path / "out" / "decisions.parquet")["basis"].to_pylist()


def test_withdrawing_an_offer_does_not_touch_a_licence(shop: Stage, tmp_path: Path) -> None:
    buy(shop, tmp_path)
    shop("reserve", shop.works, "--key", tmp_path / "ana.pem")
    (tmp_path / "registry").rename(tmp_path / "before")
    shop("snapshot", "build", "-o", tmp_path / "registry")

    clear(shop, tmp_path, "out", *holding(tmp_path))

    assert pq.read_table(tmp_path / "out" / "decisions.parquet")["basis"].to_pylist().count("licensed") == 2


def test_another_claimants_no_is_not_lifted(shop: Stage, tmp_path: Path) -> None:
    buy(shop, tmp_path)
    shop("reserve", shop.works)
    (tmp_path / "registry").rename(tmp_path / "before")
    shop("snapshot", "build", "-o", tmp_path / "registry")

    clear(shop, tmp_path, "out", *holding(tmp_path))

    outcomes = pq.read_table(tmp_path / "out" / "decisions.parquet")["outcome"].to_pylist()
    assert sorted(outcomes) == ["reserved", "reserved", "silent"]


def test_a_run_is_not_resumed_with_other_licences(shop: Stage, tmp_path: Path) -> None:
    buy(shop, tmp_path)
    clear(shop, tmp_path, "out")

    said = clear(shop, tmp_path, "out", *holding(tmp_path))

    assert said.code == 1
    assert "another holder" in said.err


@pytest.mark.parametrize("words", [("--licence", "a.licence"), ("--holder", "lab.pem")], ids=str)
def test_a_licence_and_its_holder_belong_together(shop: Stage, tmp_path: Path, words) -> None:
    buy(shop, tmp_path)

    said = clear(shop, tmp_path, "out", words[0], tmp_path / words[1])

    assert said.code == 64


def test_a_forged_licence_stops_the_run_before_it_begins(shop: Stage, tmp_path: Path) -> None:
    buy(shop, tmp_path)
    file = json.loads((tmp_path / "a.licence").read_bytes())
    (tmp_path / "a.licence").write_text(json.dumps(file | {"works": file["works"][:-1]}))

    said = clear(shop, tmp_path, "out", *holding(tmp_path))

    assert said.code == 1
    assert "a.licence: the works in the file are not those" in said.err
    assert not (tmp_path / "out" / "decisions.parquet").exists()


def test_a_price_heard_in_rsl_is_shown_as_what_is_asked_elsewhere(shop: Stage, tmp_path: Path) -> None:
    page = "https://maker.example/1.html"
    licence = (
        '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license><permits type="usage">ai-train</permits>'
        '<payment type="training"><amount currency="EUR">0.40</amount></payment></license></content></rsl>'
    )
    script = f'<html><head><script type="application/rsl+xml">{licence}</script></head></html>'.encode()
    headers, at = {"content-type": "text/html"}, int((tmp_path / "lab.pem").stat().st_mtime)
    heard = observation("https://maker.example", page="/1.html", headers=headers, at=at, body=script)
    save(tmp_path / "seen", read_key(tmp_path / "lab.pem", None), heard)
    row = {"url": page, "text": "A page about which the registry has nothing to say."}
    (tmp_path / "dataset" / "rows.jsonl").write_text(json.dumps(row) + "\n")
    clear(shop, tmp_path, "out", "--observations", tmp_path / "seen", "--observer", lab(tmp_path))

    said = shop("quote", tmp_path / "out", "--snapshot", tmp_path / "registry")

    assert "nobody here can sell it (quote.no-holder); heard there: 0.40 EUR (training)" in said.out
    assert "24.00 EUR for 2 of 3 rows" in said.out
    assert "Heard there, and not for sale here: 0.40 EUR (training)" in (tmp_path / "out" / "quote.html").read_text()
    assert "0.40 EUR (training)" in (tmp_path / "out" / "quote.csv").read_text()


def test_just_what_was_quoted_is_sold(shop: Stage, tmp_path: Path) -> None:
    """Two works are for sale, and the crawl took one of them."""
    first, _ = sorted(path for path in (tmp_path / "dataset").iterdir() if path.name != "stranger.txt")
    first.unlink()
    clear(shop, tmp_path, "out")
    shop("quote", tmp_path / "out", "--snapshot", tmp_path / "registry")
    quoted = json.loads((tmp_path / "out" / "quote.json").read_text())["lines"][0]["works"]

    sold = shop(
        *("licence", "issue", tmp_path / "out" / "quote.json", "--to", lab(tmp_path)),
        *("--key", tmp_path / "ana.pem", "-o", tmp_path / "a.licence"),
    )

    assert "for 1 of your works, at 12.00 EUR" in sold.out
    assert json.loads((tmp_path / "a.licence").read_text())["works"] == quoted
    clear(shop, tmp_path, "licensed", *holding(tmp_path))
    table = pq.read_table(tmp_path / "licensed" / "decisions.parquet").to_pylist()
    assert sorted(row["outcome"] for row in table) == ["cleared", "silent"]


def test_a_quote_that_is_none_sells_nothing(shop: Stage, tmp_path: Path) -> None:
    (tmp_path / "quote.json").write_text('{"placet_quote": 1, "lines": [{"party": 7}, 3]}')

    said = shop("licence", "issue", tmp_path / "quote.json", "--to", lab(tmp_path), "--key", tmp_path / "ana.pem")

    assert said.code == 1
    assert "licence.not-yours" in said.err


def test_nothing_for_sale_is_said_so(shop: Stage, tmp_path: Path) -> None:
    buy(shop, tmp_path)
    clear(shop, tmp_path, "out", *holding(tmp_path))

    said = shop("quote", tmp_path / "out", "--snapshot", tmp_path / "registry")

    assert said.out.strip() == "No row of this clearance is for sale: there is nothing to buy."
