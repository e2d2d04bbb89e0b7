"""A quote: what licences for the amber rows of a finished clearance cost, from whom, and what has no price.

Pure: the same demands, declarations, offers and time give the same quote, and the same quote the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from placet.core.canonical import encode
from placet.core.declaration import Declaration
from placet.core.money import Money
from placet.core.offer import MOST_AMOUNT, Offer, Unit
from placet.core.price_tag import detach
from placet.core.subject import Subject
from placet.core.territory import members
from placet.core.use import Use
from placet.licensing.scope import scope_root, sorted_scope

__all__ = ["WHYS", "Asking", "Demand", "Line", "Quote", "Terms", "Unquoted", "make_quote"]

DAYS = 30
_DAY = 86_400

# Why a price cannot be named: an id, and its sentence.
WHYS = {
    "quote.no-offer": "its holder asks for a licence and has made no offer: ask",
    "quote.words-only": "its terms are words for people, no offer that a program can read: read them, and ask",
    "quote.withheld": "its terms are withheld from this snapshot",
    "quote.not-for-this": "its offer is not for this use, territory or time",
    "quote.overflow": "its price, or the sum with it, is beyond what can be written exactly",
    "quote.disputed": "more than one party says that it is theirs: no licence of one lifts what another says",
    "quote.no-holder": "it is asked for elsewhere than in the registry, and nobody here can sell it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """So many rows were answered "at a price" by just these declarations."""

    said: tuple[Declaration, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What a digest of terms stands for: an offer, or the id in WHYS of why it is none."""

    offer: Offer | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One licence to be bought: of one party, at one offer, for these works; `rows` are those it takes part in."""

    party: str
    name: str
    digest: str
    offer: Offer
    works: tuple[Subject, ...]
    rows: int

    @property
    def price(self) -> Money | None:
        """The whole price; None for a share of revenue."""
        return self.offer.total(len(self.works))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unquoted:
    """Works for which no price can be named, and why (an id of WHYS).

    `where` is the place that asks, if elsewhere, and `asks` the price as it was heard there: nobody sells at it here.
    """

    why: str
    party: str
    name: str
    works: tuple[Subject, ...]
    rows: int
    where: str = ""
    asks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """`rows` were asked for; with every line bought, `within_reach` of them may be used."""

    plan: str
    snapshot: str
    use: Use
    territory: str
    at: int
    valid_until: int
    lines: tuple[Line, ...]
    unquoted: tuple[Unquoted, ...]
    rows: int
    within_reach: int

    @property
    def totals(self) -> tuple[Money, ...]:
        """One sum a currency."""
        sums: dict[str, int] = defaultdict(int)
        for line in self.lines:
            if line.price is not None:
                sums[line.price.currency] += line.price.amount
        return tuple(Money(amount, currency) for currency, amount in sorted(sums.items()))

    @property
    def shares(self) -> Fraction:
        """The shares of revenue that are asked for, added up."""
        return sum((line.offer.rate for line in self.lines if line.offer.rate), Fraction(0))

    def data(self) -> bytes:
        return encode(
            {
                "placet_quote": 1,
                "plan": self.plan,
                "snapshot": self.snapshot,
                "use": self.use.value,
                "territory": self.territory,
                "at": self.at,
                "valid_until": self.valid_until,
                "rows": self.rows,
                "within_reach": self.within_reach,
                "lines": [_line(line) for line in self.lines],
                "unquoted": [_unquoted(each) for each in self.unquoted],
                "totals": [[money.amount, money.currency] for money in self.totals],
                "shares": str(self.shares) if self.shares else "",
            }
        )


def _line(line: Line) -> dict[str, Any]:
    return {
        "party": line.party,
        "name": line.name,
        "offer": line.digest,
        "unit": line.offer.unit.value,
        "each": line.offer.each(len(line.works)) if line.offer.price else 0,
        "amount": line.price.amount if line.price else 0,
        "currency": line.price.currency if line.price else "",
        "rate": str(line.offer.rate or ""),
        "root": scope_root(line.works),
        "works": [str(work) for work in line.works],
        "rows": line.rows,
        "credit": line.offer.credit,
        "report": line.offer.report.value,
        "contact": line.offer.contact,
    }


def _unquoted(each: Unquoted) -> dict[str, Any]:
    return {
        "why": each.why,
        "sentence": WHYS[each.why],
        "party": each.party,
        "name": each.name,
        "works": [str(work) for work in each.works],
        "rows": each.rows,
        "where": each.where,
        "asks": each.asks,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is asked for, by which finished clearance; `territory` is empty for the world."""

    plan: str
    snapshot: str
    use: Use
    territory: str
    at: int


