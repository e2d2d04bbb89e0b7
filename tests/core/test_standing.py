"""Every path of a dispute and every race in it, against a slow and obvious model that reads the whole history anew."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from placet.core.act import Act
from placet.core.authority import DAY, Authority
from placet.core.standing import Disputes, End, State

_NOW = 1_750_000_000
PEOPLE = ("a" * 64, "b" * 64, "c" * 64)
NEW_KEYS = {person: person[0] * 60 + "0001" for person in PEOPLE}
ISSUER, LOG = "d" * 64, "e" * 64
WORKS = {f"{number:032x}": person for number, person in enumerate(PEOPLE)}
SUBJECTS = tuple(f"work:{work}" for work in WORKS)
DOCUMENTS = ("", "01" * 32, "02" * 32)


def act(index: int, by: str, type_: str, role: str = "party", **body: Any) -> Act:
    at = _NOW + index * DAY
    return Act(index=index, id=f"{index:064x}", by=by, role=role, type=type_, at=at, body={"at": at, **body})


ISSUED = act(
    0, LOG, "identity.attest", "log", party=ISSUER, kind="issuer", value="", commitment="", method="document",
    **{"from": _NOW, "until": 0, "evidence": ""},
)  # fmt: skip


# ---- the model: no state but a list of what happened, read from the first line for every question ----------------


@dataclass
class Story:
    """Who claims what, and what was said, as a clerk would note it down."""

    lines: list[Act] = field(default_factory=list)

    def person(self, key: str) -> str:
        return next((person for person, new in NEW_KEYS.items() if new == key), key)

    def lost_since(self, key: str) -> float:
        """From when on a key's owner may not be its owner: a day before she says so."""
        ends = [line.body["since"] for line in self.lines if line.type == "key.revoke" and line.body["key"] == key]
        return min(ends, default=float("inf")) - DAY

    def end_of(self, opening: Act) -> tuple[End, str]:
        """What became of the dispute that this line opened, and for whom."""
        one, other = self.sides(opening)
        gone: dict[str, set[str]] = {one: set(), other: set()}
        for line in self.lines:
            who = self.person(line.by)
            is_thief = line.at >= self.lost_since(line.by)
            if line.index <= opening.index or is_thief:
                continue
            if line.type == "claim.withdraw" and who in gone:
                gone[who] |= set(line.body["subjects"])
                if self.claimed(opening, who) <= gone[who]:
                    return End.WITHDRAWN, ""
            if line.type == "claim.settle" and line.body["counter"] == opening.id:
                holder = self.person(line.body["holder"])
                if line.body["outcome"] == "dropped" and who == one:
                    return End.DROPPED, ""
                if line.body["outcome"] == "upheld" and holder in (one, other):
                    gives_in = who in (one, other) and who != holder
                    is_outside = who in (LOG, ISSUER) and line.body["document"] != ""
                    if gives_in or is_outside:
                        return End.UPHELD, holder
        return End.OPEN, ""

    def sides(self, opening: Act) -> tuple[str, str]:
        if opening.type == "claim.overlap":
            older, newer = (opening.body[name].removeprefix("work:") for name in ("older", "newer"))
            return WORKS[older], WORKS[newer]
        return self.person(opening.by), self.person(opening.body["against"])

    def claimed(self, opening: Act, who: str) -> set[str]:
        if opening.type == "claim.counter":
            return set(opening.body["subjects"])
        return {opening.body["older"] if who == self.sides(opening)[0] else opening.body["newer"]}

    def openings(self, subject: str) -> list[Act]:
        return [
            line
            for line in self.lines
            if (line.type == "claim.counter" and subject in line.body["subjects"])
            or (line.type == "claim.overlap" and subject in (line.body["older"], line.body["newer"]))
        ]

    def withdrew(self, who: str, subject: str) -> bool:
        return any(
            line.type == "claim.withdraw"
            and self.person(line.by) == who
            and subject in line.body["subjects"]
            and line.at < self.lost_since(line.by)
            for line in self.lines
        )

    def lost(self, who: str, subject: str) -> bool:
        """For each other side, the last of the settlements that upheld anything counts."""
        last: dict[frozenset[str], tuple[int, str]] = {}
        for opening in self.openings(subject):
            end, holder = self.end_of(opening)
            if end is End.UPHELD:
                pair = frozenset(self.sides(opening))
                settled = self.settled_at(opening)
                if settled > last.get(pair, (-1, ""))[0]:
                    last[pair] = settled, holder
        return any(who in pair and holder != who for pair, (_, holder) in last.items())

    def settled_at(self, opening: Act) -> int:
        """The first line after which the dispute is over."""
        for line in self.lines:
            if (
                Story([each for each in self.lines if each.index <= line.index or each.type.startswith("key.")]).end_of(
                    opening
                )[0]
                is not End.OPEN
            ):
                return line.index
        return -1

    def state(self, subject: str) -> State:
        ends = [self.end_of(opening)[0] for opening in self.openings(subject)]
        if End.OPEN in ends:
            return State.CONTESTED
        if self.withdrew(WORKS[subject.removeprefix("work:")], subject):
            return State.WITHDRAWN
        return State.UPHELD if End.UPHELD in ends else State.UNCONTESTED


