"""image-orb/1: up to 64 corners of a picture, each with 256 bits of what lies around it. Frozen but for OpenCV.

Source: E. Rublee, V. Rabaud, K. Konolige, G. Bradski, "ORB: an efficient alternative to SIFT or SURF", ICCV 2011, as
OpenCV computes it (patch 31, FAST threshold 8, one level at a time).

1. The luma is brought to each longer side in `SIDES`, areas averaged where it shrinks, linear where it grows.
2. At each side corners are found, and those with the strongest Harris response in each cell of a grid are kept, cell
   by cell, so that what is kept is spread over the picture and half of it keeps half of them. Those that the picture
   repeats are left out.
3. A place is four numbers of 16 bits: x, y and the patch's width in 1/65535 of the longer side, and the angle in
   1/65536 of a turn. Nothing outside a picture can be written so.

A picture that is asked about is looked at in `levels` steps of 1.2, so that parts of it are met at the size at which
they were registered. Descriptors let others find crops, and let anybody who holds them draw a crude picture of the
corners: they are registered only where the holder says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from placet.errors import MissingExtra

__all__ = ["MOST", "SIDES", "Features", "describe_corners", "find_corners", "from_json", "is_there", "none", "to_json"]

Luma = NDArray[np.uint8]

MOST: Final = 64  # corners registered of a work
SIDES: Final = ((512, 24), (356, 24), (247, 16))  # longer side, and how many corners are kept there
UNIT: Final = 65_535

_PATCH, _EDGE, _THRESHOLD = 31, 16, 8
_LEAST_SIDE = 48  # pixels of the shorter side, below which there is nothing to describe
_TOP, _BOTTOM, _STEP = 960, 160, 1.2  # longer sides at which a picture is asked about
_AREA, _FEW, _MANY = 1200, 60, 400  # one corner for so many pixels of a level, within these bounds
_SAME, _REPEATS = 40, 3  # bits of 256, and how often a corner may be met again
_LEAST_WIDTH = 1


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """`words` uint64[n, 4] are the bits as a snapshot stores them; `places` uint16[n, 4] are x, y, width, angle."""

    words: NDArray[np.uint64]
    places: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.words)


def none() -> Features:
    """No corner at all: of a flat or a tiny picture."""
    return Features(np.empty((0, 4), np.uint64), np.empty((0, 4), np.uint16))


def is_there() -> bool:
    """Whether OpenCV is installed."""
    try:
        import cv2  # noqa: F401
    except ImportError:
        return False
    return True


def find_corners(luma: Luma) -> Features:
    """The corners to register of a picture, at most 64; MissingExtra without OpenCV."""
    return _joined(luma, SIDES)


def describe_corners(luma: Luma) -> Features:
    """The corners of a picture that is asked about: many, at every size at which a part may have been registered."""
    height, width = luma.shape
    shape = min(height, width) / max(height, width)
    side, levels = float(min(_TOP, max(SIDES[1][0], height, width))), list[tuple[int, int]]()
    while side >= _BOTTOM:
        wanted = int(side * side * shape / _AREA)
        levels.append((round(side), max(_FEW, min(_MANY, wanted))))
        side /= _STEP
    return _joined(luma, levels)


def to_json(features: Features) -> dict[str, str]:
    """As a sheet holds them."""
    return {
        "words": features.words.astype("<u8").tobytes().hex(),
        "places": features.places.astype("<u2").tobytes().hex(),
    }


def from_json(value: Mapping[str, Any]) -> Features:
    """What a sheet holds; ValueError when there are too many, the lists do not fit, or a patch has no width."""
    words = np.frombuffer(bytes.fromhex(_short(value["words"], 64)), "<u8").astype(np.uint64)
    places = np.frombuffer(bytes.fromhex(_short(value["places"], 16)), "<u2").astype(np.uint16)
    if len(words) % 4 or len(words) != len(places) or not len(words):
        raise ValueError("as many corners as descriptors are expected, and at least one")
    features = Features(words.reshape(-1, 4), places.reshape(-1, 4))
    if int(features.places[:, 2].min()) < _LEAST_WIDTH:
        raise ValueError("a corner without a width")
    return features


def _short(text: Any, digits: int) -> str:
    if not isinstance(text, str) or len(text) > digits * MOST:
        raise ValueError(f"at most {MOST} corners are registered of a work")
    return text


def _joined(luma: Luma, levels: Sequence[tuple[int, int]]) -> Features:
    if luma.ndim != 2 or min(luma.shape) < _LEAST_SIDE:
        return none()
    found = [_at_side(luma, side, most) for side, most in levels]
    return Features(np.concatenate([each.words for each in found]), np.concatenate([each.places for each in found]))


def _at_side(luma: Luma, side: int, most: int) -> Features:
    orb, small = _orb(), _resized(luma, side)
    if min(small.shape) <= 2 * _EDGE + 2:
        return none()
    corners = orb.detect(small, None)
    if not corners:
        return none()
    kept = _spread(np.array([(*each.pt, each.response) for each in corners]), small.shape, 2 * most)
    corners, bits = orb.compute(small, [corners[at] for at in kept.tolist()])
    if bits is None:
        return none()
    alone = np.flatnonzero(_is_alone(np.ascontiguousarray(bits).view(np.uint64)))[:most]
    corners, bits = [corners[at] for at in alone.tolist()], bits[alone]
    if not corners:
        return none()
    scale = UNIT / max(small.shape)
    rows = [
        (each.pt[0] * scale, each.pt[1] * scale, _PATCH * scale, (each.angle % 360) * 65_536 / 360) for each in corners
    ]
    places = np.rint(np.array(rows))
    places[:, 3] %= 65_536
    words = np.ascontiguousarray(bits).view("<u8").astype(np.uint64)
    return Features(words, np.clip(places, 0, UNIT).astype(np.uint16))


def _resized(luma: Luma, side: int) -> Luma:
    import cv2

    height, width = luma.shape
    scale = side / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if scale == 1:
        return np.ascontiguousarray(luma)
    small = cv2.resize(luma, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    return small.astype(np.uint8, copy=False)


def _is_alone(words: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Corners that the picture does not repeat: bricks and stripes look like themselves, and like all others."""
    near = np.zeros(len(words), np.int64)
    for word in (words[at : at + 64] for at in range(0, len(words), 64)):
        near += (np.bitwise_count(word[:, None, :] ^ words[None, :, :]).sum(axis=2, dtype=np.int64) <= _SAME).sum(
            axis=0
        )
    return near <= 1 + _REPEATS


