"""Sounds from a formula in whole numbers, so that published vectors and tests need no files.

A tune of three voices at 11,025 Hz.  state = (1664525 * state + 1013904223) mod 2^32 from `seed`; each voice holds a
note for 2,000 to 6,000 samples: a triangle wave whose period is 8 to 71 samples, as loud as 1/3 of `loud`, falling to a
quarter of that over the note.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from placet.fingerprints.audio_decode import RATE, Samples

__all__ = ["play"]


def play(spec: Mapping[str, int]) -> Samples:
    """The samples of a vector's `sound`: its `seed`, `seconds` and `loud` (at most 32,767)."""
    length, state = spec["seconds"] * RATE, spec["seed"]
    out = np.zeros(length, np.int64)
    for _ in range(3):
        at = 0
        while at < length:
            state = (1664525 * state + 1013904223) % 2**32
            held, period = 2000 + (state >> 16) % 4001, 8 + (state >> 8) % 64
            place = np.arange(min(held, length - at))
            wave = 4 * np.abs(place % period - period // 2) - period  # from -period to period
            out[at : at + len(place)] += spec["loud"] * wave * (4 * held - 3 * place) // (12 * held * period)
            at += held
    return np.ascontiguousarray(out.clip(-32_768, 32_767), dtype=np.int16)
