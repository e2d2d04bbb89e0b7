"""The witness on the wire: `add-checkpoint`, and what monitors read.

Source: C2SP tlog-witness (state of 2026-07-22); HTTP by the standard library, since this is all it needs.  Requests
are bounded in bytes, a connection in seconds, and all of them together in number.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from placet.errors import PlacetError, Refused
from placet.log.witness import Answer, Witness
from placet.record.add_checkpoint import MAX_BODY

__all__ = ["WitnessServer"]

_MOST_CONNECTIONS = 64
_SECONDS = 30.0
_PLACE = re.compile(r"/([0-9a-f]{64})/checkpoint")
_DECIMAL = re.compile(r"[0-9]{1,9}")


class WitnessServer(ThreadingHTTPServer):
    """Listens at host and port (0 for a free one) until it is shut down; `tell` hears what went wrong inside."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, host: str, port: int, witness: Witness, tell: Callable[[str], None]) -> None:
        self.witness = witness
        self.tell = tell
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._free = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        try:
            super().__init__((host, port), _Handler)
        except (OSError, OverflowError) as error:
            raise Refused(f"cannot listen at {host}, port {port}: {error}") from error

    @property
    def url(self) -> str:
        """The prefix that a log is given."""
        host, port = self.server_address[:2]
        return f"http://[{host!s}]:{port}" if ":" in str(host) else f"http://{host!s}:{port}"

    def server_bind(self) -> None:
        """Bind, and ask nobody for this machine's name."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        self._free.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news."""


class _Handler(BaseHTTPRequestHandler):
    """One connection, which may carry several requests, one after the other."""

    protocol_version = "HTTP/1.1"
    server_version = "placet-witness"
    sys_version = ""
    timeout = _SECONDS
    server: WitnessServer

    def setup(self) -> None:
        super().setup()
        self._end = threading.Timer(_SECONDS, self._hang_up)  # also for who sends a byte a second
        self._end.daemon = True
        self._end.start()

    def finish(self) -> None:
        self._end.cancel()
        super().finish()

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if self.path != "/add-checkpoint":
            self._send(Answer(404, b"there is nothing here but add-checkpoint\n"))
            return
        self._send(self._answer(lambda: self.server.witness.add_checkpoint(body)))

    def do_GET(self) -> None:
        found = _PLACE.fullmatch(self.path)
        self._send(self._answer(lambda: self._shown(found[1] if found else "")))

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """Nobody's address is written down."""

    def _shown(self, place: str) -> Answer:
        note = self.server.witness.latest(place)
        return Answer(404, b"no checkpoint of such a log was cosigned here\n") if note is None else Answer(200, note)

    def _answer(self, ask: Callable[[], Answer]) -> Answer:
        try:
            return ask()
        except (PlacetError, OSError) as error:
            self.server.tell(str(error))
            return Answer(500, b"the witness could not keep the checkpoint, and did not cosign it\n")

    def _body(self) -> bytes | None:
        """The whole body, or None after it was refused."""
        length = self.headers.get("Content-Length", "")
        if "Transfer-Encoding" in self.headers or not _DECIMAL.fullmatch(length):
            self._refuse(411, b"the request must say its length\n")
            return None
        if int(length) > MAX_BODY:
            self._refuse(413, b"the request is too long\n")
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _refuse(self, status: int, sentence: bytes) -> None:
        """Answer without reading on, and hang up: what follows would be taken for another request."""
        self.close_connection = True
        self._send(Answer(status, sentence))

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media_type)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _hang_up(self) -> None:
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return
