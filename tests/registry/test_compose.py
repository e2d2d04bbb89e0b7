"""A composer makes what admission takes: signed, chained, split where it must be."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.core.subject import Kind, Subject
from placet.errors import BadRecord
from placet.record.entries import MOST_BYTES, MOST_SUBJECTS
from placet.registry.admission import check_signature
from placet.registry.compose import Composer, Wish
from placet.registry.openings import Opening
from tests.factories import NOW, a_composer, a_home, a_key, a_wish, a_work, check_log


@settings(max_examples=20, deadline=None)
@given(lengths=st.lists(st.integers(20, 2000), min_size=1, max_size=1200), seed=st.integers(0, 9))
def test_a_wish_about_many_is_split_into_entries_that_fit(lengths, seed):
    subjects = [
        Subject(Kind.URL, f"https://m.example/{number}-{seed}".ljust(length, "x"))
        for number, length in enumerate(lengths)
    ]
    composer = Composer(a_key(1), "", NOW)

    composer.declare(subjects, a_wish())

    said = [subject for entry in composer.entries for subject in entry.body["subjects"]]
    assert said == sorted(map(str, subjects))
    assert all(len(entry.data) <= MOST_BYTES for entry in composer.entries)
    assert all(len(entry.body["subjects"]) <= MOST_SUBJECTS for entry in composer.entries)


def test_entries_are_signed_and_chained():
    composer = Composer(a_key(1), "", NOW)

    composer.introduce()
    composer.register([a_work(1)])
    composer.declare([Subject(Kind.DOMAIN, "ana.example")], a_wish())

    for entry in composer.entries:
        check_signature(entry)
    assert [entry.prev for entry in composer.entries] == ["", *(entry.id for entry in composer.entries[:-1])]
    assert composer.prev == composer.entries[-1].id


def test_the_same_key_and_time_make_the_same_entries():
    first, second = (Composer(a_key(1), "", NOW) for _ in range(2))

    for composer in (first, second):
        composer.register([a_work(1), a_work(2)])

    assert first.entries == second.entries


def test_a_submission_carries_every_blob_and_opening(tmp_path):
    composer = Composer(a_key(1), "", NOW)
    name = Opening(salt=bytes(32), value="Ana", show=True)
    work = a_work(1, title="Dunes", thumb=b"small")

    composer.introduce(name)
    composer.register([work])
    composer.declare([Subject(Kind.DOMAIN, "ana.example")], a_wish(terms="ask me"))
    submission = composer.submission()

    blobs = {work.sheet, b"small", b"ask me"}
    assert blobs < set(submission.blobs.values())
    assert all(hashlib.sha256(data).hexdigest() == digest for digest, data in submission.blobs.items())
    assert set(submission.openings) == {name.commitment, work.title.commitment}


def test_what_its_maker_does_not_show_never_reaches_the_public_folder(tmp_path):
    home = a_home(tmp_path)
    composer = a_composer(home)
    hidden = Opening(salt=bytes(32), value="A secret title", show=False)
    composer.register([replace(a_work(1), title=hidden)])
    submission = composer.submission()
    home.log.append(submission)

    assert (submission.openings, submission.private) == ({}, {hidden.commitment: hidden.data()})
    assert home.log_files.opening(hidden.commitment) is None
    check_log(home)


def test_what_is_public_about_a_title_is_its_commitment(tmp_path):
    home = a_home(tmp_path)
    composer = a_composer(home)
    composer.register([a_work(1, title="A secret title")])
    home.log.append(composer.submission())

    folders = [tmp_path / "log" / name for name in ("tile", "blobs")]
    public = [path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()]

    assert public
    assert not any(b"secret" in data for data in public)
    check_log(home)


@pytest.mark.parametrize("agent", ["two\nlines", "half \ud800", "x" * 201])
def test_a_wish_that_no_entry_can_hold_is_refused(agent):
    composer = Composer(a_key(1), "", NOW)
    wish = Wish(uses=a_wish().uses, stance=a_wish().stance, start=NOW, agent=agent)

    with pytest.raises(BadRecord, match="declare agent is not one line of at most 200 bytes"):
        composer.declare([Subject(Kind.DOMAIN, "ana.example")], wish)

    assert composer.entries == []


def test_a_wish_that_ends_before_it_begins_is_refused():
    composer = Composer(a_key(1), "", NOW)
    wish = Wish(uses=a_wish().uses, stance=a_wish().stance, start=NOW, until=NOW)

    with pytest.raises(BadRecord, match="declare until is not after declare from"):
        composer.declare([Subject(Kind.DOMAIN, "ana.example")], wish)


def test_nothing_said_about_nothing_makes_no_entry():
    composer = Composer(a_key(1), "", NOW)

    composer.declare([], a_wish())

    assert composer.submission().entries == ()
