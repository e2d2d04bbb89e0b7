"""What the bodies in a crawl hold: pages as they are read, pictures by their bytes, WET texts, and what lies."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from placet.clearance.readers import plan_dataset, read_unit
from placet.clearance.readers.page_text import decode_text, visible_text
from placet.clearance.readers.warc_records import Broken, records
from placet.clearance.rows import PartKind, Row
from placet.core.stance import Stance
from placet.fingerprints.text_winnow import compute
from placet.signals.http_body import unpack
from tests.gallery.crawls import html, http, record
from tests.gallery.crawls import warc as crawl
from tests.snapshot.world import a_world, prose

PROSE = " ".join(
    f"The {word} keeper wrote of {word}s, one after another, until evening." for word in ["lamp", "shore", "gull"]
)
SITE = "https://maker.example"


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(file, "PNG")
    return file.getvalue()


def row_of(folder: Path, block: bytes, kind: str = "response", name: str = "/1", **fields: str) -> Row:
    path = folder / "crawl.warc.gz"
    path.write_bytes(crawl([record(f"{SITE}{name}", block, kind, **fields)], packed=True))
    (unit,), _ = plan_dataset(path)
    (row,) = read_unit(path, unit)
    return row


def texts(row: Row) -> list[str]:
    return [str(part.data, "utf-8") for part in row.parts if part.kind is PartKind.TEXT]


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>One <em>w</em>ord", "One word"),
        ("<title>T</title><script>if (a<b) x('</p>')</script><p>B", "T\nB"),
        ("<style>p{}</style><!-- no --><p>A<br>B", "A\nB"),
        ("<p title='a > b'>A</p>", "A"),
        ("<a title=it's>A</a>", "A"),
        ("caf&eacute; &amp; co &#8212; &#" + "9" * 5000 + ";", "café & co — \ufffd"),
        ("1 < 2", "1 < 2"),
        ("<textarea><b>kept</b></textarea>", "<b>kept</b>"),
        ("<noscript><p>kept</noscript>", "kept"),
        ("<div hidden style='display:none'>read too</div>", "read too"),
        ("words <b never ends and words", "words never ends and words"),
        ("<![CDATA[x]]>A<?php ?>B</ >C", "A\nB\nC"),
    ],
)
def test_a_page_is_what_a_person_reads(page: str, text: str) -> None:
    assert visible_text(page) == text


@given(st.lists(st.sampled_from(["<", ">", "</", "<p", "<script>", "<!--", "-->", "=", "'", '"', "&#", "é", " "])))
def test_any_page_is_read(pieces: list[str]) -> None:
    assert isinstance(visible_text("".join(pieces)), str)


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "<script>", '<a b="', "<a b='\">", "</", "&#x", "<title>"])
def test_every_byte_is_read_once(piece: str) -> None:
    page = piece * 100_000

    assert len(visible_text(page)) <= len(page)


def test_a_passage_is_found_through_the_tags_that_cut_it(tmp_path: Path) -> None:
    marked = "".join(f"<span class='w'>{word}</span> " for word in PROSE.split())

    row = row_of(tmp_path, html(f"<body><p>{marked}"))

    assert set(compute(PROSE).hashes) <= set(compute(texts(row)[0]).hashes)
    assert not row.problems


@pytest.mark.slow
def test_a_text_on_a_page_is_found_quoted_as_it_is_read_and_refused(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.register(1, {"hers.txt": prose(1).encode()}, Stance.RESERVE)
    marked = "<br>".join(f"<b>{word[0]}</b>{word[1:]}" for word in prose(1).split())
    (tmp_path / "crawl.warc.gz").write_bytes(
        crawl(
            [record(f"{SITE}/1", html(f"<p>Copied: {marked}")), record(f"{SITE}/2", html("<p>other words"))],
            packed=True,
        )
    )

    world.clear(tmp_path / "crawl.warc.gz", world.snapshot(), tmp_path / "out")

    rows = pq.read_table(tmp_path / "out" / "decisions.parquet").to_pylist()
    (shown,) = json.loads((tmp_path / "out" / "units" / "000000.shown.json").read_bytes())
    assert [row["outcome"] for row in rows] == ["reserved", "cleared"]
    assert "<" not in shown["quoted"]


def test_the_source_of_a_page_stands_beside_its_words(tmp_path: Path) -> None:
    row = row_of(tmp_path, html("<p>One"))

    assert texts(row) == ["One", "<p>One"]


@pytest.mark.parametrize(
    ("body", "said", "text"),
    [
        ("é".encode("latin-1"), "text/plain; charset=ISO-8859-1", "é"),
        ("“é”".encode("cp1252"), "text/plain; charset=latin1", "“é”"),
        ("\ufeffé".encode("utf-16"), "text/plain", "é"),
        ("日本".encode("shift_jis"), "text/plain; charset=Shift_JIS", "日本"),
        ("é".encode(), "text/plain", "é"),
    ],
)
def test_a_text_is_read_in_its_encoding_and_known_by_its_bytes_too(
    tmp_path: Path, body: bytes, said: str, text: str
) -> None:
    row = row_of(tmp_path, http(body, Content_Type=said))

    assert [each.lstrip("\ufeff") for each in texts(row)] == [text]
    assert not row.problems
    assert hashlib.sha256(body).digest() in {*dict(row.digests).values(), hashlib.sha256(row.parts[0].data).digest()}


def test_a_page_says_its_encoding_itself() -> None:
    page = "<meta charset=windows-1251>Мир".encode("cp1251")

    assert decode_text(page, "text/html", is_page=True) == ("<meta charset=windows-1251>Мир", "")
    assert decode_text(b"<meta charset=utf-16>A", "", is_page=True)[0].endswith("A")


@pytest.mark.parametrize("said", ["utf-16", "UTF-16LE", "utf_32", "cp037", "cp1140", "utf-16-be"])
def test_an_encoding_that_the_bytes_belie_hides_no_words(said):
    page = "<p>It is a truth, universally acknowledged: é</p>"

    assert decode_text(page.encode(), f"text/html; charset={said}") == (page, "")


def test_what_is_no_utf_8_is_read_as_it_says():
    assert decode_text("<p>Мир и лад</p>".encode("utf-16-le"), "text/plain; charset=utf-16le")[0] == "<p>Мир и лад</p>"
    assert decode_text("<p>日本語</p>".encode("shift_jis"), "text/plain; charset=shift_jis")[0] == "<p>日本語</p>"


def test_bytes_that_are_not_in_the_encoding_are_told(tmp_path: Path) -> None:
    row = row_of(tmp_path, http(b"caf\xe9", Content_Type="text/plain; charset=utf-8"))

    assert [(p.reason, "at byte 3" in p.why) for p in row.problems] == [("media.unreadable", True)]
    assert texts(row) == ["caf\ufffd"]


@pytest.mark.parametrize("name", ["/a.jpg", "/a.txt", "/"])
@pytest.mark.parametrize("said", ["image/png", "application/octet-stream", ""])
def test_a_picture_is_known_by_its_bytes(tmp_path: Path, name: str, said: str) -> None:
    row = row_of(tmp_path, http(picture(), **({"Content_Type": said} if said else {})), name=name)

    assert [part.kind for part in row.parts] == [PartKind.IMAGE]
    assert not row.problems


@pytest.mark.parametrize(
    ("body", "said", "kind", "told"),
    [
        (picture(), "text/html", PartKind.IMAGE, "holds a picture"),
        (picture(), "application/json", PartKind.IMAGE, "holds a picture"),
        (b"<!doctype html><p>Not found", "image/jpeg", PartKind.TEXT, "holds text"),
        (b"words", "video/mp4", PartKind.TEXT, "holds text"),
    ],
)
def test_a_content_type_that_lies_is_told_and_the_bytes_are_judged(
    tmp_path: Path, body: bytes, said: str, kind: PartKind, told: str
) -> None:
    row = row_of(tmp_path, http(body, Content_Type=said), name="/1.jpg")

    assert {part.kind for part in row.parts} == {kind}
    assert [(p.reason, said in p.why, told in p.why) for p in row.problems] == [("row.malformed", True, True)]


@pytest.mark.parametrize("said", ["image/svg+xml", "application/ld+json", "application/octet-stream", ""])
def test_what_is_text_under_another_name_is_no_lie(tmp_path: Path, said: str) -> None:
    row = row_of(tmp_path, http(b"<svg><title>One</title></svg>", **({"Content_Type": said} if said else {})))

    assert not row.problems


@pytest.mark.parametrize(
    ("pack", "coding"),
    [(gzip.compress, "gzip"), (zlib.compress, "deflate"), (zstandard.ZstdCompressor().compress, "zstd")],
)
def test_a_packed_body_is_unpacked_and_a_bomb_is_not(tmp_path: Path, pack, coding: str) -> None:
    good = row_of(tmp_path, http(pack(b"hello"), Content_Encoding=coding))
    bomb = row_of(tmp_path, http(pack(bytes(40 << 20)), Content_Encoding=coding))

    assert texts(good) == ["hello"]
    assert any("unpacks to more than" in problem.why for problem in bomb.problems)


def test_a_packing_that_is_not_read_is_told_once(tmp_path: Path) -> None:
    row = row_of(tmp_path, http(b"\x8b\x00\xff\xfe", Content_Type="text/html", Content_Encoding="br"))

    assert [problem.reason for problem in row.problems] == ["row.malformed", "signal.cut"]  # the body, and what it says
    assert "packed as br, which is not read" in row.problems[0].why


@pytest.mark.parametrize("cut", [1, 5])
def test_a_zstd_body_that_is_cut_says_so(tmp_path: Path, cut: int) -> None:
    body = zstandard.ZstdCompressor().compress(b"hello" * 1000)[:-cut]

    row = row_of(tmp_path, http(body, Content_Encoding="zstd"))

    assert any("packed and broken" in problem.why for problem in row.problems)


def test_frames_follow_one_another() -> None:
    frames = zstandard.ZstdCompressor().compress(b"one") + zstandard.ZstdCompressor().compress(b"two")

    assert b"".join(unpack([frames[:9], frames[9:]], ["zstd"])) == b"onetwo"


def test_a_member_that_is_a_bomb_is_one_broken_place_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(crawl([record(f"{SITE}/1", bytes(8 << 20)), record(f"{SITE}/2", html("<p>"))], packed=True))

    bomb, good = records(path)

    assert isinstance(bomb, Broken)
    assert "200 times" in bomb.why
    assert good.url == f"{SITE}/2"


@pytest.mark.parametrize("name", ["crawl.warc.wet.gz", "crawl.wet"])
def test_the_texts_of_a_wet_file_are_rows(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    head = record("", b"Software-Info: x\r\n", "warcinfo", Content_Type="application/warc-fields")
    body = record(f"{SITE}/1", PROSE.encode(), "conversion", Content_Type="text/plain")
    path.write_bytes(crawl([head, body], packed=name.endswith("gz")))
    (unit,), _ = plan_dataset(path)

    (row,) = read_unit(path, unit)

    assert (row.key, row.urls, texts(row), row.problems) == ("2", (f"{SITE}/1",), [PROSE], ())


def test_a_body_whose_type_is_text_and_bytes_are_none_stays_unclear(tmp_path: Path) -> None:
    row = row_of(tmp_path, http(b"\x00\x01\x02\xff", Content_Type="text/plain"))

    assert row.problems
