"""Pictures from a formula in whole numbers, so that published vectors need no files.

With x from the left and y from the top:

    flat      value
    gradient  (across * x + down * y) // over, modulo 256
    disc      255 where (2x + 1 - width)^2 + (2y + 1 - height)^2 < diameter^2, else 0
    noise     state = (1664525 * state + 1013904223) mod 2^32 from `seed`, by rows; a pixel is state >> 24
    blocks    noise of ceil(height / edge) x ceil(width / edge), each value filling an edge x edge square
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

__all__ = ["draw"]

Spec = Mapping[str, int | str]


def draw(spec: Spec) -> npt.NDArray[np.uint8]:
    """The luma that a vector's `picture` describes."""
    number = {key: int(value) for key, value in spec.items() if key != "formula"}
    height, width = number["height"], number["width"]
    y, x = np.arange(height)[:, None], np.arange(width)[None, :]
    match spec["formula"]:
        case "flat":
            values = np.full((height, width), number["value"])
        case "gradient":
            values = (number["across"] * x + number["down"] * y) // number["over"] % 256
        case "disc":
            inside = (2 * x + 1 - width) ** 2 + (2 * y + 1 - height) ** 2 < number["diameter"] ** 2
            values = inside * 255
        case "noise":
            values = _noise(height, width, number["seed"])
        case "blocks":
            edge = number["edge"]
            small = _noise(-(-height // edge), -(-width // edge), number["seed"])
            values = small.repeat(edge, axis=0).repeat(edge, axis=1)[:height, :width]
        case unknown:
            raise ValueError(f"No formula is called {unknown!r}.")
    return np.ascontiguousarray(values, dtype=np.uint8)


def _noise(height: int, width: int, seed: int) -> npt.NDArray[np.int64]:
    state, out = seed, []
    for _ in range(height * width):
        state = (1664525 * state + 1013904223) % 2**32
        out.append(state >> 24)
    return np.array(out).reshape(height, width)
