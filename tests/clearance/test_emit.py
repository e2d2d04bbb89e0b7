"""What is given out is exactly what was kept, byte for byte, and nothing half-written stays behind."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.clearance import emit
from placet.clearance.emit import check_apart, emit_dataset, emit_list
from placet.clearance.readers import jsonl, plan_dataset, read_unit
from placet.clearance.rows import Unit
from placet.errors import BadDataset, Refused, WrongUsage
from tests.gallery.datasets import BROKEN_TARS, JPEG, UNSAFE_TARS, around, corrupt_page, cut, good_members, member, tar


def contents(root: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a dataset without its place: parts, urls and digests."""
    if not any(path.is_file() for path in root.rglob("*")):
        return {}
    units, _ = plan_dataset(root)
    return {unit.id: [said(row) for row in read_unit(root, unit)] for unit in units}


def said(row):
    assert not row.problems, row.problems
    return tuple((part.name, part.kind, bytes(part.data)) for part in row.parts), row.urls, row.digests


def make_dataset(root: Path) -> None:
    (root / "sub").mkdir(parents=True)
    (root / "a.jpg").write_bytes(JPEG)
    (root / "sub" / "b.txt").write_text("a text")
    Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.txt")).write_text("latin", encoding="ascii")
    (root / "shard.tar").write_bytes(tar(good_members(5), tarfile.GNU_FORMAT))
    (root / "sub" / "long.tar").write_bytes(tar({"d/" * 80 + f"{n}.jpg": JPEG + bytes([n]) for n in range(3)}))
    docs = b"".join(b'{"text":"text %d" ,  "n":1}\n' % n for n in range(6)) + b'{"text":"no line end"}'
    for name, pack in (("", bytes), (".gz", gzip.compress), (".zst", zstandard.compress)):
        (root / f"docs.jsonl{name}").write_bytes(pack(docs))
    schema = pa.schema([("url", pa.string()), ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())]))])
    rows = [{"url": f"https://a/{n}", "image": {"bytes": JPEG + bytes([n]), "path": None}} for n in range(7)]
    table = pa.Table.from_pylist(rows, schema=schema.with_metadata({b"huggingface": b'{"info":{}}'}))
    pq.write_table(table, root / "t.parquet", row_group_size=3)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    root = tmp_path_factory.mktemp("emit") / "dataset"
    make_dataset(root)
    return root


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_dataset_given_out_holds_exactly_the_rows_kept(dataset, tmp_path_factory, data):
    out = tmp_path_factory.mktemp("out")
    kept: list[tuple[object, ...]] = []
    files = {}
    for unit in plan_dataset(dataset)[0]:
        rows = list(read_unit(dataset, unit))
        keep = data.draw(st.frozensets(st.sampled_from([row.key for row in rows])), label=unit.id)
        kept += [said(row) for row in rows if row.key in keep]
        result = emit_dataset(dataset, unit, keep, out)
        assert bool(result.files) == bool(keep)
        assert result.linked + result.copied == len(result.files)
        files |= {path: (digest, size) for path, digest, size in result.files}

    assert sorted(map(repr, kept)) == sorted(repr(row) for rows in contents(out).values() for row in rows)
    found = [path for path in out.rglob("*") if path.is_file()]
    assert len(found) == len(files)
    wanted = {(hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size) for path in found}
    assert wanted == set(files.values())


def unit_of(root: Path, name: str) -> Unit:
    return next(unit for unit in plan_dataset(root)[0] if unit.id.startswith(name))


def test_files_of_a_folder_are_hard_links(dataset, tmp_path):
    result = emit_dataset(dataset, unit_of(dataset, "files:"), frozenset({"a.jpg", "caf\\udce9.txt"}), tmp_path)

    assert result.linked == 2
    assert (tmp_path / "a.jpg").samefile(dataset / "a.jpg")
    assert [path for path, _, _ in result.files] == ["a.jpg", "caf\\udce9.txt"]


def test_files_are_copied_where_links_are_not_possible(dataset, tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))

    monkeypatch.setattr(os, "link", refuse)

    result = emit_dataset(dataset, unit_of(dataset, "files:"), frozenset({"a.jpg"}), tmp_path)

    assert (result.linked, result.copied) == (0, 1)
    assert (tmp_path / "a.jpg").read_bytes() == JPEG
    assert not (tmp_path / "a.jpg").samefile(dataset / "a.jpg")


