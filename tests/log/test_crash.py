"""Whatever step a process dies at: nothing acknowledged is lost, nothing is there twice, no second root for a size."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.errors import Refused
from placet.log import sequencer
from placet.log.sequencer import STEPS
from placet.record.checkpoint import parse_checkpoint
from tests.factories import a_composer, a_home, a_wish, a_work, check_log, reserve, works_of

ROOT = Path(__file__).parents[2]


class Killed(BaseException):
    """Stands for kill -9: nothing catches it, nothing cleans up after it."""


class Witness:
    """Keeps every root that was ever signed, also those signed just before a crash."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.roots: dict[int, set[bytes]] = {}
        real = sequencer.sign_note

        def sign(text, key, name=""):
            checkpoint = parse_checkpoint(text)
            self.roots.setdefault(checkpoint.size, set()).add(checkpoint.root)
            return real(text, key, name)

        monkeypatch.setattr(sequencer, "sign_note", sign)

    def check(self) -> None:
        assert all(len(roots) == 1 for roots in self.roots.values()), "two roots were signed for one size"


def submission(home, number, extra):
    composer = a_composer(home, 1 + number % 3)
    ids = composer.register([a_work(number, title=f"Work {number}")])
    for _ in range(extra):
        composer.declare(works_of(ids), a_wish())
        composer.at += 1
    return composer.submission()


def die_at(step):
    def at(reached):
        if reached == step:
            raise Killed(step)

    return at


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    plan=st.lists(
        st.tuples(st.sampled_from([*STEPS, None]), st.sampled_from([0, 1, 5, 250, 256]), st.booleans()),
        min_size=1,
        max_size=5,
    )
)
def test_a_crash_at_any_step_loses_nothing_and_doubles_nothing(tmp_path_factory, plan):
    path = tmp_path_factory.mktemp("home")
    acknowledged: dict[str, int] = {}
    with pytest.MonkeyPatch.context() as monkeypatch:
        witness = Witness(monkeypatch)
        for number, (step, extra, retry) in enumerate(plan):
            home = a_home(path)
            batch = submission(home, number, extra)
            home.log._step = die_at(step)
            try:
                indexes = home.log.append(batch)
            except Killed:
                home.engine.dispose()
                home = a_home(path)
                if not retry:
                    home.log.recover()
                    home.engine.dispose()
                    continue
                indexes = home.log.append(batch)
            acknowledged.update(zip([entry.id for entry in batch.entries], indexes, strict=True))
            home.engine.dispose()

        home = a_home(path)
        home.log.recover()
        witness.check()
        if not home.log.published().size:
            return
        sound = check_log(home)

    ids = [entry.id for entry in sound.entries]
    assert len(set(ids)) == len(ids)
    assert {id_: ids[index] for id_, index in acknowledged.items()} == {id_: id_ for id_ in acknowledged}
    home.engine.dispose()


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_each_step_is_mended_by_the_next_start(tmp_path, monkeypatch, step):
    witness = Witness(monkeypatch)
    home = a_home(tmp_path)
    reserve(home, 1)
    batch = submission(home, 2, 3)
    home.log._step = die_at(step)
    with pytest.raises(Killed):
        home.log.append(batch)
    home.engine.dispose()

    home = a_home(tmp_path)
    home.log.recover()

    kept = step not in ("admitted", "kept")
    assert check_log(home).checkpoint.size == (3 + len(batch.entries) if kept else 3)
    assert home.log.append(batch) == list(range(3, 3 + len(batch.entries)))
    check_log(home)
    witness.check()


@pytest.mark.parametrize("crashes", range(1, 16))
def test_a_crash_while_a_file_is_written_leaves_no_half_file(tmp_path, monkeypatch, crashes):
    home = a_home(tmp_path)
    reserve(home, 1)
    batch = submission(home, 2, 1)
    left = crashes
    real = os.fsync

    def fsync(descriptor):
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed("in the middle of a file")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(Killed):
        home.log.append(batch)
    monkeypatch.undo()
    home.engine.dispose()

    home = a_home(tmp_path)
    home.log.append(batch)

    assert check_log(home).checkpoint.size == 3 + len(batch.entries)
    assert not list((tmp_path / "log" / ".tmp").iterdir())


