"""Territories: what may be said now, and what is read of what was said before."""

from __future__ import annotations

import pytest

from placet.core.territory import EU, known_territory, parse_territory
from placet.registry.bulk.countries import COUNTRIES


def test_every_country_and_the_union_can_be_said() -> None:
    codes = {*COUNTRIES.values(), *EU, "EU", "XK"}

    assert set(known_territory(",".join(sorted(codes)))) == codes
    assert known_territory("") == ()
    assert known_territory(" fr , eu ") == ("FR", "EU")


@pytest.mark.parametrize("code", ["XX", "ZZ", "UK", "EN", "AA"])
def test_a_code_that_no_country_has_is_read_and_not_said(code: str) -> None:
    with pytest.raises(ValueError, match=f"'{code}' is no territory that is known"):
        known_territory(f"FR,{code}")

    assert parse_territory(code) == (code,)
