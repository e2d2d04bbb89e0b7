"""Which notes sound, as 32 bits about eight times a second: chromaprint's algorithm 2, without its library.

The algorithm is Lukáš Lalinský's (acoustid.org/chromaprint; D. Jang et al., "Pairwise Boosted Audio Fingerprint", IEEE
TIFS 2009); the 16 filters with their thresholds are the published constants that make bits comparable, and the code is
ours. Frames of 4,096 samples at 11,025 Hz, every 1,365, under a Hamming window; the energy of 28 to 3,520 Hz by note
(12 bands), smoothed over five frames and set to length 1; then 16 sums over rectangles of notes and time, each held
against three thresholds and written as two bits (Gray code).
"""

from __future__ import annotations

from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from placet.fingerprints.audio_decode import RATE, Samples

__all__ = ["ITEM_SECONDS", "SPAN_SECONDS", "compute"]

_FRAME: Final = 4096
_HOP: Final = _FRAME // 3
ITEM_SECONDS: Final = _HOP / RATE  # from one item to the next
_SMOOTH: Final = (0.25, 0.75, 1.0, 0.75, 0.25)
_WIDEST: Final = 16
SPAN_SECONDS: Final = (_FRAME + (_WIDEST + len(_SMOOTH) - 2) * _HOP) / RATE  # what one item hears: 2.8 seconds
_QUIET: Final = 0.01
_BATCH: Final = 256  # frames transformed at once: 8 MB

# kind, lowest note, notes, frames; then the three thresholds.
_FILTERS: Final = np.array(
    [
        (0, 4, 3, 15),
        (4, 4, 6, 15),
        (1, 0, 4, 16),
        (3, 8, 2, 12),
        (3, 4, 4, 8),
        (4, 0, 3, 5),
        (1, 2, 2, 9),
        (2, 7, 3, 4),
        (2, 6, 2, 16),
        (2, 1, 3, 2),
        (5, 10, 1, 15),
        (3, 6, 2, 10),
        (2, 1, 1, 14),
        (3, 5, 6, 4),
        (1, 9, 2, 12),
        (3, 4, 2, 14),
    ],
    np.int64,
)
_THRESHOLDS: Final = np.array(
    [
        (1.98215, 2.35817, 2.63523),
        (-1.03809, -0.651211, -0.282167),
        (-0.298702, 0.119262, 0.558497),
        (-0.105439, 0.0153946, 0.135898),
        (-0.142891, 0.0258736, 0.200632),
        (-0.826319, -0.590612, -0.368214),
        (-0.557409, -0.233035, 0.0534525),
        (-0.0646826, 0.00620476, 0.0784847),
        (-0.192387, -0.029699, 0.215855),
        (-0.0397818, -0.00568076, 0.0292026),
        (-0.53823, -0.369934, -0.190235),
        (-0.124877, 0.0296483, 0.139239),
        (-0.101475, 0.0225617, 0.231971),
        (-0.0799915, -0.00729616, 0.063262),
        (-0.272556, 0.019424, 0.302559),
        (-0.164292, -0.0321188, 0.0846339),
    ]
)
_WINDOW: Final = ((0.54 - 0.46 * np.cos(2 * np.pi * np.arange(_FRAME) / (_FRAME - 1))) / 32_767).astype(np.float32)
_LOW: Final = round(28 * _FRAME / RATE)
_HIGH: Final = round(3520 * _FRAME / RATE)
_NOTES: Final = (12 * (np.log2(np.arange(_LOW, _HIGH) * RATE / _FRAME / 27.5) % 1)).astype(np.int64)

Items = npt.NDArray[np.uint32]


