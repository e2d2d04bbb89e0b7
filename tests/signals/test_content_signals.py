"""Content Signals: the published vectors, and what three keys cannot say."""

from __future__ import annotations

import pytest

from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import content_signals
from placet.signals.codec import Asked, Channel, Document
from tests.signals.reading import cases, read_case
from tests.signals.wishes import PAGE, say

CASES = cases("content-signals")
SITE = Subject(Kind.DOMAIN, "maker.example")


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_vector_reads_as_published(case):
    assert read_case(content_signals.CODEC, case) == (case["reading"], case["problems"])


def written(*wishes, subject=SITE):
    return content_signals.write(wishes, subject)


def test_a_wish_for_each_key_is_one_line():
    wishes = [say(Use.SEARCH, Stance.ALLOW), say(Use.TRAIN, Stance.RESERVE)]

    (document,) = written(*wishes).documents

    assert document.body == b"User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /\n"


def test_a_pattern_is_said_with_its_path():
    wish = say(Use.TRAIN, Stance.RESERVE)

    (document,) = written(wish, subject=Subject(Kind.PATTERN, "https://maker.example/blog/")).documents

    assert b"Content-Signal: /blog/ ai-train=no\n" in document.body


def test_a_finer_no_is_left_unsaid_rather_than_widened():
    wish = say(Use.TRAIN_GENERATIVE, Stance.RESERVE)

    assert written(wish).documents == ()
    assert written(wish).unsaid == (wish,)


def test_excerpts_without_summaries_are_said_by_use():
    wishes = [say(use, Stance.ALLOW) for use in (Use.SEARCH, Use.INPUT_INDEX, Use.INPUT_RETRIEVE)]

    (document,) = written(*wishes, say(Use.OUTPUT_SUMMARY, Stance.RESERVE)).documents

    assert b"search=yes" in document.body
    assert b"no" not in document.body.partition(b"Allow")[0]


def test_what_lost_is_named():
    text = b"User-agent: *\nContent-Signal: ai-train=no\nContent-Signal: /pictures/ ai-train=yes\n"
    document = Document(where="https://maker.example/robots.txt", body=text, channel=Channel.ROBOTS)

    selected = content_signals.select(content_signals.read(document).declarations, Asked(url=PAGE))

    assert {(d.stance, d.source.place) for d in selected.speaking} == {(Stance.ALLOW, 3)}
    assert {(d.stance, d.source.place) for d in selected.lost} == {(Stance.RESERVE, 2)}


def test_a_page_is_no_place_for_it():
    with pytest.raises(SignalError):
        content_signals.read(Document(where=PAGE, body=b"", channel=Channel.PAGE))
