"""What is said of all that somebody has, as it reaches one work: mandated voices, her own word, what she left alone."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from placet.core import PROFILES, Kind, Outcome, Question, Stance, Subject, Use, Voice, decide
from placet.core.act import Act
from placet.core.authority import Authority
from placet.core.decision import Basis, Decision, Rule
from placet.core.declaration import Declaration
from placet.core.spoken import Spoken
from placet.snapshot.blankets import blankets

NOW = 1_750_000_000
DAY = 86_400
ANA, UNION, LOG, STRANGER = (hashlib.sha256(name.encode()).hexdigest() for name in ("ana", "union", "log", "stranger"))
WORK = Subject(Kind.WORK, "a" * 32)
HERS, THEIRS = Subject(Kind.REPERTOIRE, ANA), Subject(Kind.REPERTOIRE, UNION)


class World:
    """Acts and words, one entry after the other; Ana registered the work."""

    def __init__(self, *checked: str) -> None:
        self.acts: list[Act] = []
        self.words: list[Spoken] = []
        self.index = 0
        for party in checked:
            self.act(LOG, "identity.attest", party=party, kind="document", value="", **{"from": NOW, "until": 0})

    def id(self) -> str:
        self.index += 1
        return hashlib.sha256(str(self.index).encode()).hexdigest()

    def act(self, by: str, type_: str, **body: Any) -> str:
        id_ = self.id()
        role = "log" if by == LOG else "party"
        body = {"at": NOW, **body}
        self.acts.append(Act(index=self.index, id=id_, by=by, role=role, type=type_, at=NOW, body=body))
        return id_

    def mandate(self, *acts: str, exclusive: int = 0, until: int = 0) -> str:
        body = {"to": UNION, "acts": acts, "scope": [], "rights": [], "territory": [], "exclusive": exclusive}
        more = {"revocable": 1, "depth": 0, "parent": "", "evidence": "", "from": NOW, "until": until}
        id_ = self.act(ANA, "mandate.grant", **body, **more)
        self.act(UNION, "mandate.accept", mandate=id_)
        return id_

    def say(self, by: str, stance: Stance | None, about: Subject, *, withdraws: int | None = None) -> int:
        word = Spoken(
            index=self.index + 1,
            id=self.id(),
            by=by,
            stance=stance,
            subjects=(about,),
            uses=(Use.TRAIN,),
            start=NOW,
            until=0,
            withdraws=withdraws,
            at=NOW,
        )
        self.words.append(word)
        return word.index

    def heard(self) -> list[Declaration]:
        authority = Authority.of(self.acts)

        def about(subject: Subject, holder: str = "") -> list[Declaration]:
            said = [each for word in self.words if subject in word.subjects for each in word.about(subject)]
            return authority.weigh(said, holder)

        return about(WORK, ANA) + blankets(ANA, WORK, authority, about)

    def answer(self, voice: Voice = Voice.CLAIMED, at: int = NOW + DAY) -> Decision:
        question = Question(subjects=(WORK,), use=Use.TRAIN_GENERATIVE, at=at, min_voice=voice)
        return decide(question, self.heard(), (), (), PROFILES["consent"])


def test_what_a_union_says_of_its_repertoire_is_said_for_her_under_her_mandate() -> None:
    world = World(UNION)
    world.mandate("reserve")
    world.say(UNION, Stance.RESERVE, THEIRS)

    (word,) = world.heard()

    assert (word.subject, word.said_of, word.by, word.behalf) == (WORK, THEIRS, UNION, ANA)
    assert (word.voice, word.exclusive, word.flagged) == (Voice.MANDATED, False, False)
    assert world.answer().outcome is Outcome.RESERVED


@pytest.mark.parametrize("voice", [Voice.CLAIMED, Voice.VERIFIED, Voice.MANDATED], ids=lambda voice: voice.name)
def test_who_asks_for_mandated_voices_hears_a_checked_unions_blanket(voice: Voice) -> None:
    world = World(UNION)
    world.mandate("reserve")
    world.say(UNION, Stance.RESERVE, THEIRS)

    assert world.answer(voice).outcome is Outcome.RESERVED


def test_her_own_checked_word_is_beneath_a_mandated_one() -> None:
    world = World(ANA)
    world.say(ANA, Stance.RESERVE, HERS)

    answer = world.answer(Voice.MANDATED)

    assert (answer.outcome, answer.basis) == (Outcome.SILENT, Basis.BELOW)
    assert world.answer(Voice.VERIFIED).outcome is Outcome.RESERVED


def test_between_keys_that_nobody_checked_a_blanket_is_told_and_decides_nothing() -> None:
    world = World()
    world.mandate("reserve", "allow")
    world.say(UNION, Stance.RESERVE, THEIRS)

    answer = world.answer()

    assert answer.outcome is Outcome.SILENT
    assert [lost.rule for lost in answer.overruled] == [Rule.VOICE]


@pytest.mark.parametrize("wide", [HERS, WORK], ids=["all she has", "the work"])
def test_her_later_word_overrides_the_blanket(wide: Subject) -> None:
    world = World(ANA, UNION)
    world.mandate("reserve")
    world.say(UNION, Stance.RESERVE, THEIRS)
    world.say(ANA, Stance.ALLOW, wide)

    answer = world.answer()

    assert answer.outcome is Outcome.CLEARED
    assert [(lost.declaration.by, lost.rule) for lost in answer.overruled] == [(UNION, Rule.MEMBER)]


def test_of_her_earlier_word_and_the_blanket_the_strictest_counts() -> None:
    world = World(ANA, UNION)
    world.mandate("reserve", "allow")
    world.say(ANA, Stance.RESERVE, WORK)
    world.say(UNION, Stance.ALLOW, THEIRS)

    assert world.answer().outcome is Outcome.RESERVED


def test_what_she_left_to_the_union_alone_stands_beside_her_later_word() -> None:
    world = World(ANA, UNION)
    world.mandate("reserve", exclusive=1)
    said = world.say(UNION, Stance.RESERVE, THEIRS)
    world.say(ANA, Stance.ALLOW, WORK)
    world.say(ANA, None, THEIRS, withdraws=said)

    answer = world.answer()

    assert answer.outcome is Outcome.RESERVED
    assert [(word.by, word.exclusive) for word in answer.because] == [(UNION, True)]


def test_a_blanket_yes_lives_as_long_as_the_mandate_and_a_no_longer() -> None:
    yes, no = World(UNION), World(UNION)
    for world, stance in ((yes, Stance.ALLOW), (no, Stance.RESERVE)):
        world.mandate("reserve", "allow", until=NOW + 10 * DAY)
        world.say(UNION, stance, THEIRS)

    during, after = NOW + 9 * DAY, NOW + 11 * DAY

    assert [yes.answer(at=at).outcome for at in (during, after)] == [Outcome.CLEARED, Outcome.SILENT]
    assert [no.answer(at=at).outcome for at in (during, after)] == [Outcome.RESERVED, Outcome.RESERVED]


@pytest.mark.parametrize("about", [HERS, WORK], ids=["all she has", "the work"])
def test_she_takes_back_what_was_said_for_her_and_older_words_of_the_union_stay(about: Subject) -> None:
    world = World(ANA, UNION)
    world.mandate("reserve", "license")
    world.say(UNION, Stance.LICENSE, THEIRS)
    said = world.say(UNION, Stance.RESERVE, about)
    before = world.answer().outcome

    world.say(ANA, None, about, withdraws=said)

    assert (before, world.answer().outcome) == (Outcome.RESERVED, Outcome.LICENCE)


def test_a_strangers_blanket_and_a_strangers_withdrawal_reach_nothing() -> None:
    world = World(ANA, UNION, STRANGER)
    world.mandate("reserve")
    said = world.say(UNION, Stance.RESERVE, HERS)
    world.say(STRANGER, Stance.ALLOW, HERS)
    world.say(STRANGER, Stance.ALLOW, Subject(Kind.REPERTOIRE, STRANGER))
    world.say(STRANGER, None, HERS, withdraws=said)

    answer = world.answer()

    assert answer.outcome is Outcome.RESERVED
    assert {word.by for word in world.heard() if word.stance is not None} == {UNION}


def test_a_mandate_to_reserve_lets_no_yes_be_said_of_all_she_has() -> None:
    world = World(ANA, UNION)
    world.mandate("reserve")
    world.say(UNION, Stance.ALLOW, THEIRS)
    world.say(UNION, Stance.ALLOW, HERS)

    assert world.heard() == []
    assert world.answer().outcome is Outcome.SILENT
