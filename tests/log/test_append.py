"""Appending: indexes, duplicates, receipts, and every size at which a tile fills."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.errors import BadRecord, NotFound, Refused, StoreDamaged, VerificationFailed
from placet.log.fsck import StoredTree
from placet.log.lock import locked
from placet.log.sequencer import Log, Submission
from placet.record import merkle
from placet.record.entries import Entry
from placet.record.merkle import leaf_hash
from placet.record.notes import ED25519, Vkey
from placet.record.policy import Policy
from placet.record.proof import format_proof, parse_proof
from placet.signing.keys import Role
from placet.signing.trust import verify_checkpoint, verify_receipt
from placet.store.database import open_database, sqlite_url
from placet.store.log import SqlCheckpointLock, SqlEntries
from tests.factories import NOW, a_composer, a_home, a_key, a_wish, a_work, append, check_log, policy_of, reserve
from tests.factories import sign as signed

ORIGIN = "log.example"
KEY = a_key(9, Role.LOG)
POLICY = Policy(logs=((Vkey(ORIGIN, ED25519, KEY.public), ""),))


def plain(number: int) -> Entry:
    """An entry of any bytes, for a log that judges nothing."""
    data = b"entry %d" % number
    return Entry(type="declare", by="", prev="", body={}, sig="", data=data, leaf=leaf_hash(data))


def bare_log(path) -> Log:
    engine = open_database(sqlite_url(path / "placet.db"))
    entries = SqlEntries(engine, lambda connection, batch: None)
    return Log(path / "log", entries, SqlCheckpointLock(engine, ORIGIN), KEY, ORIGIN, lambda submission: None)


def add(log: Log, count: int) -> list[int]:
    start = log.entries.size()
    return log.append(Submission(tuple(plain(number) for number in range(start, start + count))))


def check_bare(log: Log, size: int) -> None:
    """The signed root is that of the entries in the bundles, and no partial tile is left behind a full one."""
    checkpoint, _ = verify_checkpoint(log.files.need("checkpoint"), POLICY)
    data = list(StoredTree(log.files).entries(checkpoint.size))
    assert checkpoint.size == size
    assert data == [plain(number).data for number in range(size)]
    assert checkpoint.root == merkle.root([leaf_hash(each) for each in data])
    for partial in (log.files.folder / "tile").rglob("*.p"):
        assert not partial.with_suffix("").exists()


def test_an_append_returns_the_index_of_each_entry(tmp_path):
    home = a_home(tmp_path)
    composer = a_composer(home)
    ids = composer.register([a_work(1)])

    indexes = home.log.append(composer.submission())

    assert indexes == [0, 1]
    assert [work.id for work in home.registry.works()] == ids
    assert check_log(home).checkpoint.size == 2


def test_a_duplicate_keeps_its_first_index(tmp_path):
    home = a_home(tmp_path)
    composer = a_composer(home)
    composer.register([a_work(1)])
    submission = composer.submission()
    first = home.log.append(submission)
    reserve(home, 2, by=2)

    again = home.log.append(submission)

    assert again == first == [0, 1]
    assert check_log(home).checkpoint.size == 5


def test_an_entry_twice_in_one_submission_is_taken_once(tmp_path):
    home = a_home(tmp_path)
    composer = a_composer(home)
    hello = composer.entries[0]

    assert append(home, [hello, hello]) == [0, 0]
    assert check_log(home).checkpoint.size == 1


def test_a_repeated_entry_does_not_fork_its_keys_chain(tmp_path):
    home, key = a_home(tmp_path), a_key(1)
    composer = a_composer(home)
    hello = composer.entries[0]
    composer.declare([_url(1)], a_wish())
    home.log.append(composer.submission())
    body = {**composer.entries[1].body, "at": NOW + 1}
    fork = signed(key, "declare", hello.id, body)

    with pytest.raises(Refused, match="does not follow its key's newest entry"):
        append(home, [hello, fork])

    assert check_log(home).checkpoint.size == 2


def test_an_empty_submission_changes_nothing(tmp_path):
    home = a_home(tmp_path)
    reserve(home, 1)
    before = home.log.published()

    assert append(home, []) == []
    assert home.log.published() == before
    check_log(home)


def test_an_empty_log_takes_an_empty_submission(tmp_path):
    log = bare_log(tmp_path)

    assert add(log, 0) == []
    assert log.published().size == 0
    with pytest.raises(NotFound, match="no entry 0 in a tree of 0"):
        log.receipt(0)


def _url(number: int):
    from placet.core.subject import Kind, Subject

    return Subject(Kind.URL, f"https://maker.example/{number}")


@pytest.mark.parametrize("first", [1, 255, 256, 257, 511, 512, 513])
def test_a_log_is_whole_at_the_sizes_at_which_a_tile_fills(tmp_path, first):
    log = bare_log(tmp_path)

    for count in (first, 1, 255, 256):
        assert add(log, count) == list(range(log.published().size - count, log.published().size))
        check_bare(log, log.published().size)


@settings(max_examples=15, deadline=None)
@given(counts=st.lists(st.sampled_from([1, 2, 3, 100, 254, 255, 256, 257, 300]), min_size=1, max_size=6))
def test_it_does_not_matter_how_entries_are_batched(tmp_path_factory, counts):
    many, one = bare_log(tmp_path_factory.mktemp("many")), bare_log(tmp_path_factory.mktemp("one"))

    for count in counts:
        add(many, count)
    add(one, sum(counts))

    assert many.published() == one.published()
    check_bare(many, sum(counts))


@pytest.mark.slow
def test_a_log_is_whole_around_65536_entries(tmp_path):
    log = bare_log(tmp_path)

    for count in (65_535, 1, 1, 300):
        add(log, count)
        check_bare(log, log.published().size)

    for index in (0, 65_534, 65_535, 65_536, 65_836):
        verify_receipt(plain(index).data, log.receipt(index), POLICY)
    assert (log.files.folder / "tile/2/000.p/1").exists()


def test_every_receipt_verifies_and_survives_its_file(tmp_path):
    log = bare_log(tmp_path)
    add(log, 300)

    for index, receipt in enumerate(log.receipts(range(300))):
        verify_receipt(plain(index).data, parse_proof(format_proof(receipt)), POLICY)


@settings(max_examples=100, deadline=None)
@given(i=st.integers(0, 259), j=st.integers(0, 259))
def test_a_receipt_for_one_entry_never_verifies_for_another(sized_log, i, j):
    receipt = sized_log.receipt(i)

    if i == j:
        verify_receipt(plain(j).data, receipt, POLICY)
    else:
        with pytest.raises(VerificationFailed):
            verify_receipt(plain(j).data, receipt, POLICY)


@pytest.fixture(scope="module")
def sized_log(tmp_path_factory):
    log = bare_log(tmp_path_factory.mktemp("sized"))
    add(log, 260)
    return log


def test_a_receipt_made_before_still_verifies_after_the_log_has_grown(tmp_path):
    home = a_home(tmp_path)
    reserve(home, 1)
    receipt, entry = home.log.receipt(1), check_log(home).entries[1]
    for number in range(2, 9):
        reserve(home, number)

    assert verify_receipt(entry.data, receipt, policy_of(home)).size == 3


def test_a_blob_under_another_name_is_refused(tmp_path):
    log = bare_log(tmp_path)

    with pytest.raises(BadRecord, match=r"blob 00+ does not match its name"):
        log.append(Submission((), {"00" * 32: b"something"}))


@pytest.mark.parametrize("name", ["../../evil", "", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_an_opening_cannot_leave_its_folder(tmp_path, name):
    log = bare_log(tmp_path)

    with pytest.raises(BadRecord, match="is not the name of an opening"):
        log.append(Submission((), {}, {name: b"something"}))


def test_the_first_opening_stays(tmp_path):
    log = bare_log(tmp_path)
    name = "0a" * 32

    log.append(Submission((), {}, {name: b"hidden"}))
    log.append(Submission((), {}, {name: b"shown"}))

    assert log.files.opening(name) == b"hidden"


def test_a_damaged_blob_is_written_anew(tmp_path):
    log = bare_log(tmp_path)
    name = hashlib.sha256(b"blob").hexdigest()
    log.append(Submission((), {name: b"blob"}))
    (log.files.folder / log.files.blob_path(name)).write_bytes(b"blot")

    log.append(Submission((), {name: b"blob"}))

    assert log.files.blob(name) == b"blob"


def test_only_the_logs_own_key_has_its_role(tmp_path):
    home = a_home(tmp_path)
    rival = a_key(3, Role.LOG)
    entry = signed(rival, "key.add", "", {"at": NOW, "role": "log", "name": ""})

    with pytest.raises(Refused, match="a log has one key, its own"):
        append(home, [entry])


def test_an_old_copy_of_the_database_signs_nothing(tmp_path):
    home = a_home(tmp_path)
    reserve(home, 1)
    home.engine.dispose()
    copy = (tmp_path / "placet.db").read_bytes()
    home = a_home(tmp_path)
    reserve(home, 2)
    home.engine.dispose()
    (tmp_path / "placet.db").write_bytes(copy)
    home = a_home(tmp_path)

    with pytest.raises(StoreDamaged, match="the database is an old or another copy, and nothing more may be signed"):
        home.log.recover()
    with pytest.raises(StoreDamaged, match="speaks of 5 entries, and the database of 3"):
        home.log.append(Submission(()))


def test_a_database_that_lost_entries_signs_nothing(tmp_path):
    home = a_home(tmp_path)
    reserve(home, 1)
    with home.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM declaration_subjects")
        connection.exec_driver_sql("DELETE FROM declarations")
        connection.exec_driver_sql('DELETE FROM entries WHERE "index" = 2')

    with pytest.raises(StoreDamaged, match="a checkpoint of 3 entries was signed, but the database holds 2"):
        home.log.append(Submission(()))


def test_another_key_does_not_continue_a_log(tmp_path):
    home = a_home(tmp_path)
    reserve(home, 1)
    (tmp_path / "keys" / "log.pem").unlink()
    other = a_home(tmp_path)
    other.random = lambda size: b"x" * size
    other.new_key(Role.LOG)

    with pytest.raises(StoreDamaged, match=r"holds the log local.placet/.*, and this key signs local.placet/"):
        other.log.recover()


def test_a_submission_made_before_another_append_says_what_to_do(tmp_path):
    home, rival = a_home(tmp_path), a_home(tmp_path)
    reserve(home, 1)
    stale = a_composer(home)
    stale.declare([_url(1)], a_wish())
    reserve(rival, 2)

    with pytest.raises(Refused, match="make it again from the present record"):
        home.log.append(stale.submission())

    assert check_log(home).checkpoint.size == 5


def test_a_lock_is_held_by_one_at_a_time(tmp_path):
    import fcntl
    import os

    with locked(tmp_path / "log.lock"):
        other = os.open(tmp_path / "log.lock", os.O_RDWR)
        with pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(other)
