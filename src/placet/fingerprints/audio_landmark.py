"""Where a sound stands out: peaks of its spectrogram, three by three, found in excerpts, at any offset, under others.

After A. Wang, "An Industrial-Strength Audio Search Algorithm", ISMIR 2003; design and numbers are ours. Frames of 1,024
samples at 11,025 Hz, every 512, under a Hann window. A peak is louder than everything within 12 bins (129 Hz) and 3
frames (0.14 s) of it. A mark is a peak with two that follow it by at most 1.2 seconds and 63 bins, as 31 bits: the
lower 9 are the first one's bin; then for each of the two 7 of the interval and 4 of the pause, in steps of two frames,
so that a change of tempo by some percent leaves most marks as they are.

What is registered keeps few marks (the strongest peaks of each second); what is compared makes all it can, so that a
registered mark is met although speech or noise has added peaks between its three.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numba
import numpy as np
import numpy.typing as npt

from placet.fingerprints.audio_decode import RATE, Samples

__all__ = ["FRAME_SECONDS", "Marks", "compute", "last_frames"]

_FRAME: Final = 1024
_HOP: Final = 512
FRAME_SECONDS: Final = _HOP / RATE
_LOW, _HIGH = 8, 392  # bins: 86 to 4,220 Hz
_ACROSS: Final = 12
_ALONG: Final = 3
_FAINT: Final = 1e6  # a tone of four units in a 16-bit sample
_SECOND: Final = 22  # frames in which a registered sound keeps its `_STRONGEST` peaks
_STRONGEST: Final = 9
_PAUSE: Final = (2, 25)
_INTERVAL: Final = 63
_FEW, _MANY = 3, 6  # peaks that follow and are joined with it, two by two
_SHORT: Final = 30 * RATE
_BATCH: Final = 1024
_WINDOW: Final = np.hanning(_FRAME + 1)[:-1].astype(np.float32)

Energy = npt.NDArray[np.float32]
Peaks = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """`hashes` (uint32[n]) at `times` (uint32[n], frames of `FRAME_SECONDS`), in order of time."""

    hashes: npt.NDArray[np.uint32]
    times: npt.NDArray[np.uint32]


def compute(samples: Samples, *, dense: bool) -> Marks:
    """The marks of a sound at `RATE`: all that can be made where `dense`, else about twenty a second.

    A short sound has few marks to be known by, and its frames may lie between those of the work: where `dense`, it is
    read twice, half a frame apart.
    """
    peaks, heights = _peaks_of(samples)
    if not dense:
        return Marks(*_marks_of(peaks[_strongest(peaks, heights)], _FEW))
    hashes, times = _marks_of(peaks, _MANY)
    if len(samples) >= _SHORT:
        return Marks(hashes, times)
    more, later = _marks_of(_peaks_of(samples[_HOP // 2 :])[0], _MANY)
    order = np.argsort(np.concatenate((times, later)), kind="stable")
    return Marks(np.concatenate((hashes, more))[order], np.concatenate((times, later))[order])


def last_frames(hashes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """How many frames after its time a mark ends, to within one: its longer pause, and the frame itself."""
    pauses = [(hashes >> np.uint32(shift)) & np.uint32(15) for shift in (16, 27)]
    last: npt.NDArray[np.uint32] = 2 * np.maximum(*pauses) + np.uint32(2)
    return last


def _peaks_of(samples: Samples) -> tuple[Peaks, Energy]:
    """Frame and bin of each peak (int32[n, 2]), and its height, higher tones counted for more."""
    if len(samples) < _FRAME:
        return np.empty((0, 2), np.int32), np.empty(0, np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(samples, _FRAME)[::_HOP]
    energy = np.empty((len(windows), _HIGH), np.float32)
    for start in range(0, len(windows), _BATCH):
        spectra = np.fft.rfft(windows[start : start + _BATCH] * _WINDOW)
        _square(spectra.astype(np.complex64, copy=False), energy[start : start + _BATCH])
    return _picked(energy, _LOW, _ACROSS, _ALONG, np.float32(_FAINT))


@numba.njit(cache=True, nogil=True)
def _square(spectra: npt.NDArray[np.complex64], energy: Energy) -> None:
    for frame in range(energy.shape[0]):
        for bin_ in range(energy.shape[1]):
            value = spectra[frame, bin_]
            energy[frame, bin_] = value.real * value.real + value.imag * value.imag


@numba.njit(cache=True, nogil=True)
def _picked(energy: Energy, low: int, across: int, along: int, faint: np.float32) -> tuple[Peaks, Energy]:
    frames, bins = energy.shape
    peaks, heights = np.empty((frames * 40, 2), np.int32), np.empty(frames * 40, np.float32)
    many = 0
    for frame in range(frames):
        for bin_ in range(low, bins - across):
            here = energy[frame, bin_]
            if here < faint or here <= energy[frame, bin_ - 1] or here <= energy[frame, bin_ + 1]:
                continue
            if _is_highest(energy, frame, bin_, across, along) and many < len(peaks):
                peaks[many, 0], peaks[many, 1] = frame, bin_
                heights[many] = here * bin_
                many += 1
    return peaks[:many].copy(), heights[:many].copy()


@numba.njit(cache=True, nogil=True)
def _is_highest(energy: Energy, frame: int, bin_: int, across: int, along: int) -> bool:
    here = energy[frame, bin_]
    for other in range(max(0, bin_ - across), bin_ + across + 1):
        if energy[frame, other] > here:
            return False
    for near in range(max(0, frame - along), min(energy.shape[0], frame + along + 1)):
        for other in range(max(0, bin_ - across), bin_ + across + 1):
            if energy[near, other] > here or (energy[near, other] == here and near < frame):
                return False
    return True


@numba.njit(cache=True, nogil=True)
def _strongest_of(peaks: Peaks, heights: Energy, second: int, most: int) -> npt.NDArray[np.bool_]:
    kept = np.zeros(len(peaks), np.bool_)
    start = 0
    while start < len(peaks):
        stop, block = start, peaks[start, 0] // second
        while stop < len(peaks) and peaks[stop, 0] // second == block:
            stop += 1
        order = np.argsort(-heights[start:stop], kind="mergesort")
        for place in order[:most]:
            kept[start + place] = True
        start = stop
    return kept


def _strongest(peaks: Peaks, heights: Energy) -> npt.NDArray[np.bool_]:
    kept: npt.NDArray[np.bool_] = _strongest_of(peaks, heights, _SECOND, _STRONGEST)
    return kept


def _marks_of(peaks: Peaks, most: int) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    hashes, times = _threes(peaks, most, _PAUSE[0], _PAUSE[1], _INTERVAL)
    return hashes, times


@numba.njit(cache=True, nogil=True)
def _threes(
    peaks: Peaks, most: int, nearest: int, farthest: int, interval: int
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32]]:
    """Each peak with every two of the first `most` that follow it closely."""
    room = len(peaks) * most * (most - 1) // 2
    hashes, times = np.empty(room, np.uint32), np.empty(room, np.uint32)
    partners = np.empty(most, np.uint32)
    many = 0
    for first in range(len(peaks)):
        begun = 0
        for second in range(first + 1, len(peaks)):
            pause = peaks[second, 0] - peaks[first, 0]
            if pause > farthest or begun == most:
                break
            rise = peaks[second, 1] - peaks[first, 1]
            if pause >= nearest and abs(rise) <= interval:
                partners[begun] = np.uint32(rise + interval + 1) | (np.uint32(pause // 2) << np.uint32(7))
                begun += 1
        for one in range(begun):
            for two in range(one + 1, begun):
                pair = partners[one] | (partners[two] << np.uint32(11))
                hashes[many] = np.uint32(peaks[first, 1]) | (pair << np.uint32(9))
                times[many] = peaks[first, 0]
                many += 1
    return hashes[:many].copy(), times[:many].copy()
