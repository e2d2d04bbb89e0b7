"""What is asked of an entry by which a party changes its keys: proofs, waiting times, and who may say so.

`placet/rotate/v1`, a line feed, the old key and the new one in hex with a space between them, is what the new key signs
when it takes over; `placet/recover/v1` with the party and the new key, when a recovery key gives the party a new one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

from placet.errors import Refused, VerificationFailed
from placet.record.ed25519 import flaw
from placet.record.entries import Entry
from placet.signing.keys import verify

__all__ = ["JUDGES", "judge_speaker", "recover_text", "rotate_text"]


def rotate_text(old: str, new: str) -> bytes:
    """What the new key signs when it takes over from the old one."""
    return f"placet/rotate/v1\n{old} {new}".encode()


def recover_text(party: str, new: str) -> bytes:
    """What the new key signs when a recovery key makes it a party's."""
    return f"placet/recover/v1\n{party} {new}".encode()


def judge_speaker(entry: Entry, batch: Any) -> None:
    """Refused where the key has handed on, was recovered over or revoked; a key that waits may only wait.

    A revoked key may still object to a recovery: else whoever has the recovery key could silence its party first.
    """
    authority, at = batch.authority, entry.body["at"]
    objects = entry.type == "key.cancel" and authority.keyring.is_revoked(entry.by)
    if authority.has_ended(entry.by, at) and not objects:
        raise Refused(f"the key {entry.by[:12]} was handed on or revoked, and says nothing more (key.ended)")
    waiting = [r for r in authority.pending(entry.by) if at < r.effective]
    if waiting:
        raise Refused(f"the key {entry.by[:12]} waits to become its party's, and says nothing yet (key.waiting)")


def _judge_rotation(entry: Entry, batch: Any) -> None:
    new = entry.body["to"]
    _check_new(new, entry.body["proof"], rotate_text(entry.by, new), batch)


def _check_new(new: str, proof: str, text: bytes, batch: Any) -> None:
    if why := flaw(bytes.fromhex(new)):
        raise Refused(f"the new key {new[:12]} {why} (key.weak)")
    if batch.role_of(new) or batch.authority.is_known(new):
        raise Refused(f"the new key {new[:12]} is in the record already: take one that never spoke (key.used)")
    try:
        verify(bytes.fromhex(new), text, bytes.fromhex(proof))
    except VerificationFailed as error:
        raise Refused(f"the new key {new[:12]} did not sign that it takes over (key.proof)") from error


def _judge_recovery(entry: Entry, batch: Any) -> None:
    """By the recovery key alone; its precaution was registered, and nobody recovers a party twice at once."""
    party = entry.body["party"]
    authority = batch.authority
    precaution = authority.precaution(party)
    if precaution is None or precaution[0] != hashlib.sha256(bytes.fromhex(entry.by)).hexdigest():
        raise Refused(f"the party {party[:12]} named no such recovery key before (key.recovery)")
    now = max(entry.body["at"], authority.keyring.latest)
    if any(not each.cancelled and now < each.effective for each in authority.recoveries(party)):
        raise Refused(f"the party {party[:12]} is being recovered already (key.recovery)")
    _check_new(entry.body["to"], entry.body["proof"], recover_text(party, entry.body["to"]), batch)


def _judge_cancel(entry: Entry, batch: Any) -> None:
    found = batch.authority.recovery(entry.body["recover"])
    if found is None:
        raise Refused(f"there is no recovery {entry.body['recover'][:12]} in the record (key.unknown)")
    if batch.authority.party_of(entry.by, entry.body["at"]) != found.party:
        raise Refused("only a key of the party that is being recovered cancels it (key.not-yours)")
    now = max(entry.body["at"], batch.authority.keyring.latest)
    if found.cancelled or found.disputed or now >= found.effective:
        raise Refused("the recovery was objected to before, or its time of waiting has passed (key.late)")


def _judge_revocation(entry: Entry, batch: Any) -> None:
    """By the key itself, another living key of its party, or the party's recovery key."""
    key, authority, at = entry.body["key"], batch.authority, entry.body["at"]
    if not batch.role_of(key) and not authority.is_known(key):
        raise Refused(f"there is no key {key[:12]} in the record (key.unknown)")
    if entry.body["since"] > at:
        raise Refused("a key is not lost from a later day on: say since when it was (key.late)")
    party = authority.party_of(key)
    precaution = authority.precaution(party)
    is_recovery = bool(precaution and precaution[0] == hashlib.sha256(bytes.fromhex(entry.by)).hexdigest())
    if not is_recovery and authority.party_of(entry.by, at) != party:
        raise Refused("a key is revoked by itself, by another of its party, or by its recovery key (key.not-yours)")


def _judge_precaution(entry: Entry, batch: Any) -> None:
    """A thief must not replace the precaution: once it is registered it stays for as long as it waits."""
    party = batch.authority.party_of(entry.by, entry.body["at"])
    if batch.authority.precaution(party) is not None:
        raise Refused("this party named its recovery key before, and it stays (key.recovery)")


JUDGES: Final[dict[str, Callable[[Entry, Any], None]]] = {
    "key.rotate": _judge_rotation,
    "key.recovery": _judge_precaution,
    "key.recover": _judge_recovery,
    "key.cancel": _judge_cancel,
    "key.revoke": _judge_revocation,
}
