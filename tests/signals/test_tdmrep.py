"""TDMRep: the published vectors, its rule of precedence, and what its two properties cannot say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.declaration import Interval
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import tdmrep
from placet.signals.codec import Asked, Channel, Document
from tests.signals.reading import cases, read_case, spoken
from tests.signals.wishes import PAGE, say

CASES = cases("tdmrep")
SITE = Document(
    where="https://maker.example/.well-known/tdmrep.json",
    body=b'[{"location": "/", "tdm-reservation": 1, "tdm-policy": "https://maker.example/p"}]',
    channel=Channel.SITE,
)


def header(value):
    return Document(where=PAGE, body=b"tdm-reservation: %d\r\n" % value, channel=Channel.HEADER)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_vector_reads_as_published(case):
    assert read_case(tdmrep.CODEC, case) == (case["reading"], case["problems"])


def test_a_page_that_opens_lifts_what_its_site_reserved():
    documents = [SITE, header(0)]

    reading = spoken(tdmrep.CODEC, documents, PAGE)

    assert set(reading.values()) == {"allow"}


def test_absence_nearer_never_resets():
    documents = [SITE, Document(where=PAGE, body=b"server: x\r\n", channel=Channel.HEADER)]

    reading = spoken(tdmrep.CODEC, documents, PAGE)

    assert reading["mine"] == "license"


def test_what_lost_is_named():
    heard = [d for document in (SITE, header(0)) for d in tdmrep.read(document).declarations]

    selected = tdmrep.select(heard, Asked(url=PAGE))

    assert {d.source.channel for d in selected.speaking} == {"header"}
    assert {d.source.channel for d in selected.lost} == {"site"}
    assert {d.subject for d in selected.speaking} == {Subject(Kind.URL, PAGE)}


def test_the_embedded_word_is_the_last():
    (*_, packet) = tdmrep.write([say(Use.ANY, Stance.RESERVE)], Subject(Kind.URL, PAGE)).documents

    reading = spoken(tdmrep.CODEC, [SITE, header(0), packet], PAGE)

    assert set(reading.values()) == {"reserve"}


def test_a_policy_speaks_only_through_the_rule_that_points_to_it():
    offer = b'{"@context": [], "prohibition": [{"action": "use"}]}'
    pointed = Document(where="https://maker.example/p", body=offer, channel=Channel.SITE, about=PAGE)
    other = Document(where="https://maker.example/q", body=offer, channel=Channel.SITE, about=PAGE)

    assert spoken(tdmrep.CODEC, [SITE, pointed], PAGE)["mine"] == "reserve"
    assert spoken(tdmrep.CODEC, [SITE, other], PAGE)["mine"] == "license"


def test_a_finer_no_is_said_as_the_wider_one_and_told():
    wish = say(Use.TRAIN_GENERATIVE, Stance.RESERVE)

    written = tdmrep.write([wish], Subject(Kind.DOMAIN, "maker.example"))

    assert written.overstated == (wish,)
    assert written.unsaid == ()
    assert spoken(tdmrep.CODEC, list(written.documents), PAGE)["mine"] == "reserve"


def test_what_it_has_no_word_for_is_unsaid():
    wish = say(Use.SEARCH, Stance.RESERVE)

    written = tdmrep.write([wish], Subject(Kind.URL, PAGE))

    assert written.documents == ()
    assert written.unsaid == (wish,)


@pytest.mark.parametrize("narrow", [{"agent": "GPTBot"}, {"territory": ("FR",)}, {"interval": Interval(0, 9)}], ids=str)
def test_a_yes_for_some_never_becomes_a_yes_for_all(narrow):
    wish = say(Use.ANY, Stance.ALLOW, **narrow)

    written = tdmrep.write([wish], Subject(Kind.URL, PAGE))

    assert written.documents == ()
    assert written.unsaid == (wish,)


def test_a_licence_keeps_the_address_of_its_terms():
    wish = say(Use.MINE, Stance.LICENSE, terms="https://maker.example/terms")

    documents = tdmrep.write([wish], Subject(Kind.URL, PAGE)).documents

    for document in documents:
        (first, *_) = tdmrep.read(document).declarations
        assert (first.stance, first.terms) == (Stance.LICENSE, "https://maker.example/terms")


def test_a_written_path_is_that_path_and_no_other():
    subject = Subject(Kind.URL, "https://maker.example/a*b$?q=1")

    (site, *_) = tdmrep.write([say(Use.ANY, Stance.RESERVE)], subject).documents

    assert spoken(tdmrep.CODEC, [site], subject.id)
    assert not spoken(tdmrep.CODEC, [site], "https://maker.example/aXb$?q=1")
    assert not spoken(tdmrep.CODEC, [site], subject.id + "2")


@given(st.binary(max_size=200), st.sampled_from(list(Channel)), st.sampled_from(["", "application/json"]))
def test_hostile_bytes_are_never_a_yes(body, channel, media_type):
    document = Document(where=PAGE, body=body, channel=channel, media_type=media_type)

    try:
        heard = tdmrep.read(document)
    except SignalError:
        return

    assert all(d.stance is not Stance.ALLOW for d in heard.declarations)
