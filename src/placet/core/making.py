"""How a work was made, and by whom: one line of a sheet of authorship statements.

The kind of making is a term of IPTC's digital source types (`core.making.SOURCE_TYPES` lists those a person can state);
`ai` says in which parts AI was used; credits name roles of a production.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from placet.core.canonical import decode, encode
from placet.core.subject import Kind, Subject
from placet.errors import BadRecord

__all__ = ["SOURCE_TYPES", "Credit", "Making", "parse_making"]

# Source: IPTC NewsCodes "Digital Source Type" (http://cv.iptc.org/newscodes/digitalsourcetype/).
SOURCE_TYPES: Final = (
    "humanEdits",
    "digitalCreation",
    "digitalCapture",
    "computationalCapture",
    "negativeFilm",
    "positiveFilm",
    "print",
    "composite",
    "compositeCapture",
    "compositeSynthetic",
    "compositeWithTrainedAlgorithmicMedia",
    "trainedAlgorithmicMedia",
    "algorithmicMedia",
    "dataDrivenMedia",
    "virtualRecording",
    "screenCapture",
)
_MOST = 200
_HEX = re.compile(r"(?:[0-9a-f]{64})?")
_FIELDS = {"v", "subject", "source", "ai", "production", "credits"}
_CREDIT = {"who", "role", "name"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """`who` is a principal or empty, `name` a salted commitment to a name or empty; at least one of them is there."""

    role: str
    who: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """`source` is one of SOURCE_TYPES; `production` is a title's subject that this is a part of, or None."""

    subject: Subject
    source: str
    ai: tuple[str, ...] = ()
    production: Subject | None = None
    credits: tuple[Credit, ...] = ()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        return (self.subject, self.production) if self.production else (self.subject,)

    @property
    def openings(self) -> tuple[str, ...]:
        return tuple(credit.name for credit in self.credits if credit.name)

    def data(self) -> bytes:
        """Its canonical line, without the line feed."""
        return encode(
            {
                "v": 1,
                "subject": str(self.subject),
                "source": self.source,
                "ai": list(self.ai),
                "production": str(self.production) if self.production else "",
                "credits": [{"who": c.who, "role": c.role, "name": c.name} for c in self.credits],
            }
        )


def parse_making(data: bytes) -> Making:
    """The statement in a canonical line; BadRecord names what is wrong, with the rule's id."""
    value = decode(data)
    if not isinstance(value, dict) or set(value) != _FIELDS or value["v"] != 1:
        raise BadRecord(f"a statement of version 1 has exactly the fields {', '.join(sorted(_FIELDS))} (made.unread)")
    if value["source"] not in SOURCE_TYPES:
        raise BadRecord(f"{str(value['source'])[:60]!r} is no digital source type (made.source)")
    parts, credits = value["ai"], value["credits"]
    if not isinstance(parts, list) or len(parts) > _MOST or not all(_is_text(part) for part in parts):
        raise BadRecord(f"where AI was used is a list of at most {_MOST} short texts (made.unread)")
    if not isinstance(credits, list) or len(credits) > _MOST:
        raise BadRecord(f"the credits are a list of at most {_MOST} (made.unread)")
    return Making(
        subject=_subject(value["subject"]),
        source=value["source"],
        ai=tuple(parts),
        production=_subject(value["production"]) if value["production"] != "" else None,
        credits=tuple(map(_credit, credits)),
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MOST and value.isprintable()


def _credit(value: Any) -> Credit:
    if not isinstance(value, Mapping) or set(value) != _CREDIT:
        raise BadRecord("a credit has a role, who, and a name (made.unread)")
    if not _is_text(value["role"]):
        raise BadRecord(f"the role {str(value['role'])[:40]!r} is no text of 1 to {_MOST} signs (made.unread)")
    who, name = value["who"], value["name"]
    if not isinstance(name, str) or not _HEX.fullmatch(name) or not (who == "" or _is_text(who)) or not (who or name):
        raise BadRecord("a credit names somebody by a principal or by a commitment (made.unread)")
    return Credit(role=value["role"], who=who, name=name)


def _subject(text: Any) -> Subject:
    kind, colon, id_ = text.partition(":") if isinstance(text, str) else ("", "", "")
    if not colon or not id_ or kind not in (Kind.WORK, Kind.IDENTIFIER, Kind.URL) or len(text) > 2048:
        raise BadRecord(f"{str(text)[:80]!r} names no work, identifier or address (made.unread)")
    return Subject(Kind(kind), id_)
