"""Small films for tests: seeded scenes, written by OpenCV's own encoders."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["film", "scene"]

Picture = npt.NDArray[np.uint8]
RATE = 5


def scene(seed: int, width: int = 192, height: int = 128) -> Picture:
    """A picture of nothing with detail at every scale, in colour."""
    rng = np.random.default_rng(seed)
    total = np.full((height, width, 3), 128.0, np.float32)
    for side, strength in ((3, 60), (6, 45), (12, 34), (24, 25), (48, 18)):
        coarse = rng.integers(0, 256, (side, side, 3)).astype(np.float32) - 128
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * (strength / 100)
    return total.clip(0, 255).astype(np.uint8)


def film(
    scenes: list[Picture],
    *,
    codec: str = "mp4v",
    suffix: str = "mp4",
    change: Callable[[Picture], Picture] | None = None,
) -> bytes:
    """A second of each picture; `change` is done to every frame."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"film.{suffix}")
        shown = [change(picture) if change else picture for picture in scenes]
        height, width = shown[0].shape[:2]
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), RATE, (width, height))
        for picture in shown:
            for _ in range(RATE):
                writer.write(picture)
        writer.release()
        return path.read_bytes()
