"""Cosignatures of both kinds, keys that prove nothing, and names that only look alike."""

from __future__ import annotations

import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.errors import BadRecord, Untrusted, VerificationFailed
from placet.record.checkpoint import Checkpoint, format_checkpoint
from placet.record.ed25519 import is_weak
from placet.record.notes import COSIGNATURE, ED25519, ML_DSA_44, Note, Signature, Vkey, format_note, parse_note
from placet.record.policy import Policy, Witness
from placet.signing import notes
from placet.signing.findings import Mark
from placet.signing.keys import Role, generate, verify
from placet.signing.notes import Cosigner, can_check, cosigned_at, sign_note, verifier_of
from placet.signing.trust import verify_checkpoint
from placet.signing.witnessed import witness_findings

ORIGIN = "log.example/placet"
LOG = generate(bytes([1]) * 32, Role.LOG, ORIGIN)
LOG_KEY = Vkey(ORIGIN, ED25519, LOG.public)
ROOT = bytes(range(32))
TEXT = format_checkpoint(Checkpoint(ORIGIN, 7, ROOT))
NOTE = sign_note(TEXT, LOG)
WITNESS = Cosigner(generate(bytes([2]) * 32, Role.WITNESS), "w.example")
QUANTUM = MLDSA44PrivateKey.from_seed_bytes(bytes([3]) * 32)
QUANTUM_KEY = Vkey("q.example", ML_DSA_44, QUANTUM.public_key().public_bytes_raw())
TIME = 1_800_000_000


def under(*signatures: Signature, note: bytes = NOTE) -> bytes:
    parsed = parse_note(note)
    return format_note(Note(parsed.text, (*parsed.signatures, *signatures)))


def quantum_line(time: int = TIME, name: str = "q.example", size: int = 7) -> Signature:
    """C2SP tlog-cosignature, "ML-DSA-44 signed message", written out by hand."""
    message = b"subtree/v1\n\x00" + bytes([len(name)]) + name.encode() + struct.pack(">Q", time)
    message += bytes([len(ORIGIN)]) + ORIGIN.encode() + struct.pack(">QQ", 0, size) + ROOT
    return Signature("q.example", QUANTUM_KEY.id, struct.pack(">Q", time) + QUANTUM.sign(message))


def policy(quorum: str = "none", *witnesses: Witness) -> Policy:
    return Policy(((LOG_KEY, ""),), witnesses, (), quorum)


def test_our_cosignature_is_the_one_that_the_standard_writes():
    line = WITNESS.sign(TEXT, TIME)

    verify(WITNESS.key.public, f"cosignature/v1\ntime {TIME}\n{TEXT}".encode(), line.blob[8:])
    assert len(line.blob) == 72
    assert cosigned_at(line) == int.from_bytes(line.blob[:8]) == TIME
    assert verifier_of(WITNESS.vkey).verify(TEXT.encode(), line.blob)


@pytest.mark.parametrize("time", [0, -1, 1 << 63])
def test_a_cosignature_of_no_time_is_not_made(time):
    with pytest.raises(BadRecord, match="cannot be of the time"):
        WITNESS.sign(TEXT, time)


def test_a_quantum_cosignature_counts_when_it_holds():
    known = policy("later", Witness("later", QUANTUM_KEY))

    _, names = verify_checkpoint(under(quantum_line()), known)

    assert names == (ORIGIN, "later")
    assert cosigned_at(quantum_line()) == TIME


@pytest.mark.parametrize(
    "line",
    [
        quantum_line(name="other.example"),
        quantum_line(size=8),
        quantum_line(time=0),
        Signature("q.example", QUANTUM_KEY.id, bytes(2428)),
        Signature("q.example", QUANTUM_KEY.id, bytes(72)),
    ],
    ids=["another name", "another size", "no time", "zeros", "too short"],
)
def test_a_quantum_cosignature_that_does_not_hold_spoils_the_checkpoint(line):
    with pytest.raises(VerificationFailed, match="does not hold"):
        verify_checkpoint(under(line), policy("later", Witness("later", QUANTUM_KEY)))


