"""The sound of a film, by the program `ffmpeg` where there is one: a process of its own, bounded in time and output."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from placet.errors import BadMedia, MissingExtra
from placet.fingerprints.audio_decode import RATE, Limits, Samples, Sound

__all__ = ["ffmpeg_named", "sound_of"]

_SECONDS: Final = Limits().max_seconds
_PATIENCE: Final = 600  # seconds by the clock; decoding a film's sound takes a hundredth of its length
_NONE: Final = (b"matches no streams", b"does not contain any stream")


def ffmpeg_named() -> str:
    """The program's own first words, which hold its version; empty where it is not found."""
    program = shutil.which("ffmpeg")
    if program is None:
        return ""
    said = subprocess.run([program, "-version"], capture_output=True, timeout=60).stdout  # noqa: S603
    return " ".join(said.decode("utf-8", "replace").split()[:3])


def sound_of(data: bytes | memoryview) -> Sound | None:
    """What is heard, at `RATE`; None for a silent film, MissingExtra without the program, BadMedia where it fails."""
    program = shutil.which("ffmpeg")
    if program is None:
        raise MissingExtra("the sound of films is read with the program ffmpeg, which is not installed")
    with tempfile.TemporaryDirectory(prefix="placet-film-") as folder:
        path = Path(folder, "film")
        path.write_bytes(data)
        heard = _run([program, *_words(path)])
    return None if heard is None else Sound(samples=heard, rate=RATE, channels=1)


def _words(path: Path) -> list[str]:
    reading = ["-nostdin", "-v", "error", "-xerror", "-protocol_whitelist", "file", "-i", str(path)]
    writing = ["-map", "0:a:0", "-t", str(_SECONDS), "-ac", "1", "-ar", str(RATE), "-f", "s16le", "pipe:1"]
    return [*reading, *writing]


def _run(command: list[str]) -> Samples | None:
    """What the program says goes into no sentence: it names places and addresses that are others each time."""
    try:
        # The program's path comes from PATH, the rest from here; nothing of the data is a word of the command.
        done = subprocess.run(command, capture_output=True, timeout=_PATIENCE)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise BadMedia(f"The sound of this film took the program ffmpeg longer than {_PATIENCE} seconds.") from None
    if done.returncode:
        if any(word in done.stderr for word in _NONE):
            return None
        raise BadMedia("The sound of this film cannot be decoded by the program ffmpeg.")
    return np.frombuffer(done.stdout[: len(done.stdout) // 2 * 2], "<i2").astype(np.int16)
