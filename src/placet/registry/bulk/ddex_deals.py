"""What the deals of a release notification say of its recordings: what a sender licenses, she controls there.

A deal is a licence to whoever receives the message. That it ends takes no right away, and what it is for says nothing
of AI: so its territory makes a claim of the sender's where nobody else is named who controls the recording, and its
dates, models and uses are told, and bound none. What is not understood is told and counts for nothing.
Elements: DDEX data dictionary, ern:ReleaseDeal, ern:DealTerms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from placet.core.declaration import Problem
from placet.registry.bulk.raw import day_of, territory_of
from placet.registry.bulk.xml_stream import all_of, text_of
from placet.signals.xml_tree import Node

__all__ = ["WANTED", "Deal", "Deals", "plain", "reach_of", "told_of"]

WANTED: Final = frozenset(("ReleaseReference", "ReleaseResourceReference", "ReleaseDeal"))
_TOLD: Final = 3  # deals of one recording
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """One DealTerms; `territory` is empty for the world, as it is where countries are only excluded."""

    territory: tuple[str, ...]
    start: int
    until: int
    models: tuple[str, ...]
    uses: tuple[str, ...]

    def __str__(self) -> str:
        where = " ".join(self.territory) or "worldwide"
        since = f" from {_day(self.start)}" if self.start else ""
        until = f" until {_day(self.until - _DAY)}" if self.until else ""
        return f"{' '.join(self.models) or 'no model'}: {' '.join(self.uses) or 'no use'}, {where}{since}{until}"


@dataclass(slots=True)
class Deals:
    """The deals of one file by recording; releases are listed before them, each reference before those of its parts."""

    name: str
    _release: str = ""
    _parts: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _of: dict[str, dict[Deal, None]] = field(default_factory=lambda: defaultdict(dict))

    def take(self, line: int, node: Node) -> Iterator[Problem]:
        """One of the WANTED elements; what of it is not understood."""
        if node.name[1] == "ReleaseReference":
            self._release = node.text
            self._parts[node.text] += ()
        elif node.name[1] == "ReleaseResourceReference":
            self._parts[self._release].append(node.text)
        else:
            yield from self._deal(f"{self.name}, line {line}", node)

    def _deal(self, where: str, node: Node) -> Iterator[Problem]:
        named = [each.text for each in all_of(node, "DealReleaseReference")]
        for unknown in [each for each in named if each not in self._parts]:
            yield _problem(where, f"a deal is about the release {plain(unknown)!r}, which is listed nowhere")
        if not named:
            yield _problem(where, "a deal names no release")
        for terms in all_of(node, "Deal", "DealTerms"):
            try:
                deal = _terms(terms)
            except ValueError as error:
                yield _problem(where, f"a deal is not understood: {error}")
                continue
            for part in dict.fromkeys(part for release in named for part in self._parts.get(release, ())):
                self._of[part].update({deal: None} if deal else {})

    def of(self, reference: str) -> list[Deal]:
        """Those of the recording that the file refers to by this."""
        return list(self._of.get(reference, ())) if reference else []


def told_of(deals: list[Deal], *, is_claimed: bool) -> str:
    """What is told of them beside the recording."""
    words = "; ".join(map(str, deals[:_TOLD])) + (" and others" if len(deals) > _TOLD else "")
    why = "nobody is named who controls it, so you claim it where they reach" if is_claimed else "they bound no claim"
    return f"its deals ({words}) are licences to others: {why}"


def reach_of(parts: list[tuple[str, ...]]) -> tuple[str, ...]:
    """All that territories reach together; the world where one of them does."""
    return tuple(sorted({code for codes in parts for code in codes})) if all(parts) else ()


def plain(text: str) -> str:
    """Words out of a file, as they may be told."""
    return "".join(sign if sign.isprintable() else "?" for sign in text[:40])


def _terms(node: Node) -> Deal | None:
    """None for what was taken down; ValueError for what is not understood."""
    if text_of(node, "TakeDown").lower() == "true":
        return None
    codes = [each.text for each in all_of(node, "TerritoryCode")]
    if not codes and not all_of(node, "ExcludedTerritoryCode"):
        raise ValueError("it says nowhere in which territory it holds")
    period = (all_of(node, "ValidityPeriod") or [node])[0]
    start, until = (text_of(period, name) or text_of(period, f"{name}Time") for name in ("StartDate", "EndDate"))
    is_world = not codes or any(code.casefold() == "worldwide" for code in codes)
    return Deal(
        territory=() if is_world else territory_of(" ".join(codes)),
        start=day_of(start),
        until=day_of(until, after=True),
        models=_values(all_of(node, "CommercialModelType")),
        uses=_values([*all_of(node, "UseType"), *all_of(node, "Usage", "UseType")]),
    )


def _values(nodes: list[Node]) -> tuple[str, ...]:
    """Values of a list of DDEX's, or the sender's own."""
    own = ((each.get("UserDefinedValue") or "") if each.text == "UserDefined" else each.text for each in nodes)
    return tuple(dict.fromkeys(plain(value) for value in own if value))


def _problem(where: str, why: str) -> Problem:
    return Problem(where, "bulk.deal", f"{where}: {why} (bulk.deal)")


def _day(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
