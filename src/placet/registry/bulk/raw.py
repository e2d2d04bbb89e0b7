"""What a reader finds, before anybody judges it: names as they are written, parties with their shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Final

from placet.core.declaration import Problem
from placet.core.territory import known_territory
from placet.errors import BadInput

__all__ = ["MOST_BYTES", "Found", "Party", "Row", "Source", "day_of", "read_text", "territory_of"]

MOST_BYTES: Final = 1 << 30
_WORLD = frozenset(("", "ww", "world", "worldwide", "welt", "weltweit", "monde", "mondial", "2wl", "2136"))
_DAY = 86_400


@dataclass(slots=True, kw_only=True)
class Party:
    """`ids` are `scheme:value` as written, the surest first; without any of them and no name, it is who imports."""

    ids: tuple[str, ...] = ()
    name: str = ""
    role: str = ""
    right: str = "author"
    share: Fraction = Fraction(0)
    territory: tuple[str, ...] = ()
    start: int = 0
    until: int = 0


@dataclass(slots=True, kw_only=True)
class Row:
    """A work, or a part of what is said of it; `names` are `scheme:value` as written, `file` a path beside the list.

    `flaw` says why nothing in it may be taken, with the work it would have been about; `note` is told and no fault.
    """

    where: str
    names: tuple[str, ...] = ()
    title: str = ""
    parties: tuple[Party, ...] = ()
    file: str = ""
    flaw: str = ""
    note: str = ""


Found = Iterator[Row | Problem]


@dataclass(slots=True, kw_only=True)
class Source:
    """A list to read: `mapping` is field to column, `encoding` empty where the file itself shows it.

    The reader writes into `told` what it understood of the columns.
    """

    path: Path
    mapping: Mapping[str, str] = field(default_factory=dict)
    encoding: str = ""
    told: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.name


_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def read_text(source: Source) -> str:
    """The whole text; BadInput names the byte and the line of what is not in its encoding, which is never guessed."""
    size = source.path.stat().st_size
    if size > MOST_BYTES:
        raise BadInput(f"{source.name} has {size:,} bytes; at most {MOST_BYTES:,} are read (bulk.large)")
    data = source.path.read_bytes()
    encoding = source.encoding or next((name for mark, name in _BOMS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except LookupError:
        raise BadInput(
            f"there is no encoding {encoding[:40]!r}; say utf-8, cp1252, latin-1 ... (bulk.encoding)"
        ) from None
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadInput(
            f"{source.name}, line {line}: byte {error.start:,} (0x{data[error.start]:02x}) is not {encoding}: say which"
            " encoding it is, as --encoding cp1252, or save it as UTF-8 (bulk.encoding)"
        ) from None
    if "\0" in text:
        raise BadInput(
            f"{source.name}, line {text[: text.index(chr(0))].count(chr(10)) + 1}: a NUL is no text: say which encoding"
            " it is, as --encoding utf-16-le (bulk.encoding)"
        )
    return text


@lru_cache(maxsize=4096)
def territory_of(words: str) -> tuple[str, ...]:
    """`FR DE`, `FR;EU`, `Worldwide`; ValueError names what is no code."""
    if words.strip().casefold() in _WORLD:
        return ()
    for sign in ";|/+ ":
        words = words.replace(sign, ",")
    return tuple(sorted(set(known_territory(words))))


@lru_cache(maxsize=4096)
def day_of(words: str, *, after: bool = False) -> int:
    """`2026-09-30` or `20260930` in seconds, with `after` that day's end; 0 for none, and for a start before 1970."""
    digits = words.strip().partition("T")[0].replace("-", "")
    if not digits.strip("0"):
        return 0
    try:
        day = datetime.strptime(digits, "%Y%m%d").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(f"{words[:40]!r} is no day: write 2026-09-30") from None
    seconds = int(day.timestamp()) + (_DAY if after else 0)
    if after and seconds <= 0:
        raise ValueError(f"{words[:40]!r} was over before 1970")
    return max(seconds, 0)
