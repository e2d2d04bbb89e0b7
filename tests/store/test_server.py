"""A society's registry: homes, processes and crashes around one database."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest

from placet.errors import Refused, StoreDamaged
from placet.log.sequencer import Log
from tests.factories import a_composer, a_home, a_wish, a_work, check_log, reserve, works_of
from tests.snapshot.world import jpeg

OPEN = "import sys; from placet.store.database import *; open_database(sys.argv[1]).dispose(); print('open')"
APPEND = """
import sys
from pathlib import Path
from tests.factories import a_home, a_key, a_work
home = a_home(Path(sys.argv[1]))
home.database = sys.argv[2]
for number in range(8):
    home.submit(a_key(int(sys.argv[3])), lambda composer: composer.register([a_work(int(sys.argv[3]) * 100 + number)]))
home.engine.dispose()
"""
PLACET = "import sys; from placet.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def homes(tmp_path, url):
    """Two homes with the same log key and the same database."""
    homes = [a_home(tmp_path / name) for name in ("one", "two")]
    for home in homes:
        home.database = url
    assert homes[0].log.published().size == 0
    shutil.copytree(homes[0].path / "keys", homes[1].path / "keys")
    yield homes
    for home in homes:
        home.engine.dispose()


def submission(home, number):
    composer = a_composer(home, number)
    composer.declare(works_of(composer.register([a_work(number)])), a_wish())
    return composer.submission()


@pytest.mark.parametrize("moment", ["admitted", "kept"])
def test_of_two_homes_with_one_database_one_appends(homes, moment):
    one, two = homes
    mine, theirs = submission(one, 1), submission(two, 2)

    def meanwhile(step):
        if step == moment:
            two.log.append(theirs)

    log = Log(one.path / "log", one.log.entries, one.log.lock, one.log.key, one.log.origin, one.log._admit, meanwhile)
    with pytest.raises(Refused, match=r"another home put entries into this database meanwhile \(3, and 0 before\)"):
        log.append(mine)

    assert [entry.data for entry in check_log(two).entries] == [entry.data for entry in theirs.entries]
    reserve(two, 3)
    check_log(two)


def test_another_log_key_appends_nothing(homes):
    one, two = homes
    reserve(one, 1)
    two.key_path(two.log.key.role).unlink()
    del two.log
    two.random = lambda size: b"x" * size

    with pytest.raises(StoreDamaged, match=r"the database holds the log .*, and this key signs local.placet/"):
        two.log.append(submission(two, 2))

    assert not (two.path / "log" / "checkpoint").exists()
    check_log(one)


def run(code, *words, **environment):
    command = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )


@pytest.mark.postgres
def test_processes_open_a_fresh_database_at_once(postgres_url):
    openers = [run(OPEN, postgres_url) for _ in range(3)]

    for opener in openers:
        output, errors = opener.communicate(timeout=60)
        assert output == "open\n", errors


@pytest.mark.postgres
def test_processes_append_to_one_home_one_after_the_other(postgres_url, tmp_path):
    home = a_home(tmp_path)
    home.database = postgres_url
    home.log.recover()

    writers = [run(APPEND, tmp_path, home.database, party) for party in (1, 2)]

    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors
    assert len(check_log(home).entries) == 18
    assert len(list(home.registry.works())) == 16
    home.engine.dispose()


@pytest.mark.postgres
def test_what_was_taken_survives_the_crash_of_a_server_that_is_set_to_forget(postgres, postgres_url, tmp_path):
    home = a_home(tmp_path)
    home.database = postgres_url

    for number in range(1, 4):
        reserve(home, number)
        postgres.stop()
        postgres.start()
        home.engine.dispose()
        home.log.recover()
        assert home.log.published().size == 1 + 2 * number
        check_log(home)

    home.engine.dispose()


@pytest.mark.slow
@pytest.mark.postgres
def test_a_society_reserves_takes_back_and_is_obeyed_from_postgresql(postgres_url, tmp_path):
    works = tmp_path / "works"
    works.mkdir()
    for number in (1, 2):
        (works / f"{number}.jpg").write_bytes(jpeg(number))

    def placet(*words):
        done = run(PLACET, *words, PLACET_HOME=str(tmp_path / "home"), PLACET_DATABASE_URL=postgres_url)
        output, errors = done.communicate(timeout=120)
        assert done.returncode == 0, errors
        return output

    reserved = [json.loads(line) for line in placet("reserve", works, "--json").splitlines()]
    taken_back = next(row["work"] for row in reserved if row.get("file", "").endswith("2.jpg"))
    placet("withdraw", taken_back)
    placet("snapshot", "build", "--out", tmp_path / "snapshot")
    assert placet("fsck").startswith("Sound: 6 entries of log local.placet/")
    words = ["--snapshot", tmp_path / "snapshot", "--use", "train.generative", "--profile", "eu-art4", "--workers", 1]
    cleared = placet("clear", works, *words, "--out", tmp_path / "out", "--json")

    assert json.loads(cleared)["counts"] == {"eu-art4": {"cleared": 1, "reserved": 1}}
    assert not (tmp_path / "home" / "placet.db").exists()
