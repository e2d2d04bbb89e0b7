"""Answers kept for at most a day (RFC 9309 section 2.4), so that nobody is asked the same thing twice.

A failure is not kept, except where the server itself says how long to stay away.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

from placet.errors import BadRecord
from placet.signals.observation import Exchange, Observation, encode, parse

__all__ = ["MOST_AGE", "Cache", "keeps_for"]

MOST_AGE = 24 * 60 * 60
_MAX_AGE = re.compile(r"max-age\s*=\s*\"?(\d{1,10})")
_STAY_AWAY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of exchanges, one file an address and agent; what is broken in it is as if it were not there."""

    folder: Path

    def get(self, url: str, agent: str, now: int) -> Exchange | None:
        try:
            kept = parse(self._path(url, agent).read_bytes())
        except (OSError, BadRecord):
            return None
        (exchange,) = kept.exchanges if len(kept.exchanges) == 1 else (None,)
        if exchange is None or exchange.url != url or kept.agent != agent:
            return None
        return exchange if 0 <= now - exchange.at < keeps_for(exchange) else None

    def put(self, exchange: Exchange, agent: str) -> None:
        if not keeps_for(exchange):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self._path(exchange.url, agent)
        beside = path.with_suffix(f".{os.getpid()}.part")
        beside.write_bytes(encode(Observation(about=exchange.url, exchanges=(exchange,), agent=agent)))
        beside.replace(path)

    def _path(self, url: str, agent: str) -> Path:
        name = sha256("\n".join((agent, url)).encode("utf-8", "surrogatepass")).hexdigest()
        return self.folder / f"{name}.json"


def keeps_for(exchange: Exchange) -> int:
    """Seconds that an answer may be used again: what it says itself, and at most a day."""
    if exchange.status in _STAY_AWAY:
        return min(_retry_after(exchange), MOST_AGE)
    if exchange.status is None or exchange.status >= 500 or exchange.error:
        return 0
    said = exchange.header("cache-control").lower()
    if "no-store" in said or "no-cache" in said:
        return 0
    found = _MAX_AGE.search(said)
    return min(int(found.group(1)), MOST_AGE) if found else MOST_AGE


def _retry_after(exchange: Exchange) -> int:
    """RFC 9110 section 10.2.3: seconds, or a date."""
    said = exchange.header("retry-after").strip()
    if said.isdecimal() and len(said) < 11:
        return int(said)
    try:
        return max(0, int(parsedate_to_datetime(said).timestamp()) - exchange.at)
    except (TypeError, ValueError, OverflowError):
        return 0
