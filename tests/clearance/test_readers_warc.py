"""WARC crawls: every answer a row, heard as of its own day, and what is broken named with its place."""

from __future__ import annotations

import base64
import gzip
import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.clearance.emit import emit_dataset
from placet.clearance.readers import plan_dataset, read_unit, warc
from placet.clearance.readers.warc_records import Broken, Record, records
from placet.core.decision import Outcome
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.signals.codec import Asked, Channel
from placet.signals.observation import Observation, addresses
from placet.signals.resolve import answer, listen
from tests.gallery.crawls import DAY, html, http, record
from tests.gallery.crawls import warc as crawl

SITE = "https://maker.example"
AT = 1_714_564_800  # 2024-05-01T12:00:00Z
PLAIN_PACKED = pytest.mark.parametrize("packed", [False, True])


def a_file(folder: Path, data: bytes) -> Path:
    path = folder / "crawl.warc"
    path.write_bytes(data)
    return path


def rows_of(path: Path):
    units, _ = plan_dataset(path)
    return [row for unit in units for row in read_unit(path, unit)]


def outcome(observation: Observation, use: Use = Use.TRAIN_GENERATIVE, agent: str | None = None) -> Outcome:
    asked = Asked(url=observation.about, agent=agent)
    also = addresses(observation)[1:]
    return answer(listen(observation), asked, use, AT, PROFILES["eu-art4"], also=also).gate.outcome


def whole() -> list[bytes]:
    return [
        record("", b"software: test\r\n", "warcinfo"),
        record(f"{SITE}/robots.txt", http(b"User-agent: CCBot\nDisallow: /private/\n", Content_Type="text/plain")),
        record(f"{SITE}/1.html", b"GET /1.html HTTP/1.1\r\n\r\n", "request"),
        record(f"{SITE}/1.html", html("<title>One</title>", tdm_reservation="1")),
        record(f"{SITE}/1.jpg", http(b"\xff\xd8\xff\xe0picture", Content_Type="image/jpeg")),
    ]


@PLAIN_PACKED
def test_every_answer_is_a_row_with_its_headers_and_its_day(tmp_path: Path, packed: bool) -> None:
    rows = rows_of(a_file(tmp_path, crawl(whole(), packed)))

    assert [row.key for row in rows] == ["2", "4", "5"]
    assert [row.urls for row in rows] == [(f"{SITE}{path}",) for path in ("/robots.txt", "/1.html", "/1.jpg")]
    assert [bytes(part.data) for row in rows[1:] for part in row.parts] == [
        b"One",
        b"<title>One</title>",
        b"\xff\xd8\xff\xe0picture",
    ]
    assert [(d.channel, d.heard_at) for d in rows[1].documents] == [(Channel.HEADER, AT), (Channel.PAGE, AT)]
    assert not any(row.problems for row in rows)


@PLAIN_PACKED
def test_what_a_site_said_is_heard_as_of_the_day_of_the_crawl(tmp_path: Path, packed: bool) -> None:
    path = a_file(tmp_path, crawl(whole(), packed))

    site, page, picture = warc.observations(path)

    assert [each.about for each in (site, page, picture)] == [f"{SITE}/", f"{SITE}/1.html", f"{SITE}/1.jpg"]
    assert outcome(page) is Outcome.RESERVED
    assert outcome(picture) is Outcome.CLEARED
    assert {each.at for each in site.exchanges} == {AT}
    assert len(list(warc.observations(path, pages=False))) == 1


def test_a_member_that_holds_all_records_is_read(tmp_path: Path) -> None:
    assert len(rows_of(a_file(tmp_path, gzip.compress(b"".join(whole()))))) == 3