def test_what_a_dead_writer_left_is_ignored_and_swept(tmp_path):
    home = a_home(tmp_path)
    reserve(home, 1)
    temporary = tmp_path / "log" / ".tmp"
    (temporary / "checkpoint").write_bytes(b"half a check")

    check_log(home)
    reserve(home, 2)

    assert not list(temporary.iterdir())
    check_log(home)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("calls", [1, 2, 4, 8, 12])
def test_a_disk_that_fills_up_says_so_and_acknowledges_nothing(tmp_path, monkeypatch, number, calls):
    home = a_home(tmp_path)
    reserve(home, 1)
    batch = submission(home, 2, 1)
    before = home.log.published()
    left = calls
    real = os.fsync

    def fsync(descriptor):
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    full = number in (errno.ENOSPC, errno.EDQUOT)
    with pytest.raises(Refused, match="the disk is full while writing /" if full else "cannot be written: "):
        home.log.append(batch)
    monkeypatch.undo()

    assert home.log.published().size in (before.size, before.size + len(batch.entries))
    assert home.log.append(batch) == list(range(3, 3 + len(batch.entries)))
    check_log(home)


def test_a_database_that_is_full_says_so_and_takes_nothing(tmp_path):
    home = a_home(tmp_path)
    reserve(home, 1)
    with home.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    batch = submission(home, 2, 300)

    with pytest.raises(Refused, match=r"nothing was taken: .*database or disk is full"):
        home.log.append(batch)
    home.engine.dispose()
    home = a_home(tmp_path)

    assert check_log(home).checkpoint.size == 3
    assert home.log.append(batch)[0] == 3
    check_log(home)


def run(home: Path, party: int, count: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.log.appender", str(home), str(party), str(count)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read(output: str, entries: dict[int, str], roots: dict[int, set[str]]) -> None:
    """Take in what a process said, up to the line that the kill cut off."""
    for line in output.splitlines(keepends=True):
        if line.startswith("entry ") and line.endswith("\n"):
            index, id_ = line.split()[1:]
            assert entries.setdefault(int(index), id_) == id_, "an index was given twice"
        elif line.startswith("root ") and line.endswith("\n"):
            size, root = line.split()[1:]
            roots.setdefault(int(size), set()).add(root)


@pytest.mark.slow
def test_ten_kills_at_random_lose_nothing(tmp_path):
    dice = random.Random(20260101)
    entries: dict[int, str] = {}
    roots: dict[int, set[str]] = {}
    reserve(a_home(tmp_path), 1, by=2)

    for _ in range(10):
        process = run(tmp_path, 1)
        first = process.stdout.readline()
        time.sleep(dice.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        output, errors = process.communicate()
        assert process.returncode == -signal.SIGKILL, errors
        read(first + output, entries, roots)
        home = a_home(tmp_path)
        home.log.recover()
        sound = check_log(home)
        published = home.log.published()
        roots.setdefault(published.size, set()).add(published.root.hex())
        home.engine.dispose()
        ids = [entry.id for entry in sound.entries]
        assert {index: ids[index] for index in entries} == entries
        assert len(set(ids)) == len(ids)

    assert all(len(found) == 1 for found in roots.values()), "two roots were published for one size"
    assert len(entries) > 10


@pytest.mark.slow
def test_two_processes_append_to_one_home_one_after_the_other(tmp_path):
    entries: dict[int, str] = {}
    roots: dict[int, set[str]] = {}
    a_home(tmp_path).log.recover()

    writers = [run(tmp_path, party, 25) for party in (1, 2)]
    for writer in writers:
        output, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, output + errors
        read(output, entries, roots)

    home = a_home(tmp_path)
    sound = check_log(home)
    assert {index: entry.id for index, entry in enumerate(sound.entries)} == entries
    assert all(len(found) == 1 for found in roots.values())
    assert len(list(home.registry.works())) == 50


@pytest.mark.slow
def test_two_processes_open_a_fresh_database_at_once(tmp_path):
    code = "import sys; from placet.store.database import *; open_database('sqlite:///' + sys.argv[1]); print('open')"
    command = [sys.executable, "-c", code, str(tmp_path / "placet.db")]

    openers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]

    for opener in openers:
        output, errors = opener.communicate(timeout=60)
        assert output == "open\n", errors


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_sequencer_and_mirror_killed_together_lose_nothing():
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "kill_log.py", "--rounds", "3", "--seed", "7"],
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "none lost or moved" in done.stdout
