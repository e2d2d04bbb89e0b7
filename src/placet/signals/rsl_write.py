"""Composing an RSL 1.0 document from finer wishes.

A permission closes everything that it does not name, so it is written only when nothing that was left open would be
closed by it; a licence that cannot be offered that way is written as a refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr  # writes, never parses

from placet.core.declaration import Declaration
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.signals.codec import Channel, Document
from placet.signals.paths import exactly, split_pattern, target_of
from placet.signals.rsl_document import NAMESPACE
from placet.signals.rsl_links import MEDIA_TYPE
from placet.signals.rsl_payment import put_terms
from placet.signals.rsl_words import ALL, ALLOWED, REFUSED
from placet.signals.saying import leaves_of, meant, web_address

__all__ = ["Terms", "compose", "documents"]

_NARROW = ("ai-train", "ai-input", "ai-index", "search")


@dataclass(frozen=True, slots=True)
class Terms:
    """Usage tokens: what is free, what is offered under which terms, what is refused."""

    free: tuple[str, ...] = ()
    offered: tuple[tuple[str, str], ...] = ()
    refused: tuple[str, ...] = ()


def compose(declarations: Sequence[Declaration]) -> Terms:
    wanted = meant(declarations)
    free, asked = _broadest(_fitting(wanted, Stance.ALLOW)), _asked(declarations)
    whole = tuple((token, asked[token]) for token in _broadest(_fitting(wanted, Stance.LICENSE)))
    for offered in (_apart(wanted, asked), whole):
        granted = (*free, *(token for token, _ in offered))
        if not _closes_too_much(wanted, granted):
            return Terms(free, offered, _refused(wanted, granted))
    return Terms(refused=_refused(wanted, ()))


def _closes_too_much(wanted: dict[Use, Stance], granted: tuple[str, ...]) -> bool:
    named = leaves_of(use for token in granted for use in REFUSED[token])
    return any(leaf not in wanted or wanted[leaf] is Stance.ALLOW for leaf in leaves_of(ALL) - named)


def _fitting(wanted: dict[Use, Stance], stance: Stance) -> list[str]:
    """The tokens all of whose leaves have this stance."""
    return [t for t, uses in ALLOWED.items() if all(wanted.get(leaf) is stance for leaf in leaves_of(uses))]


def _broadest(tokens: Sequence[str]) -> tuple[str, ...]:
    """Those that are not inside another."""
    return tuple(
        token for token in tokens if not any(leaves_of(ALLOWED[token]) < leaves_of(ALLOWED[other]) for other in tokens)
    )


def _asked(declarations: Sequence[Declaration]) -> dict[str, str]:
    """For each token the terms that hold for all of it; none where they differ from use to use."""
    said: dict[Use, set[str]] = {}
    for declaration in declarations:
        if declaration.stance is Stance.LICENSE:
            for leaf in declaration.use.leaves:
                said.setdefault(leaf, set()).add(declaration.terms or "")
    found = {token: [said.get(leaf, {""}) for leaf in leaves_of(uses)] for token, uses in ALLOWED.items()}
    return {
        token: min(sets[0]) if all(each == sets[0] and len(each) == 1 for each in sets) else ""
        for token, sets in found.items()
    }


def _apart(wanted: dict[Use, Stance], asked: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The broadest tokens that have terms of their own, and those left over without."""
    fits = _fitting(wanted, Stance.LICENSE)
    priced = _broadest([token for token in fits if asked[token]])
    reached = leaves_of(use for token in priced for use in ALLOWED[token])
    bare = _broadest([token for token in fits if not leaves_of(ALLOWED[token]) & reached])
    return tuple((token, asked[token]) for token in (*priced, *bare))


def _refused(wanted: dict[Use, Stance], granted: tuple[str, ...]) -> tuple[str, ...]:
    """`all` and `ai-all` only when everything narrower is refused too: search engines are not a by-catch."""
    open_ = leaves_of(use for token in granted for use in ALLOWED[token])
    closed = {leaf for leaf, stance in wanted.items() if stance is not Stance.ALLOW} - open_
    if leaves_of((Use.SEARCH, Use.MINE, Use.TRAIN)) <= closed and _touches(closed, "ai-input"):
        return ("all",)
    narrow = tuple(token for token in _NARROW if _touches(closed, token))
    rest = closed & leaves_of((Use.OUTPUT, Use.DATASET))
    if rest and {"ai-train", "ai-input", "ai-index"} <= set(narrow):
        return ("ai-all", *(token for token in narrow if token == "search"))  # noqa: S105  # no secret
    return narrow


def _touches(closed: set[Use], token: str) -> bool:
    return bool(closed & leaves_of(REFUSED[token]))


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
    by_terms: dict[str, list[str]] = {}
    for token, asked in terms.offered:
        by_terms.setdefault(asked, []).append(token)
    licences = [_licence(terms.free, (), terms.refused)] if terms.free else []
    licences += [_licence(tokens, put_terms(asked).lines, terms.refused) for asked, tokens in by_terms.items()]
    inside = "".join(licences or [_licence((), (), terms.refused)])
    return f'<rsl xmlns="{NAMESPACE}">\n <content url={quoteattr(url)}>\n{inside} </content>\n</rsl>\n'


def _licence(permits: Sequence[str], asked: Sequence[str], refused: Sequence[str]) -> str:
    lines = [f'<permits type="usage">{" ".join(permits)}</permits>'] if permits else []
    lines += [f'<prohibits type="usage">{" ".join(refused)}</prohibits>'] if refused else []
    return "  <license>\n" + "".join(f"   {line}\n" for line in (*lines, *asked)) + "  </license>\n"
