"""RFC 9651 section 4.2.2: an HTTP Structured Field of the type Dictionary, strictly.

Strict is the point: a preference that does not parse is unknown, never a guess.  The parser is http-sf; here it is
bounded, and reduced to what a preference has: keys and tokens.
"""

from __future__ import annotations

import http_sf

__all__ = ["MOST", "parse_dictionary"]

MOST = 1 << 16  # bytes of one field that are parsed; servers send a few dozen


def parse_dictionary(text: str) -> dict[str, str | None]:
    """The token that stands at each key, the last of a key winning; None for a value of another type.

    Parameters are checked and dropped.  ValueError says where it stops being a dictionary.
    """
    octets = text.encode("utf-8", "surrogateescape")
    if len(octets) > MOST:
        raise ValueError(f"a field of {len(octets)} bytes is longer than the {MOST} that are read")
    members = http_sf.parse(octets, tltype="dictionary")
    if not isinstance(members, dict):
        raise TypeError("http-sf was asked for a dictionary and gave none")
    return {key: _token(member) for key, member in members.items()}


def _token(member: object) -> str | None:
    value = member[0] if isinstance(member, tuple) else member
    return str(value) if isinstance(value, http_sf.Token) else None