@pytest.mark.parametrize("name", ["files:", "shard.tar", "docs.jsonl.gz", "docs.jsonl.zst", "t.parquet#rg1"])
def test_a_unit_given_out_again_gives_the_same_files_and_leaves_nothing_else(dataset, tmp_path, name):
    unit = unit_of(dataset, name)
    keep = frozenset(row.key for row in read_unit(dataset, unit))

    first = emit_dataset(dataset, unit, keep, tmp_path)
    second = emit_dataset(dataset, unit, keep, tmp_path)

    assert first == second
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == len(first.files)


def test_a_whole_shard_is_read_by_the_standard_library(dataset, tmp_path):
    emit_dataset(dataset, unit_of(dataset, "shard.tar"), frozenset({"001", "003"}), tmp_path)

    with tarfile.open(tmp_path / "shard.tar") as archive:
        assert archive.getnames() == ["001.jpg", "001.txt", "003.jpg", "003.txt"]
        assert archive.extractfile("003.jpg").read() == JPEG + b"\x03"
    assert (tmp_path / "shard.tar").stat().st_size % 10240 == 0


def test_a_header_for_all_that_follow_is_given_out_with_them(tmp_path):
    shared = member(b"g", b"19 comment=hello w\n", b"g")
    (tmp_path / "a.tar").write_bytes(around(shared))

    emit_dataset(tmp_path / "a.tar", unit_of(tmp_path / "a.tar", "a.tar"), frozenset({"001"}), tmp_path / "out")

    with tarfile.open(tmp_path / "out" / "a.tar") as archive:
        assert archive.getnames() == ["001.jpg"]
        assert archive.pax_headers == {"comment": "hello w"}


def test_schema_and_metadata_of_parquet_stay(dataset, tmp_path):
    emit_dataset(dataset, unit_of(dataset, "t.parquet#rg1"), frozenset({"4"}), tmp_path)

    given_out = pq.read_table(tmp_path / "t-rg1.parquet")
    assert given_out.schema.equals(pq.read_schema(dataset / "t.parquet"), check_metadata=True)
    assert given_out["url"].to_pylist() == ["https://a/4"]


def test_pieces_of_a_cut_file_lie_in_a_folder_of_its_name(tmp_path, monkeypatch):
    source = tmp_path / "in"
    source.mkdir()
    (source / "a.jsonl").write_bytes(b"".join(b'{"text":"%d"}\n' % n for n in range(100)))
    monkeypatch.setattr(jsonl, "UNIT_BYTES", 500)
    units, _ = plan_dataset(source)

    for unit in units:
        emit_dataset(source, unit, frozenset(row.key for row in read_unit(source, unit)), tmp_path / "out")

    pieces = sorted((tmp_path / "out" / "a.jsonl").iterdir())
    assert len(pieces) == len(units) > 1
    assert b"".join(piece.read_bytes() for piece in pieces) == (source / "a.jsonl").read_bytes()


@pytest.mark.parametrize("name", BROKEN_TARS)
def test_the_good_rows_of_a_broken_tar_can_be_given_out(tmp_path, name):
    (tmp_path / "a.tar").write_bytes(BROKEN_TARS[name][0])
    unit = unit_of(tmp_path / "a.tar", "a.tar")
    keep = frozenset(row.key for row in read_unit(tmp_path / "a.tar", unit) if not row.problems)

    emit_dataset(tmp_path / "a.tar", unit, keep, tmp_path / "out")

    assert {"000"} >= keep
    assert len(contents(tmp_path / "out")) == len(keep)


@pytest.mark.parametrize("name", UNSAFE_TARS)
def test_an_unsafe_member_is_never_given_out(tmp_path, name):
    middle, key, _ = UNSAFE_TARS[name]
    (tmp_path / "a.tar").write_bytes(around(middle))

    with pytest.raises(Refused, match="could not be read in full"):
        emit_dataset(tmp_path / "a.tar", unit_of(tmp_path / "a.tar", "a.tar"), frozenset({key}), tmp_path / "out")

    assert not list((tmp_path / "out").glob("*"))


