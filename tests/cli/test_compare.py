"""Two histories of one log: caught, written down, and verified by somebody else; one history accuses nobody."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.cli import main
from placet.errors import BadRecord, PlacetError, VerificationFailed
from placet.record.checkpoint import Checkpoint, format_checkpoint
from placet.record.merkle import Tree, consistency_path, leaf_hash
from placet.record.split_view import SplitView, format_split_view, parse_split_view
from placet.signing.keys import Role, generate
from placet.signing.notes import sign_note
from tests.factories import a_home, reserve

LOG = generate(bytes([1]) * 32, Role.LOG, "log.example")
TRUE = Tree([leaf_hash(b"%d" % number) for number in range(20)])
FALSE = Tree([leaf_hash(b"%d" % (number if number != 3 else 99)) for number in range(20)])


def note(size: int, tree: Tree = TRUE) -> bytes:
    root = Tree(tree.levels[0][:size]).root()
    return sign_note(format_checkpoint(Checkpoint("log.example", size, root)), LOG)


def a_view(small: int, large: int, tree: Tree = FALSE) -> SplitView:
    """The small checkpoint is true; the large one is of the tree that is given."""
    leaves = tree.levels[0]
    path = consistency_path(small, large, Tree(leaves[:large]).node)
    return SplitView(note(small), note(large, tree), Tree(leaves[:small]).root(), path)


@pytest.mark.parametrize("sizes", [(7, 7), (4, 20), (8, 16), (5, 6), (19, 20)])
def test_two_histories_contradict_each_other_in_one_file(sizes):
    view = parse_split_view(format_split_view(a_view(*sizes)))

    view.verify()


@pytest.mark.parametrize("sizes", [(7, 7), (4, 20), (8, 16), (1, 2), (0, 5)])
def test_one_history_never_does(sizes):
    with pytest.raises(VerificationFailed, match="the two checkpoints agree"):
        a_view(*sizes, TRUE).verify()


@given(
    st.integers(1, 19), st.binary(min_size=32, max_size=32), st.lists(st.binary(min_size=32, max_size=32), max_size=6)
)
def test_an_honest_log_is_never_accused_whatever_the_proof_says(small, root, path):
    for proof in (tuple(path), consistency_path(small, 20, TRUE.node)):
        with pytest.raises(VerificationFailed):
            SplitView(note(small), note(20), root, proof).verify()


@given(st.binary(max_size=8), st.integers(0, 600), st.integers(0, 600))
def test_hostile_bytes_are_no_split_view_or_one_that_is_written_the_same(new, begin, end):
    good = format_split_view(a_view(4, 20))
    data = good[: min(begin, end)] + new + good[max(begin, end) :]
    try:
        view = parse_split_view(data)
    except BadRecord:
        return
    assert format_split_view(view) == data


def test_checkpoints_of_two_logs_are_no_split_view():
    other = sign_note(format_checkpoint(Checkpoint("other.example", 20, TRUE.root())), LOG, "other.example")

    with pytest.raises(PlacetError, match="of two logs"):
        SplitView(note(4), other, TRUE.root())


@pytest.fixture
def forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that grew one way for `a` and, from a copy that was kept, another way for `b`."""
    monkeypatch.chdir(tmp_path)
    home = a_home(tmp_path / "a")
    reserve(home, 1)
    home.engine.dispose()
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    for name, works in (("a", (2, 3)), ("b", (4, 5, 6))):
        home = a_home(tmp_path / name)
        shutil.copy(tmp_path / name / "log" / "checkpoint", tmp_path / "first")
        reserve(home, *works, by=3)
        home.engine.dispose()
    return tmp_path


def test_a_forked_log_is_caught_and_anyone_can_check_it(forked, capsys):
    policy = next((forked / "a" / "trust").glob("*.policy"))

    code = main(["compare", "a/log", "b/log", "--trust", str(policy), "--out", "found.split-view"])
    said = capsys.readouterr()
    checked = main(["verify", "found.split-view", "--trust", str(policy), "--home", str(forked / "empty")])

    assert code == 1
    assert "told two histories" in said.out
    assert checked == 0
    assert "does not begin with" in capsys.readouterr().out or "two different trees" in said.out
    assert main(["verify", "found.split-view", "--home", str(forked / "empty")]) == 1
    assert "UNTRUSTED" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", [("mirror", "b/log", "-o", "copy"), ("fsck", "b/log"), ("mirror", "a/log", "-o", "copy")]
)
def test_a_log_that_told_two_histories_is_not_believed_again(forked, capsys, words):
    policy = next((forked / "a" / "trust").glob("*.policy"))
    trust = ("--trust", str(policy), "--home", str(forked / "reader"))
    assert main([*words[:2], *words[2:], *trust]) == 0
    shutil.rmtree(forked / "copy", ignore_errors=True)
    main(["compare", "a/log", "b/log", *trust])
    capsys.readouterr()

    code = main([*words, *trust])

    assert code == 1
    assert "told two histories" in capsys.readouterr().err
    (kept,) = (forked / "reader" / "trust" / "seen").glob("*.split-view")
    assert main(["verify", str(kept), "--trust", str(policy)]) == 0


def test_what_grew_is_consistent_and_without_tiles_it_is_not_to_be_said(forked, capsys):
    policy = next((forked / "a" / "trust").glob("*.policy"))
    shutil.copy(forked / "b" / "log" / "checkpoint", forked / "later")

    code = main(["compare", "first", "b/log", "--trust", str(policy), "--json"])
    said = json.loads(capsys.readouterr().out)

    assert (code, said["verdict"], said["file"]) == (0, "consistent", "")
    assert main(["compare", "first", "later", "--trust", str(policy)]) == 2
    assert "give the log's folder" in capsys.readouterr().out
    assert main(["compare", "later", "first", "--log", "b/log", "--trust", str(policy)]) == 0
    assert main(["compare", "first", "later", "--home", str(forked / "empty")]) == 1
    assert not list(forked.glob("*.split-view"))


def test_evidence_is_never_written_over_and_a_broken_one_accuses_nobody(forked, capsys):
    policy = next((forked / "a" / "trust").glob("*.policy"))
    (forked / "found.split-view").write_bytes(format_split_view(a_view(4, 20, TRUE)))

    code = main(["compare", "a/log", "b/log", "--trust", str(policy), "--out", "found.split-view"])

    assert code == 1
    assert "is there already" in capsys.readouterr().err
    assert main(["verify", "found.split-view", "--trust", str(policy)]) == 1
    assert "it accuses nobody" in capsys.readouterr().out
