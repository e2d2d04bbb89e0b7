"""The statement of a counter-claim: what 17 U.S.C. 512(g)(3) asks of a counter notification, as canonical JSON.

The signature (A) is the entry's, and the name, address and telephone number of (D) are a commitment in the entry.  The
rest is here: `what` is meant (B), `why` the claim is mistaken, under penalty of perjury (C: `sworn` is 1), and the
`forum` whose courts the speaker accepts (D).  `document` is the SHA-256 of what is shown, or "".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from placet.core.canonical import decode, encode
from placet.errors import BadRecord

__all__ = ["MOST_WORDS", "Sworn", "parse_sworn"]

MOST_WORDS: Final = 4000
_HEX = re.compile(r"(?:[0-9a-f]{64})?")
_TEXTS = ("what", "why", "forum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sworn:
    """One statement under penalty of perjury."""

    what: str
    why: str
    forum: str
    document: str = ""

    def data(self) -> bytes:
        texts = {name: getattr(self, name) for name in _TEXTS}
        return encode({"v": 1, "sworn": 1, "document": self.document, **texts})


def parse_sworn(data: bytes) -> Sworn:
    """The statement in these bytes; BadRecord where one of its elements is missing (`counter.statement`)."""
    value = decode(data)
    if not isinstance(value, dict) or set(value) != {"v", "sworn", "document", *_TEXTS} or value["v"] != 1:
        raise BadRecord(
            "a statement has exactly the fields v, sworn, what, why, forum and document (counter.statement)"
        )
    if value["sworn"] != 1:
        raise BadRecord("a counter-claim is made under penalty of perjury: sworn is 1 (counter.statement)")
    for name in _TEXTS:
        text = value[name]
        if not isinstance(text, str) or not text.strip() or len(text) > MOST_WORDS:
            raise BadRecord(f"a statement's {name} is a text of 1 to {MOST_WORDS} characters (counter.statement)")
    if not isinstance(value["document"], str) or not _HEX.fullmatch(value["document"]):
        raise BadRecord("a statement's document is a SHA-256 in hex, or left out (counter.statement)")
    return Sworn(**{name: value[name] for name in (*_TEXTS, "document")})
