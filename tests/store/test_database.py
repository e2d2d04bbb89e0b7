"""The schema is what the tables say; an old database is brought up to date, a newer one is refused."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from placet.errors import Refused, StoreDamaged, TooNew
from placet.store.database import open_database, sqlite_url, writing
from placet.store.tables import METADATA, SCHEMA


@pytest.fixture
def url(tmp_path):
    return sqlite_url(tmp_path / "placet.db")


def test_the_migrations_make_exactly_the_tables(url):
    engine = open_database(url)

    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_newer_schema_is_refused_in_a_sentence(url):
    with open_database(url).begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(TooNew, match="the database has schema 9999; this release knows up to 0001: update placet"):
        open_database(url)


def test_a_file_that_is_no_database_is_named(tmp_path, url):
    (tmp_path / "placet.db").write_bytes(b"no database" * 1000)

    with pytest.raises(StoreDamaged, match=r"placet.db cannot be opened: file is not a database"):
        open_database(url)


def test_opening_a_database_that_is_up_to_date_imports_no_alembic(url):
    open_database(url)
    code = (
        "import sys; from placet.store.database import open_database; open_database(sys.argv[1]);"
        "print('alembic' in sys.modules)"
    )

    output = subprocess.run([sys.executable, "-c", code, url], capture_output=True, text=True, check=True).stdout

    assert output == "False\n"


def test_sqlite_is_durable_and_holds_to_its_foreign_keys(url):
    with open_database(url).connect() as connection:
        pragmas = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in PRAGMAS}

    assert pragmas == PRAGMAS


PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


def test_a_write_that_fails_is_told_and_leaves_nothing(url):
    engine = open_database(url)

    sentence = r"nothing was taken: the database could not be written \(FOREIGN KEY"
    with pytest.raises(Refused, match=sentence), writing(engine) as connection:
        connection.exec_driver_sql("INSERT INTO parties VALUES ('k', 7, 'party', '', '')")

    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM parties").scalar() == 0


def test_migrating_down_and_up_again_is_possible(url):
    from alembic import command
    from alembic.config import Config

    import placet.store.database as database

    engine = open_database(url)
    config = Config()
    config.set_main_option("script_location", str(database.Path(database.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with engine.connect() as connection:
        tables = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars().all()
    assert tables == ["alembic_version"]

    with open_database(url).connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == SCHEMA
