"""Notes are chromaprint's, bit for bit nearly; marks are found again; forged sheets are refused."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.core.canonical import encode
from placet.errors import BadRecord
from placet.fingerprints import audio_chroma, audio_landmark, audio_prints
from placet.fingerprints.audio_decode import RATE, read_sound
from placet.fingerprints.audio_synthetic import play
from placet.fingerprints.describe import describe
from placet.fingerprints.sheet import Sheet, format_sheet, parse_sheet
from tests.fingerprints.pictures import shared
from tests.fingerprints.sounds import file_of, quieter, song

TOLD = json.loads(Path(__file__).with_name("fpcalc.json").read_text())
VECTORS = json.loads((Path(audio_prints.__file__).parents[1] / "vectors/fingerprints/audio.json").read_text())[
    "vectors"
]


def _agreement(found: dict[str, tuple[Any, list[int]]]) -> float:
    """The share of bits on which two say the same, over the items that both have."""
    same = both = 0
    for ours, theirs in found.values():
        many = min(len(ours), len(theirs))
        assert abs(len(ours) - len(theirs)) <= 1, "they disagree on where a sound ends"
        same += 32 * many - int(np.bitwise_count(ours[:many] ^ np.array(theirs[:many], np.uint32)).sum())
        both += 32 * many
    return same / both


def _real() -> dict[str, Path]:
    root = shared()
    if root is None:
        pytest.skip("the shared folder with real sounds is not here")
    paths = sorted([*(root / "data/audio").glob("*.flac"), *(root / "data/audio").glob("*.wav")])
    return {hashlib.sha256(path.read_bytes()).hexdigest(): path for path in paths}


def test_notes_agree_with_what_fpcalc_printed_of_real_sounds() -> None:
    files = _real()
    found = {
        digest: (audio_chroma.compute(read_sound(path.read_bytes()).samples), TOLD["items"][digest])
        for digest, path in files.items()
    }

    assert set(files) == set(TOLD["items"])
    assert _agreement(found) >= 0.99  # 0.97 is asked for


@pytest.mark.skipif(shutil.which("fpcalc") is None, reason="Debian's fpcalc (libchromaprint-tools) is not installed")
def test_fpcalc_still_says_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    path.write_bytes(file_of(song(5, 9)))
    command = ["fpcalc", "-raw", "-plain", "-length", "0", "-ignore-errors", path]
    said = subprocess.run(command, capture_output=True, text=True).stdout

    ours = audio_chroma.compute(read_sound(path.read_bytes()).samples)

    assert _agreement({"": (ours, [int(item) for item in said.split(",")])}) >= 0.97


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_published_sounds_have_their_published_marks(vector: dict[str, Any]) -> None:
    marks = audio_landmark.compute(play(vector["sound"]), dense=False)

    found = set(zip(marks.hashes.tolist(), marks.times.tolist(), strict=True))
    told = {tuple(pair) for pair in vector["marks"]}
    assert len(found & told) >= 0.97 * len(found | told)


def test_a_sound_is_as_many_notes_as_its_length_allows() -> None:
    just = round(audio_chroma.SPAN_SECONDS * RATE)

    assert len(audio_chroma.compute(song(1)[: just - 1])) == 0
    assert len(audio_chroma.compute(song(1)[:just])) == 1
    assert len(audio_chroma.compute(song(1)[: just + 10 * 1365])) == 11


def test_silence_has_no_marks_and_its_notes_are_all_alike() -> None:
    quiet = np.zeros(5 * RATE, np.int16)

    prints = audio_prints.compute(_sound(quiet), dense=True)

    assert len(prints.marks.hashes) == 0
    assert len(set(prints.items.tolist())) == 1


def test_what_is_compared_holds_what_is_registered_at_any_loudness() -> None:
    few = audio_landmark.compute(song(3), dense=False)
    for share in (1.0, 0.1):
        dense = audio_landmark.compute(quieter(song(3), share), dense=True)
        found = set(zip(dense.hashes.tolist(), dense.times.tolist(), strict=True))
        held = [pair in found for pair in zip(few.hashes.tolist(), few.times.tolist(), strict=True)]
        assert np.mean(held) > 0.9
    assert 10 < len(few.hashes) / 20 < 30  # a second


def _sound(samples: Any) -> audio_prints.Sound:
    return audio_prints.Sound(samples=samples, rate=RATE, channels=1)


def test_a_sheet_brings_a_sound_back() -> None:
    prints = audio_prints.compute(_sound(song(2, 6)), dense=False)

    back = parse_sheet(format_sheet(Sheet(plh={}, sound=prints))).sound

    assert back is not None
    assert back.length == prints.length
    assert back.items.tolist() == prints.items.tolist()
    assert back.marks.hashes.tolist() == prints.marks.hashes.tolist()
    assert back.marks.times.tolist() == prints.marks.times.tolist()


def test_a_sound_is_described_by_its_notes_and_told_where_it_is_weak() -> None:
    good = describe(file_of(song(2, 8)), "song.flac")
    short = describe(file_of(song(2, 1)), "hit.flac")
    broken = describe(file_of(song(2, 8))[:9_000], "song.flac")

    assert (good.record.medium.value, good.weakness) == ("audio", "")
    assert good.record.iscc.startswith("ISCC:K")  # a composite that holds an Audio-Code
    assert "copies may be missed" in short.weakness
    assert broken.record.medium.value == "other"
    assert "could not be decoded" in broken.weakness


_HEX = st.binary(max_size=24).map(bytes.hex) | st.text(max_size=6)
_NOTES = st.fixed_dictionaries({"items": _HEX, "length": st.integers(-2, 2**70) | st.none()}) | st.none()
_MARKS = st.fixed_dictionaries({"hashes": _HEX, "times": _HEX}) | st.integers(0, 9)


@settings(max_examples=150, deadline=None)
@given(notes=_NOTES, marks=_MARKS, both=st.booleans())
def test_forged_sheets_are_read_or_refused_and_never_anything_else(notes: Any, marks: Any, both: bool) -> None:
    forged = {"v": 1, "audio-chroma/1": notes} | ({"audio-landmark/1": marks} if both else {})
    try:
        sheet = parse_sheet(encode(forged))
    except BadRecord:
        return

    assert sheet.sound is not None
    assert len(sheet.sound.marks.hashes) == len(sheet.sound.marks.times)
    assert all(time <= audio_prints.LAST_FRAME for time in sheet.sound.marks.times)


@pytest.mark.parametrize(
    "marks",
    [
        {"hashes": "00" * 8, "times": "00" * 4},
        {"hashes": "00" * 8, "times": "0100000000000000"},
        {"hashes": "00" * 4, "times": "ff" * 4},
    ],
    ids=["of other lengths", "out of order", "beyond the longest sound"],
)
def test_marks_that_no_sound_has_are_refused(marks: dict[str, str]) -> None:
    with pytest.raises(BadRecord):
        parse_sheet(encode({"v": 1, "audio-chroma/1": {"items": "", "length": 0}, "audio-landmark/1": marks}))
