"""Sending a few bytes to an address that the operator named, and reading a short answer."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from placet.fetch.guard import Guard
from placet.fetch.wire import Limits, Wire

__all__ = ["post_text"]

_AGENT = "placet/1.0 (asks for cosignatures)"
_MOST = 1 << 17
_LIMITS = Limits(seconds=10.0, connect=5.0, wire_bytes=2 * _MOST)


def post_text(
    url: str, body: bytes, *, loopback: bool, now: Callable[[], int], clock: Callable[[], float]
) -> tuple[int | None, str, bytes, str]:
    """Status (None without an answer), media type, body, and why it is not whole; on the port that the address names.

    Only the public internet is asked, and this machine where `loopback` allows it.
    """
    with Wire(Guard(loopback=loopback, ports=_ports(url)), now, clock, _AGENT, _LIMITS) as wire:
        exchange = wire.post(url, body, "text/plain; charset=utf-8", lambda *_: _MOST)
    if exchange.error:
        return None, "", b"", exchange.error
    types = [value for name, value in exchange.headers if name.lower() == "content-type"]
    return exchange.status, types[0].partition(";")[0].strip().lower() if types else "", exchange.body, ""


def _ports(url: str) -> frozenset[int]:
    try:
        port = urlsplit(url).port
    except ValueError:
        port = None
    return frozenset({80, 443} | ({port} if port else set()))