# ---- the machine -------------------------------------------------------------------------------------------------

keys = st.sampled_from((*PEOPLE, *NEW_KEYS.values()))
people = st.sampled_from(PEOPLE)
subjects = st.sets(st.sampled_from(SUBJECTS), min_size=1, max_size=2).map(sorted)


class Quarrel(RuleBasedStateMachine):
    """Anybody does anything at any time; also what admission would refuse, which then must change nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.story, self.authority = Story([ISSUED]), Authority.of([ISSUED])
        self.disputes = Disputes(self.authority, lambda work: WORKS.get(work, ""))
        self.count = itertools.count(1)

    def do(self, by: str, type_: str, role: str = "party", **body: Any) -> None:
        owner = self.story.person(by)
        has_handed_on = any(line.type == "key.rotate" and line.by == owner for line in self.story.lines)
        speaker = NEW_KEYS[owner] if has_handed_on else owner  # admission lets no key speak that handed on
        said = act(next(self.count), speaker, type_, role, **body)
        self.story.lines.append(said)
        self.authority.add(said)

    @rule(by=keys, against=people, about=subjects)
    def counter(self, by: str, against: str, about: list[str]) -> None:
        if self.story.person(by) != against:
            self.do(by, "claim.counter", subjects=about, against=against, right="", statement="", contact="")

    @rule(older=st.integers(0, 1))
    def overlap(self, older: int) -> None:
        pair = {"older": SUBJECTS[older], "newer": SUBJECTS[older + 1]}
        self.do(LOG, "claim.overlap", "log", **pair, method="sha256", score=0)

    @rule(by=st.one_of(keys, st.sampled_from((ISSUER, LOG))), which=st.integers(0, 8), holder=people, how=st.data())
    def settle(self, by: str, which: int, holder: str, how: st.DataObject) -> None:
        opened = [line for line in self.story.lines if line.type in ("claim.counter", "claim.overlap")]
        if opened:
            dropped = how.draw(st.booleans())
            document = how.draw(st.sampled_from(DOCUMENTS))
            told = {"outcome": "dropped", "holder": "", "document": ""} if dropped else {
                "outcome": "upheld", "holder": holder, "document": document
            }  # fmt: skip
            role = "log" if by == LOG else "party"
            self.do(by, "claim.settle", role, counter=opened[which % len(opened)].id, **told)

    @rule(by=keys, about=subjects)
    def withdraw(self, by: str, about: list[str]) -> None:
        self.do(by, "claim.withdraw", subjects=about)

    @rule(by=keys, about=subjects, against=people)
    def withdraw_and_counter_at_once(self, by: str, about: list[str], against: str) -> None:
        self.withdraw(by, about)
        self.counter(by, against, about)

    @rule(who=people)
    def rotate(self, who: str) -> None:
        if not any(line.type == "key.rotate" and line.by == who for line in self.story.lines):
            self.do(who, "key.rotate", to=NEW_KEYS[who], proof="")

    @rule(who=people, ago=st.integers(0, 6))
    def find_out_that_a_key_was_lost(self, who: str, ago: int) -> None:
        if any(line.type == "key.rotate" and line.by == who for line in self.story.lines):
            since = max(_NOW, _NOW + (len(self.story.lines) - ago) * DAY)
            self.do(NEW_KEYS[who], "key.revoke", key=who, since=since, why="stolen")

    @invariant()
    def the_fold_is_what_the_clerk_would_say(self) -> None:
        whole = Disputes.of(Authority.of(self.story.lines), lambda work: WORKS.get(work, ""))
        for subject in SUBJECTS:
            expected = self.story.state(subject)
            assert self.disputes.refresh().standing(subject).state is expected
            assert whole.standing(subject).state is expected
            for person in PEOPLE:
                dead = self.story.withdrew(person, subject) or self.story.lost(person, subject)
                assert self.disputes.is_dead(person, subject) == whole.is_dead(person, subject) == dead
        for line in self.story.lines:
            if line.type in ("claim.counter", "claim.overlap"):
                found = self.disputes.dispute(line.id)
                assert found is not None
                assert (found.end, found.holder) == self.story.end_of(line)


Quarrel.TestCase.settings = settings(max_examples=200, stateful_step_count=16, deadline=None)
TestQuarrel = pytest.mark.slow(Quarrel.TestCase)


def test_a_public_domain_overlap_has_one_side_and_no_work_to_speak_for_it() -> None:
    told = act(
        1,
        LOG,
        "claim.overlap",
        "log",
        older="fingerprint:sha256:00",
        newer=SUBJECTS[0],
        method="public domain",
        score=0,
    )

    disputes = Disputes.of(Authority.of([told]), lambda work: WORKS.get(work, ""))

    (dispute,) = disputes.about(SUBJECTS[0])
    assert (dispute.by, dispute.against, dispute.sides) == ("", PEOPLE[0], frozenset({PEOPLE[0]}))
    assert disputes.standing(SUBJECTS[0]).state is State.CONTESTED


def test_a_dispute_about_one_right_kills_words_in_that_right_alone() -> None:
    counter = act(
        1, PEOPLE[1], "claim.counter", subjects=[SUBJECTS[0]], against=PEOPLE[0], right="composition", statement="",
        contact="",
    )  # fmt: skip
    end = act(2, LOG, "claim.settle", "log", counter=counter.id, outcome="upheld", holder=PEOPLE[1], document="01" * 32)

    disputes = Disputes.of(Authority.of([counter, end]))

    assert disputes.is_lost(PEOPLE[0], SUBJECTS[0], "composition")
    assert not disputes.is_lost(PEOPLE[0], SUBJECTS[0], "recording")
    assert list(disputes.lost()) == []


def test_the_order_of_two_settlements_in_the_log_decides() -> None:
    counter = act(
        1, PEOPLE[1], "claim.counter", subjects=[SUBJECTS[0]], against=PEOPLE[0], right="", statement="", contact=""
    )
    drop = act(2, PEOPLE[1], "claim.settle", counter=counter.id, outcome="dropped", holder="", document="")
    give_in = act(3, PEOPLE[0], "claim.settle", counter=counter.id, outcome="upheld", holder=PEOPLE[1], document="")
    first = replace(give_in, index=2), replace(drop, index=3)

    ends = [Disputes.of(Authority.of([counter, *both])).about(SUBJECTS[0])[0].end for both in ((drop, give_in), first)]

    assert ends == [End.DROPPED, End.UPHELD]
