"""Giving a licence, taking one back, listing those that were given, and judging one that came from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from placet.app import Home
from placet.app import today as day_of
from placet.core.offer import Offer, is_offer, parse_offer
from placet.core.spoken import Spoken
from placet.core.stance import Stance
from placet.core.subject import Subject
from placet.core.use import Use
from placet.desk.identifying import speaker_of
from placet.desk.status_lists import entries_in, list_name, statuses_in
from placet.errors import BadInput, NotFound, PlacetError, Refused, WrongUsage
from placet.licensing.agreement import Agreement
from placet.licensing.check import Standing, standing
from placet.licensing.document import (
    MOST_BYTES,
    LicenceFile,
    digest,
    parse_file,
    seal_licence,
    seal_status,
)
from placet.licensing.scope import scope_root, sorted_scope
from placet.licensing.status import StatusList
from placet.log.files import LogFiles, write_durable
from placet.log.lock import locked
from placet.record.entries import commitment
from placet.registry.compose import Composer
from placet.registry.speaker import Speaker
from placet.registry.withdraw import LEAST
from placet.signing.findings import Finding, Mark
from placet.signing.keys import Key, fingerprint

__all__ = [
    "Asked",
    "Given",
    "Grant",
    "examine",
    "give",
    "given",
    "offer_for",
    "read_licence",
    "revoke",
]

_DAY = 86_400
_LIST_DAYS = 30
_PLACES = 8_192
_FEW = 32
SUFFIX = ".licence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What is to be licensed to whom; `until` 0 for no end, `price` the whole price."""

    works: Sequence[Subject]
    holder: str
    uses: tuple[Use, ...]
    offer: Offer
    digest: str = ""
    model: str = ""
    start: int = 0
    until: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A licence that stands in this home, and what it is worth now."""

    path: Path
    file: LicenceFile
    standing: Standing


def offer_for(home: Home, works: Sequence[Subject], uses: tuple[Use, ...], by: Speaker) -> tuple[Offer, str]:
    """Her one standing offer for all of these works and uses, and its digest; Refused where there is none or two."""
    words = _said_by(home, works, by)
    names = set[str]()
    for use in uses:
        newest: dict[tuple[int, ...], str] = {}  # most works share their words
        for work, said in words.items():
            indexes = tuple(each.index for each in said)
            if indexes not in newest:
                newest[indexes] = _newest_terms(home, said, use)
            if not newest[indexes]:
                raise Refused(f"you have no offer for {use} of {work}: make one with `placet offer` (licence.no-offer)")
            names.add(newest[indexes])
    found = {name: parse_offer(home.log_files.blob(name) or b"") for name in names}
    if len(found) != 1:
        raise Refused(
            "you have more than one offer for these works: give a licence for each of them (licence.two-offers)"
        )
    ((name, offer),) = found.items()
    return offer, name


def _said_by(home: Home, works: Sequence[Subject], by: Speaker) -> dict[Subject, list[Spoken]]:
    """Her words about each of these works, but what a lost key said; for many works the whole record is read once."""
    if len(works) <= _FEW:
        return {work: [said for said in home.registry.spoken_about(work) if by.stands_by(said)] for work in works}
    found: dict[Subject, list[Spoken]] = {work: [] for work in works}
    for said in home.registry.spoken():
        if by.stands_by(said):
            for subject in said.subjects:
                if subject in found:
                    found[subject].append(said)
    return found


def _newest_terms(home: Home, words: Sequence[Spoken], use: Use) -> str:
    """The digest of the offer in her newest word in force about this use; empty where that is no offer."""
    now = home.now()
    said = [s for s in words if any(u.covers(use) for u in s.uses)]
    gone = {s.withdraws for s in said if s.withdraws is not None}
    alive = [s for s in said if s.stance and s.index not in gone and s.start <= now and not 0 < s.until <= now]
    newest = max(alive, key=lambda s: s.index, default=None)
    if newest is None or newest.stance is not Stance.LICENSE or not newest.terms:
        return ""
    terms = home.log_files.blob(newest.terms)
    return newest.terms if terms is not None and is_offer(terms) else ""


def give(home: Home, key: Key, grant: Grant, out: Path | None = None) -> Given:
    """Sign a licence, log that it was given, and write its file; durable before it is handed out."""
    folder = home.path / "licences"
    with locked(folder / ".lock"):
        works = sorted_scope(grant.works)
        _check_mine(home, works, speaker_of(home, key))
        kept = [each.file for each in given(home)]
        old = _own_status(home, key.public.hex())
        said = _agreement(home, key, grant, works, _free_place(home, old, kept))
        status = replace(old, expires_at=max(old.expires_at, home.now() + _LIST_DAYS * _DAY))
        token, salt = seal_licence(said, key), home.random(32)
        status_token = seal_status(status, key)
        file = LicenceFile(
            token=token, agreement=said, works=works, proofs=(), salt=salt, status=status, status_token=status_token
        )
        path = out or folder / f"{said.id}{SUFFIX}"
        if path.exists():
            raise Refused(f"{path} is there already, and a licence is never overwritten (licence.there)")
        unlogged = folder / f"{said.id}.unlogged"  # what is not in the log yet is no licence, and is not lost
        write_durable(unlogged, file.data())
        home.submit(key, lambda composer: _log(composer, commitment(salt, digest(token)), status_token))
        unlogged.replace(folder / f"{said.id}{SUFFIX}")
        if out:
            write_durable(out, file.data())
    return Given(path=path, file=file, standing=standing(file, home.now()))


def _log(composer: Composer, licence: str, status: str) -> None:
    composer.license(licence)
    composer.list_status(status.encode())


def _check_mine(home: Home, works: Sequence[Subject], by: Speaker) -> None:
    for work, said in _said_by(home, works, by).items():
        if not said:
            raise Refused(
                f"you have said nothing about {work}: only who spoke for a work licenses it (licence.not-yours)"
            )


def _agreement(home: Home, key: Key, grant: Grant, works: tuple[Subject, ...], place: int) -> Agreement:
    offer, now = grant.offer, home.now()
    return Agreement(
        id=home.random(16).hex(),
        licensor=key.public.hex(),
        holder=grant.holder,
        uses=grant.uses,
        unit=offer.unit,
        root=scope_root(works),
        count=len(works),
        issued_at=now,
        start=grant.start or now,
        until=grant.until,
        status=list_name(key.public.hex()),
        place=place,
        price=offer.total(len(works)),
        rate=offer.rate,
        model=grant.model,
        territory=offer.territory,
        credit=offer.credit,
        report=offer.report,
        offer=grant.digest,
    )


def _free_place(home: Home, status: StatusList, kept: Iterable[LicenceFile]) -> int:
    """A place by chance, so that a list tells nobody how many licences there are, and never one that was used."""
    used = {file.agreement.place for file in kept} | status.revoked
    free = [place for place in range(status.size) if place not in used]
    if not free:
        raise Refused(f"all {status.size:,} places of your status list are taken (licence.places)")
    return free[int.from_bytes(home.random(8)) % len(free)]


def _own_status(home: Home, licensor: str) -> StatusList:
    """The newest list under this key's name in the log, or an empty one; what was taken back is never forgotten."""
    name = list_name(licensor)
    mine = [each for each in statuses_in(home.log_files.folder, {licensor}) if each.uri == name]
    now = home.now()
    if mine:
        made = max(now, mine[-1].issued_at)  # a clock that was set back makes no list older than the one before
        return replace(mine[-1], issued_at=made, expires_at=made + _LIST_DAYS * _DAY)
    return StatusList(
        uri=name,
        issuer=licensor,
        issued_at=now,
        expires_at=now + _LIST_DAYS * _DAY,
        size=_PLACES,
        revoked=frozenset(),
    )