def _spread(found: NDArray[np.float64], shape: tuple[int, int], most: int) -> NDArray[np.intp]:
    """The numbers of the corners (x, y, response) to keep: the best of each cell, then the second, and so on."""
    height, width = shape
    across = max(1, round((most / 2 * width / height) ** 0.5))
    down = max(1, round(most / 2 / across))
    cell = (found[:, 1] * down / height).astype(int) * across + (found[:, 0] * across / width).astype(int)
    order = np.lexsort((found[:, 0], found[:, 1], -found[:, 2], cell))
    begins = np.flatnonzero(np.diff(cell[order], prepend=-1))
    sizes = np.diff(begins, append=len(order))
    rank = np.empty(len(order), int)
    rank[order] = np.arange(len(order)) - np.repeat(begins, sizes)
    return np.lexsort((found[:, 0], found[:, 1], -found[:, 2], rank))[:most]


@cache
def _orb() -> Any:
    """One level at a time, in one thread: the same corners on one core or many."""
    try:
        import cv2
    except ImportError as error:
        raise MissingExtra(
            "local features are computed by OpenCV, which is not installed: pip install 'placet[thorough]'"
        ) from error
    cv2.setNumThreads(1)
    create: Any = getattr(cv2, "ORB_create")  # noqa: B009  the stubs know only ORB.create, older releases do not
    return create(
        nfeatures=20_000, scaleFactor=_STEP, nlevels=1, edgeThreshold=_EDGE, patchSize=_PATCH, fastThreshold=_THRESHOLD
    )