def test_a_site_that_was_asked_twice_was_observed_twice(tmp_path: Path) -> None:
    later = "2024-06-01T00:00:00Z"
    path = a_file(
        tmp_path,
        crawl(
            [
                record(f"{SITE}/robots.txt", http(b"User-agent: *\nDisallow: /\n"), day=later),
                record(f"{SITE}/robots.txt", http(b"User-agent: *\nAllow: /\n")),
                record(f"{SITE}/ai.txt", http(status="404 Not Found")),
            ]
        ),
    )

    first, second = warc.observations(path)

    assert [len(each.exchanges) for each in (first, second)] == [2, 2]
    assert [outcome(each, Use.ACCESS) for each in (first, second)] == [Outcome.SILENT, Outcome.RESERVED]


def test_a_robots_txt_that_stayed_the_same_is_one_observation(tmp_path: Path) -> None:
    closed = http(b"User-agent: *\nDisallow: /\n", Content_Type="text/plain")
    path = a_file(
        tmp_path,
        crawl(
            [
                record(f"{SITE}/robots.txt", closed),
                record(f"{SITE}/robots.txt", http(Date="later"), "revisit", day="2024-05-02T00:00:00Z"),
                record(f"{SITE}/robots.txt", closed, day="2024-05-03T00:00:00Z"),
            ]
        ),
    )

    (site,) = warc.observations(path)

    assert outcome(site, Use.ACCESS) is Outcome.RESERVED
    assert site.exchanges[0].at == AT


def test_beyond_what_is_kept_of_a_crawl_nothing_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warc, "_MOST_KEPT", 30)
    sites = [f"https://{name}.example" for name in ("a", "b")]
    path = a_file(tmp_path, crawl([record(f"{s}/robots.txt", http(b"User-agent: *\nAllow: /\n")) for s in sites]))

    first, second = warc.observations(path)

    assert outcome(first, Use.ACCESS) is Outcome.SILENT
    assert outcome(second, Use.ACCESS) is Outcome.RESERVED


def test_a_redirected_robots_txt_is_followed_inside_the_crawl(tmp_path: Path) -> None:
    path = a_file(
        tmp_path,
        crawl(
            [
                record(f"{SITE}/robots.txt", http(status="301 Moved", Location="https://cdn.example/robots.txt")),
                record("https://cdn.example/robots.txt", http(b"User-agent: *\nDisallow: /\n")),
            ]
        ),
    )

    by_site = {each.about: outcome(each, Use.ACCESS) for each in warc.observations(path)}

    assert by_site == {f"{SITE}/": Outcome.RESERVED, "https://cdn.example/": Outcome.RESERVED}


def test_a_licence_in_the_crawl_is_heard_and_one_that_is_not_stays_a_refusal(tmp_path: Path) -> None:
    kind = "application/rsl+xml"
    licence = (
        '<rsl xmlns="https://rslstandard.org/rsl"><content url="/"><license>'
        '<permits type="usage">all</permits></license></content></rsl>'
    )
    pages = [
        record(f"{SITE}/{n}.html", html("<p>", Link=f'<{SITE}/{n}.xml>; rel="license"; type="{kind}"')) for n in (1, 2)
    ]
    path = a_file(tmp_path, crawl([*pages, record(f"{SITE}/1.xml", http(licence.encode(), Content_Type=kind))]))

    by_page = {each.about.rpartition("/")[2]: outcome(each) for each in warc.observations(path)}

    assert by_page["1.html"] is Outcome.CLEARED
    assert by_page["2.html"] is Outcome.RESERVED


@PLAIN_PACKED
@pytest.mark.parametrize("status", ["429 Too Many", "503 Unavailable"])
def test_a_robots_txt_that_failed_then_is_never_a_yes(tmp_path: Path, status: str, packed: bool) -> None:
    path = a_file(tmp_path, crawl([record(f"{SITE}/robots.txt", http(b"User-agent: *\nAllow: /", status))], packed))

    (site,) = warc.observations(path)

    assert outcome(site) is Outcome.RESERVED


