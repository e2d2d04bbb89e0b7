"""A mirror keeps only what is under a signed checkpoint, never goes back, and goes on wherever it was killed.

PLACET_SEEDS=200 runs as many seeds of kills as that, each of six rounds, instead of three.
"""

from __future__ import annotations

import os
import random
import shutil
from contextlib import suppress

import pytest

from placet.errors import Refused, Rollback, Untrusted, VerificationFailed
from placet.log.files import LogFiles
from placet.log.fsck import check_log as fsck_log
from placet.log.mirror import MIRROR_STEPS, Mirror, need_checkpoint
from placet.log.signed import FolderSource, SignedTree
from placet.record.checkpoint import parse_checkpoint
from placet.record.notes import parse_note
from placet.registry.admission import check_signature
from placet.registry.contents import check_contents
from placet.registry.openings import parse_opening
from placet.registry.projection import named
from tests.factories import a_composer, a_home, a_wish, a_work, policy_of, reserve, works_of


class Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


@pytest.fixture
def home(tmp_path):
    home = a_home(tmp_path / "home")
    grow(home, 300)
    return home


def grow(home, words, number=1):
    composer = a_composer(home)
    ids = composer.register([a_work(number, title=f"Work {number}")])
    for _ in range(words):
        composer.declare(works_of(ids), a_wish())
        composer.at += 1
    home.log.append(composer.submission())


def mirror(home, out, *, policy=None, step=lambda _: None, source=None, again=False):
    source = source or FolderSource(home.path / "log")
    copy = Mirror(LogFiles(out), source, named, parse_opening, step)
    trusted = policy or policy_of(home)
    return copy.copy(need_checkpoint(source), lambda _: trusted, lambda *_: None, again=again)


def check(home, out):
    return fsck_log(out, policy_of(home), check_signature, check_contents)


def shown(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != ".lock"}


def test_a_mirror_is_the_log_file_by_file_and_sound_by_itself(home, tmp_path):
    copied = mirror(home, tmp_path / "mirror")

    assert (copied.before, copied.checkpoint.size, copied.withheld, copied.wrong) == (0, 302, (), ())
    assert shown(tmp_path / "mirror") == shown(home.path / "log")
    assert len(check(home, tmp_path / "mirror").entries) == 302


def test_a_mirror_of_a_mirror_is_the_same(home, tmp_path):
    mirror(home, tmp_path / "one")

    mirror(home, tmp_path / "two", source=FolderSource(tmp_path / "one"))

    assert shown(tmp_path / "two") == shown(home.path / "log")


def test_it_grows_with_the_log_and_sweeps_what_became_whole(home, tmp_path):
    mirror(home, tmp_path / "mirror")
    grow(home, 400, 2)

    copied = mirror(home, tmp_path / "mirror")

    assert (copied.before, copied.checkpoint.size) == (302, 703)
    assert shown(tmp_path / "mirror") == shown(home.path / "log")


@pytest.mark.parametrize("kind", ["tile/0/000", "tile/entries/000", "tile/0/001.p/46", "tile/1/000.p/1"])
def test_one_changed_bit_is_kept_from_the_mirror(home, tmp_path, kind):
    path = home.path / "log" / kind
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)

    with pytest.raises(VerificationFailed, match=r"as the log signed it|do not give the root"):
        mirror(home, tmp_path / "mirror")

    assert not (tmp_path / "mirror" / "checkpoint").exists()
    assert data not in shown(tmp_path / "mirror").values()


def test_what_is_withheld_is_listed_and_another_blob_is_not_kept(home, tmp_path):
    first, second = sorted(path for path in (home.path / "log" / "blobs").rglob("*") if path.is_file())
    first.unlink()
    second.write_bytes(b"something else")

    copied = mirror(home, tmp_path / "mirror")

    assert len(copied.withheld) + len(copied.wrong) >= 1
    assert any("does not match its name" in each for each in copied.wrong)
    assert b"something else" not in shown(tmp_path / "mirror").values()


def test_an_opening_that_opens_nothing_is_not_kept(home, tmp_path):
    (opening,) = (path for path in (home.path / "log" / "openings").rglob("*") if path.is_file())
    opening.write_bytes(b'{"salt":"","show":1,"v":1,"value":""}')

    copied = mirror(home, tmp_path / "mirror")

    assert len(copied.wrong) == 1
    assert not (tmp_path / "mirror" / "openings").exists()


