"""Files of a static web server, by path: what a log's mirror reads.

A log is published to be copied, so its robots.txt is not asked; the guard and the bounds are those of every request.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from placet.errors import Refused, WrongUsage
from placet.fetch.wire import Limits, Wire

__all__ = ["AGENT", "LIMITS", "StaticHost", "is_web_address"]

AGENT = "placet-mirror/1.0 (copies a public log)"
LIMITS = Limits(seconds=300.0, wire_bytes=300 << 20)
_ABSENT = frozenset({404, 410})


def is_web_address(words: str) -> bool:
    return words.lower().startswith(("http://", "https://"))


class StaticHost:
    """`placet.log.signed.Source` over HTTP: 404 and 410 say that there is no such file, all else is Refused."""

    def __init__(self, wire: Wire, base: str) -> None:
        parts = urlsplit(base)
        if parts.query or parts.fragment:
            raise WrongUsage(f"{base}: the address of a log's folder has no ? and no #")
        self._wire = wire
        self.name = base.rstrip("/")

    def __enter__(self) -> StaticHost:
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()

    def read(self, path: str, most: int) -> bytes | None:
        url = f"{self.name}/{path}"
        answer = self._wire.get(url, lambda status, _: most if status == 200 else 0)
        if answer.status in _ABSENT:
            return None
        if answer.status is None:
            raise Refused(f"{url} {answer.error}")
        if answer.status != 200:
            onward = answer.header("location")
            leads = f" and leads to {onward[:200]}: name that address, if it is the log" if onward else ""
            raise Refused(f"{url} answers {answer.status}{leads}")
        if answer.error:
            raise Refused(f"{url} {answer.error}")
        return answer.body
