"""Composing an RSL 1.0 document from finer wishes.

A permission closes everything that it does not name, so it is written only when nothing that was left open would be
closed by it; a licence that cannot be offered that way is written as a refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr  # writes, never parses

from placet.core.declaration import Declaration
from placet.core.ids import canonical_url
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.signals.codec import Channel, Document
from placet.signals.paths import exactly, split_pattern, target_of
from placet.signals.rsl_document import NAMESPACE
from placet.signals.rsl_links import MEDIA_TYPE
from placet.signals.rsl_words import ALL, ALLOWED, REFUSED
from placet.signals.saying import leaves_of, meant, web_address

__all__ = ["Terms", "compose", "documents"]

_NARROW = ("ai-train", "ai-input", "ai-index", "search")


@dataclass(frozen=True, slots=True)
class Terms:
    """Usage tokens: what is free, what is offered under `standard`, what is refused."""

    free: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    standard: str = ""


def compose(declarations: Sequence[Declaration]) -> Terms:
    wanted = meant(declarations)
    free, offered = _granted(wanted, Stance.ALLOW), _granted(wanted, Stance.LICENSE)
    named = leaves_of(use for token in (*free, *offered) for use in REFUSED[token])
    if any(leaf not in wanted or wanted[leaf] is Stance.ALLOW for leaf in leaves_of(ALL) - named):
        free, offered = (), ()
    return Terms(free, offered, _refused(wanted, free, offered), _standard(declarations) if offered else "")


def _granted(wanted: dict[Use, Stance], stance: Stance) -> tuple[str, ...]:
    """The broadest tokens all of whose leaves have this stance, none inside another."""
    fits = [t for t, uses in ALLOWED.items() if all(wanted.get(leaf) is stance for leaf in leaves_of(uses))]
    inside = {t for t in fits for other in fits if t != other and leaves_of(ALLOWED[t]) < leaves_of(ALLOWED[other])}
    return tuple(token for token in fits if token not in inside)


def _refused(wanted: dict[Use, Stance], free: tuple[str, ...], offered: tuple[str, ...]) -> tuple[str, ...]:
    """`all` and `ai-all` only when everything narrower is refused too: search engines are not a by-catch."""
    granted = leaves_of(use for token in (*free, *offered) for use in ALLOWED[token])
    closed = {leaf for leaf, stance in wanted.items() if stance is not Stance.ALLOW} - granted
    if leaves_of((Use.SEARCH, Use.MINE, Use.TRAIN)) <= closed and _touches(closed, "ai-input"):
        return ("all",)
    narrow = tuple(token for token in _NARROW if _touches(closed, token))
    rest = closed & leaves_of((Use.OUTPUT, Use.DATASET))
    if rest and {"ai-train", "ai-input", "ai-index"} <= set(narrow):
        return ("ai-all", *(token for token in narrow if token == "search"))  # noqa: S105  # no secret
    return narrow


def _touches(closed: set[Use], token: str) -> bool:
    return bool(closed & leaves_of(REFUSED[token]))


def _standard(declarations: Sequence[Declaration]) -> str:
    terms = {d.terms for d in declarations if d.stance is Stance.LICENSE and d.terms and web_address(d.terms)}
    return canonical_url(terms.pop()) if len(terms) == 1 else ""


def documents(subject: Subject, terms: Terms) -> tuple[Document, ...]:
    """The licence document of a site, and for one address also its form inside the page."""
    if terms == Terms() or not subject.id.isprintable():
        return ()
    if subject.kind is Kind.DOMAIN:
        return (_standalone(f"https://{subject.id}", "/", terms),)
    if subject.kind is Kind.PATTERN:
        origin, pattern = split_pattern(subject.id)
        return (_standalone(origin, pattern or "/", terms),) if web_address(origin) else ()
    if subject.kind is Kind.URL and web_address(subject.id):
        origin, _ = split_pattern(subject.id)
        return (_standalone(origin, exactly(target_of(subject.id)), terms), _inline(subject.id, terms))
    return ()


def _standalone(origin: str, url: str, terms: Terms) -> Document:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n{_rsl(url, terms)}'.encode()
    return Document(where=f"{origin}/license.xml", body=body, channel=Channel.SITE, media_type=MEDIA_TYPE)


def _inline(where: str, terms: Terms) -> Document:
    body = f'<head>\n<script type="{MEDIA_TYPE}">\n{_rsl("", terms)}</script>\n</head>\n'.encode()
    return Document(where=where, body=body, channel=Channel.PAGE, media_type="text/html")


def _rsl(url: str, terms: Terms) -> str:
    licences = "".join(_licence(permits, terms) for permits in (terms.free, terms.offered) if permits)
    if not licences:
        licences = _licence((), terms)
    return f'<rsl xmlns="{NAMESPACE}">\n <content url={quoteattr(url)}>\n{licences} </content>\n</rsl>\n'


def _licence(permits: tuple[str, ...], terms: Terms) -> str:
    lines = [f'   <permits type="usage">{" ".join(permits)}</permits>\n'] if permits else []
    if terms.refused:
        lines.append(f'   <prohibits type="usage">{" ".join(terms.refused)}</prohibits>\n')
    if permits and permits == terms.offered:
        standard = f"<standard>{escape(terms.standard)}</standard>" if terms.standard else ""
        lines.append(f'   <payment type="purchase">{standard}</payment>\n')
    return f"  <license>\n{''.join(lines)}  </license>\n"
