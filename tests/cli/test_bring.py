"""A list of works brought in, as a society does it: looked at first, claimed, brought in again."""

from __future__ import annotations

import csv
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from placet.app import open_home
from placet.core.title import Title, parse_title
from placet.desk import bringing
from placet.signing.keys import Role
from tests.cli.stage import Stage
from tests.gallery.lists import BOMBS, DDEX_3, ONIX_3, SONG, cwr, ddex_deals, ipi, iswc, work, writer

HEAD = "ISWC;Titel;Urheber;IPI;Rolle;Anteil %\n"


def a_list(tmp_path: Path, *rows: str, name: str = "works.csv") -> Path:
    path = tmp_path / name
    path.write_text(HEAD + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return path


def row(number: int, who: str = "", share: str = "50", title: str = "Lied", name: str = "") -> str:
    return f"{iswc(number)};{title} {number};{name};{who};composer;{share}"


def brought(stage: Stage, *words: object) -> tuple[int, dict[str, Any], list[dict[str, Any]]]:
    said = stage("import", *words, "--json")
    *works, summary = [json.loads(line) for line in said.out.splitlines()]
    return said.code, summary, works


def titles(stage: Stage) -> list[Title]:
    return [parse_title(line.record) for line in open_home(stage.home).registry.lines()]


def test_a_list_is_looked_at_claimed_and_the_second_time_says_nothing(stage: Stage, tmp_path: Path) -> None:
    path = a_list(tmp_path, row(1, ipi(1)), row(1, ipi(2)), row(2, ipi(1), "100"))

    looked = brought(stage, path, "--dry-run")
    size = open_home(stage.home).registry.dump() if (stage.home / "placet.db").exists() else {}
    first, again = brought(stage, path), brought(stage, path)

    assert looked[1]["counts"] == {"new": 2}
    assert not size.get("lines")
    assert (first[0], first[1]["counts"], first[1]["sheets"], len(first[1]["entries"])) == (0, {"new": 2}, 1, 1)
    assert (again[0], again[1]["counts"], again[1]["entries"]) == (0, {"matched": 2}, [])
    shares = [{claim.who: claim.share for claim in title.claims} for title in titles(stage)]
    assert shares == [
        {f"ipi:{ipi(1)}": Fraction(1, 2), f"ipi:{ipi(2)}": Fraction(1, 2)},
        {f"ipi:{ipi(1)}": Fraction(1)},
    ]
    assert stage("fsck").code == 0


def test_what_was_interrupted_goes_on_and_ends_the_same(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = a_list(tmp_path, *(row(number, ipi(1), "100") for number in range(1, 8)))
    monkeypatch.setattr(bringing, "_PART", 2)
    submit, calls = bringing._Run._submit, list[int]()

    def dies(self: Any, *words: Any) -> None:
        if len(calls) == 2:
            raise KeyboardInterrupt
        calls.append(1)
        submit(self, *words)

    monkeypatch.setattr(bringing._Run, "_submit", dies)
    stage("import", path)
    monkeypatch.setattr(bringing._Run, "_submit", submit)
    before = len(titles(stage))

    _, summary, _ = brought(stage, path)

    assert before == 4
    assert summary["counts"] == {"matched": 4, "new": 3}
    assert [title.subject.id for title in titles(stage)] == [f"iswc:{iswc(number)}" for number in range(1, 8)]


@pytest.mark.parametrize(
    ("rows", "status", "sentence"),
    [
        ((row(1, ipi(1)), row(1, ipi(2), "60")), "conflicting", "(shares.over)"),
        ((row(1, ipi(1)), row(1, ipi(1), "40")), "conflicting", "50 % in works.csv, row 2 (bulk.conflict)"),
        ((row(1, ipi(1)), row(1, ipi(2), title="Other")), "ambiguous", "(bulk.ambiguous)"),
        ((row(1, ipi(1)), row(1, ipi(2)[:-1] + "x")), "malformed", "row 3"),
        ((row(1, "OOOOOOOO199"),), "malformed", "(identifier.look-alike)"),
        ((row(1, ipi(1)).replace(iswc(1), iswc(1)[:-1] + "9"),), "malformed", "(identifier.check-digit)"),
        ((row(1, ipi(1)).replace(iswc(1), ""),), "missing", "(bulk.missing)"),
        ((row(1, ipi(1)), row(1, ipi(2)) + ";more"), "malformed", "it has 7 cells, and the header 6"),
    ],
    ids=["over", "twice", "titles", "ipi", "look-alike", "digit", "missing", "cells"],
)
def test_what_does_not_hold_is_left_out_whole_and_the_rest_goes_on(
    stage: Stage, tmp_path: Path, rows: tuple[str, ...], status: str, sentence: str
) -> None:
    code, summary, works = brought(stage, a_list(tmp_path, *rows, row(9, ipi(1), "100")))

    assert (code, summary["counts"]) == (2, {status: 1, "new": 1})
    assert [each["status"] for each in works if sentence in each["why"]] == [status]
    assert [title.subject.id for title in titles(stage)] == [f"iswc:{iswc(9)}"]


def test_a_title_that_is_that_of_several_is_ambiguous_without_a_number(stage: Stage, tmp_path: Path) -> None:
    same = [row(number, ipi(1), "100").replace(f"Lied {number}", "Lied") for number in (1, 2)]

    _, summary, _ = brought(stage, a_list(tmp_path, *same, ";Lied;Ana;;composer;100"))

    assert summary["counts"] == {"new": 2, "ambiguous": 1}


def test_shares_a_little_over_the_whole_by_rounding_are_adjusted_and_told(stage: Stage, tmp_path: Path) -> None:
    path = a_list(tmp_path, *(row(1, ipi(number), "33.34") for number in (1, 2, 3)))

    code, summary, _ = brought(stage, path)

    assert (code, summary["counts"]) == (0, {"new": 1})
    assert "0.02 % was rounding" in summary["notes"][0]
    assert sum(claim.share for claim in titles(stage)[0].claims) == 1


def test_who_disagrees_is_put_on_record_and_asked_where_she_is_one_of_several(stage: Stage, tmp_path: Path) -> None:
    members = tmp_path / "members.csv"
    members.write_text(f"IPI;Name\n{ipi(2)};Bo Berg\n")
    path = a_list(tmp_path, row(1, ipi(1)), row(1, ipi(2)), row(2, ipi(2), "100"))

    _, first, _ = brought(stage, path, "--exclude", members)
    _, again, _ = brought(stage, path)

    assert (first["counts"], first["excluded"]) == ({"new": 1, "excluded": 1}, [f"ipi:{ipi(2)}"])
    assert again["counts"] == {"matched": 1, "excluded": 1}
    assert {claim.who for title in titles(stage) for claim in title.claims} == {f"ipi:{ipi(1)}", f"ipi:{ipi(2)}"}
    assert [act.type for act in open_home(stage.home).registry.acts()] == ["claim.exclude", "claim.add"]


def test_a_clearance_hears_what_is_said_for_all_but_those_who_disagree(stage: Stage, tmp_path: Path) -> None:
    members, songs = tmp_path / "members.csv", tmp_path / "songs.jsonl"
    members.write_text(f"{ipi(2)}\n")
    path = a_list(tmp_path, row(1, ipi(1), "100"), row(2, ipi(2), "100"), row(3, ipi(1)), row(3, ipi(2)))
    songs.write_text("".join(json.dumps({"iswc": iswc(number)}) + "\n" for number in (1, 2, 3, 4)))
    stage("import", path)
    party = open_home(stage.home).key(Role.PARTY).public.hex()
    (tmp_path / "statutes.txt").write_text("We are a society.")
    stage("identity", "recognise", party[:12], "--document", tmp_path / "statutes.txt", "--issuer")
    stage("reserve", "repertoire:me", "--use", "train")

    def outcomes(name: str) -> list[str]:
        snapshot, out = tmp_path / f"{name}-registry", tmp_path / name
        stage("snapshot", "build", "-o", snapshot)
        how = ("--use", "train.generative", "--profile", "consent")
        stage("clear", songs, "--snapshot", snapshot, *how, "--out", out)
        return pq.read_table(out / "decisions.parquet").column("outcome").to_pylist()

    before = outcomes("before")
    again = brought(stage, path, "--exclude", members)

    assert before == ["reserved", "reserved", "reserved", "silent"]
    assert (again[0], again[1]["excluded"]) == (0, [f"ipi:{ipi(2)}"])
    assert again[1]["notes"] == ["works.csv, row 4: 1 member who disagrees stays named, so that they must be asked"]
    assert outcomes("after") == ["reserved", "silent", "reserved", "silent"]


def test_a_member_who_cannot_be_read_stops_everything(stage: Stage, tmp_path: Path) -> None:
    members = tmp_path / "members.csv"
    members.write_text(f"{ipi(2)}\n00000000198\n")

    said = stage("import", a_list(tmp_path, row(1, ipi(1))), "--exclude", members)

    assert said.code == 1
    assert "line 2: it names no member" in said.err
    assert "(bulk.members)" in said.err
    assert titles(stage) == []


def test_what_another_party_claims_otherwise_is_told_and_stands_beside_it(stage: Stage, tmp_path: Path) -> None:
    stage("import", a_list(tmp_path, row(1, ipi(1), "100")))
    stage("keys", "new", "--out", tmp_path / "other.pem")

    _, summary, works = brought(stage, a_list(tmp_path, row(1, ipi(2), "100")), "--key", tmp_path / "other.pem")

    assert summary["counts"] == {"conflicting": 1}
    assert works[0]["taken"]
    assert len(titles(stage)) == 2


def test_a_changed_share_replaces_the_older_line(stage: Stage, tmp_path: Path) -> None:
    stage("import", a_list(tmp_path, row(1, ipi(1), "100")))

    _, summary, _ = brought(stage, a_list(tmp_path, row(1, ipi(1), "75")))

    assert summary["counts"] == {"changed": 1}


@pytest.mark.parametrize(
    ("name", "data"), [("a.v21", cwr(SONG)), ("a.xml", DDEX_3), ("b.xml", ONIX_3), ("c.txt", b"978-0-306-40615-7\n")]
)
def test_every_format_comes_in_by_its_numbers(stage: Stage, tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)

    code, summary, _ = brought(stage, tmp_path / name)

    assert (code, summary["counts"]) == (0, {"new": 1})
    assert stage("fsck").code == 0


def test_a_cut_transmission_is_taken_but_for_its_last_work(stage: Stage, tmp_path: Path) -> None:
    other = (work("NWR", "TWO", iswc(2)), writer("W1", "LIMA", ipi(1), 10000, 10000))
    (tmp_path / "a.v21").write_bytes(cwr(SONG, other, trailer=False))

    code, summary, _ = brought(stage, tmp_path / "a.v21")

    assert (code, summary["counts"]) == (2, {"new": 1, "malformed": 2})


def test_a_bomb_writes_nothing_and_is_one_sentence(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(BOMBS["laughs"])

    said = stage("import", tmp_path / "a.xml")

    assert said.code == 1
    assert "(bulk.xml)" in said.err
    assert titles(stage) == []


def test_a_folder_registers_its_files_under_their_numbers(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "album"
    folder.mkdir()
    (folder / "one.txt").write_text("The sea is loud tonight, and nobody listens. " * 30)
    head = "Datei;ISRC;Titel\n"
    (folder / "list.csv").write_text(
        head + "one.txt;USRC17607839;One\nnone.txt;USRC17607840;Two\n../works.txt;USRC17607841;Up\n"
    )

    code, first, works = brought(stage, folder)
    _, again, _ = brought(stage, folder)

    assert (code, first["registered"], first["counts"]) == (2, 1, {"new": 1, "malformed": 2})
    assert sum("(bulk.file)" in each["why"] for each in works) == 2
    assert (again["registered"], again["counts"]) == (0, {"matched": 1, "malformed": 2})
    (title,) = titles(stage)
    assert [subject.kind for subject in title.subjects] == ["identifier", "work"]
    receipts = Path(first["receipts"])
    (file,) = csv.DictReader((receipts / "works.csv").read_text().splitlines())
    assert (file["file"], f"work:{file['work']}") == ("one.txt", str(title.subjects[1]))
    assert [opened["value"] for opened in json.loads((receipts / "openings.json").read_bytes()).values()] == ["One"]
    assert stage("fsck").code == 0


def test_what_is_said_of_a_number_reaches_the_file_that_came_in_under_it(stage: Stage, tmp_path: Path) -> None:
    folder, crawl = tmp_path / "album", tmp_path / "crawl"
    for place in (folder, crawl):
        place.mkdir()
        (place / "one.txt").write_text("The sea is loud tonight, and nobody listens. " * 30)
    (folder / "list.csv").write_text("Datei;ISRC;Titel\none.txt;USRC17607839;One\n")
    stage("import", folder)
    stage("reserve", "isrc:USRC17607839", "--use", "train")
    stage("snapshot", "build", "-o", tmp_path / "registry")

    how = ("--use", "train.generative", "--profile", "eu-art4")
    stage("clear", crawl, "--snapshot", tmp_path / "registry", *how, "--out", tmp_path / "out")

    assert pq.read_table(tmp_path / "out/decisions.parquet").column("outcome").to_pylist() == ["reserved"]


def test_each_signature_has_its_receipt_with_what_it_signed(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "MOST_LINES", 2)
    against = tmp_path / "against.txt"
    against.write_text(f"{ipi(9)}\n")
    path = a_list(tmp_path, *(row(number, ipi(1), "100") for number in range(1, 4)))

    _, done, _ = brought(stage, path, "--exclude", against)

    folder = Path(done["receipts"])
    assert folder.parent == stage.home / "receipts"
    assert {int(each.stem.removeprefix("entry-")) for each in folder.glob("*.tlog-proof")} >= set(done["entries"])
    sheets = b"".join((folder / name).read_bytes() for name in ("claims.jsonl", "claims-3.jsonl"))
    assert [parse_title(line) for line in sheets.splitlines()] == titles(stage)
    assert {stage("verify", folder / f"entry-{index}.tlog-proof").code for index in done["entries"]} == {0}
    (folder / "claims-3.jsonl").write_bytes((folder / "claims.jsonl").read_bytes())
    broken = stage("verify", folder / "entry-3.tlog-proof")
    assert broken.code == 1
    assert "the claims in claims-3.jsonl are not those" in broken.out
    assert stage("receipts").code == 0
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]


def test_titles_stay_with_their_owner_unless_she_shows_them(stage: Stage, tmp_path: Path) -> None:
    stage("import", a_list(tmp_path, row(1, ipi(1), title="Secretissimo")))
    stage("import", a_list(tmp_path, row(2, ipi(1), title="Open")), "--show-titles")

    held = b"".join(path.read_bytes() for path in (stage.home / "log").rglob("*") if path.is_file())

    assert b"Secretissimo" not in held
    assert all(title.title for title in titles(stage))


@pytest.mark.parametrize("end", ["csv", "html"])
def test_the_report_has_every_work_and_no_formula_or_tag(stage: Stage, tmp_path: Path, end: str) -> None:
    out = tmp_path / f"report.{end}"

    stage("import", a_list(tmp_path, row(1, ipi(1), title="=<b>x"), "junk"), "--dry-run", "--report", out)

    text = out.read_text()
    if end == "csv":
        assert [each["status"] for each in csv.DictReader(text.splitlines())] == ["malformed", "new"]
        assert "'=<b>x" in text
    else:
        assert "=&lt;b&gt;x" in text
        assert "<b>" not in text


def test_the_page_tells_what_deals_say_and_what_is_not_understood_of_them(stage: Stage, tmp_path: Path) -> None:
    told = "<TerritoryCode>FR</TerritoryCode><CommercialModelType>SubscriptionModel</CommercialModelType>"
    (tmp_path / "release.xml").write_bytes(ddex_deals(told, told.replace("FR", "Gaul")))

    said = stage("import", tmp_path / "release.xml", "--report", tmp_path / "page.html")

    page = (tmp_path / "page.html").read_text()
    (title,) = titles(stage)
    assert said.code == 2
    assert "its deals (SubscriptionModel: no use, FR) are licences to others" in page
    assert "is no territory: give ISO 3166 codes such as FR, or EU (bulk.deal)" in page
    assert [claim.territory for claim in title.claims if claim.right == "recording"] == [("FR",)]


def test_options_for_lists_are_refused_for_an_export(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "export").mkdir()

    assert stage("import", tmp_path / "export", "--dry-run").code == 64


def test_what_people_see_fits_their_terminal(stage: Stage, tmp_path: Path) -> None:
    said = stage("import", a_list(tmp_path, row(1, ipi(1)), row(2, ipi(1)[:-1] + "x")), "--dry-run")

    assert "  new                 1  not claimed by you before" in said.out
    assert "Would claim 1 work in 1 sheet, one signature each. Nothing was written." in said.out
    assert "(identifier.form)" in said.err
