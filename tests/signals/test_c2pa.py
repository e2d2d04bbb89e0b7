"""C2PA and CAWG: the published vectors, what is written, trust, and declared origins."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import SignalError
from placet.signals import c2pa
from placet.signals.codec import Channel, Document
from tests.signals.reading import cases, read_case
from tests.signals.wishes import PAGE, say

CASES = cases("c2pa")
SUBJECT = Subject(Kind.URL, PAGE)
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


def report(*assertions, state="Valid", **more):
    store = {"active_manifest": "a", "manifests": {"a": {"assertions": assertions, **more}}, "validation_state": state}
    return Document(where=PAGE, body=json.dumps(store).encode(), channel=Channel.EMBEDDED, media_type=c2pa.REPORT_TYPE)


def actions(*steps):
    listed = [{"action": action, "digitalSourceType": kind} for action, kind in steps]
    return {"label": "c2pa.actions.v2", "data": {"actions": listed}}


def refusal():
    return {"label": c2pa.LABEL, "data": {"entries": {"cawg.data_mining": {"use": "notAllowed"}}}}


def entries_of(written):
    (document,) = written.documents
    return json.loads(document.body)["data"]["entries"]


def test_there_are_enough_vectors():
    assert len(CASES) >= 40
    assert len({case["name"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_vector_reads_as_published(case):
    assert read_case(c2pa.CODEC, case) == (case["reading"], case["problems"])


@pytest.mark.parametrize(
    ("state", "voice"), [("Trusted", Voice.EMBEDDED), ("Valid", Voice.EMBEDDED), ("Invalid", Voice.SITE)]
)
def test_a_refusal_in_a_manifest_that_does_not_hold_is_weaker(state, voice):
    (said, *_) = c2pa.read(report(refusal(), state=state)).declarations

    assert said.voice is voice


def test_the_problem_of_an_invalid_manifest_says_what_happened():
    (problem,) = c2pa.read(report(refusal(), state="Invalid")).problems

    assert "changed since they were signed" in problem.why


def test_terms_are_kept():
    entry = {"use": "constrained", "constraint_info": "https://maker.example/terms"}
    (said, *_) = c2pa.read(report({"label": c2pa.LABEL, "data": {"entries": {"cawg.data_mining": entry}}})).declarations

    assert (said.stance, said.terms) == (Stance.LICENSE, "https://maker.example/terms")


def test_each_question_has_its_own_entry():
    wishes = [
        say(Use.TRAIN_GENERATIVE, Stance.RESERVE),
        say(Use.TRAIN_OTHER, Stance.ALLOW),
        say(Use.MINE, Stance.LICENSE, terms="https://maker.example/terms"),
    ]

    written = c2pa.write(wishes, SUBJECT)

    assert entries_of(written) == {
        "cawg.ai_generative_training": {"use": "notAllowed"},
        "cawg.ai_training": {"use": "allowed"},
        "cawg.data_mining": {"use": "constrained", "constraint_info": "https://maker.example/terms"},
    }
    assert (written.overstated, written.unsaid) == ((), ())


def test_a_condition_without_terms_is_still_a_condition_to_whoever_reads_it():
    (document,) = c2pa.write([say(Use.MINE, Stance.LICENSE)], SUBJECT).documents

    (said,) = c2pa.read(document).declarations

    assert said.stance is Stance.LICENSE


def test_style_and_datasets_stay_unsaid():
    wishes = [say(Use.OUTPUT_STYLE, Stance.RESERVE), say(Use.DATASET, Stance.RESERVE)]

    written = c2pa.write(wishes, SUBJECT)

    assert written.documents == ()
    assert written.unsaid == tuple(wishes)


def test_source_types_are_those_of_the_actions_and_of_what_lies_behind():
    store = {
        "active_manifest": "a",
        "manifests": {
            "a": {
                "assertions": [actions(("c2pa.edited", f"{IPTC}humanEdits"))],
                "ingredients": [
                    {"relationship": "parentOf", "active_manifest": "b"},
                    {"relationship": "componentOf", "active_manifest": "c"},
                    {"relationship": "inputTo", "active_manifest": "d"},
                ],
            },
            "b": {"assertions": [actions(("c2pa.created", f"{IPTC}digitalCapture"))]},
            "c": {"assertions": [actions(("c2pa.created", f"{IPTC}trainedAlgorithmicMedia"))]},
            "d": {"assertions": [actions(("c2pa.created", f"{IPTC}algorithmicMedia"))]},
        },
        "validation_state": "Valid",
    }
    document = Document(where=PAGE, body=json.dumps(store).encode(), channel=Channel.EMBEDDED)

    assert c2pa.source_types(document) == (
        f"{IPTC}humanEdits",
        f"{IPTC}digitalCapture",
        f"composite {IPTC}trainedAlgorithmicMedia",
    )


def test_what_was_placed_is_a_part():
    document = report(actions(("c2pa.placed", f"{IPTC}trainedAlgorithmicMedia")))

    assert c2pa.source_types(document) == (f"composite {IPTC}trainedAlgorithmicMedia",)


def test_a_store_of_very_many_manifests_is_not_read_to_its_end():
    chain = {
        str(number): {"ingredients": [{"relationship": "parentOf", "active_manifest": str(number + 1)}]}
        for number in range(1000)
    }
    store = {"active_manifest": "0", "manifests": chain, "validation_state": "Valid"}
    document = Document(where=PAGE, body=json.dumps(store).encode(), channel=Channel.EMBEDDED)

    (problem, *_) = c2pa.read(document).problems

    assert "more than 64" in problem.why


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["allowed", "parentOf", "a", "cawg.training-mining"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["label", "data", "entries", "assertions", "ingredients", "active_manifest", "a"]), inner
        )
    ),
    max_leaves=12,
)


@given(json_values, json_values)
def test_no_shape_of_a_report_raises(manifests, validation):
    store = {"active_manifest": "a", "manifests": {"a": manifests}, "validation_state": validation}
    document = Document(where=PAGE, body=json.dumps(store).encode(), channel=Channel.EMBEDDED)

    c2pa.read(document)
    c2pa.source_types(document)


@given(st.binary(max_size=200))
def test_hostile_bytes_are_one_error(body):
    with pytest.raises(SignalError):
        c2pa.read(Document(where=PAGE, body=body, channel=Channel.EMBEDDED))