def revoke(home: Home, key: Key, start: str) -> Given:
    """Take back a licence that any key of the party gave; from the entry that says so on whoever asks the log knows."""
    with locked(home.path / "licences" / ".lock"):
        one = _one(home, start)
        said = one.file.agreement
        if not speaker_of(home, key).owns(said.licensor):
            raise Refused("only who gave a licence takes it back (licence.giver)")
        old = _own_status(home, said.licensor)
        if said.place in old.revoked:
            raise Refused(f"licence {said.id[:12]} was taken back before (licence.revoked)")
        status = replace(old, issuer=key.public.hex(), revoked=old.revoked | {said.place})
        home.submit(key, lambda composer: _list(composer, seal_status(status, key)))
    lists = statuses_in(home.log_files.folder, {said.licensor})
    return replace(one, standing=standing(one.file, home.now(), lists, home.now()))


def _list(composer: Composer, status: str) -> None:
    composer.list_status(status.encode())


def _one(home: Home, start: str) -> Given:
    if len(start) < LEAST:
        raise WrongUsage(f"{start!r} is too short to name a licence: give {LEAST} characters of its id or more")
    found = [each for each in given(home) if each.file.agreement.id.startswith(start.lower())]
    if len(found) != 1:
        raise NotFound(
            f"{len(found) or 'no'} licences given here begin with {start!r}:"
            " `placet licence list` shows them (licence.unknown)"
        )
    return found[0]


