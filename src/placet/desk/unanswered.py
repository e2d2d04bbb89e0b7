"""Why a challenge is not answered yet: what was found instead, and where, in one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from placet.core.domains import shown
from placet.fetch.challenge import Look
from placet.registry.challenges import DNS, HTTP, Challenge, answers

__all__ = ["sentence", "shortfall"]

_OTHER_KEY: Final = re.compile(rb"\.[A-Za-z0-9_-]{43}")


def sentence(challenge: Challenge, missing: Sequence[tuple[str, bool]]) -> str:
    """Of all ways that were looked, what is wrong; that nothing is there at all only where it is so of each."""
    told = [why for why, is_absent in missing if not is_absent] or [why for why, _ in missing]
    return f"{shown(challenge.domain)} does not show it yet: {', and '.join(told)} (identity.unanswered)"


def shortfall(challenge: Challenge, looks: Sequence[Look]) -> tuple[str, bool] | None:
    """What the first place said that did not answer as asked, and whether there was nothing; None when all did."""
    found = next(_wrong(challenge, looks), None)
    return found if looks else ("there was nobody to ask", False)


def _wrong(challenge: Challenge, looks: Sequence[Look]) -> Iterator[tuple[str, bool]]:
    for look in looks:
        who = f"the file at {look.source}" if look.status == 200 else _who(challenge, look)
        if look.error:
            yield f"{who} {look.error}", False
        elif not answers(challenge, look.status, look.values):
            yield (_missing if _is_absent(challenge, look) else _instead)(challenge, look)


def _who(challenge: Challenge, look: Look) -> str:
    if challenge.method == DNS:
        return f"the resolver {look.source}"
    return "its web site" if look.source == challenge.domain else f"its web site at {look.source}"


def _is_absent(challenge: Challenge, look: Look) -> bool:
    return look.status == 404 if challenge.method == HTTP else look.status == 3 or (not look.status and not look.values)


def _missing(challenge: Challenge, look: Look) -> tuple[str, bool]:
    if challenge.method == HTTP:
        return f"no such file at {look.source} (404)", True
    code = " (NXDOMAIN)" if look.status == 3 else ""
    return f"no TXT record {challenge.name} by {look.source}{code}", True


def _instead(challenge: Challenge, look: Look) -> tuple[str, bool]:
    who, right = _who(challenge, look), challenge.expected.encode()
    if look.status != (200 if challenge.method == HTTP else 0):
        code = "SERVFAIL" if challenge.method == DNS and look.status == 2 else f"{look.status}"
        return f"{who} answers {code}", False
    what = "the file" if challenge.method == HTTP else f"the TXT record {challenge.name}"
    return f"{what} at {look.source} {_holds(challenge, look.values, right)}", False


def _holds(challenge: Challenge, values: Sequence[bytes], right: bytes) -> str:
    method = DNS if challenge.method == HTTP else HTTP
    other = Challenge(domain=challenge.domain, party=challenge.party, token=challenge.token, method=method)
    bodies = [value.strip() for value in values]
    if any(right in body for body in bodies):
        return "holds more than the answer, which stands there once and alone"
    if any(other.expected.encode() in body for body in bodies):
        return f"holds what belongs into the {'TXT record' if challenge.method == HTTP else 'file'}"
    start = challenge.token.encode()
    if any(body.startswith(start) and _OTHER_KEY.fullmatch(body[len(start) :]) for body in bodies):
        return "holds the answer of another key"
    return "holds something else" if any(bodies) else "is empty"
