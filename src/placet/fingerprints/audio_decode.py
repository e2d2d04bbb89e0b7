"""From the bytes of a sound to mono at 11,025 Hz: whole, bounded, never a guess.

libsndfile decodes (the package `soundfile`, extra `audio`): WAV, AIFF, FLAC, Ogg (Vorbis, Opus), MP3. Resampling is
ours: a windowed sinc (Kaiser, beta 9) that ends at 0.8 of the new Nyquist frequency, which is what chromaprint asks of
its resampler; whole numbers throughout, so that no vector width can change a sample.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import ceil, gcd
from typing import Any, Final

import numba
import numpy as np
import numpy.typing as npt

from placet.errors import BadMedia, MissingExtra, TooLarge

__all__ = [
    "RATE",
    "Limits",
    "Samples",
    "Sound",
    "can_decode",
    "declared_seconds",
    "library_named",
    "mix",
    "read_sound",
    "resample",
]

RATE: Final = 11_025  # samples a second of everything that is compared
Samples = npt.NDArray[np.int16]

_BLOCK: Final = 1 << 17
_FORMATS: Final = frozenset({"WAV", "WAVEX", "RF64", "W64", "AIFF", "FLAC", "OGG", "MP3"})
_WHOLE: Final = frozenset({"PCM_S8", "PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ULAW", "ALAW"})
_GUESSED: Final = 0.95  # an MP3 need not say how long it is: its length is then reckoned from its first frames
_CANCELLED: Final = 16  # times less than in the channels: they are each other's opposite
_EVERY: Final = 31  # samples from one that is weighed to the next
_ONE: Final = 1 << 14  # the filters' unit
_EXTRA: Final = "sound is read with an optional package: pip install 'placet[audio]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one sound may cost."""

    max_seconds: int = 4 * 3600
    max_values: int = 4 * 3600 * 48_000 * 4  # of all channels
    max_channels: int = 32
    rates: tuple[int, int] = (4_000, 384_000)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sound:
    """Mono samples at `RATE`, and what the file itself declares."""

    samples: Samples
    rate: int
    channels: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


_USUAL: Final = Limits()


def can_decode() -> bool:
    """Whether the package that decodes is installed."""
    try:
        _library()
    except MissingExtra:
        return False
    return True


def library_named() -> str:
    """The package and the library that decode, with their versions: a decoder's rounding may move a bit."""
    library = _library()
    return f"soundfile {library.__version__}, libsndfile {library.__libsndfile_version__}"


def read_sound(data: bytes | memoryview, *, limits: Limits = _USUAL) -> Sound:
    """Decode a whole sound; BadMedia says what is wrong with it, MissingExtra that nothing here can read it.

    What a header declares is checked before anything is decoded, and held against what comes out of it.
    """
    library = _library()
    try:
        with library.SoundFile(io.BytesIO(data)) as file:
            _check(file, limits)
            samples = _whole(file, limits)
            return Sound(samples=samples, rate=file.samplerate, channels=file.channels)
    except (library.SoundFileError, RuntimeError) as error:
        raise BadMedia(f"This sound cannot be decoded: {_told(error)}") from error


def declared_seconds(data: bytes | memoryview, *, limits: Limits = _USUAL) -> float:
    """How long a sound says that it is, by its header alone; BadMedia and MissingExtra as of `read_sound`."""
    library = _library()
    try:
        with library.SoundFile(io.BytesIO(data)) as file:
            _check(file, limits)
            return float(file.frames / file.samplerate)
    except (library.SoundFileError, RuntimeError) as error:
        raise BadMedia(f"This sound cannot be decoded: {_told(error)}") from error


def _library() -> Any:
    try:
        import soundfile
    except (ImportError, OSError) as error:
        raise MissingExtra(_EXTRA) from error
    return soundfile


def _told(error: Exception) -> str:
    return str(error).rpartition(">: ")[2].removeprefix("Error : ").strip() or type(error).__name__


def _check(file: Any, limits: Limits) -> None:
    low, high = limits.rates
    if file.format not in _FORMATS:
        raise BadMedia(f"This sound is of a kind that is not read: {file.format}.")
    if not low <= file.samplerate <= high:
        raise BadMedia(f"This sound declares {file.samplerate:,} samples a second, outside {low:,} to {high:,}.")
    if not 1 <= file.channels <= limits.max_channels:
        raise TooLarge(f"This sound declares {file.channels} channels, and at most {limits.max_channels} are read.")
    if file.frames <= 0:
        raise BadMedia("This sound is empty: it has no samples.")
    _check_length(file.frames, file, limits)


def _check_length(frames: int, file: Any, limits: Limits) -> None:
    if frames > limits.max_seconds * file.samplerate:
        raise TooLarge(f"This sound is longer than the limit of {limits.max_seconds // 3600} hours.")
    if frames * file.channels > limits.max_values:
        raise TooLarge(f"This sound has more than {limits.max_values:,} samples.")


