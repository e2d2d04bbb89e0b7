"""A real mail server on loopback (RFC 5321, as much as a client needs), which keeps the letters it is given."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

__all__ = ["Mailbox", "a_mailbox"]


@dataclass
class Mailbox:
    """`unknown` are addresses to which nothing is taken; `code` is what a letter is answered with."""

    port: int = 0
    unknown: set[str] = field(default_factory=set)
    code: str = "250 taken"
    letters: list[Message] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?from=registry@log.example"

    def text(self) -> str:
        """What the newest letter says."""
        return self.letters[-1].get_payload(decode=True).decode()


@contextmanager
def a_mailbox() -> Iterator[Mailbox]:
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, line: str) -> None:
            self.wfile.write(line.encode() + b"\r\n")

        def handle(self) -> None:
            with suppress(OSError):
                self.say("220 log.example")
                while line := self.rfile.readline().decode().strip():
                    if self.reply(line) is False:
                        return

        def reply(self, line: str) -> bool | None:
            word = line.upper()
            if word.startswith("RCPT"):
                known = not any(each in line for each in box.unknown)
                self.say("250 ok" if known else "550 no such user here")
            elif word == "DATA":
                self.say("354 go on")
                lines = list(iter(self.rfile.readline, b".\r\n"))
                box.letters.append(message_from_bytes(b"".join(lines)))
                self.say(box.code)
            elif word == "QUIT":
                self.say("221 bye")
                return False
            else:
                self.say("250 ok")
            return None

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    box.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
