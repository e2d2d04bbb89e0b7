"""JSON (RFC 8259) from strangers: bounded, one meaning per document, and one error when there is none."""

from __future__ import annotations

import json
from typing import Any

from placet.core.canonical import flaw
from placet.errors import SignalError

__all__ = ["parse"]

_MOST_BYTES = 4 * 1024 * 1024


def parse(body: bytes, where: str) -> Any:
    """The value; SignalError when it is no JSON or repeats a key, since then readers differ on what it says."""
    if len(body) > _MOST_BYTES:
        raise SignalError(f"{where} has {len(body)} bytes; at most {_MOST_BYTES} of JSON are read")
    try:
        return json.loads(body.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise SignalError(f"{where} is not JSON: {flaw(error)}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found
