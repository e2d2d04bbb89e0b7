"""Taking back what was said: by whoever said it, or by her for whom it was said."""

from __future__ import annotations

from dataclasses import replace

from placet.core.declaration import Declaration

__all__ = ["taken_back"]


def taken_back(withdrawal: Declaration, word: Declaration) -> Declaration:
    """A withdrawal beside the word that it names, which was said for somebody.

    Who said it takes it back for her too, whatever became of the mandate.  She takes it back herself as if the other
    had, unless she left the saying to the other alone: then it changes nothing.
    """
    if withdrawal.by == word.by:
        return replace(withdrawal, behalf=word.behalf)
    if withdrawal.by == word.behalf and not word.exclusive:
        return replace(withdrawal, by=word.by, behalf=word.behalf)
    return withdrawal
