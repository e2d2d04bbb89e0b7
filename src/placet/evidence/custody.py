"""The chain of custody: who did what to the evidence, when; each step signed, and chained to the step before.

One DSSE envelope a line over canonical JSON, `prev` being the SHA-256 of the line before it (empty for the first).
What a step says is its signer's word; the chain shows that no step was taken out, added or changed since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from placet.core.canonical import decode, encode
from placet.errors import BadRecord, PlacetError, TooNew, VerificationFailed
from placet.signing.envelope import open_envelope, seal, verify_envelope
from placet.signing.keys import Key

__all__ = ["PAYLOAD_TYPE", "Step", "format_custody", "parse_custody"]

PAYLOAD_TYPE = "application/vnd.placet.custody+json"
_FIELDS = {"v", "number", "prev", "at", "who", "what", "manifest", "by"}
_MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`at` in UTC seconds, by the teller's word; `manifest` is the SHA-256 of manifest-sha256.txt, in the last step."""

    at: int
    who: str
    what: str
    manifest: str = ""
    by: str = ""


def format_custody(steps: Sequence[Step], key: Key) -> bytes:
    """The steps in their order, each signed by `key`."""
    lines: list[bytes] = []
    for number, step in enumerate(steps):
        prev = hashlib.sha256(lines[-1]).hexdigest() if lines else ""
        said = {"v": 1, "number": number, "prev": prev, "at": step.at, "who": step.who, "what": step.what}
        payload = encode(said | {"manifest": step.manifest, "by": key.public.hex()})
        lines.append(seal(payload, PAYLOAD_TYPE, key))
    return b"".join(line + b"\n" for line in lines)


def parse_custody(data: bytes) -> tuple[Step, ...]:
    """The steps, each one's signature checked against the key that it names, and its place in the chain."""
    lines = data.split(b"\n")
    if lines.pop() or not lines or len(lines) > _MOST_STEPS:
        raise BadRecord("the custody log is empty, cut, or too long (custody.form)")
    steps, prev = list[Step](), ""
    for number, line in enumerate(lines):
        try:
            step = _step(line, number, prev)
        except TooNew:
            raise
        except (PlacetError, ValueError) as error:
            raise VerificationFailed(
                f"step {number + 1} of the custody log does not hold: {error} (custody.chain)"
            ) from None
        steps.append(step)
        prev = hashlib.sha256(line).hexdigest()
    return tuple(steps)


def _step(line: bytes, number: int, prev: str) -> Step:
    envelope = open_envelope(line)
    if envelope.payload_type != PAYLOAD_TYPE:
        raise BadRecord("it is an envelope of something else")
    said = decode(envelope.payload)
    if not isinstance(said, dict) or not isinstance(said.get("v"), int) or set(said) != _FIELDS:
        raise BadRecord("it has other fields than a step has")
    if said["v"] != 1:
        raise TooNew(f"the custody log is of version {said['v']}; this release reads version 1")
    if (said["number"], said["prev"]) != (number, prev):
        raise VerificationFailed("it does not follow the step before it")
    if not isinstance(said["at"], int) or not all(
        isinstance(said[name], str) for name in ("who", "what", "manifest", "by")
    ):
        raise BadRecord("a field of it is of another kind")
    verify_envelope(envelope, [bytes.fromhex(said["by"])])
    return Step(at=said["at"], who=said["who"], what=said["what"], manifest=said["manifest"], by=said["by"])
