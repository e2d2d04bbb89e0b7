"""One request and its answer, whatever the other side does: an Exchange, never an exception.

Bounds are on the whole exchange, not on one read: a server that sends a byte a second, headers without end, or a
small file that unpacks to a large one is cut off, and the exchange says so.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any

import httpcore2

from placet.errors import Refused
from placet.fetch.guard import Guard, Target
from placet.signals import http_body
from placet.signals.observation import Exchange

__all__ = ["Limits", "Opened", "Wire"]

Headers = tuple[tuple[str, str], ...]
Wanted = Callable[[int, Headers], int]
Opened = Callable[[int, Headers], Callable[[bytes], object] | None]
_Take = Callable[[int, Headers, Iterable[bytes]], tuple[bytes, str]]

_SECRET = frozenset({"set-cookie", "set-cookie2"})  # says nothing about preferences, and may name a person
_ERRORS = (
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.UnsupportedProtocol,
    OSError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds for one exchange, and the bytes of it that cross the wire."""

    seconds: float = 20.0
    connect: float = 8.0
    wire_bytes: int = 4 << 20


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a request carries besides its address."""

    method: str = "GET"
    body: bytes | None = None
    kind: str = ""
    start: int = 0  # the first byte that is asked for
    limits: Limits | None = None  # others than those of every request

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        if self.start:
            return [(b"Range", b"bytes=%d-" % self.start)]
        if self.body is None:
            return []
        return [(b"Content-Type", self.kind.encode()), (b"Content-Length", b"%d" % len(self.body))]


@dataclass(slots=True)
class _Budget:
    """What is left of one exchange."""

    clock: Callable[[], float]
    deadline: float
    bytes_left: int

    def time(self, most: float | None) -> float:
        left = self.deadline - self.clock()
        if left <= 0:
            raise httpcore2.ReadTimeout("took too long")
        return min(left, most) if most is not None else left

    def spend(self, count: int) -> None:
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise httpcore2.ReadError("sent more bytes than are taken")


@dataclass(slots=True)
class Wire:
    """Sends requests one after the other.  `clock` counts seconds from anywhere; `now` is in UTC seconds."""

    guard: Guard
    now: Callable[[], int]
    clock: Callable[[], float]
    agent: str
    limits: Limits = Limits()
    tls: SSLContext | None = None
    _backend: _Backend = field(init=False)
    _pool: httpcore2.ConnectionPool = field(init=False)

    def __post_init__(self) -> None:
        self._backend = _Backend()
        self._pool = httpcore2.ConnectionPool(self.tls, max_connections=4, network_backend=self._backend)

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up on everybody."""
        self._pool.close()

    def get(self, url: str, wanted: Wanted) -> Exchange:
        """The answer to a GET; `wanted` says, from status and headers, how many bytes of the body to keep."""
        return self._send(url, _kept(wanted), _Sent())

    def save(self, url: str, opened: Opened, most: int, *, start: int = 0, limits: Limits | None = None) -> Exchange:
        """A GET from byte `start` on, whose body goes piece by piece, at most `most` bytes, to where `opened` says.

        It says so from status and headers; None reads no body. The exchange itself has none.
        """

        def pour(status: int, said: Headers, stream: Iterable[bytes]) -> tuple[bytes, str]:
            sink = opened(status, said)
            return (b"", "") if sink is None else (b"", _pour(stream, said, most, sink)[1])

        return self._send(url, pour, _Sent(start=start, limits=limits))

    def post(self, url: str, body: bytes, kind: str, wanted: Wanted) -> Exchange:
        """The answer to a POST of `body`, whose media type is `kind`; where it leads to elsewhere, nobody goes."""
        return self._send(url, _kept(wanted), _Sent("POST", body, kind))

    def _send(self, url: str, take: _Take, sent: _Sent) -> Exchange:
        at = self.now()
        try:
            target = self.guard.target(url)
        except Refused as refused:
            return Exchange(url=url, at=at, status=None, error=str(refused))
        limits = sent.limits or self.limits
        budget = _Budget(self.clock, self.clock() + limits.seconds, limits.wire_bytes)
        self._backend.begin(target, budget)
        try:
            return self._ask(url, at, target, take, sent)
        except _ERRORS as error:
            return Exchange(url=url, at=at, status=None, error=f"did not answer ({_clause(error)})")

    def _ask(self, url: str, at: int, target: Target, take: _Take, sent: _Sent) -> Exchange:
        host = f"[{target.host}]" if ":" in target.host else target.host
        asked = httpcore2.URL(
            scheme=target.scheme.encode(), host=host.encode(), port=target.port, target=target.path.encode()
        )
        headers = [
            (b"Host", host.encode() if target.is_usual else f"{host}:{target.port}".encode()),
            (b"User-Agent", self.agent.encode()),
            (b"Accept", b"*/*"),
            (b"Accept-Encoding", b"identity" if sent.limits else b"gzip"),
            *sent.headers,
        ]
        timeout = dict.fromkeys(("read", "write", "pool"), self.limits.seconds) | {"connect": self.limits.connect}
        more: dict[str, Any] = {"timeout": timeout, "sni_hostname": target.host}
        with self._pool.stream(sent.method, asked, headers=headers, content=sent.body, extensions=more) as response:
            said = tuple(_fields(response.headers))
            body, error = take(response.status, said, response.iter_stream())
        return Exchange(url=url, at=at, status=response.status, headers=said, body=body, error=error)


