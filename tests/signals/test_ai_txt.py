"""ai.txt: the published vectors, and what its one rule cannot say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import ai_txt
from placet.signals.codec import Asked, Channel, Document
from tests.signals.reading import cases, read_case, spoken
from tests.signals.wishes import PAGE, say

CASES = cases("aitxt")


def file(text, where="https://maker.example/ai.txt"):
    return Document(where=where, body=text.encode(), channel=Channel.SITE, media_type="text/plain")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_vector_reads_as_published(case):
    assert read_case(ai_txt.CODEC, case) == (case["reading"], case["problems"])


def test_what_lost_is_named():
    said = ai_txt.read(file("User-Agent: *\nDisallow: /\nAllow: /pictures/\n")).declarations

    selected = ai_txt.select(said, Asked(url=PAGE))

    assert {(d.stance, d.subject) for d in selected.speaking} == {(Stance.ALLOW, Subject(Kind.URL, PAGE))}
    assert {d.stance for d in selected.lost} == {Stance.RESERVE}


def test_the_groups_of_another_site_speak_to_nobody_here():
    here = ai_txt.read(file("User-Agent: *\nDisallow: /\n")).declarations
    there = ai_txt.read(file("User-Agent: GPTBot\nAllow: /\n", "https://other.example/ai.txt")).declarations

    selected = ai_txt.select([*there, *here], Asked(url=PAGE, agent="GPTBot"))

    assert {d.stance for d in selected.speaking} == {Stance.RESERVE}


def test_an_address_that_is_none_is_told_nothing():
    said = ai_txt.read(file("User-Agent: *\nAllow: /\n")).declarations

    assert ai_txt.select(said, Asked(url="isbn:9783161484100")).speaking == ()


@pytest.mark.parametrize(
    "subject",
    [Subject(Kind.URL, PAGE), Subject(Kind.DOMAIN, "maker.example"), Subject(Kind.PATTERN, "https://maker.example/p*")],
    ids=str,
)
@pytest.mark.parametrize("stance", [Stance.RESERVE, Stance.ALLOW], ids=str)
def test_what_is_written_is_read_back_without_problems(subject, stance):
    (document,) = ai_txt.write([say(Use.ANY, stance)], subject).documents

    assert ai_txt.read(document).problems == ()
    assert spoken(ai_txt.CODEC, [document], PAGE)["train.other"] == stance.word


def test_a_finer_no_is_said_as_the_wider_one_and_told():
    wish = say(Use.TRAIN_GENERATIVE, Stance.RESERVE)

    written = ai_txt.write([wish], Subject(Kind.DOMAIN, "maker.example"))

    assert (written.overstated, written.unsaid) == ((wish,), ())
    assert spoken(ai_txt.CODEC, list(written.documents), PAGE)["dataset"] == "reserve"


@pytest.mark.parametrize("use", [Use.SEARCH, Use.MINE, Use.INPUT])
def test_what_it_has_no_word_for_is_unsaid(use):
    wish = say(use, Stance.RESERVE)

    written = ai_txt.write([wish], Subject(Kind.URL, PAGE))

    assert (written.documents, written.unsaid) == ((), (wish,))


def test_a_thing_without_address_gets_no_file():
    written = ai_txt.write([say(Use.TRAIN, Stance.RESERVE)], Subject(Kind.IDENTIFIER, "isbn:9783161484100"))

    assert written.documents == ()


@given(st.binary(max_size=200), st.sampled_from(["https://maker.example/ai.txt", "ai.txt", ""]))
def test_hostile_bytes_are_problems_or_one_error(body, where):
    document = Document(where=where, body=body, channel=Channel.SITE, about=PAGE)

    try:
        said = ai_txt.read(document).declarations
    except SignalError:
        return

    assert {d.stance for d in ai_txt.select(said, Asked(url=PAGE)).speaking} <= {Stance.RESERVE, Stance.ALLOW}
    if b"llow" not in body.lower():
        assert ai_txt.select(said, Asked(url=PAGE)).speaking == ()
