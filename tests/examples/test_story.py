"""The demo's material is the same every time, visible to the fingerprints, and labelled truly."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from examples.story import photographs as wheel
from examples.story.cast import CAST, lay_out, strangers, strangers_texts
from examples.story.crawl import Truth, make_crawl
from examples.story.draw import DRAWINGS, draw
from placet.fingerprints import image_plh, text_winnow

_STRONG, _CLEARLY_OTHER = 31, 46


def _luma(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"))


def _letters(text: str) -> str:
    points, _ = text_winnow.normalise(text)
    return "".join(map(chr, points))


def _make(folder: Path) -> tuple[Path, Path, list[Truth]]:
    lay_out(folder / "makers", {})
    return folder / "makers", folder / "crawl", make_crawl(folder / "makers", strangers({}), folder / "crawl")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[Truth]]:
    return _make(tmp_path_factory.mktemp("story"))


def _bytes_of(crawl: Path, row: Truth) -> bytes:
    if row.unit.endswith(".tar"):
        with tarfile.open(crawl / row.unit) as shard:
            member = shard.extractfile(f"{row.row}.jpg")
            assert member is not None
            return member.read()
    return (crawl / row.row).read_bytes()


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_drawing_has_detail_enough_to_be_found_again(name: str) -> None:
    luma = np.asarray(draw(name).convert("L"))

    assert image_plh.quality64(image_plh.reduce64(luma)) >= 50
    assert 900 <= max(luma.shape) <= 1400


def test_the_same_seed_draws_the_same_picture_and_another_seed_another() -> None:
    assert draw("garden-tiles", 4).tobytes() == draw("garden-tiles", 4).tobytes()
    assert draw("garden-tiles", 4).tobytes() != draw("garden-tiles", 5).tobytes()


def test_every_maker_has_pictures_texts_and_a_wish_of_her_own() -> None:
    assert len({maker.stance for maker in CAST}) == len(CAST) == 3
    assert all(maker.drawings and maker.texts for maker in CAST)


def test_a_crawl_made_twice_is_the_same_to_the_byte(story: tuple[Path, Path, list[Truth]], tmp_path: Path) -> None:
    _, crawl, truth = story

    _, again, second = _make(tmp_path)

    files = {path.relative_to(crawl): path.read_bytes() for path in crawl.rglob("*") if path.is_file()}
    assert second == truth
    assert files == {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()}


def test_every_taken_picture_is_near_its_own_and_every_strangers_is_far_from_all(
    story: tuple[Path, Path, list[Truth]],
) -> None:
    makers, crawl, truth = story
    known = {
        path.relative_to(makers).as_posix(): [p.value for p in image_plh.variants(_luma(path.read_bytes()))]
        for path in makers.glob("*/*.jpg")
    }

    for row in (row for row in truth if row.unit != "docs.jsonl"):
        seen = image_plh.compute(_luma(_bytes_of(crawl, row)))
        near = {name: min(image_plh.distance(seen, one) for one in ones) for name, ones in known.items()}
        nearest = min(near, key=lambda name: near[name])

        if row.piece is None:
            assert near[nearest] >= _CLEARLY_OTHER, row
        else:
            assert (nearest, near[nearest] <= _STRONG) == (row.piece, True), row


def test_every_quotation_shares_a_long_passage_with_its_own_text_alone(
    story: tuple[Path, Path, list[Truth]],
) -> None:
    makers, crawl, truth = story
    texts = {
        path.relative_to(makers).as_posix(): _letters(path.read_text(encoding="utf-8"))
        for path in makers.glob("*/*.txt")
    }
    posts = [json.loads(line)["text"] for line in (crawl / "docs.jsonl").read_text(encoding="utf-8").splitlines()]

    for row in (row for row in truth if row.unit == "docs.jsonl"):
        post = _letters(posts[int(row.row)])
        sharing = [
            name
            for name, text in texts.items()
            if any(text[start : start + 63] in post for start in range(len(text) - 62))
        ]

        assert sharing == ([row.piece] if row.piece else []), row


def test_the_loot_has_a_shard_loose_files_and_posts_and_names_no_row_twice(
    story: tuple[Path, Path, list[Truth]],
) -> None:
    _, _, truth = story

    assert 48 <= len(truth) <= 80
    assert len({(row.unit, row.row) for row in truth}) == len(truth)
    assert {row.unit.partition("/")[0] for row in truth} == {"images", "loose", "docs.jsonl"}
    assert len(strangers_texts()) == 12


def test_somebody_who_only_writes_has_a_crawl_too(tmp_path: Path) -> None:
    (tmp_path / "makers" / "you").mkdir(parents=True)
    (tmp_path / "makers" / "you" / "a.txt").write_text("The lamps of the harbour were lit, one for each boat. " * 20)

    truth = make_crawl(tmp_path / "makers", strangers({}), tmp_path / "crawl")

    assert {row.piece for row in truth} == {None, "you/a.txt"}


def test_photographs_are_read_out_of_a_wheel_that_lies_in_the_cache(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "scikit_image-9.9-py3-none-any.whl", "w") as archive:
        archive.writestr("skimage/data/coffee.png", b"picture")
        archive.writestr("skimage/data/elsewhere.png", b"other")

    assert wheel.photographs(tmp_path) == {"coffee.png": b"picture"}


def test_without_the_wheel_the_story_says_so_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(wheel, "_download", lambda cache: None)

    assert wheel.photographs(tmp_path, said.append) == {}
    assert len(said) == 1
    assert "goes on with the drawings" in said[0]