@pytest.mark.parametrize(
    ("block", "body"),
    [
        (http(b"5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n", Transfer_Encoding="chunked"), b"hello!"),
        (http(b"hello", Transfer_Encoding="chunked"), b"hello"),
        (http(gzip.compress(b"hello", mtime=0), Content_Encoding="gzip"), b"hello"),
        (http(b"hello", Content_Encoding="gzip"), b"hello"),
        (http(b"hello", Content_Encoding="br"), b"hello"),
        (b"HTTP/1.0 200\nContent-Type: text/plain\n\nhello", b"hello"),
    ],
)
def test_a_body_is_what_was_meant_however_it_was_stored(tmp_path: Path, block: bytes, body: bytes) -> None:
    (row,) = rows_of(a_file(tmp_path, record(f"{SITE}/1.txt", block)))

    assert [bytes(part.data) for part in row.parts] == [body]


BAD_ANSWERS = {
    "packed": http(b"\x8b\x00\xff\xfe", Content_Encoding="br"),
    "broken": http(gzip.compress(b"hello" * 100, mtime=0)[:-9], Content_Encoding="gzip"),
    "chunk": http(b"5\r\nhel", Transfer_Encoding="chunked"),
    "do not end": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n",
    "no HTTP answer": b"\x00\x01",
    "as it was answered": b"HTTP/1.1 ??? OK\r\n\r\nhello",
    "answered 404": http(b"gone", "404 Not Found"),
    "is empty": http(b"", Content_Type="image/png"),
}


@PLAIN_PACKED
@pytest.mark.parametrize("why", BAD_ANSWERS)
def test_an_answer_that_is_none_is_a_row_with_a_problem(tmp_path: Path, why: str, packed: bool) -> None:
    bad, good = rows_of(
        a_file(tmp_path, crawl([record(f"{SITE}/1", BAD_ANSWERS[why]), record(f"{SITE}/2", html("<p>"))], packed))
    )

    assert any(why in problem.why for problem in bad.problems)
    assert not good.problems


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"WARC_Truncated": "length"}, "cut when it was taken"),
        ({"WARC_Segment_Number": "1"}, "only a part"),
        ({"WARC_Block_Digest": "sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, "damaged"),
        ({"WARC_Date": "yesterday"}, "when it was taken"),
        ({"WARC_Target_URI": "dns:maker.example"}, "no web address"),
    ],
)
def test_a_record_that_says_it_is_not_whole_is_believed(tmp_path: Path, fields: dict[str, str], why: str) -> None:
    (row,) = rows_of(a_file(tmp_path, record(f"{SITE}/1.html", html("<p>"), **fields)))

    assert any(why in problem.why for problem in row.problems)


@pytest.mark.parametrize("spell", [lambda d: "sha1:" + base64.b32encode(d).decode(), lambda d: f"sha1:{d.hex()}"])
def test_a_digest_that_holds_is_no_problem(tmp_path: Path, spell) -> None:
    block = html("<p>")
    digest = hashlib.sha1(block, usedforsecurity=False).digest()

    (row,) = rows_of(a_file(tmp_path, record(f"{SITE}/1.html", block, WARC_Block_Digest=spell(digest))))

    assert not row.problems


@PLAIN_PACKED
def test_a_revisit_speaks_in_its_headers_and_has_no_body(tmp_path: Path, packed: bool) -> None:
    (row,) = rows_of(
        a_file(tmp_path, crawl([record(f"{SITE}/1.html", html("", tdm_reservation="1"), "revisit")], packed))
    )

    assert row.problems
    assert [d.channel for d in row.documents] == [Channel.HEADER, Channel.PAGE]


@pytest.mark.parametrize(
    "damage", [b"WARC/1.1\r\nno length\r\n\r\n", b"rubbish\r\n" * 3, b"\r\n\x00\x00\r\n", b"a" * 300_000]
)
def test_what_is_no_record_is_named_with_its_place_and_the_rest_goes_on(tmp_path: Path, damage: bytes) -> None:
    first, *_, last = whole()
    path = a_file(tmp_path, first + damage + b"\r\n\r\n" + last)

    found = list(records(path))

    assert [type(each) for each in found] == [Record, Broken, Record]
    assert found[1].offset in (len(first), len(first) + 2)


