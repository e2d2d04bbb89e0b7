"""`placet reserve`, as an illustrator meets it."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest
from PIL import Image

from placet.record.entries import parse_entry
from placet.record.proof import parse_proof
from placet.registry import reserve
from tests.cli.stage import Stage, everything


def test_the_first_reserve_needs_no_option_and_says_what_it_did(stage: Stage) -> None:
    said = stage("reserve", stage.works)

    assert said.code == 0
    assert said.out.startswith(
        "Reserved 2 works from AI use (mine, train, input, output, dataset): entries 0-2 of log local.placet/"
    )
    assert "Your key was made" in said.err
    assert said.out.count("\n") == 1


def test_a_receipts_folder_has_everything_in_it(stage: Stage) -> None:
    stage("reserve", stage.works)

    (folder,) = (stage.home / "receipts").iterdir()
    names = {path.name for path in folder.iterdir()}
    proofs = {"entry-0.tlog-proof", "entry-1.tlog-proof", "entry-2.tlog-proof"}
    plain = {"README.txt", "works.jsonl", "works.csv", "openings.json", "log.policy", "receipt.html"}
    assert names == proofs | plain | {".placet-output"}


def test_a_second_reserve_of_the_same_folder_says_nothing_new(stage: Stage) -> None:
    stage("reserve", stage.works)
    before = everything(stage.home / "log")

    said = stage("reserve", stage.works)

    assert said.code == 0
    assert said.out == "Nothing new to say: all 2 have this very wish already. Nothing was written.\n"
    assert everything(stage.home / "log") == before
    assert len(list((stage.home / "receipts").iterdir())) == 1


def test_another_wish_for_the_same_works_makes_no_new_works(stage: Stage) -> None:
    stage("reserve", stage.works)

    said = stage("reserve", stage.works, "--stance", "license")

    assert said.out.startswith(
        "Asked for a licence before AI use (mine, train, input, output, dataset) of 2 works: entry 3 "
    )
    assert "2 files were registered by you before" in said.err


def test_a_new_file_beside_old_ones_is_the_only_new_work(stage: Stage) -> None:
    stage("reserve", stage.works)
    (stage.works / "new.txt").write_text("something else entirely, with words of its own. " * 30)

    said = stage("reserve", stage.works)

    assert said.out.startswith("Reserved 1 work from AI use")
    assert "all 2 have this very wish already" in said.err


def test_a_dry_run_writes_nothing_not_even_the_home(stage: Stage) -> None:
    said = stage("reserve", stage.works, "https://ana.example/", "--dry-run")

    assert said.code == 0
    assert said.out == (
        "Would reserve 2 works and 1 address from AI use (mine, train, input, output, dataset). Nothing was written.\n"
    )
    assert not stage.home.exists()


def test_a_dry_run_in_a_home_that_is_there_changes_no_file(stage: Stage) -> None:
    stage("reserve", stage.works)
    (stage.works / "new.txt").write_text("fresh")
    before = everything(stage.home)

    stage("reserve", stage.works, "--stance", "allow", "--dry-run")

    assert everything(stage.home) == before


def test_its_own_receipts_are_never_registered(stage: Stage) -> None:
    stage("reserve", stage.works)
    before = everything(stage.home / "log")
    (folder,) = (stage.home / "receipts").iterdir()

    for path in (stage.home, stage.home / "receipts", folder, folder / "works.csv"):
        said = stage("reserve", path)

        assert said.code == 1
        assert "was written by placet itself" in said.err
    assert everything(stage.home / "log") == before


def test_receipts_put_among_the_works_are_not_registered_with_them(stage: Stage) -> None:
    stage("reserve", stage.works, "--receipts", stage.works / "receipts")

    said = stage("reserve", stage.works)

    assert said.out.startswith("Nothing new to say: all 2 ")


def test_receipts_go_into_no_folder_that_holds_something(stage: Stage) -> None:
    said = stage("reserve", stage.works, "--receipts", stage.works)

    assert said.code == 1
    assert "is not an empty folder" in said.err
    assert not stage.home.exists()


def test_two_files_with_the_same_bytes_are_one_work(stage: Stage) -> None:
    (stage.works / "twin.txt").write_bytes((stage.works / "song.txt").read_bytes())

    said = stage("reserve", stage.works)

    (table,) = stage.home.glob("receipts/*/works.csv")
    rows = {row["file"]: row["work"] for row in csv.DictReader(table.read_text().splitlines())}
    assert said.out.startswith("Reserved 2 works ")
    assert rows[str(stage.works / "twin.txt")] == rows[str(stage.works / "song.txt")] != ""


def test_a_broken_picture_is_registered_by_its_bytes_and_it_is_said(stage: Stage) -> None:
    (stage.works / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")

    said = stage("reserve", stage.works)

    assert said.code == 0
    assert said.out.startswith("Reserved 3 works ")
    assert "broken.png: only exact copies will be recognised" in said.err


def test_only_the_first_five_notices_are_shown_and_the_rest_counted(stage: Stage) -> None:
    for number in range(8):
        (stage.works / f"short{number}.txt").write_text(f"number {number}")

    said = stage("reserve", stage.works)

    assert said.err.count("it is short") == 5
    assert "and 3 more; works.csv has them all" in said.err


def test_links_and_empty_files_are_left_out_and_named(stage: Stage) -> None:
    (stage.works / "link.txt").symlink_to(stage.works / "song.txt")
    (stage.works / "empty.txt").touch()

    said = stage("reserve", stage.works)

    assert said.out.startswith("Reserved 2 works ")
    assert "link.txt is a link" in said.err
    assert "empty.txt is empty" in said.err


@pytest.mark.skipif(os.name == "nt", reason="Windows forbids these names")
def test_hostile_names_reach_neither_terminal_nor_spreadsheet(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(stage.works)
    for name in (b"=cmd()|x.txt", b"\x1b[2Jred\nline.txt", b"\xff\xfe.txt", b"-n.txt"):
        with open(name, "wb") as file:  # noqa: PTH123
            file.write(b"tiny " + name)

    said = stage("reserve", ".", "--show-titles")

    (table,) = stage.home.glob("receipts/*/works.csv")
    assert said.code == 0
    assert said.out.startswith("Reserved 6 works ")
    assert "\x1b" not in said.err
    assert "\\x1b[2Jred\\nline.txt: it is short" in said.err
    assert not [row for row in csv.reader(io.StringIO(table.read_text(), newline="")) if row[0][0] in "=+-@"]
    assert stage("fsck").code == 0


def test_a_thumbnail_is_published_only_when_asked_for(stage: Stage) -> None:
    picture = stage.works / "picture.png"
    Image.radial_gradient("L").resize((400, 300)).save(picture)

    stage("reserve", picture, "--thumbnail")

    (records,) = stage.home.glob("receipts/*/works.jsonl")
    thumb = json.loads(records.read_text())["thumb"]
    blob = stage.home / "log" / "blobs" / thumb[:2] / thumb
    with Image.open(blob) as small:
        assert max(small.size) == 256
    stage("reserve", stage.works / "song.txt")
    assert '"thumb":""' in max(stage.home.glob("receipts/*-2/works.jsonl")).read_text()


@pytest.mark.parametrize(("flags", "show"), [((), 0), (("--show-titles",), 1)])
def test_titles_are_shown_only_by_consent(stage: Stage, flags: tuple[str, ...], show: int) -> None:
    stage("reserve", stage.works / "song.txt", *flags)

    (openings,) = stage.home.glob("receipts/*/openings.json")
    (opening,) = json.loads(openings.read_text()).values()
    assert (opening["value"], opening["show"]) == ("song.txt", show)
    (records,) = stage.home.glob("receipts/*/works.jsonl")
    assert "song" not in records.read_text()


def test_addresses_and_numbers_can_be_reserved_without_a_file(stage: Stage) -> None:
    said = stage("reserve", "isbn:978-0-306-40615-7", "isrc:GB-AYE-68-00012", "https://ana.example/a?b=1#c")

    assert said.out.startswith("Reserved 2 identifiers and 1 address from AI use") or said.out.startswith(
        "Reserved 1 address and 2 identifiers"
    )
    assert stage("reserve", "isbn:0-306-40615-2").out.startswith("Nothing new to say: it has")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["isbn:978-0-306-40615-8"], "wrong check digit"),
        (["x", "--use", "dream"], "no use called 'dream'"),
        (["x", "--until", "tomorrow"], "is not a day"),
        (["x", "--until", "2001-01-01"], "--until"),
        (["x", "--territory", "France"], "is no territory"),
        (["ftp://ana.example/1"], "is not an http(s) address"),
        (["https://ana example/1"], "is not a host name"),
    ],
)
def test_words_that_cannot_be_followed_are_64_and_named(stage: Stage, words: list[str], hint: str) -> None:
    said = stage("reserve", *words)

    assert said.code == 64
    assert hint in said.err
    assert not stage.home.exists()


def test_an_address_without_https_gets_a_hint(stage: Stage) -> None:
    said = stage("reserve", "ana.example")

    assert said.code == 1
    assert "begin it with https://" in said.err


def test_the_last_day_is_included(stage: Stage) -> None:
    stage("reserve", stage.works, "--until", "2040-12-31", "--from", "2030-01-01", "--territory", "fr,EU")

    words = stage.receipt(2)
    said = stage("verify", words)
    assert said.code == 0
    body = parse_entry(parse_proof(words.read_bytes()).extra).body
    assert (body["from"], body["until"], body["territory"]) == (1893456000, 2240611200, ["FR", "EU"])


def test_json_is_one_line_a_file_and_one_about_the_whole(stage: Stage) -> None:
    said = stage("reserve", stage.works, "--json")

    *files, whole = [json.loads(line) for line in said.out.splitlines()]
    assert [line["schema"] for line in files] == ["placet.work/1"] * 2
    assert whole["schema"] == "placet.reserve/1"
    assert (whole["entries"], whole["new"], whole["stance"]) == ([0, 1, 2], 2, "reserve")


def test_a_file_that_cannot_be_read_makes_the_exit_2(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_bytes

    def refused(path: Path) -> bytes:
        if path.name == "song.txt":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refused)

    said = stage("reserve", stage.works)

    assert said.code == 2
    assert said.out.startswith("Reserved 1 work ")
    assert "NOT registered:" in said.err
    assert "song.txt could not be read: Permission denied" in said.err


def test_somebody_elses_registration_of_the_same_bytes_is_said(stage: Stage) -> None:
    stage("keys", "new", "--out", stage.home / "ben.pem", "--name", "Ben")
    stage("reserve", stage.works, "--key", stage.home / "ben.pem")

    said = stage("reserve", stage.works)

    assert said.out.startswith("Reserved 2 works ")
    assert "Registered by somebody else too" in said.err
    assert "song.txt, by 1 other key" in said.err


def test_more_works_than_fit_one_entry_go_in_batches(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reserve, "MOST_WORKS", 2)
    for number in range(3):
        (stage.works / f"n{number}.txt").write_text(f"number {number}, told at length. " * 20)

    said = stage("reserve", stage.works)

    assert said.out.startswith("Reserved 5 works from AI use (mine, train, input, output, dataset): entries 0-6 ")
    for index in range(7):
        assert stage("verify", stage.receipt(index)).code == 0
    assert (stage.receipt(0).parent / "works-3.jsonl").exists()


@pytest.mark.parametrize(("what", "wide"), [("repertoire:me", "repertoire"), ("isbn:9780306406157", "")])
def test_a_no_that_does_not_count_yet_says_so(stage: Stage, what: str, wide: str) -> None:
    stage("reserve", stage.works)

    said = stage("reserve", what, "--use", "train")

    assert said.code == 0
    assert (f"Your no to a {wide} is told and decides nothing yet" in said.err) == bool(wide)
