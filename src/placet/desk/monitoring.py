"""Watching a log for one's own: entries that name an identifier or an address, register a work, or speak of one.

Where a key is kept in the home, what is said about its party is told as well: a recovery first of all, to which one
must object in time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from placet.app import Home
from placet.core.canonical import decode, encode
from placet.core.ids import domain_of, short
from placet.core.subject import Kind, Subject
from placet.core.work import WorkRecord, parse_record
from placet.desk.identifying import speaker_of
from placet.desk.mirroring import Reading, read_signed
from placet.errors import BadInput, Refused, VerificationFailed, WrongUsage
from placet.fingerprints.describe import Description, describe
from placet.fingerprints.image_plh import distance
from placet.fingerprints.sheet import Sheet, parse_sheet
from placet.log.files import write_durable
from placet.record.entries import Entry, parse_entry, parse_subject
from placet.record.tiles import WIDTH
from placet.registry.phrases import entry_phrase
from placet.registry.projection import records_of, work_id
from placet.signals.paths import covers
from placet.signing.keys import Role
from placet.snapshot.hamming import LIMIT
from placet.snapshot.match import POOR_QUALITY
from placet.snapshot.postings import MAYBE_LINKS

__all__ = ["Hit", "Seen", "Watch", "monitor", "watch_for"]


_MINE = {
    "key.recover": ("party", "it gives you a new key, unless you object in time: `placet keys cancel`"),
    "key.revoke": ("key", "it says that your key is not to be used any more"),
    "identity.attest": ("party", "it says who you are"),
    "mandate.grant": ("to", "it lets you speak for somebody, once you accept"),
    "claim.counter": ("against", "it contests what you claim"),
    "strike.add": ("party", "it is held against you"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One entry that is about something watched; `by` is the public key that signed it."""

    index: int
    id: str
    by: str
    type: str
    says: str
    why: str
    own: bool

    def shown(self) -> dict[str, object]:
        names = ("index", "id", "by", "type", "says", "why")
        return {name: getattr(self, name) for name in names} | {"own": int(self.own)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is watched for; its digest names where it stopped, so that whoever adds a work begins anew."""

    subjects: frozenset[Subject]
    works: tuple[tuple[str, Description], ...]

    @property
    def digest(self) -> str:
        named = sorted(map(str, self.subjects)) + sorted(each.record.sha256 for _, each in self.works)
        return hashlib.sha256("\n".join(named).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """`withheld` counts works of which nothing is known; `told` whether the webhook took the hits."""

    origin: str
    since: int
    size: int
    hits: tuple[Hit, ...]
    withheld: int
    told: bool


@dataclass(slots=True)
class _Found:
    """The ids of works in the log that are, or resemble, one that is watched."""

    works: dict[str, str] = field(default_factory=dict)
    withheld: int = 0


def watch_for(subjects: Iterable[Subject], files: Sequence[Path]) -> Watch:
    """What to look for besides one's own key; an address is also found where its whole domain is spoken of."""
    named = set(subjects)
    named |= {Subject(Kind.DOMAIN, domain_of(each.id)) for each in named if each.kind is Kind.URL}
    works = tuple((str(path), describe(path.read_bytes(), path.name)) for path in files)
    return Watch(subjects=frozenset(named), works=works)


def monitor(
    home: Home, words: str, watch: Watch, trust: Path | None, since: int | None = None, webhook: str = ""
) -> Seen:
    """Read what a log has grown by since it was last watched for this.  It is remembered once the webhook took it."""
    own = _own_keys(home)
    if not (own or watch.subjects or watch.works):
        raise WrongUsage("there is no key of yours here to watch for: name something with --identifier or --works")
    with read_signed(home, words, trust) as reading:
        origin, size = reading.checkpoint.origin, reading.checkpoint.size
        memo = home.path / "monitor" / f"{hashlib.sha256(origin.encode()).hexdigest()[:16]}-{watch.digest}.json"
        start, found = _recall(memo)
        start = min(start if since is None else since, size)
        hits = tuple(_hits(reading, watch, start, found, own)) if start < size else ()
    if hits and webhook:
        shown = {"schema": "placet.monitor/1", "log": origin, "since": start, "size": size}
        home.post(webhook, encode(shown | {"hits": [hit.shown() for hit in hits]}))
    write_durable(memo, encode({"v": 1, "origin": origin, "size": size, "works": found.works}))
    return Seen(origin=origin, since=start, size=size, hits=hits, withheld=found.withheld, told=bool(hits and webhook))


def _recall(memo: Path) -> tuple[int, _Found]:
    if not memo.exists():
        return 0, _Found()
    kept = decode(memo.read_bytes())
    return kept["size"], _Found(works=dict(kept["works"]))


def _own_keys(home: Home) -> tuple[str, ...]:
    return speaker_of(home, home.key(Role.PARTY)).keys if home.key_path(Role.PARTY).exists() else ()


def _hits(reading: Reading, watch: Watch, start: int, found: _Found, own: tuple[str, ...]) -> Iterator[Hit]:
    for index, entry in _entries(reading, start):
        why = "; ".join(dict.fromkeys([*_about_me(entry, own), *_why(entry, reading, watch, found)]))
        if why:
            yield Hit(
                index=index,
                id=entry.id,
                by=entry.by,
                type=entry.type,
                says=entry_phrase(entry),
                why=why,
                own=entry.by in own,
            )


def _entries(reading: Reading, start: int) -> Iterator[tuple[int, Entry]]:
    size = reading.checkpoint.size
    for number in range(start // WIDTH, -(-size // WIDTH)):
        first = number * WIDTH
        for index, data in enumerate(reading.tree.bundle(number, min(WIDTH, size - first)), first):
            if index >= start:
                try:
                    yield index, parse_entry(data)
                except BadInput as error:
                    raise Refused(f"entry {index} of {reading.tree.source.name} cannot be read: {error}") from error


def _about_me(entry: Entry, own: tuple[str, ...]) -> Iterator[str]:
    name, why = _MINE.get(entry.type, ("", ""))
    if name and entry.by not in own and entry.body[name] in own:
        yield why


def _why(entry: Entry, reading: Reading, watch: Watch, found: _Found) -> Iterator[str]:
    if entry.type == "work.add" and watch.works:
        yield from _works(entry, reading, watch, found)
    yield from _names(entry, watch)
    pair = [entry.body[name] for name in ("older", "newer")] if entry.type == "claim.overlap" else []
    for text in (*entry.body.get("subjects", ()), *pair):
        subject = parse_subject(text)
        if subject in watch.subjects:
            yield f"it names {subject.id}"
        elif covered := sorted(each.id for each in watch.subjects if covers(subject, each)):
            yield f"its pattern {subject.id} covers {covered[0]}"
        elif subject.kind is Kind.WORK and subject.id in found.works:
            yield f"it speaks of {found.works[subject.id]}"
            if entry.type in ("claim.counter", "claim.overlap"):
                found.works[entry.id] = found.works[subject.id]
    if entry.type == "claim.settle" and (name := found.works.get(entry.body["counter"])):
        yield f"it ends a dispute about {name}"


def _names(entry: Entry, watch: Watch) -> Iterator[str]:
    """An identifier or domain that somebody claims, has attested or links to her key, may be one's own."""
    claimed = entry.body["identifiers"] if entry.type == "identity.claim" else ()
    attested = (entry.body["value"],) if entry.type == "identity.attest" else ()
    linked = (entry.body["public"],) if entry.type == "identity.link" else ()
    known = {f"domain:{each.id}" if each.kind is Kind.DOMAIN else each.id for each in watch.subjects}
    yield from (f"it says that {text} is somebody's" for text in (*claimed, *attested, *linked) if text in known)


def _works(entry: Entry, reading: Reading, watch: Watch, found: _Found) -> Iterator[str]:
    try:
        blob = reading.tree.blob(entry.body["blob"])
        records = records_of(entry, blob) if blob is not None else None
    except (BadInput, VerificationFailed):
        records = None
    if records is None:
        found.withheld += entry.body["count"]
        return
    for data in records:
        for name, how in _alike(parse_record(data), reading, watch):
            found.works[work_id(data)] = name
            yield f"work {short(work_id(data))} {how} {name}"


def _alike(record: WorkRecord, reading: Reading, watch: Watch) -> Iterator[tuple[str, str]]:
    sheet: Sheet | None = None
    for name, mine in watch.works:
        if record.sha256 == mine.record.sha256:
            yield name, "is"
            continue
        if record.medium is not mine.record.medium or not record.prints:
            continue
        if sheet is None:
            sheet = _sheet(record, reading)
        if _resemble(sheet, mine.sheet_value):
            yield name, "resembles"


def _sheet(record: WorkRecord, reading: Reading) -> Sheet:
    try:
        data = reading.tree.blob(record.prints)
        return parse_sheet(data) if data is not None else Sheet(plh={})
    except (BadInput, VerificationFailed):
        return Sheet(plh={})


def _resemble(one: Sheet, other: Sheet) -> bool:
    """Whether clearance would call them the same, or look twice: one who watches would rather see too much."""
    if one.plh and other.plh:
        flat = min(one.quality or 0, other.quality or 0) < POOR_QUALITY
        nearest = min(distance(a, b) for a in one.plh.values() for b in other.plh.values())
        return nearest <= LIMIT and not flat
    if one.text and other.text:
        same = one.text_sha256 == other.text_sha256
        return same or len(np.intersect1d(one.text.hashes, other.text.hashes)) >= MAYBE_LINKS
    return False
