"""`placet mirror`: from a folder and from a plain web server, which a mirror is as well."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.stage import Stage, everything


@pytest.fixture
def policy(stage: Stage) -> Path:
    stage("reserve", stage.works)
    return next(stage.home.glob("receipts/*/log.policy"))


@pytest.fixture
def served(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The folder that holds the home, behind Python's own web server."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    monkeypatch.setenv("PLACET_LOOPBACK", "1")
    with subprocess.Popen(
        command, cwd=stage.home.parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout
        port = server.stdout.readline().split(" port ")[1].split()[0]
        yield f"http://127.0.0.1:{port}"
        server.kill()


def test_a_stranger_mirrors_a_log_from_a_plain_web_server_and_serves_it_on(
    stage: Stage, policy: Path, served: str, tmp_path: Path
) -> None:
    words = ("--trust", policy, "--home", tmp_path / "stranger")

    first = stage("mirror", f"{served}/home/log/", "-o", tmp_path / "one", *words)
    second = stage("mirror", f"{served}/one", "-o", tmp_path / "two", *words)
    again = stage("mirror", f"{served}/one", "-o", tmp_path / "two", *words)

    assert (first.code, second.code) == (0, 0)
    assert "holds 3 entries of log local.placet/" in first.out
    assert "2 titles or names kept by their makers." in first.err
    assert "nothing new" in again.out
    log, mirror = everything(stage.home / "log"), everything(tmp_path / "two")
    assert {name: mirror[name] for name in log} == log
    with urllib.request.urlopen(f"{served}/two/checkpoint") as answer:  # noqa: S310 - ours
        assert answer.read() == log["checkpoint"]


def test_a_receipt_is_verified_against_a_mirror(stage: Stage, policy: Path, tmp_path: Path) -> None:
    stage("mirror", stage.home, "-o", tmp_path / "mirror")

    said = stage("verify", stage.receipt(2), "--trust", policy, "--log", tmp_path / "mirror")

    assert said.code == 0
    assert "still holds it" in said.out


def test_without_a_policy_nothing_is_copied(stage: Stage, policy: Path, tmp_path: Path) -> None:
    said = stage("mirror", stage.home / "log", "-o", tmp_path / "mirror", "--home", tmp_path / "stranger")

    assert said.code == 1
    assert "UNTRUSTED" in said.err
    assert not (tmp_path / "mirror" / "checkpoint").exists()


def test_a_log_that_goes_back_is_refused_and_what_it_showed_is_kept(stage: Stage, policy: Path, tmp_path: Path) -> None:
    shutil.copytree(stage.home / "log", tmp_path / "old")
    stage("reserve", "https://a.example/1")
    words = ("--trust", policy, "--home", tmp_path / "stranger")
    stage("mirror", stage.home / "log", "-o", tmp_path / "mirror", *words)

    said = stage("mirror", tmp_path / "old", "-o", tmp_path / "mirror", *words)
    elsewhere = stage("mirror", tmp_path / "old", "-o", tmp_path / "new", *words)

    assert (said.code, elsewhere.code) == (1, 1)
    assert "holds 4 entries under root" in said.err
    assert "shows 3 entries under root" in elsewhere.err
    (kept,) = (tmp_path / "stranger" / "trust" / "refused").iterdir()
    assert kept.read_bytes() == (tmp_path / "old" / "checkpoint").read_bytes()


@pytest.mark.parametrize(
    ("source", "code", "why"),
    [
        ("nowhere", 1, "there is no folder nowhere"),
        ("http://127.0.0.1:1/log", 1, "did not answer"),
        ("https://a.example/log?x", 64, "has no ?"),
        (".", 1, "has no checkpoint"),
    ],
)
def test_what_is_no_log_is_said(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, code: int, why: str
) -> None:
    monkeypatch.setenv("PLACET_LOOPBACK", "1")
    monkeypatch.chdir(tmp_path)

    said = stage("mirror", source, "-o", tmp_path / "mirror")

    assert (said.code, why in said.err) == (code, True), said.err


def test_a_server_that_is_not_on_the_internet_is_not_asked(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLACET_LOOPBACK", raising=False)

    said = stage("mirror", "http://127.0.0.1/log", "-o", tmp_path / "mirror")

    assert said.code == 1
    assert "not on the public internet" in said.err


def test_a_folder_of_something_else_and_a_home_are_left_alone(stage: Stage, policy: Path, tmp_path: Path) -> None:
    own = stage("mirror", stage.home, "-o", stage.works)
    log = stage("mirror", stage.home, "-o", stage.home / "log")

    assert "holds other things" in own.err
    assert "is the log of a home" in log.err


def test_json_says_what_was_copied(stage: Stage, policy: Path, tmp_path: Path) -> None:
    said = json.loads(stage("mirror", stage.home, "-o", tmp_path / "mirror", "--json").out)

    assert (said["schema"], said["size"], said["before"], said["wrong"]) == ("placet.mirror/1", 3, 0, [])
