"""Asking witnesses: each gets the new checkpoint with the proof from the tree that it saw last.

Source: C2SP tlog-witness and tlog-policy (state of 2026-07-22).  A witness that does not answer holds nothing up,
unless the log's own policy demands it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from placet.errors import PlacetError, Refused, VerificationFailed
from placet.log.ports import Post, Published, Reply
from placet.record.add_checkpoint import SIZE_TYPE, AddCheckpoint, format_add_checkpoint, parse_lines, parse_size
from placet.record.merkle import Nodes, consistency_path
from placet.record.notes import Note, Signature, format_note, open_note, parse_note
from placet.record.policy import Policy, Witness
from placet.signing.notes import can_check, verifier_of
from placet.signing.trust import verify_checkpoint

__all__ = ["Cosigned", "ask_witnesses"]

_MOST_AT_ONCE = 8
_STATUS = {
    400: "says that the request is malformed",
    403: "does not trust the key that signed the checkpoint",
    404: "does not know this log",
    409: "has seen another tree of this size: one of the two histories is false",
    422: "says that this tree does not continue the one it saw: one of the two histories is false",
}


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint with the cosignatures that came, and a clause for each witness that gave none."""

    published: Published
    missing: tuple[str, ...]


def ask_witnesses(published: Published, policy: Policy, seen: int, nodes: Nodes, post: Post) -> Cosigned:
    """Ask every witness of the policy that has an address and has not cosigned yet.

    `seen` is the size that they are guessed to have seen.  Refused when the quorum of the policy is not met.
    """
    note = parse_note(published.note)
    here = {(each.name, each.key_id) for each in note.signatures}
    due = [each for each in policy.witnesses if each.url and (each.vkey.name, each.vkey.id) not in here]
    lines, missing = _gather(due, published, _Request(note, seen, nodes, post))
    cosigned = format_note(Note(note.text, (*note.signatures, *lines))) if lines else published.note
    _need_quorum(cosigned, policy, published.size, missing)
    return Cosigned(replace(published, note=cosigned), missing)


@dataclass(frozen=True, slots=True)
class _Request:
    """What all witnesses are asked alike."""

    note: Note
    seen: int
    nodes: Nodes
    post: Post


def _gather(due: Sequence[Witness], published: Published, request: _Request) -> tuple[list[Signature], tuple[str, ...]]:
    if not due:
        return [], ()
    with ThreadPoolExecutor(min(_MOST_AT_ONCE, len(due))) as pool:
        answers = list(pool.map(lambda witness: _ask(witness, published, request), due))
    return [each for each in answers if isinstance(each, Signature)], tuple(e for e in answers if isinstance(e, str))


def _ask(witness: Witness, published: Published, request: _Request) -> Signature | str:
    """The cosignature of one witness, or a clause that says why there is none."""
    if not can_check(witness.vkey):
        return f"{witness.name} signs by a method that cannot be checked here"
    reply = _send(witness, published, request, min(request.seen, published.size))
    try:
        if reply.status == 409 and reply.media_type == SIZE_TYPE:
            seen = parse_size(reply.body)
            if seen > published.size:
                return (
                    f"{witness.name} has seen {seen} entries of this log, which has {published.size} here:"
                    " this is an old copy of it, or another"
                )
            reply = _send(witness, published, request, seen)
        if reply.status == 200:
            return _line(witness, request.note.text, reply.body)
    except VerificationFailed:
        return f"{witness.name} answered with a cosignature that is not its own"
    except PlacetError as error:
        return f"{witness.name} answered what cannot be read: {error}"
    if reply.status is None:
        return f"{witness.name} {reply.error}"
    return f"{witness.name} {_STATUS.get(reply.status, f'answered with the status {reply.status}')}"


def _send(witness: Witness, published: Published, request: _Request, seen: int) -> Reply:
    path = consistency_path(seen, published.size, request.nodes)
    body = format_add_checkpoint(AddCheckpoint(seen, path, published.note))
    return request.post(f"{witness.url.rstrip('/')}/add-checkpoint", body)


def _line(witness: Witness, text: str, body: bytes) -> Signature:
    (line,) = open_note(Note(text, parse_lines(text, body)), [verifier_of(witness.vkey)])
    return line


def _need_quorum(note: bytes, policy: Policy, size: int, missing: Sequence[str]) -> None:
    try:
        verify_checkpoint(note, policy)
    except VerificationFailed as error:
        why = f" ({'; '.join(missing)})" if missing else ""
        raise Refused(
            f"the log's checkpoint of {size} entries waits for its witnesses, whose quorum {policy.quorum!r} is not"
            f" met{why}: what was sent is kept, and is shown when they answer"
        ) from error
