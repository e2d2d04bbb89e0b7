"""Whether a log has shown everybody the same history, as far as witnesses say so.

Source: C2SP tlog-cosignature and tlog-policy (state of 2026-07-22).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from placet.errors import PlacetError
from placet.record.notes import Signature, parse_note
from placet.record.policy import NONE, Policy, Witness
from placet.signing.findings import Finding, Mark
from placet.signing.notes import can_check, cosigned_at
from placet.signing.trust import verify_checkpoint

__all__ = ["witness_findings"]

_ALONE = "whether the log has shown others a different history: no witness has signed its checkpoint"
_UNASKED = "whether the log has shown others a different history: the policy asks for no witness, though {names} signed"
_STRANGERS = "{who} under the checkpoint: the policy does not list the key"
_UNABLE = "the ML-DSA-44 cosignature of {name}: the OpenSSL of this machine cannot check it, and it does not count"


def witness_findings(note: bytes, policy: Policy | None) -> Iterator[Finding]:
    """What the cosignatures under a checkpoint are worth by this policy; one that is not believed is worth nothing."""
    try:
        _, (_, *names) = verify_checkpoint(note, policy)
    except PlacetError:
        yield Finding(Mark.OPEN, _ALONE)
        return
    signatures = parse_note(note).signatures
    yield _finding(names, signatures, policy or Policy())
    yield from _uncounted(signatures, policy or Policy())


def _finding(names: list[str], signatures: tuple[Signature, ...], policy: Policy) -> Finding:
    if not names:
        return Finding(Mark.OPEN, _ALONE)
    if policy.quorum == NONE:
        return Finding(Mark.OPEN, _UNASKED.format(names=" and ".join(names)))
    times = {(each.name, each.key_id): each for each in reversed(signatures)}
    seen = [f"{each.name} on {_day(times[_who(each)])}" for each in policy.witnesses if each.name in names]
    return Finding(Mark.CHECKED, f"the quorum {policy.quorum!r} has seen this same history: {', '.join(seen)}")


def _uncounted(signatures: tuple[Signature, ...], policy: Policy) -> Iterator[Finding]:
    """Signatures that were not checked, each with why."""
    witnesses = {_who(each): each for each in policy.witnesses}
    known = {(vkey.name, vkey.id) for vkey, _ in policy.logs} | set(witnesses)
    here = dict.fromkeys((each.name, each.key_id) for each in signatures)
    for who in here:
        if who in witnesses and not can_check(witnesses[who].vkey):
            yield Finding(Mark.OPEN, _UNABLE.format(name=witnesses[who].name))
    strangers = [name for name, id_ in here if (name, id_) not in known]
    if strangers:
        count = (
            f"the signatures of {len(strangers)} others" if len(strangers) > 1 else f"the signature of {strangers[0]!r}"
        )
        yield Finding(Mark.OPEN, _STRANGERS.format(who=count))


def _who(witness: Witness) -> tuple[str, bytes]:
    return witness.vkey.name, witness.vkey.id


def _day(signature: Signature) -> str:
    """The UTC date of a cosignature; a time beyond the calendar is shown as its number."""
    seconds = cosigned_at(signature)
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
    except (OverflowError, OSError, ValueError):
        return f"second {seconds}"
