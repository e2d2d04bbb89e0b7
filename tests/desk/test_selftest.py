"""The vectors that we publish hold here, and a vector that does not hold is named."""

from __future__ import annotations

from importlib.resources import files

from placet.cli import main
from placet.desk import selftest


def test_every_published_vector_holds_and_every_file_of_them_is_run(capsys):
    code = main(["selftest"])

    published = {
        f"{folder.name}/{path.name}"
        for folder in files("placet").joinpath("vectors").iterdir()
        if folder.is_dir()
        for path in folder.iterdir()
        if path.name.endswith(".json")
    }
    assert code == 0
    assert published == set(selftest.suites())
    assert "FAILED" not in capsys.readouterr().out


def test_a_vector_that_does_not_hold_is_named(capsys, monkeypatch):
    monkeypatch.setattr(selftest, "leaf_hash", lambda data: bytes(32))

    code = main(["selftest"])

    assert code == 1
    assert "root of 1 does not hold" in capsys.readouterr().err


def test_every_suite_runs_something():
    ran = {each.suite: each.count for each in selftest.run_suites()}

    assert ran.keys() == {path.removesuffix(".json") for path in selftest.suites()}
    assert all(ran.values())


def test_a_signal_that_reads_otherwise_than_published_is_named(capsys, monkeypatch):
    monkeypatch.delitem(selftest.CODECS, "tdmrep")

    code = main(["selftest"])

    assert code == 1
    assert "a reserved site does not hold" in capsys.readouterr().err
