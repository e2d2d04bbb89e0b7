"""The folder of receipts: fresh, marked, complete, and safe to open."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from placet.core import Kind, Stance, Subject, Use
from placet.errors import Refused
from placet.registry.compose import Composer, Wish
from placet.registry.gather import gather
from placet.registry.openings import Opening
from placet.registry.receipts import Receipts, Row, refuse_full
from tests.registry.liar import ANA, Honest, honest


@pytest.fixture
def log(tmp_path: Path) -> Honest:
    return honest(tmp_path)


def _receipts(log: Honest, chosen: Path | None = None) -> Receipts:
    receipts = log.home.receipts(chosen)
    submission, indexes = log.home.submit(ANA, _say)
    receipts.add(log.home.written(submission, indexes), submission.blobs)
    return receipts


def _say(composer: Composer) -> None:
    wish = Wish(uses=(Use.SEARCH,), stance=Stance.ALLOW, start=0)
    composer.declare([Subject(Kind.URL, "https://ana.example/")], wish)


def test_each_folder_is_new_and_dated(log: Honest) -> None:
    folders = []
    for _ in range(3):
        receipts = _receipts(log)
        receipts.close((), {}, "")
        folders.append(receipts.folder)

    assert [folder.name for folder in folders if folder] == ["2027-01-15", "2027-01-15-2", "2027-01-15-3"]


def test_a_folder_of_receipts_is_never_gathered(log: Honest) -> None:
    receipts = _receipts(log)

    assert receipts.folder
    assert gather(receipts.folder)[0] == []


def test_the_readme_speaks_of_what_is_there_and_of_nothing_else(log: Honest) -> None:
    receipts = _receipts(log)
    receipts.close((), {}, "")

    assert receipts.folder
    readme = (receipts.folder / "README.txt").read_text()
    assert "log.policy" in readme
    assert "works.csv" not in readme
    assert "placet verify entry-6.tlog-proof" in readme


def test_names_stay_names_in_a_spreadsheet(log: Honest) -> None:
    names = ["=1+1", "+1", "-1", "@x", "\tx", "a,b", 'a"b', "line\nbreak", "\udcff"]
    receipts = _receipts(log)
    receipts.close([Row(file=name, work="w", sha256="s") for name in names], {}, "")

    assert receipts.folder
    text = (receipts.folder / "works.csv").read_bytes().decode()
    _, *rows = csv.reader(io.StringIO(text, newline=""))
    assert [row[0][:1] for row in rows[:5]] == ["'"] * 5
    assert [row[0] for row in rows[5:]] == ["a,b", 'a"b', "line\nbreak", "\\udcff"]


def test_openings_can_be_read_back(log: Honest) -> None:
    opening = Opening(salt=b"s" * 32, value="Über \u2028 alles", show=False)
    receipts = _receipts(log)
    receipts.close((), {opening.commitment: opening.data()}, "")

    assert receipts.folder
    (value,) = json.loads((receipts.folder / "openings.json").read_text()).values()
    assert Opening(salt=bytes.fromhex(value["salt"]), value=value["value"], show=False) == opening


def test_a_folder_with_something_in_it_is_refused_and_left_as_it_is(log: Honest, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")

    with pytest.raises(Refused, match="not an empty folder"):
        _receipts(log, full)
    assert [path.name for path in full.iterdir()] == ["mine.txt"]
    with pytest.raises(Refused, match="not an empty folder"):
        refuse_full(full / "mine.txt")


def test_a_chosen_folder_is_made_when_it_is_missing(log: Honest, tmp_path: Path) -> None:
    receipts = _receipts(log, tmp_path / "a" / "b")

    assert receipts.folder == tmp_path / "a" / "b"
