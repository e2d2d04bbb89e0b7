"""A real name server on loopback, over UDP and TCP, whose every answer a test decides."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

__all__ = ["NameServer", "a_name_server"]


@dataclass
class NameServer:
    """`records` by (name, type), each as in a zone file; a name with none at all is NXDOMAIN."""

    address: str = ""
    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    code: int | None = None
    authentic: bool = False
    truncate: bool = False
    silent: bool = False
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def say(self, name: str, kind: str, *values: str) -> None:
        self.records[f"{name}.", kind] = list(values)

    def answer(self, wire: bytes, by: str) -> bytes:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind, by))
        reply = dns.message.make_response(query, recursion_available=True)
        while target := self.records.get((name, "CNAME")):
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", *target))
            name = target[0]
        if values := self.records.get((name, kind)):
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *values))
        elif not any(known == name for known, _ in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        if self.code is not None:
            reply.set_rcode(self.code)
        if self.authentic and query.flags & dns.flags.AD:
            reply.flags |= dns.flags.AD
        if self.truncate and by == "udp":
            reply.answer.clear()
            reply.flags |= dns.flags.TC
        return reply.to_wire(max_size=65_535)


@contextmanager
def a_name_server() -> Iterator[NameServer]:
    known = NameServer()

    class Udp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, socket = self.request
            if not known.silent:
                socket.sendto(known.answer(data, "udp"), self.client_address)

    class Tcp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            head = self.request.recv(2)
            data = known.answer(self.request.recv(struct.unpack("!H", head)[0]), "tcp")
            self.request.sendall(struct.pack("!H", len(data)) + data)

    tcp = socketserver.TCPServer(("127.0.0.1", 0), Tcp)
    udp = socketserver.UDPServer(("127.0.0.1", tcp.server_address[1]), Udp)
    threads = [threading.Thread(target=each.serve_forever, kwargs={"poll_interval": 0.01}) for each in (udp, tcp)]
    for thread in threads:
        thread.start()
    known.address = f"127.0.0.1:{tcp.server_address[1]}"
    try:
        yield known
    finally:
        for server, thread in zip((udp, tcp), threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()
