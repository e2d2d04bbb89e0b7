"""The only composition root: environment, clock, randomness, keys and stores meet here and nowhere else.

PLACET_HOME/
  keys/       party.pem log.pem clear.pem embed.pem, mode 0600, and embed.crt
  placet.db   the log's entries and their projection
  ledger.db   who was paid: no projection, and kept apart
  runs/       one folder a split: its manifest, and the sheets it was made from
  log/        the log's public folder: checkpoint, tile/, blobs/, openings/ (sealed)
  vault/      keys/ that open what is sealed, one a person, to be left out of every backup; what else is sealed
  trust/      tlog policy files, and the largest checkpoint seen of each log
  lists/      what others keep lists of, as it was imported
  witness/    as a witness: the newest checkpoint cosigned of each log
  receipts/   one dated folder a submission, in the clear: to be left out of every backup, too
  rates/      as an operator who set rates.json: what each party registered, by day
  identity/   challenges that wait for an answer, and the hashes of tokens that were mailed
  cache/      what can be made again
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs
from sqlalchemy import Connection, Engine

from placet.core.authority import Authority
from placet.errors import BadInput, BadPolicy, NotFound, Refused, WrongUsage
from placet.log.cosigning import ask_witnesses
from placet.log.files import LogFiles, read_plain, shred, write_durable
from placet.log.fsck import Sound, check_log, check_more
from placet.log.lock import locked
from placet.log.ports import Published, Reply
from placet.log.sequencer import Log, Submission
from placet.log.tree import StoredTree
from placet.record.checkpoint import Checkpoint, parse_checkpoint
from placet.record.entries import Entry
from placet.record.merkle import Nodes
from placet.record.notes import ED25519, Vkey, parse_note
from placet.record.policy import MAX_POLICY, Policy, format_policy, parse_policy, with_witnesses
from placet.record.policy import Witness as Witnessing
from placet.registry.admission import admit, check_signature
from placet.registry.clock import check_clock
from placet.registry.compose import Composer
from placet.registry.contents import check_contents
from placet.registry.gather import MARKER, MARKER_TEXT
from placet.registry.openings import Opening, shown_value
from placet.registry.projection import named
from placet.registry.rates import read_rates
from placet.registry.receipts import Receipts, Written
from placet.signing.keys import Key, Role, fingerprint, generate, read_key, write_key
from placet.signing.memory import Memory, remember_checkpoint
from placet.signing.notes import Cosigner
from placet.store.database import open_database, sqlite_url
from placet.store.erased import NotedErasures, erased_by
from placet.store.fsck import check_database, rebuild_database, set_aside
from placet.store.log import SqlCheckpointLock, SqlEntries, unpublished
from placet.store.registry import SqlRegistry, SqlState, project_entries
from placet.store.vault import FileVault

if TYPE_CHECKING:
    from placet.clearance.engine import Engine as UnitEngine
    from placet.fetch.challenge import Vantage
    from placet.fetch.static import StaticHost
    from placet.fetch.visit import Visitor
    from placet.licensing.ports import Ledger
    from placet.log.witness import Witness

__all__ = ["Home", "engine_of", "open_home", "read_policy", "today"]


@dataclass
class Home:
    """One `PLACET_HOME`.  `now` gives UTC seconds and `random` gives bytes, so that tests may fix both."""

    path: Path
    database: str = ""
    now: Callable[[], int] = lambda: int(time.time())  # noqa: TID251 - here it is read
    random: Callable[[int], bytes] = secrets.token_bytes
    passphrase: Callable[[Path], bytes | None] = field(default=lambda _: None)
    tell: Callable[[str], None] = field(default=lambda _: None)
    loopback: bool = False
    ledger_database: str = ""
    resolvers: tuple[str, ...] = ()  # of the DNS, such as 9.9.9.9 or 127.0.0.1:5353; none are the system's
    web_port: int = 80  # where a challenge is looked for; another one only on this machine, see `loopback`
    mail: str = ""  # smtp://host:25?from=ADDRESS, by which tokens are sent

    # --- keys -------------------------------------------------------------------------------------------

    def key_path(self, role: Role) -> Path:
        return self.path / "keys" / f"{role.value}.pem"

    def new_key(self, role: Role, name: str = "", passphrase: bytes | None = None, path: Path | None = None) -> Key:
        """Make and keep the key of a role; Refused when there is one, since a key is never overwritten."""
        key, file = generate(self.random(32), role, name), path or self.key_path(role)
        if path is None:
            self.begin()
        file.parent.mkdir(parents=True, exist_ok=True)
        own = role is Role.PARTY and path is None
        write_key(file, replace(key, name="") if own else key, passphrase)
        if own and name:
            write_durable(file.with_suffix(".name"), self.vault.put(key.public.hex(), "name", name).encode())
        return key

    def key(self, role: Role, path: Path | None = None) -> Key:
        """The key of a role, made on first use; one at a `path` of its own must be there."""
        file = path or self.key_path(role)
        if path is None and not file.exists():
            return self.new_key(role)
        key = read_key(file, self.passphrase(file))
        if key.role is not role:
            raise Refused(f"{file} is a {key.role} key; a key has one role only, and a {role} key is needed")
        return replace(key, name=self._sealed_name(file)) if role is Role.PARTY and not key.name else key

    def _sealed_name(self, file: Path) -> str:
        """A person's own name does not lie beside her key, which goes into backups, but in the vault."""
        name = read_plain(file.with_suffix(".name"))
        return self.vault.get(name.decode()) or "" if name else ""

    # --- the record -------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Make the folder, marked as ours so that nothing in it is ever registered as a work."""
        if self.path.exists() and not self.path.is_dir():
            raise Refused(f"{self.path} is no folder, and keys, log and receipts are kept in one: give another --home")
        if not (self.path / MARKER).exists():
            write_durable(self.path / MARKER, MARKER_TEXT)

    @property
    def begun(self) -> bool:
        """Whether anything was registered here yet."""
        return (self.path / "placet.db").exists() or bool(self.database)

    @property
    def size(self) -> int:
        """How many entries the database holds."""
        return SqlEntries(self.engine, lambda *_: None).size()

    @property
    def newest(self) -> Checkpoint | None:
        """The newest checkpoint of the log kept here, also where its key is not; None before the first entry."""
        note = self.log.published().note if self.has_log else self.begun and self.log_files.read("checkpoint")
        return parse_checkpoint(parse_note(note).text) if note else None

    @property
    def hot(self) -> Path:
        """Where what look-ups in a snapshot need is kept, once it was built; hand it on for checked snapshots only."""
        return self.path / "cache" / "hot"

    @cached_property
    def engine(self) -> Engine:
        self.begin()
        return open_database(self.database or sqlite_url(self.path / "placet.db"))

    @cached_property
    def registry(self) -> SqlRegistry:
        return SqlRegistry(self.engine, partial(shown_value, opening=self.log_files.opening))

    @cached_property
    def log(self) -> Log:
        """The log of this home; its key is made on first use, and trusted here from then on."""
        if not self.has_log and self.newest:
            place = self.key_path(Role.LOG)
            raise Refused(f"the log that is kept here was signed by a key that is not: to write on, put it at {place}")
        key = self.key(Role.LOG)
        origin = key.name or f"local.placet/{fingerprint(key.public)}"
        self._trust_own(Vkey(origin, ED25519, key.public))
        files = self.log_files
        entries = SqlEntries(self.engine, partial(_project, blob=files.blob))
        lock = SqlCheckpointLock(self.engine, origin)
        return Log(files.folder, entries, lock, key, origin, self._admit, cosign=self._cosign, seal=self._seal)

    @cached_property
    def log_files(self) -> LogFiles:
        return LogFiles(self.path / "log", self.vault.unseal)

    @cached_property
    def vault(self) -> FileVault:
        """Where the keys lie that open names, titles and addresses."""
        return FileVault(self.path / "vault", self.random)

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

    def submit(self, key: Key, write: Callable[[Composer], None]) -> tuple[Submission, list[int]]:
        """Append what `write` composes for `key`; composed anew when another process was faster."""
        while True:
            last = self.registry.last_of(key.public.hex())
            composer = self.composer(key)
            write(composer)
            submission = composer.submission()
            try:
                return submission, self.log.append(submission)
            except Refused:
                if self.registry.last_of(key.public.hex()) == last:
                    raise

    def written(self, submission: Submission, indexes: Sequence[int]) -> list[Written]:
        """Each entry that was taken, with its proof under the newest checkpoint."""
        places = zip(indexes, submission.entries, self.log.receipts(indexes), strict=True)
        return [Written(index=index, entry=entry, proof=proof) for index, entry, proof in places]

    def receipts(self, chosen: Path | None = None) -> Receipts:
        """A folder of receipts to be written, dated today unless it was chosen."""
        return Receipts(root=self.path / "receipts", date=today(self.now()), policy=self.policy_text, chosen=chosen)

    def check_log(self) -> Sound:
        """Recompute the log of this home from its public folder."""
        if not self.log_files.read("checkpoint"):
            raise NotFound(f"there is no log in {self.path} yet")
        return check_log(
            self.log_files.folder, self.policy, check_signature, lambda said, _: check_contents(said, self.log_files)
        )

    def check_database(self, sound: Sound) -> Sound:
        """StoreDamaged unless the database is what the log's files make it; first an append that died is finished."""
        if self.begun and self.has_log and self._left_undone(sound):
            self.log.recover()
        with locked(self.path / "log.lock"):
            if parse_checkpoint(parse_note(self.log_files.need("checkpoint")).text) != sound.checkpoint:
                sound = self.check_log()
            check_database(self.engine, sound, self.log_files)
        return sound

    def _left_undone(self, sound: Sound) -> bool:
        """Whether entries were taken and not published yet; StoreDamaged where they are none of a log's."""
        with self.engine.connect() as connection:
            more = list(unpublished(connection, sound.checkpoint.size))
        check_more(sound, more, check_signature)
        return bool(more)

    def rebuild_database(self, sound: Sound) -> None:
        """Make the database again from the log's files; one that cannot be read any more is kept beside it."""
        with locked(self.path / "log.lock"):
            if not self.database and (kept := set_aside(self.path / "placet.db", sound.checkpoint)):
                self.tell(f"The database could not be read, and is kept as {kept}.")
            rebuild_database(self.engine, sound, self.log_files)
            self._forget_again(sound.entries)

    def _forget_again(self, said: Iterable[Entry]) -> None:
        """Where an opening that the log says was erased lies in the log's folder again, it is destroyed again."""
        paths = [self.log_files.folder / self.log_files.opening_path(name) for name in sorted(erased_by(said))]
        back = [path for path in paths if path.exists()]
        for path in back:
            shred(path)
        if back:
            self.tell(f"{len(back)} erased fields lay here again, out of an older copy, and were destroyed again.")

    # --- money ------------------------------------------------------------------------------------------

    @cached_property
    def ledger(self) -> Ledger:
        from placet.store.ledger import SqlLedger
        from placet.store.ledger_tables import LEDGER

        self.begin()
        return SqlLedger(open_database(self.ledger_database or sqlite_url(self.path / "ledger.db"), LEDGER))

    @property
    def has_ledger(self) -> bool:
        return bool(self.ledger_database) or (self.path / "ledger.db").exists()

    # --- the web ----------------------------------------------------------------------------------------

    def visitor(self) -> Visitor:
        """Asks sites what they say, with a day's memory; this machine's own only where `loopback` allows it."""
        from placet.fetch.cache import Cache
        from placet.fetch.guard import Guard
        from placet.fetch.visit import PAUSE, USER_AGENT, Visitor
        from placet.fetch.wire import Wire

        wire = Wire(Guard(loopback=self.loopback), self.now, time.monotonic, USER_AGENT)
        pause = 0.0 if self.loopback else PAUSE
        cache = None if self.loopback else Cache(self.path / "cache" / "fetch")
        return Visitor(wire, time.monotonic, time.sleep, cache, pause)

    def static_host(self, url: str) -> StaticHost:
        """The files below an address, as a log's mirror reads them."""
        from placet.fetch.guard import Guard
        from placet.fetch.static import AGENT, LIMITS, StaticHost
        from placet.fetch.wire import Wire

        return StaticHost(Wire(Guard(loopback=self.loopback), self.now, time.monotonic, AGENT, LIMITS), url)

    def post(self, url: str, body: bytes) -> None:
        """Tell an address that was named for it; Refused unless it took what it was told."""
        from placet.fetch.guard import Guard
        from placet.fetch.webhook import AGENT, post_json
        from placet.fetch.wire import Wire

        with Wire(Guard(loopback=self.loopback), self.now, time.monotonic, AGENT) as wire:
            post_json(wire, url, body)

    # --- who somebody is --------------------------------------------------------------------------------

    def vantage(self) -> Vantage:
        """From where an answer to a challenge is looked for."""
        from placet.fetch.challenge import Vantage
        from placet.fetch.dns import parse_resolver

        resolvers = tuple(map(parse_resolver, self.resolvers))
        return Vantage(now=self.now, clock=time.monotonic, resolvers=resolvers, loopback=self.loopback)

    def send_mail(self, to: str, subject: str, text: str) -> None:
        """One letter by the mail server of this home; Refused where it takes nothing."""
        from placet.fetch.mail import send

        send(self.mail, to, subject, text)

    # --- witnesses --------------------------------------------------------------------------------------

    def witness(self, logs: Sequence[Vkey]) -> Witness:
        """This home as a witness of these logs; its key is made on first use."""
        from placet.log.witness import FileSeen, Witness

        cosigner = self.cosigner
        known = {vkey.name: [each for each in logs if each.name == vkey.name] for vkey in logs}
        return Witness(cosigner, known, FileSeen(self.path / "witness"), self.now)

    @property
    def cosigner(self) -> Cosigner:
        """The witness's key under its name: the key's own, else one made of the key's hash."""
        key = self.key(Role.WITNESS)
        return Cosigner(key, key.name or f"local.placet/witness/{fingerprint(key.public)}")

    @property
    def own_policy(self) -> Policy:
        """The policy of this home's own log: its key, its witnesses with their addresses, and the quorum asked for."""
        return read_policy(self._own_policy_path(self.log.key))

    def set_witnesses(self, witnesses: Sequence[Witnessing], quorum: int) -> Policy:
        """Name the log's witnesses; `quorum` of them must cosign a checkpoint before it is shown, 0 asks for none."""
        policy = with_witnesses(self.own_policy.logs, witnesses, quorum)
        write_durable(self._own_policy_path(self.log.key), format_policy(policy).encode())
        return policy

    def _own_policy_path(self, key: Key) -> Path:
        vkey = Vkey(self.log.origin, ED25519, key.public)
        return self.path / "trust" / f"{vkey.id.hex()}.policy"

    def _cosign(self, published: Published, seen: int, nodes: Nodes) -> Published:
        """`placet.log.ports.Cosign`: the witnesses of the log's own policy are asked, and who is missing is said."""
        policy = self.own_policy
        if not policy.witnesses:
            return published
        cosigned = ask_witnesses(published, policy, seen, nodes, self._post)
        for clause in cosigned.missing:
            self.tell(f"Not cosigned: the witness {clause}.")
        return cosigned.published

    def _post(self, url: str, body: bytes) -> Reply:
        """`placet.log.ports.Post`, by a connection of its own, since several may be open at once."""
        from placet.fetch.post import post_text

        return Reply(*post_text(url, body, loopback=self.loopback, now=self.now, clock=time.monotonic))

    # --- trust ------------------------------------------------------------------------------------------

    @property
    def policy(self) -> Policy:
        """The logs that are trusted here: its own, and those whose policy file was put into trust/."""
        logs = [log for policy in self._policies() for log in policy.logs]
        return Policy(logs=tuple(dict.fromkeys(logs)))

    def policy_for(self, origin: str) -> Policy | None:
        """The policy that speaks of this log, with its witnesses and quorum."""
        for policy in self._policies():
            if any(vkey.name == origin for vkey, _ in policy.logs):
                return policy
        return None

    def remember(self, files: LogFiles) -> None:
        """Keep the checkpoint of a log's folder, verified by the caller; Rollback when it takes back an older one."""
        note = files.need("checkpoint")
        size = parse_checkpoint(parse_note(note).text).size
        remember_checkpoint(self.memory, note, StoredTree(files).nodes(size))

    @property
    def memory(self) -> Memory:
        """The largest checkpoint seen of each log."""
        return _Seen(self.path / "trust" / "seen")

    @property
    def policy_text(self) -> str:
        """What a reader of our receipts is asked to trust: the key of this home's log, and its witnesses."""
        return format_policy(self.own_policy)

    def _policies(self) -> list[Policy]:
        return [read_policy(path) for path in sorted((self.path / "trust").glob("*.policy"))]

    def _admit(self, submission: Submission) -> None:
        with self.engine.connect() as connection:
            state = SqlState(connection, self.log_files.blob)
            admit(submission.entries, submission.blobs, state, submission.openings, origin=self.log.origin)
            known = state.known([entry.leaf for entry in submission.entries])
            new = [entry for entry in submission.entries if entry.leaf not in known]
            check_clock(new, self.now())
            if rates := read_rates(self.path):
                roles = {entry.by: state.role_of(entry.by) for entry in new}
                rates.take(new, Authority.of(state.acts()), roles, self.now())

    def _seal(self, submission: Submission) -> dict[str, bytes]:
        """Openings as they are kept: under the key of whom they are about; those named in credits each have their own.

        What is here already is left out: its first opening stays; and what was erased: it is not taken in again.
        """
        sealed, erased = dict[str, bytes](), self._erased(submission.openings)
        for name in sorted(erased):
            self.tell(f"What opens {name[:12]} was erased here, and is not kept again.")
        for entry in submission.entries if submission.openings else ():
            for kind, name in named(entry, submission.blobs.get):
                is_new = name in submission.openings and name not in erased and self.log_files.opening(name) is None
                if kind == "opening" and is_new:
                    sealed.setdefault(name, self.vault.seal(self.subject_of(entry), name, submission.openings[name]))
        return sealed

    def _erased(self, names: Collection[str]) -> frozenset[str]:
        """Those of which the log says so, and those that an erasure which is not done yet has destroyed."""
        if not names:
            return frozenset()
        noted = NotedErasures(self.engine, self.path / "cache" / "erased.json").names()
        return frozenset(names) & (noted | frozenset(self.pending_erasure["fields"]))

    @property
    def pending_erasure(self) -> dict[str, Any]:
        """What an erasure wrote down and did not finish; empty lists when there is none."""
        data = read_plain(self.path / "vault" / "erasing.json")
        empty: dict[str, Any] = {"destroy": [], "exchange": [], "fields": {}, "receipts": []}
        return empty | json.loads(data) if data else empty

    def subject_of(self, entry: Entry) -> str:
        """Whose key seals a field of this entry: its speaker's; whoever is named in credits may have none here."""
        return self.random(32).hex() if entry.type == "made.add" else entry.by

    def _trust_own(self, vkey: Vkey) -> None:
        path = self.path / "trust" / f"{vkey.id.hex()}.policy"
        if not path.exists():
            write_durable(path, format_policy(Policy(logs=((vkey, ""),))).encode())