@dataclass(slots=True)
class _Books:
    """Works and rows, gathered by party and offer, and by why, party and place where there is no offer."""

    works: dict[tuple[str, str], set[Subject]] = field(default_factory=lambda: defaultdict(set))
    counted: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    refused: dict[tuple[str, str, str], set[Subject]] = field(default_factory=lambda: defaultdict(set))
    missed: dict[tuple[str, str, str], int] = field(default_factory=lambda: defaultdict(int))
    rows: int = 0
    reach: int = 0

    def add(self, demand: Demand, whys: Mapping[Declaration, str]) -> None:
        self.rows += demand.rows
        self.reach += 0 if any(whys.values()) else demand.rows
        priced, unpriced = set[tuple[str, str]](), set[tuple[str, str, str]]()
        for said, why in whys.items():
            if why:
                unpriced.add(key := (why, said.by, _elsewhere(why, said)))
                self.refused[key].add(said.subject)
            else:
                priced.add(offer := (said.by, said.terms or ""))
                self.works[offer].add(said.subject)
        for offer in priced:
            self.counted[offer] += demand.rows
        for key in unpriced:
            self.missed[key] += demand.rows


def make_quote(
    asking: Asking, demands: Iterable[Demand], terms: Mapping[str, Terms], names: Mapping[str, str]
) -> Quote:
    """The quote for these demands; `terms` by their digest, `names` by party key."""
    demands = tuple(demands)
    books = _gather(demands, asking, terms, frozenset())
    if beyond := frozenset(_beyond(books, terms)):
        books = _gather(demands, asking, terms, beyond)
    lines = tuple(_lines(books, terms, names))
    ends = [line.offer.until for line in lines if line.offer.until]
    return Quote(
        plan=asking.plan,
        snapshot=asking.snapshot,
        use=asking.use,
        territory=asking.territory,
        at=asking.at,
        valid_until=min([asking.at + DAYS * _DAY, *ends]),
        lines=lines,
        unquoted=tuple(_unpriced(books, names)),
        rows=books.rows,
        within_reach=books.reach,
    )


def _gather(
    demands: Iterable[Demand], asking: Asking, terms: Mapping[str, Terms], beyond: frozenset[tuple[str, str]]
) -> _Books:
    books = _Books()
    for demand in demands:
        whys = {said: _why(said, demand, asking, terms) for said in demand.said}
        over = {said for said, why in whys.items() if not why and (said.by, said.terms or "") in beyond}
        books.add(demand, {said: "quote.overflow" if said in over else why for said, why in whys.items()})
    return books


def _beyond(books: _Books, terms: Mapping[str, Terms]) -> Iterator[tuple[str, str]]:
    """The dearest, until the sum of each currency can be written: nobody's price keeps the others from being told."""
    sums: dict[str, int] = defaultdict(int)
    for amount, currency, key in sorted(_amounts(books, terms)):
        if sums[currency] + amount > MOST_AMOUNT:
            yield key
        else:
            sums[currency] += amount


def _amounts(books: _Books, terms: Mapping[str, Terms]) -> Iterator[tuple[int, str, tuple[str, str]]]:
    for key, works in books.works.items():
        offer = _offer(terms, key[1])
        if offer.price is not None:
            count = 1 if offer.unit is Unit.REPERTOIRE else len(works)
            yield offer.each(count) * count, offer.price.currency, key


def _lines(books: _Books, terms: Mapping[str, Terms], names: Mapping[str, str]) -> Iterator[Line]:
    for (by, digest), works in sorted(books.works.items()):
        yield Line(
            party=by,
            name=names.get(by, ""),
            digest=digest,
            offer=_offer(terms, digest),
            works=sorted_scope(works),
            rows=books.counted[by, digest],
        )


def _unpriced(books: _Books, names: Mapping[str, str]) -> Iterator[Unquoted]:
    for (why, by, place), works in sorted(books.refused.items()):
        where, tag = detach(place)
        yield Unquoted(
            why=why,
            party=by,
            name=names.get(by, ""),
            works=sorted_scope(works),
            rows=books.missed[why, by, place],
            where=where,
            asks=str(tag or ""),
        )


def _offer(terms: Mapping[str, Terms], digest: str) -> Offer:
    offer = terms[digest].offer
    if offer is None:
        raise ValueError(f"{digest} is no offer")
    return offer


def _why(said: Declaration, demand: Demand, asking: Asking, terms: Mapping[str, Terms]) -> str:
    """Why this declaration has no price here; empty when it has one."""
    if said.index is None:
        return "quote.no-holder"
    if any(other.by != said.by and other.right == said.right for other in demand.said):
        return "quote.disputed"
    if not said.terms:
        return "quote.no-offer"
    found = terms.get(said.terms, Terms(None, "quote.withheld"))
    if found.offer is None:
        return found.why
    return "" if _covers(found.offer, asking) else "quote.not-for-this"


def _covers(offer: Offer, asking: Asking) -> bool:
    where, asked = members(offer.territory), members((asking.territory,) if asking.territory else ())
    there = where is None or (asked is not None and asked <= where)
    uses = all(any(use.covers(leaf) for use in offer.uses) for leaf in asking.use.leaves)
    return there and uses and offer.holds(asking.at)


def _elsewhere(why: str, said: Declaration) -> str:
    return (said.terms or said.source.where) if why == "quote.no-holder" else ""
