"""fsck names the first thing that is wrong, whatever it is; what is withheld is listed, and is no fault."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from placet.app import Home
from placet.errors import BadRecord, PlacetError, StoreDamaged, Untrusted, VerificationFailed
from placet.log import fsck
from placet.log.fsck import StoredTree
from placet.log.sequencer import Log, Submission
from placet.record.entries import parse_entry
from placet.record.policy import Policy
from placet.registry.admission import check_signature
from placet.registry.contents import check_contents
from placet.signing.keys import Role
from placet.store.database import open_database, sqlite_url
from placet.store.log import SqlCheckpointLock, SqlEntries
from tests.factories import (
    NOW,
    a_composer,
    a_home,
    a_key,
    a_wish,
    a_work,
    check_log,
    policy_of,
    reserve,
    sign,
    works_of,
)

THUMB = b"a small picture"


@pytest.fixture(scope="module")
def sound_home(tmp_path_factory) -> Home:
    """260 entries of two parties: a full bundle, a partial one, blobs of every sort, openings."""
    home = a_home(tmp_path_factory.mktemp("sound"))
    composer = a_composer(home, 1, name="Ana Ray")
    ids = composer.register([a_work(1, title="Dunes", thumb=THUMB), a_work(2)])
    composer.declare(works_of(ids), a_wish(terms="https://maker.example/terms"))
    for _ in range(255):
        composer.at += 1
        composer.declare(works_of(ids[:1]), a_wish())
    home.log.append(composer.submission())
    reserve(home, 3, by=2)
    check_log(home)
    home.engine.dispose()
    return home


@pytest.fixture
def home(sound_home, tmp_path) -> Home:
    """A copy of the sound home, to break."""
    shutil.copytree(sound_home.path, tmp_path / "home")
    return a_home(tmp_path / "home")


def check(home: Home, policy: Policy | None = None) -> fsck.Sound:
    return fsck.check_log(home.path / "log", policy or policy_of(home), check_signature, contents_of(home))


def contents_of(home: Home) -> fsck.Contents:
    """As the home itself checks it, which has the keys of what is sealed."""
    return lambda entries, _: check_contents(entries, home.log_files)


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def file(home: Home, name: str) -> Path:
    return home.path / "log" / name


def blob_of(home: Home, index: int, field: str = "blob") -> Path:
    return file(home, home.log_files.blob_path(check(home).entries[index].body[field]))


FLIPPED = {
    "the size in the checkpoint": ("checkpoint", 30, "checkpoint: .*the policy does not list the log|does not hold"),
    "the root in the checkpoint": ("checkpoint", 50, "checkpoint: the signature of 'local.placet/.*' under the note"),
    "the checkpoint's signature": ("checkpoint", -10, "checkpoint: the signature of 'local.placet/.*' under the note"),
    "the checkpoint's last byte": ("checkpoint", -1, "checkpoint: the note has the control character"),
    "the first hash of a full tile": ("tile/0/000", 0, "tile/0/000 does not hold the hash of entry 0$"),
    "a hash in the middle of it": ("tile/0/000", 77 * 32 + 5, "tile/0/000 does not hold the hash of entry 77$"),
    "a hash in a partial tile": ("tile/0/001.p/5", 40, "tile/0/001.p/5 does not hold the hash of entry 257$"),
    "a hash of the upper level": ("tile/1/000.p/1", 3, "tile/1/000.p/1 does not hold the hash of entries 0 to 255$"),
    "a length in a bundle": ("tile/entries/000", 0, "tile/entries/000: the bundle ends inside entry"),
    "an entry in a full bundle": ("tile/entries/000", 60, "^entry 0"),
    "an entry in a partial bundle": ("tile/entries/001.p/5", 60, "^entry 256"),
    "the last byte of a bundle": ("tile/entries/001.p/5", -1, "^entry 260 cannot be read: not canonical JSON"),
}


@pytest.mark.parametrize("case", FLIPPED)
def test_one_flipped_byte_is_named(home, case):
    name, at, sentence = FLIPPED[case]
    flip(file(home, name), at)

    with pytest.raises(PlacetError, match=sentence):
        check(home)


def test_every_byte_of_every_small_file_counts(home):
    names = ["checkpoint", "tile/0/001.p/5", "tile/1/000.p/1"]
    for name in names:
        path = file(home, name)
        whole = path.read_bytes()
        for at in range(0, len(whole), 7):
            flip(path, at)
            with pytest.raises(PlacetError):
                check_fast(home)
            path.write_bytes(whole)
    check_fast(home)


def check_fast(home: Home) -> None:
    fsck.check_log(home.path / "log", policy_of(home), lambda entry: None, lambda entries, files: ())


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/000", "tile/entries/001.p/2"])
def test_a_file_of_holes_is_refused_unread(home, name):
    os.truncate(file(home, name), 1 << 34)

    with pytest.raises(StoreDamaged, match=f"{name} has more than the 268435456 bytes that are read"):
        check(home)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["checkpoint", "tile/0/000"])
def test_a_pipe_in_place_of_a_file_is_not_waited_for(home, name):
    file(home, name).unlink()
    os.mkfifo(file(home, name))

    with pytest.raises(StoreDamaged, match=f"{name} is no plain file, and is not read"):
        check(home)


@pytest.mark.parametrize(
    "name", ["checkpoint", "tile/0/000", "tile/0/001.p/5", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/5"]
)
def test_a_missing_file_is_named(home, name):
    file(home, name).unlink()

    with pytest.raises(StoreDamaged, match=f"{name} is missing"):
        check(home)


@pytest.mark.parametrize("name", ["tile/0/000", "tile/0/001.p/5", "tile/1/000.p/1"])
def test_a_truncated_tile_is_named(home, name):
    path = file(home, name)
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(StoreDamaged, match=rf"{name} has \d+ bytes"):
        check(home)


@pytest.mark.parametrize("name", ["tile/entries/000", "tile/entries/001.p/5"])
def test_a_truncated_bundle_is_named(home, name):
    path = file(home, name)
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(StoreDamaged, match=f"{name}: the bundle ends inside entry"):
        check(home)


def test_bytes_after_a_bundle_are_named(home):
    path = file(home, "tile/entries/000")
    path.write_bytes(path.read_bytes() + b"more")

    with pytest.raises(StoreDamaged, match="tile/entries/000: 4 bytes follow the 256 entries"):
        check(home)


@pytest.mark.parametrize("name", ["tile/0/001.p/2", "tile/entries/001.p/2"])
def test_what_readers_of_an_older_checkpoint_fetch_is_checked_too(home, name):
    assert file(home, name).exists()
    flip(file(home, name), 40)

    with pytest.raises(StoreDamaged, match=f"{name} does not hold what the log held at that size"):
        check(home)


def test_without_a_policy_nothing_is_believed(home):
    with pytest.raises(Untrusted, match="checkpoint: UNTRUSTED: no policy"):
        fsck.check_log(home.path / "log", None, check_signature)


# What a dishonest operator, who has the log's key, can sign anew -------------------------------------------


def resigned(home: Home, path: Path, datas: list[bytes]) -> Home:
    """The same blobs with other entries, in tiles and under a checkpoint that the log's own key made."""
    forged = Home(path)
    shutil.copytree(home.path / "keys", path / "keys")
    shutil.copytree(home.path / "trust", path / "trust")
    for name in ("blobs", "openings"):
        shutil.copytree(home.path / "log" / name, path / "log" / name)
    engine = open_database(sqlite_url(path / "placet.db"))
    key = home.key(Role.LOG)
    store = SqlEntries(engine, lambda connection, batch: None)
    origin = home.log.origin
    log = Log(path / "log", store, SqlCheckpointLock(engine, origin), key, origin, lambda submission: None)
    log.append(Submission(tuple(parse_entry(data) for data in datas)))
    return forged


