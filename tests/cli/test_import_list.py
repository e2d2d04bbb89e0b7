"""`placet import-list`: somebody else's list, read, kept and shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placet.app import open_home
from placet.core.subject import Kind, Subject
from placet.desk.listing import hear_lists
from placet.errors import StoreDamaged
from tests.cli.stage import Stage, everything

SOURCE = "https://lists.example/optout.csv"


@pytest.fixture
def optout(tmp_path: Path) -> Path:
    file = tmp_path / "optout.csv"
    file.write_text("domain,isbn\nmaker.example,\nother.example,\n,978-3-16-148410-0\n")
    return file


def test_a_list_is_read_kept_and_heard(stage: Stage, optout: Path) -> None:
    said = stage("import-list", optout, "--source", SOURCE, "--dated", "2024-06-01")

    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(
        f"2 domains, 1 work by its identifier, kept as of 2024-06-01, from {SOURCE}.\nSomebody else says so"
    )
    listed = hear_lists(open_home(stage.home))
    assert Subject(Kind.DOMAIN, "maker.example") in listed.said
    assert {d.source.heard_at for each in listed.said.values() for d in each} == {1_717_200_000}
    assert len(listed.digest) == 64


def test_what_was_imported_is_shown(stage: Stage, optout: Path) -> None:
    stage("import-list", optout, "--dated", "2024-06-01")

    said = stage("import-list", "--list")

    assert (said.code, said.out) == (0, "2024-06-01  3 entries  optout.csv\n")


def test_nothing_was_imported_yet(stage: Stage) -> None:
    assert stage("import-list", "--list").out == "No list was imported here yet.\n"
    assert stage("import-list", "--list", "--json").out == ""
    assert not stage.home.exists()


def test_a_bad_line_is_told_and_the_rest_is_kept(stage: Stage, optout: Path) -> None:
    optout.write_text("maker.example\nplease leave us alone\n")

    said = stage("import-list", optout)

    assert (said.code, said.out.startswith("1 domain, kept")) == (2, True)
    assert "1 entry was not understood:\n  Line 2 of optout.csv: 'please leave us alone' is no domain." in said.err


def test_json_says_all_of_it(stage: Stage, optout: Path) -> None:
    optout.write_text("maker.example\n?\n")

    said = stage("import-list", optout, "--json", "--dated", "2024-06-01")

    shown = json.loads(said.out)
    assert (said.code, shown["schema"], shown["counts"]) == (2, "placet.import-list/1", {"domain": 1})
    assert (shown["kept"], shown["new"], shown["dated"]) == (True, True, "2024-06-01")
    assert [problem["where"] for problem in shown["problems"]] == ["optout.csv:2"]


def test_a_dry_run_keeps_nothing(stage: Stage, optout: Path) -> None:
    said = stage("import-list", optout, "--dry-run")

    assert (said.code, "would be kept" in said.out, stage.home.exists()) == (0, True, False)


def test_the_same_list_twice_is_kept_once(stage: Stage, optout: Path) -> None:
    stage("import-list", optout, "--dated", "2024-06-01")
    before = everything(stage.home)

    again = stage("import-list", optout, "--dated", "2024-06-01")

    assert "kept before" in again.out
    assert everything(stage.home) == before


def test_of_one_source_the_latest_day_speaks(stage: Stage, optout: Path) -> None:
    stage("import-list", optout, "--source", SOURCE, "--dated", "2024-06-02")
    optout.write_text("maker.example\nlate.example\n")
    stage("import-list", optout, "--source", SOURCE, "--dated", "2024-06-01")
    stage("import-list", optout, "--source", "another", "--dated", "2020-01-01")

    listed = hear_lists(open_home(stage.home))

    assert [(kept.source, kept.dated) for kept in listed.lists] == [("another", "2020-01-01"), (SOURCE, "2024-06-02")]
    by = {d.by for d in listed.said[Subject(Kind.DOMAIN, "maker.example")]}
    assert by == {"another", "lists.example"}
    assert {d.by for d in listed.said[Subject(Kind.DOMAIN, "late.example")]} == {"another"}


@pytest.mark.parametrize("damage", ["list", "about.json"])
def test_a_kept_list_that_was_changed_is_not_heard(stage: Stage, optout: Path, damage: str) -> None:
    stage("import-list", optout)
    (file,) = stage.home.glob(f"lists/*/{damage}")
    file.write_bytes(file.read_bytes().replace(b"o", b"0", 1))

    with pytest.raises(StoreDamaged):
        hear_lists(open_home(stage.home))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["import-list"], 64),
        (["import-list", "x.csv", "--list"], 64),
        (["import-list", "x.csv"], 1),
        (["import-list", "OPTOUT", "--dated", "June"], 64),
        (["import-list", "OPTOUT", "--dated", "2999-01-01"], 1),
    ],
)
def test_words_that_cannot_be_followed(stage: Stage, optout: Path, words: list[str], code: int) -> None:
    said = stage(*(optout if word == "OPTOUT" else word for word in words))

    assert (said.code, said.out) == (code, "")
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<!doctype html><p>404",
        b"{}",
        b"\x89PNG\r\n\x1a\n\0\0",
        b"nothing here\n",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>",
    ],
    ids=repr,
)
def test_what_is_no_list_is_not_kept(stage: Stage, optout: Path, body: bytes) -> None:
    optout.write_bytes(body)

    said = stage("import-list", optout)

    assert (said.code, said.out, stage.home.exists()) == (1, "", False)
