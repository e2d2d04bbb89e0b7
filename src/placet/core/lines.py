"""Single lines that people wrote, in every script."""

from __future__ import annotations

from typing import Final

__all__ = ["MOST_SECONDS", "is_line", "is_time"]

MOST_SECONDS: Final = 253_402_300_799  # the last second of the year 9999, beyond which no calendar here goes

# They shape letters in Persian, Indic scripts and emoji; all other format characters can make a line read as another.
_JOINERS: Final = {0x200C: None, 0x200D: None}


def is_line(text: str, most: int) -> bool:
    """Whether it is one line of at most so many characters, which shows all that it says."""
    return len(text) <= most and text.translate(_JOINERS).isprintable()


def is_time(seconds: int) -> bool:
    """Whether it is a second that a calendar can name."""
    return 0 <= seconds <= MOST_SECONDS