@pytest.mark.parametrize("flip", [12, 60, -6])
def test_a_member_with_one_flipped_byte_is_named_and_the_rest_goes_on(tmp_path: Path, flip: int) -> None:
    members = [gzip.compress(each, mtime=0) for each in whole()]
    broken = bytearray(members[3])
    broken[flip] ^= 0xFF
    path = a_file(tmp_path, b"".join([*members[:3], bytes(broken), *members[4:]]))

    rows = rows_of(path)

    at = sum(map(len, members[:3]))
    assert rows[-1].urls == (f"{SITE}/1.jpg",)
    assert [row.key for row in rows if row.key.startswith("@")] == [f"@{at}"]
    assert f"byte {at:,}" in next(row for row in rows if row.key == f"@{at}").problems[0].why


@PLAIN_PACKED
@given(cut=st.integers(0, 1200))
@settings(max_examples=30)
def test_a_crawl_that_is_cut_off_says_so(tmp_path_factory, packed: bool, cut: int) -> None:
    data = crawl(whole(), packed)
    path = a_file(tmp_path_factory.mktemp("cut"), data[: len(data) - 5 - cut % (len(data) - 5)])

    rows = rows_of(path)

    assert rows[-1].problems or len(rows) < 3


@given(st.binary(max_size=400), st.binary(max_size=200), st.booleans())
@settings(max_examples=40)
def test_hostile_bytes_give_rows_with_problems_and_nothing_else(
    tmp_path_factory, before: bytes, block: bytes, packed
) -> None:
    data = crawl([before, record(f"{SITE}/1", b"HTTP/1.1 200 OK\r\n" + block), before], packed)
    path = a_file(tmp_path_factory.mktemp("hostile"), data)

    rows = rows_of(path)
    told = list(warc.observations(path))

    assert all(row.problems or row.parts for row in rows)
    assert all(isinstance(each, Observation) for each in told)


def test_a_bomb_in_a_bomb_is_bounded(tmp_path: Path) -> None:
    bomb = http(gzip.compress(bytes(80 << 20), mtime=0), Content_Encoding="gzip", Content_Type="image/png")

    (row,) = rows_of(a_file(tmp_path, gzip.compress(record(f"{SITE}/1.png", bomb), mtime=0)))

    assert any("unpacks to more than" in problem.why for problem in row.problems)


def test_a_record_beyond_the_bound_is_cut_and_the_next_is_read(tmp_path: Path) -> None:
    path = a_file(tmp_path, crawl([record(f"{SITE}/1", http(bytes(5000))), record(f"{SITE}/2", html("<p>"))], True))

    big, small = records(path, most=1000)

    assert isinstance(big, Record)
    assert isinstance(small, Record)
    assert (len(big.block), "longer" in big.fault, small.fault) == (1000, True, "")


@PLAIN_PACKED
def test_the_rows_that_are_kept_are_given_out_byte_for_byte(tmp_path: Path, packed: bool) -> None:
    path = a_file(tmp_path, crawl(whole(), packed))
    (unit,), _ = plan_dataset(path)

    emit_dataset(path, unit, frozenset({"2", "5"}), tmp_path / "out")

    given = (tmp_path / "out" / path.name).read_bytes()
    assert (gzip.decompress(given) if packed else given) == whole()[1] + whole()[4]
    assert [row.key for row in rows_of(tmp_path / "out" / path.name)] == ["1", "2"]


@pytest.mark.parametrize("name", ["a.warc", "a.WARC.GZ", "a.warc.wet.gz"])
def test_its_names_are_known(name: str) -> None:
    assert name.lower().endswith(warc.SUFFIXES)


def test_the_day_is_read(tmp_path: Path) -> None:
    (found,) = records(a_file(tmp_path, record(f"{SITE}/1", http(b"x"))))

    assert isinstance(found, Record)
    assert (found.at, found.fields["warc-date"]) == (AT, DAY)