def _kept(wanted: Wanted) -> _Take:
    """The body in one piece, as much of it as is wanted."""

    def keep(status: int, said: Headers, stream: Iterable[bytes]) -> tuple[bytes, str]:
        most = wanted(status, said)
        return _read(stream, said, most) if most else (b"", "")

    return keep


def _fields(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[tuple[str, str]]:
    for name, value in headers:
        field = name.decode("latin-1")
        if field.lower() not in _SECRET:
            yield field, _text(value)


def _text(octets: bytes) -> str:
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _read(stream: Iterable[bytes], headers: tuple[tuple[str, str], ...], most: int) -> tuple[bytes, str]:
    """At most `most` bytes of the body, unpacked; and why it is not whole, if it is not."""
    body = bytearray()
    _, error = _pour(stream, headers, most, body.extend)
    return bytes(body), error


def _pour(stream: Iterable[bytes], headers: Headers, most: int, sink: Callable[[bytes], object]) -> tuple[int, str]:
    """How many bytes of the unpacked body went to `sink`, at most `most`; and why it is not whole, if it is not."""
    codings, size = http_body.codings_of(headers), 0
    if fault := http_body.fault_of(codings):
        return 0, fault
    try:
        for chunk in http_body.unpack(stream, codings):
            sink(chunk[: most - size])
            size += len(chunk)
            if size > most:
                return most, f"is longer than the {most} bytes that are read"
    except _ERRORS as error:
        return size, f"broke off after {size} bytes ({_clause(error)})"
    except zlib.error:
        return size, f"is packed and broken after {size} bytes"
    return size, ""


def _clause(error: Exception) -> str:
    if isinstance(error, httpcore2.TimeoutException):
        return "it took too long"
    text = " ".join(str(error).split())
    return text[:120] or type(error).__name__


class _Backend(httpcore2.NetworkBackend):
    """Connects to the judged addresses of the request at hand, whatever name it is asked for."""

    def __init__(self) -> None:
        self._system = httpcore2.SyncBackend()
        self._target: Target | None = None
        self.budget: _Budget | None = None

    def begin(self, target: Target, budget: _Budget) -> None:
        self._target, self.budget = target, budget

    def left(self, most: float | None) -> float:
        if self.budget is None:
            raise httpcore2.ConnectError("no request was begun")
        return self.budget.time(most)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        target = self._target
        if target is None or (host.strip("[]"), port) != (target.host, target.port):
            raise httpcore2.ConnectError(f"{host} was not judged")
        failed: Exception = httpcore2.ConnectError("no address")
        for address in target.addresses:
            try:
                made = self._system.connect_tcp(address, port, self.left(timeout), local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
            else:
                return _Stream(made, self)
        raise failed


class _Stream(httpcore2.NetworkStream):
    """A connection that spends the budget of the exchange it is used for."""

    def __init__(self, inner: httpcore2.NetworkStream, backend: _Backend) -> None:
        self._inner, self._backend = inner, backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, self._backend.left(timeout))
        if self._backend.budget is not None:
            self._backend.budget.spend(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._backend.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._backend.left(timeout)), self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