def _whole(file: Any, limits: Limits) -> Samples:
    """All of it, with what the header promised: a sound that breaks off is not judged by its beginning."""
    decoded, loud, left = 0, 0, 0

    def blocks() -> Iterator[Samples]:
        nonlocal decoded, loud, left
        for block in _blocks(file):
            decoded += len(block)
            _check_length(decoded, file, limits)
            mixed = mix(block)
            loud += _loudness(block) // block.shape[1]
            left += _loudness(mixed)
            yield mixed

    samples = resample(blocks(), file.samplerate)
    if decoded < file.frames * (_GUESSED if file.format == "MP3" else 1):
        raise BadMedia(
            f"This sound breaks off after {decoded / file.samplerate:.1f} seconds of"
            f" {file.frames / file.samplerate:.1f}."
        )
    if left < loud // _CANCELLED:
        raise BadMedia("This sound's channels cancel each other, so that nothing is left of it in their mean.")
    return samples


def _loudness(block: Samples) -> int:
    """The sum of what every few samples are, without their signs."""
    return int(np.abs(block[::_EVERY].astype(np.int32)).sum())


def _blocks(file: Any) -> Iterator[Samples]:
    whole = file.subtype in _WHOLE
    space = np.empty((_BLOCK // file.channels, file.channels), np.int16 if whole else np.float32)
    while len(block := file.read(out=space)):
        yield block if whole else _rounded(block)


def _rounded(block: npt.NDArray[np.float32]) -> Samples:
    """Floating-point samples as whole ones; what is louder than full scale is cut, what is no number refused."""
    if not np.isfinite(block).all():
        raise BadMedia("This sound holds samples that are no numbers.")
    rounded: Samples = np.clip(np.rint(block * np.float32(32_768)), -32_768, 32_767).astype(np.int16)
    return rounded


def mix(block: Samples) -> Samples:
    """Channels (int16[n, channels]) to one: their mean."""
    if block.shape[1] == 1:
        return block[:, 0].copy()
    return _mean_of_two(block) if block.shape[1] == 2 else _mean(block)


@numba.njit(cache=True, nogil=True)
def _mean_of_two(block: Samples) -> Samples:
    out = np.empty(block.shape[0], np.int16)
    for i in range(block.shape[0]):
        out[i] = (np.int32(block[i, 0]) + np.int32(block[i, 1])) >> 1
    return out


@numba.njit(cache=True, nogil=True)
def _mean(block: Samples) -> Samples:
    many = block.shape[1]
    out = np.empty(block.shape[0], np.int16)
    for i in range(block.shape[0]):
        total = np.int32(0)
        for channel in range(many):
            total += np.int32(block[i, channel])
        out[i] = total // many
    return out


def resample(blocks: Iterator[Samples], rate: int) -> Samples:
    """Mono blocks at `rate` to one array at `RATE`; the sound is taken to be silent before and after."""
    up, down = RATE // gcd(RATE, rate), rate // gcd(RATE, rate)
    filters = _filters(up, down)
    taps = filters.shape[1]
    held, dropped = np.zeros(taps // 2 - 1, np.int16), 1 - taps // 2  # the input from sample `dropped` on
    out, first = list[Samples](), 0
    for block in chain(blocks, [np.zeros(taps // 2, np.int16)]):
        held = np.concatenate((held, block))
        last = max(first, _outputs(dropped + len(held) - taps // 2, up, down))
        out.append(_convolve(held, filters, up, down, first, last, dropped))
        first = last
        keep = first * down // up - (taps // 2 - 1) - dropped
        held, dropped = held[keep:], dropped + keep
    return np.concatenate(out)


def _outputs(end: int, up: int, down: int) -> int:
    """How many samples lie before input sample `end`."""
    return max(0, -(-end * up // down))


@lru_cache(maxsize=8)
def _filters(up: int, down: int) -> npt.NDArray[np.int16]:
    """One filter for each place that an output sample may have between two input samples, int16[up, taps]."""
    factor = min(1.0, 0.8 * up / down)
    taps = 2 * ceil(8 / factor)
    places = np.arange(taps)[None, :] - (taps // 2 - 1) - np.arange(up)[:, None] / up
    window = np.i0(9 * np.sqrt(np.maximum(0.0, 1 - (2 * places / taps) ** 2)))
    filters = np.sinc(places * factor) * window
    filters *= _ONE / filters.sum(axis=1, keepdims=True)
    return np.rint(filters).astype(np.int16)


@numba.njit(cache=True, nogil=True)
def _convolve(
    held: Samples, filters: npt.NDArray[np.int16], up: int, down: int, first: int, last: int, dropped: int
) -> Samples:
    taps = filters.shape[1]
    out = np.empty(last - first, np.int16)
    for number in range(first, last):
        place = number * down
        start = place // up - (taps // 2 - 1) - dropped
        filter_ = filters[place % up]
        heard = held[start : start + taps]
        total = np.int32(_ONE // 2)
        for tap in range(taps):
            total += np.int32(heard[tap]) * np.int32(filter_[tap])
        value = total >> 14
        out[number - first] = -32_768 if value < -32_768 else (32_767 if value > 32_767 else value)
    return out
