"""RFC 9651 section 4.2.2: an HTTP Structured Field of the type Dictionary, strictly.

Strict is the point: a preference that does not parse is unknown, never a guess.  Parameters are checked and dropped.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

__all__ = ["Other", "Token", "Value", "parse_dictionary"]

_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_TOKEN = re.compile(r"[A-Za-z*][A-Za-z0-9:/!#$%&'*+.^_`|~-]*")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_STRING = re.compile(r'"(?:[ !#-\[\]-~]|\\["\\])*+"')
_BYTES = re.compile(r":([A-Za-z0-9+/=]*):")
_DISPLAY = re.compile(r'%"((?:[ !#$&-~]|%[0-9a-f]{2})*+)"')
_SPACES = re.compile(r" *")
_BLANKS = re.compile(r"[ \t]*")


class Token(str):
    """The only type of value that a preference has."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Other:
    """A value of another type, as it was written."""

    text: str


Value = Token | Other


def parse_dictionary(text: str) -> dict[str, Value]:
    """Members by key, the last of a key winning; ValueError says where it stops being a dictionary."""
    members: dict[str, Value] = {}
    end = len(text.rstrip(" "))
    at = _after(_SPACES, text, 0)
    while at < end:
        key, at = _take(_KEY, text, at, "a key in lower case")
        if text[at : at + 1] == "=":
            value, at = _member(text, at + 1)
        else:
            value = Other("?1")
        at = _parameters(text, at)
        members.pop(key, None)
        members[key] = value
        at = _after(_BLANKS, text, at)
        if at >= end:
            break
        _, at = _take(re.compile(","), text, at, "a comma")
        at = _after(_BLANKS, text, at)
        if at >= end:
            raise ValueError("a comma at the end is followed by nothing")
    return members


def _member(text: str, at: int) -> tuple[Value, int]:
    if text[at : at + 1] != "(":
        return _bare(text, at)
    start, at = at, at + 1
    while True:
        at = _after(_SPACES, text, at)
        if text[at : at + 1] == ")":
            return Other(text[start : at + 1]), at + 1
        _, at = _bare(text, at)
        at = _parameters(text, at)
        if text[at : at + 1] not in (" ", ")"):
            raise ValueError(f"an inner list goes wrong at character {at + 1}")


def _parameters(text: str, at: int) -> int:
    while text[at : at + 1] == ";":
        _, at = _take(_KEY, text, _after(_SPACES, text, at + 1), "a parameter's name")
        if text[at : at + 1] == "=":
            _, at = _bare(text, at + 1)
    return at


def _bare(text: str, at: int) -> tuple[Value, int]:
    first = text[at : at + 1]
    if first == "*" or (first.isascii() and first.isalpha()):
        token, at = _take(_TOKEN, text, at, "a token")
        return Token(token), at
    for starts, pattern, what in (
        ("-0123456789", _NUMBER, "a number"),
        ('"', _STRING, "a string"),
        (":", _BYTES, "a byte sequence"),
        ("%", _DISPLAY, "a display string"),
    ):
        if first and first in starts:
            word, at = _take(pattern, text, at, what)
            return Other(_checked(word)), at
    if first == "?":
        word, at = _take(re.compile(r"\?[01]"), text, at, "?0 or ?1")
        return Other(word), at
    if first == "@":
        word, at = _take(re.compile(r"@-?[0-9]{1,15}(?!\.)"), text, at, "a date")
        return Other(word), at
    raise ValueError(f"there is no value at character {at + 1}")


def _checked(word: str) -> str:
    """Sizes (sections 4.2.4), base64 and UTF-8 that a pattern cannot see."""
    if word[0] in "-0123456789":
        whole, _, part = word.lstrip("-").partition(".")
        if len(whole) > (12 if part else 15) or len(part) > 3:
            raise ValueError(f"the number {word[:40]} has too many digits")
    elif word[0] == ":":
        base64.b64decode(word[1:-1] + "=" * (-len(word[1:-1]) % 4))
    elif word[0] == "%":
        re.sub(r"%([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), word[2:-1]).encode("latin-1").decode("utf-8")
    return word


def _take(pattern: re.Pattern[str], text: str, at: int, what: str) -> tuple[str, int]:
    found = pattern.match(text, at)
    if not found:
        raise ValueError(f"{what} was expected at character {at + 1}")
    return found.group(), found.end()


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
