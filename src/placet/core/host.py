"""The host that a word about addresses is about."""

from __future__ import annotations

import re

from placet.core.ids import domain_of
from placet.core.subject import Kind, Subject

__all__ = ["host_of", "wild"]

_ANY = "*."
_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?*#@]*@)?([^/?*#@:]+)")


def host_of(subject: Subject) -> str:
    """The host of an address, a pattern or a domain, without its port; empty for what is about no one host."""
    if subject.kind is Kind.DOMAIN:
        return subject.id
    if subject.kind is Kind.URL:
        return domain_of(subject.id)
    if subject.kind is Kind.PATTERN:
        found = _HOST.match(subject.id)
        return wild(subject.id)[0] or (found[1].lower() if found else "")
    return ""


def wild(text: str) -> tuple[str, str]:
    """The host and path of a pattern that means every host below one, `https://*.host/path`; empty for any other."""
    _, colon, rest = text.partition("://")
    if not colon or not rest.startswith(_ANY):
        return "", ""
    host, slash, path = rest.removeprefix(_ANY).partition("/")
    return host.lower(), slash + path
