"""Territories as sets of ISO 3166-1 alpha-2 codes; `EU` stands for its members."""

from __future__ import annotations

import re
from functools import cache

__all__ = ["EU", "known_territory", "members", "parse_territory"]

# Member states on 1 February 2020 and since (Treaty on European Union, art. 52).
_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU = frozenset(_MEMBERS.split())
_COUNTRIES = (  # ISO 3166-1 alpha-2, and XK, which the EU writes for Kosovo (its Publications Office, countries)
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO "
    "FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE "
    "JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO "
    "MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM "
    "TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW XK"
)
_KNOWN = frozenset((*_COUNTRIES.split(), "EU"))
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


def known_territory(words: str) -> tuple[str, ...]:
    """What somebody says now: a code that no country has would hold nowhere.  ValueError names it.

    What was written before, here or by others, is read by `parse_territory`.
    """
    codes = parse_territory(words)
    for code in codes:
        if code not in _KNOWN:
            raise ValueError(f"{code!r} is no territory that is known: give ISO 3166 codes such as FR or GB, or EU")
    return codes
