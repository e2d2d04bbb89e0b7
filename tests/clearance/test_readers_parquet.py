"""Parquet: LAION-like and Hugging Face columns, and files that are broken or hold nothing to judge."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.clearance.readers import plan_dataset, read_unit
from placet.clearance.rows import PartKind
from tests.gallery.datasets import JPEG, corrupt_page


def rows_of(path):
    units, _ = plan_dataset(path)
    return [row for unit in units for row in read_unit(path, unit)]


def table_rows(tmp_path, table, **options):
    pq.write_table(table, tmp_path / "a.parquet", **options)
    return rows_of(tmp_path / "a.parquet")


def test_laion_columns_are_found_in_any_case(tmp_path):
    table = pa.table(
        {"URL": ["https://a/1", "https://a/2"], "TEXT": ["one", None], "SHA256": ["ab" * 32, None], "WIDTH": [1, 2]}
    )

    rows = table_rows(tmp_path, table)

    assert [row.key for row in rows] == ["0", "1"]
    assert [row.urls for row in rows] == [("https://a/1",), ("https://a/2",)]
    assert rows[0].digests == (("sha256", b"\xab" * 32),)
    assert [(part.name, part.kind, part.data) for part in rows[0].parts] == [("TEXT", PartKind.TEXT, b"one")]
    assert not any(row.problems for row in rows)


def test_hugging_face_pictures_are_read_and_their_paths_never_opened(tmp_path):
    column = [{"bytes": JPEG, "path": "a.jpg"}, {"bytes": None, "path": "/etc/passwd"}, None]

    rows = table_rows(tmp_path, pa.table({"picture": column, "label": [1, 2, 3]}))

    assert bytes(rows[0].parts[0].data) == JPEG
    assert rows[0].parts[0].kind is PartKind.IMAGE
    assert "names '/etc/passwd' and does not hold its bytes" in rows[1].problems[0].why
    assert rows[2].problems[0].why == "a.parquet:2 holds no url, text, sha256 or image: it has picture."


def test_lists_of_pictures_and_plain_bytes_are_read(tmp_path):
    table = pa.table({"images": [[{"bytes": JPEG, "path": None}] * 2], "jpg": [JPEG], "blob": [b"not judged"]})

    (row,) = table_rows(tmp_path, table)

    assert [part.kind for part in row.parts] == [PartKind.IMAGE] * 3


def test_dictionary_columns_are_read(tmp_path):
    table = pa.table({"text": pa.array(["one", "two", "one"]).dictionary_encode()})

    rows = table_rows(tmp_path, table)

    assert [row.parts[0].data for row in rows] == [b"one", b"two", b"one"]


def test_rows_are_numbered_through_the_file(tmp_path):
    pq.write_table(pa.table({"text": [str(n) for n in range(1000)]}), tmp_path / "a.parquet", row_group_size=300)

    units, _ = plan_dataset(tmp_path)
    rows = [row for unit in units for row in read_unit(tmp_path, unit)]

    assert [unit.id for unit in units] == [f"a.parquet#rg{n}" for n in range(4)]
    assert all(row.parts[0].data == row.key.encode() for row in rows)
    assert len(rows) == 1000


def test_a_table_without_the_columns_says_what_it_has(tmp_path):
    pq.write_table(pa.table({"a": [1], "b": [2]}), tmp_path / "photos.parquet")

    units, (problem,) = plan_dataset(tmp_path)
    (row,) = read_unit(tmp_path, units[0])

    sentence = "photos.parquet has no column to judge: it has a, b; expected url, text, sha256 or image."
    assert problem.why == row.problems[0].why == sentence


def test_a_picture_column_that_cannot_be_read_is_told_by_its_type(tmp_path):
    pq.write_table(pa.table({"image": [[[b"x"]]]}), tmp_path / "nested.parquet")

    _, (problem,) = plan_dataset(tmp_path)

    assert problem.why.startswith("nested.parquet has no column to judge: it has image of type list<")


@pytest.mark.parametrize(
    "address", ["nonsense", "//ana.example/1", "data:image/png;base64,AAAA", "http://a.example:99999/"]
)
def test_a_row_of_nothing_but_an_address_that_is_none_is_no_silence(tmp_path, address):
    rows = table_rows(tmp_path, pa.table({"url": [address, "https://ana.example/1"]}))

    (problem,) = rows[0].problems
    assert problem.reason == "row.malformed"
    assert "which is no http(s) address" in problem.why
    assert not rows[1].problems


def test_a_file_that_is_no_parquet_is_a_row(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"nothing")

    (row,) = rows_of(tmp_path / "a.parquet")

    assert "a.parquet is no Parquet file that can be read" in row.problems[0].why


def test_a_damaged_page_costs_the_rows_from_there_on_and_says_which(tmp_path):
    corrupt_page(tmp_path / "a.parquet")

    *good, last = rows_of(tmp_path / "a.parquet")

    assert 1000 < len(good) < 2200
    assert not any(row.problems for row in good)
    assert last.problems[0].reason == "unit.unreadable"
    assert f"rows {len(good):,} to 3,999 could not be read" in last.problems[0].why


def test_a_text_that_is_not_utf8_costs_its_own_row_only(tmp_path):
    column = pa.array([b"one", b"caf\xe9", b"two"]).view(pa.string())

    rows = table_rows(tmp_path, pa.table({"text": column}))

    assert [len(row.problems) for row in rows] == [0, 1, 0]
    assert rows[1].problems[0].why == "a.parquet:1 is not UTF-8 at byte 3."


@pytest.mark.parametrize("digest", ["0xdead", "dead", "ab" * 33])
def test_a_digest_that_is_none_is_a_problem_and_not_silence(tmp_path, digest):
    (row,) = table_rows(tmp_path, pa.table({"url": ["https://a/"], "sha256": [digest]}))

    assert "not the 64 hex digits" in row.problems[0].why


@pytest.mark.parametrize("rows", [[], [None]])
def test_a_table_of_nothing_is_planned_and_a_null_row_is_incomplete(tmp_path, rows):
    found = table_rows(tmp_path, pa.table({"text": pa.array(rows, pa.string())}))

    assert [row.problems[0].reason for row in found] == ["row.incomplete"] * len(rows)


@settings(max_examples=60, deadline=None)
@given(at=st.floats(0, 1, exclude_max=True), new=st.binary(min_size=1, max_size=8))
def test_changed_bytes_never_raise(tmp_path_factory, at, new):
    path = tmp_path_factory.getbasetemp() / "changed.parquet"
    pq.write_table(pa.table({"text": ["one", "two"], "image": [JPEG, JPEG]}), path, compression="none")
    data = path.read_bytes()
    place = int(at * len(data))
    path.write_bytes(data[:place] + new + data[place + len(new) :])

    rows = rows_of(path)

    assert len(rows) >= 1


@pytest.mark.parametrize("name", ["image_bytes", "mp3", "payload"])
def test_bytes_of_any_name_are_judged_where_they_are_media(tmp_path, name):
    values = pa.array([JPEG, b"OggS" + bytes(40), b"no medium", None])
    table = pa.table({"text": ["a", "b", "c", "d"], name: values, "same": values.dictionary_encode()})

    rows = table_rows(tmp_path, table)

    kinds = [[part.kind for part in row.parts if part.kind is not PartKind.TEXT] for row in rows]
    assert kinds == [[PartKind.IMAGE] * 2, [PartKind.AUDIO] * 2, [], []]
    assert not any(row.problems for row in rows)
