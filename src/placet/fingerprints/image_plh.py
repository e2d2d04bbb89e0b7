"""image-plh/1, Placet's luma hash: PDQ's waves over an exact area reduction. Frozen: a change is a new name.

1. Luma, uint8, any size. Cell (i, j) of 64x64 is the area-weighted mean of its part of the picture, with
   fractional weights at the edges; sides below 64 are stretched by the same rule. The mean is kept in steps
   of 1/256, rounded half up. The sums are whole numbers, so this is exact.
2. 16x16 cosine waves, frequencies 1 to 16 down and across: PDQ's matrix (Meta, "PDQ & TMK+PDQF", 2019)
   without its scale, each cosine rounded to 1/4096. Below 2**53 every sum is exact in float64, in any order.
3. Bit k = 16*row + column is set where the wave exceeds the 128th smallest of the 256. Equal waves stay
   equal, since nothing is rounded after step 1: a flat picture is all zeros on every machine.
4. Bytes as in PDQ's hexadecimal: the 256-bit number with bit k worth 2**k, big-endian. (The vector of the
   `pdqhash` package is the same bits from k = 255 down to 0.)

Exactness gives three laws: mirroring the picture mirrors the reduction; the compiled path equals the
plain one to the bit; and the value does not depend on the processor.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from placet.errors import BadMedia
from placet.fingerprints import kernels
from placet.fingerprints.prints import Algorithm, Print

__all__ = [
    "VARIANTS",
    "compute",
    "compute_fast",
    "distance",
    "hash64",
    "hash_words",
    "quality64",
    "reduce64",
    "reference64",
    "variants",
]

Luma = npt.NDArray[np.uint8]
Reduced = npt.NDArray[np.float32]

_STEPS = 256
_MAX_SIDE = 65_535
_READINGS = ("identity", "square", "letterbox-white", "letterbox-black")
VARIANTS = tuple(name + end for name in _READINGS for end in ("", "-mirrored"))


def _waves() -> npt.NDArray[np.float64]:
    frequency = np.arange(1, 17)[:, None]
    place = np.arange(64)[None, :]
    waves: npt.NDArray[np.float64] = np.rint(4096 * np.cos(np.pi / 128 * frequency * (2 * place + 1)))
    return waves


_BASIS = _waves()
_BASIS.setflags(write=False)


def _checked(luma: Luma) -> Luma:
    if luma.ndim != 2 or luma.dtype != np.uint8 or not 1 <= min(luma.shape) <= max(luma.shape) <= _MAX_SIDE:
        raise BadMedia(f"image-plh wants one byte a pixel, sides 1 to {_MAX_SIDE}; this is {luma.dtype}{luma.shape}.")
    return np.ascontiguousarray(luma)


def reduce64(luma: Luma) -> Reduced:
    """The 64x64 area means in steps of 1/256, which float32 holds exactly."""
    whole = _checked(luma)
    height, width = whole.shape
    return _unscaled(kernels.reduce_scaled(whole, height, width, 0, 0, 0))


def _unscaled(scaled: npt.NDArray[np.float64]) -> Reduced:
    return (scaled / _STEPS).astype(np.float32)


def reference64(luma: Luma) -> Reduced:
    """`reduce64` in plain numpy: slow, short, and what the compiled one must equal."""
    height, width = _checked(luma).shape
    sums = _overlap(height) @ luma.astype(np.float64) @ _overlap(width).T
    total = float(height * width)
    return _unscaled(np.floor((sums * 2 * _STEPS + total) / (2 * total)))


def _overlap(side: int) -> npt.NDArray[np.float64]:
    """How much of pixel x lies in cell i, in 1/64 pixel: a cell is `side` long, a pixel 64."""
    cells = np.arange(64)[:, None] * side
    pixels = np.arange(side)[None, :] * 64
    shared = np.minimum(cells + side, pixels + 64) - np.maximum(cells, pixels)
    overlap: npt.NDArray[np.float64] = np.maximum(shared, 0).astype(np.float64)
    return overlap


def hash64(reduced: Reduced) -> bytes:
    """Thirty-two bytes from a reduction; see the module for the order of the bits."""
    scaled = np.rint(reduced.astype(np.float64) * _STEPS)
    waves = (_BASIS @ scaled @ _BASIS.T).ravel()
    middle = np.partition(waves, 127)[127]
    return np.packbits((waves > middle)[::-1]).tobytes()


def quality64(reduced: Reduced) -> int:
    """PDQ's quality, 0 to 100: steps between neighbours in whole hundredths of full scale, over 90.

    Zero when no bit is set: stripes along one axis are steep, and yet say nothing.
    """
    if not any(hash64(reduced)):
        return 0
    scaled = np.rint(reduced.astype(np.float64) * _STEPS).astype(np.int64)
    steps = (np.abs(np.diff(scaled, axis=axis)) * 100 // (255 * _STEPS) for axis in (0, 1))
    return min(100, sum(int(step.sum()) for step in steps) // 90)


def compute(luma: Luma) -> bytes:
    """The image-plh/1 of a whole picture."""
    return hash64(reduce64(luma))


def compute_fast(luma: Luma) -> tuple[npt.NDArray[np.uint64], int]:
    """`(hash_words(compute(luma)), quality64(reduce64(luma)))` in one compiled call, without the GIL."""
    words, quality = kernels.plh_words(_checked(luma), _BASIS)
    return words, int(quality)


def hash_words(value: bytes) -> npt.NDArray[np.uint64]:
    """Four words whose little-endian memory is the 32 bytes themselves, as a snapshot stores them."""
    return np.frombuffer(value, "<u8").astype(np.uint64)


def distance(one: bytes, other: bytes) -> int:
    """How many of the 256 bits differ."""
    return (int.from_bytes(one) ^ int.from_bytes(other)).bit_count()


def variants(luma: Luma) -> tuple[Print, ...]:
    """The eight readings that a registry keeps: what dataset tools turn a picture into (VARIANTS)."""
    return tuple(
        Print(algorithm=Algorithm.IMAGE_PLH, variant=name, value=hash64(reduced))
        for name, reduced in zip(VARIANTS, _mirrored(_readings(_checked(luma))), strict=True)
    )


def _mirrored(readings: Iterator[Reduced]) -> Iterator[Reduced]:
    for reduced in readings:
        yield reduced
        yield reduced[:, ::-1]


def _readings(luma: Luma) -> Iterator[Reduced]:
    """Whole, centre square, and centred on a white or black square as img2dataset's `border` does."""
    height, width = luma.shape
    short, long = min(height, width), max(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    yield reduce64(luma)
    yield reduce64(luma[top : top + short, left : left + short])
    for ground in (255, 0):
        above, before = (long - height) // 2, (long - width) // 2
        yield _unscaled(kernels.reduce_scaled(luma, long, long, above, before, ground))
