"""The fields and columns of a row that can be judged, whatever the format.

Names as used by LAION, DataComp, img2dataset 1.47 and Dolma (`reference/matching.md` section 5); case does not
count. Every field that is there is heard, not only the first: a refusal may stand in any of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from placet.clearance.readers import signs
from placet.clearance.readers.base64_field import media_in
from placet.clearance.readers.signs import sign_of
from placet.clearance.readers.sniff import file_part, text_part
from placet.clearance.rows import Part, Row, printable
from placet.core.declaration import Problem
from placet.core.ids import canonical_url, parse_subject
from placet.core.subject import Subject
from placet.signals.codec import Document

__all__ = ["DIGESTS", "EXPECTED", "NUMBERS", "TEXTS", "URLS", "Heard", "hear", "parse_object", "speaks"]

TEXTS = frozenset({"text", "content", "raw_content", "caption"})
URLS = frozenset({"url", "source_url"})
DIGESTS = {"sha256": 32, "sha512": 64, "md5": 16}
NUMBERS = frozenset({"isbn", "isrc", "iswc", "issn", "ismn", "iscc"})
EXPECTED = "url, text, sha256 or image"
_KNOWN = TEXTS | URLS | NUMBERS | DIGESTS.keys() | {"metadata"}


@dataclass(slots=True)
class Heard:
    """What the fields of one row said; `row` closes it."""

    where: str
    parts: list[Part] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    digests: list[tuple[str, bytes]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    identifiers: list[Subject] = field(default_factory=list)

    def object_to(self, why: str, reason: str = "row.malformed") -> None:
        self.problems.append(Problem(self.where, reason, why))

    def row(self, key: str, names: Iterable[str] = ()) -> Row:
        if not (self.parts or self.urls or self.digests or self.identifiers or self.problems):
            has = ", ".join(printable(name) for name in list(names)[:20]) or "no fields"
            self.object_to(f"{self.where} holds no {EXPECTED}: it has {has}.", "row.incomplete")
        if self.urls and not (self.parts or self.digests or self.identifiers or any(map(_is_address, self.urls))):
            self.object_to(
                f"{self.where} holds nothing but {printable(self.urls[0])[:80]!r}, which is no http(s) address."
            )
        return Row(
            key=key,
            parts=tuple(self.parts),
            urls=tuple(dict.fromkeys(self.urls)),
            digests=tuple(dict.fromkeys(self.digests)),
            problems=tuple(self.problems),
            documents=tuple(self.documents),
            identifiers=tuple(dict.fromkeys(self.identifiers)),
        )


def hear(fields: Mapping[str, object], heard: Heard) -> None:
    """Add what these fields say to `heard`."""
    for name, value in fields.items():
        low = name.lower()
        if value is None:
            continue
        if low in TEXTS:
            for text in _strings(name, value, heard):
                _hear_text(name, text, heard)
        elif low in URLS:
            for url in _strings(name, value, heard):
                _hear_url(name, url, heard)
        elif low in NUMBERS:
            for number in value if isinstance(value, list) else [value]:
                _hear_number(name, number, heard)
        elif low in DIGESTS:
            _hear_digest(name, value, DIGESTS[low], heard)
        elif low == "metadata" and isinstance(value, dict):
            hear({n: v for n, v in value.items() if isinstance(n, str) and (n.lower() in URLS or sign_of(n))}, heard)
        else:
            for packed in value if isinstance(value, list) else [value]:
                _hear_packed(name, packed, heard)
    _hear_signs(fields, heard)


def _hear_packed(name: str, text: object, heard: Heard) -> None:
    """A picture, sound or film that stands as text in a field of any name."""
    if not isinstance(text, str):
        return
    try:
        data = media_in(text)
    except ValueError as error:
        heard.object_to(f"{heard.where}: {name} {error}.", "media.unreadable")
        return
    if data is not None:
        parts, problems = file_part(name, data, f"{heard.where}: {name}")
        heard.parts += parts
        heard.problems += problems


def _hear_signs(fields: Mapping[str, object], heard: Heard) -> None:
    try:
        heard.documents += signs.documents(fields)
    except ValueError as error:
        heard.object_to(f"{heard.where}: {error}.", "signal.malformed")


def speaks(fields: Mapping[str, object]) -> bool:
    """Whether any field is one that can be judged."""
    return any(name.lower() in _KNOWN or sign_of(name) for name in fields)


def parse_object(line: bytes | memoryview, limit: int) -> dict[str, object]:
    """A JSON object; ValueError with a sentence's worth of why.

    A name that stands twice is refused: readers differ on which of the two counts (RFC 8259 section 4).
    """
    if len(line) > limit:
        raise ValueError(f"the JSON has {len(line):,} bytes, more than the limit of {limit:,}")
    try:
        value: object = json.loads(str(line, "utf-8-sig"), object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        raise ValueError(f"the JSON is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"the JSON is broken at character {error.pos}: {error.msg}") from None
    except _TwiceError:
        raise ValueError("the JSON has a name that stands twice") from None
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None
    except ValueError:  # Python refuses whole numbers of thousands of digits
        raise ValueError("the JSON has a number of thousands of digits") from None
    if isinstance(value, dict):
        return value
    raise ValueError("the JSON is not an object with named fields")


class _TwiceError(ValueError):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _TwiceError
    return fields


def _strings(name: str, value: object, heard: Heard) -> list[str | bytes]:
    values = value if isinstance(value, list) else [value]
    good = [one for one in values if isinstance(one, str | bytes)]
    if len(good) < sum(one is not None for one in values):
        kinds = sorted({type(one).__name__ for one in values if not isinstance(one, str | bytes)})
        heard.object_to(f"{heard.where}: {name} holds {', '.join(kinds)}, not text.")
    return good


def _hear_text(name: str, text: str | bytes, heard: Heard) -> None:
    if text:
        # Half a surrogate pair is no letter: it cannot hide a text, and need not spoil one.
        data = text.encode("utf-8", "replace") if isinstance(text, str) else text
        parts, problems = text_part(name, data, heard.where)
        heard.parts += parts
        heard.problems += problems


def _hear_url(name: str, url: str | bytes, heard: Heard) -> None:
    try:
        text = str(url, "utf-8") if isinstance(url, bytes) else url
        text.encode()
    except UnicodeError:
        heard.object_to(f"{heard.where}: {name} is not UTF-8.")
    else:
        if text.strip():
            heard.urls.append(text.strip())


def _hear_number(name: str, value: object, heard: Heard) -> None:
    """A number by which works are known, such as an ISRC; one that is none could be anybody's."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if value is None or not text.strip():
        return
    scheme = name.lower()
    try:
        found = parse_subject(text if text.lower().startswith(f"{scheme}:") else f"{scheme}:{text}")
    except ValueError as error:
        heard.object_to(f"{heard.where}: {name} {printable(text)[:60]!r} cannot be looked up: {error}")
        return
    if found is not None:
        heard.identifiers.append(found)


def _is_address(url: str) -> bool:
    try:
        return bool(canonical_url(url))
    except ValueError:
        return False


def _hear_digest(name: str, value: object, size: int, heard: Heard) -> None:
    if not value:
        return
    try:
        if isinstance(value, bytes) and len(value) == size:
            digest = value
        else:
            digest = bytes.fromhex(str(value, "ascii") if isinstance(value, bytes) else str(value))
    except ValueError:
        digest = b""
    if len(digest) == size:
        heard.digests.append((name.lower(), digest))
    else:
        heard.object_to(f"{heard.where}: {name} is not the {2 * size} hex digits of a digest.")
