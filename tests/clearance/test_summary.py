"""From a finished run to the values of its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from placet.clearance.certificate import total
from placet.clearance.engine import finished
from placet.clearance.plan import parse_plan
from placet.clearance.report import Report, render
from placet.clearance.summary import Circumstances, summarise
from placet.core.decision import Outcome
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.desk import limits
from placet.snapshot.library import open_library
from tests.snapshot.datasets import write_folder
from tests.snapshot.world import World, a_world, jpeg, picture, prose


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = a_world(tmp_path)
    world.register(1, {"no.jpg": jpeg(1)}, Stance.RESERVE, titles=True, thumbs=True)
    world.register(2, {"yes.jpg": jpeg(2)}, Stance.ALLOW)
    world.register(1, {"no.txt": prose(1).encode()}, Stance.RESERVE)
    write_folder(
        tmp_path / "crawl",
        {
            "a.jpg": jpeg(2, 60),
            "b.jpg": jpeg(1, 60),
            "c.txt": f"so {prose(1)[200:900]} on".encode(),
            "d.jpg": b"none",
            "e.jpg": jpeg(9),
        },
    )
    return world


def _report(world: World, original: Any = lambda _: None, **asked: Any) -> Report:
    folder = world.home.path.parent
    snapshot, out = world.snapshot(), folder / "out"
    world.clear(folder / "crawl", snapshot, out, **asked)
    plan = parse_plan((out / "plan.json").read_bytes())
    totals = total(plan, finished(plan, out))
    around = Circumstances(trust="trusted", seconds=1.5, original=original)
    return summarise(plan, totals, open_library(snapshot), out, around)


def test_the_report_counts_what_was_decided(world: World) -> None:
    report = _report(world)

    (tally,) = report.tallies
    assert dict(tally.outcomes) == {
        Outcome.CLEARED: 2,
        Outcome.UNSETTLED: 0,
        Outcome.SILENT: 0,
        Outcome.LICENCE: 0,
        Outcome.UNCLEAR: 1,
        Outcome.RESERVED: 2,
    }
    assert (report.rows, report.bytes_sent, report.problems_found) == (5, 0, 1)
    assert sum(rows for _, rows in report.distances) == 2


def test_refusals_stand_first_with_maker_title_and_entry(world: World) -> None:
    report = _report(world)

    first, second = report.pairs
    assert (first.row, first.outcome, first.work.title, first.work.maker) == (
        "b.jpg",
        Outcome.RESERVED,
        "no.jpg",
        "maker 1",
    )
    assert (second.row, second.outcome, second.work.title) == ("a.jpg", Outcome.CLEARED, None)
    (passage,) = report.passages
    assert passage.before.startswith("so ")
    assert passage.letters > 300


def test_a_published_thumbnail_is_shown_and_a_local_original_where_there_is_none(world: World) -> None:
    report = _report(world, original=lambda work: b"local")

    first, second = report.pairs
    assert first.registered is not None
    assert first.registered.startswith(b"\xff\xd8")
    assert second.registered == b"local"


def test_pictures_that_are_alike_and_not_joined_are_shown(world: World) -> None:
    from PIL import Image

    mixed = Image.blend(picture(1), picture(5), 0.42)
    world.register(3, {"mixed.jpg": jpeg(mixed)}, Stance.ALLOW, titles=True, thumbs=True)
    library = open_library(world.snapshot())

    pair = limits.nearest_unjoined(library, library.thumbnail)

    assert pair is not None
    assert {pair.left_name, pair.right_name} == {"no.jpg", "mixed.jpg"}
    assert 32 <= pair.distance <= 64
    assert limits.nearest_unjoined(library, lambda work: None) is None


def test_a_large_registry_is_not_compared_with_itself(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    library = open_library(world.snapshot())
    monkeypatch.setattr(limits, "_MOST_WORKS", 2)
    monkeypatch.setattr(limits, "_pairs", None)

    assert limits.nearest_unjoined(library, library.thumbnail) is None


def test_a_yes_that_does_not_count_is_shown_as_said_and_not_counted(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    ids = world.register(1, {"yes.jpg": jpeg(1)}, None)
    world.say(1, [Subject(Kind.WORK, ids["yes.jpg"])], Stance.ALLOW)
    write_folder(tmp_path / "crawl", {"a.jpg": jpeg(1, 60)})

    report = _report(world, profile="consent")

    (pair,) = report.pairs
    assert (pair.outcome, pair.reason) == (Outcome.SILENT, "silent.unheeded")
    assert (pair.work.stance, pair.work.voice) == (Stance.ALLOW, Voice.CLAIMED)
    html = render(report, "en")
    assert "(signed by a key; identity not checked) said yes, log entry 2. What was said does not count here" in html