def test_the_good_rows_of_damaged_files_can_be_given_out(tmp_path):
    (tmp_path / "in").mkdir()
    corrupt_page(tmp_path / "in" / "a.parquet")
    text = b"".join(b'{"text":"%x"}\n' % (n * 2**70 // 2731) for n in range(60_000))
    (tmp_path / "in" / "b.jsonl.gz").write_bytes(cut(text, "gz"))

    for unit in plan_dataset(tmp_path / "in")[0]:
        rows = list(read_unit(tmp_path / "in", unit))
        keep = frozenset(row.key for row in rows if not row.problems and int(row.key) % 7 == 0)
        emit_dataset(tmp_path / "in", unit, keep, tmp_path / "out")
        assert rows[-1].problems
        assert keep

        assert len(contents(tmp_path / "out").popitem()[1]) == len(keep)


@pytest.mark.parametrize("name", ["files:", "shard.tar", "docs.jsonl", "docs.jsonl.gz", "t.parquet#rg1"])
def test_a_row_that_is_not_there_any_more_is_a_sentence(dataset, tmp_path, name):
    with pytest.raises(BadDataset, match="has no row 'gone' any more"):
        emit_dataset(dataset, unit_of(dataset, name), frozenset({"gone"}), tmp_path)

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_file_that_became_a_link_is_not_given_out(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("x")
    (unit,), _ = plan_dataset(tmp_path / "in")
    (tmp_path / "in" / "a.txt").unlink()
    (tmp_path / "in" / "a.txt").symlink_to("/etc/hostname")

    with pytest.raises(Refused, match="no regular file any more"):
        emit_dataset(tmp_path / "in", unit, frozenset({"a.txt"}), tmp_path / "out")


def test_a_unit_that_could_not_be_read_is_not_given_out(tmp_path):
    (tmp_path / "a.tar.gz").write_bytes(b"x")

    with pytest.raises(Refused, match="unpack it first"):
        emit_dataset(tmp_path, plan_dataset(tmp_path)[0][0], frozenset({"@0"}), tmp_path / "out")


@pytest.mark.parametrize("name", ["files:", "shard.tar", "docs.jsonl.zst", "t.parquet#rg1"])
def test_a_full_disk_is_one_sentence_and_leaves_nothing(dataset, tmp_path, monkeypatch, name):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(emit, "_link", lambda source, target: False)
    unit = unit_of(dataset, name)
    keep = frozenset(row.key for row in read_unit(dataset, unit))

    with pytest.raises(Refused, match="the disk is full while writing"):
        emit_dataset(dataset, unit, keep, tmp_path)

    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_the_system_refuses_to_write_is_not_laid_upon_the_dataset(dataset, tmp_path, monkeypatch):
    def refuse(handle):
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))

    monkeypatch.setattr(os, "fsync", refuse)
    unit = unit_of(dataset, "shard.tar")

    with pytest.raises(BadDataset, match=r"could not be written: .* \(system\.error\)$"):
        emit_dataset(dataset, unit, frozenset(row.key for row in read_unit(dataset, unit)), tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_parquet_on_a_disk_that_is_really_full_is_the_same_sentence(dataset, tmp_path, monkeypatch):
    opened = Path.open
    monkeypatch.setattr(
        Path, "open", lambda path, mode="r": opened(Path("/dev/full"), "wb") if mode == "xb" else opened(path, mode)
    )

    for name in ("t.parquet#rg1", "shard.tar", "docs.jsonl"):
        unit = unit_of(dataset, name)
        keep = frozenset(row.key for row in read_unit(dataset, unit))
        with pytest.raises(Refused, match="the disk is full while writing"):
            emit_dataset(dataset, unit, keep, tmp_path)


def test_out_and_dataset_must_lie_apart(tmp_path):
    (tmp_path / "data" / "sub").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "data" / "sub")

    check_apart(tmp_path / "data", tmp_path / "data2")
    with pytest.raises(WrongUsage, match="OUT lies inside DATASET"):
        check_apart(tmp_path / "data", tmp_path / "data" / "new" / "out")
    with pytest.raises(WrongUsage, match="OUT lies inside DATASET"):
        check_apart(tmp_path / "data", tmp_path / "link" / "out")
    with pytest.raises(WrongUsage, match="DATASET lies inside OUT"):
        check_apart(tmp_path / "data" / "sub", tmp_path / "data")
    with pytest.raises(WrongUsage, match="the same place"):
        check_apart(tmp_path / "data", tmp_path / "data" / "sub" / "..")


def test_the_list_is_a_unit_and_a_key_a_line():
    assert emit_list([("a.tar", "000"), ("files:0000", "x\\ty")]) == "a.tar\t000\nfiles:0000\tx\\ty\n"
