"""Bad things inside good shards, in every format at once: each is a sentence with its place, and costs its own row."""

from __future__ import annotations

import gzip
import io
import json
import re
import struct
import tarfile
import wave
import zipfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from placet.core.decision import Outcome
from placet.desk.clearing import Cleared
from tests.gallery.crawls import http, record
from tests.gallery.crawls import warc as crawl
from tests.gallery.media import BROKEN
from tests.snapshot.world import World, a_world, jpeg

GOOD, SITE = jpeg(1, 60), "https://maker.example"
TOO_LARGE = "declares|pixels|larger|more than"


def _silence() -> bytes:
    """A WAV header with no sound behind it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
    return file.getvalue()


def _zip_bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/epub+zip")
        packed.writestr("META-INF/container.xml", bytes(64 << 20))
    return file.getvalue()


def _hundred_megapixels() -> bytes:
    """A JPEG whose frame header says 20,000 by 20,000 (T.81 B.2.2)."""
    data = bytearray(GOOD)
    at = next(place for marker in (b"\xff\xc0", b"\xff\xc2") if (place := data.find(marker)) >= 0)
    data[at + 5 : at + 9] = struct.pack(">HH", 20_000, 20_000)
    return bytes(data)


# What lies between two good pictures in every shard, and what its sentence says.
BAD: dict[str, tuple[bytes, str]] = {
    "cut.jpg": (BROKEN["truncated.jpg"](), "cut|truncated|decod|damaged|read"),
    "empty.jpg": (b"", "is empty"),
    "bomb.png": (BROKEN["bomb.png"](), TOO_LARGE),
    "wide.jpg": (_hundred_megapixels(), f"{TOO_LARGE}|decod"),
    "page.jpg": (b"<!doctype html><title>403 Forbidden</title>", "picture|decod|read"),
    "none.wav": (_silence(), "sound|kind of file|empty|short|long"),
    "zero.wav": (b"", "is empty"),
    "book.epub": (_zip_bomb(), "at most 16,777,216 are read"),
    "bytes.txt": (b"\xff\xfe\xfd words", "not UTF-8"),
}


def _tar(path: Path) -> None:
    with tarfile.open(path, "w") as tar:
        for name, data in (("a.jpg", GOOD), *((name, data) for name, (data, _) in BAD.items()), ("z.jpg", GOOD)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for name, kind in (("../up.jpg", tarfile.REGTYPE), ("link.jpg", tarfile.SYMTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)


def _table() -> pa.Table:
    picture = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    rows = [("a.jpg", GOOD), *((name, data) for name, (data, _) in BAD.items()), ("z.jpg", GOOD)]
    return pa.table({"image": pa.array([{"bytes": data, "path": name} for name, data in rows], picture)})


def _crawl() -> bytes:
    def answer(path: str, body: bytes, kind: str, **more: str) -> bytes:
        return record(f"{SITE}/{path}", http(body, Content_Type=kind, **more))

    return crawl(
        [
            answer("a.jpg", GOOD, "image/jpeg"),
            answer("lie.jpg", b"<!doctype html><p>words", "image/jpeg"),
            answer("bomb.html", gzip.compress(bytes(16 << 20), mtime=0), "text/html", Content_Encoding="gzip"),
            answer("packed.html", b"\x8b\x00\xff\xfe", "text/html", Content_Encoding="br"),
            record(f"{SITE}/member", http(bytes(8 << 20))),
            answer("z.jpg", GOOD, "image/jpeg"),
        ],
        packed=True,
    )


@pytest.fixture(scope="module")
def cleared(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[World, Cleared, list[dict[str, Any]], list[dict[str, Any]]]:
    world = a_world(tmp_path_factory.mktemp("world"))
    world.register(1, {"hers.jpg": jpeg(9)})
    root = world.home.path.parent / "data"
    (root / "loose").mkdir(parents=True)
    for name, (data, _) in {"a.jpg": (GOOD, ""), **BAD, "z.jpg": (GOOD, "")}.items():
        (root / "loose" / name).write_bytes(data)
    _tar(root / "t.tar")
    pq.write_table(_table(), root / "p.parquet")
    with pa.ipc.new_stream(root / "i.arrow", _table().schema) as writer:
        writer.write_table(_table(), max_chunksize=4)
    lines = [b'{"text": "one"}', b'{"text": "half', b'{"text": "two"}']
    (root / "l.jsonl.zst").write_bytes(zstandard.ZstdCompressor().compress(b"\n".join(lines)))
    (root / "c.warc.gz").write_bytes(_crawl())
    out = world.home.path.parent / "out"
    done = world.clear(root, world.snapshot(), out, emit="dataset")
    rows = pq.read_table(out / "decisions.parquet").to_pylist()
    told = [json.loads(line) for line in (out / "problems.jsonl").read_text().splitlines()]
    return world, done, rows, told


SHARDS = [("files:0000", "loose/{name}"), ("t.tar", "{stem}"), ("p.parquet#rg0", "{number}"), ("i.arrow", "{number}")]


@pytest.mark.slow
@pytest.mark.parametrize(("unit", "key"), SHARDS, ids=[unit for unit, _ in SHARDS])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_member_is_unclear_and_named(cleared: Any, unit: str, key: str, name: str) -> None:
    _, _, rows, told = cleared
    row = key.format(name=name, stem=name.partition(".")[0], number=1 + list(BAD).index(name))

    (found,) = [each for each in rows if each["unit"].startswith(unit) and each["row"] == row]
    whys = [each["why"] for each in told if each["unit"].startswith(unit) and each["row"] == row]
    assert found["outcome"] == "unclear"
    assert any(re.search(BAD[name][1], why) for why in whys), whys
    assert all("\n" not in why and "Traceback" not in why for why in whys)


@pytest.mark.slow
@pytest.mark.parametrize("unit", ["files:0000", "t.tar", "p.parquet#rg0", "i.arrow", "c.warc.gz"])
def test_the_good_on_either_side_are_judged(cleared: Any, unit: str) -> None:
    _, _, rows, _ = cleared

    outcomes = [each["outcome"] for each in rows if each["unit"].startswith(unit)]

    assert outcomes.count("cleared") == 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("unit", "row", "words"),
    [
        ("l.jsonl.zst", "2", "JSON is broken"),
        ("c.warc.gz", "2", "was sent as image/jpeg and holds text"),
        ("c.warc.gz", "3", "unpacks to more than"),
        ("c.warc.gz", "4", "packed as br, which is not read"),
        ("t.tar", "../up", "climbs out of the dataset"),
        ("t.tar", "link", "is a symbolic link; it was not followed"),
    ],
)
def test_what_only_one_format_can_hold_is_named_too(cleared: Any, unit: str, row: str, words: str) -> None:
    _, _, rows, told = cleared

    (found,) = [each for each in rows if each["unit"] == unit and each["row"] == row]

    assert found["outcome"] == "unclear"
    assert any(words in each["why"] for each in told if each["unit"] == unit and each["row"] == row)


@pytest.mark.slow
def test_a_packed_record_that_is_a_bomb_is_named_by_its_place(cleared: Any) -> None:
    _, _, rows, told = cleared

    (found,) = [each for each in rows if each["unit"] == "c.warc.gz" and each["row"].startswith("@")]

    assert found["outcome"] == "unclear"
    assert any("more than 200 times its size" in each["why"] for each in told if each["row"] == found["row"])


@pytest.mark.slow
def test_nothing_bad_is_handed_on_and_nothing_is_lost(cleared: Any) -> None:
    world, done, rows, _ = cleared
    given = world.home.path.parent / "out" / "dataset"

    assert done.count(Outcome.UNCLEAR) == sum(row["outcome"] == "unclear" for row in rows) > 0
    assert sorted(path.name for path in (given / "loose").iterdir()) == ["a.jpg", "z.jpg"]
    assert sum(row["unit"].startswith(("p.parquet", "i.arrow")) for row in rows) == 2 * (len(BAD) + 2)
