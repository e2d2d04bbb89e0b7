"""A made repertoire: a society, a publisher, a stranger, their members, and thirty-seven of these who disagree.

Nothing here is signed: these are the acts, words and lines that a log of it would amount to.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from placet.core.act import Act
from placet.core.authority import Authority
from placet.core.canonical import encode
from placet.core.decision import Question
from placet.core.declaration import Declaration
from placet.core.line import Line
from placet.core.profile import PROFILES, Profile
from placet.core.spoken import Spoken
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.use import PRESETS, Use
from placet.snapshot.acts import write_lines
from placet.snapshot.titles import Titles

__all__ = ["DAY", "DISAGREE", "Societies", "a_key", "a_repertoire", "a_titles", "ask", "write"]

DAY = 86_400
FIRST = 1_600_000_000
DISAGREE = 37
_PLACES: tuple[tuple[str, ...], ...] = ((), (), (), (), ("EU",), ("FR", "BE"), ("US", "CA"), ("DE",))
_RIGHTS = ("composition", "composition", "composition", "recording", "performance")
_SHARES = ("1/2", "1/4", "1/3", "1/8", "")


def a_key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


LOG, SOCIETY, PUBLISHER, STRANGER, AGENT = map(a_key, ("log", "society", "publisher", "stranger", "agent"))


@dataclass
class Societies:
    """All of it in the order of the log."""

    acts: list[Act] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    names: list[Subject] = field(default_factory=list)
    next: int = 0
    apart: float = 0.04

    def act(self, by: str, type_: str, at: int, **body: Any) -> Act:
        role = "log" if by == LOG else "party"
        id_ = hashlib.sha256(b"%d" % self.next).hexdigest()
        act = Act(index=self.next, id=id_, by=by, role=role, type=type_, at=at, body={"at": at, **body})
        self.acts.append(act)
        self.next += 1
        return act

    def attest(self, party: str, kind: str, value: str, at: int, by: str = LOG, until: int = 0) -> Act:
        rest = {"commitment": "", "method": "issuer", "evidence": ""}
        body = {"party": party, "kind": kind, "value": value, "from": at, "until": until}
        return self.act(by, "identity.attest", at, **body, **rest)

    def mandate(self, by: str, to: str, at: int, acts: tuple[str, ...] = ("reserve", "license", "allow"), **more: Any):
        body: dict[str, Any] = {"scope": [], "rights": [], "territory": [], "from": 0, "until": 0, "exclusive": 0}
        body |= {"revocable": 1, "depth": 0, "parent": "", "evidence": "", "to": to, "acts": list(acts)}
        granted = self.act(by, "mandate.grant", at, **body | more)
        self.act(to, "mandate.accept", at, mandate=granted.id)
        return granted

    def say(self, by: str, subject: Subject, stance: Stance | None, uses: tuple[Use, ...], at: int, **more: Any):
        fields: dict[str, Any] = {"start": 0, "until": 0, **more}
        id_ = hashlib.sha256(b"%d" % self.next).hexdigest()
        said = Spoken(index=self.next, id=id_, by=by, stance=stance, subjects=(subject,), uses=uses, at=at, **fields)
        self.spoken.append(said)
        self.next += 1
        return said

    def take_back(self, said: Spoken, at: int) -> None:
        self.say(said.by, said.subjects[0], None, said.uses, at, withdraws=said.index, territory=said.territory)

    def sheet(self, by: str, at: int, records: list[dict[str, Any]]) -> None:
        act = self.act(by, "claim.add", at, count=len(records), root="0" * 64, blob="0" * 64)
        for number, record in enumerate(records):
            line = Line(index=act.index, number=number, by=by, kind="claim.add", record=encode(record))
            self.lines.append(line)


def ipi(number: int) -> str:
    return f"ipi:{number:011d}"


def repertoire(owner: str) -> Subject:
    return Subject(Kind.REPERTOIRE, owner)


def a_repertoire(count: int, seed: int = 0, *, apart: float = 0.04) -> Societies:
    """So many titles of the society, some of them also the publisher's or, he says, the stranger's.

    `apart` is the part of all claims that is of the sixty members among whom those are who disagree.
    """
    rng, world = random.Random(seed), Societies(apart=apart)
    world.attest(SOCIETY, "issuer", "", FIRST)
    world.attest(PUBLISHER, "domain", "domain:publisher.example", FIRST, until=FIRST + 2000 * DAY)
    _listed(world, rng, count)
    _blankets(world, rng, count)
    for number in range(DISAGREE):
        _disagree(world, rng, number)
    _amended(world, rng, count)
    return world


def _listed(world: Societies, rng: random.Random, count: int) -> None:
    records = [_record(rng, number, count, world, listed=True) for number in range(count)]
    for start in range(0, count, 1000):
        world.sheet(SOCIETY, FIRST + DAY, records[start : start + 1000])
    some = [rng.randrange(count) for _ in range(count // 20)]
    theirs = [_record(rng, number, count, world, rng.choice([PUBLISHER, ipi(rng.randrange(60))])) for number in some]
    world.sheet(PUBLISHER, FIRST + 2 * DAY, theirs[: len(theirs) // 2])
    world.sheet(STRANGER, FIRST + 3 * DAY, theirs[len(theirs) // 2 :])


def _record(
    rng: random.Random, number: int, count: int, world: Societies, who: str = "", *, listed: bool = False
) -> dict[str, Any]:
    start = FIRST + rng.choice((0, 0, 0, 365, 730)) * DAY
    claims = [_claim(rng, count, start, who, world.apart) for _ in range(rng.choice((1, 2, 3, 3, 4, 5)))]
    subject = Subject(Kind.IDENTIFIER, f"iswc:T{number:09d}0")
    also = [Subject(Kind.IDENTIFIER, f"isrc:FRZ03{number:07d}")] if rng.random() < 0.8 else []
    if listed:
        world.names += [subject, *also]
    named = [str(each) for each in also]
    return {"v": 1, "subject": str(subject), "also": named, "title": "", "claims": claims}


def _claim(rng: random.Random, count: int, start: int, who: str, apart: float) -> dict[str, Any]:
    prolific = rng.random() < apart
    member = rng.randrange(60) if prolific else 100 + rng.randrange(max(count // 10, 1))
    return {
        "who": who or ipi(member),
        "role": "composer",
        "right": rng.choice(_RIGHTS),
        "share": rng.choice(_SHARES),
        "territory": list(rng.choice(_PLACES)),
        "from": start,
        "until": rng.choice((0, 0, 0, start + 1500 * DAY)),
    }


def _blankets(world: Societies, rng: random.Random, count: int) -> None:
    """What the society says for all, and what the two others do."""
    ai = PRESETS["ai"]
    world.say(SOCIETY, repertoire(SOCIETY), Stance.RESERVE, ai, FIRST + 10 * DAY)
    world.say(SOCIETY, repertoire(SOCIETY), Stance.ALLOW, (Use.SEARCH, Use.MINE), FIRST + 100 * DAY)
    mine = world.say(SOCIETY, repertoire(SOCIETY), Stance.RESERVE, (Use.MINE,), FIRST + 200 * DAY, territory=("EU",))
    licence = {"start": FIRST + 400 * DAY, "until": FIRST + 1400 * DAY}
    world.say(SOCIETY, repertoire(SOCIETY), Stance.LICENSE, (Use.TRAIN,), FIRST + 300 * DAY, **licence)
    world.say(SOCIETY, repertoire(ipi(45)), Stance.RESERVE, (Use.SEARCH,), FIRST + 310 * DAY)
    world.say(SOCIETY, repertoire(SOCIETY), Stance.ALLOW, (Use.INPUT_INDEX,), FIRST + 320 * DAY, agent="FriendlyBot")
    world.say(PUBLISHER, repertoire(PUBLISHER), Stance.ALLOW, (Use.ANY,), FIRST + 150 * DAY)
    world.say(STRANGER, repertoire(STRANGER), Stance.ALLOW, (Use.ANY,), FIRST + 160 * DAY)
    world.take_back(mine, FIRST + 500 * DAY)
    for _ in range(min(40 + count // 10, 2000)):
        name, stance = rng.choice(world.names), rng.choice(list(Stance))
        by = rng.choice((SOCIETY, PUBLISHER, STRANGER, a_key("bystander")))
        world.say(by, name, stance, (rng.choice(list(Use)),), FIRST + rng.randrange(1000) * DAY)


def _disagree(world: Societies, rng: random.Random, number: int) -> None:
    """A member with a key of her own, who said something else than the society, earlier or later than it."""
    key, who, mood = a_key(f"member {number}"), ipi(number), number % 9
    at = FIRST + rng.randrange(5, 1200) * DAY
    by, until = rng.choice((LOG, SOCIETY)), at + 900 * DAY if mood == 5 else 0
    check = world.attest(key, "identifier", who, FIRST + DAY, by=by, until=until)
    owner = rng.choice((key, who))
    uses = rng.choice((PRESETS["ai"], (Use.ANY,), (Use.TRAIN,), (Use.MINE, Use.SEARCH)))
    more: dict[str, Any] = {"right": rng.choice(("author", "author", "composition", "recording"))}
    more["territory"] = rng.choice(_PLACES) if mood == 4 else ()
    if mood == 6:
        more["until"] = at + 300 * DAY
    said = world.say(key, repertoire(owner), rng.choice(list(Stance)), uses, at, **more)
    if mood == 0:
        world.act(
            SOCIETY,
            "claim.exclude",
            at,
            who=[rng.choice((who, key))],
            **{"from": at, "until": rng.choice((0, at + 200 * DAY))},
        )
    elif mood == 1:
        world.mandate(key, SOCIETY, FIRST + 4 * DAY, exclusive=1, rights=rng.choice(([], ["composition"])))
    elif mood == 2:
        world.mandate(key, AGENT, at, exclusive=1, **{"from": at, "until": at + 700 * DAY})
        world.say(AGENT, repertoire(rng.choice((AGENT, key, who))), rng.choice(list(Stance)), uses, at + DAY)
    elif mood == 3:
        place = list(rng.choice(_PLACES))
        granted = world.mandate(key, SOCIETY, at - DAY, territory=place, scope=rng.choice(([], _some(rng, world))))
        if rng.random() < 0.5:
            world.act(key, "mandate.revoke", at + 300 * DAY, mandate=granted.id)
        world.say(SOCIETY, repertoire(SOCIETY), Stance.ALLOW, (Use.OUTPUT_SUMMARY,), at + 10 * DAY)
    elif mood == 7:
        world.take_back(said, at + 50 * DAY)
        world.say(key, rng.choice(world.names), Stance.ALLOW, (Use.ANY,), at + 60 * DAY)
    elif mood == 8:
        world.act(LOG, "identity.revoke", at + 90 * DAY, attestation=check.id, since=at + 80 * DAY, why="a mistake")


def _some(rng: random.Random, world: Societies) -> list[str]:
    return [str(name) for name in rng.sample(world.names, min(200, len(world.names)))]


def _amended(world: Societies, rng: random.Random, count: int) -> None:
    """Newer lines for some titles, and some that are claimed no more."""
    numbers = [rng.randrange(count) for _ in range(count // 50)]
    newer = {number: _record(rng, number, count, world) for number in numbers}
    world.sheet(SOCIETY, FIRST + 600 * DAY, list(newer.values()))
    gone = [str(Subject(Kind.IDENTIFIER, f"iswc:T{rng.randrange(count):09d}0")) for _ in range(count // 100)]
    world.act(SOCIETY, "claim.withdraw", FIRST + 700 * DAY, subjects=gone)
    world.act(STRANGER, "claim.withdraw", FIRST + 700 * DAY, subjects=gone)


def ask(world: Societies, rng: random.Random) -> tuple[Question, Profile]:
    """A question about one title by one of its names, at any time and place, by any asker."""
    subject = rng.choice(world.names)
    question = Question(
        subjects=(subject,),
        use=rng.choice(list(Use)),
        at=FIRST + rng.randrange(2000 * DAY),
        territory=rng.choice((None, None, "FR", "DE", "US", "JP")),
        agent=rng.choice((None, None, None, "FriendlyBot")),
        min_voice=rng.choice((Voice.CLAIMED, Voice.CLAIMED, Voice.VERIFIED)),
    )
    return question, rng.choice(list(PROFILES.values()))


def write(world: Societies, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_lines(folder, world.lines)


def a_titles(world: Societies, folder: Path) -> Titles:
    """The titles as a snapshot opens them, over words in memory."""
    authority = Authority.of(world.acts)
    said: dict[Subject, list[Declaration]] = {}
    for word in world.spoken:
        for subject in word.subjects:
            said.setdefault(subject, []).extend(word.about(subject))
    weighed = {subject: authority.weigh(words) for subject, words in said.items()}
    return Titles.open(folder, authority, lambda subject: weighed.get(subject, ()), frozenset(weighed))
