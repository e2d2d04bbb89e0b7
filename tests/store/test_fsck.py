"""The database is a projection: any row that is not is named, and all of it can be made again from the files."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, func, insert, select, update

from placet.errors import StoreDamaged
from placet.log import fsck
from placet.registry.admission import check_signature
from placet.registry.contents import check_contents
from placet.store.fsck import check_database, rebuild_database
from placet.store.tables import METADATA, checkpoints, declarations, entries, parties, spoken, works
from tests.factories import a_composer, a_home, a_wish, a_work, check_log, policy_of, reserve, works_of


@pytest.fixture
def home(tmp_path, url):
    home = home_in(tmp_path, url)
    composer = a_composer(home, 1, name="Ana Ray")
    ids = composer.register([a_work(1, title="Dunes"), a_work(2)])
    composer.declare(works_of(ids), a_wish(terms="ask me"))
    home.log.append(composer.submission())
    reserve(home, 3, by=2)
    composer = a_composer(home, 1)
    composer.withdraw(next(home.registry.spoken()), works_of(ids[:1]))
    home.log.append(composer.submission())
    yield home
    home.engine.dispose()


def home_in(path, url):
    home = a_home(path)
    home.database = url
    return home


def sound_of(home):
    return fsck.check_log(home.path / "log", policy_of(home), check_signature, check_contents)


def spoil(home, *statements):
    with home.engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)


OTHERS = works.alias("others")
FIRST, LAST = (select(which(OTHERS.c.index)).scalar_subquery() for which in (func.min, func.max))

SPOILED = {
    "a name": (
        update(parties).values(name="Eve"),
        "table parties does not hold what entry 0 says: a row differs",
    ),
    "a role": (
        update(parties).values(role="log"),
        "table parties does not hold what entry 0 says: a row differs",
    ),
    "a newest entry": (update(parties).values(last=""), "table parties does not hold what entry 0 says"),
    "a holder": (
        update(works)
        .where(works.c.index == FIRST)
        .values(by=select(OTHERS.c.by).where(OTHERS.c.index == LAST).scalar_subquery()),
        "table works does not hold what entry 1 says: a row differs",
    ),
    "a record": (
        update(works).values(record=b"\0"),
        "table works does not hold what entry 1 says: a row differs",
    ),
    "a stance": (
        update(declarations).where(declarations.c.index == 5).values(stance="allow"),
        "table declarations does not hold what entry 5 says: a row differs",
    ),
    "a subject too few": (
        delete(spoken).where(spoken.c.index == 5),
        "table declaration_subjects does not hold what entry 5 says: a row is missing",
    ),
    "a subject too many": (
        insert(spoken).values(index=6, kind="url", subject="https://evil.example/"),
        "table declaration_subjects does not hold what entry 6 says: a row",
    ),
    "an entry": (
        update(entries).where(entries.c.index == 3).values(data=b"\0"),
        "entry 3 in the database is not entry 3 of",
    ),
    "a leaf": (
        update(entries).where(entries.c.index == 3).values(leaf=bytes(32)),
        "entry 3 in the database is not entry",
    ),
    "an entry too many": (
        insert(entries).values(index=7, leaf=bytes(32), data=b"\0"),
        "the database holds an entry 7, and the log ends before it",
    ),
    "a checkpoint": (
        update(checkpoints).values(note=b"\0"),
        "the checkpoint in the database is not the one at /",
    ),
    "no checkpoint": (delete(checkpoints), "the database has no checkpoint of local.placet/"),
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
    spoil(home, *(delete(table).where(table.c.index == 6) for table in (spoken, declarations, entries)))

    with pytest.raises(StoreDamaged, match="entry 6 is not in the database"):
        check_database(home.engine, sound_of(home), home.log_files)


def test_a_lost_database_is_made_again_from_the_files_and_goes_on(home):
    dump, published = home.registry.dump(), home.log.published()
    with home.engine.begin() as connection:
        METADATA.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    home.engine.dispose()
    home = home_in(home.path, home.database)
    with pytest.raises(StoreDamaged, match="speaks of 7 entries, and the database of 0: the database is an old"):
        home.log.recover()

    rebuild_database(home.engine, sound_of(home), home.log_files)

    assert home.registry.dump() == dump
    assert home.log.published() == published
    assert reserve(home, 9)
    assert check_log(home).checkpoint.size == 9
    home.engine.dispose()


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
