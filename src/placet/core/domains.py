"""Names of hosts: their one spelling (IDNA), and what only looks like another name.

A label that mixes scripts is refused (Unicode TS 39, "highly restrictive": Latin goes with the scripts of Japanese,
Chinese and Korean, and with no other); a name that looks like another in one script is told apart by `skeleton`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["domain", "shown", "skeleton", "suspicion"]

_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_EITHER: Final = "ß\u03c2\u200c\u200d"  # IDNA 2003 writes another name for these than IDNA 2008 (RFC 5894, 7.2)
_LETTERS: Final = frozenset({"Ll", "Lo", "Lm", "Mn", "Mc", "Nd"})
_TOGETHER: Final = (
    {"LATIN", "CJK", "HIRAGANA", "KATAKANA"},
    {"LATIN", "CJK", "BOPOMOFO"},
    {"LATIN", "CJK", "HANGUL"},
)
# Letters that are drawn like a Latin one, after the confusables of Unicode TS 39: only those that names are made of.
_DRAWN_ALIKE: Final = str.maketrans(
    {
        **dict(zip("авсԁеһіјӏкмոорԛгѕтцѵѡхуԝ", "abcdehijlkmnopqrstuvwxyw", strict=True)),
        **dict(zip("αγεικνορτυχω", "ayeikvoptuxw", strict=True)),
        **dict(zip("օսհցոյ", "ouhgnj", strict=True)),
        "0": "o",
        "1": "l",
        "ı": "i",
    }
)


def domain(text: str) -> str:
    """The name in lowercase ASCII, as `xn--...` where it is not; ValueError says what is wrong with it."""
    name = unicodedata.normalize("NFC", text.strip()).lower().rstrip(".")
    if not set(name).isdisjoint(_EITHER):
        raise ValueError(
            f"{text[:80]!r} is another host in IDNA 2003 than in 2008: give its xn-- form (identifier.form)"
        )
    try:
        ascii_name = name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(f"{text[:80]!r} is not the name of a host (identifier.form)") from None
    labels = ascii_name.split(".")
    if len(labels) < 2 or len(ascii_name) > 253 or not all(map(_LABEL.fullmatch, labels)) or labels[-1].isdigit():
        raise ValueError(f"{text[:80]!r} is not the full name of a host, such as example.org (identifier.form)")
    for label in labels:
        _check_scripts(_unicode(label), text)
    return ascii_name


def shown(name: str) -> str:
    """A canonical name as its owner writes it."""
    return ".".join(map(_unicode, name.split(".")))


def skeleton(name: str) -> str:
    """What a canonical name looks like to a hasty reader; two names with one skeleton are easily confused."""
    letters = unicodedata.normalize("NFD", shown(name))
    bare = "".join(sign for sign in letters if not unicodedata.combining(sign))
    return bare.translate(_DRAWN_ALIKE).replace("rn", "m").replace("vv", "w")


def suspicion(name: str) -> str:
    """A sentence where a canonical name is written in letters that look like Latin ones; empty where it is not."""
    for label in name.split("."):
        written = _unicode(label)
        alike = skeleton(label)
        scripts = _scripts(written) - {"LATIN"}
        if scripts and not alike.startswith("xn--") and alike.isascii() and alike != written:
            script = min(scripts).capitalize()
            return f"{shown(name)} is written in {script} letters and looks like {skeleton(name)}"
    return ""


def _unicode(label: str) -> str:
    """A label as it is read; ValueError where `xn--` hides what is no lowercase letter, digit or mark (RFC 5892)."""
    if not label.startswith("xn--"):
        return label
    try:
        written = label[4:].encode("ascii").decode("punycode")
        same = written.encode("punycode").decode("ascii") == label[4:]
    except (UnicodeError, ValueError):
        written, same = "", False
    right = all(sign == "-" or sign in _EITHER or unicodedata.category(sign) in _LETTERS for sign in written)
    if not same or not right or written.isascii() or written != unicodedata.normalize("NFC", written.lower()):
        raise ValueError(f"{label!r} is not a label that IDNA makes (identifier.form)")
    return written


def _check_scripts(label: str, text: str) -> None:
    scripts = _scripts(label)
    if len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER):
        mixed = " and ".join(sorted(each.capitalize() for each in scripts))
        raise ValueError(
            f"{text[:80]!r} mixes {mixed} letters in {label!r}, as who imitates a name does (identifier.mixed-script)"
        )


def _scripts(label: str) -> set[str]:
    """The scripts of the letters: the first word of a letter's name in Unicode is its script's."""
    letters = (sign for sign in label if sign.isalpha())
    return {unicodedata.name(sign, "UNKNOWN").split()[0].split("-")[0] for sign in letters}
