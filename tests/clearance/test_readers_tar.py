"""Tar shards: what is good is read, what is broken is named, and nothing is lost."""

from __future__ import annotations

import json
import tarfile
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.clearance.readers import plan_dataset, read_unit
from placet.clearance.readers import tar as tar_reader
from placet.clearance.rows import PartKind, Row
from tests.gallery.datasets import BROKEN_TARS, JPEG, UNSAFE_TARS, around, good_members, member, tar


def rows_of(path: Path) -> list[Row]:
    units, _ = plan_dataset(path)
    return [row for unit in units for row in read_unit(path, unit)]


def rows_of_bytes(data: bytes) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.tar"
        path.write_bytes(data)
        return rows_of(path)


def seen(row: Row) -> tuple[object, ...]:
    return row.key, [(part.name, part.kind, bytes(part.data)) for part in row.parts], row.problems


@pytest.mark.parametrize("format_", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_members_with_one_stem_are_one_row_in_every_tar_format(format_):
    long = "folder/" * 13 + "x" * 60
    data = tar({**good_members(2), f"{long}.jpg": JPEG, f"{long}.seg.png": b"\x89PNG\r\n\x1a\n"}, format_)

    rows = rows_of_bytes(data)

    assert [row.key for row in rows] == ["000", "001", long]
    assert [part.name for part in rows[2].parts] == ["x" * 60 + ".jpg", "x" * 60 + ".seg.png"]
    assert [part.kind for part in rows[0].parts] == [PartKind.IMAGE, PartKind.TEXT]
    assert bytes(rows[1].parts[0].data) == JPEG + b"\x01"
    assert not any(row.problems for row in rows)


def test_a_name_in_another_alphabet_is_read_as_it_stands(tmp_path):
    data = tar({"日本/写真" * 30 + ".jpg": JPEG})

    (row,) = rows_of_bytes(data)

    assert row.key == "日本/写真" * 30


@pytest.mark.parametrize("name", BROKEN_TARS)
def test_a_broken_tar_gives_its_good_rows_and_then_says_where_it_broke(name, tmp_path):
    data, sentence = BROKEN_TARS[name]
    path = tmp_path / "shard.tar"
    path.write_bytes(data)

    rows = rows_of(path)

    assert rows[0].key == "000"
    assert bytes(rows[0].parts[0].data) == JPEG
    (problem,) = rows[-1].problems
    assert problem.reason == "unit.unreadable"
    assert problem.where == f"shard.tar{rows[-1].key}"
    assert int(rows[-1].key.removeprefix("@")) >= 1536
    assert sentence in problem.why
    assert not rows[-1].parts


@pytest.mark.parametrize("name", UNSAFE_TARS)
def test_an_unsafe_member_is_a_row_that_says_so_and_the_rest_is_read(name):
    middle, key, sentence = UNSAFE_TARS[name]

    rows = rows_of_bytes(around(middle))

    assert [row.key for row in rows] == ["000", key, "001"]
    assert sentence in rows[1].problems[0].why
    assert not rows[1].parts
    assert not rows[0].problems
    assert not rows[2].problems


def test_an_empty_file_is_no_archive():
    (row,) = rows_of_bytes(b"")

    assert row.problems[0].why == "a.tar is empty."


def test_a_key_that_comes_back_is_refused_the_second_time():
    data = tar({"a.jpg": JPEG, "b.jpg": JPEG, "a.txt": b"hi"})

    rows = rows_of_bytes(data)

    assert len({row.key for row in rows}) == 3
    assert [len(row.problems) for row in rows] == [0, 0, 1]
    assert "an earlier row has" in rows[2].problems[0].why


def test_what_json_says_of_a_sample_is_heard_and_a_caption_is_judged_once():
    words = {"url": "https://a.example/1", "sha256": "ab" * 32, "caption": "caption", "width": 3}
    data = tar(
        {
            "0.jpg": JPEG,
            "0.txt": b"caption",
            "0.json": json.dumps(words).encode(),
            "1.json": json.dumps(words).encode(),
            "2.json": b"{broken",
            "3.json": b'{"url":"https://a/","url":"https://b/"}',
            "4.json": b'{"title":"a poem"}',
        }
    )

    rows = rows_of_bytes(data)

    assert [part.name for part in rows[0].parts] == ["0.jpg", "0.txt"]
    assert rows[0].urls == ("https://a.example/1",)
    assert rows[0].digests == (("sha256", b"\xab" * 32),)
    assert [(part.name, bytes(part.data)) for part in rows[1].parts] == [("caption", b"caption")]
    assert "JSON is broken" in rows[2].problems[0].why
    assert "stands twice" in rows[3].problems[0].why
    assert rows[4].parts[0].kind is PartKind.TEXT


def test_a_sidecar_names_the_urls_of_its_shard_and_is_no_dataset_of_its_own(tmp_path):
    (tmp_path / "00000.tar").write_bytes(tar(good_members(2)))
    table = {"key": ["000", "001"], "url": ["https://a/0", None], "sha256": ["ab" * 32, None]}
    pq.write_table(pa.table(table), tmp_path / "00000.parquet")
    (tmp_path / "00000_stats.json").write_text("{}")

    units, problems = plan_dataset(tmp_path)
    rows = list(read_unit(tmp_path, units[0]))

    assert [unit.id for unit in units] == ["00000.tar"]
    assert units[0].members == ("00000.parquet", "00000_stats.json")
    assert not problems
    assert rows[0].urls == ("https://a/0",)
    assert rows[0].digests == (("sha256", b"\xab" * 32),)
    assert rows[1].urls == ()


def test_rows_whose_sidecar_cannot_be_read_are_told_so(tmp_path):
    (tmp_path / "00000.tar").write_bytes(tar(good_members(2)))
    (tmp_path / "00000.parquet").write_bytes(b"PAR1 no PAR1")

    units, _ = plan_dataset(tmp_path)
    rows = list(read_unit(tmp_path, units[0]))

    assert len(rows) == 2
    assert all("00000.parquet, which names this row's url" in row.problems[0].why for row in rows)


def test_a_parquet_beside_a_tar_that_has_no_keys_is_read_as_a_dataset(tmp_path):
    (tmp_path / "a.tar").write_bytes(tar(good_members(1)))
    pq.write_table(pa.table({"text": ["hidden"]}), tmp_path / "a.parquet")

    units, _ = plan_dataset(tmp_path)

    assert [unit.id for unit in units] == ["a.parquet#rg0", "a.tar"]


def test_picture_bytes_are_not_copied():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.tar"
        path.write_bytes(tar(good_members(1)))
        (row,) = rows_of(path)

        assert isinstance(row.parts[0].data, memoryview)


GOOD = tar(good_members(3))
GOOD_ROWS = [seen(row) for row in rows_of_bytes(GOOD)]
ENDS = [1024 * 2 * (number + 1) for number in range(3)]  # two members of a header and a block each


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, ENDS[-1] + 1023), new=st.binary(min_size=1, max_size=16))
def test_a_changed_byte_never_raises_and_never_loses_the_rows_before_it(at, new):
    data = (GOOD[:at] + new + GOOD[at + len(new) :])[: len(GOOD)]

    rows = [seen(row) for row in rows_of_bytes(data)]

    whole = sum(end <= at for end in ENDS)
    # The last whole row may be told that the archive breaks off right behind it, or that its group goes on.
    assert rows[: max(0, whole - 1)] == GOOD_ROWS[: max(0, whole - 1)]
    assert whole == 0 or rows[whole - 1][1][:2] == GOOD_ROWS[whole - 1][1]


