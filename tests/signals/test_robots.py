"""robots.txt: the published vectors, the two questions about it, what a writer can say, and hostile files."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.core import PROFILES
from placet.core.decide import decide
from placet.core.decision import Outcome, Question
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import aipref, content_signals, robots
from placet.signals.agents import agents
from placet.signals.codec import Asked, Channel, Document
from placet.signals.robots_column import access_column
from placet.signals.robots_file import parse
from tests.signals.reading import cases, read_case, spoken
from tests.signals.wishes import PAGE, say

CASES = cases("robots")
WHERE = "https://maker.example/robots.txt"
SITE = Subject(Kind.DOMAIN, "maker.example")


def file(text):
    return Document(where=WHERE, body=text.encode(), channel=Channel.ROBOTS)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_vector_reads_as_published(case):
    assert read_case(robots.CODEC, case) == (case["reading"], case["problems"])


def answer(heard, use, profile="eu-art4"):
    said = robots.select(heard.declarations, Asked(url=PAGE)).speaking
    question = Question(subjects=frozenset({Subject(Kind.URL, PAGE)}), use=use, at=0)
    return decide(question, said, heard.problems, profile=PROFILES[profile]).outcome


@pytest.mark.parametrize(
    ("status", "fetch", "train"),
    [
        (503, Outcome.RESERVED, Outcome.UNCLEAR),
        (429, Outcome.RESERVED, Outcome.UNCLEAR),
        (None, Outcome.RESERVED, Outcome.UNCLEAR),
        (404, Outcome.SILENT, Outcome.CLEARED),
    ],
)
def test_acquisition_and_use_are_two_questions(status, fetch, train):
    """Trap 7: a 5xx closes the fetch and states nothing of use; an error is never a yes, whatever silence means."""
    heard = robots.unreachable(WHERE, status)

    assert answer(heard, Use.ACCESS) is fetch
    assert answer(heard, Use.TRAIN) is train


def test_a_file_that_was_answered_is_not_unreachable():
    with pytest.raises(ValueError, match="is read"):
        robots.unreachable(WHERE, 200)


def test_a_document_of_another_channel_is_refused():
    with pytest.raises(SignalError, match="reads robots"):
        robots.read(Document(where=PAGE, body=b"", channel=Channel.PAGE))


def test_what_lost_is_named():
    heard = robots.read(file("User-agent: *\nDisallow: /\nAllow: /pictures/\n"))

    selected = robots.select(heard.declarations, Asked(url=PAGE))

    assert [(d.stance, d.source.place) for d in selected.speaking] == [(Stance.ALLOW, 3)]
    assert {(d.stance, d.source.place) for d in selected.lost} == {(Stance.RESERVE, 2)}


def test_each_statement_has_its_line_and_the_digest_of_the_file():
    document = file("# hello\nUser-agent: GPTBot\nDisallow: /\n")

    said = [d for d in robots.read(document).declarations if d.stance is Stance.RESERVE]

    assert {d.source.place for d in said} == {3}
    assert {d.agent for d in said} == {"GPTBot"}
    assert all(len(d.source.digest) == 32 for d in said)


def test_no_training_is_said_to_whoever_only_trains():
    wish = say(Use.TRAIN, Stance.RESERVE)

    (document,) = robots.write([wish], SITE).documents

    text = document.body.decode()
    assert "User-agent: GPTBot\n" in text
    assert "User-agent: Applebot-Extended\n" in text
    assert "OAI-SearchBot" not in text
    assert "CCBot" not in text  # it also makes a dataset, which was not refused
    assert "User-agent: *" not in text


def test_no_ai_leaves_search_engines_in():
    wishes = [say(use, Stance.RESERVE) for use in (Use.MINE, Use.TRAIN, Use.INPUT, Use.OUTPUT, Use.DATASET)]

    (document,) = robots.write(wishes, SITE).documents

    told = parse(document.body).agents
    assert {"gptbot", "ccbot", "google-extended", "chatgpt-user"} <= set(told)
    assert not {"*", "googlebot", "bingbot", "petalbot", "oai-searchbot"} & set(told)


def test_no_fetching_is_said_to_everybody_and_is_more_than_was_meant():
    wish = say(Use.ACCESS, Stance.RESERVE)

    written = robots.write([wish], SITE)

    assert written.documents[0].body == b"User-agent: *\nDisallow: /\n"
    assert written.overstated == (wish,)


def test_a_yes_cannot_be_said():
    wish = say(Use.TRAIN, Stance.ALLOW)

    written = robots.write([wish], SITE)

    assert written.documents == ()
    assert written.unsaid == (wish,)


def test_access_compiled_agrees_with_access_declared():
    text = "User-agent: *\nDisallow: /a/\nAllow: /a/*.html$\nDisallow: /*?id=\n\nUser-agent: GPTBot\nDisallow: /\n"
    paths = ["/", "/a/", "/a/x.html", "/a/x.html?id=1", "/a/x.htm", "/b?id=2", "/robots.txt", "/a%2Fb", "/%61/"]

    for agent in ("somebot", "GPTBot"):
        may_fetch = robots.access(parse(text.encode()), agent)
        for path in paths:
            url = f"https://maker.example{path}"
            said = spoken(robots.CODEC, [file(text)], url, agent).get("access")
            assert may_fetch(url) is (said != "reserve"), (agent, path)


def test_a_column_is_answered_as_each_of_its_addresses():
    odd = [
        "https://a.example",
        "https://a.example?x=/a/",
        "https://a.example/%61/",
        "https://a.example/ü",
        "nonsense",
        "",
    ]
    plain = [f"https://a.example/{a}/{b}?{c}" for a in "ab" for b in ("x.html", "y.pdf", "") for c in ("id=1", "q")]
    texts = ["", "Disallow: /a/\n", "Disallow: /\nAllow: /b/$\n", "Disallow: /*?id=\nAllow: /*.html\n", "Disallow: *\n"]

    for text in [*texts, "".join(f"Disallow: /{number:020}/\n" for number in range(5_000)) + "Disallow: /a"]:
        rules = parse(f"User-agent: *\n{text}".encode())
        column = access_column(rules)(pa.array([*odd, *plain, None]))
        may_fetch = robots.access(rules)

        assert column.to_pylist() == [*map(may_fetch, odd + plain), False]


def test_a_product_of_names_and_rules_is_bounded():
    names = "".join(f"User-agent: bot{'a' * number}\n" for number in range(1, 300))
    rules = "".join(f"Disallow: /{number}\n" for number in range(300))

    heard = robots.read(file(names + rules))

    assert len(heard.declarations) == 50_000
    assert any("rest was not read" in problem.why for problem in heard.problems)


@pytest.mark.parametrize(
    "body",
    [
        b"a" + b" " * 500_000,
        b"User-agent: *\nDisallow: /" + b"*a" * 200_000,
        b"Disallow" + b"\t " * 250_000,
        b"\n" * 512_000,
        b"User-agent: " + b"%" * 500_000,
        b"".join(b"User-agent: b%d\nAllow:\n" % number for number in range(20_000)),
        b"User-agent: bot\n" * 15_000 + b"Foo: bar\n" * 25_000,
        b"".join(b"User-agent: b%d\n" % number for number in range(12_000)) + b"Content-Signal:\n" * 15_000,
    ],
    ids=["spaces", "stars", "no colon", "empty lines", "one name", "groups", "one name again", "names and lines"],
)
def test_a_hostile_file_is_read_in_linear_time(body):
    document = Document(where=WHERE, body=body, channel=Channel.ROBOTS)
    began = time.process_time()

    for codec in (robots.CODEC, aipref.CODEC, content_signals.CODEC):
        codec.read(document)

    assert time.process_time() - began < 10


def test_problems_are_told_a_hundred_of_a_kind():
    heard = robots.read(file("User-agent: ?\n" * 300 + "User-agent: a\n" + "Disallow: x\n" * 300))

    assert len(heard.problems) == 200


def test_more_lines_than_are_read_are_a_problem():
    names = "".join(f"User-agent: b{number}\n" for number in range(1_000))

    heard = robots.read(file(names + "Disallow:\n" * 1_000))

    assert any("more than 200000 lines" in problem.why for problem in heard.problems)


def test_a_hostile_pattern_is_matched_in_linear_time():
    rules = parse(b"User-agent: *\nDisallow: /" + b"*a" * 5_000 + b"b$\n")
    may_fetch = robots.access(rules)
    began = time.process_time()

    assert may_fetch("https://maker.example/" + "a" * 10_000)

    assert time.process_time() - began < 1


@settings(max_examples=60, deadline=None)
@given(
    st.permutations(
        ["User-agent: *\nDisallow: /a\n", "User-agent: GPTBot\nDisallow: /\n", "User-agent: *\nAllow: /a/b\n"]
    )
)
def test_groups_may_stand_in_any_order(blocks):
    document = file("\n".join(blocks))

    assert spoken(robots.CODEC, [document], "https://maker.example/a/b")["access"] == "allow"
    assert "access" in spoken(robots.CODEC, [document], "https://maker.example/a", "somebot")
    assert spoken(robots.CODEC, [document], "https://maker.example/", "GPTBot")["access"] == "reserve"


def test_the_table_is_what_the_codec_says():
    assert {use for agent in agents() for use in agent.uses} <= robots.CODEC.says
