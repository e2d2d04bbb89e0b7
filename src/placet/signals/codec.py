"""What every standard's module is made of.

A standard reads a document into declarations, writes declarations into a document, and selects, among its own
statements heard about one address, those that speak: each standard's own rule of precedence (design sheet
"standards", 12.3 point 1).  Across standards the strictest decides, in `core.decide`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from placet.core.declaration import Declaration, Problem
from placet.core.subject import Subject
from placet.core.use import Use

__all__ = ["Asked", "Channel", "Codec", "Document", "Heard", "Selected", "Written"]


class Channel(StrEnum):
    """The way a statement came, from the widest to the nearest to the work."""

    LIST = "list"  # somebody else's list
    ROBOTS = "robots"
    SITE = "site"  # a file for a whole site, such as tdmrep.json
    HEADER = "header"
    PAGE = "page"  # in the HTML of the page
    EMBEDDED = "embedded"  # in the file itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Bytes as they were heard; `where` is the address or path, `about` the address they are about, if another.

    Headers come as a document of channel HEADER whose body is `name: value` lines (RFC 9112), in order.
    """

    where: str
    body: bytes
    channel: Channel
    media_type: str = ""
    about: str = ""
    heard_at: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """What a document declares, and what in it could not be understood (never silence, never a yes)."""

    declarations: tuple[Declaration, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """`overstated` were said as a wider or stricter no than meant; `unsaid` could not be said at all."""

    documents: tuple[Document, ...]
    overstated: tuple[Declaration, ...] = ()
    unsaid: tuple[Declaration, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An address that is asked about, and the product token of who asks; None stands for anybody."""

    url: str
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class Selected:
    """`speaking` have the asked address as their subject; `lost` gave way to a nearer or more specific statement."""

    speaking: tuple[Declaration, ...]
    lost: tuple[Declaration, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One standard.  `says` are the uses it has words for; `hears` the channels it is read from.

    `read` raises nothing but `SignalError`, and that only for a document that is not of this standard at all.
    """

    name: str
    spec: str
    dated: str
    says: frozenset[Use]
    hears: frozenset[Channel]
    read: Callable[[Document], Heard]
    write: Callable[[Sequence[Declaration], Subject], Written]
    select: Callable[[Sequence[Declaration], Asked], Selected]
