"""Reserve: each work once, one wish about all of it, and never a work without its wish."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest

from placet.app import Home
from placet.core import PRESETS, Kind, Stance, Subject
from placet.log.sequencer import Submission
from placet.registry.compose import Wish
from placet.registry.reserve import Choice, NothingYet, Order, Report, Write, reserve
from placet.registry.speaker import Speaker
from placet.signing.keys import Key, Role, generate

ANA = generate(b"a" * 32, Role.PARTY)
BEN = generate(b"b" * 32, Role.PARTY)
NO = Wish(uses=PRESETS["ai"], stance=Stance.RESERVE, start=1_800_000_000)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home", now=lambda: 1_800_000_000)


def _files(folder: Path, *names: str) -> list[Path]:
    for name in names:
        (folder / name).write_text(f"{name}, at length and in words of its own. " * 30)
    return [folder / name for name in names]


def _reserve(
    home: Home, files: Iterable[Path], wish: Wish = NO, key: Key = ANA, subjects: tuple[Subject, ...] = ()
) -> Report:
    order = Order(files=files, subjects=subjects, wish=wish, choice=Choice(), speaker=Speaker(key=key.public.hex()))
    return reserve(order, home.registry, home.random, partial(home.submit, key), lambda _, __: None)


def test_every_work_in_the_record_has_its_wish_there(home: Home, tmp_path: Path) -> None:
    report = _reserve(home, _files(tmp_path, "a.txt", "b.txt", "c.txt"))

    (said,) = home.registry.spoken()
    assert {subject.id for subject in said.subjects} == {row.work for row in report.rows}
    assert said.stance is Stance.RESERVE


def test_the_same_order_twice_writes_once(home: Home, tmp_path: Path) -> None:
    files = _files(tmp_path, "a.txt", "b.txt")
    first = _reserve(home, files)

    second = _reserve(home, files)

    assert second.indexes == []
    assert (second.new, second.again, second.said) == (0, 2, 2)
    assert [row.work for row in second.rows] == [row.work for row in first.rows]


@pytest.mark.parametrize(
    "change",
    [
        {"stance": Stance.ALLOW},
        {"until": 1_900_000_000},
        {"territory": ("FR",)},
        {"agent": "bot"},
        {"terms": "Ask me."},
    ],
)
def test_another_wish_is_said_about_the_same_works(home: Home, tmp_path: Path, change: dict[str, object]) -> None:
    files = _files(tmp_path, "a.txt")
    _reserve(home, files)
    other = Wish(**({"uses": NO.uses, "stance": NO.stance, "start": NO.start} | change))  # type: ignore[arg-type]

    first, second = _reserve(home, files, other), _reserve(home, files, other)

    assert (first.new, len(first.indexes)) == (0, 1)
    assert second.indexes == []


def test_what_was_taken_back_is_said_again(home: Home, tmp_path: Path) -> None:
    files = _files(tmp_path, "a.txt")
    _reserve(home, files)
    (said,) = home.registry.spoken()
    home.submit(ANA, lambda composer: composer.withdraw(said))

    assert len(_reserve(home, files).indexes) == 1


def test_another_maker_registers_a_claim_of_her_own(home: Home, tmp_path: Path) -> None:
    files = _files(tmp_path, "a.txt")
    first = _reserve(home, files)

    second = _reserve(home, files, key=BEN)

    assert second.new == 1
    assert second.rows[0].others == 1
    assert second.rows[0].work != first.rows[0].work


def test_a_run_that_dies_between_batches_is_finished_by_the_next(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("placet.registry.reserve.MOST_WORKS", 2)
    files = _files(tmp_path, "a.txt", "b.txt", "c.txt", "d.txt", "e.txt")
    calls: list[int] = []

    def dies(write: Write) -> tuple[Submission, list[int]]:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return home.submit(ANA, write)

    order = Order(files=files, subjects=(), wish=NO, choice=Choice(), speaker=Speaker(key=ANA.public.hex()))
    with pytest.raises(KeyboardInterrupt):
        reserve(order, home.registry, home.random, dies, lambda _, __: None)
    report = _reserve(home, files)

    assert (report.again, report.new) == (2, 3)
    spoken_of = {subject.id for said in home.registry.spoken() for subject in said.subjects}
    assert spoken_of == {work.id for work in home.registry.works()}
    assert len(spoken_of) == 5


def test_files_are_read_one_at_a_time_as_they_are_needed(home: Home, tmp_path: Path) -> None:
    first, second = _files(tmp_path, "a.txt", "b.txt")

    def files() -> Iterable[Path]:
        yield first
        first.unlink()
        yield second

    assert _reserve(home, files()).new == 2


def test_a_file_that_went_away_is_told_and_the_rest_goes_on(home: Home, tmp_path: Path) -> None:
    (there,) = _files(tmp_path, "a.txt")

    report = _reserve(home, [tmp_path / "gone.txt", there])

    assert report.new == 1
    assert report.unread == [f"{tmp_path / 'gone.txt'} could not be read: No such file or directory"]


def test_looking_alone_needs_no_key_and_writes_nothing(home: Home, tmp_path: Path) -> None:
    url = Subject(Kind.URL, "https://ana.example/")
    order = Order(files=_files(tmp_path, "a.txt"), subjects=[url], wish=NO, choice=Choice(), speaker=Speaker())

    report = reserve(order, NothingYet(), home.random, None, lambda _, __: None)

    assert (report.new, report.subjects, report.indexes) == (1, [url], [])
    assert not home.path.exists()


def test_each_batch_is_receipted_before_the_next_is_taken(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("placet.registry.reserve.MOST_WORKS", 1)
    steps: list[str] = []

    def take(write: Write) -> tuple[Submission, list[int]]:
        steps.append("take")
        return home.submit(ANA, write)

    order = Order(
        files=_files(tmp_path, "a.txt", "b.txt"),
        subjects=(),
        wish=NO,
        choice=Choice(),
        speaker=Speaker(key=ANA.public.hex()),
    )
    reserve(order, home.registry, home.random, take, lambda _, __: steps.append("keep"))

    assert steps == ["take", "keep", "take", "keep"]
