"""A table of metadata is cleared by the numbers in it, through the sheets that list them."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placet.clearance.judge import Judge
from placet.clearance.plan import Ask
from placet.clearance.readers import plan_dataset, read_unit
from placet.clearance.rows import Row
from placet.clearance.titled import answers_of_title, hear_all
from placet.core.ids import parse_subject
from placet.core.profile import PROFILES
from placet.core.stance import Stance, Voice
from placet.core.subject import Kind, Subject
from placet.core.title import Claim, Title
from placet.core.use import Use
from placet.registry.compose import Attested
from placet.signing.keys import Role
from placet.snapshot.match import Matcher
from tests.factories import NOW, a_key
from tests.snapshot.world import World, a_world

OPEN, CLOSED, NOBODYS = "FR-Z03-98-00212", "FRZ039800213", "USRC17607839"


def rows_of(path: Path) -> list[Row]:
    units, _ = plan_dataset(path)
    return [row for unit in units for row in read_unit(path, unit)]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A society that the log knows allows one song, and of another something is said by its number."""
    world, key = a_world(tmp_path), a_key(1)
    world.home.log.append(world.home.composer(key).submission())
    log = world.home.composer(world.home.key(Role.LOG))
    log.attest(Attested(party=key.public.hex(), kind="issuer", method="document", start=NOW, commitment="ab" * 32))
    world.home.log.append(log.submission())
    composer = world.home.composer(key)
    composer._sheet("claim.add", [_title(OPEN).data(), _title(CLOSED).data()])
    world.home.log.append(composer.submission())
    world.say(1, [Subject(Kind.REPERTOIRE, key.public.hex())], Stance.ALLOW)
    world.say(1, [_subject(CLOSED)], Stance.RESERVE)
    return world


def _subject(isrc: str) -> Subject:
    found = parse_subject(f"isrc:{isrc}")
    assert found is not None
    return found


def _title(isrc: str) -> Title:
    claims = (Claim(who="ipi:00017798450", right="recording", share=Fraction(1)),)
    return Title(subject=_subject(isrc), claims=claims)


def test_numbers_are_read_from_every_tabular_format(tmp_path: Path) -> None:
    (tmp_path / "songs.jsonl").write_text(json.dumps({"ISRC": [OPEN, None], "isbn": 9780306406157}) + "\n")
    table = pa.table({"isrc": [OPEN, None], "isbn": pa.array([9780306406157, None], pa.int64()), "title": ["a", "b"]})
    pq.write_table(table, tmp_path / "songs.parquet")
    wanted = (_subject(OPEN), Subject(Kind.IDENTIFIER, "isbn:9780306406157"))

    lines, columns = rows_of(tmp_path / "songs.jsonl"), rows_of(tmp_path / "songs.parquet")

    assert [row.identifiers for row in lines] == [wanted]
    assert [row.identifiers for row in columns] == [wanted, ()]
    assert [problem.reason for problem in columns[1].problems] == ["row.incomplete"]


@pytest.mark.parametrize("value", ["FRZ03", "nobody", "\ud800", "9780306406158"])
def test_a_number_that_is_none_leaves_its_row_unclear(tmp_path: Path, value: str) -> None:
    name = "isbn" if value.isdigit() else "isrc"
    (tmp_path / "songs.jsonl").write_text(json.dumps({name: value}) + "\n")

    (row,) = rows_of(tmp_path / "songs.jsonl")

    assert row.identifiers == ()
    assert [problem.reason for problem in row.problems] == ["row.malformed"]


def test_a_table_of_songs_is_cleared_by_their_numbers(world: World, tmp_path: Path) -> None:
    data = tmp_path / "songs.parquet"
    pq.write_table(pa.table({"isrc": [OPEN, CLOSED, NOBODYS], "url": ["https://a.example/"] * 3}), data)
    snapshot = world.snapshot()

    strict = world.clear(data, snapshot, tmp_path / "strict", profile="consent", use=Use.TRAIN_GENERATIVE)
    loose = world.clear(data, snapshot, tmp_path / "loose", use=Use.TRAIN_GENERATIVE)

    assert strict.totals.counts["consent"] == {"cleared": 1, "reserved": 1, "silent": 1}
    assert loose.totals.counts["eu-art4"] == {"cleared": 2, "reserved": 1}


def test_the_quick_answer_for_a_number_is_that_of_all_that_is_heard(world: World) -> None:
    library = world.library()
    for voice in (Voice.CLAIMED, Voice.VERIFIED):
        ask = Ask(use=Use.TRAIN, profiles=tuple(PROFILES.values()), at=NOW, min_voice=voice)
        judge = Judge(Matcher(library), ask)
        for isrc in (OPEN, CLOSED):
            subjects = frozenset({_subject(isrc)})

            quick = answers_of_title(library, subjects, ask)
            slow = tuple(judge._decisions(frozenset(), subjects, (), ()))

            assert quick == slow
            assert set(hear_all(library, (), subjects, ask).resolved.must_allow) == set(quick[0].question.must_allow)


def test_every_row_of_many_songs_has_its_own_answer(world: World, tmp_path: Path) -> None:
    isrcs = [OPEN, CLOSED] * 600
    pq.write_table(pa.table({"isrc": isrcs}), tmp_path / "songs.parquet")

    cleared = world.clear(tmp_path / "songs.parquet", world.snapshot(), tmp_path / "out", profile="consent")

    ledger = pq.read_table(tmp_path / "out" / "decisions.parquet")
    assert ledger.column("outcome").to_pylist() == ["cleared", "reserved"] * 600
    assert cleared.totals.counts["consent"] == {"cleared": 600, "reserved": 600}
