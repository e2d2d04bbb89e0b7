"""What a page says in its `meta`, `link` and `script` elements, whatever the page holds."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.signals.html_head import MOST, is_cut, links, looks_like_html, meta, scripts

pieces = st.sampled_from(
    [
        "<",
        ">",
        "/",
        "!",
        "--",
        "<!--",
        "-->",
        "--!>",
        "<meta",
        "<link",
        "<script",
        "</script",
        "<title>",
        "name=robots",
        "content=",
        "'",
        '"',
        "noai",
        "=",
        "&amp;",
        "&#0;",
        "\x00",
        "]]>",
        "<![CDATA[",
        "<?",
        "é",
        "x",
    ]
)


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<meta name="robots" content="noai">', [("robots", "noai", 1)]),
        ("<META\nNAME = Robots\nCONTENT = noai >", [("robots", "noai", 1)]),
        ("<meta name='a' content='b' name='c'/>", [("a", "b", 1)]),
        ("<meta name=a content=x&amp;y>", [("a", "x&y", 1)]),
        ("\n\n<meta name=a>", [("a", "", 3)]),
        ("<meta content=b>", []),
        ("<!-- <meta name=a content=b> -->", []),
        ("<!--><meta name=a content=b>-->", [("a", "b", 1)]),
        ("<!-- --!><meta name=a content=b>", [("a", "b", 1)]),
        ("<title><meta name=a content=b></title>", []),
        ("<textarea><meta name=a content=b>", []),
        ("<noscript><meta name=a content=b></noscript>", [("a", "b", 1)]),
        ("<body><p><meta name=a content=b>", [("a", "b", 1)]),
        ("<metadata name=a content=b>", []),
        ("<meta name=a content='b", []),
        ("<meta name=a content=b", []),
        ("< meta name=a content=b>", []),
        ("</meta name=a content=b>", []),
        ("a < b <meta name=a content=b>", [("a", "b", 1)]),
    ],
)
def test_meta_elements_are_found_as_a_browser_finds_them(page, found):
    assert meta(page.encode()) == found


def test_links_have_relations_type_and_address():
    page = b'<link rel="License ALTERNATE" type=" Application/RSL+xml " href=" https://maker.example/l.xml ">'

    assert links(page) == [
        (frozenset({"license", "alternate"}), "application/rsl+xml", "https://maker.example/l.xml", 1)
    ]


def test_scripts_are_found_by_their_type_and_end_where_they_end():
    page = b'<script type="a/b"><x>"</p>"</x></script >\n<script>no</script><script type=A/B>second'

    assert scripts(page, "a/b") == [('<x>"</p>"</x>', 1), ("second", 2)]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ("\ufeff<meta name=é>".encode(), ""),
        ("\ufeff<meta name=é>".encode("utf-16"), "text/html; charset=utf-8"),
        ("<meta name=é>".encode("latin-1"), 'text/html; charset="ISO-8859-1"'),
        ("<meta name=é>".encode(), "text/html; charset=nonsense"),
        ("<meta name=é>".encode(), "text/html; charset=iso-8859-99"),
        ("<meta name=é>".encode(), "text/html; charset=unicode_escape"),
    ],
    ids=str,
)
def test_a_page_is_read_in_its_own_encoding(body, media_type):
    assert [name for name, _, _ in meta(body, media_type)] == ["é"]


@given(
    st.lists(pieces, max_size=40).flatmap(
        lambda found: st.sampled_from(["", " ", "\n"]).map(lambda gap: gap.join(found))
    )
)
def test_nothing_in_a_page_is_an_error(page):
    body = page.encode()

    assert all(line >= 1 for _, _, line in meta(body))
    assert isinstance(links(body) + scripts(body, ""), list)


@pytest.mark.parametrize(
    "unit",
    [
        b"<",
        b"<!--",
        b"<a ",
        b"<a b='",
        b"<script>",
        b"<meta name=",
        b"</",
        b"<a/",
        b"a=",
        b"<title ",
        b"&",
        b"<!-- -->",
    ],
    ids=repr,
)
def test_a_hostile_page_is_read_once(unit):
    body = unit * (300_000 // len(unit))
    began = time.perf_counter()

    meta(body), links(body), scripts(body, "x/y")

    assert time.perf_counter() - began < 5


def test_an_encoding_that_takes_forever_is_not_used():
    began = time.perf_counter()

    meta(b"a-" + b"b9" * 200_000, "text/html; charset=punycode")

    assert time.perf_counter() - began < 5


def test_a_long_page_is_cut_and_says_so():
    page = b" " * MOST + b"<meta name=a content=b>"

    assert (meta(page), is_cut(page), is_cut(page[:MOST])) == ([], True, False)


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE html>", b"\xef\xbb\xbf \n<HTML>", b"<?xml version='1.0'?>", b"<!-- x -->"]
)
def test_what_begins_as_a_page_looks_like_one(body):
    assert looks_like_html(body)


@pytest.mark.parametrize("body", [b"", b"User-agent: *", b"# <html>", b"[]", b"<3 robots"])
def test_what_does_not_does_not(body):
    assert not looks_like_html(body)


def test_a_number_with_thousands_of_digits_is_no_character_and_no_error():
    page = b"<meta name=robots content='noai &#" + b"9" * 5000 + b";'>"

    ((name, content, _),) = meta(page)

    assert (name, content.strip("\ufffd")) == ("robots", "noai ")
