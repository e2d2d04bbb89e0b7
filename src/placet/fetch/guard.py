"""Where a request may go: http(s), the usual ports, and addresses of the public internet only.

A name is resolved once; the connection is made to an address that was judged, never to the name.  Addresses that hold
another address (IPv4-mapped, 6to4, NAT64) are judged by neither and refused: RFC 6890 and the IANA registries of
special-purpose addresses.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, quote, urlsplit

from placet.core.ids import canonical_url, domain_of
from placet.errors import Refused

__all__ = ["Guard", "Resolve", "Target", "is_public", "look_up"]

Resolve = Callable[[str, int], Sequence[str]]

_PORTS = {"http": 80, "https": 443}
_WAY = "PLACET_LOOPBACK=1 opens this machine"
_MOST_ADDRESSES = 4
_SAFE = "!$&'()*+,;=:@/?%-._~"

# What `is_global` of some Python versions lets through, and ways of writing one address inside another.
_CLOSED = tuple(
    ip_network(text)
    for text in (
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
_GLOBAL_UNICAST = ip_network("2000::/3")  # all else in IPv6 is local, mapped, translated or not given out


@dataclass(frozen=True, slots=True)
class Target:
    """A request that may be made: to one of `addresses`, in the name of `host`."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def is_usual(self) -> bool:
        return self.port == _PORTS[self.scheme]


def is_public(text: str) -> bool:
    """True for an address that anybody on the internet would reach."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and (address.scope_id or address not in _GLOBAL_UNICAST):
        return False
    return address.is_global and not address.is_multicast and not any(address in net for net in _CLOSED)


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, as this system resolves it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(slots=True)
class Guard:
    """`loopback` also lets requests go to this machine, on any port, for who tries a site of her own."""

    loopback: bool = False
    ports: frozenset[int] = frozenset({80, 443})
    resolve: Resolve = look_up
    _known: dict[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)

    def target(self, url: str) -> Target:
        """Where a request for `url` may go; Refused, in a clause, when it may not be made."""
        parts, scheme, host, port = _parts(url)
        addresses = self._addresses(host, port)
        is_loopback = all(_is_loopback(each) for each in addresses)
        is_here, way = self.loopback and is_loopback, f" ({_WAY})" if is_loopback else ""
        if port not in self.ports and not is_here:
            raise Refused(f"is on port {port}, which is not asked{way}")
        closed = [each for each in addresses if not is_public(each)]
        if closed and not is_here:
            raise Refused(f"leads to {closed[0]}, which is not on the public internet, and is not asked{way}")
        path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
        return Target(scheme, host, port, path, addresses)

    def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        if (host, port) not in self._known:
            try:
                found = (host,) if _is_address(host) else tuple(dict.fromkeys(self.resolve(host, port)))
            except (OSError, UnicodeError) as error:
                raise Refused(f"has a name that leads nowhere ({_reason(error)})") from None
            if not found:
                raise Refused("has a name that leads nowhere")
            self._known[host, port] = found[:_MOST_ADDRESSES] if all(map(is_public, found)) else found
        return self._known[host, port]


def _parts(url: str) -> tuple[SplitResult, str, str, int]:
    try:
        parts = urlsplit(url)
        scheme, port = parts.scheme.lower(), parts.port
    except ValueError:
        raise Refused("is not an address") from None
    if scheme not in _PORTS:
        raise Refused(f"is not of http or https but of {scheme[:20] or 'no scheme'}, and is not asked")
    if parts.username is not None or parts.password is not None:
        raise Refused("holds a name or password, and is not asked")
    try:
        host = domain_of(canonical_url(url))
    except ValueError:
        raise Refused("has no host name that can be asked") from None
    if not host:
        raise Refused("has no host name that can be asked")
    return parts, scheme, host, port or _PORTS[scheme]


def _is_address(host: str) -> bool:
    """An address is its own answer, and nobody is asked about it."""
    try:
        return bool(str(ip_address(host)))
    except ValueError:
        return False


def _is_loopback(text: str) -> bool:
    address = ip_address(text)
    is_mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    return address.is_loopback and not is_mapped


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) and error.strerror else str(error)).strip()[:100]
