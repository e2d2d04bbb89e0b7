"""image-pdq/1: Meta's PDQ, equal to the bit to what the `pdqhash` package (0.2.8) says of the same pixels.

Source: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (2019), and W. Jarosz,
"Fast Image Convolutions" (SIGGRAPH 2001). Luma 0.299 R + 0.587 G + 0.114 B; two box blurs along rows and
columns, windows of side/128 rounded up; every 64th taken at its centre; cosine waves 1 to 16 both ways; a
bit where a wave exceeds the lower median. All in float32 and in that order: the published bits need both.
Bits are packed as in PDQ's hexadecimal, most significant (row 15, column 15) first.

PDQ depends on the size it is given. Placet gives it at most 512 pixels a side: see `reduce_512`.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from placet.errors import BadMedia
from placet.fingerprints import kernels

__all__ = ["MAX_SIDE", "compute", "reduce_512"]

MAX_SIDE: Final = 512
_MIN_SIDE: Final = 5
_SCALE: Final = np.float32(np.sqrt(2.0 / 64))


def _waves() -> npt.NDArray[np.float32]:
    frequency = np.arange(1, 17)[:, None]
    place = np.arange(64)[None, :]
    waves = np.cos(np.pi / 2 / 64.0 * frequency * (2 * place + 1))
    scaled: npt.NDArray[np.float32] = (np.float64(_SCALE) * waves).astype(np.float32)
    return scaled


_BASIS: Final = _waves()


def reduce_512(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """At most 512 pixels a side, aspect kept, never enlarged: Pillow's box filter, in one step."""
    height, width = rgb.shape[:2]
    if max(height, width) <= MAX_SIDE:
        return rgb
    size = tuple(max(1, round(side * MAX_SIDE / max(height, width))) for side in (width, height))
    small = Image.fromarray(rgb).resize((size[0], size[1]), Image.Resampling.BOX)
    return np.asarray(small)


def compute(picture: npt.NDArray[np.uint8]) -> tuple[bytes, int]:
    """Hash and quality (0 to 100) of uint8 RGB[h, w, 3] or luma[h, w] of at most 512 pixels a side.

    Under five pixels a side PDQ says nothing: thirty-two zeros, quality 0.
    """
    _check(picture)
    height, width = picture.shape[:2]
    if min(height, width) < _MIN_SIDE:
        return bytes(32), 0
    small = _decimate(_blur(_luma(picture)))
    waves = kernels.dct_sequential(small, _BASIS).ravel()
    bits = waves > kernels.select_lower_median(waves)
    return np.packbits(bits[::-1]).tobytes(), _quality(small)


def _check(picture: npt.NDArray[np.uint8]) -> None:
    rgb_or_luma = picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)
    if not rgb_or_luma or picture.dtype != np.uint8 or min(picture.shape[:2]) < 1:
        raise BadMedia(f"image-pdq wants uint8 RGB or luma; this is {picture.dtype}{picture.shape}.")
    if max(picture.shape[:2]) > MAX_SIDE:
        raise BadMedia(f"image-pdq/1 is defined up to {MAX_SIDE} pixels a side: call reduce_512 first.")


def _luma(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    red, green, blue = (picture,) * 3 if picture.ndim == 2 else np.moveaxis(picture, 2, 0)
    luma: npt.NDArray[np.float32] = (red * 0.299 + green * 0.587 + blue * 0.114).astype(np.float32)
    return luma


def _blur(luma: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    height, width = luma.shape
    one, other = luma.ravel().copy(), np.empty(luma.size, np.float32)
    for _ in range(2):
        kernels.box_blur_rows(one, other, height, width)
        kernels.box_blur_columns(other, one, height, width)
    return one.reshape(height, width)


def _decimate(blurred: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    rows, columns = (((np.arange(64) + 0.5) * side / 64).astype(np.int64) for side in blurred.shape)
    return np.ascontiguousarray(blurred[np.ix_(rows, columns)])


def _quality(small: npt.NDArray[np.float32]) -> int:
    """Steps between neighbours in hundredths of full scale, each cut to a whole number, over 90."""
    hundred, full = np.float32(100), np.float32(255)
    steps = (np.diff(small, axis=axis) * hundred / full for axis in (0, 1))
    return min(100, sum(int(np.abs(step.astype(np.int32)).sum()) for step in steps) // 90)
