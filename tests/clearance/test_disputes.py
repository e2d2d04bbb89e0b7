"""Two who say that it is theirs, and too many: reported, the strictest decides, and nobody loosens by crowding."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from placet.clearance.disputes import CROWD, Claimants
from placet.clearance.judge import Judge, Judged
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.core.decision import Outcome
from placet.core.profile import PROFILES
from placet.core.stance import Stance, Voice
from placet.core.use import Use
from placet.snapshot.library import Library
from placet.snapshot.match import Match, Matcher, MatchKind
from tests.factories import NOW, a_key
from tests.snapshot.world import World, a_world, jpeg, prose

TRAIN = Use.TRAIN_GENERATIVE


def _judged(library: Library, *parts: tuple[PartKind, bytes], voice: Voice = Voice.CLAIMED) -> Judged:
    ask = Ask(use=TRAIN, profiles=(PROFILES["eu-art4"],), at=NOW, min_voice=voice)
    row = Row(key="row", parts=tuple(Part(f"{n}", kind, data) for n, (kind, data) in enumerate(parts)))
    (judged,) = Judge(Matcher(library), ask).judge([row])
    return judged


def _keys(*numbers: int) -> tuple[str, ...]:
    return tuple(sorted(a_key(number).public.hex() for number in numbers))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_world(tmp_path)


# --- DISPUTED -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hers", [Stance.RESERVE, Stance.LICENSE])
def test_two_who_registered_one_picture_are_named_and_the_strictest_decides(world: World, hers: Stance) -> None:
    world.register(1, {"hers.jpg": jpeg(1)}, hers)
    world.register(2, {"again.jpg": jpeg(1, 80)}, Stance.ALLOW)

    judged = _judged(world.library(), (PartKind.IMAGE, jpeg(1, 60)))

    assert judged.disputed == _keys(1, 2)
    assert judged.decisions[0].outcome is {Stance.RESERVE: Outcome.RESERVED, Stance.LICENSE: Outcome.LICENCE}[hers]


def test_one_file_of_two_parties_is_disputed_though_both_say_yes(world: World) -> None:
    for party in (1, 2):
        world.register(party, {f"same {party}.bin": b"\0song" * 40}, Stance.ALLOW, titles=True)

    judged = _judged(world.library(), (PartKind.OTHER, b"\0song" * 40))

    assert judged.disputed == _keys(1, 2)
    assert judged.decisions[0].outcome is Outcome.CLEARED


def test_who_claims_another_right_disputes_nothing(world: World) -> None:
    world.register(1, {"hers.jpg": jpeg(1)}, Stance.ALLOW)
    world.register(2, {"his.jpg": jpeg(1, 80)}, Stance.RESERVE, right="performer")

    judged = _judged(world.library(), (PartKind.IMAGE, jpeg(1, 60)))

    assert judged.disputed == ()
    assert judged.decisions[0].outcome is Outcome.RESERVED


def test_two_pictures_of_two_makers_in_one_row_are_no_dispute(world: World) -> None:
    world.register(1, {"hers.jpg": jpeg(1)})
    world.register(2, {"his.jpg": jpeg(2)})

    judged = _judged(world.library(), (PartKind.IMAGE, jpeg(1, 60)), (PartKind.IMAGE, jpeg(2, 60)))

    assert len(judged.matches) == 2
    assert judged.disputed == ()


def test_passages_of_two_authors_in_one_text_are_disputed_only_where_they_overlap(world: World) -> None:
    hers, his = prose(1), prose(2)
    world.register(1, {"hers.txt": hers.encode()})
    world.register(2, {"his.txt": his.encode()})
    both = _judged(world.library(), (PartKind.TEXT, f"{hers[:900]} {prose(9)} {his[:900]}".encode()))
    world.register(3, {"again.txt": hers[:1500].encode()}, Stance.ALLOW)

    again = _judged(world.library("later"), (PartKind.TEXT, f"{hers[:900]} {prose(9)} {his[:900]}".encode()))

    assert both.disputed == ()
    assert again.disputed == _keys(1, 3)
    assert again.decisions[0].outcome is Outcome.RESERVED


def test_the_order_of_matches_changes_no_standing(world: World) -> None:
    for party in range(1, 5):
        world.register(party, {f"{party}.txt": prose(party).encode()})
    library, rng = world.library(), random.Random(3)
    spans = [(work, rng.randrange(800), rng.randrange(900, 1500)) for work in range(4)]
    matches = [Match(w, MatchKind.STRONG, "text-winnow/1", b - a, f"{a}:{b}", 0) for w, a, b in spans]
    standing = Claimants(library, NOW).of(matches)

    for _ in range(6):
        rng.shuffle(matches)
        assert Claimants(library, NOW).of(matches) == standing
    assert len(standing.disputed) > 1


# --- the voice that was chosen --------------------------------------------------------------------------------------


def test_what_the_choice_of_a_voice_changed_is_told(world: World) -> None:
    world.register(1, {"hers.jpg": jpeg(1)}, Stance.RESERVE)
    library = world.library()

    usual, chosen = (_judged(library, (PartKind.IMAGE, jpeg(1, 60)), voice=v) for v in (Voice.CLAIMED, Voice.VERIFIED))

    assert (usual.decisions[0].outcome, usual.changed) == (Outcome.RESERVED, "")
    assert (chosen.decisions[0].reason, chosen.changed) == ("silent.below", "reserved>silent")


def test_what_nobody_registered_is_not_changed_by_the_choice(world: World) -> None:
    world.register(1, {"hers.jpg": jpeg(1)})

    judged = _judged(world.library(), (PartKind.IMAGE, jpeg(5)), voice=Voice.MANDATED)

    assert (judged.decisions[0].outcome, judged.changed) == (Outcome.CLEARED, "")


# --- an attacking registrant ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [PartKind.IMAGE, PartKind.TEXT])
def test_a_crowd_of_registrants_makes_a_row_unclear_and_never_opens_it(world: World, kind: PartKind) -> None:
    registered = jpeg(1) if kind is PartKind.IMAGE else prose(1).encode()
    found = jpeg(1, 60) if kind is PartKind.IMAGE else prose(1)[:900].encode()
    for party in range(CROWD):
        world.register(100 + party, {f"{party}": registered + b" " * party}, Stance.ALLOW)
    enough = _judged(world.library(), (kind, found))
    world.register(200, {"one more": registered + b" " * 50}, Stance.ALLOW)

    crowded = _judged(world.library("later"), (kind, found))

    assert "match.crowded" not in {problem.reason for problem in enough.problems}
    assert "match.crowded" in {problem.reason for problem in crowded.problems}
    assert crowded.decisions[0].outcome is Outcome.UNCLEAR


def test_a_crowd_takes_nothing_from_her_who_said_no(world: World) -> None:
    world.register(1, {"hers.jpg": jpeg(1)}, Stance.RESERVE)
    for party in range(CROWD + 5):
        world.register(100 + party, {f"{party}": jpeg(1) + b" " * (party + 1)}, Stance.ALLOW)

    judged = _judged(world.library(), (PartKind.IMAGE, jpeg(1, 60)))

    assert judged.decisions[0].outcome is Outcome.RESERVED
    assert judged.decisions[0].because[0].by == a_key(1).public.hex()


def test_one_party_alone_is_no_crowd(world: World) -> None:
    copies = {f"{n}": jpeg(1) + b" " * n for n in range(CROWD + 5)}
    world.register(1, copies, Stance.ALLOW)

    judged = _judged(world.library(), (PartKind.IMAGE, jpeg(1, 60)))

    assert judged.decisions[0].outcome is Outcome.CLEARED
    assert judged.disputed == ()
