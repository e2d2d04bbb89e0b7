"""The acceptance: real works, changed as datasets change them, are found again; strangers are not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench import recall


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> tuple[recall.Trial, Path]:
    if not (recall.SHARED / "data" / "images").is_dir():
        pytest.skip(f"no real pictures and texts at {recall.SHARED}: set PLACET_SHARED to the folder that holds data/")
    folder = tmp_path_factory.mktemp("recall")
    return recall.run(folder, side=1024), folder


@pytest.mark.slow
def test_what_was_changed_is_found_again_and_as_what_it_is(trial: tuple[recall.Trial, Path]) -> None:
    total = trial[0].total()

    assert total.rows > 600
    assert total.recall >= 0.97
    assert total.detailed > 150
    assert total.detailed_recall >= 0.995
    assert all(score.recall >= 0.9 for name, score in trial[0].scores.items() if "200" not in name)


@pytest.mark.slow
def test_nothing_is_taken_for_another_and_little_is_unclear(trial: tuple[recall.Trial, Path]) -> None:
    total, strangers = trial[0].total(), trial[0].strangers

    assert strangers.rows > 150
    assert (total.wrong, strangers.wrong, trial[0].total(short=True).wrong) == (0, 0, 0)
    assert (total.unclear + strangers.unclear) / (total.rows + strangers.rows) <= 0.01


@pytest.mark.slow
def test_the_two_scans_of_one_painting_are_not_joined_and_the_report_says_so(
    trial: tuple[recall.Trial, Path],
) -> None:
    pair = trial[0].pair

    assert pair is not None
    assert {pair.left_name, pair.right_name} == {"starry_night.jpg", "starry_night_google.jpg"}
    assert 46 <= pair.distance <= 58  # 52 at full size
    page = (trial[1] / "out" / "report.html").read_text()
    assert re.search(r"starry_night\.jpg", page)
