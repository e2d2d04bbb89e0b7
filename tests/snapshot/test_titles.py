"""Small repertoires, one rule each; and that no crowd opens a title, or closes one to who asks for verified voices."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from placet.core.decision import Basis, Decision, Question, Rule
from placet.core.profile import PROFILES
from placet.core.repertoire import members_of
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.errors import BadRecord
from placet.snapshot.titles import MOST_LISTINGS
from tests.snapshot.societies import DAY, FIRST, LOG, SOCIETY, Societies, a_key, a_repertoire, a_titles, ask, write

SONG, OTHER = Subject(Kind.IDENTIFIER, "iswc:T0345246801"), Subject(Kind.IDENTIFIER, "isrc:FRZ039800212")
ANA, MEMBER, STRANGER = a_key("ana"), "ipi:00017798450", a_key("stranger")
TRAIN = (Use.TRAIN_GENERATIVE,)


def claim(who: str, **more: Any) -> dict[str, Any]:
    usual = {"role": "", "right": "composition", "share": "", "territory": [], "from": 0, "until": 0}
    return {"who": who, **usual, **more}


def title(*claims: dict[str, Any], also: tuple[Subject, ...] = (), subject: Subject = SONG) -> dict[str, Any]:
    return {"v": 1, "subject": str(subject), "also": [str(s) for s in also], "title": "", "claims": list(claims)}


def repertoire(owner: str) -> Subject:
    return Subject(Kind.REPERTOIRE, owner)


@pytest.fixture
def world() -> Societies:
    """A society that the log knows, and Ana, of whom it was checked that she is one of its members."""
    world = Societies()
    world.attest(SOCIETY, "issuer", "", FIRST)
    world.attest(ANA, "identifier", MEMBER, FIRST, by=SOCIETY)
    return world


def decided(world: Societies, folder: Path, subject: Subject = SONG, **asked: Any) -> Decision:
    write(world, folder)
    question = Question(subjects=(subject,), use=Use.TRAIN_GENERATIVE, **{"at": FIRST + 100 * DAY, **asked})
    return a_titles(world, folder).answer(question, PROFILES["consent"])


def test_an_earlier_word_of_hers_and_a_later_one_for_her_both_speak(world: Societies, tmp_path: Path) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim(MEMBER))])
    world.say(ANA, repertoire(ANA), Stance.RESERVE, TRAIN, FIRST + 1)
    world.say(SOCIETY, repertoire(SOCIETY), Stance.ALLOW, TRAIN, FIRST + 2)

    assert decided(world, tmp_path).outcome == "reserved"


def test_a_later_word_of_hers_overrides_it_unless_she_left_it_the_saying(world: Societies, tmp_path: Path) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim(MEMBER))])
    bound = a_key("bound")
    world.attest(bound, "identifier", "ipi:00000000002", FIRST)
    world.mandate(bound, SOCIETY, FIRST, exclusive=1)
    world.sheet(SOCIETY, FIRST, [title(claim("ipi:00000000002"), subject=OTHER)])
    world.say(SOCIETY, repertoire(SOCIETY), Stance.RESERVE, TRAIN, FIRST + 1)
    world.say(ANA, repertoire(MEMBER), Stance.ALLOW, TRAIN, FIRST + 2)
    world.say(bound, repertoire(bound), Stance.ALLOW, TRAIN, FIRST + 2)

    hers = decided(world, tmp_path)

    assert hers.outcome == "cleared"
    assert [lost.rule for lost in hers.overruled] == [Rule.MEMBER]
    assert decided(world, tmp_path, OTHER).outcome == "reserved"


def test_rights_are_apart(world: Societies, tmp_path: Path) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim(MEMBER), claim(MEMBER, right="recording"))])
    world.say(ANA, repertoire(ANA), Stance.ALLOW, TRAIN, FIRST + 1, right="composition")

    one = decided(world, tmp_path)
    world.say(ANA, repertoire(ANA), Stance.ALLOW, TRAIN, FIRST + 2, right="recording")

    assert one.outcome == "silent"
    assert decided(world, tmp_path).outcome == "cleared"


def test_a_claim_of_a_part_gives_no_yes_for_the_whole(world: Societies, tmp_path: Path) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim(MEMBER, territory=["FR"]))])
    world.say(ANA, repertoire(ANA), Stance.ALLOW, TRAIN, FIRST + 1)

    asked = {where: decided(world, tmp_path, territory=where).outcome for where in (None, "FR", "DE")}

    assert asked == {None: "silent", "FR": "cleared", "DE": "silent"}


def test_a_refusal_of_another_name_reaches_the_work_and_a_yes_only_where_all_sheets_have_it(
    world: Societies, tmp_path: Path
) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim(MEMBER), also=(OTHER,))])
    world.say(ANA, OTHER, Stance.ALLOW, TRAIN, FIRST + 1)
    agreed = decided(world, tmp_path)
    world.sheet(ANA, FIRST, [title(claim(MEMBER))])
    doubted = decided(world, tmp_path)
    world.say(STRANGER, OTHER, Stance.RESERVE, TRAIN, FIRST + 2)
    refused = decided(world, tmp_path)

    assert (agreed.outcome, doubted.outcome, refused.outcome) == ("cleared", "silent", "reserved")
    assert refused.because[0].said_of == OTHER


def test_what_is_taken_back_leaves_what_was_said_more_widely(world: Societies, tmp_path: Path) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim(MEMBER))])
    world.say(SOCIETY, repertoire(SOCIETY), Stance.RESERVE, TRAIN, FIRST + 1)
    yes = world.say(SOCIETY, SONG, Stance.ALLOW, TRAIN, FIRST + 2)

    open_ = decided(world, tmp_path)
    world.take_back(yes, FIRST + 3)

    assert open_.outcome == "cleared"
    assert decided(world, tmp_path).outcome == "reserved"


def test_what_a_lost_key_lists_replaces_nothing_and_opens_nothing(world: Societies, tmp_path: Path) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim(MEMBER))])
    world.say(SOCIETY, repertoire(SOCIETY), Stance.ALLOW, TRAIN, FIRST + 1)
    before = decided(world, tmp_path)
    world.sheet(SOCIETY, FIRST + 10 * DAY, [title(claim(SOCIETY))])
    world.say(SOCIETY, SONG, Stance.ALLOW, TRAIN, FIRST + 11 * DAY)
    world.act(SOCIETY, "claim.withdraw", FIRST + 12 * DAY, subjects=[str(SONG)])
    world.act(SOCIETY, "key.revoke", FIRST + 20 * DAY, key=SOCIETY, since=FIRST + 5 * DAY, why="stolen")

    after = decided(world, tmp_path)

    assert before.outcome == "cleared"
    assert after.outcome == "silent"
    assert {who for _, who, _ in after.question.must_allow} == {ANA, SOCIETY}


def test_a_claimant_by_any_of_her_keys_is_one_party(world: Societies, tmp_path: Path) -> None:
    newer = a_key("ana's newer key")
    world.act(ANA, "key.rotate", FIRST + 5, to=newer, proof="")
    world.sheet(SOCIETY, FIRST + 6, [title(claim(newer))])
    world.say(newer, repertoire(newer), Stance.ALLOW, TRAIN, FIRST + 7)
    world.say(SOCIETY, repertoire(SOCIETY), Stance.RESERVE, TRAIN, FIRST + 8)
    both = decided(world, tmp_path)
    world.act(SOCIETY, "claim.exclude", FIRST + 9, who=[newer], **{"from": 0, "until": FIRST + 200 * DAY})

    assert both.outcome == "reserved"
    assert decided(world, tmp_path).outcome == "cleared"
    assert decided(world, tmp_path, at=FIRST + 300 * DAY).outcome == "reserved"
    assert both.question.must_allow == ((SONG, ANA, "composition"),)


def test_more_sheets_than_can_be_judged_leave_it_unclear_but_not_to_who_asks_for_more(
    world: Societies, tmp_path: Path
) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim(MEMBER))])
    world.say(SOCIETY, repertoire(SOCIETY), Stance.ALLOW, TRAIN, FIRST + 1)
    for number in range(MOST_LISTINGS):
        world.sheet(a_key(f"troll {number}"), FIRST, [title(claim(a_key(f"troll {number}")))])

    crowded, chosen = decided(world, tmp_path), decided(world, tmp_path, min_voice=Voice.VERIFIED)

    assert crowded.outcome == "unclear"
    assert [problem.reason for problem in crowded.unclear] == ["title.crowded"]
    assert chosen.outcome == "cleared"
    assert chosen.question.must_allow == ((SONG, ANA, "composition"),)


def test_members_who_never_spoke_are_asked_as_one(world: Societies, tmp_path: Path) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim("ipi:00000000005"), claim("ipi:00000000006"))])
    world.say(SOCIETY, repertoire(SOCIETY), Stance.ALLOW, TRAIN, FIRST + 1)

    found = decided(world, tmp_path)

    assert found.question.must_allow == ((SONG, members_of(SOCIETY), "composition"),)
    assert [word.behalf for word in found.because] == [members_of(SOCIETY)]


@pytest.mark.parametrize("record", [b"{}", b"[1]", b'{"also":[],"claims":[{}],"subject":"x:y"}', b"\xff"])
def test_a_line_that_is_no_title_is_named(world: Societies, tmp_path: Path, record: bytes) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim(MEMBER))])
    world.lines[0] = type(world.lines[0])(
        index=world.lines[0].index, number=0, by=SOCIETY, kind="claim.add", record=record
    )

    with pytest.raises(BadRecord, match=r"lines\.parquet"):
        decided(world, tmp_path)


def test_what_is_forgotten_is_answered_the_same_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world, rng = a_repertoire(200, 3, apart=0.5), random.Random(4)
    write(world, tmp_path)
    questions = [ask(world, rng) for _ in range(600)]
    kept = [a_titles(world, tmp_path).answer(*each) for each in questions[:60]]
    monkeypatch.setattr("placet.snapshot.titles._MOST_KEPT", 3)
    titles = a_titles(world, tmp_path)

    for _ in range(3):
        assert [titles.answer(*each) for each in questions][:60] == kept
    assert len(titles._answers) <= 3


@pytest.mark.slow
def test_a_crowd_of_strangers_opens_nothing_and_closes_nothing_to_who_asks_for_verified_voices(tmp_path: Path) -> None:
    world, rng = a_repertoire(400, 5, apart=0.3), random.Random(9)
    write(world, tmp_path / "before")
    before = a_titles(world, tmp_path / "before")
    questions = [ask(world, rng) for _ in range(1_500)]
    _crowd(world, rng)
    write(world, tmp_path / "after")
    after = a_titles(world, tmp_path / "after")
    declared = 0

    for question, profile in questions:
        was, now = before.answer(question, profile), after.answer(question, profile)

        assert was.may_use or not now.may_use
        if question.min_voice is Voice.VERIFIED and was.may_use and was.basis is Basis.DECLARED:
            assert now.may_use
            assert {word.index for word in now.because} == {word.index for word in was.because}
            declared += 1

    assert declared > 30


def _crowd(world: Societies, rng: random.Random) -> None:
    """A thousand keys that list other people's works as theirs, or as their betters', and say yes and no to all."""
    at = FIRST + 20 * DAY
    for number in range(1_000):
        key = a_key(f"troll {number}")
        named = rng.sample(world.names, 3)
        who = rng.choice((key, f"ipi:{rng.randrange(60):011d}", SOCIETY))
        also = () if named[1] == named[0] else (named[1],)
        world.sheet(
            key, at, [title(claim(who, right=rng.choice(("author", "composition"))), also=also, subject=named[0])]
        )
        about = rng.choice((named[0], named[2], repertoire(key), repertoire(who)))
        world.say(key, about, rng.choice((Stance.ALLOW, Stance.RESERVE)), (Use.ANY,), at)
    world.act(LOG, "strike.add", at, party=a_key("troll 0"), entry="", why="a crowd")


@pytest.mark.parametrize(
    "how", ["written anew", "taken back", "taken back, written anew", "until", "elsewhere", "name"]
)
def test_a_society_cannot_drop_the_member_who_says_no(world: Societies, tmp_path: Path, how: str) -> None:
    """She is not asked any more, and still refuses; a yes of hers is not enough."""
    world.sheet(SOCIETY, FIRST, [title(claim(SOCIETY), claim(ANA), also=(OTHER,))])
    world.say(SOCIETY, repertoire(SOCIETY), Stance.ALLOW, TRAIN, FIRST + 1)
    world.say(ANA, repertoire(ANA), Stance.RESERVE, TRAIN, FIRST + 2)
    assert decided(world, tmp_path, OTHER).outcome == "reserved"

    if how.startswith("taken back"):
        world.act(SOCIETY, "claim.withdraw", FIRST + 3, subjects=[str(SONG)])
    if how == "name":
        world.act(SOCIETY, "claim.withdraw", FIRST + 3, subjects=[str(OTHER)])
        world.sheet(SOCIETY, FIRST + 4, [title(claim(SOCIETY), subject=OTHER)])
    if how.endswith("written anew"):
        world.sheet(SOCIETY, FIRST + 4, [title(claim(SOCIETY), also=(OTHER,))])
    if how == "until":
        world.sheet(SOCIETY, FIRST + 4, [title(claim(SOCIETY), claim(ANA, until=FIRST + 5), also=(OTHER,))])
    if how == "elsewhere":
        world.sheet(SOCIETY, FIRST + 4, [title(claim(SOCIETY), claim(ANA, territory=["JP"]), also=(OTHER,))])

    assert decided(world, tmp_path, OTHER).outcome == "reserved"


def test_who_was_listed_once_is_let_go_by_her_own_word(world: Societies, tmp_path: Path) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim(SOCIETY), claim(ANA))])
    world.say(SOCIETY, repertoire(SOCIETY), Stance.ALLOW, TRAIN, FIRST + 1)
    world.say(ANA, repertoire(ANA), Stance.RESERVE, TRAIN, FIRST + 2)
    world.sheet(SOCIETY, FIRST + 3, [title(claim(SOCIETY))])
    assert decided(world, tmp_path).outcome == "reserved"

    world.act(ANA, "claim.withdraw", FIRST + 4, subjects=[str(SONG)])

    assert decided(world, tmp_path).outcome == "cleared"


def test_a_yes_alone_does_not_come_by_a_line_that_was_taken_back(world: Societies, tmp_path: Path) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim(SOCIETY), claim(MEMBER))])
    world.say(ANA, repertoire(ANA), Stance.ALLOW, TRAIN, FIRST + 2)
    world.act(SOCIETY, "claim.withdraw", FIRST + 3, subjects=[str(SONG)])

    assert decided(world, tmp_path).outcome == "silent"


@pytest.mark.parametrize("least", [Voice.CLAIMED, Voice.VERIFIED])
def test_a_society_whose_key_is_called_lost_since_ever_still_lists_who_says_no(
    world: Societies, tmp_path: Path, least: Voice
) -> None:
    world.sheet(SOCIETY, FIRST, [title(claim(MEMBER))])
    world.say(ANA, repertoire(ANA), Stance.RESERVE, TRAIN, FIRST + 1)
    world.act(SOCIETY, "key.revoke", FIRST + 5 * DAY, key=SOCIETY, since=1, why="a thief says so")

    assert decided(world, tmp_path, min_voice=least).outcome == "reserved"
