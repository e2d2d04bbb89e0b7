"""The pre-commit hook: a reserved picture is not committed, nor one of which nothing could be asked."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from placet.cli.hook import main
from placet.core.stance import Stance
from tests.snapshot.datasets import write_folder
from tests.snapshot.world import a_world, jpeg

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of data with one reserved picture, one that nobody knows, the registry and whose log to believe."""
    world = a_world(tmp_path_factory.mktemp("hook"))
    world.register(1, {"no.jpg": jpeg(1)}, Stance.RESERVE)
    folder = world.snapshot("data/registry").parent
    (policy,) = world.home.path.glob("trust/*.policy")
    (folder / "registry.policy").write_bytes(policy.read_bytes())
    write_folder(folder / "media", {"found.jpg": jpeg(1, 60), "tiles.jpg": jpeg(9)})
    (folder / "media" / "linked.jpg").symlink_to("tiles.jpg")
    return folder


@pytest.fixture
def repository(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(data)
    monkeypatch.setenv("PLACET_HOME", str(tmp_path / "developer"))
    return data


def asked(*files: str, profile: str = "eu-art4") -> list[str]:
    words = ["--snapshot", "registry", "--trust", "registry.policy", "--use", "train.generative", "--max-age", "36500"]
    return [*words, "--profile", profile, *files]


def test_a_reserved_picture_is_refused_and_named(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(asked("media/found.jpg", "media/tiles.jpg"))

    out, err = capsys.readouterr()
    assert code == 1
    assert out.startswith(
        "media/found.jpg: reserved: Its maker, its site or the file itself said no to this use. (work"
    )
    assert err == "placet: 1 file of 2 may not be used for train.generative.\n"


def test_what_may_be_used_is_committed_in_silence(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(asked("media/tiles.jpg")) == 0
    assert main(asked()) == 0
    assert main([*asked("media/tiles.jpg", profile="consent"), "--also", "silent"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["media/gone.jpg", "media/linked.jpg", "media"])
def test_what_cannot_be_read_is_refused(repository: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(asked(name)) == 1
    assert f"{name}: unclear: " in capsys.readouterr().out


def test_without_a_snapshot_that_is_believed_nothing_is_committed(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = asked("media/tiles.jpg")

    assert main([word for word in words if "policy" not in word and word != "--trust"]) == 1
    assert main(["--snapshot", "media", *words[2:]]) == 1
    told = capsys.readouterr().err
    assert "UNTRUSTED" in told
    assert "there is no snapshot at media" in told


def test_wrong_words_are_64(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["media/tiles.jpg"]) == 64
    assert "--snapshot" in capsys.readouterr().err
    assert main(["--help"]) == 0


@pytest.mark.slow
def test_the_entry_of_the_definition_is_run_as_pre_commit_runs_it(repository: Path) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    names = ["a.jpg", "B.JPEG", "c.webp", "d.mp4", "e.flac", "f.txt", "jpg", "g.jpg.license"]
    command = [*hook["entry"].split(), *asked("media/found.jpg", "media/tiles.jpg")]

    said = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PATH": path})

    assert (hook["id"], hook["language"], said.returncode) == ("placet-data", "python", 1)
    assert [name for name in names if re.search(hook["files"], name)] == names[:5]
    assert said.stdout.startswith("media/found.jpg: reserved: ")
