"""Asking a resolver of the DNS for one record set, over UDP and then TCP, by dnspython.

The AD bit is asked for (RFC 6840, section 5.7) and given back as the resolver set it; nothing is validated here.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.resolver

from placet.errors import Refused, WrongUsage

__all__ = ["Answer", "Resolver", "addresses", "ask", "parse_resolver", "system_resolvers"]

_MOST_RECORDS = 64


@dataclass(frozen=True, slots=True)
class Resolver:
    address: str
    port: int = 53

    def __str__(self) -> str:
        if self.port == 53:
            return self.address
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """`code` is the RCODE (0 also where there is no such record), `records` are dnspython's rdata."""

    code: int
    records: tuple[Any, ...]
    authentic: bool

    @property
    def texts(self) -> tuple[bytes, ...]:
        """Of TXT records: each with its strings joined (RFC 7208, section 3.3, does the same)."""
        return tuple(b"".join(record.strings) for record in self.records)


def parse_resolver(text: str) -> Resolver:
    """`9.9.9.9`, `127.0.0.1:5353`, `2620:fe::fe` or `[::1]:5353`."""
    text = text.strip()
    host, colon, port = text.rpartition(":")
    if text.endswith("]") or (text.count(":") != 1 and not text.startswith("[")):
        host, colon, port = text, "", ""
    try:
        address = str(ip_address(host.strip("[]")))
        number = int(port) if colon else 53
    except ValueError:
        raise WrongUsage(f"{text!r} is not the address of a resolver, such as 9.9.9.9 or 127.0.0.1:5353") from None
    if not 0 < number < 65536:
        raise WrongUsage(f"{text!r} names no port between 1 and 65535")
    return Resolver(address, number)


def system_resolvers() -> tuple[Resolver, ...]:
    """Those that this system was told to ask."""
    try:
        found = dns.resolver.Resolver()
    except dns.exception.DNSException as error:
        raise Refused(f"this system names no resolver of the DNS ({error}): set PLACET_RESOLVERS") from None
    return tuple(Resolver(str(each), found.port) for each in found.nameservers if _is_address(str(each)))


def ask(name: str, kind: str, resolver: Resolver, seconds: float = 5.0) -> Answer:
    """The records of a name; Refused, in a clause, when the resolver gives no answer that can be used."""
    query = dns.message.make_query(name, kind, want_dnssec=True)
    query.flags |= dns.flags.AD
    try:
        reply, _ = dns.query.udp_with_fallback(query, resolver.address, timeout=seconds, port=resolver.port)
        found = reply.resolve_chaining().answer if isinstance(reply, dns.message.QueryMessage) else None
    except (dns.exception.DNSException, OSError, EOFError, ValueError) as error:
        raise Refused(f"did not answer ({_clause(error)})") from None
    records = tuple(found or ())
    if len(records) > _MOST_RECORDS:
        raise Refused(f"answers with more than {_MOST_RECORDS} records")
    return Answer(int(reply.rcode()), records, bool(reply.flags & dns.flags.AD))


def addresses(host: str, resolver: Resolver, seconds: float = 5.0) -> tuple[str, ...]:
    """IPv4 and IPv6 addresses of a host, as one resolver tells them; Refused, in a clause, when there are none."""
    found: list[str] = []
    for kind in ("A", "AAAA"):
        answer = ask(host, kind, resolver, seconds)
        if answer.code != dns.rcode.NOERROR:
            raise Refused(f"answers {dns.rcode.to_text(dns.rcode.Rcode(answer.code))}")
        found += [record.address for record in answer.records]
    if not found:
        raise Refused("knows no address of it")
    return tuple(dict.fromkeys(found))


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False


def _clause(error: Exception) -> str:
    if isinstance(error, dns.exception.Timeout):
        return "it took too long"
    return " ".join(str(error).split())[:120] or type(error).__name__
