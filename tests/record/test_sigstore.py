"""Sigstore's Python package and Placet agree: our receipts and notes in their hands, the keys they publish in ours."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import sigstore
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from sigstore._internal import merkle as theirs
from sigstore._internal.rekor.checkpoint import SignedCheckpoint
from sigstore._internal.trust import Keyring
from sigstore.errors import VerificationError
from sigstore_models.common.v1 import PublicKey, PublicKeyDetails

from placet.record import merkle
from placet.record.checkpoint import Checkpoint, format_checkpoint
from placet.record.notes import ECDSA, ED25519, Note, Vkey, format_note, key_id, parse_note
from placet.record.proof import Proof, format_proof, parse_proof
from placet.signing.keys import Role, generate
from placet.signing.notes import Cosigner, sign_note

ORIGIN = "log.example/placet"
LOG = generate(bytes([1]) * 32, Role.LOG, ORIGIN)
WITNESS = Cosigner(generate(bytes([2]) * 32, Role.WITNESS), "w.example")
ENTRIES = [b"entry %d" % number for number in range(70)]


def receipt(index: int, size: int) -> Proof:
    """A receipt as we write and read it, with a witness's line under the log's."""
    tree = merkle.Tree([merkle.leaf_hash(each) for each in ENTRIES[:size]])
    text = format_checkpoint(Checkpoint(ORIGIN, size, tree.root()))
    signed = parse_note(sign_note(text, LOG))
    note = format_note(Note(text, (*signed.signatures, WITNESS.sign(text, 1_800_000_000))))
    return parse_proof(format_proof(Proof(index, tree.path(index), note)))


def shown(proof: Proof, size: int, entry: bytes) -> SimpleNamespace:
    """The same as the object that sigstore verifies."""
    checkpoint = SignedCheckpoint.from_text(proof.checkpoint.decode()).checkpoint
    inclusion = SimpleNamespace(
        log_index=proof.index,
        tree_size=size,
        hashes=list(proof.path),
        root_hash=bytes.fromhex(checkpoint.log_hash),
    )
    return SimpleNamespace(_inner=SimpleNamespace(inclusion_proof=inclusion, canonicalized_body=entry))


@pytest.mark.parametrize("size", [1, 2, 7, 8, 33, 70])
def test_sigstore_verifies_our_receipts_and_refuses_those_of_other_entries(size):
    for index in range(size):
        proof = receipt(index, size)

        theirs.verify_merkle_inclusion(shown(proof, size, ENTRIES[index]))
        with pytest.raises(VerificationError):
            theirs.verify_merkle_inclusion(shown(proof, size, b"another"))


def test_sigstore_verifies_the_log_s_signature_beside_a_cosignature():
    proof = receipt(3, 9)
    der = Ed25519PublicKey.from_public_bytes(LOG.public).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    keys = Keyring([PublicKey(raw_bytes=base64.b64encode(der), key_details=PublicKeyDetails.PKIX_ED25519)])
    signed = SignedCheckpoint.from_text(proof.checkpoint.decode())
    ours, witness = Vkey(ORIGIN, ED25519, LOG.public).id, WITNESS.vkey.id

    signed.signed_note.verify(keys, ours)

    assert [each.sig_hash for each in signed.signed_note.signatures] == [ours, witness]
    assert (signed.checkpoint.origin, signed.checkpoint.log_size) == (ORIGIN, 9)
    with pytest.raises(VerificationError):
        signed.signed_note.verify(keys, witness)


def test_hashes_of_leaves_and_nodes_are_theirs():
    for entry in ENTRIES:
        assert merkle.leaf_hash(entry) == theirs._hash_leaf(entry)
    assert merkle.node_hash(bytes(32), bytes([1]) * 32) == theirs._hash_children(bytes(32), bytes([1]) * 32)


def published() -> list[tuple[str, bytes, bytes]]:
    """Host, public key and key id of each log that sigstore's trusted roots name."""
    roots = Path(sigstore.__file__).parent.rglob("trusted_root.json")
    logs = [log for root in roots for log in json.loads(root.read_text(encoding="utf-8"))["tlogs"]]
    decode = base64.b64decode
    return [
        (urlsplit(log["baseUrl"]).hostname, decode(log["publicKey"]["rawBytes"]), decode(log["logId"]["keyId"]))
        for log in logs
    ]


def test_key_ids_that_sigstore_publishes_are_those_that_we_compute():
    kinds = set()
    for host, der, id_ in published():
        key = load_der_public_key(der)
        is_plain = isinstance(key, Ed25519PublicKey)
        computed = key_id(host, ED25519, key.public_bytes_raw()) if is_plain else key_id(host, ECDSA, der)
        kinds.add(is_plain)

        assert id_[:4] == computed, host

    assert kinds == {True, False}
