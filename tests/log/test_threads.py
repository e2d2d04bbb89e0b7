"""Many checks at once: all are made, and the first error in order is the one that is raised."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.log.threads import check_all


@pytest.mark.parametrize("count", [0, 1, 128, 129, 1000])
def test_every_item_is_checked_once(count):
    seen = []

    check_all(seen.append, range(count))

    assert sorted(seen) == list(range(count))


@settings(max_examples=30, deadline=None)
@given(count=st.integers(1, 1000), bad=st.sets(st.integers(0, 999), min_size=1))
def test_the_first_error_in_order_is_raised(count, bad):
    def check(item):
        if item in bad:
            raise ValueError(item)

    if min(bad) >= count:
        check_all(check, range(count))
    else:
        with pytest.raises(ValueError, match=f"^{min(bad)}$"):
            check_all(check, range(count))
