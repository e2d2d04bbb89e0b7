"""The schema is what the tables say; an old database is brought up to date, a newer one is refused."""

from __future__ import annotations

import subprocess
import sys
from threading import Event, Thread

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, insert, inspect, select

from placet.errors import Refused, StoreDamaged, TooNew
from placet.store import database
from placet.store.database import open_database, sqlite_url, writing
from placet.store.tables import METADATA, SCHEMA, TEXT, entries, parties


@pytest.fixture
def sqlite(tmp_path):
    return sqlite_url(tmp_path / "placet.db")


@pytest.fixture
def engine(url):
    engine = open_database(url)
    yield engine
    engine.dispose()


def test_the_migrations_make_exactly_the_tables(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_newer_schema_is_refused_in_a_sentence(engine, url):
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(TooNew, match="the database has schema 9999; this release knows up to 0003: update placet"):
        open_database(url)


def test_a_file_that_is_no_database_is_named(tmp_path, sqlite):
    (tmp_path / "placet.db").write_bytes(b"no database" * 1000)

    with pytest.raises(StoreDamaged, match=r"placet.db cannot be opened: file is not a database"):
        open_database(sqlite)


def test_opening_a_database_that_is_up_to_date_imports_no_alembic(engine, url):
    code = (
        "import sys; from placet.store.database import open_database; open_database(sys.argv[1]);"
        "print('alembic' in sys.modules)"
    )

    output = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True).stdout

    assert output == "False\n"


def test_sqlite_is_durable_and_holds_to_its_foreign_keys(sqlite):
    with open_database(sqlite).connect() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}

    assert pragmas == PRAGMAS


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.postgres
def test_postgresql_commits_before_it_answers_and_shows_a_reader_one_state(postgres_url):
    engine = open_database(postgres_url)

    with writing(engine) as connection:
        seen = {name: connection.exec_driver_sql(f"SHOW {name}").scalar() for name in SETTINGS}
    with engine.connect() as connection:
        level = connection.exec_driver_sql("SHOW transaction_isolation").scalar()
        after = connection.exec_driver_sql("SHOW synchronous_commit").scalar()

    assert seen == SETTINGS
    assert (level, after) == ("repeatable read", "off")
    engine.dispose()


SETTINGS = {"synchronous_commit": "on", "lock_timeout": "10s", "transaction_isolation": "read committed"}


@pytest.mark.postgres
def test_postgresql_compares_text_by_its_bytes(postgres_url):
    engine = open_database(postgres_url)
    query = "SELECT table_name, column_name, collation_name FROM information_schema.columns WHERE data_type = 'text'"

    with engine.connect() as connection:
        columns = connection.exec_driver_sql(query + " AND table_schema = 'public'").all()

    assert {collation for *_, collation in columns} == {"C"}
    texts = {(t.name, c.name) for t in METADATA.tables.values() for c in t.c if c.type is TEXT}
    assert texts == {(table, column) for table, column, _ in columns}
    engine.dispose()


def add_entry(connection):
    return connection.execute(insert(entries).values(index=0, leaf=bytes(32), data=b"")).rowcount


def test_a_write_that_fails_is_told_and_leaves_nothing(engine):
    sentence = r"^nothing was taken: the database could not be written \(.*(?i:foreign key)"
    stray = insert(parties).values(key="k", index=7, role="party", name="", last="")
    with pytest.raises(Refused, match=sentence), writing(engine) as connection:
        add_entry(connection) and connection.execute(stray)

    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(entries)).scalar() == 0


def test_a_writer_waits_for_the_one_before_and_sees_what_it_wrote(engine):
    begun, seen = Event(), list[int]()

    def second():
        begun.set()
        with writing(engine) as connection:
            seen.append(connection.execute(select(func.count()).select_from(entries)).scalar())

    thread = Thread(target=second)
    with writing(engine) as connection:
        thread.start()
        begun.wait()
        add_entry(connection)
        thread.join(0.2)
        assert seen == []
    thread.join()

    assert seen == [1]


def test_a_reader_sees_one_state_whatever_is_written_meanwhile(engine):
    query = select(func.count()).select_from(entries)
    with engine.connect() as reader:
        before = reader.execute(query).scalar()
        with writing(engine) as connection:
            add_entry(connection)
        after = reader.execute(query).scalar()

    assert (before, after) == (0, 0)
    with engine.connect() as reader:
        assert reader.execute(query).scalar() == 1


def test_migrating_down_and_up_again_is_possible(engine, url):
    config = Config()
    config.set_main_option("script_location", str(database.Path(database.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]

    again = open_database(url)
    with again.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == SCHEMA
    again.dispose()
