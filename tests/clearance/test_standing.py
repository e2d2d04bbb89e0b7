"""What a dispute on the record does to a row: withdrawn and lost claims are silent, open ones are told."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from placet.clearance.judge import Judge, Judged
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.core.decision import Outcome
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.use import Use
from placet.errors import Refused
from placet.record.entries import Entry
from placet.registry.compose import Composer
from placet.registry.openings import Opening
from placet.registry.sworn import Sworn
from placet.snapshot.match import Matcher
from tests.factories import NOW, a_key, append, check_log, sign, works_of
from tests.snapshot.world import World, a_world, jpeg

HER, HIM = (a_key(number).public.hex() for number in (1, 2))
SWORN = Sworn(what="hers.jpg", why="it is mine", forum="Lyon, France")
CONTACT = Opening(salt=b"\7" * 32, value="A. Weber, Lyon", show=False)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_world(tmp_path)


def _judged(world: World, profile: str = "eu-art4") -> Judged:
    library = world.library(f"s{world.home.size}-{profile}")
    ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES[profile],), at=NOW)
    (judged,) = Judge(Matcher(library), ask).judge([Row(key="r", parts=(Part("0", PartKind.IMAGE, jpeg(1, 60)),))])
    return judged


def _outcome(world: World, profile: str = "eu-art4") -> Outcome:
    return _judged(world, profile).decisions[0].outcome


def _do(world: World, number: int, write: Callable[[Composer], Entry]) -> Entry:
    composer = world.home.composer(a_key(number) if number else world.home.log.key)
    entry = write(composer)
    world.home.log.append(composer.submission())
    return entry


def _withdraw(world: World, number: int, work: str) -> None:
    key = a_key(number)
    body: dict[str, object] = {"at": NOW, "subjects": [f"work:{work}"]}
    append(world.home, [sign(key, "claim.withdraw", world.home.registry.last_of(key.public.hex()), body)])


def _two(world: World, hers: Stance, his: Stance) -> tuple[str, str]:
    one = world.register(1, {"hers.jpg": jpeg(1)}, hers)
    two = world.register(2, {"his.jpg": jpeg(1, 80)}, his)
    return one["hers.jpg"], two["his.jpg"]


def _overlap(world: World, older: str, newer: str) -> Entry:
    return _do(world, 0, lambda c: c.overlap(*works_of([older, newer]), "sha256", 0))


@pytest.mark.parametrize("hers", list(Stance))
def test_a_withdrawn_claim_is_as_if_it_had_never_been_made(world: World, hers: Stance) -> None:
    work, _ = _two(world, hers, Stance.ALLOW)

    _withdraw(world, 1, work)

    assert _outcome(world, "consent") is Outcome.CLEARED
    check_log(world.home)


def test_where_every_claim_was_withdrawn_silence_is_what_the_profile_says(world: World) -> None:
    work = world.register(1, {"hers.jpg": jpeg(1)}, Stance.ALLOW)["hers.jpg"]

    _withdraw(world, 1, work)

    assert (_outcome(world, "consent"), _outcome(world, "eu-art4")) == (Outcome.SILENT, Outcome.CLEARED)


def test_nobody_withdraws_what_is_anothers(world: World) -> None:
    work, _ = _two(world, Stance.RESERVE, Stance.ALLOW)

    with suppress(Refused):  # whether it is taken or not, it changes nothing
        _withdraw(world, 2, work)

    assert _outcome(world, "consent") is Outcome.RESERVED


def test_an_open_dispute_is_told_and_the_strictest_answers(world: World) -> None:
    work, other = _two(world, Stance.RESERVE, Stance.ALLOW)

    _overlap(world, work, other)

    judged = _judged(world, "consent")
    assert judged.disputed == tuple(sorted((HER, HIM)))
    assert judged.decisions[0].outcome is Outcome.RESERVED


def test_a_counter_claim_alone_is_told_though_its_maker_registered_nothing(world: World) -> None:
    work = world.register(1, {"hers.jpg": jpeg(1)}, Stance.RESERVE)["hers.jpg"]
    world.register(2, {"other.jpg": jpeg(7)}, Stance.RESERVE)

    _do(world, 2, lambda c: c.contest([f"work:{work}"], HER, SWORN, CONTACT))

    judged = _judged(world)
    assert (judged.disputed, judged.decisions[0].outcome) == (tuple(sorted((HER, HIM))), Outcome.RESERVED)


@pytest.mark.parametrize("winner", [HER, HIM], ids=["for her", "for him"])
def test_what_was_upheld_for_another_by_a_document_is_shown_and_decides_nothing(world: World, winner: str) -> None:
    work, other = _two(world, Stance.RESERVE, Stance.ALLOW)
    found = _overlap(world, work, other)

    _do(world, 0, lambda c: c.settle(found.id, "upheld", winner, "ab" * 32))

    judged = _judged(world, "consent")
    assert judged.disputed == ()
    assert judged.decisions[0].outcome is (Outcome.RESERVED if winner == HER else Outcome.CLEARED)
    assert len(judged.matches) == 2


def test_a_dispute_that_was_dropped_leaves_both_claims_alive(world: World) -> None:
    work, other = _two(world, Stance.RESERVE, Stance.ALLOW)
    found = _overlap(world, work, other)

    _do(world, 1, lambda c: c.settle(found.id, "dropped"))

    assert _outcome(world, "consent") is Outcome.RESERVED
