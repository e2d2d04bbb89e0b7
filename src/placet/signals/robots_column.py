"""One robots.txt and a column of addresses: what a dataset asks of a site, a million rows at a time."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from placet.signals.robots import access, matcher
from placet.signals.robots_file import RobotsFile

__all__ = ["access_column"]

# An address whose path and query are in their one spelling as they stand (`paths.target_of`).
_PLAIN = r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*/[!\"&-)+-~]*$"
_LONGEST = 50_000  # octets of an expression beyond which its automaton is slower than asking address by address


def access_column(file: RobotsFile, agent: str | None = None) -> Callable[[pa.Array], pa.Array]:
    """May this agent fetch each of a column of addresses?  As `robots.access`; no address is no yes.

    RE2 sorts out the addresses that no rule can match, in one pass over the column; the others are asked one by one.
    """
    may_fetch = access(file, agent)
    rules = matcher(file, agent).may_match
    candidates = f"^[^/]*//[^/?#]*{rules}" if len(rules) <= _LONGEST else ""

    def may_fetch_each(column: pa.Array) -> pa.Array:
        odd = pc.invert(pc.match_substring_regex(column, _PLAIN))
        asked = pc.fill_null(pc.or_(odd, pc.match_substring_regex(column, candidates)), False)
        answers = pa.array([may_fetch(url) for url in column.filter(asked).to_pylist()], pa.bool_())
        allowed = pc.replace_with_mask(pc.invert(asked), asked, answers)
        return pc.and_(allowed, column.is_valid())

    return may_fetch_each
