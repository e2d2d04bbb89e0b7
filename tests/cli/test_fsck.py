"""`placet fsck`: sound, or the first thing that is wrong."""

from __future__ import annotations

import sqlite3

import pytest

from placet.log.sequencer import Log
from tests.cli.stage import Stage, everything


def test_a_sound_home_says_so(stage: Stage) -> None:
    stage("reserve", stage.works)

    said = stage("fsck")

    assert said.code == 0
    assert said.out.startswith("Sound: 3 entries of log local.placet/")


def test_a_home_without_a_log_is_no_success(stage: Stage) -> None:
    said = stage("fsck")

    assert (said.code, "there is no log" in said.err) == (1, True)
    assert not stage.home.exists()


def test_a_lost_database_is_made_again_from_the_log(stage: Stage) -> None:
    stage("reserve", stage.works)
    for file in stage.home.glob("placet.db*"):
        file.unlink()

    lost, rebuilt, after = stage("fsck"), stage("fsck", "--rebuild"), stage("fsck")

    assert (lost.code, "placet fsck --rebuild" in lost.err) == (1, True)
    assert rebuilt.out.rstrip().endswith("the database was made again from them.")
    assert after.code == 0
    assert stage("reserve", stage.works).out.startswith("Nothing new to say")


def test_an_append_that_died_is_finished_and_then_checked(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage("reserve", stage.works)
    with monkeypatch.context() as patch:
        patch.setattr(Log, "_publish", _die)
        stage("reserve", "https://a.example/1")

    said = stage("fsck")

    assert (said.code, said.err.startswith("Withheld")) == (0, True)
    assert said.out.startswith("Sound: 4 entries of log local.placet/")


def _die(_: Log) -> None:
    raise KeyboardInterrupt


def test_an_entry_that_no_key_signed_is_named_and_never_published(stage: Stage) -> None:
    stage("reserve", stage.works)
    with sqlite3.connect(stage.home / "placet.db") as database:
        database.execute('insert into entries ("index", leaf, data) values (3, ?, ?)', (bytes(32), b"{}"))
    database.close()

    said = stage("fsck")

    assert said.code == 1
    assert "entry 3 cannot be read" in said.err
    assert b"\n3\n" in (stage.home / "log" / "checkpoint").read_bytes()


def test_a_row_changed_in_the_database_is_found(stage: Stage) -> None:
    stage("reserve", stage.works)
    with sqlite3.connect(stage.home / "placet.db") as database:
        database.execute("update declarations set stance = 'allow'")
    database.close()

    said = stage("fsck")

    assert said.code == 1
    assert "declarations" in said.err


def test_a_flipped_bit_in_an_entry_is_found(stage: Stage) -> None:
    stage("reserve", stage.works)
    (bundle,) = (stage.home / "log" / "tile" / "entries").rglob("3")
    data = bytearray(bundle.read_bytes())
    data[-10] ^= 1
    bundle.write_bytes(data)

    assert stage("fsck").code == 1


def test_a_dry_rebuild_writes_nothing(stage: Stage) -> None:
    stage("reserve", stage.works)
    before = everything(stage.home)

    assert "would be made again" in stage("fsck", "--rebuild", "--dry-run").out
    assert everything(stage.home) == before


@pytest.mark.parametrize("damage", ["cut", "scrawled"])
def test_a_database_that_cannot_be_read_is_kept_and_made_again(stage: Stage, damage: str) -> None:
    stage("reserve", stage.works)
    database = stage.home / "placet.db"
    with sqlite3.connect(database) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    data = database.read_bytes()
    for file in stage.home.glob("placet.db*"):
        file.unlink()
    broken = data[:8192] if damage == "cut" else data[:8192] + b"x" * (len(data) - 8192)
    database.write_bytes(broken)

    before, rebuilt, after = stage("fsck"), stage("fsck", "--rebuild"), stage("fsck")

    assert (before.code, "(store.damaged)" in before.err) == (1, True)
    assert (rebuilt.code, "placet.db.damaged" in rebuilt.err) == (0, True)
    assert after.code == 0
    assert (stage.home / "placet.db.damaged").read_bytes()[:100] == broken[:100]
    assert stage("reserve", "https://a.example/1").code == 0


def test_a_sound_database_is_not_put_aside(stage: Stage) -> None:
    stage("reserve", stage.works)

    stage("fsck", "--rebuild")

    assert list(stage.home.glob("placet.db.damaged*")) == []
