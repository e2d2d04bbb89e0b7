"""The price that was heard beside an address, kept in the address's fragment, which is never sent to its server.

    https://collective.example/terms/1#payment=training&amount=0.40&currency=EUR

It is what somebody said elsewhere, letter by letter: no offer, and nothing that can be bought with this program.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["PriceTag", "attach", "detach"]

_TAG = re.compile(r"[#&]payment=([a-z-]{0,20})&amount=([0-9]{1,20}(?:\.[0-9]{1,20})?)&currency=([A-Z]{3})", re.ASCII)
_LONGEST = len("&payment=&amount=&currency=") + 20 + 41 + 3


@dataclass(frozen=True, slots=True)
class PriceTag:
    """`kind` is what the price is for, in the words of the standard, if it said so; `amount` is as it was written."""

    kind: str
    amount: str
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}{f' ({self.kind})' if self.kind else ''}"


def attach(address: str, tag: PriceTag) -> str:
    """The address with the price behind it; as it was, when the price is not of digits in a currency's letters."""
    marked = f"{address}{'&' if '#' in address else '#'}payment={tag.kind}&amount={tag.amount}&currency={tag.currency}"
    return marked if detach(marked) == (address, tag) else address


def detach(terms: str) -> tuple[str, PriceTag | None]:
    """The address alone, and the price behind it if there is one."""
    start = max(0, len(terms) - _LONGEST)
    for found in _TAG.finditer(terms, start):
        if found.end() == len(terms):
            return terms[: found.start()], PriceTag(*found.groups())
    return terms, None
