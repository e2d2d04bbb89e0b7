"""How much a party may register in a day: by its step, by its strikes, and by the operator's clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from placet.app import Home
from placet.core.authority import DAY, Step
from placet.errors import BadInput, Refused
from placet.registry.rates import read_rates, write_rates
from tests.factories import NOW, a_home, a_key, check_identity, check_log, reserve


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = a_home(tmp_path / "home")
    home.begin()
    write_rates(home.path, {Step.KEY: 3})
    return home


def test_a_key_alone_has_its_days_share_and_no_more(home: Home) -> None:
    reserve(home, 1, 2)
    reserve(home, 11, by=2)

    with pytest.raises(
        Refused, match=r"may register 3 .* 2 were taken today, and these are 2.*2025-06-16.*\(rate\.step\)"
    ):
        reserve(home, 3, 4)

    reserve(home, 3)
    check_log(home)


def test_the_next_day_begins_anew_by_the_operators_clock(home: Home) -> None:
    reserve(home, 1, 2, 3)
    home.now = lambda: NOW + DAY

    assert len(reserve(home, 4, 5, 6)) == 3


def test_who_was_shown_by_a_document_is_not_limited(home: Home) -> None:
    reserve(home, 1)
    check_identity(home, 1)

    assert len(reserve(home, 2, 3, 4, 5)) == 4


def test_three_strikes_leave_a_tenth(home: Home) -> None:
    write_rates(home.path, {Step.KEY: 20})
    reserve(home, 1, 2)
    composer = home.composer(home.log.key)
    for _ in range(3):
        composer.strike(a_key(1).public.hex(), "registers what is not hers")
    home.log.append(composer.submission())

    with pytest.raises(Refused, match=r"and 3 strikes, may register 2 "):
        reserve(home, 3)


def test_a_home_whose_operator_set_nothing_limits_nobody(tmp_path: Path) -> None:
    home = a_home(tmp_path / "own")

    assert len(reserve(home, *range(20))) == 20
    assert read_rates(home.path) is None


@pytest.mark.parametrize("text", ["", "[]", '{"key": "many"}', "{"])
def test_rates_that_cannot_be_read_close_the_door(home: Home, text: str) -> None:
    (home.path / "rates.json").write_text(text)

    with pytest.raises(BadInput, match=r"rates\.json cannot be read"):
        reserve(home, 1)
