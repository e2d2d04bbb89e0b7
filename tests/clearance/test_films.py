"""Films are found by their pictures in one order, and by their sound; what was not seen or heard is never cleared."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("cv2", reason="OpenCV is not installed")

from placet.clearance import films
from placet.clearance.judge import Judge, Judged
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.core.canonical import encode
from placet.core.profile import PROFILES
from placet.core.use import Use
from placet.errors import BadMedia, BadRecord, TooLarge
from placet.fingerprints import video_frames, video_sound
from placet.fingerprints.describe import describe
from placet.fingerprints.medium import medium_of
from placet.fingerprints.sheet import Sheet, format_sheet, parse_sheet
from placet.snapshot import match_video
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher
from placet.snapshot.match_video import FilmHit, grade
from tests.factories import NOW
from tests.fingerprints.films import film, scene
from tests.fingerprints.sounds import file_of, song
from tests.snapshot.world import a_world

SCENES = [scene(seed) for seed in range(12)]
OTHERS = [scene(seed) for seed in range(100, 112)]
FILM = film(SCENES)
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the program ffmpeg is not installed")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    world = a_world(tmp_path_factory.mktemp("films"))
    world.register(1, {"film.mp4": FILM, "song.flac": file_of(song(1, 16))})
    return world.library()


@pytest.fixture(autouse=True)
def _silent(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """These films have no sound; where the program is wanted, the test says so."""
    if "needs_program" not in request.fixturenames:
        monkeypatch.setattr(video_sound, "sound_of", lambda _: None)


@pytest.fixture
def needs_program() -> None:
    """The real program is run."""


def _judged(library: Library, data: bytes) -> Judged:
    ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["eu-art4"],), at=NOW)
    (judged,) = Judge(Matcher(library), ask).judge([Row(key="row", parts=(Part("a", medium_of(data, "a"), data),))])
    return judged


def _answer(judged: Judged) -> tuple[str, str | None]:
    return judged.decisions[0].outcome.value, judged.best.kind.value if judged.best else None


def _smaller(picture: Any) -> Any:
    import cv2

    return cv2.resize(picture, (128, 86), interpolation=cv2.INTER_AREA)


def _bordered(picture: Any) -> Any:
    return np.pad(picture, ((32, 32), (0, 0), (0, 0)))


@pytest.mark.parametrize(
    "copy",
    [
        film(SCENES, codec="MJPG", suffix="avi"),
        film(SCENES, change=_smaller),
        film(SCENES, change=_bordered),
        film(SCENES[3:10]),
        film([*OTHERS[:3], *SCENES[2:9], *OTHERS[3:5]]),
    ],
    ids=["re-encoded", "smaller", "on black bars", "an excerpt", "inside another"],
)
def test_copies_are_reserved(library: Library, copy: bytes) -> None:
    assert _answer(_judged(library, copy)) == ("reserved", "STRONG")


def test_an_excerpt_is_told_by_the_clock(library: Library) -> None:
    from placet.clearance import sounds

    judged = _judged(library, film([*OTHERS[:3], *SCENES[4:11]]))

    assert judged.best is not None
    (heard, _), (known, _) = sounds.places(judged.best.detail)
    assert (heard, known) == ("0:03", "0:04")
    assert not judged.best.whole


def test_strangers_are_cleared_and_a_shared_title_card_is_not_a_copy(library: Library) -> None:
    assert _answer(_judged(library, film(OTHERS))) == ("cleared", None)
    assert _answer(_judged(library, film([SCENES[0], *OTHERS]))) == ("cleared", None)
    assert _answer(_judged(library, film([*OTHERS[:8], *SCENES[:2]]))) == ("unclear", "VERIFY")


def test_the_same_pictures_in_another_order_are_no_copy(library: Library) -> None:
    shuffled = _judged(library, film([*SCENES[::-1][:9], *OTHERS]))

    assert _answer(shuffled)[0] != "reserved"


@pytest.mark.parametrize(
    "data", [FILM[: len(FILM) // 2], FILM[:40] + bytes(2_000), b"\x1a\x45\xdf\xa3" + bytes(99), b"RIFF\0\0\0\0AVI LIST"]
)
def test_what_cannot_be_decoded_is_unclear(library: Library, data: bytes) -> None:
    judged = _judged(library, data)

    assert judged.row.parts[0].kind is PartKind.VIDEO
    assert judged.decisions[0].outcome == "unclear"
    assert {problem.reason for problem in judged.problems} == {"media.unreadable"}


def test_a_film_is_held_to_its_limits() -> None:
    with pytest.raises(TooLarge, match="pixels"):
        video_frames.compute(FILM, registered=False, limits=video_frames.Limits(max_side=100))
    with pytest.raises(TooLarge, match="limit"):
        video_frames.compute(FILM, registered=False, limits=video_frames.Limits(max_seconds=3))


def test_without_the_package_or_the_program_nothing_is_cleared(
    library: Library, monkeypatch: pytest.MonkeyPatch, needs_program: None
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    unheard = _judged(library, film(OTHERS))
    monkeypatch.setitem(sys.modules, "cv2", None)
    unseen = _judged(library, FILM + b"\0")

    assert _answer(unheard) == ("unclear", None)
    assert "its sound was not compared" in unheard.problems[0].why
    assert _answer(unseen) == ("unclear", None)
    assert "placet[video]" in unseen.problems[0].why
    assert "not read" in films.rule()


@needs_ffmpeg
def test_a_song_is_found_in_a_film(library: Library, tmp_path: Path, needs_program: None) -> None:
    (tmp_path / "a.mp4").write_bytes(film(OTHERS))
    (tmp_path / "a.flac").write_bytes(file_of(song(1, 16)[2 * 11_025 : 14 * 11_025]))
    inputs = ["-i", tmp_path / "a.mp4", "-i", tmp_path / "a.flac", "-map", "0:v", "-map", "1:a"]
    command = ["ffmpeg", "-v", "error", *inputs, "-c:v", "copy", "-c:a", "aac", tmp_path / "b.mp4"]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)

    silent = _judged(library, film(OTHERS))
    sung = _judged(library, (tmp_path / "b.mp4").read_bytes())

    assert _answer(silent) == ("cleared", None)
    assert _answer(sung) == ("reserved", "STRONG")
    with pytest.raises(BadMedia, match="program ffmpeg"):
        video_sound.sound_of(b"\x1a\x45\xdf\xa3 no film")


def test_a_sheet_brings_a_film_back_and_forged_ones_are_refused() -> None:
    prints = video_frames.compute(FILM, registered=True)

    back = parse_sheet(format_sheet(Sheet(plh={}, film=prints))).film

    assert back is not None
    assert back.hashes.tolist() == prints.hashes.tolist()
    assert back.times.tolist() == prints.times.tolist()
    told = {"hashes": "00" * 64, "times": "0100000000000000", "length": 9}
    for forged in (
        told,
        told | {"times": "00" * 4},
        told | {"times": "ff" * 8},
        told | {"length": -1},
        {"hashes": "0"},
    ):
        with pytest.raises(BadRecord):
            parse_sheet(encode({"v": 1, "video-plh/1": forged}))


def test_a_film_of_one_picture_is_told_that_it_is_weak() -> None:
    assert describe(FILM, "film.mp4").weakness == ""
    assert "few different pictures (1)" in describe(film(SCENES[:1] * 4), "film.mp4").weakness


def _hit(frames: int, share: float, of_work: float = 0.1) -> FilmHit:
    return FilmHit(work=0, frames=frames, share=share, of_work=of_work, heard=(0, 9), known=(0, 9))


def test_the_grades() -> None:
    assert [grade(_hit(4, 0.5)), grade(_hit(4, 0.1, 0.5)), grade(_hit(7, 0.3))] == ["strong", "strong", "verify"]
    assert grade(_hit(8, 0.1)) == "strong"
    assert [grade(_hit(2, 0.1)), grade(_hit(1, 0.8)), grade(_hit(1, 0.7))] == ["verify", "verify", "none"]
    assert match_video.SURE_FRAMES == 4
