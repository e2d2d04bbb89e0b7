"""Path patterns as RFC 9309 section 2.2.2 and 2.2.3 match them, shared by robots.txt, AIPREF, Content Signals and RSL.

A pattern matches from the first octet of path and query; `*` stands for any octets, a final `$` for the end.  Before
comparing, percent signs are brought to one spelling on both sides: hex in capitals, unreserved octets decoded, octets
outside ASCII encoded.  Within a query `:/?@[]` mean the same encoded or not (the table in section 2.2.2).
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from placet.core.subject import Kind, Subject

__all__ = [
    "Pattern",
    "covers",
    "exactly",
    "normal_pattern",
    "normal_target",
    "pattern_of",
    "split_pattern",
    "target_of",
]

_ODD = re.compile(r"%|[^!-~]")
_ODD_TARGET = re.compile(r"[%*$#]|[^!-~]")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}|[^!-~]")
_STARS = re.compile(r"\*+")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_IN_QUERY = frozenset(":/?@[]")
# An address whose path and query are in their one spelling as they stand: nothing of `_ODD_TARGET` in them.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*(/[!\"&-)+-~]*)").fullmatch
_HOST = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?*#]*")


def _spell(path: str) -> str:
    """One spelling of every percent sign; the query is what follows the first question mark."""
    before, mark, query = path.partition("?")
    return _ESCAPED.sub(_one, before) + mark + _ESCAPED.sub(_one_in_query, query)


def _one(found: re.Match[str], free: frozenset[str] = _UNRESERVED) -> str:
    octets = found.group()
    if len(octets) == 3:
        char = chr(int(octets[1:], 16))
        return char if char in free else octets.upper()
    return "".join(f"%{octet:02X}" for octet in octets.encode("utf-8", "surrogateescape"))


def _one_in_query(found: re.Match[str]) -> str:
    return _one(found, _UNRESERVED | _IN_QUERY)


def normal_pattern(pattern: str) -> str:
    """The pattern in its one spelling; runs of `*` are one."""
    if _ODD.search(pattern):
        pattern = _spell(pattern)
    return _STARS.sub("*", pattern) if "**" in pattern else pattern


def normal_target(target: str) -> str:
    """A path and query in its one spelling; its own `*` and `$` are written %2A and %24, as patterns write them."""
    if not _ODD_TARGET.search(target):
        return target
    target = target.partition("#")[0]
    return _spell(target).replace("*", "%2A").replace("$", "%24")


def target_of(url: str) -> str:
    """Path and query of an absolute address, in one spelling."""
    if plain := _PLAIN(url):
        return plain[1]
    start = url.find("://") + 3 if "://" in url else 0
    slash = url.find("/", start)
    question = url.find("?", start)
    if slash < 0 or 0 <= question < slash:  # https://host?query
        return normal_target("/" + (url[question:] if question >= 0 else ""))
    return normal_target(url[slash:])


def exactly(target: str) -> str:
    """The pattern that matches this path and query and nothing else."""
    return normal_target(target) + "$"


def split_pattern(address: str) -> tuple[str, str]:
    """`https://host/pattern` as its origin and its pattern; the origin is empty for a bare pattern."""
    host = _HOST.match(address)
    if not host:
        return "", address
    parts = urlsplit(host.group())
    return f"{parts.scheme}://{parts.netloc}".lower(), address[host.end() :]


class Pattern(NamedTuple):
    """`octets` is what decides between two patterns that both match: the longer is the more specific."""

    text: str
    parts: tuple[str, ...]
    anchored: bool

    @property
    def octets(self) -> int:
        return len(self.text)

    @property
    def head(self) -> str:
        """What a matching path must begin with."""
        return self.parts[0]

    def matches(self, target: str) -> bool:
        """`target` is already in its one spelling.  Leftmost parts first is exact, since `*` takes any octets."""
        head, *rest = self.parts
        if not rest:
            return target == head if self.anchored else target.startswith(head)
        if not target.startswith(head):
            return False
        at, last = len(head), rest.pop() if self.anchored else ""
        for part in rest:
            at = target.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return not self.anchored or (len(target) - len(last) >= at and target.endswith(last))


def pattern_of(text: str) -> Pattern:
    """A pattern as it is written in a file; a `$` that is not last is an ordinary octet."""
    spelled = normal_pattern(text)
    if "*" not in spelled and "$" not in spelled:
        return Pattern(spelled, (spelled,), False)
    anchored = spelled.endswith("$")
    body = spelled[:-1] if anchored else spelled
    if "$" in body:
        body = body.replace("$", "%24")
    return Pattern(spelled, tuple(body.split("*")), anchored)


def covers(pattern: Subject, address: Subject) -> bool:
    """Whether a pattern of addresses, of whatever scheme, matches an address; what is no pattern matches none."""
    if pattern.kind is not Kind.PATTERN or address.kind is not Kind.URL:
        return False
    try:
        origin, path = split_pattern(pattern.id.replace("http://", "https://", 1))
    except ValueError:  # a host in brackets that is none
        return False
    return address.id.startswith(f"{origin}/") and pattern_of(path or "/").matches(target_of(address.id))
