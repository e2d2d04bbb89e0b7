"""The tables are a pure reading of the log: made entry by entry or all at once, they are the same."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.core.use import Use
from placet.core.work import Party
from placet.errors import BadRecord, Refused
from placet.log.sequencer import Submission
from placet.registry.openings import shown_value
from placet.registry.projection import pack_records, project, records_of, work_id
from placet.store.database import scratch_database
from placet.store.log import insert_entries
from placet.store.registry import SqlRegistry, SqlState, project_entries
from tests.factories import NOW, a_composer, a_home, a_key, a_wish, a_work, check_log, reserve, works_of

URLS = [Subject(Kind.URL, f"https://maker.example/{number}") for number in range(3)]

operations = st.lists(
    st.tuples(
        st.sampled_from(["register", "declare", "declare-url", "withdraw", "again"]),
        st.integers(1, 3),
        st.integers(0, 5),
        st.sampled_from(list(Stance)),
    ),
    max_size=14,
)


def perform(home, numbers, operation) -> Submission | None:
    """One operation of a party, or None when it makes no sense yet."""
    what, by, number, stance = operation
    mine = [work.id for work in home.registry.works_like("by", a_key(by).public.hex())]
    said = [each for each in home.registry.spoken() if each.by == a_key(by).public.hex() and each.stance is not None]
    composer = a_composer(home, by, name=f"Party {by}")
    composer.at = NOW + numbers
    if what == "register":
        works = [a_work(100 * numbers + each, title="A title" * (each % 2)) for each in range(number)]
        ids = composer.register(works) if works else []
        if ids and number % 2:
            composer.declare(works_of(ids), a_wish(stance))
    elif what == "declare" and mine:
        composer.declare(works_of(mine[: number + 1]), a_wish(stance, uses=(Use.MINE, Use.TRAIN), terms="ask"))
    elif what == "declare-url":
        composer.declare(URLS[: number % 3 + 1], a_wish(stance))
    elif what == "withdraw" and said:
        target = said[number % len(said)]
        composer.withdraw(target, target.subjects[: number % 2])
    return composer.submission()


def read(home, engine):
    return SqlRegistry(engine, partial(shown_value, opening=home.log_files.opening))


@settings(max_examples=30, deadline=None)
@given(plan=operations)
def test_a_projection_is_a_rebuild_at_every_size(tmp_path_factory, plan):
    home = a_home(tmp_path_factory.mktemp("home"))
    shots = {}
    submissions = []
    for number, operation in enumerate(plan):
        submission = perform(home, number, operation) if operation[0] != "again" else None
        if operation[0] == "again" and submissions:
            submission = submissions[operation[2] % len(submissions)]
        if submission and submission.entries:
            home.log.append(submission)
            submissions.append(submission)
            shots[home.log.published().size] = seen(home.registry)

    if not shots:
        return
    sound = check_log(home)
    for size, shot in shots.items():
        assert seen(home.registry, size) == shot == seen(read(home, one_by_one(home, sound.entries[:size])))
    assert home.registry.dump() == SqlRegistry(one_by_one(home, sound.entries)).dump()
    home.engine.dispose()


def seen(registry, size=None):
    return registry.parties(size), list(registry.works(size)), list(registry.spoken(size))


def one_by_one(home, entries):
    """Each entry projected alone, into an empty database."""
    engine = scratch_database()
    with engine.begin() as connection:
        for pair in enumerate(entries):
            insert_entries(connection, [pair])
            project_entries(connection, [pair], home.log_files.blob)
    return engine


def test_a_size_shows_the_record_as_it_was(tmp_path):
    home = a_home(tmp_path)
    first = reserve(home, 1)
    second = reserve(home, 2, by=2)

    assert [work.id for work in home.registry.works(3)] == first
    assert [work.id for work in home.registry.works(5)] == first + second
    assert [said.index for said in home.registry.spoken(5)] == [2]
    assert [said.index for said in home.registry.spoken()] == [2, 5]
    assert [party.index for party in home.registry.parties(3)] == [0]
    assert list(home.registry.works(1)) == list(home.registry.spoken(0)) == home.registry.parties(0) == []


def test_a_name_is_shown_only_by_consent(tmp_path):
    home = a_home(tmp_path)
    shown, hidden = a_composer(home, 1), a_composer(home, 2)
    from placet.registry.openings import Opening

    openings = [Opening(salt=bytes(32), value="Ana", show=True), Opening(salt=bytes(32), value="Ben", show=False)]
    for composer, opening in zip((shown, hidden), openings, strict=True):
        composer.entries.clear()
        composer.prev = ""
        composer.introduce(opening)
        home.log.append(composer.submission())

    assert [party.name for party in home.registry.parties()] == ["Ana", ""]
    check_log(home)


def test_an_opening_that_was_removed_leaves_the_party_without_a_name(tmp_path):
    home = a_home(tmp_path)
    composer = a_composer(home, 1, name="Ana")
    home.log.append(composer.submission())
    entry = composer.entries[0]
    (path,) = (path for path in (home.path / "log" / "openings").rglob("*") if path.is_file())
    path.unlink()

    assert home.registry.parties() == [Party(key=entry.by, index=0, role="party", name="")]
    check_log(home)


def test_a_withheld_blob_gives_no_works_and_is_named(tmp_path):
    home = a_home(tmp_path)
    reserve(home, 1)
    entry = check_log(home).entries[1]
    with home.engine.connect() as connection:
        found = project(1, entry, SqlState(connection, lambda digest: None))

    assert found.works == ()
    assert found.withheld == (entry.body["blob"],)


def test_another_blob_under_the_name_is_refused(tmp_path):
    home = a_home(tmp_path)
    reserve(home, 1)
    entry = check_log(home).entries[1]
    with home.engine.connect() as connection, pytest.raises(BadRecord, match="are not those whose Merkle root"):
        project(1, entry, SqlState(connection, lambda digest: b"other\n"))


def test_a_withdrawal_reaches_as_far_as_what_it_takes_back(tmp_path):
    home = a_home(tmp_path)
    ids = reserve(home, 1, 2)
    said = next(home.registry.spoken())
    composer = a_composer(home)
    composer.at = NOW + 7
    composer.withdraw(said, works_of(ids[:1]))
    home.log.append(composer.submission())

    withdrawal = list(home.registry.spoken())[-1]

    assert withdrawal == replace(
        said,
        index=3,
        id=composer.entries[0].id,
        stance=None,
        subjects=tuple(works_of(ids[:1])),
        start=NOW + 7,
        at=NOW + 7,
        withdraws=2,
    )
    assert home.registry.spoken_about(works_of(ids)[0]) == [said, withdrawal]
    assert home.registry.spoken_about(works_of(ids)[1]) == [said]


def test_a_work_is_named_by_its_record(tmp_path):
    home = a_home(tmp_path)
    ids = reserve(home, 1, 2)
    entry = check_log(home).entries[1]

    records = records_of(entry, home.log_files.blob(entry.body["blob"]))

    assert [work_id(record) for record in records] == ids
    assert home.log_files.blob(entry.body["blob"]) == pack_records(records)
    assert [work.record.data() for work in home.registry.works()] == [
        record for _, record in sorted(zip(ids, records, strict=True))
    ]


def test_works_are_found_by_the_beginning_of_their_id_and_by_their_digest(tmp_path):
    home = a_home(tmp_path)
    ids = reserve(home, 1, 2)

    assert [work.id for work in home.registry.works_like("id", ids[1][:8])] == [ids[1]]
    assert [work.id for work in home.registry.works_like("sha256", a_work(1).record.sha256)] == [ids[0]]
    assert home.registry.works_like("id", "%") == []


def test_words_are_found_by_their_number_and_by_the_beginning_of_their_id(tmp_path):
    home = a_home(tmp_path)
    reserve(home, 1)
    (said,) = home.registry.spoken()

    assert home.registry.spoken_by_id("#2") == [said]
    assert home.registry.spoken_by_id(said.id[:10]) == [said]
    assert home.registry.spoken_by_id("#3") == home.registry.spoken_by_id("_") == []


def test_a_refused_submission_leaves_no_row(tmp_path):
    home = a_home(tmp_path)
    reserve(home, 1)
    dump = home.registry.dump()
    composer = a_composer(home)
    composer.register([a_work(2)])
    composer.declare(works_of(["00" * 16]), a_wish())

    with pytest.raises(Refused):
        home.log.append(composer.submission())

    assert home.registry.dump() == dump
