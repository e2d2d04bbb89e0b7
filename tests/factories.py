"""Keys, works, submissions and homes for tests; and `check_log`, which re-verifies everything there is."""

from __future__ import annotations

import hashlib
import itertools
from pathlib import Path

from placet.app import Home
from placet.core.canonical import encode
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.core.work import Medium, WorkRecord
from placet.fingerprints.sheet import Sheet, format_sheet
from placet.log import fsck
from placet.log.fsck import Sound
from placet.log.sequencer import Submission
from placet.record.entries import Entry, parse_entry, unsigned
from placet.record.policy import Policy, parse_policy
from placet.registry.admission import check_signature
from placet.registry.compose import Attested, Composer, NewWork, Wish
from placet.registry.contents import check_contents
from placet.registry.openings import Opening
from placet.signing.keys import Key, Role
from placet.store.fsck import check_database

__all__ = [
    "NOW",
    "a_composer",
    "a_home",
    "a_key",
    "a_wish",
    "a_work",
    "append",
    "check_identity",
    "check_log",
    "policy_of",
    "reserve",
    "sign",
    "works_of",
]

NOW = 1_750_000_000


def a_key(number: int = 1, role: Role = Role.PARTY, name: str = "") -> Key:
    """The same key for the same number."""
    return Key(role, hashlib.sha256(f"{role} {number}".encode()).digest(), name)


def a_home(path: Path) -> Home:
    """A home whose clock stands still and whose randomness is counted."""
    counter = itertools.count()
    return Home(path, now=lambda: NOW, random=lambda size: hashlib.shake_128(b"%d" % next(counter)).digest(size))


def a_work(number: int = 1, *, title: str = "", thumb: bytes = b"", prints: bool = True) -> NewWork:
    """A picture that nobody made, with a sheet of fingerprints."""
    digest = hashlib.sha256(b"work %d" % number)
    sheet = format_sheet(Sheet(plh={"identity": digest.digest()}, pdq=digest.digest(), quality=80)) if prints else b""
    record = WorkRecord(
        medium=Medium.IMAGE,
        sha256=digest.hexdigest(),
        blake3=digest.hexdigest()[::-1],
        size=1000 + number,
        iscc="",
        prints=hashlib.sha256(sheet).hexdigest() if prints else "",
    )
    salt = hashlib.sha256(b"salt %d" % number).digest()
    opening = Opening(salt=salt, value=title, show=True) if title else None
    return NewWork(record=record, sheet=sheet, title=opening, thumb=thumb)


def a_wish(stance: Stance = Stance.RESERVE, *, uses: tuple[Use, ...] = (Use.TRAIN,), terms: str = "") -> Wish:
    return Wish(uses=uses, stance=stance, start=NOW, terms=terms)


def works_of(ids: list[str]) -> list[Subject]:
    return [Subject(Kind.WORK, id_) for id_ in ids]


def a_composer(home: Home, number: int = 1, name: str = "") -> Composer:
    """A composer for the numbered party, who is introduced first if she is new."""
    return home.composer(a_key(number, name=name))


def reserve(home: Home, *numbers: int, by: int = 1) -> list[str]:
    """Register the numbered works and reserve them, in one submission; returns their ids."""
    composer = a_composer(home, by)
    ids = composer.register([a_work(number) for number in numbers])
    composer.declare(works_of(ids), a_wish())
    home.log.append(composer.submission())
    return ids


def check_identity(home: Home, *numbers: int) -> None:
    """The log says that it was shown who the numbered parties are: their yes counts."""
    composer = home.composer(home.log.key)
    for number in numbers:
        party = a_key(number).public.hex()
        composer.attest(
            Attested(party=party, kind="document", method="document", start=home.now(), commitment="ab" * 32)
        )
    home.log.append(composer.submission())


def sign(key: Key, type_: str, prev: str, body: dict[str, object]) -> Entry:
    """One entry by hand, for those that a composer would not make."""
    sig = key.sign(unsigned(type_, key.public.hex(), prev, body)).hex()
    value = {"v": 1, "type": type_, "by": key.public.hex(), "prev": prev, "body": body, "sig": sig}
    return parse_entry(encode(value))


def policy_of(home: Home) -> Policy:
    """The policy that trusts this home's own log."""
    (path,) = (home.path / "trust").glob("*.policy")
    return parse_policy(path.read_text(encoding="utf-8"))


def check_log(home: Home) -> Sound:
    """Recompute every hash, signature, index and table; returns what was found sound."""
    sound = fsck.check_log(home.path / "log", policy_of(home), check_signature, check_contents)
    check_database(home.engine, sound, home.log_files)
    return sound


def append(home: Home, entries: list[Entry]) -> list[int]:
    return home.log.append(Submission(tuple(entries)))