def engine_of(name: str, address: str = "", limit: int = 0) -> UnitEngine:
    """How units are run: by a `pool` of processes here, or by `ray`, which is told to report nothing to anybody."""
    if address and name != "ray":
        raise WrongUsage("--address names a Ray cluster: add --engine ray")
    if name == "pool":
        from placet.clearance.engine import run_in_pool

        return run_in_pool
    if name == "ray":
        from placet.clearance.cluster import RayEngine
        from placet.fetch.reach import is_reachable

        host, colon, port = address.removeprefix("ray://").rpartition(":")
        if colon and not (port.isdecimal() and int(port) < 65536 and is_reachable(host.strip("[]"), int(port))):
            raise Refused(f"there is no Ray cluster at {address}: nothing answers there")
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
        return RayEngine(address, limit)
    raise WrongUsage(f"--engine {name}: choose one of pool, ray")


def read_policy(path: Path) -> Policy:
    """Whose log to believe, by a reader's own file; every fault of it names the file."""
    try:
        with path.open("rb") as file:
            return parse_policy(file.read(MAX_POLICY + 1))
    except FileNotFoundError:
        raise NotFound(f"there is no policy file {path}") from None
    except BadInput as error:
        raise BadPolicy(f"{path}: {error}") from error


@dataclass(frozen=True, slots=True)
class _Seen:
    """`placet.signing.memory.Memory` in a folder."""

    folder: Path

    def read(self, path: str) -> bytes | None:
        try:
            return (self.folder / path).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, path: str, data: bytes) -> None:
        write_durable(self.folder / path, data)


