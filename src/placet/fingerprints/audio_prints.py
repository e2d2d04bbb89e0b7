"""What is registered of a sound, and what is compared: its notes (`audio-chroma/1`) and its marks (`audio-landmark/1`).

In a sheet both are hex of little-endian u32: `items`; `hashes` with `times`; `length` counts samples at 11,025 Hz.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from placet.fingerprints import audio_chroma, audio_landmark
from placet.fingerprints.audio_decode import RATE, Limits, Sound, read_sound
from placet.fingerprints.audio_landmark import FRAME_SECONDS, Marks
from placet.fingerprints.prints import Algorithm

__all__ = ["FEW_MARKS", "LAST_FRAME", "SoundPrints", "compute", "of_file", "read_prints", "write_prints"]

FEW_MARKS: Final = 24  # below it, an edited copy is easily missed: about what two seconds of music have
_SECONDS: Final = Limits().max_seconds
LAST_FRAME: Final = int(_SECONDS / FRAME_SECONDS) + 1  # no mark lies later
_MOST_MARKS: Final = 60 * _SECONDS  # three times what a registered sound has
_MOST_ITEMS: Final = int(_SECONDS / audio_chroma.ITEM_SECONDS) + 1

Words = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SoundPrints:
    """`items` are chromaprint's; `marks` are few where it is registered, dense where it is compared."""

    items: Words
    marks: Marks
    length: int

    @property
    def seconds(self) -> float:
        return self.length / RATE


def of_file(data: bytes | memoryview, *, dense: bool) -> SoundPrints:
    """The prints of a sound in a file; BadMedia, or MissingExtra where nothing here decodes it."""
    return compute(read_sound(data), dense=dense)


def compute(sound: Sound, *, dense: bool) -> SoundPrints:
    """The prints of decoded sound."""
    return SoundPrints(
        items=audio_chroma.compute(sound.samples),
        marks=audio_landmark.compute(sound.samples, dense=dense),
        length=len(sound.samples),
    )


def write_prints(prints: SoundPrints) -> dict[str, Any]:
    """What stands in a sheet, by the name of the fingerprint."""
    return {
        Algorithm.AUDIO_CHROMA: {"items": _hex(prints.items), "length": prints.length},
        Algorithm.AUDIO_LANDMARK: {"hashes": _hex(prints.marks.hashes), "times": _hex(prints.marks.times)},
    }


def read_prints(sheet: Mapping[str, Any]) -> SoundPrints | None:
    """The prints in a sheet, None where it is of no sound; ValueError for what no sound has."""
    if Algorithm.AUDIO_CHROMA not in sheet and Algorithm.AUDIO_LANDMARK not in sheet:
        return None
    notes, marks = sheet[Algorithm.AUDIO_CHROMA], sheet[Algorithm.AUDIO_LANDMARK]
    hashes, times = _words(marks["hashes"], _MOST_MARKS), _words(marks["times"], _MOST_MARKS)
    if len(hashes) != len(times) or np.any(times[1:] < times[:-1]) or np.any(times > LAST_FRAME):
        raise ValueError("marks out of order, or beyond the longest sound")
    length = notes["length"]
    if type(length) is not int or not 0 <= length <= _SECONDS * RATE:
        raise ValueError(f"a sound of {length!r} samples")
    return SoundPrints(items=_words(notes["items"], _MOST_ITEMS), marks=Marks(hashes, times), length=length)


def _hex(words: Words) -> str:
    return words.astype("<u4").tobytes().hex()


def _words(text: str, most: int) -> Words:
    words = np.frombuffer(bytes.fromhex(text), "<u4").astype(np.uint32)
    if len(words) > most:
        raise ValueError(f"{len(words):,} words where no sound has more than {most:,}")
    return words
