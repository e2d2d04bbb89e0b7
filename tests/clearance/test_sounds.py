"""Rows that are sounds: found, told by the clock, unclear where they cannot be judged, and never opened by a part."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from placet.clearance import sounds
from placet.clearance.judge import Judge, Judged
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.use import Use
from placet.desk.lookups import look_up
from placet.fingerprints.audio_decode import RATE
from placet.snapshot import match_audio, match_notes
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher, MatchKind
from tests.factories import NOW
from tests.fingerprints.sounds import file_of, song
from tests.snapshot.world import a_world


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    world = a_world(tmp_path_factory.mktemp("sounds"))
    world.register(1, {"no.flac": file_of(song(1, 16))})
    world.register(2, {"yes.flac": file_of(song(2, 16))}, Stance.ALLOW)
    return world.library()


def _judged(library: Library, data: bytes, profile: str = "consent") -> Judged:
    ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES[profile],), at=NOW)
    (judged,) = Judge(Matcher(library), ask).judge([Row(key="row", parts=(Part("a", PartKind.AUDIO, data),))])
    return judged


def _answer(judged: Judged) -> tuple[str, str | None]:
    return judged.decisions[0].outcome.value, judged.best.kind.value if judged.best else None


def test_a_copy_in_another_format_is_reserved_and_a_stranger_is_not(library: Library) -> None:
    copy = _judged(library, file_of(song(1, 16), 44_100 // 4, "OGG", "VORBIS"), "eu-art4")
    stranger = _judged(library, file_of(song(9, 16)), "eu-art4")

    assert _answer(copy) == ("reserved", "STRONG")
    assert _answer(stranger) == ("cleared", None)


def test_an_excerpt_is_reserved_and_told_by_the_clock(library: Library) -> None:
    inside = np.concatenate((song(50, 6), song(1, 16)[4 * RATE : 12 * RATE]))

    judged = _judged(library, file_of(inside), "eu-art4")

    assert _answer(judged) == ("reserved", "STRONG")
    assert judged.best is not None
    (heard_from, _), (known_from, _) = sounds.places(judged.best.detail)
    assert (heard_from, known_from) == ("0:06", "0:04")


def test_a_yes_opens_what_is_all_hers_and_not_what_lies_beside_it(library: Library) -> None:
    inside = np.concatenate((song(2, 16)[: 10 * RATE], song(50, 12)))
    over = ((song(2, 16).astype(np.int32) * 2 + song(51, 16)) // 3).astype(np.int16)

    assert _answer(_judged(library, file_of(song(2, 16), kind="WAV"))) == ("cleared", "STRONG")
    assert _answer(_judged(library, file_of(inside))) == ("silent", "STRONG")
    assert _answer(_judged(library, file_of(over)))[0] != "cleared"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (file_of(np.empty(0, np.int16), kind="WAV"), "media.unreadable"),
        (file_of(song(9, 4))[:9_000], "media.unreadable"),
        (file_of(np.full(RATE, np.nan, np.float32), kind="WAV", subtype="FLOAT"), "media.unreadable"),
        (file_of(np.zeros((100, 40), np.int16), kind="WAV"), "media.too-large"),
    ],
    ids=["of zero length", "broken off", "no numbers", "forty channels"],
)
def test_what_cannot_be_judged_is_unclear(library: Library, data: bytes, reason: str) -> None:
    judged = _judged(library, data, "eu-art4")

    assert judged.decisions[0].outcome == "unclear"
    assert [problem.reason for problem in judged.problems] == [reason]


def test_a_crowd_makes_a_row_unclear_and_never_free(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match_audio, "BUDGET", 3)
    monkeypatch.setattr(match_notes, "BUDGET", 2)

    judged = _judged(library, file_of(song(1, 16), kind="WAV"), "eu-art4")

    assert judged.decisions[0].outcome == "unclear"
    assert "match.capped" in {problem.reason for problem in judged.problems}


def test_without_the_package_exact_bytes_are_compared_and_the_extra_is_named(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)

    exact, other = (_judged(library, file) for file in (_registered(library), b"fLaC and more"))

    assert _answer(exact) == ("reserved", "EXACT")
    assert _answer(other) == ("unclear", None)
    assert [problem.reason for problem in other.problems] == ["media.unsupported"]
    assert "placet[audio]" in other.problems[0].why
    assert "not read" in sounds.rule()


def _registered(_: Library) -> bytes:
    return REGISTERED


REGISTERED = file_of(song(1, 16))


def test_what_is_between_a_copy_and_nothing_is_unclear(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match_audio, "SAME_NOTES", -1.0)
    monkeypatch.setattr(match_audio, "SURE_MOMENTS", 10_000)

    judged = _judged(library, file_of(song(1, 16), kind="WAV"), "eu-art4")

    assert judged.best is not None
    assert judged.best.kind is MatchKind.VERIFY
    assert judged.decisions[0].outcome == "unclear"


def test_a_folder_of_sounds_is_cleared_and_the_report_shows_when(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.register(1, {"song.flac": file_of(song(1, 16))}, titles=True)
    dataset = tmp_path / "data"
    dataset.mkdir()
    (dataset / "copy.mp3").write_bytes(file_of(song(1, 16), kind="MP3"))
    (dataset / "other.wav").write_bytes(file_of(song(7, 16), kind="WAV"))
    (dataset / "short.flac").write_bytes(file_of(song(1, 16)[5 * RATE : 10 * RATE]))
    (dataset / "spoilt.ogg").write_bytes(b"OggS" + bytes(80))

    world.clear(dataset, world.snapshot(), tmp_path / "out")

    counts = _outcomes(tmp_path / "out")
    page = (tmp_path / "out/report.html").read_text()
    assert counts == {"reserved": 2, "cleared": 1, "unclear": 1}
    assert "Found sounds and films" in page
    assert "0:00 to 0:05 here is 0:05 to 0:10 of the work." in page
    plan = json.loads((tmp_path / "out/plan.json").read_bytes())
    assert "audio-landmark/1" in plan["rules"]["sound"]


def _outcomes(out: Path) -> dict[str, int]:
    import pyarrow.parquet as pq

    rows: list[Any] = []
    for path in sorted((out / "units").glob("0*.parquet")):
        if not path.name.endswith("placet-fp.parquet"):
            rows += pq.read_table(path, columns=["outcome"]).column("outcome").to_pylist()
    return dict(Counter(rows))


def test_look_up_says_where(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.register(1, {"song.flac": file_of(song(1, 16))})
    file = tmp_path / "part.wav"
    file.write_bytes(file_of(song(1, 16)[3 * RATE : 13 * RATE], kind="WAV"))

    found = look_up(world.home, str(file), None, None)

    assert found.understood.endswith("part.wav, a sound")
    assert [work.how for work in found.works] == ["0:00 to 0:10 is 0:03 to 0:13 of the work"]


@pytest.mark.parametrize(("seconds", "shown"), [(0, "0:00"), (75, "1:15"), (3_600, "1:00:00"), (36_061, "10:01:01")])
def test_the_clock(seconds: int, shown: str) -> None:
    assert sounds.clock(seconds) == shown
