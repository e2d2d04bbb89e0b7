"""Which of the things that were spoken about an address falls under: itself, its domains, patterns of addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from placet.core.host import host_of, wild
from placet.core.ids import domain_of
from placet.core.subject import Kind, Subject
from placet.signals.paths import Pattern, pattern_of, split_pattern, target_of

__all__ = ["SpokenAddresses"]


class SpokenAddresses:
    """The addresses, domains and patterns among the subjects that somebody spoke about."""

    def __init__(self, named: Iterable[Subject]) -> None:
        self._named = frozenset(s for s in named if s.kind in (Kind.URL, Kind.DOMAIN))
        self._patterns: dict[str, list[tuple[Pattern, Subject]]] = defaultdict(list)
        for subject in named:
            if subject.kind is Kind.PATTERN and (host := host_of(subject)):
                self._patterns[host].append((_path(subject), subject))
        self._hosts = {s.id for s in self._named if s.kind is Kind.DOMAIN} | self._patterns.keys()

    def __bool__(self) -> bool:
        return bool(self._named or self._patterns)

    def is_spoken(self, host: str) -> bool:
        """Whether anything but single addresses was spoken of on this host, which may carry a port."""
        return any(name in self._hosts for name in _above(host.partition(":")[0]))

    def of(self, url: str) -> frozenset[Subject]:
        """What a canonical address falls under; a domain speaks for those below it."""
        host = domain_of(url)
        found = {Subject(Kind.URL, url), *(Subject(Kind.DOMAIN, name) for name in _above(host))} & self._named
        if self._patterns:
            target = target_of(url)
            for name in _above(host):
                for pattern, subject in self._patterns.get(name, ()):
                    if (name == host or wild(subject.id)[0]) and pattern.matches(target):
                        found.add(subject)
        return frozenset(found)


def _above(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]


def _path(subject: Subject) -> Pattern:
    """The pattern of paths; one that names a host and no path is about all of it."""
    host, path = wild(subject.id)
    return pattern_of((path if host else split_pattern(subject.id)[1]) or "/")
