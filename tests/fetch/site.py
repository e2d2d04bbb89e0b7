"""A real server on loopback, whose every answer a test decides, and a visitor that may go there."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic

from placet.fetch.cache import Cache
from placet.fetch.guard import Guard
from placet.fetch.visit import USER_AGENT, Visitor
from placet.fetch.wire import Limits, Wire

__all__ = ["NOW", "Answer", "Site", "a_site", "a_visitor"]

NOW = 1_750_000_000


@dataclass(frozen=True)
class Answer:
    """`raw` is sent instead of everything else."""

    body: bytes = b""
    kind: str = "text/plain"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    raw: tuple[bytes, ...] = ()


@dataclass
class Site:
    """What is answered, by path, and what was asked."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def say(
        self, path: str, body: bytes | str = b"", kind: str = "text/plain", status: int = 200, **headers: str
    ) -> None:
        data = body.encode() if isinstance(body, str) else body
        named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        self.answers[path] = Answer(data, kind, status, named)


@contextmanager
def a_site(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append((self.path, dict(self.headers.items())))
            answer = site.answers.get(self.path, Answer(b"no such thing", status=404))
            for piece in answer.raw:
                self.wfile.write(piece)
                if site.stop.wait(0.05):
                    break
            if answer.raw:
                self.close_connection = True
                return
            self.send_response(answer.status)
            if answer.kind:
                self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
            for name, value in answer.headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

        def do_POST(self) -> None:
            site.posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(OSError):  # the visitor hung up, as it may
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    try:
        yield site
    finally:
        site.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def a_visitor(
    cache: Path | None = None, *, now: int = NOW, guard: Guard | None = None, **limits: float
) -> Iterator[Visitor]:
    """Nobody sleeps here: what it would have slept is in `slept`."""
    wire = Wire(guard or Guard(loopback=True), lambda: now, monotonic, USER_AGENT, Limits(**limits))  # type: ignore[arg-type]
    with wire:
        yield Visitor(wire, monotonic, lambda _: None, Cache(cache) if cache else None)
