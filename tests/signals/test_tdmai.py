"""TDM-AI: the published vectors, and declarations that say what was meant of a code."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import tdmai
from placet.signals.codec import Channel, Document
from tests.signals.reading import cases, read_case, spoken
from tests.signals.wishes import PAGE, say

CASES = cases("tdmai")
CODE = Subject(Kind.IDENTIFIER, "ISCC:EAASKDNZNYGUUF5A")


def labels(*wishes):
    (document,) = tdmai.write(wishes, CODE).documents
    value = json.loads(document.body)
    assert {value.pop("version"), value.pop("intent"), value.pop("iscc")} == {"1.0", "activate", CODE.id}
    return value


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_vector_reads_as_published(case):
    assert read_case(tdmai.CODEC, case) == (case["reading"], case["problems"])


def test_a_policy_tells_where_to_ask():
    body = {"iscc": CODE.id, "train-ai": "false", "policy": "https://maker.example/ask"}
    document = Document(where="a.json", body=json.dumps(body).encode(), channel=Channel.SITE)

    assert {d.terms for d in tdmai.read(document).declarations} == {"https://maker.example/ask"}


@pytest.mark.parametrize(
    ("wishes", "written"),
    [
        ([(Use.ANY, Stance.RESERVE)], {"all": "false", "search": "false", "ai-use": "false", "train-ai": "false"}),
        ([(Use.TRAIN_GENERATIVE, Stance.RESERVE)], {"train-genai": "false"}),
        ([(Use.ANY, Stance.ALLOW)], {"all": "true"}),
        ([(Use.TRAIN, Stance.RESERVE)], {"train-ai": "false"}),
        (
            [(Use.TRAIN_GENERATIVE, Stance.RESERVE), (Use.TRAIN_OTHER, Stance.ALLOW)],
            {"train-ai": "true", "train-genai": "false"},
        ),
        ([(Use.SEARCH, Stance.ALLOW), (Use.TRAIN, Stance.RESERVE)], {"search": "true", "train-ai": "false"}),
    ],
)
def test_labels_are_those_that_say_it_and_no_more(wishes, written):
    assert labels(*(say(use, stance) for use, stance in wishes)) == written


def test_a_preset_that_leaves_search_open_never_closes_it():
    wishes = [say(use, Stance.RESERVE) for use in (Use.MINE, Use.TRAIN, Use.INPUT, Use.OUTPUT, Use.DATASET)]

    written = tdmai.write(wishes, CODE)

    assert {wish.use for wish in written.unsaid} == {Use.MINE, Use.OUTPUT, Use.DATASET}
    assert "search" not in spoken(tdmai.CODEC, list(written.documents), CODE.id)


@pytest.mark.parametrize("search", [Stance.ALLOW, Stance.RESERVE], ids=str)
def test_with_a_word_on_search_everything_can_be_said(search):
    wishes = [say(use, Stance.RESERVE) for use in (Use.MINE, Use.TRAIN, Use.INPUT, Use.OUTPUT, Use.DATASET)]

    written = tdmai.write([*wishes, say(Use.SEARCH, search)], CODE)

    assert written.unsaid == ()
    assert spoken(tdmai.CODEC, list(written.documents), CODE.id)["search"] == search.word


@pytest.mark.parametrize("subject", [Subject(Kind.URL, PAGE), Subject(Kind.IDENTIFIER, "isbn:9783161484100")], ids=str)
def test_what_has_no_code_gets_no_declaration(subject):
    wish = say(Use.ANY, Stance.RESERVE)

    written = tdmai.write([wish], subject)

    assert (written.documents, written.unsaid) == ((), (wish,))


@given(st.binary(max_size=200))
def test_hostile_bytes_are_one_error(body):
    with pytest.raises(SignalError):
        tdmai.read(Document(where="a.json", body=body, channel=Channel.SITE))


@given(st.dictionaries(st.sampled_from([*tdmai.REFUSED, "policy", "intent", "version", "x"]), st.text(max_size=6)))
def test_only_one_word_is_a_yes(values):
    body = json.dumps({"iscc": CODE.id, **values}).encode()

    heard = tdmai.read(Document(where="a.json", body=body, channel=Channel.SITE))

    assert "true" in values.values() or all(d.stance is Stance.RESERVE for d in heard.declarations)
