"""From rows to works: who is meant by what a list names."""

from __future__ import annotations

import pytest

from placet.registry.bulk.gathering import Salts, gather_rows
from placet.registry.bulk.raw import Party, Row
from tests.gallery.lists import ipi, iswc

KEY = "ab" * 32


@pytest.mark.parametrize(
    ("name", "who"),
    [(KEY, KEY), (f"ipi:{ipi(1)}", f"ipi:{ipi(1)}"), (f"IPI: {ipi(1)}", f"ipi:{ipi(1)}")],
    ids=["key", "ipi", "spelled"],
)
def test_a_key_or_a_number_in_the_column_of_names_is_that_party(name: str, who: str) -> None:
    row = Row(where="row 2", names=(f"iswc:{iswc(1)}",), parties=(Party(name=name),))

    (work,) = gather_rows([row], "cd" * 32, Salts(bytes(32))).works

    assert [term[0] for term in work.claims] == [who]


def test_a_wrong_number_in_the_column_of_names_is_no_name() -> None:
    row = Row(where="row 2", names=(f"iswc:{iswc(1)}",), parties=(Party(name="ipi:00000000198"),))

    (work,) = gather_rows([row], "cd" * 32, Salts(bytes(32))).works

    assert work.flaw[0] == "malformed"
    assert "(identifier.check-digit)" in work.flaw[1]


@pytest.mark.parametrize("name", ["Bo Berg", "Who: the band", KEY[:-1]])
def test_a_name_stays_closed_under_a_commitment(name: str) -> None:
    row = Row(where="row 2", names=(f"iswc:{iswc(1)}",), parties=(Party(name=name),))

    (work,) = gather_rows([row], "cd" * 32, Salts(bytes(32))).works

    assert [term[0][:5] for term in work.claims] == ["name:"]