def test_again_mends_what_was_damaged_and_asks_for_what_was_withheld(home, tmp_path):
    (opening,) = (path for path in (home.path / "log" / "openings").rglob("*") if path.is_file())
    kept = opening.read_bytes()
    opening.unlink()
    assert mirror(home, tmp_path / "mirror").unopened == 1
    opening.write_bytes(kept)
    (tmp_path / "mirror" / "tile" / "0" / "000").write_bytes(b"rotten")

    copied = mirror(home, tmp_path / "mirror", again=True)

    assert copied.unopened == 1  # it is there, and sealed: its key is not
    assert shown(tmp_path / "mirror") == shown(home.path / "log")


def test_an_older_copy_is_refused_and_both_are_named(home, tmp_path):
    shutil.copytree(home.path / "log", tmp_path / "old")
    grow(home, 10, 2)
    mirror(home, tmp_path / "mirror")
    before = shown(tmp_path / "mirror")

    with pytest.raises(Rollback, match=r"holds 313 entries under root .*, and .*old shows 302 entries under root"):
        mirror(home, tmp_path / "mirror", source=FolderSource(tmp_path / "old"))

    assert shown(tmp_path / "mirror") == before


@pytest.mark.parametrize("more", [0, 1, 400])
def test_a_fork_is_refused_whatever_its_size(home, tmp_path, more):
    forked = a_home(tmp_path / "forked")
    shutil.copytree(home.path / "keys", forked.path / "keys")
    grow(forked, 300 + more, 7)
    mirror(home, tmp_path / "mirror")

    with pytest.raises(Rollback, match="signed two histories"):
        mirror(home, tmp_path / "mirror", source=FolderSource(forked.path / "log"))

    assert shown(tmp_path / "mirror") == shown(home.path / "log")


def test_another_log_does_not_overwrite_a_mirror(home, tmp_path):
    other = a_home(tmp_path / "other")
    other.random = lambda size: b"o" * size
    reserve(other, 1)
    mirror(home, tmp_path / "mirror")

    with pytest.raises(Untrusted):
        mirror(home, tmp_path / "mirror", source=FolderSource(other.path / "log"))


def test_nothing_is_a_log(home, tmp_path):
    (tmp_path / "empty").mkdir()

    with pytest.raises(VerificationFailed, match="has no checkpoint"):
        mirror(home, tmp_path / "mirror", source=FolderSource(tmp_path / "empty"))


def test_a_file_without_end_is_not_read(home, tmp_path):
    with (home.path / "log" / "checkpoint").open("r+b") as file:
        file.truncate(2 << 20)

    with pytest.raises(Refused, match="more than the 1048576 bytes"):
        mirror(home, tmp_path / "mirror")


def test_every_node_of_a_signed_tree_is_that_of_the_log(home, tmp_path):
    checkpoint = parse_checkpoint(parse_note(home.log.published().note).text)
    tree = SignedTree(LogFiles(tmp_path / "none"), FolderSource(home.path / "log"), checkpoint)

    ours, theirs = tree.nodes(302), home.log.tree.nodes(302)

    assert [ours(0, i) for i in range(302)] == [theirs(0, i) for i in range(302)]
    assert ours(8, 0) == theirs(8, 0)


def killed_somewhere(home, out, seed, rounds):
    """Mirrors a growing log and is killed at random steps; whatever checkpoint shows is whole."""
    rng, sizes = random.Random(seed), [0]
    for number in range(rounds):
        grow(home, rng.choice((0, 1, 250, 256, 300)), 100 * seed + number + 2)
        left = rng.randrange(1, 9)

        def die(_):
            nonlocal left
            left -= 1
            if not left:
                raise Killed

        with suppress(Killed):
            mirror(home, out, step=die)
        if (out / "checkpoint").exists():
            sound = check(home, out)
            assert sound.checkpoint.size >= sizes[-1]
            sizes.append(sound.checkpoint.size)
    mirror(home, out)
    assert len(check(home, out).entries) == home.log.published().size
    kept = {path: data for path, data in shown(out).items() if ".p/" not in path}
    assert kept == {path: data for path, data in shown(home.path / "log").items() if ".p/" not in path}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(int(os.environ.get("PLACET_SEEDS", "3"))))
def test_killed_at_any_step_it_goes_on_and_never_shows_half_a_log(home, tmp_path, seed):
    killed_somewhere(home, tmp_path / "mirror", seed, 6)


@pytest.mark.parametrize("step", MIRROR_STEPS)
def test_killed_at_each_step_the_checkpoint_that_is_shown_holds(home, tmp_path, step):
    mirror(home, tmp_path / "mirror")
    grow(home, 300, 2)

    def die(reached):
        if reached == step:
            raise Killed

    with pytest.raises(Killed):
        mirror(home, tmp_path / "mirror", step=die)

    assert check(home, tmp_path / "mirror").checkpoint.size == (603 if step == "shown" else 302)
    mirror(home, tmp_path / "mirror")
    assert shown(tmp_path / "mirror").items() >= shown(home.path / "log").items()
