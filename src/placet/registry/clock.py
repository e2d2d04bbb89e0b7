"""The days that entries write, held to the clock of the log that takes them in.

The record knows no other time than what its entries say.  What a lost key said is told from what its holder said by
these days alone, and a recovery waits by them: so a log takes in nothing that is dated further from its own clock than
`SKEW`.  Whoever replays a log has no such clock, and takes the days as they were let in.
"""

from __future__ import annotations

from collections.abc import Iterable

from placet.core.keyring import SKEW
from placet.errors import Refused
from placet.record.entries import Entry

__all__ = ["check_clock"]


def check_clock(entries: Iterable[Entry], now: int) -> None:
    """Refused where an entry is dated more than a day from `now`, in UTC seconds."""
    for entry in entries:
        at = entry.body.get("at", now)
        if at > now + SKEW:
            raise Refused(f"{entry.type} is dated {_days(at - now)} ahead of the log's clock: set yours (clock.ahead)")
        if at < now - SKEW:
            raise Refused(
                f"{entry.type} is dated {_days(now - at)} before it came to the log: make it again today (clock.behind)"
            )


def _days(seconds: int) -> str:
    return f"{seconds // SKEW} day" + ("s" if seconds >= 2 * SKEW else "")
