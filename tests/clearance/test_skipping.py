"""Archives read without what was left out: the rows that may be used, all of them, and for these bytes only."""

from __future__ import annotations

import gzip
import io
import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from placet.clearance.skip_index import SCHEMA, join_skips, parse_index
from placet.clearance.skipping import SkipIndex, json_lines, open_skip_index, table_batches, tar_members, warc_records
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.desk.clearing import Request, clear
from placet.errors import BadRecord, NotFound, Refused, TooNew, VerificationFailed
from placet.signing.keys import Role
from tests.factories import a_key
from tests.gallery.crawls import http, record
from tests.gallery.crawls import warc as crawl
from tests.snapshot.world import World, a_world

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "skip_by_hand.py"
REFUSED = (1, 4, 5)
ROWS = [{"text": f"text {n}", "x_robots_tag": "noai" if n in REFUSED else None} for n in range(7)]
KEPT = [n for n in range(7) if n not in REFUSED]
LEFT = [row["text"] for n, row in enumerate(ROWS) if n not in REFUSED]


def a_tar(path: Path) -> None:
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "shared"}) as tar:
        for number, row in enumerate(ROWS):
            for name, data in ((f"{number}.txt", row["text"]), (f"{number}.json", json.dumps(row))):
                info = tarfile.TarInfo(f"{'long' * 30 if number == 2 else ''}{name}")
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data.encode()))


def a_crawl() -> bytes:
    pages = [record("", b"software: test\r\n", "warcinfo")]
    for number, row in enumerate(ROWS):
        url = f"https://maker.example/{number}"
        said = {"X_Robots_Tag": row["x_robots_tag"]} if row["x_robots_tag"] else {}
        pages += [record(url, b"GET / HTTP/1.1\r\n\r\n", "request")]
        pages += [record(url, http(row["text"].encode(), Content_Type="text/plain", **said))]
    pages.append(record("https://maker.example/bad", http(b"\x00\x01"), WARC_Truncated="length"))
    return crawl(pages, packed=True)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = a_world(tmp_path_factory.mktemp("world"))
    world.register(1, {"hers.txt": b"words that nobody else wrote"})
    return world


@pytest.fixture(scope="module")
def cleared(world: World) -> tuple[Path, Path]:
    """The dataset, and what came of clearing it."""
    root = world.home.path.parent / "data"
    root.mkdir()
    a_tar(root / "a.tar")
    (root / "whole.tar").write_bytes((root / "a.tar").read_bytes()[:-5000])
    (root / "c.warc.gz").write_bytes(a_crawl())
    (root / "plain.warc").write_bytes(gzip.decompress(a_crawl()))
    (root / "one.warc.gz").write_bytes(gzip.compress(gzip.decompress(a_crawl()), mtime=0))
    table = pa.Table.from_pylist(ROWS)
    pq.write_table(table, root / "t.parquet", row_group_size=3)
    with pa.ipc.new_stream(root / "t.arrow", table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    lines = "".join(json.dumps(row) + "\n\n" for row in ROWS).encode()
    (root / "l.jsonl.zst").write_bytes(zstandard.ZstdCompressor().compress(lines))
    (root / "cut.jsonl.gz").write_bytes(gzip.compress(lines, mtime=0)[:-12])
    (root / "kept.txt").write_text("words of nobody")
    (root / "lost.txt").write_bytes(b"\xff\xfe\xff")
    request = Request(
        dataset=root,
        snapshot=world.snapshot(),
        out=root.parent / "out",
        use=Use.TRAIN_GENERATIVE,
        profiles=(PROFILES["eu-art4"],),
        emit="skip-index",
        workers=1,
    )
    clear(world.home, request)
    return root, request.out


def read(out: Path, path: Path) -> list[str]:
    archive = open_skip_index(str(out)).find(path)
    if path.name.endswith(".tar"):
        return [data.decode() for name, data in tar_members(archive) if name.endswith(".txt")]
    if ".warc" in path.name:
        return [each.block.rpartition(b"\r\n\r\n")[2].decode() for each in warc_records(archive)]
    if ".jsonl" in path.name:
        return [json.loads(line)["text"] for line in json_lines(archive)]
    return [row["text"] for batch in table_batches(archive) for row in batch.to_pylist()]


@pytest.mark.parametrize("name", ["a.tar", "c.warc.gz", "plain.warc", "t.parquet", "t.arrow", "l.jsonl.zst"])
def test_what_may_be_used_is_read_and_nothing_else(cleared: tuple[Path, Path], name: str) -> None:
    root, out = cleared

    assert read(out, root / name) == LEFT


def test_a_member_of_many_records_is_left_out_with_any_of_them(cleared: tuple[Path, Path]) -> None:
    root, out = cleared

    assert read(out, root / "one.warc.gz") == []


@pytest.mark.parametrize(("name", "rows"), [("whole.tar", 3), ("cut.jsonl.gz", 3)])
def test_what_lies_behind_the_end_is_left_out(cleared: tuple[Path, Path], name: str, rows: int) -> None:
    root, out = cleared

    found = read(out, root / name)

    assert found == LEFT[: len(found)]
    assert 0 < len(found) <= 4


def test_the_index_names_what_was_left_out(cleared: tuple[Path, Path]) -> None:
    found = {each.path: each for each in open_skip_index(cleared[1]).index.archives}

    assert found["a.tar"].names == tuple(f"{n}.{kind}" for n in REFUSED for kind in ("txt", "json"))
    assert found["t.parquet"].skip == ((1, 2), (4, 6))
    assert (found["t.parquet"].end, found["t.parquet"].by, found["a.tar"].by) == (7, "rows", "bytes")
    assert len(found["c.warc.gz"].names) == len(REFUSED) + 1


def test_a_loose_file_is_known_by_name_and_bytes(cleared: tuple[Path, Path], tmp_path: Path) -> None:
    root, out = cleared
    index = open_skip_index(out)
    (tmp_path / "kept.txt").write_text("other words")

    assert index.keeps_file(root / "kept.txt", "kept.txt")
    assert not index.keeps_file(root / "lost.txt", "lost.txt")
    assert not index.keeps_file(root / "kept.txt", "unknown.txt")
    assert not index.keeps_file(tmp_path / "kept.txt", "kept.txt")


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("a.tar", [f"{'long' * 30 if n == 2 else ''}{n}.{kind}" for n in KEPT for kind in ("txt", "json")]),
        ("c.warc.gz", [f"https://maker.example/{n}" for n in KEPT]),
        ("t.parquet", [str(n) for n in KEPT]),
        ("t.arrow", [str(n) for n in KEPT]),
        ("l.jsonl.zst", [str(2 * n + 1) for n in KEPT]),
    ],
)
def test_the_example_without_placet_agrees(cleared: tuple[Path, Path], name: str, printed: list[str]) -> None:
    root, out = cleared

    ran = subprocess.run([sys.executable, EXAMPLE, out, root / name], capture_output=True, text=True)

    assert (ran.stdout.splitlines(), ran.stderr) == (printed, "")


