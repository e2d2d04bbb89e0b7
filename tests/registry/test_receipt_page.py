"""The page to print: hostile file names stay text, and it says what it does not do."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core import PRESETS, Stance, Use
from placet.registry.receipt_page import ReceiptPage, ReceiptWork, render_receipt


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [key for key, _ in attrs]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


def page(words: str = "Ana") -> ReceiptPage:
    return ReceiptPage(
        maker=words,
        key="3f" * 32,
        said=tuple((use, Stance.RESERVE) for use in PRESETS["ai"]),
        works=(
            ReceiptWork(file=words, id="ab" * 32, sha256="c0" * 32, entry=3),
            ReceiptWork(file="sky.jpg", id="cd" * 32, sha256="d1" * 32, entry=4, weak=True),
        ),
        origin=f"local.placet/{words}",
        entries=(2, 3, 4, 5, 9),
        size=12,
        root="9b" * 32,
        at=1_795_300_000,
        proof=f"{words}.tlog-proof",
    )


@given(st.text(min_size=1, max_size=60))
def test_no_name_ever_becomes_markup(words: str) -> None:
    plain = read(render_receipt(page()))

    reader = read(render_receipt(page(words)))

    assert reader.tags == plain.tags
    assert reader.attributes == plain.attributes


def test_a_name_that_hides_or_turns_its_letters_is_written_out() -> None:
    html = render_receipt(page("<script>x</script>\u202egpj.exe\x07"))

    assert "<script" not in html
    assert "\u202e" not in html
    assert "<script>x</script>\\u{202e}gpj.exe\\u{7}" in read(html).text


def test_nothing_runs_and_nothing_is_fetched() -> None:
    html = render_receipt(page())

    reader = read(html)

    assert "default-src 'none'" in html
    assert html.index("Content-Security-Policy") < html.index("<style")
    assert not {"script", "link", "img", "iframe", "a"} & set(reader.tags)
    assert not {"src", "href"} & set(reader.attributes)
    assert "url(" not in html


@pytest.mark.parametrize(
    ("said", "headline"),
    [
        (PRESETS["ai"], "Ana said no to AI use of 2 works."),
        ((Use.SEARCH,), "Ana said no to the uses below of 2 works."),
    ],
)
def test_the_first_line_says_who_said_what_about_how_much(said: tuple[Use, ...], headline: str) -> None:
    html = render_receipt(replace(page(), said=tuple((use, Stance.RESERVE) for use in said)))

    assert f"<h1>{headline}</h1>" in html


@pytest.mark.parametrize(
    ("stance", "word"), [(Stance.ALLOW, "yes"), (Stance.LICENSE, "licence first"), (Stance.RESERVE, "no")]
)
def test_every_stance_is_told_by_a_sign_and_a_word_beside_its_colour(stance: Stance, word: str) -> None:
    html = render_receipt(replace(page(), said=((Use.TRAIN, stance),)))

    assert re.search(rf'class="tag {stance.word}"><svg [^>]*><path [^>]*/></svg>{word}</span>', html)


def test_uses_that_nobody_spoke_about_are_listed_as_such_to_the_leaf() -> None:
    html = render_receipt(replace(page(), said=((Use.TRAIN_GENERATIVE, Stance.RESERVE),)))

    silent = re.findall(r"nothing said</span></td><td>[^<]*<code>([a-z.]+)</code>", html)

    assert silent == ["access", "search", "mine", "train.other", "input", "output", "dataset"]


def test_a_weakly_identifiable_work_is_told_so() -> None:
    html = render_receipt(page())

    assert html.count('class="weak"') == 1
    assert "an altered copy may not be found" in html
    strong = replace(page(), works=page().works[:1])
    assert "an altered copy may not be found" not in render_receipt(strong)


def test_it_says_what_it_does_not_do_and_how_anyone_can_check_it() -> None:
    text = read(render_receipt(page())).text

    assert "It does not stop a scraper by itself." in text
    assert "Copies already taken are out of its reach." in text
    assert "placet verify Ana.tlog-proof" in text
    assert "2–5, 9" in text


def test_without_a_name_the_key_speaks() -> None:
    assert "<h1>The holder of key 3f3f3f3f3f3f said no" in render_receipt(replace(page(), maker=None))


def test_the_same_values_make_the_same_bytes_in_each_language() -> None:
    assert render_receipt(page(), "fr") == render_receipt(page(), "fr")
    assert "Ana a refusé l&#x27;usage par l&#x27;IA de 2 œuvres." in render_receipt(page(), "fr")
    with pytest.raises(ValueError, match="no receipt in 'xx'"):
        render_receipt(page(), "xx")
