"""Believing a checkpoint and a receipt: who must have signed, and what is refused."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import BadRecord, Untrusted, VerificationFailed
from placet.record.checkpoint import Checkpoint, format_checkpoint
from placet.record.merkle import Tree, leaf_hash
from placet.record.notes import COSIGNATURE, ED25519, Note, Signature, Vkey, format_note, parse_note
from placet.record.policy import Group, Policy, Witness
from placet.record.proof import Proof, format_proof, parse_proof
from placet.signing.keys import Key, Role, generate
from placet.signing.notes import NoteSigner, cosigned_at, sign_note, verifier_of
from placet.signing.trust import verify_checkpoint, verify_receipt

ORIGIN = "log.example/placet"
LOG, OTHER, W1, W2 = (generate(bytes([n]) * 32, Role.LOG, ORIGIN) for n in (1, 2, 3, 4))
LOG_KEY = Vkey(ORIGIN, ED25519, LOG.public)
WITNESSES = (
    Witness("one", Vkey("w1.example", COSIGNATURE, W1.public)),
    Witness("two", Vkey("w2.example", COSIGNATURE, W2.public)),
)
ALONE = Policy(((LOG_KEY, ""),))
WITNESSED = Policy(((LOG_KEY, ""),), WITNESSES, (Group("both", 2, ("one", "two")),), "both")
ENTRIES = [b"entry %d" % number for number in range(20)]
TREE = Tree([leaf_hash(entry) for entry in ENTRIES])
TEXT = format_checkpoint(Checkpoint(ORIGIN, 20, TREE.root()))
NOTE = sign_note(TEXT, LOG)


def cosign(key: Key, vkey: Vkey, text: str = TEXT, time: int = 1_800_000_000) -> Signature:
    """C2SP tlog-cosignature, "Ed25519 signatures", written out independently of our verifier."""
    signed = key.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
    return Signature(vkey.name, vkey.id, time.to_bytes(8, "big") + signed)


def witnessed(*cosignatures: Signature) -> bytes:
    note = parse_note(NOTE)
    return format_note(Note(note.text, (*note.signatures, *cosignatures)))


BOTH = witnessed(cosign(W1, WITNESSES[0].vkey), cosign(W2, WITNESSES[1].vkey))


def receipt(index: int, note: bytes = NOTE) -> Proof:
    return Proof(index, TREE.path(index), note)


def test_a_checkpoint_signed_by_a_listed_log_is_believed():
    checkpoint, names = verify_checkpoint(NOTE, ALONE)

    assert (checkpoint.size, checkpoint.root) == (20, TREE.root())
    assert names == (ORIGIN,)


def test_without_a_policy_nothing_is_believed():
    with pytest.raises(Untrusted, match="UNTRUSTED: no policy"):
        verify_checkpoint(NOTE, None)
    with pytest.raises(Untrusted, match="UNTRUSTED: no policy"):
        verify_receipt(ENTRIES[0], receipt(0), None)


def test_a_quorum_of_witnesses_is_asked_for_and_named():
    _, names = verify_checkpoint(BOTH, WITNESSED)

    assert names == (ORIGIN, "one", "two")
    assert [cosigned_at(each) for each in parse_note(BOTH).signatures[1:]] == [1_800_000_000] * 2
    with pytest.raises(BadRecord, match="carries no time"):
        cosigned_at(parse_note(BOTH).signatures[0])


@pytest.mark.parametrize(
    "note",
    [
        NOTE,
        witnessed(cosign(W1, WITNESSES[0].vkey)),
        witnessed(cosign(W1, WITNESSES[0].vkey), cosign(W1, WITNESSES[0].vkey, time=1)),
    ],
    ids=["nobody", "one of two", "one twice"],
)
def test_too_few_witnesses_are_no_quorum(note):
    with pytest.raises(Untrusted, match="the quorum 'both' has not witnessed"):
        verify_checkpoint(note, WITNESSED)


FORGED = {
    "a cosignature over another text": cosign(W2, WITNESSES[1].vkey, TEXT.replace("20", "21")),
    "a cosignature by another key": cosign(W1, WITNESSES[1].vkey),
    "a plain signature for a cosignature": Signature("w2.example", WITNESSES[1].vkey.id, W2.sign(TEXT.encode())),
    "a cosignature with another time": Signature(
        "w2.example", WITNESSES[1].vkey.id, bytes(8) + cosign(W2, WITNESSES[1].vkey).blob[8:]
    ),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_forged_cosignature_spoils_the_checkpoint(forged):
    with pytest.raises(VerificationFailed, match=r"'w2\.example' under the note does not hold"):
        verify_checkpoint(witnessed(cosign(W1, WITNESSES[0].vkey), forged), WITNESSED)


def test_witnesses_never_stand_in_for_the_log():
    note = format_note(Note(TEXT, (cosign(W1, WITNESSES[0].vkey), cosign(W2, WITNESSES[1].vkey))))

    with pytest.raises(Untrusted, match="has not signed this checkpoint"):
        verify_checkpoint(note, WITNESSED)


def test_a_log_that_the_policy_does_not_list_is_untrusted():
    for policy in (Policy(), Policy(((Vkey("another.example", ED25519, LOG.public), ""),))):
        with pytest.raises(Untrusted, match="does not list the log"):
            verify_checkpoint(NOTE, policy)


def test_one_listed_log_cannot_speak_for_another():
    both = Policy(((LOG_KEY, ""), (Vkey("other.example", ED25519, OTHER.public), "")))

    with pytest.raises(Untrusted, match="nobody we trust"):
        verify_checkpoint(sign_note(TEXT, OTHER, "other.example"), both)


def test_another_key_under_the_name_of_the_log_is_not_believed():
    with pytest.raises(Untrusted, match="nobody we trust"):
        verify_checkpoint(sign_note(TEXT, OTHER, ORIGIN), ALONE)


def test_an_empty_tree_with_another_root_is_a_lie():
    note = sign_note(format_checkpoint(Checkpoint(ORIGIN, 0, bytes(32))), LOG)

    with pytest.raises(VerificationFailed, match="an empty tree has one root only"):
        verify_checkpoint(note, ALONE)


def test_a_signature_of_a_kind_unknown_here_counts_for_nothing():
    quantum = Witness("later", Vkey("q.example", 0x07, bytes(40)))
    policy = Policy(((LOG_KEY, ""),), (quantum,), (), "later")
    note = witnessed(Signature("q.example", quantum.vkey.id, bytes(2428)))

    with pytest.raises(Untrusted, match="the quorum 'later'"):
        verify_checkpoint(note, policy)
    assert verify_checkpoint(note, dataclasses.replace(policy, quorum="none"))[1] == (ORIGIN,)
    with pytest.raises(Untrusted, match="signs by method 0x07, unknown here"):
        verifier_of(quantum.vkey)


@given(st.integers(0, 19), st.integers(0, 19), st.integers(0, 19))
def test_a_receipt_holds_for_its_own_entry_and_for_no_other(index, entry, path_of):
    proof = Proof(index, TREE.path(path_of), NOTE)
    if index == entry == path_of:
        assert verify_receipt(ENTRIES[entry], parse_proof(format_proof(proof)), ALONE).size == 20
    else:
        with pytest.raises(VerificationFailed, match="proof for entry"):
            verify_receipt(ENTRIES[entry], proof, ALONE)


def test_the_bytes_of_a_leaf_hash_are_no_entry():
    with pytest.raises(VerificationFailed, match="another root"):
        verify_receipt(leaf_hash(ENTRIES[3]), receipt(3), ALONE)


@given(st.integers(0, 8 * len(NOTE) - 1))
def test_a_checkpoint_altered_by_one_bit_is_never_believed(bit):
    altered = (int.from_bytes(NOTE) ^ 1 << bit).to_bytes(len(NOTE))

    with pytest.raises((BadRecord, VerificationFailed)):
        verify_checkpoint(altered, ALONE)


@given(st.binary(max_size=8), st.integers(0, 400), st.integers(0, 400))
def test_hostile_receipts_never_prove_another_entry(new, begin, end):
    good = format_proof(receipt(7))
    data = good[: min(begin, end)] + new + good[max(begin, end) :]
    try:
        verify_receipt(b"an entry that was never logged", parse_proof(data), ALONE)
    except (BadRecord, VerificationFailed):
        return
    raise AssertionError("a receipt was believed for an entry that was never logged")


def test_a_signer_publishes_the_key_by_which_it_is_checked():
    signer = NoteSigner(LOG, ORIGIN)

    assert signer.vkey == LOG_KEY
    assert verifier_of(signer.vkey).verify(TEXT.encode(), signer.sign(TEXT).blob)
    assert sign_note(TEXT, LOG) == sign_note(TEXT, LOG, ORIGIN) == NOTE
