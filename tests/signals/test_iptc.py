"""IPTC and PLUS: the published vectors, what is written, and how a file declares that it was made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import iptc, xmp
from placet.signals.codec import Channel, Document
from placet.signals.origin import Origin, most_synthetic, origin_of
from tests.signals.reading import cases, read_case, spoken
from tests.signals.wishes import PAGE, say

CASES = cases("iptc")
SUBJECT = Subject(Kind.URL, PAGE)
AI = (Use.MINE, Use.TRAIN, Use.INPUT, Use.OUTPUT, Use.DATASET)


def value_of(document):
    (packet,) = xmp.packets(document.body, "x")
    return packet.values(iptc.PLUS, "DataMining")[0].rpartition("/")[2]


def test_there_are_enough_vectors():
    assert len(CASES) >= 40
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_vector_reads_as_published(case):
    assert read_case(iptc.CODEC, case) == (case["reading"], case["problems"])


@pytest.mark.parametrize(
    ("wishes", "value"),
    [
        ({Use.TRAIN_GENERATIVE: Stance.RESERVE}, "DMI-PROHIBITED-GENAIMLTRAINING"),
        ({Use.TRAIN: Stance.RESERVE}, "DMI-PROHIBITED-AIMLTRAINING"),
        (dict.fromkeys(AI, Stance.RESERVE), "DMI-PROHIBITED-AIMLTRAINING"),
        (
            {**dict.fromkeys(AI, Stance.RESERVE), Use.SEARCH: Stance.ALLOW},
            "DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING",
        ),
        ({Use.ANY: Stance.RESERVE}, "DMI-PROHIBITED"),
        ({Use.ANY: Stance.ALLOW}, "DMI-ALLOWED"),
        ({Use.TRAIN: Stance.LICENSE}, "DMI-PROHIBITED-SEECONSTRAINT"),
        ({Use.TRAIN: Stance.LICENSE, Use.MINE: Stance.RESERVE}, "DMI-PROHIBITED-AIMLTRAINING"),
    ],
)
def test_the_narrowest_value_that_holds_is_written(wishes, value):
    (document,) = iptc.write([say(use, stance) for use, stance in wishes.items()], SUBJECT).documents

    assert value_of(document) == value


def test_mining_alone_stays_unsaid_rather_than_closing_search_or_opening_it():
    wish = say(Use.MINE, Stance.RESERVE)

    written = iptc.write([wish], SUBJECT)

    assert written.documents == ()
    assert written.unsaid == (wish,)


def test_a_licence_keeps_its_terms():
    wish = say(Use.TRAIN, Stance.LICENSE, terms="https://maker.example/terms")

    (document,) = iptc.write([wish], SUBJECT).documents
    (first, *_) = iptc.read(document).declarations

    assert first.stance is Stance.LICENSE
    assert "https://maker.example/terms" in first.terms


def test_several_files_of_one_address_speak_as_the_strictest():
    documents = [iptc.write([say(Use.ANY, stance)], SUBJECT).documents[0] for stance in (Stance.RESERVE, Stance.ALLOW)]

    reading = spoken(iptc.CODEC, documents, PAGE)

    assert set(reading.values()) == {"reserve"}


@pytest.mark.parametrize(
    ("term", "origin"),
    [
        ("http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", Origin.GENERATED),
        ("https://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia", Origin.GENERATED),
        ("http://c2pa.org/digitalsourcetype/trainedAlgorithmicData", Origin.GENERATED),
        ("compositeWithTrainedAlgorithmicMedia", Origin.COMPOSITE),
        ("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture", Origin.CAPTURED),
        ("http://cv.iptc.org/newscodes/digitalsourcetype/digitalCreation", Origin.CAPTURED),
        ("http://c2pa.org/digitalsourcetype/empty", Origin.UNKNOWN),
        ("somehow", None),
    ],
)
def test_a_source_type_declares_an_origin(term, origin):
    assert origin_of(term) == origin


def test_of_two_origins_the_more_synthetic_holds():
    assert most_synthetic([Origin.CAPTURED, Origin.GENERATED, Origin.COMPOSITE]) is Origin.GENERATED
    assert most_synthetic([]) is Origin.UNKNOWN


@given(st.binary(max_size=200), st.sampled_from([b"", b"<x:xmpmeta ", b"<rdf:RDF>"]))
def test_hostile_bytes_are_never_a_yes(body, head):
    document = Document(where=PAGE, body=head + body, channel=Channel.EMBEDDED)

    try:
        heard = iptc.read(document)
    except SignalError:
        return

    assert all(d.stance is not Stance.ALLOW for d in heard.declarations)
