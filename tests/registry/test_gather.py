"""Her files are found, ours are not, and what is left out is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from placet.errors import NotFound
from placet.registry import gather as module
from placet.registry.gather import MARKER, gather
from placet.signing.keys import Role, generate, write_key


def _write(path: Path, data: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def test_files_are_found_below_a_folder_in_the_order_of_their_names(tmp_path: Path) -> None:
    files = [_write(tmp_path / name) for name in ("a.txt", "b.txt", "c/a.txt", "c/d/e.txt")]

    assert gather(tmp_path) == (files, [])


def test_hidden_files_and_folders_are_left_alone(tmp_path: Path) -> None:
    _write(tmp_path / ".git" / "config")
    _write(tmp_path / ".DS_Store")

    assert gather(tmp_path) == ([], [])


def test_links_inside_are_told_and_not_followed(tmp_path: Path) -> None:
    outside = _write(tmp_path / "outside" / "secret.txt")
    _write(tmp_path / "in" / "a.txt")
    (tmp_path / "in" / "file").symlink_to(outside)
    (tmp_path / "in" / "folder").symlink_to(outside.parent)
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")

    taken, problems = gather(tmp_path / "in")

    assert taken == [tmp_path / "in" / "a.txt"]
    assert sorted(Path(problem.where).name for problem in problems) == ["file", "folder", "loop"]


def test_a_link_that_she_names_herself_is_followed(tmp_path: Path) -> None:
    real = _write(tmp_path / "real.txt")
    (tmp_path / "link").symlink_to(real)
    (tmp_path / "album").symlink_to(tmp_path)

    assert gather(tmp_path / "link") == ([real], [])
    assert gather(tmp_path / "album")[0] == [tmp_path / "album" / "real.txt"]


@pytest.mark.skipif(os.name == "nt", reason="there are no pipes in folders")
def test_a_pipe_is_no_work_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    taken, (problem,) = gather(tmp_path)

    assert taken == []
    assert "no ordinary file" in problem.why


def test_empty_and_huge_files_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    _write(tmp_path / "empty", b"")
    _write(tmp_path / "huge", b"x" * 11)
    _write(tmp_path / "right", b"x" * 10)

    taken, problems = gather(tmp_path)

    assert [path.name for path in taken] == ["right"]
    assert ["is empty" in problems[0].why, "more than 10" in problems[1].why] == [True, True]


@pytest.mark.parametrize("inside", [".", "sub", "sub/deeper", "sub/deeper/file.txt"])
def test_nothing_at_or_below_a_marked_folder_is_taken(tmp_path: Path, inside: str) -> None:
    _write(tmp_path / "out" / "sub" / "deeper" / "file.txt")
    _write(tmp_path / "out" / MARKER)

    taken, (problem,) = gather(tmp_path / "out" / inside)

    assert taken == []
    assert "written by placet" in problem.why


def test_a_marked_folder_among_works_is_passed_by(tmp_path: Path) -> None:
    mine = _write(tmp_path / "mine.txt")
    _write(tmp_path / "out" / "theirs.txt")
    _write(tmp_path / "out" / MARKER)

    assert gather(tmp_path) == ([mine], [])


def test_a_key_is_never_registered_wherever_it_lies(tmp_path: Path) -> None:
    write_key(tmp_path / "k.pem", generate(bytes(32), Role.PARTY), None)

    taken, (problem,) = gather(tmp_path)

    assert taken == []
    assert problem.why == f"{tmp_path / 'k.pem'} is a key: keep it to yourself"


def test_what_is_not_there_is_not_found(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "gone")

    for name in ("nothing", "dangling"):
        with pytest.raises(NotFound, match="there is no file or folder"):
            gather(tmp_path / name)
