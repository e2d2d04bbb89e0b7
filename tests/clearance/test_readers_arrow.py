"""Arrow streams and files: rows as in Parquet, units of batches, and what is damaged named with its place."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.clearance.emit import emit_dataset
from placet.clearance.readers import arrow, plan_dataset, read_unit
from placet.clearance.readers.arrow_messages import Kind, messages
from placet.clearance.rows import Row

BOTH = pytest.mark.parametrize("as_file", [False, True], ids=["stream", "file"])
TEXTS = [f"text {number}" for number in range(12)]


def packed(table: pa.Table, *, as_file: bool = False, rows: int = 3, codec: str | None = None) -> bytes:
    sink = io.BytesIO()
    opened = pa.ipc.new_file if as_file else pa.ipc.new_stream
    with opened(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=codec)) as writer:
        writer.write_table(table, max_chunksize=rows)
    return sink.getvalue()


def a_file(folder: Path, data: bytes, name: str = "data-00000-of-00001.arrow") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def rows_of(path: Path) -> list[Row]:
    units, _ = plan_dataset(path)
    return [row for unit in units for row in read_unit(path, unit)]


def texts(rows: list[Row]) -> list[str]:
    return [str(part.data, "utf-8") for row in rows for part in row.parts]


def batches(data: bytes) -> list:
    return [each for each in messages(io.BytesIO(data), len(data)) if each.kind == Kind.BATCH]


@BOTH
@pytest.mark.parametrize("codec", [None, "lz4", "zstd"])
def test_every_row_is_read_and_numbered_through_the_file(tmp_path: Path, as_file: bool, codec: str | None) -> None:
    rows = rows_of(a_file(tmp_path, packed(pa.table({"text": TEXTS, "n": range(12)}), as_file=as_file, codec=codec)))

    assert [row.key for row in rows] == [str(number) for number in range(12)]
    assert texts(rows) == TEXTS
    assert not any(row.problems for row in rows)


@BOTH
def test_a_big_file_is_cut_between_batches(tmp_path: Path, as_file: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "UNIT_BYTES", 700)
    path = a_file(tmp_path, packed(pa.table({"text": TEXTS}), as_file=as_file))

    units, _ = plan_dataset(path)

    assert len(units) > 1
    assert [unit.first_row for unit in units] == sorted(unit.first_row for unit in units)
    assert texts(rows_of(path)) == TEXTS


@BOTH
def test_hugging_face_pictures_are_read_and_their_paths_never_opened(tmp_path: Path, as_file: bool) -> None:
    picture = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    table = pa.table(
        {
            "image": pa.array(
                [{"bytes": b"\xff\xd8\xff", "path": "a.jpg"}, {"bytes": None, "path": "/etc/passwd"}], picture
            )
        }
    )

    held, named = rows_of(a_file(tmp_path, packed(table, as_file=as_file)))

    assert [bytes(part.data) for part in held.parts] == [b"\xff\xd8\xff"]
    assert [problem.reason for problem in named.problems] == ["row.incomplete"]


def test_what_datasets_wrote_is_read(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    datasets.Dataset.from_dict({"text": TEXTS, "url": ["https://a.example/"] * 12}).save_to_disk(tmp_path / "saved")

    rows = rows_of(next((tmp_path / "saved").glob("*.arrow")))

    assert texts(rows) == TEXTS
    assert {row.urls for row in rows} == {("https://a.example/",)}


@BOTH
def test_dictionaries_are_read_with_the_batches_that_need_them(
    tmp_path: Path, as_file: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow, "UNIT_BYTES", 700)
    table = pa.table({"text": pa.array(TEXTS).dictionary_encode()})

    assert texts(rows_of(a_file(tmp_path, packed(table, as_file=as_file)))) == TEXTS


def test_more_dictionaries_than_are_read_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrow, "_DICTIONARIES", 0)

    (row,) = rows_of(a_file(tmp_path, packed(pa.table({"text": pa.array(TEXTS).dictionary_encode()}))))

    assert "dictionaries that are read" in row.problems[0].why


def test_a_text_that_is_not_utf8_costs_its_own_row_only(tmp_path: Path) -> None:
    column = pa.array([b"good", b"\xff\xfe", b"fine"], pa.binary()).view(pa.string())

    rows = rows_of(a_file(tmp_path, packed(pa.table({"text": column}))))

    assert [bool(row.problems) for row in rows] == [False, True, False]


@BOTH
@pytest.mark.parametrize("codec", ["lz4", "zstd"])
def test_a_damaged_batch_costs_its_rows_and_no_other(tmp_path: Path, as_file: bool, codec: str) -> None:
    data = bytearray(packed(pa.table({"text": [text * 50 for text in TEXTS]}), as_file=as_file, codec=codec))
    second = batches(bytes(data))[1]
    data[second.end - 60 : second.end] = b"\xff" * 60

    rows = rows_of(a_file(tmp_path, bytes(data)))

    assert [row.key for row in rows if row.problems] == ["@row 3"]
    assert "rows 3 to 5" in rows[3].problems[0].why
    assert len(rows) == 12 - 3 + 1


def test_a_batch_that_claims_more_than_the_limit_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrow, "MOST_BATCH", 10_000)
    table = pa.table({"text": ["a", "b", "c", "0" * 20_000]})

    rows = rows_of(a_file(tmp_path, packed(table, codec="zstd")))

    assert [row.key for row in rows] == ["0", "1", "2", "@row 3"]
    assert "more than the limit of 10,000" in rows[-1].problems[0].why


@BOTH
@pytest.mark.parametrize("cut", [1, 40, 400])
def test_a_file_that_is_cut_off_gives_its_whole_batches_and_says_where(tmp_path: Path, as_file: bool, cut: int) -> None:
    whole = packed(pa.table({"text": TEXTS}), as_file=as_file)
    end = batches(whole)[-1].end
    data = whole[: end - cut]

    rows = rows_of(a_file(tmp_path, data))

    assert rows[-1].problems
    assert "byte" in rows[-1].problems[0].why
    assert texts(rows) == TEXTS[: len(rows) - 1]


def test_a_stream_that_is_cut_off_between_two_batches_says_so(tmp_path: Path) -> None:
    whole = packed(pa.table({"text": TEXTS}))

    *rows, last = rows_of(a_file(tmp_path, whole[: batches(whole)[2].end]))

    assert texts(rows) == TEXTS[:9]
    assert "without its end mark" in last.problems[0].why


def test_a_footer_that_names_other_batches_is_refused(tmp_path: Path) -> None:
    data = packed(pa.table({"text": TEXTS}), as_file=True)
    offset = batches(data)[1].begin.to_bytes(8, "little")
    at = data.rindex(offset)

    (row,) = rows_of(a_file(tmp_path, data[:at] + batches(data)[0].begin.to_bytes(8, "little") + data[at + 8 :]))

    assert "its footer names other batches" in row.problems[0].why


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no Arrow file"),
        (b"FEA1" + bytes(40), "first Feather format"),
        (b"ARROW1\0\0" + bytes(40), "no Arrow file"),
        (b"no arrow at all, and longer than a message", "no Arrow file"),
        (b"\xff\xff\xff\xff\x10\0\0\0" + bytes(16), "no Arrow file"),
        (packed(pa.table({"n": [1]})), "no column to judge: it has n"),
    ],
)
def test_what_is_no_arrow_file_is_one_row_that_says_so(tmp_path: Path, data: bytes, why: str) -> None:
    (row,) = rows_of(a_file(tmp_path, data))

    assert why in row.problems[0].why


def test_a_file_that_shrank_after_planning_says_so(tmp_path: Path) -> None:
    data = packed(pa.table({"text": TEXTS}))
    path = a_file(tmp_path, data)
    (unit,), _ = plan_dataset(path)
    path.write_bytes(data[: batches(data)[2].end])

    *_, last = read_unit(path, unit)

    assert last.problems


@BOTH
@given(at=st.integers(0, 10_000), new=st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_changed_bytes_never_raise_and_never_lose_a_row(tmp_path_factory, as_file: bool, at: int, new: int) -> None:
    data = bytearray(packed(pa.table({"text": TEXTS, "url": ["https://a.example/"] * 12}), as_file=as_file))
    data[at % len(data)] = new

    rows = rows_of(a_file(tmp_path_factory.mktemp("changed"), bytes(data)))

    assert len(rows) >= 12 or any(row.problems for row in rows)


def test_a_table_of_nothing_has_no_rows(tmp_path: Path) -> None:
    assert rows_of(a_file(tmp_path, packed(pa.table({"text": pa.array([], pa.string())})))) == []


@BOTH
@pytest.mark.parametrize("codec", [None, "zstd"])
def test_the_rows_that_are_kept_are_given_out(tmp_path: Path, as_file: bool, codec: str | None) -> None:
    table = pa.table({"text": TEXTS, "n": range(12)}).replace_schema_metadata({"huggingface": "{}"})
    path = a_file(tmp_path, packed(table, as_file=as_file, codec=codec))
    (unit,), _ = plan_dataset(path)

    emit_dataset(path, unit, frozenset({"1", "11"}), tmp_path / "out")

    (given_out,) = (tmp_path / "out").iterdir()
    read = (pa.ipc.open_file if as_file else pa.ipc.open_stream)(given_out.read_bytes())
    assert read.read_all().to_pylist() == [{"text": TEXTS[n], "n": n} for n in (1, 11)]
    assert read.schema.metadata == {b"huggingface": b"{}"}
