"""Drawings made by code, so that the demo has pictures of its own on a machine without any.

Each is a function of a seed: the same seed is the same drawing, another seed a sister of it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from examples.story import figures, plates, scenes

__all__ = ["DRAWINGS", "draw", "draw_all"]

DRAWINGS: dict[str, tuple[Callable[[random.Random], Image.Image], int]] = {
    "harbour-at-dusk": (scenes.harbour, 7),
    "paper-forest": (scenes.forest, 11),
    "woman-with-a-green-hat": (figures.portrait, 3),
    "whale-under-the-boat": (scenes.whale, 5),
    "the-cat-and-the-moon": (figures.comic, 2),
    "garden-tiles": (plates.tiles, 13),
    "plate-xii-wild-briar": (plates.botanical, 17),
    "map-of-an-island": (plates.island, 19),
    "concert-poster": (plates.poster, 23),
}


def draw(name: str, seed: int | None = None) -> Image.Image:
    """One drawing by name; another seed makes a sister of it."""
    make, usual = DRAWINGS[name]
    return make(random.Random(usual if seed is None else seed))


def draw_all(folder: Path) -> list[Path]:
    """Every drawing as a JPEG in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in DRAWINGS:
        path = folder / f"{name}.jpg"
        draw(name).save(path, quality=92)
        paths.append(path)
    return paths
