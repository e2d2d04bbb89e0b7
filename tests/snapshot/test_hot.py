"""The hot form is remembered, answers as if it were built, and costs nothing but time where it does not hold."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from xxhash import xxh3_128_hexdigest

from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.fingerprints import text_winnow
from placet.fingerprints.decode import read_luma
from placet.fingerprints.image_plh import compute_fast
from placet.snapshot import hamming, hot, postings
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher
from tests.snapshot.world import a_world, jpeg, prose


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    world = a_world(tmp_path_factory.mktemp("hot"))
    world.register(1, {"one.jpg": jpeg(1), "two.jpg": jpeg(2), "song.txt": prose(3, 300).encode()})
    return world.library()


def _answers(library: Library, cache: Path | None) -> object:
    matcher = Matcher(library, "exact", cache)
    words, quality = compute_fast(read_luma(jpeg(1, 60), scale="fast").upright)
    text = matcher.text(text_winnow.compute(prose(3, 300)[200:900]))
    return matcher.pictures(words[None], [quality]), text


def _forbid(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("it was to be remembered, and is built again")

    monkeypatch.setattr(hamming, "build", never)
    monkeypatch.setattr(postings, "build", never)


def test_what_was_built_once_is_mapped_the_next_time_and_answers_the_same(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, first = _answers(library, None), _answers(library, tmp_path / "hot")

    _forbid(monkeypatch)
    again = _answers(library, tmp_path / "hot")

    assert plain == first == again
    assert len(list((tmp_path / "hot").iterdir())) == 2


def test_nothing_is_kept_of_a_snapshot_without_texts_and_pictures(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.register(1, {"tune.bin": b"\0tune" * 40})
    bare = world.library()

    assert _answers(bare, tmp_path / "hot") == _answers(bare, None)
    assert not (tmp_path / "hot").exists()


def _cut(path: Path) -> None:
    os.truncate(path / "ids", (path / "ids").stat().st_size - 4)


def _flip(path: Path) -> None:
    data = bytearray((path / "sketches").read_bytes())
    data[len(data) // 2] ^= 1
    (path / "sketches").write_bytes(data)


def _retell(path: Path, name: str, array: np.ndarray, **told: object) -> None:
    """As a forger would, with the sum that belongs to it."""
    (path / name).write_bytes(array.tobytes())
    index = json.loads((path / "hot.json").read_text())
    index[name] |= {"shape": list(array.shape), "xxh3": xxh3_128_hexdigest(array.tobytes())} | told
    (path / "hot.json").write_text(json.dumps(index))


def _mapped(path: Path, name: str) -> np.ndarray:
    told = json.loads((path / "hot.json").read_text())[name]
    return np.fromfile(path / name, told["dtype"]).reshape(told["shape"])


def _name_a_row_beyond(path: Path) -> None:
    ids = _mapped(path, "ids")
    ids[3, 0] = ids.shape[1]
    _retell(path, "ids", ids)


def _go_backwards(path: Path) -> None:
    offsets = _mapped(path, "offsets")
    offsets[0, 7] = offsets[0, -1] + 9
    _retell(path, "offsets", offsets)


def _be_fewer(path: Path) -> None:
    _retell(path, "ids", np.ascontiguousarray(_mapped(path, "ids")[:, 1:]))


BROKEN: dict[str, Callable[[Path], object]] = {
    "a file cut short": _cut,
    "a bit that fell over": _flip,
    "a row beyond the hashes": _name_a_row_beyond,
    "offsets that go backwards": _go_backwards,
    "fewer rows than hashes": _be_fewer,
    "floats in place of numbers": lambda path: _retell(path, "ids", _mapped(path, "ids"), dtype="<f4"),
    "a shape without end": lambda path: _retell(path, "ids", _mapped(path, "ids"), shape=[1 << 60, 1 << 60]),
    "a shape that is none": lambda path: _retell(path, "ids", _mapped(path, "ids"), shape="all"),
    "a file that is gone": lambda path: (path / "offsets").unlink(),
    "an index that is gone": lambda path: (path / "hot.json").unlink(),
    "an index that is noise": lambda path: (path / "hot.json").write_bytes(b"\xff{"),
    "an index of nothing": lambda path: (path / "hot.json").write_text("[]"),
    "an index without an array": lambda path: (path / "hot.json").write_text("{}"),
    "an index with more to tell": lambda path: _retell(path, "ids", _mapped(path, "ids"), owner="me"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_does_not_hold_is_built_again(library: Library, tmp_path: Path, name: str) -> None:
    cache = tmp_path / "hot"
    first = _answers(library, cache)
    (entry,) = cache.glob("hamming-*")
    whole = {path.name: path.read_bytes() for path in entry.iterdir()}

    BROKEN[name](entry)

    assert _answers(library, cache) == first
    assert {path.name: path.read_bytes() for path in entry.iterdir()} == whole


def test_a_directory_of_texts_that_leads_outside_is_built_again(library: Library, tmp_path: Path) -> None:
    cache = tmp_path / "hot"
    first = _answers(library, cache)
    (entry,) = cache.glob("postings-*")
    directory = _mapped(entry, "directory")

    directory[-1] += 1
    _retell(entry, "directory", directory)

    assert _answers(library, cache) == first
    assert _mapped(entry, "directory")[-1] == directory[-1] - 1


def test_another_content_of_the_arrays_is_another_entry(library: Library, tmp_path: Path) -> None:
    world = a_world(tmp_path, seed=1)
    world.register(1, {"one.jpg": jpeg(1)})
    _answers(library, tmp_path / "hot")

    other = _answers(world.library(), tmp_path / "hot")

    assert other != _answers(library, tmp_path / "hot")
    assert len(list((tmp_path / "hot").glob("hamming-*"))) == 2


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_costs_time_and_nothing_else(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hot, "_write", _full)

    answers = _answers(library, tmp_path / "hot")

    assert answers == _answers(library, None)
    assert not list((tmp_path / "hot").iterdir())


def test_the_last_room_of_a_disk_is_left_to_others(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1_000})
    monkeypatch.setattr(hot.shutil, "disk_usage", lambda _: usage)

    _answers(library, tmp_path / "hot")

    assert not list((tmp_path / "hot").iterdir())


def test_a_file_where_the_cache_should_be_costs_time_and_nothing_else(library: Library, tmp_path: Path) -> None:
    (tmp_path / "hot").write_text("mine")

    assert _answers(library, tmp_path / "hot") == _answers(library, None)
    assert (tmp_path / "hot").read_text() == "mine"


def test_the_cache_holds_the_last_used_and_nothing_of_runs_that_died(tmp_path: Path) -> None:
    cache = tmp_path / "hot"
    (cache / ".died").mkdir(parents=True)
    (cache / ".writes-now").mkdir()
    os.utime(cache / ".died", (0, 0))

    for number in range(12):
        hot.remembered(cache, f"k-{number:02}", lambda: np.arange(4, dtype=np.uint32), lambda a: {"ids": a}, dict)
        os.utime(cache / f"k-{number:02}", (number + 1, number + 1))

    assert sorted(path.name for path in cache.iterdir()) == [".writes-now", *(f"k-{n:02}" for n in range(4, 12))]


def test_words_about_works_alone_name_nothing_else(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.register(1, {"a.bin": b"\0a" * 40, "b.bin": b"\0b" * 40})

    library = world.library()

    assert library.words
    assert library.named == frozenset()
    assert library.heard_of_work(1)


def test_what_works_and_addresses_heard_is_the_same_word_by_word(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    ids = world.register(1, {"a.bin": b"\0a" * 40, "b.bin": b"\0b" * 40})
    url, other = Subject(Kind.URL, "https://her.example/a"), Subject(Kind.DOMAIN, "other.example")
    world.say(1, [Subject(Kind.WORK, ids["b.bin"]), url, other], Stance.LICENSE)
    world.say(1, [other], Stance.ALLOW)
    library = world.library()
    said = [each for word in library.words for each in word.declarations()]

    for row in range(len(library)):
        assert library.heard_of_work(row) == [each for each in said if each.subject == library.subject(row)]
    for subject in (url, other):
        assert set(library.heard_of(subject)) == {each for each in said if each.subject == subject}
    assert library.named == {url, other}
