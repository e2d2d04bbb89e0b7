"""A thousand keys against everybody: they open no row that was closed, and take nothing that is everybody's from
whoever asks for voices that were checked."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from placet.clearance.judge import Judge, Judged
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.core.decision import Outcome
from placet.core.profile import PROFILES
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.title import Claim, Title
from placet.core.use import Use
from placet.desk.overlapping import look_for_overlaps, take_commons
from placet.errors import PlacetError
from placet.fingerprints.describe import describe
from placet.log.sequencer import Submission
from placet.record.merkle import leaf_hash, root
from placet.registry.compose import Attested, Composer, NewMandate, NewWork, Wish
from placet.registry.openings import Opening
from placet.registry.projection import pack_records
from placet.registry.sworn import Sworn
from placet.signing.keys import Key
from placet.snapshot.believed import heeded
from placet.snapshot.library import Library, open_library
from placet.snapshot.match import Matcher
from tests.factories import NOW, a_key, works_of
from tests.snapshot.world import World, a_world, jpeg, prose

KEYS = 1_000
_FIRST = 10_000  # number of the first of them
ISRC = "isrc:GBAYE0601498"
_SONG = Subject(Kind.IDENTIFIER, ISRC)

# Honest people's things, everybody's (in the operator's list), and what nobody ever spoke of.
HONEST = {"hers.jpg": jpeg(1), "his.jpg": jpeg(2), "priced.jpg": jpeg(3), "hers.txt": prose(4).encode()}
STANCES = {
    "hers.jpg": Stance.RESERVE,
    "his.jpg": Stance.ALLOW,
    "priced.jpg": Stance.LICENSE,
    "hers.txt": Stance.RESERVE,
}
COMMONS = {"old.jpg": jpeg(11), "older.jpg": jpeg(12), "old.txt": prose(13).encode()}
UNSPOKEN = {"found.jpg": jpeg(21), "found.txt": prose(22).encode(), "by one alone.jpg": jpeg(23)}
EVERYTHING = HONEST | COMMONS | UNSPOKEN


def _rows() -> list[Row]:
    found = {**EVERYTHING, "copy of hers.jpg": jpeg(1, 60), "copy of old.jpg": jpeg(11, 60)}
    rows = [Row(key=name, parts=(Part("0", _kind(name), data),)) for name, data in found.items()]
    return [*rows, Row(key="song", identifiers=(_SONG,)), Row(key="address", urls=("https://example.org/a.jpg",))]


def _kind(name: str) -> PartKind:
    return PartKind.TEXT if name.endswith(".txt") else PartKind.IMAGE


def _all(library: Library) -> dict[tuple[str, str, Voice], Outcome]:
    """The outcome of every row under every profile, for who takes any voice and who asks for checked ones."""
    found: dict[tuple[str, str, Voice], Outcome] = {}
    for voice in (Voice.CLAIMED, Voice.VERIFIED):
        ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=tuple(PROFILES.values()), at=NOW + 100, min_voice=voice)
        judged: Iterator[Judged] = Judge(Matcher(heeded(library, voice)), ask).judge(_rows())
        for each in judged:
            found |= {(each.row.key, d.profile.name, voice): d.outcome for d in each.decisions if d.profile}
    return found


class Attack:
    """Random acts of many keys, each of which takes what admission lets it have."""

    def __init__(self, world: World, works: list[str], seed: int) -> None:
        self.home, self.works, self.rng = world.home, works, random.Random(seed)
        self.described = {name: describe(data, name) for name, data in EVERYTHING.items()}
        self.refused = self.taken = 0

    def run(self, aim: list[str]) -> None:
        """Every key registers something, a hundred at once; some then try whatever else there is, one by one."""
        for start in range(0, KEYS, 100):
            composers = [self.home.composer(a_key(_FIRST + number)) for number in range(start, start + 100)]
            for composer in composers:
                self.register(composer, composer.key, aim)
            self.home.log.append(_together(composers))
        tries = [self.claim, self.counter, self.trust, self.attest, self.settle, self.recover, self.withdraw, self.pair]
        for number in self.rng.sample(range(KEYS), 50):
            for each in self.rng.sample(tries, 3):
                self.attempt(each, a_key(_FIRST + number), aim)

    def attempt(self, act: Callable[[Composer, Key, list[str]], None], key: Key, aim: list[str]) -> None:
        composer = self.home.composer(key)
        try:
            act(composer, key, aim)
            self.home.log.append(composer.submission())
            self.taken += 1
        except PlacetError:
            self.refused += 1

    def register(self, composer: Composer, key: Key, aim: list[str]) -> None:
        name = self.rng.choice(aim)
        described, salt = self.described[name], hashlib.sha256(key.public + name.encode()).digest()
        work = NewWork(record=described.record, sheet=described.sheet, title=Opening(salt=salt, value="x", show=False))
        stance = self.rng.choice(list(Stance))
        subjects = [*works_of(composer.register([work])), _SONG, Subject(Kind.DOMAIN, "example.org")]
        composer.declare(subjects, Wish(uses=(Use.ANY,), stance=stance, start=NOW - 50))

    def claim(self, composer: Composer, key: Key, aim: list[str]) -> None:
        who = self.rng.choice([key.public.hex(), a_key(1).public.hex(), "ipi:00014107338"])
        also = tuple(works_of([self.rng.choice(self.works)]))
        line = Title(subject=_SONG, also=also, claims=(Claim(who=who, right="recording"),)).data()
        tree = root([leaf_hash(line)]).hex()
        composer._sign("claim.add", {"count": 1, "root": tree, "blob": composer._keep(pack_records([line]))})

    def counter(self, composer: Composer, key: Key, aim: list[str]) -> None:
        work, sworn = self.rng.choice(self.works), Sworn(what="it", why="mine", forum="nowhere")
        contact = Opening(salt=key.public, value="nobody", show=False)
        composer.contest([f"work:{work}"], a_key(self.rng.randrange(1, 4)).public.hex(), sworn, contact)

    def trust(self, composer: Composer, key: Key, aim: list[str]) -> None:
        other = a_key(_FIRST + self.rng.randrange(KEYS)).public.hex()
        to = self.rng.choice([other, a_key(1).public.hex()])
        body = {"to": to, "acts": ["allow", "reserve"], "scope": [], "rights": [], "territory": [], "from": NOW - 9}
        rest = {"until": 0, "exclusive": 1, "revocable": 0, "depth": 1, "parent": "", "evidence": ""}
        composer._sign("mandate.grant", body | rest)
        grants = [act.id for act in self.home.registry.acts() if act.type == "mandate.grant"][-5:] if key else []
        if grants:
            composer._sign("mandate.accept", {"mandate": self.rng.choice(grants)})

    def attest(self, composer: Composer, key: Key, aim: list[str]) -> None:
        party = a_key(_FIRST + self.rng.randrange(KEYS)).public.hex()
        kind = self.rng.choice(["document", "issuer", "member", "domain"])
        value = "domain:example.org" if kind == "domain" else ""
        method = "http-01" if kind == "domain" else "document"
        composer.attest(Attested(party=party, kind=kind, method=method, start=NOW, value=value, commitment="ab" * 32))

    def settle(self, composer: Composer, key: Key, aim: list[str]) -> None:
        disputes = [act for act in self.home.registry.acts() if act.type in ("claim.counter", "claim.overlap")]
        if disputes:
            composer.settle(self.rng.choice(disputes).id, "upheld", key.public.hex(), "ab" * 32)

    def recover(self, composer: Composer, key: Key, aim: list[str]) -> None:
        body = {"party": a_key(1).public.hex(), "to": key.public.hex(), "proof": "00" * 64}
        composer._sign("key.recover", body)

    def pair(self, composer: Composer, key: Key, aim: list[str]) -> None:
        """One key lets another speak for it, which says yes to all that the first one has."""
        partner = a_key(_FIRST + self.rng.randrange(KEYS))
        self.register_alone(composer)
        grant = composer.grant(NewMandate(to=partner.public.hex(), acts=("allow", "reserve"), start=NOW - 9))
        self.home.log.append(composer.submission())
        works = [work.subject for work in self.home.registry.works() if work.by == key.public.hex()]
        other = self.home.composer(partner)
        other.accept(grant.id)
        wish = Wish(uses=(Use.ANY,), stance=Stance.ALLOW, start=NOW - 50)
        other.declare([*works, _SONG, Subject(Kind.REPERTOIRE, partner.public.hex())], wish)
        self.home.log.append(other.submission())

    def register_alone(self, composer: Composer) -> None:
        """What nobody else will register: whoever is first has it."""
        described = self.described["by one alone.jpg"]
        if not self.home.registry.works_like("sha256", described.record.sha256):
            composer.register([NewWork(record=described.record, sheet=described.sheet)])

    def withdraw(self, composer: Composer, key: Key, aim: list[str]) -> None:
        composer.unclaim([f"work:{self.rng.choice(self.works)}"])


def _together(composers: list[Composer]) -> Submission:
    parts = [composer.submission() for composer in composers]
    blobs = {name: data for part in parts for name, data in part.blobs.items()}
    return Submission(tuple(entry for part in parts for entry in part.entries), blobs)


@pytest.mark.slow
def test_a_thousand_keys_open_nothing_and_take_nothing_from_everybody(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    (tmp_path / "commons").mkdir()
    for name, data in COMMONS.items():
        (tmp_path / "commons" / name).write_bytes(data)
    take_commons(world.home, tmp_path / "commons")
    works = [
        world.register(party, {name: HONEST[name]}, STANCES[name], uses=(Use.ANY,))[name]
        for party, name in enumerate(HONEST, 1)
    ]
    before = _all(open_library(world.snapshot("before")))
    attack = Attack(world, works, seed=7)

    attack.run(["hers.jpg", "his.jpg", "hers.txt", "old.jpg", "old.txt", "found.jpg"])
    look_for_overlaps(world.home)
    after = _all(open_library(world.snapshot("after")))

    assert attack.taken > 20
    assert attack.refused > 20
    opened = [
        key for key, outcome in after.items() if outcome is Outcome.CLEARED and before[key] is not Outcome.CLEARED
    ]
    assert opened == []
    everybodys = {*COMMONS, "copy of old.jpg"}
    lost = [
        key
        for key, outcome in before.items()
        if key[0] in everybodys and key[2] is Voice.VERIFIED and after[key] is not outcome
    ]
    assert lost == []
    assert any(before[key] is Outcome.CLEARED for key in before if key[0] in everybodys)
    refused = [
        key for key in after if key[0] in UNSPOKEN and key[2] is Voice.VERIFIED and after[key] is Outcome.RESERVED
    ]
    assert refused == []
