"""Write the published sound vectors: `python bench/vectors_audio.py` (needs Debian's `fpcalc` and the extra `audio`).

The notes come from fpcalc, never from us; the marks are our own. With the real sounds beside the repository what fpcalc
says of them is written for the tests.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

import soundfile

from placet.fingerprints import audio_landmark
from placet.fingerprints.audio_decode import RATE
from placet.fingerprints.audio_synthetic import play
from tests.fingerprints.pictures import shared

ROOT = Path(__file__).parents[1]
SPECS = [{"seed": seed, "seconds": seconds, "loud": loud} for seed, seconds, loud in ((1, 6, 20_000), (2, 12, 2_000))]


def fpcalc(path: Path) -> list[int]:
    """What fpcalc prints of a whole file; nothing for one that is too short."""
    command = ["fpcalc", "-raw", "-plain", "-length", "0", "-ignore-errors", str(path)]
    said = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    return [int(item) for item in said.split(",")] if said else []


def main() -> None:
    version = subprocess.run(["fpcalc", "-version"], capture_output=True, text=True, check=True).stdout.strip()
    vectors = []
    with tempfile.TemporaryDirectory() as folder:
        for spec in SPECS:
            samples, path = play(spec), Path(folder, "a.wav")
            soundfile.write(path, samples, RATE, subtype="PCM_16")
            marks = audio_landmark.compute(samples, dense=False)
            told = [list(pair) for pair in zip(marks.hashes.tolist(), marks.times.tolist(), strict=True)]
            name = f"tune {spec['seed']}, {spec['seconds']} s"
            vectors.append({"name": name, "sound": spec, "items": fpcalc(path), "marks": told})
    said = f"{version} (items); src/placet/fingerprints/audio_landmark.py (marks)"
    whole = {"algorithm": "audio-chroma/1 and audio-landmark/1", "from": said, "vectors": vectors}
    (ROOT / "src/placet/vectors/fingerprints/audio.json").write_text(json.dumps(whole) + "\n")
    root = shared()
    if root is not None:
        sounds = sorted([*(root / "data/audio").glob("*.flac"), *(root / "data/audio").glob("*.wav")])
        found = {hashlib.sha256(path.read_bytes()).hexdigest(): fpcalc(path) for path in sounds}
        heard = {"from": version, "items": found}
        (ROOT / "tests/fingerprints/fpcalc.json").write_text(json.dumps(heard) + "\n")


if __name__ == "__main__":
    main()
