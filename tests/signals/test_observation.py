"""What was asked and answered, as values: kept, read again, and heard."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.core.canonical import encode as to_json
from placet.errors import BadRecord
from placet.signals.codec import Channel
from placet.signals.observation import (
    MOST_BODY,
    Exchange,
    Observation,
    addresses,
    documents,
    encode,
    licences,
    parse,
    redirect_of,
)

SITE = "https://maker.example"
PAGE = f"{SITE}/pictures/1.html"
NOW = 1_750_000_000
TEXT = (("Content-Type", "text/plain"),)
HTML = (("Content-Type", "text/html; charset=utf-8"),)


def answered(url: str, body: bytes = b"", headers: tuple[tuple[str, str], ...] = TEXT, status: int = 200) -> Exchange:
    return Exchange(url=url, at=NOW, status=status, headers=headers, body=body)


def sent_on(url: str, to: str, status: int = 301) -> Exchange:
    return answered(url, b"", (("Location", to),), status)


def seen(*exchanges: Exchange, about: str = PAGE) -> Observation:
    return Observation(about=about, exchanges=exchanges, agent="PlacetBot")


exchanges = st.builds(
    Exchange,
    url=st.sampled_from([f"{SITE}/robots.txt", PAGE, f"{SITE}/ai.txt", f"{SITE}/.well-known/tdmrep.json"]),
    at=st.integers(0, 2**40),
    status=st.sampled_from([200, 301, 404, 429, 503]),
    headers=st.lists(
        st.tuples(st.sampled_from(["location", "Link", "tdm-reservation"]), st.text("ab:/1\n", max_size=9))
    ).map(lambda fields: tuple(fields[:4])),
    body=st.binary(max_size=64),
    error=st.sampled_from(["", "stopped"]),
)


@given(st.lists(exchanges, unique_by=lambda each: each.url))
@settings(max_examples=60)
def test_what_is_kept_is_read_back_in_whatever_order_it_was_asked(asked: list[Exchange]) -> None:
    observation = seen(*asked)

    again = parse(encode(observation))

    assert sorted(again.exchanges, key=lambda e: e.url) == sorted(asked, key=lambda e: e.url)
    assert encode(again) == encode(seen(*reversed(asked)))


@given(st.lists(exchanges, unique_by=lambda each: each.url), st.randoms())
@settings(max_examples=60)
def test_hostile_answers_give_documents_and_problems_and_nothing_else(asked: list[Exchange], random) -> None:
    told = documents(seen(*asked))
    random.shuffle(asked)

    assert documents(seen(*asked)) == told


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"v": 2, "about": PAGE, "agent": "", "exchanges": []},
        {"v": 1, "about": PAGE, "agent": "", "exchanges": {}},
        {"v": 1, "about": 1, "agent": "", "exchanges": []},
        {"v": 1, "about": PAGE, "agent": "", "exchanges": [{}]},
        {
            "v": 1,
            "about": PAGE,
            "agent": "",
            "exchanges": [{"url": PAGE, "at": 1, "status": 200, "headers": [["a"]], "body": "", "error": ""}],
        },
        {
            "v": 1,
            "about": PAGE,
            "agent": "",
            "exchanges": [{"url": PAGE, "at": 1, "status": 200, "headers": [], "body": "AB", "error": ""}],
        },
        {
            "v": 1,
            "about": PAGE,
            "agent": "",
            "exchanges": [{"url": PAGE, "at": 1, "status": 200, "headers": [], "body": "zz", "error": ""}],
        },
        {
            "v": 1,
            "about": PAGE,
            "agent": "",
            "exchanges": [{"url": PAGE, "at": 1, "status": 0, "headers": [], "body": "", "error": ""}],
        },
        {
            "v": 1,
            "about": PAGE,
            "agent": "",
            "exchanges": [{"url": PAGE, "at": -1, "status": 200, "headers": [], "body": "", "error": ""}],
        },
    ],
)
def test_bytes_that_are_no_observation_are_refused(value) -> None:
    with pytest.raises(BadRecord):
        parse(to_json(value))


def test_an_address_is_asked_once() -> None:
    with pytest.raises(BadRecord, match="twice"):
        encode(seen(answered(PAGE), answered(PAGE, b"other")))


def test_a_body_beyond_the_bound_is_not_kept() -> None:
    with pytest.raises(BadRecord, match="longer"):
        encode(seen(answered(PAGE, bytes(MOST_BODY + 1))))


def test_each_answer_comes_by_its_own_way() -> None:
    told = documents(
        seen(
            answered(f"{SITE}/robots.txt", b"User-agent: *\nDisallow: /\n"),
            answered(f"{SITE}/.well-known/tdmrep.json", b"[]", (("Content-Type", "application/json"),)),
            answered(f"{SITE}/ai.txt", b"User-Agent: *\nDisallow: *.jpg\n"),
            answered(PAGE, b"<title>One</title>", HTML),
        )
    )

    assert [(d.channel, d.where) for d in told.documents] == [
        (Channel.ROBOTS, f"{SITE}/robots.txt"),
        (Channel.SITE, f"{SITE}/.well-known/tdmrep.json"),
        (Channel.SITE, f"{SITE}/ai.txt"),
        (Channel.HEADER, PAGE),
        (Channel.PAGE, PAGE),
    ]
    assert all(d.heard_at == NOW for d in told.documents)
    assert told.heard.problems == ()


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_not_there_says_nothing(status: int) -> None:
    names = ("/robots.txt", "/.well-known/tdmrep.json", "/ai.txt")

    told = documents(seen(*(answered(SITE + name, status=status) for name in names)))

    assert told.documents == ()
    assert told.heard.declarations == told.heard.problems == ()


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500, 503, None])
@pytest.mark.parametrize("name", ["/.well-known/tdmrep.json", "/ai.txt"])
def test_a_file_that_is_not_shown_is_a_problem(status: int | None, name: str) -> None:
    asked = Exchange(url=SITE + name, at=NOW, status=status, error="" if status else "timed out")

    told = documents(seen(asked))

    assert [p.reason for p in told.heard.problems] == ["signal.unreachable"]


@pytest.mark.parametrize("status", [429, 500, 503, None])
def test_without_an_answer_robots_txt_refuses_the_fetch(status: int | None) -> None:
    asked = Exchange(url=f"{SITE}/robots.txt", at=NOW, status=status, error="" if status else "timed out")

    told = documents(seen(asked))

    assert [(d.use, d.stance.word, d.source.heard_at) for d in told.heard.declarations] == [("access", "reserve", NOW)]
    assert len(told.heard.problems) == 1


def test_a_redirected_robots_txt_counts_for_the_site_that_was_asked() -> None:
    elsewhere = "https://cdn.example/robots.txt"

    told = documents(seen(sent_on(f"{SITE}/robots.txt", elsewhere), answered(elsewhere, b"User-agent: *\nDisallow: /")))

    assert [(d.where, d.body) for d in told.documents] == [(f"{SITE}/robots.txt", b"User-agent: *\nDisallow: /")]


@pytest.mark.parametrize("hops", [2, 6, 9])
def test_redirects_without_end_are_an_unreachable_file(hops: int) -> None:
    urls = [f"{SITE}/robots.txt", *(f"{SITE}/{n}" for n in range(1, hops))]
    loop = [sent_on(url, urls[(n + 1) % hops]) for n, url in enumerate(urls)]

    told = documents(seen(*loop))

    assert [d.stance.word for d in told.heard.declarations] == ["reserve"]
    assert "redirects without end" in told.heard.problems[0].why


def test_a_redirect_that_was_not_followed_is_a_problem() -> None:
    told = documents(seen(sent_on(PAGE, "http://169.254.169.254/latest")))

    assert [p.reason for p in told.heard.problems] == ["signal.unreachable"]
    assert "was not asked" in told.heard.problems[0].why


def test_every_site_on_the_way_is_heard() -> None:
    there = "https://cdn.example/1.jpg"

    observation = seen(
        sent_on(PAGE, there),
        answered(there, headers=(("tdm-reservation", "1"),)),
        answered("https://cdn.example/robots.txt", b"User-agent: *\nDisallow: /1.jpg"),
    )

    assert addresses(observation) == (PAGE, there)
    assert {d.where for d in documents(observation).documents} == {PAGE, there, "https://cdn.example/robots.txt"}


def test_a_licence_speaks_through_what_points_to_it() -> None:
    licence = "http://licences.example/1.xml"
    robots = answered(f"{SITE}/robots.txt", f"License: {licence}\nUser-agent: *\nAllow: /".encode())

    unasked, asked = seen(robots), seen(robots, answered(licence, b"<rsl/>", TEXT))

    assert licences(unasked) == (licence,)
    (read,) = [d for d in documents(asked).documents if d.where.endswith("1.xml")]
    assert (read.channel, read.about, read.media_type) == (Channel.SITE, robots.url, "application/rsl+xml")


def test_a_licence_that_cannot_be_had_is_a_problem() -> None:
    licence = "https://licences.example/1.xml"
    page = answered(PAGE, f'<link rel="license" type="application/rsl+xml" href="{licence}">'.encode(), HTML)

    told = documents(seen(page, Exchange(url=licence, at=NOW, status=404)))

    assert [(p.reason, p.where) for p in told.heard.problems] == [("signal.unreachable", licence)]


def test_a_page_that_answers_an_error_is_no_page() -> None:
    told = documents(seen(answered(PAGE, b"<title>Gone</title>", HTML, 404)))

    assert [d.channel for d in told.documents] == [Channel.HEADER]
    assert [p.reason for p in told.heard.problems] == ["signal.unreachable"]


def test_what_was_cut_is_heard_and_told() -> None:
    cut = replace(answered(PAGE, b"<title>", HTML), error="stopped after 7 bytes")

    told = documents(seen(cut))

    assert Channel.PAGE in [d.channel for d in told.documents]
    assert [p.reason for p in told.heard.problems] == ["signal.cut"]


def test_a_header_cannot_say_two_lines() -> None:
    told = documents(seen(answered(PAGE, headers=(("X", "a\r\ntdm-reservation: 0"),))))

    assert told.documents[0].body.count(b"\n") == 1


@pytest.mark.parametrize(
    ("location", "to"),
    [
        ("/other", f"{SITE}/other"),
        ("2.html#part", f"{SITE}/pictures/2.html"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("http://[", None),
        ("", None),
    ],
)
def test_where_a_redirect_leads(location: str, to: str | None) -> None:
    assert redirect_of(sent_on(PAGE, location)) == to
