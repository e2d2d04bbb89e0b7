"""Files of a static web server, by path: what a log's mirror reads.

A log is published to be copied, so its robots.txt is not asked; the guard and the bounds are those of every request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO
from urllib.parse import quote, urlsplit

from placet.errors import Refused, WrongUsage
from placet.fetch.wire import Limits, Opened, Wire
from placet.signals.observation import Exchange

__all__ = ["AGENT", "LIMITS", "StaticHost", "is_web_address"]

AGENT = "placet-mirror/1.0 (copies a public log)"
LIMITS = Limits(seconds=300.0, wire_bytes=300 << 20)
_ABSENT = frozenset({404, 410})
_SLOWEST = 20_000  # bytes a second, below which a large file is given up for now


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

    def save(self, path: str, file: BinaryIO, size: int) -> None:
        """Bring `file` to the `size` bytes that the file at `path` has, going on from those that it holds.

        Refused when there is no such file, or it does not come whole or is longer; what came is left in `file`.
        """
        url = f"{self.name}/{quote(path)}"
        start = file.seek(0, 2)
        if start > size:
            start = file.truncate(file.seek(0))
        if start == size and size:
            return
        limits = Limits(seconds=60 + size / _SLOWEST, wire_bytes=size + (1 << 20))
        answer = self._wire.save(url, _into(file, start), size, start=start, limits=limits)
        if answer.status in _ABSENT:
            raise Refused(f"{url} is not there, and the snapshot has it")
        if answer.status == 416:
            file.truncate(file.seek(0))
        _check(url, answer, (200, 206))
        if (held := file.seek(0, 2)) > size:
            file.truncate(file.seek(0))
            raise Refused(f"{url} is longer than the {size:,} bytes that are read")
        if held < size:
            raise Refused(f"{url} ended after {held:,} of {size:,} bytes")

    def read(self, path: str, most: int) -> bytes | None:
        url = f"{self.name}/{path}"
        answer = self._wire.get(url, lambda status, _: most if status == 200 else 0)
        if answer.status in _ABSENT:
            return None
        _check(url, answer, (200,))
        return answer.body


def _check(url: str, answer: Exchange, good: tuple[int, ...]) -> None:
    """Refused unless the answer is a good one, and whole."""
    if answer.status is None:
        raise Refused(f"{url} {answer.error}")
    if answer.status not in good:
        onward = answer.header("location")
        leads = f" and leads to {onward[:200]}: name that address, if it is the log" if onward else ""
        raise Refused(f"{url} answers {answer.status}{leads}")
    if answer.error:
        raise Refused(f"{url} {answer.error}")


def _into(file: BinaryIO, start: int) -> Opened:
    """Where the body goes: behind what is there if the answer begins at that byte (RFC 9110, 14.4), else over it."""

    def opened(status: int, said: tuple[tuple[str, str], ...]) -> Callable[[bytes], object] | None:
        ranges = [value for name, value in said if name.lower() == "content-range"]
        if status == 206 and start and ranges and ranges[0].startswith(f"bytes {start}-"):
            file.seek(0, 2)
            return file.write
        if status != 200:
            return None
        file.truncate(file.seek(0))
        return file.write

    return opened
