"""`placet signals lint`: a folder, a file and a live site, for people, for programs and for forges."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.stage import Stage
from tests.fetch.site import Site, a_site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    (root / ".well-known").mkdir(parents=True)
    (root / "robots.txt").write_text("User-agent: *\nContent-Usage: train-ai=no\nDisallow: /private/\n")
    (root / ".well-known" / "tdmrep.json").write_text('[{"location": "/", "tdm-reservation": "1"}]\n')
    return root


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PLACET_LOOPBACK", "1")
    with a_site() as site:
        yield site


def test_a_folder_is_told_what_to_mend_and_where(stage: Stage, folder: Path) -> None:
    said = stage("signals", "lint", folder)

    assert said.code == 2
    assert "robots.txt:2: error: A preference is y or n; any other value says nothing." in said.out
    assert "    Write `y` or `n`, without quotes. [aipref.unknown-value]" in said.out
    assert ".well-known/tdmrep.json:1: error: tdm-reservation is 0 or 1; anything else is unset." in said.out
    assert said.out.endswith("2 documents: 2 errors.\n")


def test_a_conf_beside_the_site_is_looked_over_too(stage: Stage, folder: Path) -> None:
    (folder / ".htaccess").write_text("RewriteCond %{HTTP_USER_AGENT} Google-Extended\n")

    said = stage("signals", "lint", folder)

    assert ".htaccess:1: error: This name stands in robots.txt only" in said.out


def test_the_same_in_french(stage: Stage, folder: Path) -> None:
    said = stage("signals", "lint", folder, "--lang", "fr")

    assert "robots.txt:2: erreur: Une préférence vaut y ou n, rien d'autre." in said.out


def test_a_clean_site_ends_with_nothing_to_mend(stage: Stage, tmp_path: Path) -> None:
    policy, out = tmp_path / "policy.toml", tmp_path / "out"
    policy.write_text('site = "https://studio.example"\n[[rule]]\n')
    stage("signals", "emit", policy, "--target", "apache", "--out", out)

    said = stage("signals", "lint", out)

    assert said.out.endswith(": nothing to mend.\n")
    assert said.code == 0


def test_a_note_alone_is_nothing_to_mend(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "robots.txt").write_text("User-agent: Bingbot\nDisallow:\n")

    said = stage("signals", "lint", tmp_path / "robots.txt")

    assert said.code == 0
    assert "1 document: 1 note." in said.out


def test_json_and_sarif_name_the_same_places(stage: Stage, folder: Path) -> None:
    lines = [json.loads(line) for line in stage("signals", "lint", folder, "--json").out.splitlines()]
    log = json.loads(stage("signals", "lint", folder, "--sarif").out)

    places = [(line["rule"], line["where"], line["line"]) for line in lines]
    results = log["runs"][0]["results"]
    physical = [(each["ruleId"], each["locations"][0]["physicalLocation"]) for each in results]
    assert places == [(rule, at["artifactLocation"]["uri"], at["region"]["startLine"]) for rule, at in physical]
    assert {line["schema"] for line in lines} == {"placet.lint/1"}


def test_a_live_site_whose_pictures_carry_no_word_is_told(stage: Stage, site: Site) -> None:
    site.say("/robots.txt", "User-agent: *\nDisallow:\n")
    site.say("/", '<!doctype html><img src="/a.png">', "text/html", tdm_reservation="1")
    site.say("/a.png", "x", "image/png")

    said = stage("signals", "lint", f"{site.url}/")

    assert said.code == 2
    assert "/a.png: error: Pages carry this header, and pictures do not." in said.out
    assert "tdm-reservation" in said.out


def test_a_robots_txt_that_answers_503_is_an_error(stage: Stage, site: Site) -> None:
    site.say("/robots.txt", "later", status=503)

    said = stage("signals", "lint", f"{site.url}/")

    assert said.code == 2
    assert "/robots.txt: error: This could not be obtained, so what it says is not known." in said.out


def test_an_address_that_is_closed_to_us_is_a_note(stage: Stage, site: Site) -> None:
    site.say("/robots.txt", "User-agent: *\nDisallow: /\n")

    said = stage("signals", "lint", f"{site.url}/")

    assert said.code == 0
    assert f"{site.url}/: note: robots.txt closes this to us, so it was not looked over." in said.out


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["nowhere"], 1, "there is no file or folder nowhere"),
        (["empty"], 1, "empty holds nothing that can be looked over"),
        (["notes.txt"], 1, "notes.txt holds nothing that can be looked over"),
        (["site", "--lang", "de"], 64, "--lang is 'de'; it is one of en, fr"),
        (["site", "--site", "studio"], 64, "--site is 'studio'; it is the address of the site"),
    ],
)
def test_what_cannot_be_looked_over_is_one_sentence(
    stage: Stage, folder: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int, sentence: str
) -> None:
    monkeypatch.chdir(folder.parent)
    (folder.parent / "empty").mkdir()
    (folder.parent / "notes.txt").write_text("hello")

    said = stage("signals", "lint", *words)

    assert said.code == code
    assert sentence in said.err


def test_a_site_that_does_not_answer_could_not_be_read(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACET_LOOPBACK", "1")

    said = stage("signals", "lint", "http://127.0.0.1:9/")

    assert said.code == 1
    assert "http://127.0.0.1:9/robots.txt did not answer" in said.err
