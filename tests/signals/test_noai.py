"""noai and noimageai: the published vectors, and that there is no word for a yes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.signals import noai
from placet.signals.codec import Asked, Channel, Document
from placet.signals.html_head import MOST
from tests.signals.reading import cases, read_case, spoken
from tests.signals.wishes import PAGE, say

CASES = cases("noai")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_vector_reads_as_published(case):
    assert read_case(noai.CODEC, case) == (case["reading"], case["problems"])


def test_a_crawler_is_spelled_as_its_operator_spells_it():
    document = Document(where=PAGE, body=b"X-Robots-Tag: gptbot: noai\r\n", channel=Channel.HEADER)

    assert {d.agent for d in noai.read(document).declarations} == {"GPTBot"}


def test_a_page_that_was_not_read_to_its_end_is_told():
    document = Document(where=PAGE, body=b" " * (MOST + 1), channel=Channel.PAGE, media_type="text/html")

    assert [problem.reason for problem in noai.read(document).problems] == ["signal.malformed"]


def test_header_and_page_add_up():
    header, page = noai.write([say(Use.TRAIN, Stance.RESERVE)], Subject(Kind.URL, PAGE)).documents

    heard = [d for document in (header, page) for d in noai.read(document).declarations]

    assert {d.source.channel for d in noai.select(heard, Asked(url=PAGE)).speaking} == {"header", "page"}


@pytest.mark.parametrize("place", [0, 1])
def test_what_is_written_is_read_back_without_problems(place):
    written = noai.write([say(Use.TRAIN, Stance.RESERVE), say(Use.DATASET, Stance.RESERVE)], Subject(Kind.URL, PAGE))

    assert (written.overstated, written.unsaid) == ((), ())
    assert noai.read(written.documents[place]).problems == ()
    assert set(spoken(noai.CODEC, [written.documents[place]], PAGE)) == {
        "train.generative",
        "train.generative.finetune",
        "train.other",
        "dataset",
    }


def test_a_finer_no_is_said_as_the_wider_one_and_told():
    wish = say(Use.TRAIN_GENERATIVE, Stance.LICENSE)

    written = noai.write([wish], Subject(Kind.URL, PAGE))

    assert (written.overstated, written.unsaid) == ((wish,), ())


@pytest.mark.parametrize(
    ("use", "stance", "subject"),
    [
        (Use.TRAIN, Stance.ALLOW, Subject(Kind.URL, PAGE)),
        (Use.SEARCH, Stance.RESERVE, Subject(Kind.URL, PAGE)),
        (Use.TRAIN, Stance.RESERVE, Subject(Kind.DOMAIN, "maker.example")),
        (Use.TRAIN, Stance.RESERVE, Subject(Kind.IDENTIFIER, "isbn:9783161484100")),
    ],
    ids=str,
)
def test_what_it_cannot_say_is_unsaid(use, stance, subject):
    wish = say(use, stance)

    written = noai.write([wish], subject)

    assert (written.documents, written.unsaid) == ((), (wish,))


@given(st.binary(max_size=200), st.sampled_from([Channel.HEADER, Channel.PAGE]), st.sampled_from(["", PAGE, "x"]))
def test_hostile_bytes_are_never_a_yes(body, channel, about):
    heard = noai.read(Document(where=PAGE, body=body, channel=channel, about=about))

    assert all(d.stance is Stance.RESERVE for d in heard.declarations)


@given(st.text(max_size=60), st.sampled_from(["noai", "NoAI", " noai ", "noindex,noai", "noai;noindex"]))
def test_whatever_another_line_says_the_refusal_of_this_one_stands(other, words):
    lines = "".join(f"X-Robots-Tag: {line}\r\n" for line in (other.replace("\r", "").replace("\n", ""), words))
    document = Document(where=PAGE, body=lines.encode("utf-8", "replace"), channel=Channel.HEADER)

    assert spoken(noai.CODEC, [document], PAGE)["train.other"] == "reserve"