def test_where_openssl_has_no_ml_dsa_its_cosignature_is_not_counted_and_said(monkeypatch):
    monkeypatch.setattr(notes, "_has_ml_dsa", lambda: False)
    asked = policy("later", Witness("later", QUANTUM_KEY))

    found = list(witness_findings(under(quantum_line()), policy("none", Witness("later", QUANTUM_KEY))))

    assert not can_check(QUANTUM_KEY)
    with pytest.raises(Untrusted, match="the quorum 'later'"):
        verify_checkpoint(under(quantum_line()), asked)
    assert [each.mark for each in found] == [Mark.OPEN, Mark.OPEN]
    assert "cannot check it, and it does not count" in found[1].sentence


def test_what_witnesses_say_becomes_findings():
    one = Witness("one", WITNESS.vkey)
    note = under(WITNESS.sign(TEXT, TIME), Signature("else.example", b"else", b"whatever"))

    met = list(witness_findings(note, policy("one", one)))
    unasked = list(witness_findings(note, policy("none", one)))
    alone = list(witness_findings(NOTE, policy("none", one)))

    assert met[0].mark is Mark.CHECKED
    assert "the quorum 'one' has seen this same history: one on 2027-01-15" in met[0].sentence
    assert "the signature of 'else.example'" in met[1].sentence
    assert "asks for no witness, though one signed" in unasked[0].sentence
    assert [each.sentence for each in alone if "no witness has signed" in each.sentence]
    assert not [each for each in (*unasked, *alone) if each.mark is Mark.CHECKED]


P = (1 << 255) - 19
D = -121665 * pow(121666, -1, P) % P


def point(public: bytes) -> tuple[int, int] | None:
    """RFC 8032 section 5.1.3: the point of an encoding, or None when it is of none."""
    number = int.from_bytes(public, "little")
    y, sign = number % (1 << 255) % P, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square:
        return None
    return (x if x & 1 == sign else -x % P), y


def vanishes(public: bytes) -> bool:
    """Whether eight times the point is the neutral one, by RFC 8032's own addition."""
    found = point(public)
    if found is None:
        return False
    x, y = found
    for _ in range(3):
        t = D * x * x * y * y
        x, y = 2 * x * y * pow(1 + t, -1, P) % P, (y * y + x * x) * pow(1 - t, -1, P) % P
    return (x, y) == (0, 1)


EIGHTH = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
SMALL = [
    *(number.to_bytes(32, "little") for number in (0, 1, P - 1, P, P + 1)),
    EIGHTH,
    (P - int.from_bytes(EIGHTH, "little")).to_bytes(32, "little"),
]
SMALL += [each[:31] + bytes([each[31] | 0x80]) for each in SMALL]


@pytest.mark.parametrize("public", SMALL, ids=bytes.hex)
def test_keys_of_small_order_are_refused_wherever_they_come_from(public):
    forged = (1).to_bytes(32, "little") + bytes(32)

    assert vanishes(public)
    for key_type in (ED25519, COSIGNATURE):
        with pytest.raises(BadRecord, match="of small order"):
            Vkey("x.example", key_type, public)
    with pytest.raises(VerificationFailed, match="of small order"):
        verify(public, b"anything", forged)


@settings(max_examples=50)
@given(st.binary(min_size=32, max_size=32))
def test_only_keys_of_small_order_are_called_weak(public):
    assert is_weak(public) == vanishes(public)


@pytest.mark.parametrize("origin", ["l\u043eg.example/placet", "log.example/plac\u0435t", "log.example\u2215placet"])
def test_a_name_that_only_looks_like_the_log_is_another_and_is_spelled_out(origin):
    note = sign_note(format_checkpoint(Checkpoint(origin, 7, ROOT)), LOG, origin)

    with pytest.raises(Untrusted, match=r"does not list the log .*, spelled '.*\\u[0-9a-f]{4}"):
        verify_checkpoint(note, policy())


@pytest.mark.parametrize("name", ["w.example\u200b", "w\u0435.example", "W.example"])
def test_a_cosignature_under_a_name_that_looks_alike_counts_for_nothing(name):
    line = WITNESS.sign(TEXT, TIME)

    with pytest.raises(Untrusted, match="quorum"):
        verify_checkpoint(under(Signature(name, line.key_id, line.blob)), policy("one", Witness("one", WITNESS.vkey)))


def test_a_cosignature_replayed_under_a_larger_checkpoint_spoils_it():
    larger = sign_note(format_checkpoint(Checkpoint(ORIGIN, 8, ROOT)), LOG)

    with pytest.raises(VerificationFailed, match="does not hold"):
        verify_checkpoint(under(WITNESS.sign(TEXT, TIME), note=larger), policy("one", Witness("one", WITNESS.vkey)))
