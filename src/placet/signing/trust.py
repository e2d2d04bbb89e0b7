"""Believing a checkpoint, and a receipt, by a policy that the reader chose.

Source: C2SP tlog-policy, tlog-proof and tlog-cosignature (state of 2026-07-22).
"""

from __future__ import annotations

from placet.errors import Untrusted, VerificationFailed
from placet.record.checkpoint import Checkpoint, parse_checkpoint
from placet.record.merkle import EMPTY_ROOT, leaf_hash, verify_inclusion
from placet.record.notes import Verifier, Vkey, open_note, parse_note
from placet.record.policy import Policy
from placet.record.proof import Proof
from placet.signing.notes import can_check, verifier_of

__all__ = ["verify_checkpoint", "verify_receipt"]


def verify_checkpoint(note: bytes, policy: Policy | None) -> tuple[Checkpoint, tuple[str, ...]]:
    """The checkpoint in a note, and who signed it: the log's key name, then the witnesses' names.

    The log's key bears the origin's name (tlog-policy, "Defining a log"): no log speaks for another.
    """
    if policy is None:
        raise Untrusted("UNTRUSTED: no policy says whose logs to believe; give one with --trust")
    parsed = parse_note(note)
    checkpoint = parse_checkpoint(parsed.text)
    logs = [vkey for vkey, _ in policy.logs if vkey.name == checkpoint.origin]
    if not logs:
        raise Untrusted(f"UNTRUSTED: the policy does not list the log {_spelled(checkpoint.origin)}")
    cosigners = {_who(witness.vkey): witness.name for witness in policy.witnesses}
    signers = _verifiers(logs) + _verifiers([witness.vkey for witness in policy.witnesses])
    seen = [(each.name, each.key_id) for each in open_note(parsed, signers)]
    if not set(seen) & set(map(_who, logs)):
        raise Untrusted(f"UNTRUSTED: the log {checkpoint.origin!r} has not signed this checkpoint")
    witnesses = tuple(cosigners[who] for who in seen if who in cosigners)
    if not policy.is_met(witnesses):
        raise Untrusted(f"UNTRUSTED: the quorum {policy.quorum!r} has not witnessed this checkpoint")
    if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
        raise VerificationFailed("an empty tree has one root only, and the checkpoint claims another")
    return checkpoint, (checkpoint.origin, *witnesses)


def verify_receipt(leaf_data: bytes, proof: Proof, policy: Policy | None) -> Checkpoint:
    """The trusted checkpoint of the log that holds this very entry at the proof's index."""
    checkpoint, _ = verify_checkpoint(proof.checkpoint, policy)
    verify_inclusion(leaf_hash(leaf_data), proof.index, checkpoint.size, proof.path, checkpoint.root)
    return checkpoint


def _verifiers(vkeys: list[Vkey]) -> list[Verifier]:
    """A key of a kind we cannot check counts for nothing, as if it had not signed."""
    return [verifier_of(vkey) for vkey in vkeys if can_check(vkey)]


def _spelled(name: str) -> str:
    """A name as it looks, and where letters may look like others, also by their numbers."""
    return repr(name) if name.isascii() else f"{name!r}, spelled {name!a}"


def _who(vkey: Vkey) -> tuple[str, bytes]:
    return vkey.name, vkey.id
