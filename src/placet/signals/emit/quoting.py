"""Paths and header values as the confs of servers take them; what could end a quotation is an error, never sent on."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote_to_bytes

from placet.errors import BadInput
from placet.signals.paths import pattern_of

__all__ = ["match_octets", "match_raw", "match_text", "safe"]

_PLAIN = re.compile(r"[A-Za-z0-9/_~-]")
_VALUE = re.compile(r"[ !-~]*")


def match_octets(path: str) -> str:
    """A regular expression (PCRE) over a path whose percent signs were decoded, octet by octet."""
    return _expression(path, lambda part: "".join(map(_octet, unquote_to_bytes(part))))


def match_text(path: str) -> str:
    """The same for matchers that see characters, not octets (RE2)."""
    return _expression(path, lambda part: "".join(map(_character, unquote_to_bytes(part).decode("utf-8"))))


def match_raw(path: str) -> str:
    """The same over a request line, as the client spelled it."""
    pattern = pattern_of(path)
    parts = ("".join(map(_octet, part.encode("ascii"))) for part in pattern.parts)
    return r"^\S+ " + "[^? ]*".join(parts) + ("[? ]" if pattern.anchored else "")


def safe(value: str, beside: str = "") -> str:
    """The value itself; BadInput when it holds a control character, or one of those that mean something here."""
    if not _VALUE.fullmatch(value) or any(sign in value for sign in beside):
        raise BadInput(f"{value!r} holds a sign that this server's conf would read as its own")
    return value


def _expression(path: str, spell: Callable[[str], str]) -> str:
    pattern = pattern_of(path)
    return "^" + r"[\s\S]*".join(map(spell, pattern.parts)) + (r"\z" if pattern.anchored else "")


def _octet(octet: int) -> str:
    return chr(octet) if octet < 0x80 and _PLAIN.fullmatch(chr(octet)) else f"\\x{octet:02X}"


def _character(character: str) -> str:
    return character if _PLAIN.fullmatch(character) else f"\\x{{{ord(character):X}}}"
