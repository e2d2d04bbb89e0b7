"""`placet import --exclude`: a member whose line is not understood must never be spoken for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from placet.app import open_home
from placet.desk.bringing_members import members_in
from tests.cli.stage import Stage
from tests.gallery.lists import ipi, iswc


def a_list(tmp_path: Path) -> Path:
    path = tmp_path / "works.csv"
    path.write_text(f"ISWC;IPI;Anteil %\n{iswc(1)};{ipi(2)};100\n")
    return path


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "names no member"),
        ("\n \n\n", "names no member"),
        ("# nobody yet\n", "names no member"),
        ("IPI;Name\n", "names no member"),
        ("nobody\n", "line 1"),
        (f"Bo Berg\n{ipi(2)}\n", "line 1"),
        (f"IPI;Bo Berg\n{ipi(2)}\n", "line 1"),
        (f"{ipi(1)}\nIPI\n", "line 2"),
        (f"IPI\nName\n{ipi(1)}\n", "line 2"),
        (f"{ipi(1)}\n\nBo Berg\n", "line 3"),
    ],
)
def test_a_line_that_names_nobody_and_a_list_of_nobody_stop_everything(
    stage: Stage, tmp_path: Path, text: str, sentence: str
) -> None:
    members = tmp_path / "members.csv"
    members.write_text(text)

    said = stage("import", a_list(tmp_path), "--exclude", members)

    assert said.code == 1
    assert sentence in said.err
    assert "(bulk.members)" in said.err
    assert not open_home(stage.home).begun


@pytest.mark.parametrize("head", ["", "IPI;Name\n", "# ours\n\nMitglied, Rechteinhaber\n", "ISNI\tVorname\tNachname\n"])
def test_one_header_of_known_words_may_stand_above_them(tmp_path: Path, head: str) -> None:
    members = tmp_path / "members.csv"
    members.write_text(f"{head}{ipi(2)}\n\n{ipi(3)}\n")

    found = members_in(members)

    assert found == [f"ipi:{ipi(2)}", f"ipi:{ipi(3)}"]


def test_whom_the_list_names_is_left_out(stage: Stage, tmp_path: Path) -> None:
    members = tmp_path / "members.csv"
    members.write_text(f"{ipi(2)}\n")

    said = stage("import", a_list(tmp_path), "--exclude", members, "--json")

    assert said.code == 0
    assert json.loads(said.out.splitlines()[-1])["counts"] == {"excluded": 1}


def test_a_list_of_members_that_is_not_there_is_told(stage: Stage, tmp_path: Path) -> None:
    said = stage("import", a_list(tmp_path), "--exclude", tmp_path / "nosuch.csv")

    assert said.code == 1
    assert "there is no list of members" in said.err
    assert "system.error" not in said.err


def test_a_list_that_is_not_there_is_told_as_such(stage: Stage, tmp_path: Path) -> None:
    plain, asked = stage("import", tmp_path / "nosuch.csv"), stage("import", tmp_path / "nosuch.csv", "--dry-run")

    assert (plain.code, asked.code) == (1, 1)
    assert "there is no list of works" in plain.err
    assert plain.err == asked.err


def test_a_list_of_isbn_tells_no_columns(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "books.txt"
    path.write_text("9780141036144 1984\n")

    said = stage("import", path, "--dry-run")

    assert said.code == 0
    assert all(line.strip() for line in said.out.splitlines())


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [((2,), "1 member who disagrees is not spoken for"), ((2, 3), "2 members who disagree are not spoken for")],
    ids=["one", "two"],
)
def test_one_member_is_told_as_one(stage: Stage, tmp_path: Path, numbers: tuple[int, ...], sentence: str) -> None:
    members = tmp_path / "members.csv"
    members.write_text("".join(f"{ipi(number)}\n" for number in numbers))

    said = stage("import", a_list(tmp_path), "--exclude", members)

    assert sentence in said.err


@pytest.mark.parametrize(
    ("number", "verb"), [(1, "work of the public domain is"), (2, "works of the public domain are")]
)
def test_one_work_that_nobody_may_claim_is_told_as_one(stage: Stage, tmp_path: Path, number: int, verb: str) -> None:
    folder = tmp_path / "commons"
    folder.mkdir()
    for each in range(number):
        (folder / f"{each}.txt").write_text(f"The rose of chapter {each} was in bloom, a long time ago, by the sea.")

    said = stage("claim", "commons", folder)

    assert f"{number} {verb} known here" in said.out