def test_the_example_refuses_other_bytes_and_other_keys(cleared: tuple[Path, Path], tmp_path: Path) -> None:
    root, out = cleared
    (tmp_path / "a.tar").write_bytes(b"other")

    strange = subprocess.run([sys.executable, EXAMPLE, out, tmp_path / "a.tar"], capture_output=True, text=True)
    forged = subprocess.run(
        [sys.executable, EXAMPLE, out, root / "a.tar", a_key(9).public.hex()], capture_output=True, text=True
    )

    assert (strange.returncode, "not an archive that was cleared" in strange.stderr) == (1, True)
    assert (forged.returncode, forged.stdout, "InvalidSignature" in forged.stderr) == (1, "", True)


def copied(cleared: tuple[Path, Path], tmp_path: Path) -> Path:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("skip-index.json", "clearance.json"):
        shutil.copy(cleared[1] / name, out / name)
    return out


def test_the_two_files_are_all_that_is_needed(cleared: tuple[Path, Path], tmp_path: Path) -> None:
    assert read(copied(cleared, tmp_path), cleared[0] / "a.tar") == LEFT


def test_an_archive_of_other_bytes_is_refused(cleared: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes((cleared[0] / "a.tar").read_bytes() + bytes(512))

    with pytest.raises(Refused, match="its bytes are others"):
        read(cleared[1], tmp_path / "a.tar")


def test_an_archive_that_is_written_to_while_it_is_read_is_refused(cleared: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl.zst"
    shutil.copy(cleared[0] / "l.jsonl.zst", path)
    lines = json_lines(open_skip_index(cleared[1]).find(path))
    next(lines)
    path.write_bytes(path.read_bytes() + b"x")

    with pytest.raises(Refused, match="changed while it was read"):
        list(lines)


def test_an_index_that_was_touched_is_refused(cleared: tuple[Path, Path], tmp_path: Path) -> None:
    out = copied(cleared, tmp_path)
    index = (out / "skip-index.json").read_bytes()
    (out / "skip-index.json").write_bytes(index.replace(b'"end": 7', b'"end": 9'))

    with pytest.raises(VerificationFailed, match="not the index that the certificate names"):
        open_skip_index(out)


def test_a_certificate_of_somebody_else_is_refused(world: World, cleared: tuple[Path, Path]) -> None:
    own = world.home.key(Role.CLEAR).public

    assert open_skip_index(cleared[1], own).signer == own
    with pytest.raises(VerificationFailed, match="not yours"):
        open_skip_index(cleared[1], a_key(9).public)


def test_a_folder_without_an_index_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="--emit skip-index"):
        open_skip_index(tmp_path)


def test_another_format_than_was_asked_for_is_refused(cleared: tuple[Path, Path]) -> None:
    archive = open_skip_index(cleared[1]).find(cleared[0] / "a.tar")

    with pytest.raises(Refused, match="of the format webdataset"):
        list(json_lines(archive))


def test_the_same_bytes_with_two_answers_have_to_be_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    sha256 = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    told = [
        {"path": name, "format": "jsonl", "sha256": sha256, "size": 1, "kept": kept, "names": []}
        for name, kept in (("a", [[1, 2]]), ("b", []))
    ]
    index = parse_index(join_skips("p", [json.dumps(each).encode() for each in told]))
    with pytest.raises(Refused, match="stand there twice, as a and b"):
        SkipIndex(index, b"").find(tmp_path / "x")
    assert SkipIndex(index, b"").find(tmp_path / "x", "b").archive.end == 1


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"{}", BadRecord),
        (b"[]", BadRecord),
        (b"no json", BadRecord),
        (b'{"schema": "placet.skip-index/2"}', TooNew),
        (
            json.dumps(
                {"schema": SCHEMA, "plan": "", "archives": [{"by": "rows", "skip": [[3, 2]]}], "files": []}
            ).encode(),
            BadRecord,
        ),
    ],
)
def test_what_is_no_index_is_refused(data: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        parse_index(data)
