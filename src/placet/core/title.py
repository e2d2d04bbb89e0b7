"""One line of a claim sheet: a work by its identifiers, and who holds which share of which right in it.

A title has no bytes: it is what societies and publishers know of a work.  Shares are exact fractions of one right, in
a territory and a span of time; a share of 0 is not stated.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from placet.core.canonical import decode, encode
from placet.core.subject import Kind, Subject
from placet.core.territory import members
from placet.errors import BadRecord

__all__ = ["MOST_CLAIMS", "MOST_LINES", "RIGHTS", "Claim", "Title", "check_shares", "parse_title"]

RIGHTS: Final = (
    "author",
    "composition",
    "recording",
    "performance",
    "text",
    "translation",
    "illustration",
    "picture",
    "film",
    "voice",
    "likeness",
)
MOST_LINES: Final = 1000  # in one sheet
MOST_CLAIMS: Final = 500  # in one title
_MOST_SUBJECTS = 50
_SHARE = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})")
_CODE = re.compile(r"[A-Z]{2}")
_HEX = re.compile(r"(?:[0-9a-f]{64})?")
_WORD = re.compile(r"[ -~]{0,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """`who` is a principal: a party's key in hex, or an identifier such as `ipi:00012345678`; times 0 for no bound."""

    who: str
    role: str = ""
    right: str = "author"
    share: Fraction = Fraction(0)
    territory: tuple[str, ...] = ()
    start: int = 0
    until: int = 0

    def holds(self, at: int) -> bool:
        return self.start <= at and (not self.until or at < self.until)

    def reaches(self, territory: str | None) -> bool:
        """Whether it speaks for any part of the territory; None is the world."""
        ours, asked = members(self.territory), members((territory,) if territory else ())
        return ours is None or asked is None or bool(ours & asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Title:
    """`also` are other names of the same work, `title` a salted commitment to its title, or empty."""

    subject: Subject
    also: tuple[Subject, ...] = ()
    title: str = ""
    claims: tuple[Claim, ...] = ()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        return (self.subject, *self.also)

    @property
    def openings(self) -> tuple[str, ...]:
        return (self.title,) if self.title else ()

    def data(self) -> bytes:
        """Its canonical line, without the line feed."""
        return encode(
            {
                "v": 1,
                "subject": str(self.subject),
                "also": [str(subject) for subject in self.also],
                "title": self.title,
                "claims": [_told(claim) for claim in self.claims],
            }
        )


def parse_title(data: bytes) -> Title:
    """The title in a canonical line; BadRecord names what is wrong, with the rule's id."""
    value = decode(data)
    if not isinstance(value, dict) or set(value) != {"v", "subject", "also", "title", "claims"} or value["v"] != 1:
        raise BadRecord("a title of version 1 has exactly the fields v, subject, also, title and claims (title.unread)")
    names = value["also"]
    if not isinstance(names, list) or len(names) > _MOST_SUBJECTS or not isinstance(value["claims"], list):
        raise BadRecord(f"a title has at most {_MOST_SUBJECTS} other names, and a list of claims (title.unread)")
    if not isinstance(value["title"], str) or not _HEX.fullmatch(value["title"]):
        raise BadRecord("a title's text stands as a commitment of 32 bytes in hex, or is left out (title.unread)")
    if not 0 < len(value["claims"]) <= MOST_CLAIMS:
        raise BadRecord(f"a title has 1 to {MOST_CLAIMS} claims (title.unread)")
    subjects = [_subject(text) for text in (value["subject"], *names)]
    if len(set(subjects)) != len(subjects):
        raise BadRecord("a title has one name twice (title.unread)")
    claims = tuple(map(_claim, value["claims"]))
    check_shares(claims)
    return Title(subject=subjects[0], also=tuple(subjects[1:]), title=value["title"], claims=claims)


def _subject(text: Any) -> Subject:
    kind, colon, id_ = text.partition(":") if isinstance(text, str) else ("", "", "")
    if not colon or not id_ or kind not in _NAMES or len(text) > 2048:
        raise BadRecord(f"{str(text)[:80]!r} names no work, identifier or likeness (title.unread)")
    return Subject(Kind(kind), id_)


_NAMES = (Kind.WORK, Kind.IDENTIFIER, Kind.LIKENESS, Kind.URL)
_FIELDS = {"who", "role", "right", "share", "territory", "from", "until"}


def _told(claim: Claim) -> dict[str, Any]:
    return {
        "who": claim.who,
        "role": claim.role,
        "right": claim.right,
        "share": f"{claim.share.numerator}/{claim.share.denominator}" if claim.share else "",
        "territory": list(claim.territory),
        "from": claim.start,
        "until": claim.until,
    }


def _claim(value: Any) -> Claim:
    if not isinstance(value, Mapping) or set(value) != _FIELDS:
        raise BadRecord(f"a claim has exactly the fields {', '.join(sorted(_FIELDS))} (title.unread)")
    who, role, territory = value["who"], value["role"], value["territory"]
    if not isinstance(who, str) or not 0 < len(who) <= 200 or not who.isprintable():
        raise BadRecord("a claim names nobody (title.unread)")
    if not isinstance(role, str) or not _WORD.fullmatch(role):
        raise BadRecord(f"a role is a short word, not {str(role)[:40]!r} (title.unread)")
    if value["right"] not in RIGHTS:
        raise BadRecord(f"{str(value['right'])[:40]!r} is no right; known are {', '.join(RIGHTS)} (title.right)")
    if not isinstance(territory, list) or not all(isinstance(c, str) and _CODE.fullmatch(c) for c in territory):
        raise BadRecord("a claim's territory is a list of ISO 3166 codes, or EU (title.unread)")
    start, until = value["from"], value["until"]
    if not all(type(when) is int and when >= 0 for when in (start, until)) or (until and until <= start):
        raise BadRecord("a claim begins before it ends, in seconds since 1970 (title.unread)")
    share = _share(value["share"])
    where = tuple(territory)
    return Claim(who=who, role=role, right=value["right"], share=share, territory=where, start=start, until=until)


def _share(text: Any) -> Fraction:
    if text == "":
        return Fraction(0)
    found = _SHARE.fullmatch(text) if isinstance(text, str) else None
    share = Fraction(int(found[1]), int(found[2])) if found else Fraction(2)
    if share > 1 or not found or text != f"{share.numerator}/{share.denominator}":
        raise BadRecord(f"{str(text)[:40]!r} is no share: a fraction in lowest terms, up to 1/1 (title.share)")
    return share


def check_shares(claims: Iterable[Claim]) -> None:
    """BadRecord where the shares of one right come to more than one, at some moment and place (`shares.over`)."""
    by_right: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        if claim.share:
            by_right[claim.right].append(claim)
    for right, some in by_right.items():
        if sum((claim.share for claim in some), Fraction(0)) > 1 and (most := _most(some)) > 1:
            raise BadRecord(f"the shares of {right} come to {most}, more than the whole (shares.over)")


def _most(claims: list[Claim]) -> Fraction:
    """The greatest sum at any moment in any country."""
    places = {code for claim in claims for code in members(claim.territory) or ()} or {""}
    worst = Fraction(0)
    for moment in {claim.start for claim in claims}:
        now = [claim for claim in claims if claim.holds(moment)]
        for place in places | {""}:
            there = [c.share for c in now if (m := members(c.territory)) is None or place in m]
            worst = max(worst, sum(there, Fraction(0)))
    return worst
