"""A person as a subject: her voice, her face, her name, whoever may speak of them; never found by looking at faces.

A person is named by a party's key or by a number such as `isni:0000000121032683`; the subject is `likeness:` and that
name, a slash, and the part of her that is meant.
"""

from __future__ import annotations

import re
from typing import Final

from placet.core.identifiers import canonical
from placet.core.subject import Kind, Subject

__all__ = ["ASPECTS", "likeness", "parse_likeness", "person_named", "person_of"]

ASPECTS: Final = ("voice", "face", "name", "likeness")
_KEY = re.compile(r"[0-9a-f]{64}")
_NAMES = ("isni", "ipi", "orcid")


def likeness(person: str, aspect: str) -> Subject:
    """The subject; ValueError when this names no person, or no part of one."""
    if aspect not in ASPECTS:
        raise ValueError(f"{aspect[:40]!r} is no part of a person that is spoken of: say {', '.join(ASPECTS)}")
    return Subject(Kind.LIKENESS, f"{person_named(person)}/{aspect}")


def person_named(words: str) -> str:
    """A person's one name: a key in hex, or isni:..., ipi:..., orcid:... with its check digits right."""
    lower = words.strip().lower()
    if _KEY.fullmatch(lower):
        return lower
    if lower.partition(":")[0] in _NAMES:
        return canonical(words)
    raise ValueError(f"{words[:60]!r} names no person: give a key of 64 hex digits, or isni:..., ipi:..., orcid:...")


def parse_likeness(words: str) -> Subject:
    """`likeness:PERSON/ASPECT`, in its one spelling."""
    person, slash, aspect = words.removeprefix(f"{Kind.LIKENESS}:").rpartition("/")
    if not slash:
        raise ValueError(f"{words[:80]!r} does not say which part of a person is meant: end it with /{ASPECTS[0]}")
    return likeness(person, aspect)


def person_of(subject: Subject) -> str:
    """The person of whom a likeness is."""
    return subject.id.rpartition("/")[0]
