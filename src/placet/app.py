"""The only composition root: environment, clock, randomness, keys and stores meet here and nowhere else.

PLACET_HOME/
  keys/       party.pem log.pem clear.pem, mode 0600
  placet.db   the log's entries and their projection
  log/        the log's public folder: checkpoint, tile/, blobs/, openings/
  trust/      tlog policy files, and the largest checkpoint seen of each log
  receipts/   one dated folder a submission
  cache/      what can be made again
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path

import platformdirs
from sqlalchemy import Engine

from placet.errors import NotFound, Refused
from placet.log.sequencer import Log, Submission
from placet.record.notes import ED25519, Vkey
from placet.record.policy import Policy, format_policy
from placet.registry.admission import admit
from placet.registry.compose import Composer
from placet.registry.openings import Opening
from placet.signing.keys import Key, Role, fingerprint, generate, read_key, write_key
from placet.store.database import open_database, sqlite_url
from placet.store.log import SqlCheckpointLock, SqlEntries
from placet.store.registry import SqlRegistry, SqlState, project_entries

__all__ = ["Home", "open_home", "today"]


@dataclass
class Home:
    """One `PLACET_HOME`.  `now` gives UTC seconds and `random` gives bytes, so that tests may fix both."""

    path: Path
    database: str = ""
    now: Callable[[], int] = lambda: int(time.time())
    random: Callable[[int], bytes] = secrets.token_bytes
    passphrase: Callable[[Path], bytes | None] = field(default=lambda _: None)

    # --- keys -------------------------------------------------------------------------------------------

    def key_path(self, role: Role) -> Path:
        return self.path / "keys" / f"{role.value}.pem"

    def new_key(self, role: Role, name: str = "", passphrase: bytes | None = None) -> Key:
        """Make and keep the key of a role; Refused when there is one, since a key is never overwritten."""
        key = generate(self.random(32), role, name)
        self.key_path(role).parent.mkdir(parents=True, exist_ok=True)
        write_key(self.key_path(role), key, passphrase)
        return key

    def key(self, role: Role) -> Key:
        """The key of a role, made on first use."""
        try:
            key = read_key(self.key_path(role), self.passphrase(self.key_path(role)))
        except NotFound:
            return self.new_key(role)
        if key.role is not role:
            raise Refused(f"{self.key_path(role)} is a {key.role} key; a key has one role only")
        return key

    # --- the record -------------------------------------------------------------------------------------

    @cached_property
    def engine(self) -> Engine:
        self.path.mkdir(parents=True, exist_ok=True)
        return open_database(self.database or sqlite_url(self.path / "placet.db"))

    @cached_property
    def registry(self) -> SqlRegistry:
        return SqlRegistry(self.engine)

    @cached_property
    def log(self) -> Log:
        """The log of this home; its key is made on first use, and trusted here from then on."""
        key = self.key(Role.LOG)
        origin = key.name or f"local.placet/{fingerprint(key.public)}"
        self._trust_own(Vkey(origin, ED25519, key.public))
        files = self.log_files
        entries = SqlEntries(self.engine, partial(_project, blob=files.blob, opening=files.opening))
        lock = SqlCheckpointLock(self.engine, origin)
        return Log(files.folder, entries, lock, key, origin, self._admit)

    @cached_property
    def log_files(self):  # type: ignore[no-untyped-def]
        from placet.log.files import LogFiles

        return LogFiles(self.path / "log")

    @property
    def has_log(self) -> bool:
        return self.key_path(Role.LOG).exists()

    def composer(self, key: Key) -> Composer:
        """A composer that continues from the key's newest entry; it introduces a new key first."""
        last = self.registry.last_of(key.public.hex())
        composer = Composer(key, last, self.now())
        if not last:
            name = Opening(salt=self.random(32), value=key.name, show=True) if key.name else None
            composer.introduce(name)
        return composer

    def _admit(self, submission: Submission) -> None:
        with self.engine.connect() as connection:
            state = SqlState(connection, self.log_files.blob, self.log_files.opening)
            admit(submission.entries, dict(submission.blobs), state)

    def _trust_own(self, vkey: Vkey) -> None:
        path = self.path / "trust" / f"{vkey.id.hex()}.policy"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(format_policy(Policy(logs=((vkey, ""),))), encoding="utf-8")


def _project(connection, batch, *, blob, opening) -> None:  # type: ignore[no-untyped-def]
    project_entries(connection, batch, blob, opening)


def open_home(path: Path | None = None) -> Home:
    """The home at `path`, else at PLACET_HOME, else where this system keeps a person's data."""
    chosen = path or (Path(os.environ["PLACET_HOME"]) if os.environ.get("PLACET_HOME") else None)
    place = chosen or Path(platformdirs.user_data_dir("placet", appauthor=False))
    return Home(place.expanduser().absolute(), os.environ.get("PLACET_DATABASE_URL", ""))


def today(seconds: int) -> str:
    """The UTC date of a time, for people."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
