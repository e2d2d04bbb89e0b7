"""What the log's ports promise, of either database (`placet.log.ports`)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placet.errors import Refused, StoreDamaged
from placet.log.ports import Published
from placet.record.entries import Entry
from placet.record.merkle import leaf_hash
from placet.store.database import open_database
from placet.store.log import SqlCheckpointLock, SqlEntries


def plain(number: int) -> Entry:
    data = b"\x00entry %d" % number
    return Entry(type="declare", by="", prev="", body={}, sig="", data=data, leaf=leaf_hash(data))


def published(size: int) -> Published:
    return Published(size, bytes([size]) * 32, b"note %d\x00" % size)


@pytest.fixture
def engine(url):
    engine = open_database(url)
    yield engine
    engine.dispose()


@pytest.fixture
def entries(engine):
    return SqlEntries(engine, lambda connection, batch: None)


def test_entries_are_numbered_without_a_gap_and_read_as_they_came(entries):
    assert entries.sequence([plain(1), plain(2)]) == [0, 1]
    assert entries.sequence([]) == []
    assert entries.sequence([plain(3)]) == [2]

    assert entries.size() == 3
    assert list(entries.read(1, 3)) == [plain(2).data, plain(3).data]
    assert list(entries.read(3, 9)) == []


def test_an_entry_that_is_there_keeps_its_first_index(entries):
    entries.sequence([plain(1), plain(2)])

    assert entries.sequence([plain(2), plain(3), plain(3), plain(1)]) == [1, 2, 2, 0]
    assert entries.size() == 3


def test_more_leaves_than_one_query_holds_are_found(entries):
    many = [plain(number) for number in range(1300)]
    entries.sequence(many)

    assert entries.sequence(many[::-1]) == list(range(1300))[::-1]
    assert [*entries.read(0, 2000)] == [entry.data for entry in many]


def test_what_cannot_be_projected_is_not_kept(engine, entries):
    entries.sequence([plain(1)])

    def fail(connection, batch):
        connection.exec_driver_sql("DELETE FROM entries")
        raise Refused("no")

    with pytest.raises(Refused, match=r"^no$"):
        SqlEntries(engine, fail).sequence([plain(2)])

    assert list(entries.read(0, 9)) == [plain(1).data]


def test_whoever_is_overtaken_by_another_home_is_refused(engine, entries):
    rival = SqlEntries(engine, lambda connection, batch: None)
    assert entries.size() == rival.size() == 0
    rival.sequence([plain(1)])

    sentence = r"nothing was taken: another home put entries into this database meanwhile \(1, and 0 before\)"
    with pytest.raises(Refused, match=sentence):
        entries.sequence([plain(2)])

    assert list(entries.read(0, 9)) == [plain(1).data]
    assert entries.size() == 1
    assert entries.sequence([plain(2)]) == [1]


def test_a_checkpoint_is_swapped_for_the_one_it_was_made_from(engine):
    lock = SqlCheckpointLock(engine, "log.example")
    assert lock.current() is None

    lock.swap(0, published(2))
    lock.swap(2, published(5))

    assert lock.current() == SqlCheckpointLock(engine, "log.example").current() == published(5)


@pytest.mark.parametrize("old", [0, 2, 7])
def test_a_checkpoint_is_swapped_for_no_other(engine, old):
    lock = SqlCheckpointLock(engine, "log.example")
    lock.swap(0, published(2))
    lock.swap(2, published(5))

    with pytest.raises(StoreDamaged, match=r"another checkpoint of log.example, of 5 entries, was signed meanwhile"):
        lock.swap(old, published(9))

    assert lock.current() == published(5)


def test_a_first_checkpoint_follows_nothing(engine):
    lock = SqlCheckpointLock(engine, "log.example")

    with pytest.raises(StoreDamaged, match=r"another checkpoint of log.example, of None entries"):
        lock.swap(3, published(4))

    assert lock.current() is None


def test_another_log_has_no_place_in_the_database(engine):
    SqlCheckpointLock(engine, "log.example").swap(0, published(2))
    other = SqlCheckpointLock(engine, "other.example")

    for call in (other.current, lambda: other.swap(0, published(2))):
        with pytest.raises(StoreDamaged, match=r"holds the log log.example, and this key signs other.example"):
            call()

    assert SqlCheckpointLock(engine, "log.example").current() == published(2)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(st.integers(0, 12), max_size=6), max_size=4))
def test_sequencing_is_a_dictionary_of_first_comers(engine, batches):
    with engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM entries")
    entries, first = SqlEntries(engine, lambda connection, batch: None), dict[int, int]()

    for batch in batches:
        indexes = [first.setdefault(number, len(first)) for number in batch]
        assert entries.sequence([plain(number) for number in batch]) == indexes

    assert list(entries.read(0, 99)) == [plain(number).data for number in first]
