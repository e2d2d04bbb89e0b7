"""A witness: each refusal has the status that C2SP tlog-witness gives it, and nothing is cosigned twice differently."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placet.errors import BadRecord, StoreDamaged
from placet.log.witness import STEPS, FileSeen, Witness, place_of
from placet.record.add_checkpoint import (
    MAX_BODY,
    SIZE_TYPE,
    AddCheckpoint,
    format_add_checkpoint,
    parse_add_checkpoint,
    parse_lines,
    parse_size,
)
from placet.record.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from placet.record.merkle import EMPTY_ROOT, Tree, consistency_path, leaf_hash
from placet.record.notes import ED25519, Note, Vkey, open_note, parse_note
from placet.signing.keys import Role, generate
from placet.signing.notes import Cosigner, cosigned_at, sign_note, verifier_of

ROOT = Path(__file__).parents[2]
ORIGIN = "log.example/placet"
LOG = generate(bytes([1]) * 32, Role.LOG, ORIGIN)
OTHER = generate(bytes([2]) * 32, Role.LOG, ORIGIN)
LOG_KEY = Vkey(ORIGIN, ED25519, LOG.public)
COSIGNER = Cosigner(generate(bytes([9]) * 32, Role.WITNESS), "w.example")
NOW = 1_800_000_000
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(40)]
FORKED = [*LEAVES[:5], leaf_hash(b"another"), *LEAVES[6:]]


class Killed(BaseException):
    """Stands for kill -9: nothing catches it, nothing cleans up after it."""


def note(size: int, leaves=LEAVES, key=LOG, origin: str = ORIGIN) -> bytes:
    return sign_note(format_checkpoint(Checkpoint(origin, size, Tree(leaves[:size]).root())), key, origin)


def request(old: int, size: int, leaves=LEAVES, **how) -> bytes:
    path = consistency_path(old, size, Tree(leaves[:size]).node) if old <= size else ()
    return format_add_checkpoint(AddCheckpoint(old, path, note(size, leaves, **how)))


def witness(folder: Path, now: int = NOW, **how) -> Witness:
    return Witness(COSIGNER, {ORIGIN: [LOG_KEY]}, FileSeen(folder / "witness"), lambda: now, **how)


@pytest.fixture
def seen(tmp_path: Path) -> Witness:
    """A witness that has cosigned the tree of seven."""
    made = witness(tmp_path)
    assert made.add_checkpoint(request(0, 7)).status == 200
    return made


def cosigned(answer, size: int, leaves=LEAVES):
    text = parse_note(note(size, leaves)).text
    (line,) = open_note(Note(text, parse_lines(text, answer.body)), [verifier_of(COSIGNER.vkey)])
    return line


def test_a_tree_that_grows_is_cosigned_and_kept_for_monitors(tmp_path):
    made = witness(tmp_path)

    for old, size in ((0, 0), (0, 1), (1, 7), (7, 7), (7, 8), (8, 33), (33, 40)):
        answer = made.add_checkpoint(request(old, size))
        assert (answer.status, answer.media_type) == (200, "text/plain; charset=utf-8"), answer.body
        assert cosigned_at(cosigned(answer, size)) == NOW
        kept = made.latest(place_of(ORIGIN))
        assert parse_checkpoint(parse_note(kept).text).size == size
        assert len(open_note(parse_note(kept), [verifier_of(LOG_KEY), verifier_of(COSIGNER.vkey)])) == 2
    assert made.latest("0" * 64) is None


BAD_HASH = request(7, 9).replace(b"\n\n", b"\nAAAA\n\n", 1)
EMPTY = format_add_checkpoint(AddCheckpoint(0, (), sign_note(format_checkpoint(Checkpoint(ORIGIN, 0, bytes(32))), LOG)))
MANY = b"old 7\n" + b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n" * 64 + b"\n" + note(9)
REFUSED = {
    "unknown origin": (404, request(0, 8, origin="other.example")),
    "look-alike origin": (404, request(0, 8, origin="l\u043eg.example/placet")),
    "another key under the name": (403, request(7, 8, key=OTHER)),
    "a signature moved to another text": (403, request(7, 9).replace(b"\n9\n", b"\n8\n")),
    "old above new": (400, b"old 10\n\n" + note(9)),
    "rollback": (409, request(3, 5)),
    "too old": (409, request(0, 9)),
    "from a size not seen": (409, request(8, 9)),
    "no proof": (422, b"old 7\n\n" + note(9)),
    "proof of a fork": (422, request(7, 9, FORKED)),
    "same size, another root": (422, request(7, 7, FORKED)),
    "same size, with a proof": (422, request(7, 9).split(b"\n\n")[0] + b"\n\n" + note(7)),
    "one hash too many": (
        422,
        request(7, 9).replace(b"\n\n", b"\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n", 1),
    ),
    "no old line": (400, b"\n" + note(9)),
    "a sign before the size": (400, b"old +7\n\n" + note(9)),
    "a zero before the size": (400, b"old 07\n\n" + note(9)),
    "a hash cut short": (400, BAD_HASH),
    "sixty-four hashes": (400, MANY),
    "no empty line": (400, b"old 7\n"),
    "carriage returns": (400, request(7, 9).replace(b"\n", b"\r\n")),
    "no checkpoint": (400, b"old 7\n\nhello\n\n\xe2\x80\x94 x AAAAAAA=\n"),
    "nothing": (400, b""),
    "too long": (400, request(7, 9) + b"x" * MAX_BODY),
    "not UTF-8": (400, request(7, 9) + b"\xff\n"),
}


@pytest.mark.parametrize(("status", "body"), REFUSED.values(), ids=REFUSED)
def test_each_refusal_has_its_status_and_changes_nothing(seen, status, body):
    before = seen.latest(place_of(ORIGIN))

    answer = seen.add_checkpoint(body)

    assert answer.status == status, answer.body
    assert (answer.media_type == SIZE_TYPE) == (status == 409)
    assert answer.body == b"7\n" if status == 409 else answer.body.endswith(b"\n")
    assert seen.latest(place_of(ORIGIN)) == before


def test_an_empty_tree_with_another_root_is_refused(tmp_path):
    made = witness(tmp_path)

    assert made.add_checkpoint(EMPTY).status == 422
    assert made.add_checkpoint(b"old 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n" + note(9)).status == 422
    assert made.latest(place_of(ORIGIN)) is None
    assert Tree([]).root() == EMPTY_ROOT


def test_a_clock_set_back_never_makes_an_older_cosignature(tmp_path):
    witness(tmp_path).add_checkpoint(request(0, 7))

    answer = witness(tmp_path, now=5).add_checkpoint(request(7, 8))

    assert cosigned_at(cosigned(answer, 8)) == NOW


def test_what_another_key_cosigned_is_not_continued(tmp_path, seen):
    stranger = Witness(Cosigner(OTHER, "w.example"), seen.logs, seen.seen, seen.now)

    with pytest.raises(StoreDamaged, match="is not one that was cosigned"):
        stranger.add_checkpoint(request(7, 8))
    (tmp_path / "witness" / place_of(ORIGIN) / "checkpoint").write_bytes(b"torn")
    with pytest.raises(StoreDamaged, match="is not one that was cosigned"):
        seen.add_checkpoint(request(0, 8))


def test_who_comes_second_is_told_what_the_first_left(tmp_path):
    """The race that the standard describes: both were judged before either was kept."""
    first = witness(tmp_path)
    raced = []

    def meanwhile(step):
        if step == "cosigned" and not raced:
            raced.append(first.add_checkpoint(request(0, 20)).status)

    answer = witness(tmp_path, step=meanwhile).add_checkpoint(request(0, 7))

    assert raced == [200]
    assert (answer.status, answer.body) == (409, b"20\n")


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_each_step_never_leaves_two_roots(tmp_path, step):
    witness(tmp_path).add_checkpoint(request(0, 5))

    def die(reached):
        if reached == step:
            raise Killed(step)

    dying = Witness(COSIGNER, {ORIGIN: [LOG_KEY]}, FileSeen(tmp_path / "witness", die), lambda: NOW, die)
    with pytest.raises(Killed):
        dying.add_checkpoint(request(5, 9))

    again = witness(tmp_path)
    fork = again.add_checkpoint(request(5, 9, FORKED))
    assert (fork.status, fork.body) == ((409, b"9\n") if step == "swapped" else (200, fork.body))
    assert again.add_checkpoint(request(9, 9, LEAVES if fork.status == 200 else FORKED)).status == 422


@pytest.mark.parametrize("calls", range(1, 4))
def test_a_disk_that_dies_under_the_write_acknowledges_nothing(tmp_path, monkeypatch, calls):
    witness(tmp_path).add_checkpoint(request(0, 5))
    left, real = [calls], os.fsync

    def fsync(descriptor):
        left[0] -= 1
        if left[0] == 0:
            raise Killed("in the middle of a file")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    try:
        answered = witness(tmp_path).add_checkpoint(request(5, 9)).status
    except Killed:
        answered = None
    monkeypatch.undo()

    again = witness(tmp_path).add_checkpoint(request(5, 9))
    assert again.status == (409 if answered else again.status)
    assert again.status in (200, 409)
    assert witness(tmp_path).add_checkpoint(request(9, 12)).status == 200
    assert not list((tmp_path / "witness" / ".tmp").iterdir())


def mutated(good: bytes) -> st.SearchStrategy[bytes]:
    cut = st.integers(0, len(good))
    return st.builds(lambda a, b, new: good[: min(a, b)] + new + good[max(a, b) :], cut, cut, st.binary(max_size=4))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=100) | mutated(request(7, 9)) | mutated(request(0, 9)))
def test_hostile_requests_are_answered_and_never_cosigned(seen, body):
    answer = seen.add_checkpoint(body)

    assert (
        answer.status in (400, 403, 404, 409, 422) or parse_add_checkpoint(body).signed.text == parse_note(note(9)).text
    )
    try:
        parsed = parse_add_checkpoint(body)
    except BadRecord:
        assert answer.status == 400
        return
    assert format_add_checkpoint(parsed) == body


@pytest.mark.parametrize(
    "body", [b"", b"7", b"+7\n", b"07\n", b"7\n\n", b"9" * 40 + b"\n", b"\xff\n", b"9223372036854775808\n"]
)
def test_a_size_that_is_none_is_refused(body):
    with pytest.raises(BadRecord):
        parse_size(body)


def run(folder: Path, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.log.witnessing", str(folder), str(seed)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def read(output: str, roots: dict[int, set[str]]) -> int:
    """Take in what a process had cosigned, up to the line that the kill cut off; the largest size of it."""
    largest = 0
    for line in output.splitlines(keepends=True):
        if line.startswith("cosigned ") and line.endswith("\n"):
            size, root = line.split()[1:]
            roots.setdefault(int(size), set()).add(root)
            largest = max(largest, int(size))
    return largest


@pytest.mark.slow
def test_two_processes_killed_at_random_never_cosign_two_roots_or_step_back(tmp_path):
    dice, roots, largest = random.Random(20260101), dict[int, set[str]](), 0

    for number in range(6):
        pair = [run(tmp_path, 2 * number), run(tmp_path, 2 * number + 1)]
        first = [process.stdout.readline() for process in pair]
        time.sleep(dice.uniform(0, 0.3))
        for process, begun in zip(pair, first, strict=True):
            process.send_signal(signal.SIGKILL)
            output, errors = process.communicate()
            assert process.returncode == -signal.SIGKILL, errors
            largest = max(largest, read(begun + output, roots))
        kept = FileSeen(tmp_path / "witness").read(ORIGIN)
        assert parse_checkpoint(parse_note(kept).text).size >= largest

    assert all(len(found) == 1 for found in roots.values()), "two roots were cosigned for one size"
    assert len(roots) > 10
