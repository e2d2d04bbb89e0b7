"""Where the real pictures are, if they are: `$PLACET_SHARED`, or the repository's sibling `shared`; and drawn ones."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def shared() -> Path | None:
    """The folder that holds data/SOURCES.md, or None."""
    beside = Path(__file__).parents[2].parent / "shared"
    found = Path(os.environ.get("PLACET_SHARED", beside))
    return found if (found / "data" / "SOURCES.md").is_file() else None


def real_pictures() -> list[Path]:
    """The twelve paintings and photographs, in order of name; none where the folder is absent."""
    root = shared()
    return sorted((root / "data" / "images").glob("*.jpg")) if root else []


def scene(seed: int, side: int = 400) -> NDArray[np.uint8]:
    """Random squares of random shades over each other: a picture full of corners."""
    rng = np.random.default_rng(seed)
    luma = np.full((side, side * 5 // 4), 128, np.uint8)
    for _ in range(160):
        top, left = rng.integers(0, side), rng.integers(0, luma.shape[1])
        high, wide = rng.integers(8, side // 4, 2)
        luma[top : top + high, left : left + wide] = rng.integers(0, 256)
    return luma
