"""The compiled inner loops of the picture fingerprints; `image_plh` and `image_pdq` say what they mean.

The plh loops work on float64 numbers that are whole and below 2**53, so sums are exact in any order:
vector width, fused multiply-add and reassociation cannot change a bit. The pdq loops are the opposite:
strict float32 in the published order, because the published bits depend on that order.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

__all__ = [
    "box_blur_columns",
    "box_blur_rows",
    "dct_sequential",
    "plh_words",
    "reduce_scaled",
    "select_lower_median",
    "walk_jpeg",
]

Reals = npt.NDArray[np.float64]

_EXACT = {"reassoc", "contract"}


@numba.njit(cache=True, nogil=True, fastmath=_EXACT)
def _rows(luma: npt.NDArray[np.uint8], height: int, top: int) -> npt.NDArray[np.int32]:
    """Sum each column's pixels into 64 bands, weighted by overlap in 1/64 pixel."""
    h, w = luma.shape
    bands = np.zeros((64, w), np.int32)
    for y in range(h):
        start = 64 * (top + y)
        end = start + 64
        band = start // height
        while start < end:
            stop = min((band + 1) * height, end)
            weight = np.int32(stop - start)
            for x in range(w):
                bands[band, x] += weight * np.int32(luma[y, x])
            start = stop
            band += 1
    return bands


@numba.njit(cache=True, nogil=True, fastmath=_EXACT)
def _columns(bands: npt.NDArray[np.int32], width: int, left: int) -> Reals:
    """Sum the bands into 64 cells each; the result is indexed [column, row]."""
    w = bands.shape[1]
    cells = np.zeros((64, 64))
    for x in range(w):
        start = 64 * (left + x)
        end = start + 64
        cell = start // width
        while start < end:
            stop = min((cell + 1) * width, end)
            weight = np.float64(stop - start)
            for i in range(64):
                cells[cell, i] += weight * bands[i, x]
            start = stop
            cell += 1
    return cells


@numba.njit(cache=True, nogil=True)
def _covered(side: int, size: int, first: int) -> Reals:
    """How much of each of 64 cells the picture covers, in 1/64 pixel."""
    out = np.empty(64)
    for i in range(64):
        low = max(i * side, 64 * first)
        high = min((i + 1) * side, 64 * (first + size))
        out[i] = max(0, high - low)
    return out


@numba.njit(cache=True, nogil=True)
def reduce_scaled(luma: npt.NDArray[np.uint8], height: int, width: int, top: int, left: int, ground: int) -> Reals:
    """Area means of 64x64 cells of a height x width canvas, times 256, rounded half up to whole numbers.

    The picture lies at (top, left) on a canvas of grey `ground`, which is never allocated.
    """
    h, w = luma.shape
    cells = _columns(_rows(luma, height, top), width, left)
    total = np.float64(height) * np.float64(width)
    out = np.empty((64, 64))
    if h == height and w == width:
        for i in range(64):
            for j in range(64):
                out[i, j] = np.floor((cells[j, i] * 512.0 + total) / (2.0 * total))
        return out
    down = _covered(height, h, top)
    across = _covered(width, w, left)
    for i in range(64):
        for j in range(64):
            value = cells[j, i] + ground * (total - down[i] * across[j])
            out[i, j] = np.floor((value * 512.0 + total) / (2.0 * total))
    return out


@numba.njit(cache=True, nogil=True, fastmath=_EXACT)
def _add_products(target: Reals, factors: Reals, rows: Reals) -> None:
    """target += factors @ rows, four rows at a time so that the target stays in registers."""
    for k in range(0, factors.size, 4):
        f0, f1, f2, f3 = factors[k], factors[k + 1], factors[k + 2], factors[k + 3]
        r0, r1, r2, r3 = rows[k], rows[k + 1], rows[k + 2], rows[k + 3]
        for x in range(target.size):
            target[x] += f0 * r0[x] + f1 * r1[x] + f2 * r2[x] + f3 * r3[x]


@numba.njit(cache=True, nogil=True, fastmath=_EXACT)
def _dct(reduced: Reals, basis: Reals) -> Reals:
    """basis @ reduced @ basis.T, using that a cosine row is odd or even about its middle."""
    odd = np.empty((32, 64))
    even = np.empty((32, 64))
    for k in range(32):
        upper, lower, difference, total = reduced[k], reduced[63 - k], odd[k], even[k]
        for x in range(64):
            difference[x] = upper[x] - lower[x]
            total[x] = upper[x] + lower[x]
    half = np.zeros((16, 64))
    for i in range(16):
        _add_products(half[i], basis[i, :32], odd if i % 2 == 0 else even)
    across = np.ascontiguousarray(basis.T)
    out = np.zeros((16, 16))
    for i in range(16):
        _add_products(out[i], half[i], across)
    return out


