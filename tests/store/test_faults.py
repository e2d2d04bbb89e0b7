"""What a database cannot is told in one sentence, without the password of its address."""

from __future__ import annotations

import subprocess
import sys
from urllib.parse import quote

import pytest
from sqlalchemy import insert, select

from placet.errors import BadInput, MissingExtra, PlacetError, Refused
from placet.store import database
from placet.store.database import open_database, sqlite_url, writing
from placet.store.registry import SqlRegistry
from placet.store.tables import entries

SECRET = "hunter2"
AN_ENTRY = insert(entries).values(index=0, leaf=bytes(32), data=b"")


def told(call) -> str:
    """The one sentence of a call that fails."""
    with pytest.raises(PlacetError) as caught:
        call()
    sentence = str(caught.value)
    assert SECRET not in sentence
    assert "\n" not in sentence
    return sentence


def write(engine, statement=AN_ENTRY):
    with writing(engine) as connection:
        connection.execute(statement)


def test_a_server_that_does_not_answer_is_named_without_the_password():
    address = f"postgresql://ana:{SECRET}@127.0.0.1:1/placet?sslpassword={SECRET}"

    sentence = told(lambda: open_database(address))

    assert sentence.startswith("the database postgresql+psycopg://ana:***@127.0.0.1:1/placet cannot be opened: ")
    assert "refused" in sentence


@pytest.mark.postgres
def test_a_wrong_password_is_told_and_the_right_one_opens(postgres):
    name = postgres.take()
    place = f"/{name}?host={postgres.folder}"
    right = "p@ss/wo:rd"
    postgres.run(
        "postgres",
        "DROP ROLE IF EXISTS guarded",
        f"CREATE ROLE guarded LOGIN PASSWORD '{right}'",
        f"ALTER DATABASE {name} OWNER TO guarded",
    )

    assert 'password authentication failed for user "guarded"' in told(
        lambda: open_database(f"postgresql://guarded:{SECRET}@{place}")
    )

    engine = open_database(f"postgres://guarded:{quote(right, safe='')}@{place}")
    write(engine)
    engine.dispose()
    postgres.run("postgres", f"DROP DATABASE {name}", "DROP ROLE guarded")


@pytest.mark.postgres
def test_a_database_that_is_not_there_is_an_error(postgres):
    sentence = told(lambda: open_database(f"postgresql://postgres@/nothing?host={postgres.folder}"))

    assert sentence.endswith('database "nothing" does not exist')


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://ana:a@{SECRET}@host/placet",
        f"postgresql://ana:a@b/{SECRET}@host/placet",
        f"postgresql://ana:a@b:{SECRET}@host/placet",
        f"postgresql://ana:a@b?{SECRET}@host/placet",
        f"postgresql://host:{SECRET}/placet",
        f"postgresql:{SECRET}",
        f"mysql://ana:{SECRET}@host/placet",
        SECRET,
        "",
    ],
)
def test_an_address_that_cannot_be_read_is_not_repeated(address):
    with pytest.raises(BadInput, match=r"the database's? address|the address of the database") as caught:
        open_database(address)

    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_missing_psycopg_says_what_to_install():
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from placet.errors import MissingExtra\n"
        "from placet.store.database import open_database\n"
        "try: open_database('postgresql://host/placet')\n"
        "except MissingExtra as error: print(error)"
    )

    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert output == "a PostgreSQL database needs psycopg: pip install 'placet[server]'\n"
    assert issubclass(MissingExtra, PlacetError)


def test_a_lock_that_is_held_too_long_is_told_and_nothing_is_written(url, monkeypatch):
    monkeypatch.setattr(database, "_PATIENCE", 100)
    engine = open_database(url)

    with writing(engine) as connection:
        connection.execute(AN_ENTRY)
        sentence = told(lambda: write(engine))

    assert sentence.startswith("nothing was taken: the database could not be written (")
    assert "lock" in sentence
    with engine.connect() as connection:
        assert len(connection.execute(select(entries)).all()) == 1
    write(engine, insert(entries).values(index=1, leaf=bytes([1]) * 32, data=b""))
    engine.dispose()


def test_a_full_disk_is_told_and_nothing_is_written(tmp_path):
    engine = open_database(sqlite_url(tmp_path / "placet.db"))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")

    sentence = told(lambda: write(engine, insert(entries).values(index=0, leaf=bytes(32), data=bytes(100_000))))

    assert sentence == "nothing was taken: the database could not be written (database or disk is full)"
    with engine.connect() as connection:
        assert connection.execute(select(entries)).all() == []


@pytest.mark.postgres
def test_a_full_disk_of_the_server_is_told_and_nothing_is_written(postgres, postgres_url):
    """The server's own error for it, raised by a trigger when the rows are already in."""
    engine = open_database(postgres_url)
    postgres.run(
        engine.url.database,
        "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'could not extend file', HINT = 'Free some.';"
        " END $$",
        "CREATE CONSTRAINT TRIGGER full_at_commit AFTER INSERT ON entries"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fill()",
    )

    sentence = told(lambda: write(engine))

    assert sentence.startswith("nothing was taken: the database could not be written (could not extend file")
    with engine.connect() as connection:
        assert connection.execute(select(entries)).all() == []
    engine.dispose()


@pytest.mark.postgres
def test_a_server_that_went_away_is_told_and_its_return_is_noticed(postgres, postgres_url):
    engine = open_database(postgres_url)
    registry = SqlRegistry(engine)
    assert registry.parties() == []

    postgres.stop()
    sentences = told(registry.parties), told(lambda: write(engine))
    postgres.start()

    assert sentences[0].startswith(f"the database {engine.url.set(query={})} cannot be opened: ")
    assert sentences[1].startswith("nothing was taken: the database could not be written (")
    assert registry.parties() == []
    engine.dispose()


def test_a_table_that_is_gone_is_told(url):
    engine = open_database(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE works")

    with pytest.raises(Refused, match=r"^the database .* cannot be read: .*works"):
        list(SqlRegistry(engine).works())

    engine.dispose()
