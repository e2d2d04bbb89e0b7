"""What a reader of everything that was emitted hears, beside what was meant: leaf by leaf, standard by standard."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from placet.core.declaration import Declaration
from placet.core.stance import Stance
from placet.core.use import Use
from placet.signals.codec import Asked, Codec
from placet.signals.robots_file import token_of
from placet.signals.saying import meant

__all__ = ["Account", "compare", "heard_by"]


@dataclass(frozen=True, slots=True)
class Account:
    """At one path, to everybody (`agent` None) or one crawler; all uses are leaves.

    `heard` is the strictest of page and picture.  `unsaid` were meant and are not heard on one of them; `stricter` are
    heard as more of a no than was meant, `looser` as less.
    """

    standard: str
    path: str
    agent: str | None
    heard: Mapping[Use, Stance]
    unsaid: frozenset[Use]
    stricter: frozenset[Use]
    looser: frozenset[Use]


def heard_by(
    codec: Codec, said: Iterable[Declaration], url: str, agent: str | None, apart: Collection[str]
) -> dict[Use, Stance]:
    """The strictest stance on every leaf that a standard's own statements amount to, but for crawlers `apart`."""
    others = {token_of(each) for each in apart} if agent is None else set()
    heard: dict[Use, Stance] = {}
    for declaration in codec.select(tuple(said), Asked(url=url, agent=agent)).speaking:
        if declaration.stance is None or token_of(declaration.agent or "") in others:
            continue
        for leaf in declaration.use.leaves:
            heard[leaf] = max(heard.get(leaf, declaration.stance), declaration.stance)
    return heard


def compare(
    standard: str,
    path: str,
    agent: str | None,
    wished: Iterable[Declaration],
    page: Mapping[Use, Stance],
    picture: Mapping[Use, Stance],
) -> Account:
    wanted = meant(wished)
    heard = {leaf: max(page.get(leaf, Stance.ALLOW), picture.get(leaf, Stance.ALLOW)) for leaf in {*page, *picture}}
    both = [(leaf, said[leaf]) for said in (page, picture) for leaf in said]
    return Account(
        standard=standard,
        path=path,
        agent=agent,
        heard={leaf: heard[leaf] for leaf in Use if leaf in heard},
        unsaid=frozenset(leaf for leaf in wanted if leaf not in page or leaf not in picture),
        stricter=frozenset(leaf for leaf, stance in both if stance > max(wanted.get(leaf, 0), Stance.ALLOW)),
        looser=frozenset(leaf for leaf, stance in both if _is_less(leaf, stance, wanted.get(leaf))),
    )


def _is_less(leaf: Use, heard: Stance, wanted: Stance | None) -> bool:
    """A yes that nobody gave is less than silence, but for access: what no rule refuses may be fetched (RFC 9309)."""
    if wanted is None:
        return heard is Stance.ALLOW and leaf is not Use.ACCESS
    return heard < wanted
