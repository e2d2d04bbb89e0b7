"""Small sounds for tests: seeded, written and spoilt in memory."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import soundfile

from placet.fingerprints.audio_decode import RATE, Samples
from placet.fingerprints.audio_synthetic import play

__all__ = ["file_of", "quieter", "song", "wave"]


def song(seed: int, seconds: int = 20) -> Samples:
    """A seeded tune at 11,025 Hz."""
    return play({"seed": seed, "seconds": seconds, "loud": 20_000})


def file_of(samples: Any, rate: int = RATE, kind: str = "FLAC", subtype: str | None = None) -> bytes:
    """A sound file: FLAC, WAV, AIFF, OGG, MP3."""
    out = io.BytesIO()
    with soundfile.SoundFile(
        out, "w", rate, 1 if samples.ndim == 1 else samples.shape[1], subtype, format=kind
    ) as file:
        for start in range(0, len(samples), 8192):
            file.write(samples[start : start + 8192])
    return out.getvalue()


def quieter(samples: Samples, share: float) -> Samples:
    return (samples * share).astype(np.int16)


def wave(*, rate: int = RATE, channels: int = 1, declared: int | None = None, data: bytes = b"\0\0" * RATE) -> bytes:
    """A 16-bit WAV that may declare more bytes than it has."""
    size = len(data) if declared is None else declared
    form = struct.pack("<HHIIHH", 1, channels, rate, min(rate * channels * 2, 2**32 - 1), channels * 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", min(size + 36, 2**32 - 1))
        + b"WAVEfmt \x10\0\0\0"
        + form
        + b"data"
        + struct.pack("<I", size)
        + data
    )
