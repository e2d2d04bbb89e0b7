"""AIPREF: the published vectors, its labels by draft, and what they cannot say."""

from __future__ import annotations

import pytest

from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import aipref
from placet.signals.codec import Asked, Channel, Document
from placet.signals.codecs import CODECS
from tests.signals.reading import cases, read_case, spoken
from tests.signals.wishes import PAGE, say

CASES = cases("aipref")
SITE = Subject(Kind.DOMAIN, "maker.example")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_vector_reads_as_published(case):
    codec = CODECS[case.get("standard", "aipref")]

    assert read_case(codec, case) == (case["reading"], case["problems"])


@pytest.mark.parametrize(
    ("draft", "labels"),
    [
        (1, {"tdm", "ai", "genai", "search", "inference"}),
        (2, {"all", "train-ai", "train-genai", "ai-use", "search"}),
        (3, {"bots", "train-ai", "train-genai", "search"}),
        (4, {"bots", "train-ai", "ai-output", "search"}),
        (5, {"train-ai", "search"}),
        (7, {"train-ai", "search"}),
        (8, {"train-ai", "ai-use", "search"}),
    ],
)
def test_each_draft_has_its_labels(draft, labels):
    assert aipref.labels_of(draft).keys() == labels


def test_a_page_is_said_in_a_header_and_a_site_in_robots_txt():
    wish = say(Use.TRAIN_GENERATIVE, Stance.RESERVE)

    (header,) = aipref.CODEC.write([wish], Subject(Kind.URL, PAGE)).documents
    (robots,) = aipref.CODEC.write([wish], SITE).documents

    assert (header.channel, header.body) == (Channel.HEADER, b"Content-Usage: train-ai=n\r\n")
    assert robots.body == b"User-agent: *\nAllow: /\nContent-Usage: train-ai=n\n"


def test_what_it_has_no_label_for_is_unsaid():
    wish = say(Use.TRAIN_OTHER, Stance.RESERVE)

    written = aipref.CODEC.write([wish], SITE)

    assert written.documents == ()
    assert written.unsaid == (wish,)


def test_a_price_is_said_as_a_no_and_told():
    wish = say(Use.SEARCH, Stance.LICENSE)

    written = aipref.CODEC.write([wish], SITE)

    assert written.overstated == (wish,)
    assert spoken(aipref.CODEC, list(written.documents), PAGE)["search"] == "reserve"


def test_withdrawn_words_are_never_written():
    wish = say(Use.ANY, Stance.RESERVE)

    assert aipref.LEGACY.write([wish], SITE).unsaid == (wish,)


def test_the_statement_that_gave_way_is_named():
    text = b"User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /pictures/ train-ai=y\n"
    document = Document(where="https://maker.example/robots.txt", body=text, channel=Channel.ROBOTS)

    selected = aipref.CODEC.select(aipref.CODEC.read(document).declarations, Asked(url=PAGE))

    assert [(d.stance, d.source.place) for d in selected.speaking] == [(Stance.ALLOW, 3)]
    assert [(d.stance, d.source.place) for d in selected.lost] == [(Stance.RESERVE, 2)]


def test_a_page_is_no_place_for_it():
    with pytest.raises(SignalError):
        aipref.CODEC.read(Document(where=PAGE, body=b"", channel=Channel.PAGE))
