"""How works were made: stated once for a thousand, listed in one table, written into the files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from placet.fingerprints.containers import blocks
from placet.signals.origin import BASE
from tests.cli.stage import Stage
from tests.gallery.containers import WHOLE

HEAD = "subject,source,ai,production,role,name,who\n"
FILM = "isbn:9780306406157"


BAD = [
    (b"subject,source\nisrc:USRC17607839,magic\n", 2, "row 2: 'magic' is no kind of making"),
    (b"subject,source\n,human\n", 2, "row 2: it names no subject"),
    (b"subject,source\nisrc:USRC1,human\n", 2, "is not an ISRC"),
    (b"subject,source\nisbn:9780306406158,human\n", 2, "wrong check digit"),
    (b"subject,source\nisrc:USRC17607839,human\nisrc:USRC17607839,captured\n", 2, "row 3: it says something else"),
    (b"subject,source\nisrc:USRC17607839,human,x\n", 2, "row 2: it has 3 cells"),
    (b"subject,source,role\nisrc:USRC17607839,human,singer\n", 2, "a credit has a role, and a name"),
    (b"subject,source\n\xe9t\xe9,human\n", 1, "line 2: byte 15 is not UTF-8"),
    (b"subject,price\n", 1, "the column 'price' is not one of"),
    (b"subject\n", 1, "has the columns subject and source"),
    (b'subject,source\n"isrc:USRC17607839,human\n', 1, "is cut or not CSV"),
    (b"subject,source\n\0,human\n", 1, "holds NUL bytes"),
    (b"subject,source\n" + b"x" * 20_000 + b",human\n", 1, "is cut or not CSV: field larger"),
    (b"\n", 1, "credits.csv is empty"),
    (b"subject,source\n", 1, "credits.csv has no rows below its first line"),
    (b"subject,source\nisrc:USRC17607839,\n", 2, "row 2: it does not say how 'isrc:USRC17607839' was made"),
    (b"subject,source,ai\nisrc:USRC17607839,human,sky\n", 2, "row 2: it names parts by AI, and says that it was made"),
    (b"subject,source,role,who\nisrc:USRC17607839,human,singer,Ana\n", 2, "row 2: 'Ana' is no identifier"),
    (b"subject,source\nisrc:USRC17607839\n", 2, "row 2: it has 1 cells, and the first line 2"),
    (b"subject,source\nnofile.jpg,human\n", 2, "credits.csv, row 2: nofile.jpg is no file, no work"),
    (b"subject,source\nisbn:0306406152,human\nisbn:9780306406157,captured\n", 2, "row 2 is about, and says something"),
]


def table(tmp_path: Path, *rows: str, head: str = HEAD, data: bytes = b"") -> Path:
    path = tmp_path / "credits.csv"
    path.write_bytes(data or (head + "".join(f"{row}\n" for row in rows)).encode())
    return path


def shown(stage: Stage, *words: object) -> list[dict[str, object]]:
    return [json.loads(line) for line in stage("made", "list", "--json", *words).out.splitlines()]


def test_a_name_that_is_not_shown_is_opened_by_the_receipt_alone(stage: Stage) -> None:
    said = stage("made", "say", "isrc:USRC17607839", "--as", "human", "--credit", "singer=Ana Lima", "--json")

    (index,), folder = (json.loads(said.out)[name] for name in ("entries", "receipts"))
    opened = json.loads((Path(folder) / "openings.json").read_bytes())
    assert "Ana Lima" in [opening["value"] for opening in opened.values()]
    checked = stage("verify", Path(folder) / f"entry-{index}.tlog-proof")
    assert checked.code == 0
    assert "the statements in made.jsonl are the 1 that the entry carries the root of" in checked.out
    held = b"".join(path.read_bytes() for path in (stage.home / "log").rglob("*") if path.is_file())
    assert b"Ana Lima" not in held


def test_a_statement_about_a_work_says_where_ai_was_used(stage: Stage) -> None:
    stage("reserve", stage.works)

    said = stage("made", "say", stage.works, "--as", "ai-assisted", "--ai", "sky", "--credit", "painter=Ana")

    assert said.code == 0
    rows = shown(stage)
    assert rows
    assert {(row["made"], row["ai"], row["voice"]) for row in rows} == {
        ("ai-assisted", "sky", "a key; identity not checked")
    }
    assert stage("fsck").code == 0


def test_the_same_is_not_said_twice_and_another_word_replaces_it(stage: Stage) -> None:
    stage("made", "say", "isrc:USRC17607839", "--as", "human")

    again = stage("made", "say", "isrc:USRC17607839", "--as", "human")
    stage("made", "say", "isrc:USRC17607839", "--as", "ai-generated")

    assert "Nothing new to say" in again.out
    assert [row["made"] for row in shown(stage)] == ["ai-generated"]


def test_names_stay_with_their_maker_unless_she_shows_them(stage: Stage) -> None:
    stage("made", "say", "isrc:USRC17607839", "--as", "human", "--credit", "singer=Secret Person")
    stage("made", "say", "isrc:USRC17607840", "--as", "human", "--credit", "singer=Ana Lima", "--show-names")

    assert [row["credits"] for row in shown(stage)] == [[["singer", "", ""]], [["singer", "Ana Lima", ""]]]
    assert b"Secret Person" not in b"".join(p.read_bytes() for p in (stage.home / "log").rglob("*") if p.is_file())


def test_a_production_of_a_thousand_is_one_signature_and_one_table(stage: Stage, tmp_path: Path) -> None:
    rows = [f"isrc:USRC176{number:05},human,,{FILM},singer,P{number},ipi:" for number in range(1000)]
    sheet = table(tmp_path, *(row.removesuffix("ipi:") for row in rows))

    said = stage("made", "table", sheet, "--show-names", "--json")
    out = tmp_path / "table.csv"
    stage("made", "list", FILM, "--csv", out)

    assert len(json.loads(said.out)["entries"]) == 1
    found = list(csv.DictReader(out.read_text().splitlines()))
    assert len(found) == 1000
    assert {row["production"] for row in found} == {FILM}
    assert sorted(row["name"] for row in found) == sorted(f"P{number}" for number in range(1000))


def test_no_cell_of_the_table_is_a_formula(stage: Stage, tmp_path: Path) -> None:
    stage("made", "table", table(tmp_path, 'isrc:USRC17607839,human,,,singer,"=HYPERLINK(1)",'), "--show-names")
    out = tmp_path / "table.csv"

    stage("made", "list", "--csv", out)

    assert "'=HYPERLINK(1)" in out.read_text()


@pytest.mark.parametrize(
    ("data", "code", "sentence"),
    BAD,
    ids=range(len(BAD)),
)
def test_a_bad_table_is_told_with_its_place(
    stage: Stage, tmp_path: Path, data: bytes, code: int, sentence: str
) -> None:
    said = stage("made", "table", table(tmp_path, data=data))

    assert said.code == code
    assert sentence in said.err


def test_human_and_a_part_by_ai_exclude_each_other(stage: Stage) -> None:
    said = stage("made", "say", "isrc:USRC17607839", "--as", "human", "--ai", "sky")

    assert said.code == 64
    assert "say --as ai-assisted" in said.err


def test_a_dry_run_writes_nothing(stage: Stage) -> None:
    stage("reserve", stage.works)
    before = stage("fsck").out

    said = stage("made", "say", stage.works, "--as", "human", "--dry-run")

    assert "Nothing was written" in said.out
    assert stage("fsck").out == before


def test_it_is_written_into_the_file_as_iptc_has_it(stage: Stage, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in ("a.jpg", "a.png"):
        (pictures / name).write_bytes(next(make for each, make in WHOLE.items() if each.endswith(name[1:]))())

    stage("signals", "embed", pictures, "--out", tmp_path / "out", "--made", "ai-assisted")

    written = [path.read_bytes() for path in (tmp_path / "out").rglob("a.*")]
    packets = [bytes(block.data) for data in written for block in blocks(data) if block.kind.name == "XMP"]
    assert len(packets) == 2
    assert all(f"{BASE}compositeWithTrainedAlgorithmicMedia".encode() in packet for packet in packets)


@pytest.mark.parametrize("sign", [";", "\t"])
def test_a_table_as_a_spreadsheet_writes_it_elsewhere_is_read(stage: Stage, tmp_path: Path, sign: str) -> None:
    rows = ["isrc:USRC17607839,human,,,singer,Ana,", "isrc:USRC17607839,human,,,singer,Ana,"]
    data = (HEAD + "\n".join(rows)).replace(",", sign).encode("utf-8-sig")

    said = stage("made", "table", table(tmp_path, data=data), "--show-names")

    assert (said.code, said.err) == (0, "")
    assert [row["credits"] for row in shown(stage)] == [[["singer", "Ana", ""]]]


def test_all_that_is_wrong_with_a_table_is_in_its_json(stage: Stage, tmp_path: Path) -> None:
    sheet = table(tmp_path, "isrc:USRC17607839,magic,,,,,", "nofile.jpg,human,,,,,", "isrc:USRC17607840,human,,,,,")

    said = stage("made", "table", sheet, "--json")

    told = json.loads(said.out)
    assert said.code == 2
    assert told["stated"] == 1
    assert [problem["where"] for problem in told["problems"]] == ["credits.csv, row 2", "credits.csv, row 3"]


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("nofile.jpg", "nofile.jpg is no file, no work in the registry and no number"),
        ("empty.txt", "is empty"),
        ("void", "there are no files in"),
    ],
)
def test_what_names_no_work_of_hers_is_1_and_nothing_is_written(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").touch()
    (tmp_path / "void").mkdir()

    said = stage("made", "say", what, "--as", "human")

    assert (said.code, said.out) == (1, "Nothing was written.\n")
    assert sentence in said.err
    assert shown(stage) == []


def test_one_work_by_two_names_is_stated_once_and_a_file_that_is_none_stops_no_other(
    stage: Stage, tmp_path: Path
) -> None:
    stage("reserve", stage.works)
    (stage.works / "strange.txt").write_text("Somebody else's words.")

    twice = stage("made", "say", "isbn:0306406152", "isbn:9780306406157", "--as", "human")
    folder = stage("made", "say", stage.works, "--as", "human")

    assert "Stated how 1 work came to be" in twice.out
    assert folder.code == 2
    assert "strange.txt is no work of yours in the registry" in folder.err
    assert len(shown(stage)) > 1


def test_the_list_is_asked_for_by_a_number_or_by_the_beginning_of_an_id(stage: Stage) -> None:
    stage("reserve", stage.works)
    stage("made", "say", stage.works, "--as", "human")
    every = shown(stage)

    one = shown(stage, str(every[0]["subject"])[:14])
    said = stage("made", "list", "nothing")

    assert one == every[:1]
    assert (said.code, "'nothing' is no number such as isbn:..." in said.err) == (64, True)
