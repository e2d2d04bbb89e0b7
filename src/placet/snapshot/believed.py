"""A library without the claims that an asker need not believe: what is in the public domain, claimed by who knows whom.

Who asks for voices that were checked is not to lose what belongs to everybody to a crowd of keys.  A work is left out
where the record contests it as public domain (docs/disputes.md), its party was not checked to the chosen voice, and
nobody who was lists it.  Row numbers stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from placet.core.stance import Voice
from placet.core.standing import Dispute, End
from placet.record.entries import parse_subject
from placet.snapshot.library import Library

__all__ = ["heeded", "unheeded"]

_OF_WORK: Final = ".work"


def heeded(library: Library, least: Voice) -> Library:
    """The library as somebody sees it who chose this voice; the very same one where nothing is left out."""
    if least <= Voice.CLAIMED or not len(library) or not library.disputes:
        return library
    rows = [row for each in library.disputes.public_domain() for row in _rows(each, library, least)]
    if not rows:
        return library
    gone = np.zeros(len(library), np.bool_)
    gone[rows] = True
    arrays = _with(library.arrays, ~gone)
    return replace(library, arrays=arrays, is_whole=False, whole=library, left_out=tuple(sorted(set(rows))))


def unheeded(library: Library) -> Library | None:
    """Only what `heeded` left out of this library, to be told what that changed; None where it left out nothing."""
    if library.whole is None:
        return None
    kept = np.zeros(len(library), np.bool_)
    kept[list(library.left_out)] = True
    return replace(library.whole, arrays=_with(library.whole.arrays, kept), is_whole=False)


def _rows(each: Dispute, library: Library, least: Voice) -> list[int]:
    """The row of the work that it contests, where it is to be left out."""
    subject = parse_subject(each.act.body["newer"])
    row = library.row_of(subject.id)
    if row is None or each.end is not End.OPEN or library.authority.voice(each.against, each.act.at) >= least:
        return []
    is_listed = any(listing.signer.voice >= least for listing in library.titles.listings(subject))
    return [] if is_listed else [row]


def _with(arrays: dict[str, NDArray[Any]], of: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    """All arrays with the rows of these works alone; `x.work` says whose the rows of every `x.*` are."""
    kept = dict(arrays)
    for name in arrays:
        if name.endswith(_OF_WORK):
            stays = of[arrays[name]]
            family = name.removesuffix("work")
            kept |= {each: np.ascontiguousarray(arrays[each][stays]) for each in arrays if each.startswith(family)}
    return kept
