"""What a file says of itself is heard, whichever block it stands in; what is damaged is a problem, never a yes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.clearance.embedded import documents, origin
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.use import Use
from placet.errors import BadMedia
from placet.fingerprints.containers import replace_text, replace_xmp
from placet.fingerprints.containers.c2pa_manifest import media_type, report
from placet.signals import xmp
from placet.signals.codec import Asked, Channel, Document
from placet.signals.origin import Origin
from placet.signals.resolve import answer, hear, resolve
from tests.gallery.certificates import signed, signer
from tests.gallery.containers import HOSTILE, WHOLE, packet

WHERE = "https://host.example/pictures/7.jpg"
SIGNED = ["plain.jpg", "plain.png", "plain.wav", "plain.mp3", "plain.webp", "plain.tiff", "plain.gif", "plain.flac"]
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"


def said_in(data: bytes) -> dict[str, str]:
    """The strictest stance on each leaf."""
    found, _ = documents(data, WHERE, 0)
    said: dict[str, Stance] = {}
    for each in resolve(hear(found), Asked(url=WHERE)).speaking:
        for leaf in each.use.leaves:
            said[leaf.value] = max(said.get(leaf.value, each.stance), each.stance)
    return {leaf: stance.word for leaf, stance in said.items()}


def made_as(term: str) -> bytes:
    return xmp.write({(EXT, "DigitalSourceType"): SOURCE + term}, {EXT: "Iptc4xmpExt"})


@pytest.mark.parametrize("name", ["plain.jpg", "plain.png", "plain.tiff", "plain.webp", "plain.pdf", "plain.mp3"])
def test_xmp_is_heard_in_every_container(name):
    data = replace_xmp(WHOLE[name](), packet("DMI-PROHIBITED-GENAIMLTRAINING"))

    assert said_in(data) == {"train.generative": "reserve", "train.generative.finetune": "reserve"}


def test_a_book_is_heard_by_its_package_document():
    assert said_in(WHOLE["plain.epub"]())["mine"] == "reserve"


@pytest.mark.parametrize("name", ["plain.mp3", "plain.flac"])
def test_a_licence_in_a_tag_is_heard(name):
    licence = (
        f'<rsl xmlns="https://rslstandard.org/rsl"><content url="{WHERE}"><license>'
        '<prohibits type="usage">ai-train</prohibits></license></content></rsl>'
    )

    said = said_in(replace_text(WHOLE[name](), "RSL", licence))

    assert said["train.generative"] == "reserve"


def test_a_tag_that_is_no_licence_is_no_document():
    data = replace_text(WHOLE["plain.mp3"](), "COMMENT", "rsl, reserved, all of it")

    assert documents(data, WHERE, 0) == ((), ())


@pytest.mark.parametrize("name", SIGNED)
def test_a_manifest_is_heard_in_every_container(name):
    data = signed(WHOLE[name]())

    assert said_in(data) == {"train.generative": "reserve", "train.generative.finetune": "reserve"}


@pytest.mark.parametrize("name", [name for name in WHOLE if not name.startswith(("c2pa", "said", "behind"))])
def test_a_file_without_wishes_has_no_problems(name):
    _, problems = documents(WHOLE[name](), WHERE, 0)

    assert problems == ()


def test_a_plain_picture_says_nothing():
    assert documents(WHOLE["plain.jpg"](), WHERE, 0) == ((), ())


def test_a_manifest_is_trusted_only_by_an_anchor():
    data = signed(WHOLE["plain.png"]())
    anchor = signer().chain.decode()

    reports = [documents(data, WHERE, 0, anchors=given)[0][0].body for given in ("", anchor)]
    states = [json.loads(body)["validation_state"] for body in reports]

    assert states == ["Valid", "Trusted"]


@pytest.mark.parametrize("use", ["allowed", "notAllowed"])
@pytest.mark.parametrize(
    ("near", "beyond"),
    [(b"data", 40), (b"cawg.ai_generative_training", 5), (b"claim_generator_info", 5), (b"c2pa.signature", 300)],
    ids=["sample", "assertion", "claim", "signature"],
)
def test_one_flipped_byte_is_no_yes_and_no_silence(use, near, beyond):
    whole = signed(WHOLE["plain.wav"](), use)
    broken = bytearray(whole)
    broken[(whole.index if near == b"data" else whole.rindex)(near) + beyond] ^= 1

    found, problems = documents(bytes(broken), WHERE, 0)
    heard = hear(found)

    assert problems or heard.problems
    assert all(d.stance is not Stance.ALLOW for d in heard.declarations)


def test_a_changed_sample_leaves_the_refusal_standing():
    whole = signed(WHOLE["plain.wav"]())
    at = whole.index(b"data") + 40
    broken = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]

    (document,) = documents(broken, WHERE, 0)[0]

    assert json.loads(document.body)["validation_state"] == "Invalid"
    assert said_in(broken)["train.generative"] == "reserve"


def test_somebody_who_signs_again_does_not_open_what_was_refused():
    again = signed(signed(WHOLE["plain.png"]()), "allowed", by="Eve")

    assert said_in(again)["train.generative"] == "reserve"


def test_who_signs_again_may_change_her_own_mind():
    again = signed(signed(WHOLE["plain.png"]()), "allowed")

    assert said_in(again)["train.generative"] == "allow"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_never_raise_and_never_say_yes(name):
    found, problems = documents(HOSTILE[name][0](), WHERE, 0)
    heard = hear(found)

    assert problems or heard.problems or name == "text-not-zlib.png"  # a comment, where no standard speaks
    assert all(d.stance is not Stance.ALLOW for d in heard.declarations)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_manifest_never_raises(data):
    whole = bytearray(signed(WHOLE["plain.png"](), "allowed"))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))

    found, _ = documents(bytes(whole), WHERE, 0)

    hear(found)
    assert origin(found) is Origin.UNKNOWN


@given(st.binary(max_size=64))
def test_what_is_no_manifest_is_bad_media(data):
    with pytest.raises(BadMedia):
        report(WHOLE["plain.png"](), data)


def test_what_is_no_container_has_no_media_type():
    assert media_type(b"Once upon a time") == ""


# ---- origin -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("trainedAlgorithmicMedia", Origin.GENERATED),
        ("compositeWithTrainedAlgorithmicMedia", Origin.COMPOSITE),
        ("digitalCapture", Origin.CAPTURED),
        ("somethingElse", Origin.UNKNOWN),
    ],
)
def test_a_file_declares_its_origin_in_xmp(term, expected):
    found, _ = documents(replace_xmp(WHOLE["plain.jpg"](), made_as(term)), WHERE, 0)

    assert origin(found) is expected


def test_unmarked_is_unknown_never_guessed():
    found, _ = documents(WHOLE["plain.jpg"](), WHERE, 0)

    assert origin(found) is Origin.UNKNOWN


def c2pa_report(term: str, state: str) -> Document:
    steps = [{"action": "c2pa.created", "digitalSourceType": SOURCE + term}]
    held = {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": steps}}]}
    body = json.dumps({"active_manifest": "a", "manifests": {"a": held}, "validation_state": state}).encode()
    kind = "application/vnd.placet.c2pa-report+json"
    return Document(where=WHERE, body=body, channel=Channel.EMBEDDED, media_type=kind)


def test_of_two_origins_the_more_synthetic_holds():
    packet_ = Document(
        where=WHERE, body=made_as("digitalCapture"), channel=Channel.EMBEDDED, media_type="application/rdf+xml"
    )

    assert origin([packet_, c2pa_report("trainedAlgorithmicMedia", "Valid")]) is Origin.GENERATED


@pytest.mark.parametrize(
    ("term", "expected"), [("trainedAlgorithmicMedia", Origin.GENERATED), ("digitalCapture", Origin.UNKNOWN)]
)
def test_a_manifest_that_does_not_hold_is_believed_only_against_itself(term, expected):
    assert origin([c2pa_report(term, "Invalid")]) is expected


# ---- the Photobucket case -----------------------------------------------------------------------


def test_a_host_and_a_page_say_yes_and_the_file_says_no():
    file = replace_xmp(WHOLE["plain.jpg"](), packet("DMI-PROHIBITED"))
    embedded, problems = documents(file, WHERE, 0)
    robots = Document(
        where="https://host.example/robots.txt",
        body=b"User-agent: *\nContent-Usage: train-ai=y\nContent-Signal: ai-train=yes\nAllow: /\n",
        channel=Channel.ROBOTS,
        about=WHERE,
    )
    header = Document(where=WHERE, body=b"tdm-reservation: 0\r\n", channel=Channel.HEADER)

    answers = answer(hear([robots, header, *embedded]), Asked(url=WHERE), Use.TRAIN_GENERATIVE, 0, PROFILES["eu-art4"])

    assert problems == ()
    assert answers.use.outcome.value == "reserved"
    assert {d.source.standard for d in answers.use.because} == {"iptc"}
    overruled = {each.declaration.source.standard for each in answers.use.overruled}
    assert overruled == {"aipref", "content-signals", "tdmrep"}
