"""Telling one address of one's own choice: JSON by POST, to the public internet over https."""

from __future__ import annotations

from placet.errors import Refused, WrongUsage
from placet.fetch.wire import Wire

__all__ = ["AGENT", "post_json"]

AGENT = "placet-monitor/1.0 (tells what a public log says)"


def post_json(wire: Wire, url: str, body: bytes) -> None:
    """Refused unless the address took it: an answer of 200 to 299."""
    if not url.startswith("https://") and not wire.guard.loopback:
        raise WrongUsage(f"{url}: a webhook has an https address")
    answer = wire.post(url, body, "application/json", lambda *_: 0)
    if answer.status is None:
        raise Refused(f"{url} {answer.error}")
    if not 200 <= answer.status < 300:
        raise Refused(f"{url} answers {answer.status}, and did not take what it was told")
