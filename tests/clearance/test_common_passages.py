"""Passages that everybody has weigh less; and whoever adds works makes rows unclear at most, and opens none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.clearance.judge import Judge, Judged
from placet.clearance.ledger import brief_of
from placet.clearance.plan import Ask
from placet.clearance.rows import Part, PartKind, Row
from placet.core.decision import Outcome
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.use import Use
from placet.fingerprints.text_winnow import compute
from placet.snapshot import match_text
from placet.snapshot.library import Library
from placet.snapshot.match import Matcher, MatchKind
from placet.snapshot.match_text import Passage
from placet.snapshot.postings import COMMON, FEW
from tests.factories import NOW
from tests.snapshot.world import World, a_world, prose

LICENCE = "Permission is hereby granted, free of charge, to any person obtaining a copy of this " + prose(9, 120)
HERS = prose(1, 260)
PIECES = st.tuples(st.integers(0, 1_200), st.integers(60, 500))
ATTACK = st.lists(st.tuples(PIECES, st.sampled_from([1, FEW, FEW + 2, COMMON + 1, 70]), st.booleans()), max_size=4)


def table_of(texts: list[str], parties: list[int]) -> match_text.Table:
    prints = [compute(text) for text in texts]
    arrays = {
        "text-winnow.hash": np.concatenate([each.hashes for each in prints]),
        "text-winnow.work": np.concatenate([np.full(len(p.hashes), n, np.uint32) for n, p in enumerate(prints)]),
        "text-winnow.position": np.concatenate([each.positions for each in prints]),
    }
    return match_text.build(arrays, np.array(parties, np.uint32))


def told(document: str, texts: list[str], parties: list[int]) -> tuple[dict[int, Passage], int]:
    found, capped = match_text.find(compute(document), table_of(texts, parties))
    return {passage.work: passage for passage in found}, capped


def opens(found: dict[int, Passage], capped: int, hers: Stance) -> bool:
    """Whether a row is cleared where everybody but her says yes: nothing in doubt, and no certain work that says no."""
    is_sure = not capped and all(passage.grade.certain for passage in found.values())
    return is_sure and bool(found) and (hers is Stance.ALLOW or 0 not in found)


@settings(max_examples=60, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=3), ATTACK, st.sampled_from([Stance.RESERVE, Stance.ALLOW]))
def test_whoever_adds_works_opens_no_row_that_her_work_had_closed(
    quoted: list[tuple[int, int]],
    attack: list[tuple[tuple[int, int], int, bool]],
    hers: Stance,
) -> None:
    document = " ".join(f"{prose(50 + n, 20)} {HERS[at : at + size]}" for n, (at, size) in enumerate(quoted))
    copies = [(HERS[at : at + size], n if apart else 0) for (at, size), many, apart in attack for n in range(many)]
    texts, parties = [HERS, *(text for text, _ in copies)], [0, *(1 + party for _, party in copies)]

    before, capped_before = told(document, [HERS], [0])
    after, capped_after = told(document, texts, parties)

    was_certain = 0 in before and before[0].grade.certain
    is_certain = 0 in after and after[0].grade.certain
    assert was_certain or not is_certain
    assert 0 not in before or 0 in after or capped_after
    if 0 in before and not opens(before, capped_before, hers):
        assert not opens(after, capped_after, hers)


def quoting(*texts: str) -> Row:
    words = " ".join((prose(31, 60), *texts, prose(32, 60)))
    return Row(key="row", parts=(Part("a.txt", PartKind.TEXT, words.encode()),))


def judged(library: Library, row: Row, profile: str = "eu-art4") -> Judged:
    ask = Ask(use=Use.TRAIN_GENERATIVE, profiles=(PROFILES[profile],), at=NOW)
    (answer,) = Judge(Matcher(library), ask).judge([row])
    return answer


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> World:
    """As many parties as make a licence common property, each with a text of its own; the first says no."""
    world = a_world(tmp_path_factory.mktemp("crowd"))
    for party in range(COMMON + 1):
        files = {f"{party}.txt": f"{LICENCE} {prose(100 + party, 150)}".encode()}
        world.register(party, files, Stance.ALLOW if party else Stance.RESERVE)
    return world


def test_a_licence_in_everybodys_works_is_evidence_of_none(crowd: World) -> None:
    answer = judged(crowd.library(), quoting(LICENCE))

    assert {match.kind for match in answer.matches} == {MatchKind.VERIFY}
    assert answer.decisions[0].outcome is Outcome.UNCLEAR
    assert answer.problems[0].reason == "match.common"
    assert "only what many have in common (a run of " in answer.problems[0].why


def test_what_was_left_unclear_for_being_common_is_counted(crowd: World) -> None:
    library = crowd.library("counted")

    brief = brief_of(judged(library, quoting(LICENCE)), library)

    assert {"problem:match.common", "match:VERIFY"} <= set(brief.tallies)


def test_her_own_passage_beside_the_licence_names_her_work(crowd: World) -> None:
    answer = judged(crowd.library("beside"), quoting(LICENCE, prose(100, 150)[100:500]))

    certain = [match for match in answer.matches if match.kind.certain]
    assert len(certain) == 1
    assert answer.decisions[0].outcome is Outcome.RESERVED


def test_one_partys_editions_are_no_crowd(tmp_path: Path) -> None:
    world = a_world(tmp_path)
    world.register(1, {f"{n}.txt": f"{HERS} {prose(200 + n, 30)}".encode() for n in range(COMMON + 1)})

    answer = judged(world.library(), quoting(HERS[200:600]))

    assert {match.kind for match in answer.matches} == {MatchKind.PASSAGE}
    assert answer.decisions[0].outcome is Outcome.RESERVED


@pytest.mark.parametrize(("quoted", "outcome"), [(300, Outcome.SILENT), (1_400, Outcome.CLEARED)])
def test_a_yes_to_a_passage_is_no_yes_to_the_rest_of_a_text(tmp_path: Path, quoted: int, outcome: Outcome) -> None:
    world = a_world(tmp_path)
    world.register(1, {"hers.txt": HERS.encode()}, Stance.ALLOW)
    row = Row(key="row", parts=(Part("a.txt", PartKind.TEXT, f"{prose(31, 30)[:120]} {HERS[:quoted]}".encode()),))

    answer = judged(world.library(), row, "consent")

    assert answer.best is not None
    assert answer.best.kind is MatchKind.PASSAGE
    assert answer.decisions[0].outcome is outcome