@settings(max_examples=100, deadline=None)
@given(cut=st.integers(0, ENDS[-1]))
def test_a_cut_archive_always_ends_in_a_row_that_says_so(cut):
    rows = rows_of_bytes(GOOD[:cut])

    assert rows[-1].problems[0].reason == "unit.unreadable"
    assert not rows[-1].parts


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_at_all_are_rows(data):
    rows = rows_of_bytes(data)

    assert len({row.key for row in rows}) == len(rows)


@settings(max_examples=50, deadline=None)
@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,3}(/[a-z]{1,3})?\.[a-z]{1,3}", fullmatch=True), st.binary(max_size=2000))
)
def test_what_the_standard_library_finds_we_find(members):
    data = tar(members)

    rows = rows_of_bytes(data)

    ours = sorted(bytes(part.data) for row in rows for part in row.parts)
    assert ours == sorted(one for one in members.values() if one)


def test_a_header_for_all_that_follow_is_obeyed():
    shared = member(b"g", b"19 comment=hello w\n", b"g")

    rows = rows_of_bytes(around(shared))

    assert [row.key for row in rows] == ["000", "001"]
    assert not any(row.problems for row in rows)


@given(st.binary(min_size=512, max_size=512) | st.just(b"\xff" * 512))
def test_the_fast_sum_of_a_header_is_its_sum(block):
    assert tar_reader._sum(block) == sum(block)
