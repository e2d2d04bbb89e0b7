"""`--effort thorough`: parts of works are found, a yes to a part opens nothing beside it, no crowd loosens anything."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from placet.clearance.judge import Judge, Judged
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.clearance.thorough import effort_named, rules, told
from placet.core.decision import Outcome
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.use import Use
from placet.errors import BadRecord, MissingExtra
from placet.fingerprints import image_local
from placet.fingerprints.describe import describe
from placet.fingerprints.image_local import Features, describe_corners, find_corners
from placet.registry.compose import NewWork, Wish
from placet.snapshot.library import Library
from placet.snapshot.local import SHORTLIST, Corners, compare
from placet.snapshot.match import Matcher, MatchKind
from tests.factories import NOW, a_key, check_identity, works_of
from tests.fingerprints.pictures import scene, shared
from tests.snapshot.world import World, a_world, jpeg

pytest.importorskip("cv2", reason="local features need OpenCV (extra `thorough`)")


def register(world: World, by: int, picture: Image.Image, stance: Stance, **shown: bool) -> str:
    """A picture by the numbered party, with what it lets others see."""
    described = describe(jpeg(picture), "work.jpg", **shown)
    composer = world.home.composer(a_key(by))
    ids = composer.register([NewWork(record=described.record, sheet=described.sheet, title=None, thumb=b"")])
    composer.declare(works_of(ids), Wish(uses=(Use.TRAIN,), stance=stance, start=NOW - 100))
    world.home.log.append(composer.submission())
    if stance is Stance.ALLOW:
        check_identity(world.home, by)
    return ids[0]


def judged(
    library: Library, picture: Image.Image | bytes, effort: str = "thorough", profile: str = "eu-art4"
) -> Judged:
    ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES[profile],), at=NOW, effort=effort)
    data = picture if isinstance(picture, bytes) else jpeg(picture, 80)
    row = Row(key="row", parts=(Part("a.jpg", PartKind.IMAGE, data),))
    (answer,) = Judge(Matcher(library, effort_named(effort)), ask).judge([row])
    return answer


def drawn(seed: int) -> Image.Image:
    return Image.fromarray(scene(seed)).convert("RGB")


def corners_of(works: list[Features]) -> Corners:
    """The look-up over nothing but these works' corners."""
    arrays = {
        "image-orb.hash": np.concatenate([each.words for each in works]),
        "image-orb.place": np.concatenate([each.places for each in works]),
        "image-orb.work": np.repeat(np.arange(len(works), dtype=np.uint32), [len(each) for each in works]),
    }
    return Corners(cast(Library, SimpleNamespace(arrays=arrays, folder=Path("snapshot"))))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Four pictures with their corners: refused, allowed, refused, refused."""
    world = a_world(tmp_path_factory.mktemp("thorough"))
    for seed, stance in ((1, Stance.RESERVE), (2, Stance.ALLOW), (3, Stance.RESERVE), (4, Stance.RESERVE)):
        register(world, seed, drawn(seed), stance, local=True)
    return world.library()


def beside(one: Image.Image, other: Image.Image) -> Image.Image:
    sheet = Image.new("RGB", (one.width + other.width, one.height))
    sheet.paste(one, (0, 0))
    sheet.paste(other, (one.width, 0))
    return sheet


EDITS = {
    "cropped": lambda picture: picture.crop((70, 60, 430, 350)),
    "turned": lambda picture: picture.rotate(15, Image.Resampling.BICUBIC),
    "on its side": lambda picture: picture.transpose(Image.Transpose.ROTATE_90),
    "cropped and mirrored": lambda picture: picture.crop((40, 30, 460, 380)).transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    "beside a stranger's": lambda picture: beside(drawn(9), picture),
    "captioned": lambda picture: beside(picture.rotate(90, expand=True), Image.new("RGB", (90, 500), "white")),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_part_of_a_refused_work_is_refused(library: Library, edit: str) -> None:
    answer = judged(library, EDITS[edit](drawn(1)))

    assert answer.decisions[0].outcome is Outcome.RESERVED
    assert answer.best is not None
    assert answer.best.work == 0
    assert answer.best.kind in (MatchKind.CONFIRMED, MatchKind.STRONG)
    assert not answer.best.whole


def test_what_is_found_thoroughly_is_not_found_at_a_glance(library: Library) -> None:
    assert judged(library, EDITS["cropped"](drawn(1)), "exact").decisions[0].outcome is Outcome.CLEARED


def test_a_stranger_matches_nothing(library: Library) -> None:
    for seed in range(20, 26):
        answer = judged(library, drawn(seed))

        assert answer.matches == ()
        assert not answer.problems


@pytest.mark.parametrize("edit", ["cropped", "beside a stranger's"])
def test_a_yes_to_a_part_opens_nothing_beside_it(library: Library, edit: str) -> None:
    whole, part = (judged(library, each, profile="consent") for each in (drawn(2), EDITS[edit](drawn(2))))

    assert whole.decisions[0].outcome is Outcome.CLEARED
    assert part.best is not None
    assert part.best.kind.certain
    assert part.decisions[0].outcome is Outcome.SILENT


def test_a_refusal_in_a_collage_outweighs_the_yes_beside_it(library: Library) -> None:
    answer = judged(library, beside(drawn(2), drawn(3)))

    assert {match.work for match in answer.matches if match.kind.certain} == {1, 2}
    assert answer.decisions[0].outcome is Outcome.RESERVED


@pytest.mark.parametrize("corners", [9, 8, 7])
def test_a_strong_resemblance_leaves_the_row_unclear(library: Library, monkeypatch: Any, corners: int) -> None:
    found = compare(find_corners(scene(1)), describe_corners(scene(1)))
    monkeypatch.setattr(Corners, "find", lambda *_: ((replace(found, corners=corners),), False))

    answer = judged(library, drawn(30))

    assert answer.matches[0].kind is MatchKind.VERIFY
    assert answer.decisions[0].outcome is Outcome.UNCLEAR


def test_a_weak_resemblance_is_told_and_decides_nothing(library: Library, monkeypatch: Any) -> None:
    found = compare(find_corners(scene(1)), describe_corners(scene(1)))
    monkeypatch.setattr(Corners, "find", lambda *_: ((replace(found, corners=5),), False))

    answer = judged(library, drawn(30))

    assert answer.matches[0].kind is MatchKind.POSSIBLE
    assert answer.decisions[0].outcome is Outcome.CLEARED


def test_a_crowd_that_copies_her_corners_hides_nothing() -> None:
    hers, asked = find_corners(scene(1)), describe_corners(scene(1)[40:360, 60:440])
    alone = corners_of([hers])
    assert alone.find(asked)[0][0].confirmed
    assert not alone.find(asked)[1]

    found, capped = corners_of([*[hers] * (SHORTLIST + 1), hers]).find(asked)

    assert capped
    assert len(found) <= SHORTLIST


def test_corners_of_one_value_crowd_nobody_out_in_silence() -> None:
    hers, asked = find_corners(scene(1)), describe_corners(scene(1)[40:360, 60:440])
    forged = [Features(np.repeat(hers.words[at : at + 1], 64, axis=0), hers.places) for at in range(len(hers))]

    found, capped = corners_of([*forged * 12, hers]).find(asked)

    assert capped or any(seen.work == len(forged) * 12 and seen.confirmed for seen in found)


def test_pictures_of_noise_and_their_likes_confirm_nothing() -> None:
    works = corners_of([find_corners(scene(seed)) for seed in range(40)])

    for seed in range(100, 112):
        found, capped = works.find(describe_corners(scene(seed)))

        assert not any(seen.confirmed for seen in found)
        assert not capped


def test_a_work_with_more_corners_than_are_registered_is_refused() -> None:
    twice = find_corners(scene(1))
    many = Features(np.concatenate([twice.words] * 2), np.concatenate([twice.places] * 2))

    with pytest.raises(BadRecord, match="more than 64 corners"):
        corners_of([many])


@pytest.mark.parametrize("data", [jpeg(Image.new("RGB", (1, 1))), jpeg(Image.new("RGB", (300, 200), "grey"))])
def test_nothing_is_found_in_a_flat_picture(library: Library, data: bytes) -> None:
    answer = judged(library, data)

    assert answer.matches == ()
    assert answer.decisions[0].outcome is Outcome.CLEARED


def test_a_picture_that_is_not_here_is_unclear(library: Library) -> None:
    ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES["eu-art4"],), at=NOW, effort="thorough")
    judge = Judge(Matcher(library, "thorough"), ask)
    kept: list[Any] = []
    list(judge.judge([Row(key="row", parts=(Part("a.jpg", PartKind.IMAGE, jpeg(drawn(7))),))], keep=kept.extend))
    (seen,) = kept
    bare = replace(seen.row, parts=(Part("", PartKind.IMAGE, b""),))

    (answer,) = judge.judge_seen([replace(seen, row=bare, matches=[], doubts=[])])

    assert answer.decisions[0].outcome is Outcome.UNCLEAR
    assert [problem.reason for problem in answer.problems] == ["prints.lacking"]


def test_without_corners_in_the_snapshot_it_says_so_and_looks_at_halves(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    register(world, 1, drawn(1), Stance.RESERVE)
    library = world.library()

    half, crop = judged(library, beside(drawn(9), drawn(1))), judged(library, EDITS["cropped"](drawn(1)))

    assert half.decisions[0].outcome is Outcome.RESERVED
    assert crop.decisions[0].outcome is Outcome.CLEARED
    assert "holds no corners" in told("thorough", library)
    assert rules("thorough", library)["parts"].endswith("the snapshot holds none")
    assert told("exact", library) == ""
    assert rules("exact", library) == {}


def test_corners_are_not_passed_over_where_nothing_computes_them(library: Library, monkeypatch: Any) -> None:
    monkeypatch.setattr(image_local, "is_there", lambda: False)

    with pytest.raises(MissingExtra, match=r"placet\[thorough\]"):
        rules("thorough", library)


def test_registered_windows_are_found_as_copies(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    register(world, 1, drawn(1), Stance.RESERVE, crops=True)

    answer = judged(world.library(), drawn(1).crop((50, 40, 450, 360)), "exact")

    assert answer.decisions[0].outcome is Outcome.RESERVED
    assert answer.best is not None
    assert answer.best.detail.startswith("crop-80-11")


@pytest.mark.slow
def test_one_process_or_two_decide_the_same(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    for seed in (1, 2, 3):
        register(world, seed, drawn(seed), Stance.RESERVE, local=True)
    snapshot, dataset = world.snapshot(), tmp_path / "dataset"
    dataset.mkdir()
    for number, edit in enumerate(EDITS.values()):
        (dataset / f"{number}.jpg").write_bytes(jpeg(edit(drawn(1 + number % 3)), 80))
    (dataset / "stranger.jpg").write_bytes(jpeg(drawn(40)))

    outs = [tmp_path / f"out{workers}" for workers in (1, 2)]
    for workers, out in zip((1, 2), outs, strict=True):
        cleared = world.clear(dataset, snapshot, out, effort="thorough", workers=workers)

    one, two = ((out / "decisions.parquet").read_bytes() for out in outs)
    assert one == two
    assert "CONFIRMED at 10" in cleared.plan.rules["parts"]
    assert pq.read_table(outs[0] / "decisions.parquet").column("outcome").to_pylist().count("reserved") == len(EDITS)
    page = (outs[0] / "report.html").read_text(encoding="utf-8")
    assert "corners lie as in the work" in page
    assert "CONFIRMED: a part of the work" in page


@pytest.mark.skipif(shared() is None, reason="needs the real pictures of ../shared")
@pytest.mark.parametrize("held", ["starry_night.jpg", "starry_night_google.jpg"])
def test_the_two_scans_of_the_starry_night_are_joined(held: str) -> None:
    from placet.fingerprints.decode import read_luma

    root = cast(Path, shared()) / "data" / "images"
    other = {"starry_night.jpg", "starry_night_google.jpg"} - {held}
    one, two = (read_luma((root / name).read_bytes()).upright for name in (held, *other))

    (seen, *_), capped = corners_of([find_corners(one), find_corners(scene(5))]).find(describe_corners(two))

    assert seen.work == 0
    assert seen.confirmed
    assert not capped