@numba.njit(cache=True, nogil=True)
def select_lower_median(values: npt.NDArray[np.floating[Any]]) -> Any:
    """The lower median (Hoare's selection on a copy): what Torben's method returns for even counts."""
    a = values.copy()
    low, high, wanted = 0, a.size - 1, (a.size - 1) // 2
    while low < high:
        pivot = a[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while a[i] < pivot:
                i += 1
            while pivot < a[j]:
                j -= 1
            if i <= j:
                a[i], a[j] = a[j], a[i]
                i += 1
                j -= 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            break
    return a[wanted]


@numba.njit(cache=True, nogil=True)
def _quality(reduced: Reals) -> int:
    """PDQ's gradient quality on whole 1/256 steps: no rounding anywhere."""
    whole = reduced.astype(np.int32)
    total = np.int32(0)
    for i in range(64):
        for j in range(63):
            total += np.int32(abs(whole[i, j] - whole[i, j + 1]) * np.int32(100)) // np.int32(65280)
    for i in range(63):
        for j in range(64):
            total += np.int32(abs(whole[i, j] - whole[i + 1, j]) * np.int32(100)) // np.int32(65280)
    return min(100, int(total) // 90)


@numba.njit(cache=True, nogil=True)
def plh_words(luma: npt.NDArray[np.uint8], basis: Reals) -> tuple[npt.NDArray[np.uint64], int]:
    """The hash as four little-endian words of its 32 bytes, and the quality."""
    h, w = luma.shape
    reduced = reduce_scaled(luma, h, w, 0, 0, 0)
    waves = _dct(reduced, basis).reshape(256)
    middle = select_lower_median(waves)
    words = np.zeros(4, np.uint64)
    for k in range(256):
        if waves[k] > middle:
            byte = 31 - k // 8
            words[byte // 8] |= np.uint64(1) << np.uint64(8 * (byte % 8) + k % 8)
    if not words.any():
        return words, 0
    return words, _quality(reduced)


@numba.njit(cache=True, nogil=True)
def walk_jpeg(data: npt.NDArray[np.uint8]) -> tuple[Any, Any, Any, Any]:
    """Where the first Exif segment begins (0: there is none), whether one sequential scan holds everything, the size.

    Walks a JPEG's segments up to its first scan (ITU-T T.81, B.1.1 and B.2). Where they make no sense nothing is
    said to be in one scan: libjpeg judges whether the file does. Height and width are told (0 and 0: they are not)
    of one sequential scan of one component or three, eight bits deep: of what has a luma, and no inks.
    """
    end, exif, frames = data.size - 10, np.int64(0), 0
    at, components = np.int64(2), np.int64(-1)
    height, width, depth = np.int64(0), np.int64(0), np.int64(0)
    while at < end and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xE1 and not exif and _is_exif(data, at + 4):
            exif = at
        elif marker == 0xC0 or marker == 0xC1:
            components, frames = np.int64(data[at + 9]), frames + 1
            depth = np.int64(data[at + 4])
            height = np.int64(data[at + 5]) << 8 | np.int64(data[at + 6])
            width = np.int64(data[at + 7]) << 8 | np.int64(data[at + 8])
        elif marker == 0xDA:
            one_scan = components == np.int64(data[at + 4])
            told = one_scan and frames == 1 and depth == 8 and (components == 1 or components == 3)
            return exif, one_scan, height if told else 0, width if told else 0
        at += 1 if marker == 0xFF else 2 + (np.int64(data[at + 2]) << 8 | np.int64(data[at + 3]))
    return exif, False, 0, 0


@numba.njit(cache=True, nogil=True)
def _is_exif(data: npt.NDArray[np.uint8], at: Any) -> Any:
    return (
        data[at] == 0x45 and data[at + 1] == 0x78 and data[at + 2] == 0x69 and data[at + 3] == 0x66
        and data[at + 4] == 0 and data[at + 5] == 0
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _box_blur(
    source: npt.NDArray[np.float32], target: npt.NDArray[np.float32], start: int, length: int, stride: int,
    window: int,
) -> None:  # fmt: skip
    """One running-mean pass over one row or column of a flat picture, in float32 (Jarosz 2001)."""
    half = (window + 2) // 2
    total = np.float32(0)
    count = 0
    right = start
    left = start
    out = start
    for _ in range(half - 1):
        total += source[right]
        count += 1
        right += stride
    for _ in range(window - half + 1):
        total += source[right]
        count += 1
        target[out] = total / np.float32(count)
        right += stride
        out += stride
    for _ in range(length - window):
        total += source[right]
        total -= source[left]
        target[out] = total / np.float32(count)
        left += stride
        right += stride
        out += stride
    for _ in range(half - 1):
        total -= source[left]
        count -= 1
        target[out] = total / np.float32(count)
        left += stride
        out += stride


@numba.njit(cache=True, nogil=True)
def box_blur_rows(source: npt.NDArray[np.float32], target: npt.NDArray[np.float32], height: int, width: int) -> None:
    """Blur along each row; the window is the width over 128, rounded up."""
    for y in range(height):
        _box_blur(source, target, y * width, width, 1, (width + 127) // 128)


@numba.njit(cache=True, nogil=True)
def box_blur_columns(source: npt.NDArray[np.float32], target: npt.NDArray[np.float32], height: int, width: int) -> None:
    """Blur along each column; the window is the height over 128, rounded up."""
    for x in range(width):
        _box_blur(source, target, x, height, width, (height + 127) // 128)


@numba.njit(cache=True, nogil=True)
def dct_sequential(reduced: npt.NDArray[np.float32], basis: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """basis @ reduced @ basis.T in float32, each sum taken from k = 0 upward as PDQ does."""
    half = np.zeros((16, 64), np.float32)
    for i in range(16):
        for k in range(64):
            for x in range(64):
                half[i, x] += basis[i, k] * reduced[k, x]
    out = np.zeros((16, 16), np.float32)
    for i in range(16):
        for j in range(16):
            total = np.float32(0)
            for k in range(64):
                total += half[i, k] * basis[j, k]
            out[i, j] = total
    return out
