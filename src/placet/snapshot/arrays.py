"""The raw arrays of a snapshot: little-endian, one file each, mapped and never parsed.

A row of an array is described here once; `check` holds every file to it before a kernel sees it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placet.errors import BadRecord

__all__ = ["ARRAYS", "Shape", "is_sorted", "map_array", "no_array", "save_array"]


@dataclass(frozen=True, slots=True)
class Shape:
    """`dtype` in numpy's spelling, `width` items a row (0 for a flat array).

    A snapshot may lack an array that is `optional`: it was made before there was one, or with nothing to put in it.
    """

    dtype: str
    width: int = 0
    optional: bool = False

    @property
    def row_bytes(self) -> int:
        return np.dtype(self.dtype).itemsize * (self.width or 1)


# Keys are sorted as byte strings, which for big-endian words is sorting by word.
ARRAYS: Mapping[str, Shape] = {
    "works.id": Shape("u1", 16),
    "works.quality": Shape("u1"),
    "works.number": Shape("<u4", optional=True),
    "sha256.key": Shape(">u8", 4),
    "sha256.work": Shape("<u4"),
    "blake3.key": Shape(">u8", 4),
    "blake3.work": Shape("<u4"),
    "text-sha256.key": Shape(">u8", 4),
    "text-sha256.work": Shape("<u4"),
    "image-plh.hash": Shape("<u8", 4),
    "image-plh.work": Shape("<u4"),
    "image-plh.reading": Shape("u1"),
    "image-orb.hash": Shape("<u8", 4, optional=True),
    "image-orb.place": Shape("<u2", 4, optional=True),
    "image-orb.work": Shape("<u4", optional=True),
    "image-embedding.model": Shape("u1", 32, optional=True),
    "image-embedding.work": Shape("<u4", optional=True),
    "image-embedding.value": Shape("<f2", 128, optional=True),
    "audio-landmark.hash": Shape("<u4", optional=True),
    "audio-landmark.work": Shape("<u4", optional=True),
    "audio-landmark.time": Shape("<u4", optional=True),
    "audio-chroma.item": Shape("<u4", optional=True),
    "audio-chroma.work": Shape("<u4", optional=True),
    "video-plh.hash": Shape("<u8", 4, optional=True),
    "video-plh.work": Shape("<u4", optional=True),
    "video-plh.time": Shape("<u4", optional=True),
    "text-winnow.hash": Shape("<u8"),
    "text-winnow.work": Shape("<u4"),
    "text-winnow.position": Shape("<u4"),
    "said.work": Shape("<u4"),
    "said.word": Shape("<u4"),
}


def save_array(path: Path, name: str, array: NDArray[Any]) -> None:
    """Write an array as its raw bytes."""
    shape = ARRAYS[name]
    flat = np.ascontiguousarray(array, dtype=np.dtype(shape.dtype))
    with path.open("wb") as file:
        file.write(flat.tobytes())


def no_array(name: str) -> NDArray[Any]:
    """The array of this name with no row."""
    shape = ARRAYS[name]
    return np.empty((0, shape.width) if shape.width else (0,), np.dtype(shape.dtype))


def is_sorted(*keys: NDArray[Any]) -> bool:
    """Whether rows of one or more columns rise or stay, the first column being the first to decide."""
    columns = [column for key in keys for column in (key.T if key.ndim > 1 else key[np.newaxis])]
    falls, level = (np.full(max(0, len(keys[0]) - 1), is_) for is_ in (False, True))
    for column in columns:
        falls |= level & (column[1:] < column[:-1])
        level &= column[1:] == column[:-1]
    return not np.any(falls)


def map_array(path: Path, name: str) -> NDArray[Any]:
    """Map an array read-only; BadRecord when its size is no whole number of rows."""
    shape = ARRAYS[name]
    size = path.stat().st_size
    if size % shape.row_bytes:
        raise BadRecord(f"{path.name} has {size} bytes, no whole number of rows of {shape.row_bytes}")
    rows = size // shape.row_bytes
    layout = (rows, shape.width) if shape.width else (rows,)
    if not rows:
        return no_array(name)
    return np.memmap(path, np.dtype(shape.dtype), "r", shape=layout)
