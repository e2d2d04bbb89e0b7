"""Territories as sets of ISO 3166-1 alpha-2 codes; `EU` stands for its members."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["EU", "members", "parse_territory"]

# Member states on 1 February 2020 and since (Treaty on European Union, art. 52).
_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(_MEMBERS.split())
_CODE = re.compile(r"[A-Z]{2}")


@cache
def members(codes: tuple[str, ...]) -> frozenset[str] | None:
    """The countries meant; None means the whole world."""
    if not codes:
        return None
    return frozenset().union(*(EU if code == "EU" else {code} for code in codes))


def parse_territory(words: str) -> tuple[str, ...]:
    """`"FR, EU"` as codes; empty for the world.  ValueError names what is no code."""
    codes = tuple(part.strip().upper() for part in words.split(",") if part.strip())
    for code in codes:
        if not _CODE.fullmatch(code):
            raise ValueError(f"{code!r} is no territory: give ISO 3166 codes such as FR, or EU")
    return codes