def datas(home: Home) -> list[bytes]:
    return list(StoredTree(home.log_files).entries(home.log.published().size))


def test_an_operator_who_changes_nothing_is_believed(home, tmp_path):
    forged = resigned(home, tmp_path / "forged", datas(home))

    assert check(forged).checkpoint.root == check(home).checkpoint.root


def test_an_operator_cannot_change_what_was_said(home, tmp_path):
    entries = datas(home)
    entries[2] = entries[2].replace(b'"stance":"reserve"', b'"stance":"allow"')

    forged = resigned(home, tmp_path / "forged", entries)

    with pytest.raises(StoreDamaged, match=r"entry 2: entry \w+ is not signed by the key it names"):
        check(forged)


def test_an_operator_cannot_leave_an_entry_out(home, tmp_path):
    entries = datas(home)
    del entries[2]

    forged = resigned(home, tmp_path / "forged", entries)

    with pytest.raises(StoreDamaged, match="entry 2 does not follow the newest entry of its key: one is missing"):
        check(forged)


def test_an_operator_cannot_swap_two_entries_of_one_key(home, tmp_path):
    entries = datas(home)
    entries[5], entries[6] = entries[6], entries[5]

    forged = resigned(home, tmp_path / "forged", entries)

    with pytest.raises(StoreDamaged, match="entry 5 does not follow the newest entry of its key: one is missing or mo"):
        check(forged)


def test_an_operator_cannot_say_something_about_a_work_of_another(home, tmp_path):
    entries = datas(home)
    work = check(home).entries[3].body["subjects"]
    body = check(home).entries[3].body
    thief = sign(a_key(2), "declare", parse_entry(entries[-1]).id, {**body, "subjects": work, "stance": "allow"})

    forged = resigned(home, tmp_path / "forged", [*entries, thief.data])

    with pytest.raises(StoreDamaged, match=r"entry 261 should not have been taken: work \w+ was registered by another"):
        check(forged)


