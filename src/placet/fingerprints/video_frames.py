"""From the bytes of a film to the hashes of its pictures, one a second: `video-plh/1`.

A frame is hashed as a picture is (`image_plh`); one that says little (PDQ's quality below 50) is left out, and of what
is registered one that hardly differs from the last that was kept (8 bits), as vPDQ does.  A registered frame is kept in
the eight readings of a picture; what is compared is looked at five times a second, since a copy need not begin with
one of these.  OpenCV decodes (`opencv-python-headless`, extra `video`; its FFmpeg is LGPL).

In a sheet: `hashes` are hex of 32 bytes each, `times` of little-endian u32 in tenths of a second, and `length` is too.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from placet.errors import BadMedia, MissingExtra, TooLarge
from placet.fingerprints.image_plh import compute_fast, hash_words, variants

__all__ = ["LEAST_QUALITY", "FilmPrints", "Limits", "can_decode", "compute", "decoder_named", "read_film", "write_film"]

LEAST_QUALITY: Final = 50
_SAME: Final = 8  # bits: the picture has not moved
_READINGS: Final = 8
_STEPS: Final = {True: 10, False: 2}  # tenths of a second from one frame to the next: registered, compared
_EXTRA: Final = "films are read with an optional package: pip install 'placet[video]'"
_TENTHS: Final = 10

Words = npt.NDArray[np.uint64]
Luma = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one film may cost."""

    max_seconds: int = 4 * 3600
    max_side: int = 8_192
    max_frames: int = 4 * 3600 * 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FilmPrints:
    """`hashes` (uint64[n, 4]) of frames at `times` (uint32[n], tenths of a second, in order); `length` in them too."""

    hashes: Words
    times: npt.NDArray[np.uint32]
    length: int


_USUAL: Final = Limits()


def can_decode() -> bool:
    """Whether the package that decodes is installed."""
    try:
        _library()
    except MissingExtra:
        return False
    return True


def decoder_named() -> str:
    return f"OpenCV {_library().__version__}"


def _library() -> Any:
    try:
        import cv2
    except ImportError as error:
        raise MissingExtra(_EXTRA) from error
    return cv2


def compute(data: bytes | memoryview, *, registered: bool, limits: Limits = _USUAL) -> FilmPrints:
    """The prints of a film; BadMedia says what is wrong with it, MissingExtra that nothing here can read it."""
    library = _library()
    with tempfile.TemporaryDirectory(prefix="placet-film-") as folder:
        path = Path(folder, "film")
        path.write_bytes(data)
        film = library.VideoCapture(str(path), library.CAP_FFMPEG)
        try:
            _check(film, library, limits)
            return _gather(film, library, registered=registered, limits=limits)
        except library.error as error:
            raise BadMedia(f"This film cannot be decoded: {error}.") from error
        finally:
            film.release()


def _check(film: Any, library: Any, limits: Limits) -> None:
    if not film.isOpened():
        raise BadMedia("This film cannot be decoded: no picture was found in it.")
    width, height = (film.get(name) for name in (library.CAP_PROP_FRAME_WIDTH, library.CAP_PROP_FRAME_HEIGHT))
    if not (0 < width <= limits.max_side and 0 < height <= limits.max_side):
        raise TooLarge(f"This film declares {width:.0f}x{height:.0f} pixels, more than {limits.max_side} a side.")
    rate, frames = film.get(library.CAP_PROP_FPS), film.get(library.CAP_PROP_FRAME_COUNT)
    if frames > limits.max_frames or (rate > 0 and frames / rate > limits.max_seconds):
        raise TooLarge(f"This film is longer than the limit of {limits.max_seconds // 3600} hours.")


def _gather(film: Any, library: Any, *, registered: bool, limits: Limits) -> FilmPrints:
    hashes, times, last, length = list[Words](), list[int](), None, 0
    for tenths, luma in _sampled(film, library, limits, _STEPS[registered]):
        length = tenths
        words, quality = (None, 0) if luma is None else compute_fast(luma)
        if luma is None or words is None or quality < LEAST_QUALITY:
            continue
        if registered and last is not None and int(np.bitwise_count(words ^ last).sum()) <= _SAME:
            continue
        last = words
        readings = _readings(luma) if registered else [words]
        hashes += readings
        times += [tenths] * len(readings)
    whole = np.array(hashes, np.uint64).reshape(-1, 4)
    return FilmPrints(hashes=whole, times=np.array(times, np.uint32), length=length)


def _readings(luma: Luma) -> list[Words]:
    return [hash_words(print_.value) for print_ in variants(luma)]


def _sampled(film: Any, library: Any, limits: Limits, step: int) -> Iterator[tuple[int, Luma | None]]:
    """A frame every `step` tenths of a second as luma, with its time; last the time at which it ends, and no frame."""
    declared, many, due, tenths = film.get(library.CAP_PROP_FRAME_COUNT), 0, 0, 0
    rate = film.get(library.CAP_PROP_FPS) or 25
    while film.grab():
        many += 1
        tenths = int(_TENTHS * (many - 1) / rate)
        if many > limits.max_frames or tenths > _TENTHS * limits.max_seconds:
            raise TooLarge(f"This film is longer than the limit of {limits.max_seconds // 3600} hours.")
        if tenths >= due:
            whole, picture = film.retrieve()
            if not whole:
                raise BadMedia(f"This film cannot be decoded at {tenths / _TENTHS:.1f} seconds.")
            due += step
            yield tenths, library.cvtColor(picture, library.COLOR_BGR2GRAY)
    if many < 0.95 * declared:
        raise BadMedia(f"This film breaks off after {many:,} of {declared:,.0f} frames.")
    if not many:
        raise BadMedia("This film is empty: it has no pictures.")
    yield tenths, None


def write_film(prints: FilmPrints) -> dict[str, Any]:
    """What stands in a sheet."""
    hashes, times = prints.hashes.astype("<u8"), prints.times.astype("<u4")
    return {"hashes": hashes.tobytes().hex(), "times": times.tobytes().hex(), "length": prints.length}


def read_film(value: Mapping[str, Any]) -> FilmPrints:
    """The prints in a sheet; ValueError for what no film has."""
    hashes = np.frombuffer(bytes.fromhex(value["hashes"]), "<u8").astype(np.uint64).reshape(-1, 4)
    times = np.frombuffer(bytes.fromhex(value["times"]), "<u4").astype(np.uint32)
    length, longest = value["length"], _TENTHS * _USUAL.max_seconds
    if type(length) is not int or not 0 <= length <= longest:
        raise ValueError(f"a film of {length!r} tenths of a second")
    if len(times) != len(hashes) or len(times) > _READINGS * (_USUAL.max_seconds + 1):
        raise ValueError("not as many times as hashes, or more than a film has")
    if np.any(times[1:] < times[:-1]) or np.any(times > longest):
        raise ValueError("frames out of order, or beyond the longest film")
    return FilmPrints(hashes=hashes, times=times, length=length)