def _project(
    connection: Connection, batch: Sequence[tuple[int, Entry]], *, blob: Callable[[str], bytes | None]
) -> None:
    project_entries(connection, batch, blob)


def open_home(path: Path | None = None) -> Home:
    """The home at `path`, else at PLACET_HOME, else where this system keeps a person's data."""
    chosen = path or (Path(os.environ["PLACET_HOME"]) if os.environ.get("PLACET_HOME") else None)
    place = chosen or Path(platformdirs.user_data_dir("placet", appauthor=False))
    home = Home(place.expanduser().absolute(), os.environ.get("PLACET_DATABASE_URL", ""))
    home.ledger_database = os.environ.get("PLACET_LEDGER_URL", "")
    home.loopback = os.environ.get("PLACET_LOOPBACK", "") == "1"
    home.resolvers = tuple(os.environ.get("PLACET_RESOLVERS", "").replace(",", " ").split())
    home.mail = os.environ.get("PLACET_SMTP_URL", "")
    if home.loopback and (port := os.environ.get("PLACET_WEB_PORT", "")):
        home.web_port = _port(port)
    return home


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise WrongUsage(f"PLACET_WEB_PORT is {text[:20]!r}, and no port")
    return int(text)


def today(seconds: int) -> str:
    """The UTC date of a time, for people."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
