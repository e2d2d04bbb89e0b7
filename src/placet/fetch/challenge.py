"""Looking for the answer to a challenge at every address of a host, or by every resolver that is known.

A file is asked for at each address apart, by the guarded wire: no other host is gone to, whatever a redirect says, and
no more is read than an answer has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from placet.errors import Refused
from placet.fetch.dns import Resolver, addresses, ask, system_resolvers
from placet.fetch.guard import Guard, is_public, look_up
from placet.fetch.wire import Limits, Wire
from placet.signals.observation import Exchange, redirect_of

__all__ = ["Look", "Vantage"]

_AGENT = "placet/1.0 (checks who controls a domain)"
_LIMITS = Limits(seconds=10.0, connect=5.0, wire_bytes=1 << 18)
_MOST = 1024
_MOST_ADDRESSES = 16
_MOST_REDIRECTS = 3
_MOST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Look:
    """What one address or resolver answered; `error` says why there is no whole answer."""

    source: str
    where: str
    status: int
    values: tuple[bytes, ...] = ()
    authentic: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vantage:
    """From where it is looked: these resolvers, else the system's.  `loopback` lets requests go to this machine.

    `seconds` is how long one resolver is waited for.
    """

    now: Callable[[], int]
    clock: Callable[[], float]
    resolvers: tuple[Resolver, ...] = ()
    loopback: bool = False
    seconds: float = 5.0

    def txt(self, name: str) -> list[Look]:
        """The TXT records of a name, as each resolver tells them."""
        return [_told(name, resolver, self.seconds) for resolver in self.resolvers or system_resolvers()]

    def file(self, url: str) -> list[Look]:
        """The file at an address of the web, as each address of its host gives it; over https where http is silent."""
        host, port = urlsplit(url).hostname or "", urlsplit(url).port or 80
        try:
            places = self._addresses(host, port)
        except Refused as error:
            return [Look(host, url, 0, error=str(error))]
        return [self._from(place, url) for place in places]

    def _addresses(self, host: str, port: int) -> Sequence[str]:
        found = list(dict.fromkeys(self._every(host, port)))
        if len(found) > _MOST_ADDRESSES:
            raise Refused(f"has more than {_MOST_ADDRESSES} addresses, which are not all asked")
        if not self.loopback and (closed := [each for each in found if not is_public(each)]):
            raise Refused(f"leads to {closed[0]}, which is not on the public internet, and is not asked")
        return found

    def _every(self, host: str, port: int) -> Iterator[str]:
        for resolver in self.resolvers:
            try:
                yield from addresses(host, resolver, self.seconds)
            except Refused as error:
                raise Refused(f"is not known everywhere: the resolver {resolver} {error}") from None
        if not self.resolvers:
            try:
                yield from look_up(host, port)
            except (OSError, UnicodeError):
                raise Refused("has a name that leads nowhere") from None

    def _from(self, address: str, url: str) -> Look:
        guard = Guard(loopback=self.loopback, resolve=lambda *_: [address])
        with Wire(guard, self.now, self.clock, _AGENT, _LIMITS) as wire:
            answer = _follow(wire, url)
            if answer.status is None and urlsplit(url).port is None:
                secure = _follow(wire, url.replace("http://", "https://", 1))
                answer = secure if secure.status is not None else answer
        return Look(address, answer.url, answer.status or 0, (answer.body,), error=answer.error)


def _told(name: str, resolver: Resolver, seconds: float) -> Look:
    try:
        answer = ask(name, "TXT", resolver, seconds)
    except Refused as error:
        return Look(str(resolver), name, -1, error=str(error))
    return Look(str(resolver), name, answer.code, answer.texts, answer.authentic)


def _follow(wire: Wire, url: str) -> Exchange:
    """Redirects are followed to the same host, port by default, and path only: from http to https, that is."""
    answer = wire.get(url, lambda status, _: _MOST if status == 200 else 0)
    for _ in range(_MOST_REDIRECTS):
        onward = redirect_of(answer)
        if onward is None:
            return answer
        if _place(onward) != _place(url):
            why = f"leads to {_elsewhere(onward, url)}, another place, where nobody goes"
            return Exchange(url=answer.url, at=answer.at, status=answer.status, headers=answer.headers, error=why)
        answer = wire.get(onward, lambda status, _: _MOST if status == 200 else 0)
    return Exchange(url=answer.url, at=answer.at, status=answer.status, error="leads on and on")


def _elsewhere(onward: str, url: str) -> str:
    """Where a redirect leads, short: its path only where that is another."""
    short = onward.removesuffix(urlsplit(url).path)
    return short if len(short) <= _MOST_SHOWN else f"{short[:_MOST_SHOWN]}..."


def _place(url: str) -> tuple[str | None, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None, ""
    return parts.hostname, parts.path + parts.query
