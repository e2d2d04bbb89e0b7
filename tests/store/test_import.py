"""An export becomes a registry again in either database: the same rows, the same root, the same answers."""

from __future__ import annotations

import pytest

from placet.desk.exporting import export_record, import_record
from placet.desk.lookups import look_up
from placet.errors import Refused
from tests.cli.stage import everything
from tests.factories import a_home, check_log, reserve


@pytest.fixture
def theirs(tmp_path):
    home = a_home(tmp_path / "theirs")
    reserve(home, 1, 2)
    reserve(home, 3, by=2)
    export_record(home, tmp_path / "export")
    yield home
    home.engine.dispose()


@pytest.fixture
def ours(tmp_path, url):
    home = a_home(tmp_path / "ours")
    home.database = url
    yield home
    home.engine.dispose()


def bring_in(home, folder):
    return import_record(home, folder, folder / "log.policy")


def test_every_row_and_the_root_are_those_of_the_home_that_was_exported(theirs, ours, tmp_path):
    done = bring_in(ours, tmp_path / "export")

    assert (done.checkpoint.size, done.checkpoint.root) == (6, theirs.log.published().root)
    assert ours.registry.dump() == theirs.registry.dump()
    check_log(ours)
    work = next(theirs.registry.works()).id
    assert look_up(ours, work, None, None) == look_up(theirs, work, None, None)


def test_an_import_that_died_before_the_database_is_begun_again(theirs, ours, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("placet.app.rebuild_database", _die)
        with pytest.raises(KeyboardInterrupt):
            bring_in(ours, tmp_path / "export")

    bring_in(ours, tmp_path / "export")

    assert ours.registry.dump() == theirs.registry.dump()


def _die(*_):
    raise KeyboardInterrupt


def test_a_key_of_another_log_is_told_before_anything_is_copied(theirs, ours, tmp_path):
    ours.random = lambda size: b"x" * size
    assert ours.log.published().size == 0
    before = everything(ours.path)

    with pytest.raises(Refused, match=r"holds the log local\.placet/"):
        bring_in(ours, tmp_path / "export")

    assert {name for name in everything(ours.path) if "seen" not in name} == set(before)
