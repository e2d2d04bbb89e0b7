"""Folders: every file is a row, links are not followed, and the plan depends on names only."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.clearance.readers import folder, plan_dataset, read_unit, sniff
from placet.clearance.rows import PartKind, Unit, printable, unprintable
from placet.errors import BadDataset
from tests.gallery.datasets import JPEG, unsafe_folder


def rows_of(root):
    units, _ = plan_dataset(root)
    return {row.key: row for unit in units for row in read_unit(root, unit)}


def test_an_empty_dataset_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "sub").mkdir()

    with pytest.raises(BadDataset, match="there is nothing in"):
        plan_dataset(tmp_path)


def test_a_dataset_that_is_not_there_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(BadDataset, match="there is no dataset at"):
        plan_dataset(tmp_path / "none")


def test_links_and_pipes_are_rows_and_are_not_followed(tmp_path):
    unsafe_folder(tmp_path)

    rows = rows_of(tmp_path)

    whys = {key: row.problems[0].why for key, row in rows.items() if row.problems}
    assert whys == {
        "outside.jpg": "outside.jpg is a symbolic link; it was not followed.",
        "pipe.parquet": "pipe.parquet is a pipe; it was not followed.",
        "shard.tar": "shard.tar is a symbolic link; it was not followed.",
        "sub/loop": "sub/loop is a symbolic link; it was not followed.",
    }
    assert all(row.problems[0].reason == "path.unsafe" for row in rows.values() if row.problems)
    assert rows["good.jpg"].parts[0].data == JPEG
    assert rows["caf\\udce9.txt"].parts[0].data == b"latin"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.jpg", JPEG, PartKind.IMAGE),
        ("a.txt", JPEG, PartKind.IMAGE),
        ("a", b"\x89PNG\r\n\x1a\n", PartKind.IMAGE),
        ("a", b"RIFF\0\0\0\0WEBPVP8 ", PartKind.IMAGE),
        ("a", b"RIFF\0\0\0\0WAVEfmt ", PartKind.AUDIO),
        ("a.png", b"not a picture", PartKind.IMAGE),
        ("a", b"BMW is a car maker", PartKind.TEXT),
        ("a.bin", "où".encode(), PartKind.TEXT),
        ("a.bin", b"a\0b", PartKind.OTHER),
        (".DS_Store", b"\0\0\0\1Bud1", PartKind.OTHER),
    ],
)
def test_the_bytes_say_what_a_file_is_before_its_name_does(tmp_path, name, data, kind):
    (tmp_path / name).write_bytes(data)

    (row,) = rows_of(tmp_path).values()

    assert row.parts[0].kind is kind
    assert row.parts[0].data == data
    assert not row.problems


def test_a_text_that_is_not_utf8_says_at_which_byte(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")

    (row,) = rows_of(tmp_path).values()

    assert row.problems[0].why == "a.txt is not UTF-8 at byte 3."
    assert row.parts[0].kind is PartKind.OTHER


def test_an_empty_file_holds_nothing_to_judge(tmp_path):
    (tmp_path / "a.jpg").touch()

    (row,) = rows_of(tmp_path).values()

    assert row.problems[0].reason == "row.incomplete"


def test_a_file_over_the_limit_is_not_read(tmp_path, monkeypatch):
    with (tmp_path / "a.jpg").open("wb") as file:
        file.truncate(sniff.MAX_BYTES + 1)

    (row,) = rows_of(tmp_path).values()

    assert row.problems[0].reason == "media.too-large"
    assert not row.parts


def test_a_file_that_vanishes_after_planning_is_a_row(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    (unit,), _ = plan_dataset(tmp_path)
    (tmp_path / "a.txt").unlink()

    (row,) = read_unit(tmp_path, unit)

    assert row.problems[0].why == "a.txt could not be read: No such file or directory."


def test_a_shard_that_became_a_link_after_planning_is_not_followed(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"text":"x"}')
    (unit,), _ = plan_dataset(tmp_path)
    (tmp_path / "a.jsonl").rename(tmp_path / "b.jsonl")
    (tmp_path / "a.jsonl").symlink_to("b.jsonl")

    (row,) = read_unit(tmp_path, unit)

    assert row.problems[0].reason == "path.unsafe"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_listed_is_a_row(tmp_path):
    (tmp_path / "closed").mkdir(mode=0)

    rows = rows_of(tmp_path)
    (tmp_path / "closed").chmod(0o700)

    assert rows["closed/"].problems[0].reason == "unit.unreadable"


def test_a_folder_that_could_not_be_listed_stays_a_row(tmp_path):
    (tmp_path / "closed").mkdir()
    (unit,) = folder.plan_files([("closed/", 0)])

    (row,) = read_unit(tmp_path, unit)

    assert row.problems[0].why == "closed/ is a folder that could not be listed."


def test_a_compressed_archive_is_named_with_what_to_do(tmp_path):
    (tmp_path / "a.tar.gz").write_bytes(b"x")

    units, (problem,) = plan_dataset(tmp_path)
    (row,) = read_unit(tmp_path, units[0])

    assert problem.why.endswith("unpack it first.")
    assert row.problems[0].why == problem.why


def test_one_file_can_be_a_dataset(tmp_path):
    (tmp_path / "a.jpg").write_bytes(JPEG)

    rows = rows_of(tmp_path / "a.jpg")

    assert rows["a.jpg"].parts[0].data == JPEG


def test_what_is_excluded_is_not_planned(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b.txt").write_text("y")

    (unit,), _ = plan_dataset(tmp_path, tmp_path / "out")

    assert unit.members == ("a.txt",)


def test_folders_nested_a_thousand_deep_are_walked(tmp_path):
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1100):
        os.mkdir("d", dir_fd=here)
        here, old = os.open("d", os.O_RDONLY, dir_fd=here), here
        os.close(old)
    os.close(os.open("a.txt", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)

    (unit,), _ = plan_dataset(tmp_path)
    subprocess.run(["rm", "-r", tmp_path / "d"], check=True)  # deeper than Python's own clean-up can go

    assert unit.members == ("d/" * 1100 + "a.txt",)


def test_the_plan_depends_on_names_only(tmp_path):
    for place, names in (("one", "cab"), ("two", "bca")):
        (tmp_path / place).mkdir()
        for name in names:
            (tmp_path / place / name).write_text(name)

    assert plan_dataset(tmp_path / "one") == plan_dataset(tmp_path / "two")


@given(st.lists(st.integers(0, folder.UNIT_BYTES * 2), min_size=1, max_size=700))
def test_every_file_is_in_exactly_one_unit(sizes):
    files = [(f"{number:05d}", size) for number, size in enumerate(sizes)]

    units = folder.plan_files(files)

    assert [name for unit in units for name in unit.members] == [name for name, _ in files]
    assert all(len(unit.members) <= folder.MAX_FILES for unit in units)
    assert all(unit.size <= folder.UNIT_BYTES or len(unit.members) == 1 for unit in units)
    assert len({unit.id for unit in units}) == len(units)
    assert sum(unit.size for unit in units) == sum(sizes)


@given(st.text(st.characters(codec=None)))
def test_a_printable_name_can_be_taken_back(name):
    shown = printable(name)

    assert unprintable(shown) == name
    assert shown.isprintable()


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec=None)).filter(lambda n: ".." not in n)))
def test_a_unit_comes_back_from_json(names):
    unit = Unit(
        id="files:0000", format="files", path="", members=tuple(name.lstrip("/") for name in names), stop=len(names)
    )

    again = Unit.from_json(json.loads(json.dumps(unit.to_json())))

    assert again == unit


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../b", "a\\x00"])
def test_a_plan_that_leads_outside_is_refused(path):
    value = Unit(id="x", format="files", path="").to_json() | {"path": path}

    with pytest.raises(BadDataset, match="outside the dataset"):
        Unit.from_json(value)
    with pytest.raises(BadDataset, match="not a unit"):
        Unit.from_json({"id": str(Path(path))})
