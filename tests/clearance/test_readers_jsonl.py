"""JSON lines: numbered from 1, whatever the packing, with memory that a hostile file cannot fill."""

from __future__ import annotations

import gzip
import io
import json
import resource
import subprocess
import sys

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.clearance.readers import jsonl, lines, plan_dataset, read_unit
from tests.gallery.datasets import cut, zst_bomb

PACK = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}


def rows_of(path):
    units, _ = plan_dataset(path)
    return [row for unit in units for row in read_unit(path, unit)]


@pytest.mark.parametrize("packing", PACK)
def test_a_document_a_line_keyed_by_its_number(tmp_path, packing):
    path = tmp_path / f"docs.jsonl{packing}"
    path.write_bytes(
        PACK[packing](
            b'\xef\xbb\xbf{"text":"one","metadata":{"url":"https://a/"},"id":"x"}\n\n{"URL":"https://b/","sha256":null}'
        )
    )

    rows = rows_of(path)

    assert [row.key for row in rows] == ["1", "3"]
    assert [row.urls for row in rows] == [("https://a/",), ("https://b/",)]
    assert rows[0].parts[0].data == b"one"
    assert not any(row.problems for row in rows)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"{", "the JSON is broken at character 2"),
        (b"[1]", "not an object"),
        (b'{"text":"\xff"}', "not UTF-8 at byte 9"),
        (b'{"text":"a","text":"b"}', "stands twice"),
        (b'{"a":' + b"[" * 100_000, "nested too deeply"),
        (b'{"text":[{"type":"image"}]}', "text holds dict, not text"),
        (b'{"n":' + b"9" * 5000 + b"}", "the JSON has a number of thousands of digits"),
        (b'{"title":"x"}', "holds no url, text, sha256 or image: it has title"),
    ],
)
def test_a_line_that_cannot_be_judged_is_a_row_and_the_next_is_read(tmp_path, line, sentence):
    path = tmp_path / "docs.jsonl"
    path.write_bytes(line + b'\n{"text":"fine"}\n')

    bad, fine = rows_of(path)

    assert bad.key == "1"
    assert sentence in bad.problems[0].why
    assert bad.problems[0].where == "docs.jsonl:1"
    assert bad.problems[0].reason in ("row.malformed", "row.incomplete")
    assert (fine.key, fine.problems) == ("2", ())


def test_half_a_surrogate_spoils_no_text(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(b'{"text":"a\\ud800b"}')

    (row,) = rows_of(tmp_path / "a.jsonl")

    assert row.parts[0].data == b"a?b"
    assert not row.problems


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_a_cut_stream_gives_its_whole_lines_and_then_says_so(tmp_path, packing):
    text = b"".join(b'{"text":"%d %x"}\n' % (n, hash((n, "salt")) & 0xFFFFFFFFFFFF) for n in range(60_000))
    (tmp_path / f"a.jsonl.{packing}").write_bytes(cut(text, packing))

    *good, last = rows_of(tmp_path / f"a.jsonl.{packing}")

    assert 10_000 < len(good) < 50_000
    assert not any(row.problems for row in good)
    assert last.problems[0].reason == "unit.unreadable"
    assert f"from line {len(good) + 1:,} on: its" in last.problems[0].why
    assert "data are cut off" in last.problems[0].why


def test_members_and_frames_follow_one_another(tmp_path):
    one, two = b'{"text":"1"}\n', b'{"text":"2"}\n'
    skipped = b"\x50\x2a\x4d\x18\x03\0\0\0abc"
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(one, mtime=0) + gzip.compress(two) + bytes(100))
    (tmp_path / "b.jsonl.zst").write_bytes(zstandard.compress(one) + skipped + zstandard.compress(two))

    for name in ("a.jsonl.gz", "b.jsonl.zst"):
        assert [row.parts[0].data for row in rows_of(tmp_path / name)] == [b"1", b"2"]


@pytest.mark.parametrize("packing", ["gz", "zst"])
def test_what_is_not_packed_at_all_is_a_row(tmp_path, packing):
    (tmp_path / f"a.jsonl.{packing}").write_bytes(b"no such thing")
    (tmp_path / f"b.jsonl.{packing}").touch()

    (damaged,) = rows_of(tmp_path / f"a.jsonl.{packing}")
    (empty,) = rows_of(tmp_path / f"b.jsonl.{packing}")

    assert "data are damaged" in damaged.problems[0].why
    assert "is empty" in empty.problems[0].why


def test_a_line_over_the_limit_is_a_row_and_the_next_is_read(tmp_path, monkeypatch):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text":"' + b"x" * 700_000 + b'"}\n{"text":"fine"}\n')

    found = list(lines.lines(path, 0, path.stat().st_size, None, limit=500_000))

    assert found == [None, b'{"text":"fine"}\n']


@pytest.mark.slow
def test_a_bomb_is_one_bad_row_in_bounded_memory(tmp_path):
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(zst_bomb(2 << 30))
    assert path.stat().st_size < 1 << 20
    code = (
        "import sys; from pathlib import Path; from placet.clearance.readers import plan_dataset, read_unit\n"
        "p = Path(sys.argv[1]); (u,), _ = plan_dataset(p); (r,) = read_unit(p, u); print(r.problems[0].why)"
    )

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29))

    out = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, preexec_fn=limit
    )

    assert "longer than the limit of 268,435,456 bytes" in out.stdout


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("ab\u00e9", max_size=20), max_size=60), st.integers(1, 50))
def test_pieces_are_the_file_and_know_their_line_numbers(texts, step):
    data = "\n".join(texts).encode()

    pieces = lines.count_lines(io.BytesIO(data), len(data), step)

    assert len(pieces) >= min(2, data[step:].count(b"\n") - 1)
    assert b"".join(data[start:stop] for start, stop, _ in pieces) == data
    assert all(before == data[:start].count(b"\n") for start, _, before in pieces)
    assert all(start == 0 or data[start - 1 : start] == b"\n" for start, _, _ in pieces)


def test_a_big_file_is_cut_and_every_line_keeps_its_number(tmp_path, monkeypatch):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"".join(b'{"text":"%d"}\n' % number for number in range(1, 5001)))
    monkeypatch.setattr(jsonl, "UNIT_BYTES", 10_000)

    units, _ = plan_dataset(tmp_path)
    rows = [row for unit in units for row in read_unit(tmp_path, unit)]

    assert len(units) > 3
    assert [row.key for row in rows] == [str(number) for number in range(1, 5001)]
    assert all(row.parts[0].data == row.key.encode() for row in rows)


def test_a_file_that_shrank_after_planning_says_so(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text":"1"}\n{"text":"2"}\n')
    (unit,), _ = plan_dataset(path)
    path.write_bytes(b'{"text":"1"}\n')

    good, last = read_unit(path, unit)

    assert good.key == "1"
    assert "was 26 bytes long when planned, and now has 13" in last.problems[0].why


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.builds(
                lambda v: json.dumps(v).encode(),
                st.dictionaries(
                    st.sampled_from(["text", "url", "sha256", "metadata", "x"]),
                    st.recursive(
                        st.none() | st.text() | st.integers(), lambda i: st.lists(i) | st.dictionaries(st.text(), i)
                    ),
                ),
            ),
        )
    )
)
def test_every_line_that_is_not_blank_is_a_row(tmp_path_factory, documents):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    data = b"\n".join(documents)
    path.write_bytes(data)

    rows = rows_of(path)

    wanted = [str(n) for n, line in enumerate(data.split(b"\n"), 1) if line and not line.isspace()]
    assert [row.key for row in rows] == wanted
