"""What the registry answers is the same of either database, now and as of any size."""

from __future__ import annotations

import pytest

from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.log.fsck import check_log as check_files
from placet.registry.admission import check_signature
from placet.registry.contents import check_contents
from placet.store.database import open_database, sqlite_url
from placet.store.fsck import rebuild_database
from placet.store.registry import SqlRegistry
from tests.factories import a_composer, a_home, a_wish, a_work, check_log, policy_of, reserve, works_of

# As bytes they sort otherwise than in any language.
ADDRESSES = ["a", "B", "_", "Z", "é", "z", "É", "10", "9", "%", "\\", "'", '"', "漢", "😀"]


def fill(home):
    """Three parties, who say something about works and about addresses, and take some of it back."""
    ids = reserve(home, *range(1, 8))
    reserve(home, 8, by=2)
    composer = a_composer(home, 3, name="Zoë Öst")
    addresses = [Subject(Kind.URL, f"https://maker.example/{name}") for name in ADDRESSES]
    longest = Subject(Kind.URL, "https://x.example/".ljust(2044, "~"))
    composer.declare([*addresses, longest], a_wish(Stance.LICENSE, uses=(Use.MINE, Use.TRAIN), terms="“ask”"))
    home.log.append(composer.submission())
    composer = a_composer(home, 1)
    composer.withdraw(next(home.registry.spoken()), works_of(ids[2:4]))
    home.log.append(composer.submission())
    return ids


def seen(registry, size=None):
    return registry.parties(size), list(registry.works(size)), list(registry.spoken(size))


@pytest.fixture
def home(tmp_path, url):
    home = a_home(tmp_path / "home")
    home.database = url
    yield home
    home.engine.dispose()


@pytest.fixture
def model(tmp_path):
    """The same record in a file."""
    home = a_home(tmp_path / "model")
    fill(home)
    yield home
    home.engine.dispose()


def test_the_same_record_has_the_same_rows_in_the_same_order(home, model):
    fill(home)

    assert home.registry.dump() == model.registry.dump()
    assert check_log(home).entries == check_log(model).entries
    for size in (None, *range(home.log.published().size + 1)):
        assert seen(home.registry, size) == seen(model.registry, size)


def test_a_rebuild_changes_no_row(home):
    fill(home)
    before = home.registry.dump()
    sound = check_files(home.path / "log", policy_of(home), check_signature, check_contents)

    rebuild_database(home.engine, sound, home.log_files)

    assert home.registry.dump() == before
    assert check_log(home) == sound


def test_a_record_moves_from_a_file_to_this_database_and_back(model, url, tmp_path):
    sound = check_log(model)
    engines = [open_database(each) for each in (url, sqlite_url(tmp_path / "back.db"))]

    for engine in engines:
        rebuild_database(engine, sound, model.log_files)

    assert all(SqlRegistry(engine).dump() == model.registry.dump() for engine in engines)
    for engine in engines:
        engine.dispose()


def test_works_and_words_are_found_by_the_beginning_of_their_names(home):
    ids = fill(home)
    first, *_ = said = list(home.registry.spoken())
    registry = home.registry

    assert [work.id for work in registry.works_like("id", ids[1][:8].upper())] == [ids[1]]
    assert [work.id for work in registry.works_like("sha256", a_work(1).record.sha256)] == [ids[0]]
    assert len(registry.works_like("by", first.by)) == 7
    assert registry.works_like("id", "%") == registry.works_like("id", "_" * 32) == []
    assert registry.spoken_by_id(first.id[:10].upper()) == registry.spoken_by_id(f"#{first.index}") == [first]
    for nothing in ("%", "#", "#²", "#-1", "#" + "9" * 18, "#" + "9" * 40):
        assert registry.spoken_by_id(nothing) == []
    assert registry.spoken_about(works_of(ids)[2]) == [first, said[-1]]
    assert registry.spoken_about(Subject(Kind.URL, "https://maker.example/É")) == [said[2]]
    assert registry.spoken_about(Subject(Kind.URL, "https://maker.example/e")) == []
    assert registry.last_of(first.by) == said[-1].id
    assert registry.last_of("nobody") == ""
    everything = {subject for word in registry.spoken() for subject in word.subjects}
    stranger = Subject(Kind.URL, "https://nobody.example/")
    together = registry.spoken_about_all([*everything, stranger])
    assert together == {subject: registry.spoken_about(subject) for subject in everything}
