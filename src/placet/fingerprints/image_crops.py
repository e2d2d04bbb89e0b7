"""Windows of a picture: those that a maker may register beside the whole, and those that an asker may look at.

Registered: nine places (corners, edges, middle) of four fifths and of three fifths of each side (`crop-80-00`, rows
and columns from 0 to 2). Asked: the picture without its uniform border, its halves and quarters (collages), and
without a strip above or below (caption bars, title bars).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from placet.fingerprints import image_plh

__all__ = ["crop_hashes", "parts"]

Luma = NDArray[np.uint8]

_SHARES: Final = (80, 60)  # percent of each side
_STRIPS: Final = (8, 12, 17, 20, 25)  # percent of the height; a bar of a fifth below a picture is a sixth of both
_LEAST: Final = 32  # pixels of a side
_FLAT: Final = 12  # how much the luma of a border may vary


def crop_hashes(luma: Luma) -> Iterator[tuple[str, bytes]]:
    """The image-plh/1 of each window that is registered, by its reading."""
    height, width = luma.shape
    for share in _SHARES:
        high, wide = max(1, height * share // 100), max(1, width * share // 100)
        for row in range(3):
            for column in range(3):
                top, left = (height - high) * row // 2, (width - wide) * column // 2
                window = luma[top : top + high, left : left + wide]
                yield f"crop-{share}-{row}{column}", image_plh.compute(window)


def parts(luma: Luma) -> Iterator[tuple[str, Luma]]:
    """What may be a picture of its own inside this one, by what it is; none has a side below 32 pixels."""
    for name, window in _windows(luma):
        if min(window.shape) >= _LEAST:
            yield name, np.ascontiguousarray(window)


def _windows(luma: Luma) -> Iterator[tuple[str, Luma]]:
    bare = _bare(luma)
    if bare.shape != luma.shape:
        yield "without border", bare
    height, width = luma.shape
    middle, centre = height // 2, width // 2
    yield from (("left half", luma[:, :centre]), ("right half", luma[:, centre:]))
    yield from (("upper half", luma[:middle]), ("lower half", luma[middle:]))
    for above, rows in (("upper", slice(0, middle)), ("lower", slice(middle, None))):
        for side, columns in (("left", slice(0, centre)), ("right", slice(centre, None))):
            yield f"{above} {side} quarter", luma[rows, columns]
    for percent in _STRIPS:
        strip = height * percent // 100
        yield f"without the upper {percent} %", luma[strip:]
        yield f"without the lower {percent} %", luma[: height - strip]


def _bare(luma: Luma) -> Luma:
    """Without the rows and columns at its edges that are of one shade."""
    rows = np.flatnonzero(np.ptp(luma, axis=1) > _FLAT)
    if not len(rows):
        return luma
    inner = luma[rows[0] : rows[-1] + 1]
    columns = np.flatnonzero(np.ptp(inner, axis=0) > _FLAT)
    return inner[:, columns[0] : columns[-1] + 1] if len(columns) else luma
