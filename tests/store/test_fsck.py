"""The database is a projection: any row that is not is named, and all of it can be made again from the files."""

from __future__ import annotations

import pytest

from placet.errors import StoreDamaged
from placet.log import fsck
from placet.registry.admission import check_signature
from placet.registry.contents import check_contents
from placet.store.fsck import check_database, rebuild_database
from tests.factories import a_composer, a_home, a_wish, a_work, check_log, policy_of, reserve, works_of


@pytest.fixture
def home(tmp_path):
    home = a_home(tmp_path)
    composer = a_composer(home, 1, name="Ana Ray")
    ids = composer.register([a_work(1, title="Dunes"), a_work(2)])
    composer.declare(works_of(ids), a_wish(terms="ask me"))
    home.log.append(composer.submission())
    reserve(home, 3, by=2)
    composer = a_composer(home, 1)
    composer.withdraw(next(home.registry.spoken()), works_of(ids[:1]))
    home.log.append(composer.submission())
    return home


def sound_of(home):
    return fsck.check_log(home.path / "log", policy_of(home), check_signature, check_contents)


def spoil(home, *statements):
    with home.engine.begin() as connection:
        for statement in ("PRAGMA defer_foreign_keys = ON", *statements):
            connection.exec_driver_sql(statement)


SPOILED = {
    "a name": ("UPDATE parties SET name = 'Eve'", "table parties does not hold what entry 0 says: a row differs"),
    "a role": ("UPDATE parties SET role = 'log'", "table parties does not hold what entry 0 says: a row differs"),
    "a newest entry": ("UPDATE parties SET last = ''", "table parties does not hold what entry 0 says"),
    "a holder": (
        'UPDATE works SET by = (SELECT by FROM works ORDER BY "index" DESC) WHERE rowid = 1',
        "table works does not hold what entry 1 says: a row differs",
    ),
    "a record": ("UPDATE works SET record = x'00'", "table works does not hold what entry 1 says: a row differs"),
    "a stance": (
        "UPDATE declarations SET stance = 'allow' WHERE \"index\" = 5",
        "table declarations does not hold what entry 5 says: a row differs",
    ),
    "a subject too few": (
        'DELETE FROM declaration_subjects WHERE "index" = 5',
        "table declaration_subjects does not hold what entry 5 says: a row is missing",
    ),
    "a subject too many": (
        "INSERT INTO declaration_subjects VALUES (6, 'url', 'https://evil.example/')",
        "table declaration_subjects does not hold what entry 6 says: a row",
    ),
    "an entry": ("UPDATE entries SET data = x'00' WHERE \"index\" = 3", "entry 3 in the database is not entry 3 of"),
    "a leaf": ('UPDATE entries SET leaf = zeroblob(32) WHERE "index" = 3', "entry 3 in the database is not entry"),
    "an entry too many": (
        "INSERT INTO entries VALUES (7, zeroblob(32), x'00')",
        "the database holds an entry 7, and the log ends before it",
    ),
    "a checkpoint": ("UPDATE checkpoints SET note = x'00'", "the checkpoint in the database is not the one at /"),
    "no checkpoint": ("DELETE FROM checkpoints", "the database has no checkpoint of local.placet/"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_row_that_is_no_projection_is_named_and_can_be_mended(home, case):
    dump = home.registry.dump()
    statement, sentence = SPOILED[case]
    spoil(home, statement)
    sound = sound_of(home)

    with pytest.raises(StoreDamaged, match=sentence):
        check_database(home.engine, sound, home.log_files)
    rebuild_database(home.engine, sound, home.log_files)

    check_log(home)
    assert home.registry.dump() == dump
    reserve(home, 9)
    check_log(home)


def test_an_entry_that_is_missing_is_named(home):
    spoil(
        home,
        'DELETE FROM declaration_subjects WHERE "index" = 6',
        'DELETE FROM declarations WHERE "index" = 6',
        'DELETE FROM entries WHERE "index" = 6',
    )

    with pytest.raises(StoreDamaged, match="entry 6 is not in the database"):
        check_database(home.engine, sound_of(home), home.log_files)


def test_a_lost_database_is_made_again_from_the_files_and_goes_on(home):
    dump, published = home.registry.dump(), home.log.published()
    home.engine.dispose()
    for path in home.path.glob("placet.db*"):
        path.unlink()
    home = a_home(home.path)
    with pytest.raises(StoreDamaged, match="speaks of 7 entries, and the database of 0: the database is an old"):
        home.log.recover()

    rebuild_database(home.engine, sound_of(home), home.log_files)

    assert home.registry.dump() == dump
    assert home.log.published() == published
    assert reserve(home, 9)
    assert check_log(home).checkpoint.size == 9


def test_what_is_withheld_is_left_out_of_the_rebuild(home):
    records = home.log_files.blob_path(sound_of(home).entries[1].body["blob"])
    (home.path / "log" / records).unlink()
    sound = sound_of(home)

    rebuild_database(home.engine, sound, home.log_files)

    assert any("of entry 1" in each for each in sound.withheld)
    assert [work.index for work in home.registry.works()] == [4]
    check_log(home)


def test_an_old_copy_of_the_files_does_not_replace_the_database(home, tmp_path):
    note = (home.path / "log" / "checkpoint").read_bytes()
    sound = sound_of(home)
    reserve(home, 9)
    (home.path / "log" / "checkpoint").write_bytes(note)

    with pytest.raises(StoreDamaged, match="a signed checkpoint of 9 entries, and the log's files show 7"):
        rebuild_database(home.engine, sound, home.log_files)
