"""What an entry about keys, mandates and statements of making says, in one clause."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from placet.record.entries import Entry
from placet.signing.keys import fingerprint

__all__ = ["key_phrase"]


def key_phrase(entry: Entry) -> str:
    """What it says about keys or mandates; empty for any other entry."""
    told = _PHRASES.get(entry.type)
    return told(entry.body) if told else ""


def _key(public: str) -> str:
    return f"key {fingerprint(bytes.fromhex(public))}"


def _day(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def _revoked(body: Any) -> str:
    since = f", lost since {_day(body['since'])}" if body["since"] else ""
    return f"{_key(body['key'])} revoked{since}"


def _granted(body: Any) -> str:
    until = f" until {_day(body['until'] - 1)}" if body["until"] else ""
    alone = ", and nobody else," if body["exclusive"] else ""
    return f"{_key(body['to'])}{alone} may {', '.join(body['acts'])} for whoever signed this{until}"


_PHRASES: Final[dict[str, Callable[[Any], str]]] = {
    "key.rotate": lambda body: f"handed on to {_key(body['to'])}",
    "key.recovery": lambda body: f"a recovery key named, whose use waits {body['wait']} days",
    "key.recover": lambda body: f"{_key(body['to'])} is to become {_key(body['party'])}, if nobody objects in time",
    "key.cancel": lambda body: f"recovery {body['recover'][:12]} objected to",
    "key.revoke": _revoked,
    "mandate.grant": _granted,
    "mandate.accept": lambda body: f"mandate {body['mandate'][:12]} accepted",
    "mandate.revoke": lambda body: f"mandate {body['mandate'][:12]} ended",
    "made.add": lambda body: f"how {body['count']:,} work{'s' * (body['count'] != 1)} came to be",
}
