"""Envelopes and statements."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import BadRecord, Refused, Untrusted, VerificationFailed
from placet.signing import envelope
from placet.signing.envelope import IN_TOTO, Statement
from placet.signing.keys import Role, generate

VECTORS = json.loads((files("placet") / "vectors/record/signing.json").read_text())["pae"]
ANA, BEN, CLEO = (generate(bytes([n]) * 32, Role.CLEAR) for n in (1, 2, 3))
HEX = "ab" * 32
SEALED = envelope.seal(b"payload", IN_TOTO, ANA)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["type"])
def test_what_is_signed_is_the_encoding_of_the_standard(case):
    assert envelope.pae(case["payload"].encode(), case["type"]).decode() == case["encoded"]


@given(st.binary(max_size=200), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_an_envelope_is_opened_as_it_was_sealed(payload, kind):
    opened = envelope.open_envelope(envelope.seal(payload, kind, ANA, BEN))

    assert (opened.payload, opened.payload_type) == (payload, kind)
    assert [hint for hint, _ in opened.signatures] == [envelope.key_hint(k.public) for k in (ANA, BEN)]
    assert envelope.verify_envelope(opened, [BEN.public]) == BEN.public
    assert envelope.verify_envelope(opened, [CLEO.public, ANA.public]) == ANA.public


@given(st.integers(0, 511), st.sampled_from(["payload", "payloadType", "sig"]))
def test_an_envelope_altered_by_one_bit_is_refused(bit, field):
    opened = envelope.open_envelope(SEALED)
    hint, signature = opened.signatures[0]
    payload, kind = opened.payload, opened.payload_type
    if field == "payload":
        payload = (int.from_bytes(payload) ^ 1 << bit % 56).to_bytes(7)
    elif field == "sig":
        signature = (int.from_bytes(signature) ^ 1 << bit).to_bytes(64)
    else:
        kind += " "

    altered = envelope.Envelope(payload, kind, ((hint, signature),))

    with pytest.raises(VerificationFailed, match="does not hold"):
        envelope.verify_envelope(altered, [ANA.public])


def test_a_key_id_is_a_hint_and_never_a_proof():
    opened = envelope.open_envelope(SEALED)
    _, signature = opened.signatures[0]
    claimed = envelope.Envelope(opened.payload, IN_TOTO, ((envelope.key_hint(BEN.public), signature), ("", signature)))

    assert envelope.verify_envelope(claimed, [ANA.public]) == ANA.public
    with pytest.raises(VerificationFailed, match="does not hold"):
        envelope.verify_envelope(claimed, [BEN.public])


def test_nobody_to_believe_means_untrusted():
    opened = envelope.open_envelope(SEALED)

    with pytest.raises(Untrusted, match="nobody said whose key"):
        envelope.verify_envelope(opened, [])
    with pytest.raises(Untrusted, match="keys that nobody told us"):
        envelope.verify_envelope(opened, [BEN.public])


def test_a_payload_cannot_pass_for_another_type():
    one, other = envelope.pae(b"12 x", "t"), envelope.pae(b"x", "t 4 12")

    assert one != other


def test_the_url_alphabet_and_unknown_fields_are_accepted_as_the_standard_asks():
    fields = json.loads(envelope.seal(b"\xfb\xff\xfe", IN_TOTO, ANA))
    fields["payload"] = urlsafe_b64encode(b"\xfb\xff\xfe").decode()
    fields["signatures"][0]["cert"] = "unknown"
    del fields["signatures"][0]["keyid"]

    opened = envelope.open_envelope(json.dumps(fields).encode())

    assert "-" in fields["payload"]
    assert envelope.verify_envelope(opened, [ANA.public]) == ANA.public


ENVELOPES_REFUSED = {
    "empty": (b"", "not JSON"),
    "a list": (b"[]", "not a JSON object"),
    "not UTF-8": (b"\xff", "not JSON"),
    "deep nesting": (b"[" * 100_000, "not JSON"),
    "no signatures": (b'{"payload":"","payloadType":"t","signatures":[]}', "1 to 100 signatures"),
    "signatures no list": (b'{"payload":"","payloadType":"t","signatures":{}}', "1 to 100 signatures"),
    "a name twice": (b'{"payload":"","payload":""}', "same name in it twice"),
    "not a number": (b'{"payload":NaN}', "NaN is not a JSON value"),
    "a signature no object": (b'{"payload":"","payloadType":"t","signatures":[1]}', "not a JSON object"),
    "no type": (b'{"payload":"","signatures":[{"sig":""}]}', "payloadType is missing"),
    "half a character": (b'{"payload":"","payloadType":"\\ud800","signatures":[{"sig":""}]}', "half a character"),
    "no payload": (b'{"payloadType":"t","signatures":[{"sig":""}]}', "payload is missing"),
    "broken payload": (b'{"payload":"!","payloadType":"t","signatures":[{"sig":""}]}', "payload is not base64"),
    "no sig": (b'{"payload":"","payloadType":"t","signatures":[{}]}', "sig is missing"),
    "a keyid no text": (b'{"payload":"","payloadType":"t","signatures":[{"keyid":1,"sig":""}]}', "not a text"),
}


@pytest.mark.parametrize(("data", "why"), ENVELOPES_REFUSED.values(), ids=ENVELOPES_REFUSED)
def test_a_broken_envelope_says_why(data, why):
    with pytest.raises(BadRecord, match=why):
        envelope.open_envelope(data)


@given(st.binary(max_size=60), st.integers(0, len(SEALED)), st.integers(0, len(SEALED)))
def test_hostile_bytes_never_verify(new, begin, end):
    data = SEALED[: min(begin, end)] + new + SEALED[max(begin, end) :]
    try:
        opened = envelope.open_envelope(data)
        envelope.verify_envelope(opened, [ANA.public])
    except (BadRecord, VerificationFailed):
        return
    assert opened.payload == b"payload"


def test_an_envelope_needs_a_key():
    with pytest.raises(Refused, match="needs a key"):
        envelope.seal(b"", IN_TOTO)


@given(
    st.lists(st.tuples(st.text("äb/c", min_size=1), st.just(HEX)), min_size=1, max_size=3),
    st.dictionaries(st.text("xyz"), json_values, max_size=3),
)
def test_a_statement_is_read_as_it_was_written(subjects, predicate):
    data = envelope.statement(subjects, "urn:placet:clearance:1", predicate)

    assert envelope.parse_statement(data) == Statement(tuple(subjects), "urn:placet:clearance:1", predicate)


def test_the_same_words_give_the_same_bytes():
    one = envelope.statement([("a", HEX)], "urn:t", {"x": 1, "y": 2})
    other = envelope.statement([("a", HEX)], "urn:t", {"y": 2, "x": 1})

    assert one == other


def put(**changes: object) -> bytes:
    fields = json.loads(envelope.statement([("a", HEX)], "urn:t", {}))
    return json.dumps(fields | changes).encode()


STATEMENTS_REFUSED = {
    "another type": (put(_type="https://in-toto.io/Statement/v0.1"), "not an in-toto statement"),
    "no subject": (put(subject=[]), "no list of subjects"),
    "a subject no object": (put(subject=["a"]), "a subject of the statement is not"),
    "no name": (put(subject=[{"digest": {"sha256": HEX}}]), "name is missing"),
    "no digest": (put(subject=[{"name": "a"}]), "the digest of a subject is not"),
    "no sha256": (put(subject=[{"name": "a", "digest": {"sha1": "00"}}]), "no sha256"),
    "a shouted sha256": (put(subject=[{"name": "a", "digest": {"sha256": HEX.upper()}}]), "no sha256"),
    "no predicate type": (put(predicateType=""), "predicateType is missing"),
    "a predicate no object": (put(predicate=[]), "the predicate of the statement is not"),
}


@pytest.mark.parametrize(("data", "why"), STATEMENTS_REFUSED.values(), ids=STATEMENTS_REFUSED)
def test_a_broken_statement_says_why(data, why):
    with pytest.raises(BadRecord, match=why):
        envelope.parse_statement(data)


@given(st.binary(max_size=50) | json_values.map(lambda value: json.dumps(value).encode()))
def test_hostile_bytes_are_no_statement(data):
    with pytest.raises(BadRecord):
        envelope.parse_statement(data)


def test_what_is_no_json_is_not_stated():
    for predicate in ({"x": float("nan")}, {"x": b"bytes"}, {"x": "\ud800"}):
        with pytest.raises(BadRecord, match="cannot be written as JSON"):
            envelope.statement([("a", HEX)], "urn:t", predicate)
    with pytest.raises(BadRecord, match="no sha256"):
        envelope.statement([("a", "ab")], "urn:t", {})