def test_an_operator_cannot_let_a_stranger_speak(home, tmp_path):
    body = {"at": NOW, "size": 1, "manifest": "00" * 32}
    stranger = sign(a_key(7), "snapshot.publish", "", body)

    forged = resigned(home, tmp_path / "forged", [*datas(home), stranger.data])

    with pytest.raises(StoreDamaged, match="entry 261 should not have been taken: this key is not in the record yet"):
        check(forged)


def test_swapped_entries_of_two_keys_do_not_give_the_signed_root(home):
    path = file(home, "tile/entries/001.p/5")
    entries = StoredTree(home.log_files).bundle(1, 5)
    swapped = [entries[0], entries[2], entries[1], *entries[3:]]
    path.write_bytes(b"".join(len(each).to_bytes(2) + each for each in swapped))

    with pytest.raises(StoreDamaged, match=r"entry 257|tile/0/001.p/5 does not hold the hash of entry 257"):
        check(home)


def test_tiles_made_anew_for_other_entries_do_not_give_the_signed_root(home, tmp_path):
    entries = datas(home)
    moved = [entries[258], *entries[:258], *entries[259:]]
    forged = resigned(home, tmp_path / "forged", moved)
    assert check(forged).checkpoint.size == 261
    shutil.copy(file(home, "checkpoint"), file(forged, "checkpoint"))

    with pytest.raises(StoreDamaged, match="the 261 entries do not give the root that was signed"):
        check(forged)


# Beside the tiles ------------------------------------------------------------------------------------------


def every_blob(home: Home) -> list[Path]:
    return sorted(path for path in (home.path / "log" / "blobs").rglob("*") if path.is_file())


def test_one_flipped_byte_in_any_blob_is_named(home):
    blobs = every_blob(home)
    assert len(blobs) == 7  # the records of 2 works.add, 3 sheets, a thumbnail, terms
    for path in blobs:
        flip(path, 0)
        with pytest.raises(StoreDamaged, match=f"{path.name} does not match its name"):
            check(home)
        flip(path, 0)
    check(home)


def test_any_withheld_blob_is_listed_and_not_failed(home):
    for path in every_blob(home):
        data = path.read_bytes()
        path.unlink()
        sound = check(home)
        assert any(path.name in each for each in sound.withheld)
        path.write_bytes(data)
    assert check(home).withheld == ()


def test_all_may_be_withheld_at_once(home):
    shutil.rmtree(file(home, "blobs"))
    shutil.rmtree(file(home, "openings"))

    sound = check(home)

    # The blobs of works are not known any more: only what the entries themselves name is listed.
    assert sorted(each.split()[0] for each in sound.withheld) == ["blob", "blob", "blob", "opening"]
    assert sound.checkpoint.size == 261


def every_opening(home: Home) -> list[Path]:
    return sorted(path for path in (home.path / "log" / "openings").rglob("*") if path.is_file())


def test_an_opening_that_does_not_open_is_named(home):
    assert len(every_opening(home)) == 2  # a party's name, a work's title
    for path in every_opening(home):
        whole, plain = path.read_bytes(), home.log_files.opening(path.name)
        path.write_bytes(plain.replace(b'"value":"', b'"value":"Not '))
        with pytest.raises(StoreDamaged, match=f"{path.name}: the opening of {path.name} does not open it"):
            check(home)
        path.write_bytes(b"no opening")
        with pytest.raises(StoreDamaged, match=f"{path.name}: not canonical JSON"):
            check(home)
        path.write_bytes(plain)
        check(home)  # as releases before the vault kept it
        path.write_bytes(whole.replace(b'{"box":"', b'{"box":"00'))
        with pytest.raises(StoreDamaged, match=f"{path.name}: what was sealed .* is not opened by its own key"):
            check(home)
        path.write_bytes(whole)
    check(home)


def test_a_withheld_opening_is_listed_and_not_failed(home):
    for path in every_opening(home):
        path.unlink()

    (said,) = check(home).withheld
    assert said.startswith("opening of 2 titles or names")


def test_the_blobs_of_a_log_are_those_that_its_entries_name(home):
    records = blob_of(home, 1)

    assert hashlib.sha256(records.read_bytes()).hexdigest() == records.name
    assert file(home, home.log_files.blob_path(hashlib.sha256(THUMB).hexdigest())).read_bytes() == THUMB


def test_an_error_of_the_policy_keeps_its_kind(home):
    flip(file(home, "checkpoint"), -10)

    with pytest.raises(VerificationFailed):
        check(home)
    file(home, "checkpoint").write_bytes(b"\xff")
    with pytest.raises(BadRecord, match="checkpoint: the note is not UTF-8 at byte 0"):
        check(home)
