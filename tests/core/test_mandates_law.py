"""Who may speak for whom: the fold over any acts says what reading all of them again, one by one, says.

The reference below is slow and obvious: it asks each grant in the record whether it lets this be said, country by
country, and keeps nothing between two questions.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from placet.core.act import Act
from placet.core.authority import Authority
from placet.core.declaration import REGISTRY, Declaration, Interval, Source
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.territory import EU
from placet.core.use import Use

DAY = 86_400
FIRST = 1_700_000_000
WORLD = EU | {"US", "JP", "elsewhere"}
PLACES = ((), ("FR",), ("US", "FR"), ("EU",), ("JP",))
RIGHTS = ("author", "recording")
ACTS = {Stance.RESERVE: "reserve", Stance.LICENSE: "license", Stance.ALLOW: "allow"}
SUBJECTS = (Subject(Kind.WORK, "a" * 32), Subject(Kind.WORK, "b" * 32), Subject(Kind.IDENTIFIER, "isbn:9780306406157"))


def key(number: int) -> str:
    return hashlib.sha256(f"key {number}".encode()).hexdigest()


@dataclass
class Log:
    """Acts in order; each party has a list of keys, of which the last speaks."""

    acts: list[Act]
    parties: list[list[str]]
    made: int = 0

    def put(self, by: str, type_: str, at: int, **body: Any) -> Act:
        index = len(self.acts) * 2  # words may stand between two acts
        id_ = hashlib.sha256(f"act {index}".encode()).hexdigest()
        act = Act(index=index, id=id_, by=by, role="party", type=type_, at=at, body={"at": at, **body})
        self.acts.append(act)
        return act

    def of(self, type_: str) -> list[Act]:
        return [act for act in self.acts if act.type == type_]


def _some(rng: random.Random, values: Sequence[Any]) -> list[Any]:
    """Mostly none, which stands for all."""
    return sorted(rng.sample(values, rng.choice([0, 0, 0, 0, 1, 2])))


def _grant(rng: random.Random, log: Log, at: int) -> None:
    giver, taker = rng.choice([(0, 1), (0, 1), (0, 2), (2, 1), (1, 2), (1, 0)])
    above = rng.choice([None, None, *log.of("mandate.grant")])
    if above and rng.random() < 0.9:  # by who holds it, and now and then by who does not
        giver = next(n for n, keys in enumerate(log.parties) if above.body["to"] in keys)
        taker = rng.choice([n for n in range(len(log.parties)) if n != giver])
    start = at + rng.choice([0, 0, 0, 0, 5, -5]) * DAY
    told = log.put(
        log.parties[giver][-1],
        "mandate.grant",
        at,
        to=rng.choice(log.parties[taker]),
        acts=rng.sample(sorted(ACTS.values()), rng.choice([1, 2, 3, 3])),
        scope=[str(subject) for subject in _some(rng, SUBJECTS)],
        rights=_some(rng, RIGHTS),
        territory=list(rng.choice(PLACES)),
        exclusive=rng.choice([0, 0, 1]),
        revocable=1,
        depth=rng.choice([0, 1, 1]),
        parent=above.id if above else "",
        evidence="",
        **{"from": start, "until": rng.choice([0, 0, start + 10 * DAY, start + 40 * DAY])},
    )
    if rng.random() < 0.8:
        log.put(told.body["to"], "mandate.accept", at, mandate=told.id)


def _step(rng: random.Random, log: Log, at: int) -> None:
    grants = log.of("mandate.grant")
    kind = rng.choice(["grant"] * 6 + ["accept", "accept", "end", "rotate", "rotate", "lose", "lose"])
    if kind == "grant" or (kind in ("accept", "end") and not grants):
        _grant(rng, log, at)
    elif kind in ("accept", "end"):
        told = rng.choice(grants)
        name = "mandate.accept" if kind == "accept" else "mandate.revoke"
        log.put(told.body["to"] if kind == "accept" else told.by, name, at, mandate=told.id)
    elif kind == "rotate":
        keys = rng.choice(log.parties)
        log.made += 1
        log.put(keys[-1], "key.rotate", at, to=key(100 + log.made), proof="")
        keys.append(key(100 + log.made))
    elif older := [(keys[-1], lost) for keys in log.parties for lost in keys[:-1]]:
        by, lost = rng.choice(older)
        log.put(by, "key.revoke", at, key=lost, since=at - rng.randrange(30) * DAY, why="lost")


def a_log(rng: random.Random) -> Log:
    log, at = Log([], [[key(number)] for number in range(3)]), FIRST
    for _ in range(rng.randrange(1, 20)):
        at += rng.choice([0, 0, 1, 2, 6]) * DAY
        _step(rng, log, at)
    return log


# ---- the reference -------------------------------------------------------------------------------------------


def party_of(log: Log, key: str) -> str:
    """The first key of the chain in which this one stands."""
    for act in log.acts:
        if act.type == "key.rotate" and act.body["to"] == key:
            return party_of(log, act.by)
    return key


def is_doubtful(log: Log, grant: Act) -> bool:
    """Whether a thief may have given, accepted or ended it: a day of the clock is allowed for."""
    lost = (act for act in log.of("key.revoke") if act.body["key"] == grant.by and act.body["since"])
    return any(grant.at >= act.body["since"] - DAY for act in lost)


def chain_of(log: Log, grant: Act) -> list[Act] | None:
    """The grant and the one above it; None where it rests on nothing that it could rest on."""
    if not grant.body["parent"]:
        return [grant]
    (above,) = (act for act in log.acts if act.id == grant.body["parent"])
    is_held = party_of(log, above.body["to"]) == party_of(log, grant.by)
    return [grant, above] if is_held and above.body["depth"] and not above.body["parent"] else None


def is_in_force(log: Log, grant: Act, index: int, at: int) -> bool:
    about = [act for act in log.acts if act.body.get("mandate") == grant.id and act.index < index]
    about = [act for act in about if not is_doubtful(log, act)]
    is_accepted = any(act.type == "mandate.accept" for act in about)
    is_ended = any(act.type == "mandate.revoke" for act in about)
    until = grant.body["until"]
    return is_accepted and not is_ended and grant.body["from"] <= at and (not until or at < until)


def countries(codes: Sequence[str]) -> frozenset[str]:
    if not codes:
        return frozenset(WORLD)
    return frozenset(country for code in codes for country in (EU if code == "EU" else {code}))


def where(log: Log, grant: Act, said: Sequence[str]) -> frozenset[str]:
    """The countries in which a word said there speaks under this mandate."""
    chain = chain_of(log, grant) or []
    return frozenset(
        country for country in countries(said) if all(country in countries(m.body["territory"]) for m in chain)
    )


def lets(log: Log, grant: Act, word: Declaration, principal: str, names: set[Subject]) -> bool:
    chain, act = chain_of(log, grant), ACTS[word.stance or Stance.RESERVE]
    if chain is None or party_of(log, grant.body["to"]) != word.by or party_of(log, chain[-1].by) != principal:
        return False
    for each in chain:
        scope = set(each.body["scope"])
        is_about = not scope or bool(scope & {str(name) for name in names})
        is_right = not each.body["rights"] or word.right in each.body["rights"]
        if not (is_about and is_right and act in each.body["acts"]):
            return False
        if not is_in_force(log, each, word.index or 0, word.source.heard_at):
            return False
    return bool(where(log, grant, word.territory))


def ends(log: Log, grant: Act) -> Iterator[int]:
    """When what was let under it is over: its own end and its taking back, and those of the one above."""
    for each in chain_of(log, grant) or []:
        taken = [
            act.at
            for act in log.acts
            if act.type == "mandate.revoke" and act.body["mandate"] == each.id and not is_doubtful(log, act)
        ]
        yield from (end for end in (each.body["until"], *taken[:1]) if end)


# ---- the law -------------------------------------------------------------------------------------------------


def a_question(rng: random.Random) -> tuple[Log, Declaration, str, set[Subject]]:
    """A record, a word said somewhere in it, and for whom it is asked whether it was said."""
    log = a_log(rng)
    index = max(rng.randrange(len(log.acts) + 1), rng.randrange(len(log.acts) + 1)) * 2 - 1
    before = [act.at for act in log.acts if act.index < index]
    at = (before[-1] if before else FIRST) + rng.randrange(4) * DAY
    speaker, principal = rng.sample([keys[0] for keys in log.parties], 2)
    if (grants := log.of("mandate.grant")) and rng.random() < 0.8:  # mostly by who may hold a mandate
        grant = rng.choice(grants)
        top = (chain_of(log, grant) or [grant])[-1]
        speaker, principal = party_of(log, grant.body["to"]), party_of(log, top.by)
    word = Declaration(
        id="ab" * 32,
        subject=rng.choice(SUBJECTS),
        use=Use.TRAIN,
        stance=rng.choice(list(ACTS)),
        by=speaker,
        voice=Voice.CLAIMED,
        source=Source(standard=REGISTRY, where="", heard_at=at),
        interval=Interval(at, rng.choice([None, at + 3 * DAY, at + 100 * DAY])),
        territory=rng.choice(PLACES),
        right=rng.choice(RIGHTS),
        index=max(index, 0),
    )
    return log, word, principal, {word.subject, *_some(rng, SUBJECTS)}


@given(st.integers(0, 1 << 40))
@settings(max_examples=2_500, deadline=None)
def test_the_mandates_are_those_that_each_grant_by_itself_would_be(seed: int) -> None:
    log, word, principal, names = a_question(random.Random(seed))
    authority = Authority.of(log.acts)
    act, at = ACTS[word.stance], word.source.heard_at

    found = authority.mandates_for(word.by, principal, act, names, word.right, word.index, at, word.territory)

    expected = [grant.id for grant in log.of("mandate.grant") if lets(log, grant, word, principal, names)]
    event(f"{min(len(expected), 2)} mandates")
    assert [mandate.id for mandate in found] == expected


@given(st.integers(0, 1 << 40))
@settings(max_examples=2_500, deadline=None)
def test_a_word_is_said_for_her_where_and_for_as_long_as_they_let_it(seed: int) -> None:
    log, word, principal, names = a_question(random.Random(seed))

    said = Authority.of(log.acts).for_principal(word, principal, names)

    found = [grant for grant in log.of("mandate.grant") if lets(log, grant, word, principal, names)]
    sound = [m for m in found if not any(is_doubtful(log, each) for each in chain_of(log, m) or [])]
    event(f"{word.stance.word}, {min(len(found), 2)} mandates, {min(len(sound), 2)} sound")
    if not found:
        assert said == word
        return
    assert (said.behalf, said.flagged) == (principal, not sound)
    if word.stance is Stance.ALLOW:
        assert _farthest(log, word, sound or found, said)
    else:
        assert countries(said.territory) == frozenset().union(*(where(log, m, word.territory) for m in found))
        assert said.exclusive == any(m.body["exclusive"] for m in found)
        assert said.interval == word.interval


def _farthest(log: Log, word: Declaration, grants: list[Act], said: Declaration) -> bool:
    """Whether a yes speaks by one grant than which none reaches farther, nor as far and longer."""

    def reach(grant: Act) -> tuple[int, float]:
        until = min([*ends(log, grant), word.interval.until or float("inf")])
        return len(where(log, grant, word.territory)), until

    most = max(map(reach, grants))
    mine = (len(countries(said.territory)), said.interval.until or float("inf"))
    is_one = any(
        countries(said.territory) == where(log, m, word.territory) and said.exclusive == bool(m.body["exclusive"])
        for m in grants
        if reach(m) == most
    )
    return mine == most and is_one and said.interval.start == word.interval.start


@given(st.integers(0, 1 << 40))
@settings(max_examples=100, deadline=None)
def test_act_by_act_is_all_at_once(seed: int) -> None:
    log = a_log(random.Random(seed))
    grown, whole = Authority(), Authority.of(log.acts)

    for act in log.acts:
        grown.add(act)

    assert grown.mandates() == whole.mandates()
    for keys in log.parties:
        assert grown.given(keys[0]) == whole.given(keys[0])
        assert grown.held(keys[0]) == whole.held(keys[0])
        assert {party_of(log, key) for key in keys} == {keys[0]} == {whole.party_of(key) for key in keys}
