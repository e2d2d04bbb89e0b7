"""Real photographs, out of the wheel of scikit-image (https://scikit-image.org), read without installing it.

They are in the public domain or CC0; the wheel's own skimage/data/README.txt tells whose they are.
"""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["PHOTOGRAPHS", "photographs"]

PHOTOGRAPHS = (
    "astronaut.png",
    "brick.png",
    "camera.png",
    "chelsea.png",
    "coffee.png",
    "coins.png",
    "gravel.png",
    "hubble_deep_field.jpg",
    "motorcycle_left.png",
    "retina.jpg",
    "rocket.jpg",
)
_PATIENCE = 120  # seconds


def photographs(cache: Path, say: Callable[[str], None] = print) -> dict[str, bytes]:
    """File name to bytes; empty, and said in a sentence, when the wheel cannot be had."""
    wheel = _cached(cache) or _download(cache)
    if wheel is None:
        say("The photographs could not be fetched (scikit-image's wheel); the story goes on with the drawings.")
        return {}
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        paths = {name: f"skimage/data/{name}" for name in PHOTOGRAPHS}
        return {name: archive.read(path) for name, path in paths.items() if path in held}


def _cached(cache: Path) -> Path | None:
    wheels = sorted(cache.glob("scikit_image-*.whl"))
    return next((wheel for wheel in reversed(wheels) if zipfile.is_zipfile(wheel)), None)


def _download(cache: Path) -> Path | None:
    """One wheel by pip's ordinary ways; None when pip, the index or the network says no."""
    cache.mkdir(parents=True, exist_ok=True)
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    what = ("--no-deps", "--only-binary=:all:", "--dest", str(cache), "scikit-image")
    try:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", *quiet, *what],
            check=True,
            capture_output=True,
            timeout=_PATIENCE,
        )
    except (subprocess.SubprocessError, OSError):
        return None
    return _cached(cache)