def compute(samples: Samples) -> Items:
    """The items of a sound at `RATE`, uint32[n]; none where it is shorter than `SPAN_SECONDS`."""
    frames = (len(samples) - _FRAME) // _HOP + 1
    if frames < _WIDEST + len(_SMOOTH) - 1:
        return np.empty(0, np.uint32)
    chroma = np.empty((frames, 12))
    windows = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]
    for start in range(0, frames, _BATCH):
        spectra = np.fft.rfft(windows[start : start + _BATCH] * _WINDOW)[:, _LOW:_HIGH]
        _fold(np.ascontiguousarray(spectra), _NOTES, chroma[start : start + _BATCH])
    return _items(_smoothed(chroma))


def _smoothed(chroma: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Five frames as one, each of length 1; what is nearly silent is no note at all."""
    many = len(chroma) - len(_SMOOTH) + 1
    smooth = np.zeros((many, 12))
    for at, weight in enumerate(_SMOOTH):
        smooth += weight * chroma[at : at + many]
    norms = np.sqrt((smooth * smooth).sum(axis=1, keepdims=True))
    return np.where(norms < _QUIET, 0.0, smooth / np.maximum(norms, _QUIET))


@numba.njit(cache=True, nogil=True)
def _fold(spectra: npt.NDArray[np.complex64], notes: npt.NDArray[np.int64], chroma: npt.NDArray[np.float64]) -> None:
    """Energy by note, in the order of frequency."""
    for frame in range(spectra.shape[0]):
        chroma[frame] = 0
        for bin_ in range(spectra.shape[1]):
            value = spectra[frame, bin_]
            real, imaginary = np.float64(value.real), np.float64(value.imag)
            chroma[frame, notes[bin_]] += real * real + imaginary * imaginary


def _items(chroma: npt.NDArray[np.float64]) -> Items:
    area = np.zeros((len(chroma) + 1, 13))
    area[1:, 1:] = chroma.cumsum(axis=0).cumsum(axis=1)
    return _classified(area, _FILTERS, _THRESHOLDS)


@numba.njit(cache=True, nogil=True)
def _sum(area: npt.NDArray[np.float64], x: int, y: int, x_end: int, y_end: int) -> float:
    return float(area[x_end, y_end] - area[x, y_end] - area[x_end, y] + area[x, y])


@numba.njit(cache=True, nogil=True)
def _contrast(area: npt.NDArray[np.float64], kind: int, x: int, y: int, w: int, h: int) -> float:
    """What lies in the marked part of a rectangle against what lies outside it, on a logarithmic scale.

    0: all of it; 1: the upper notes; 2: the later half; 3: two opposite corners; 4: the middle notes; 5: the middle.
    """
    all_ = _sum(area, x, y, x + w, y + h)
    if kind == 0:
        marked, total = all_, all_
    elif kind == 1:
        marked, total = _sum(area, x, y + h // 2, x + w, y + h), all_
    elif kind == 2:
        marked, total = _sum(area, x + w // 2, y, x + w, y + h), all_
    elif kind == 3:
        upper = _sum(area, x, y + h // 2, x + w // 2, y + h)
        marked, total = upper + _sum(area, x + w // 2, y, x + w, y + h // 2), all_
    elif kind == 4:
        marked, total = _sum(area, x, y + h // 3, x + w, y + 2 * (h // 3)), all_
    else:
        marked, total = _sum(area, x + w // 3, y, x + 2 * (w // 3), y + h), all_
    return float(np.log((1 + marked) / (1 + total - marked)))


@numba.njit(cache=True, nogil=True)
def _classified(
    area: npt.NDArray[np.float64], filters: npt.NDArray[np.int64], thresholds: npt.NDArray[np.float64]
) -> Items:
    many = area.shape[0] - 1 - _WIDEST + 1
    items = np.empty(many, np.uint32)
    for at in range(many):
        bits = np.uint32(0)
        for number in range(16):
            kind, y, h, w = filters[number]
            value = _contrast(area, kind, at, y, w, h)
            level = np.uint32(0)
            for threshold in thresholds[number]:
                level += np.uint32(value >= threshold)
            bits = (bits << np.uint32(2)) | (level ^ (level >> np.uint32(1)))
        items[at] = bits
    return items