def given(home: Home) -> list[Given]:
    """Every licence given here, the oldest first, with what it is worth now."""
    files: dict[Path, LicenceFile] = {}
    for path in sorted((home.path / "licences").glob(f"*{SUFFIX}")):
        try:
            files[path] = parse_file(path.read_bytes())
        except PlacetError as error:
            raise BadInput(f"{path}: {error}") from error
    lists = statuses_in(home.log_files.folder, {file.agreement.licensor for file in files.values()})
    now = home.now()
    found = [Given(path=path, file=file, standing=standing(file, now, lists, now)) for path, file in files.items()]
    return sorted(found, key=lambda each: (each.file.agreement.issued_at, each.file.agreement.id))


# ---- judging a licence from anywhere -------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """At which time, and by which log (a log's folder, or a snapshot) a licence is judged."""

    at: int
    now: int
    log: Path | None = None


def examine(path: Path, asked: Asked) -> tuple[Finding, ...]:
    """Everything that a licence file shows by itself and beside a log, valid then apart from valid now."""
    try:
        file = read_licence(path)
    except PlacetError as error:
        return (Finding(Mark.BROKEN, str(error)),)
    said = file.agreement
    try:
        lists = statuses_in(_log_of(asked.log), {said.licensor}) if asked.log else ()
    except PlacetError as error:
        return (Finding(Mark.BROKEN, str(error)),)
    works = f"{said.count:,} work{'s' if said.count > 1 else ''}"
    shown = "" if file.works else f"; the file shows {len(file.proofs):,} of them"
    findings = [
        Finding(
            Mark.CHECKED, f"licence {said.id[:12]} is signed by the key {fingerprint(bytes.fromhex(said.licensor))}"
        ),
        Finding(Mark.CHECKED, f"it is for {works}, under one Merkle root{shown}"),
        _stands(file, asked.at, lists, "on", asked.now),
    ]
    if asked.now > asked.at:
        findings.append(_stands(file, asked.now, lists, "now, on", asked.now))
    findings.append(_logged(file, asked.log))
    known = max([file.status, *_mine(file, lists)], key=lambda each: each.issued_at).issued_at
    findings += [
        Finding(Mark.OPEN, f"whether it was taken back after {day_of(known)}, when the newest list at hand was made"),
        Finding(Mark.OPEN, f"who holds the key {fingerprint(bytes.fromhex(said.holder))} that it was given to"),
    ]
    return tuple(findings)


def read_licence(path: Path) -> LicenceFile:
    """The licence file at `path`; one sentence with its name when it cannot be read or does not hold."""
    try:
        return parse_file(_bounded(path))
    except FileNotFoundError:
        raise NotFound(f"there is no licence {path} (licence.unknown)") from None
    except PlacetError as error:
        raise type(error)(f"{path}: {error}") from error


def _bounded(path: Path) -> bytes:
    """The bytes of a regular file, read no further than one beyond what a licence may have."""
    if path.exists() and not path.is_file():
        raise BadInput("it is no file (licence.unread)")
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > MOST_BYTES:
            raise BadInput(f"it is larger than {MOST_BYTES:,} bytes, and no licence is (licence.unread)")
        return file.read(MOST_BYTES + 1)


def _stands(file: LicenceFile, at: int, lists: Sequence[StatusList], when: str, now: int) -> Finding:
    stood = standing(file, at, lists, now)
    if stood.why:
        return Finding(Mark.BROKEN, f"{when} {day_of(at)} it does not hold: {stood.why} ({stood.rule})")
    return Finding(Mark.CHECKED, f"{when} {day_of(at)} it holds, by the status list of {day_of(stood.as_of)}")


def _logged(file: LicenceFile, log: Path | None) -> Finding:
    if log is None:
        return Finding(Mark.OPEN, "that it stands in the log: give the log's folder or a snapshot with --log")
    names = {
        entry.body["licence"]: entry for entry in entries_in(LogFiles(_log_of(log))) if entry.type == "licence.issue"
    }
    entry = names.get(file.commitment)
    if entry is None or entry.by != file.agreement.licensor:
        return Finding(
            Mark.BROKEN, f"the log in {log} holds no such licence of its licensor, or ends before it (licence.unlogged)"
        )
    return Finding(Mark.CHECKED, f"the log in {log} holds its commitment")


def _log_of(folder: Path) -> Path:
    """The log inside a snapshot, or the folder itself."""
    return folder / "log" if (folder / "manifest.json").exists() else folder


def _mine(file: LicenceFile, lists: Iterable[StatusList]) -> list[StatusList]:
    return [each for each in lists if (each.uri, each.issuer) == (file.agreement.status, file.agreement.licensor)]
