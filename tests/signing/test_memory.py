"""What was seen of a log is remembered, and whoever takes it back is caught."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placet.errors import Rollback
from placet.record.checkpoint import Checkpoint, format_checkpoint
from placet.record.merkle import Tree, leaf_hash
from placet.signing.keys import Role, generate
from placet.signing.memory import recall, remember_checkpoint
from placet.signing.notes import sign_note

KEY = generate(b"k" * 32, Role.LOG, "log.example")


class Files(dict[str, bytes]):
    def read(self, path: str) -> bytes | None:
        return self.get(path)

    def write(self, path: str, data: bytes) -> None:
        self[path] = data


def _tree(size: int, word: str = "") -> Tree:
    return Tree([leaf_hash(f"{word}{number}".encode()) for number in range(size)])


def _note(size: int, word: str = "", origin: str = "log.example") -> bytes:
    return sign_note(format_checkpoint(Checkpoint(origin, size, _tree(size, word).root())), KEY)


@given(st.integers(1, 40), st.integers(0, 40))
def test_a_log_that_grows_is_followed(size: int, more: int) -> None:
    files = Files()

    remember_checkpoint(files, _note(size))
    remember_checkpoint(files, _note(size + more), _tree(size + more).node)

    seen = recall(files, "log.example")
    assert seen
    assert seen.size == size + more


@given(st.integers(2, 40), st.data())
def test_a_smaller_log_is_a_rollback_and_is_not_remembered(size: int, data: st.DataObject) -> None:
    files = Files()
    remember_checkpoint(files, _note(size))

    with pytest.raises(Rollback, match="an old copy of it, or entries were taken out"):
        remember_checkpoint(files, _note(data.draw(st.integers(1, size - 1))))

    seen = recall(files, "log.example")
    assert seen
    assert seen.size == size


def test_another_tree_of_the_same_size_is_a_rollback() -> None:
    files = Files()
    remember_checkpoint(files, _note(7))

    with pytest.raises(Rollback, match="another tree of 7"):
        remember_checkpoint(files, _note(7, "other"))


@given(st.integers(1, 40), st.integers(1, 40))
def test_a_larger_tree_with_another_beginning_is_a_rollback(size: int, more: int) -> None:
    files = Files()
    remember_checkpoint(files, _note(size))

    with pytest.raises(Rollback, match="do not begin with"):
        remember_checkpoint(files, _note(size + more, "other"), _tree(size + more, "other").node)


def test_each_log_has_a_memory_of_its_own() -> None:
    files = Files()
    remember_checkpoint(files, _note(7))

    remember_checkpoint(files, _note(3, origin="other.example"))

    assert len(files) == 2
