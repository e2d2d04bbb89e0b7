"""The GitHub Action: its own shell step, run with what GitHub would give it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from placet.cli.action import main
from placet.core.stance import Stance
from tests.snapshot.datasets import write_folder
from tests.snapshot.world import World, a_world, jpeg

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = a_world(tmp_path_factory.mktemp("action"))
    world.register(1, {"no.jpg": jpeg(1)}, Stance.RESERVE)
    world.snapshot()
    return world


@pytest.fixture
def job(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The inputs of a job whose data holds one reserved picture among three files."""
    monkeypatch.setenv("PLACET_HOME", str(tmp_path / "home"))
    (policy,) = world.home.path.glob("trust/*.policy")
    data, snapshot = tmp_path / "data", world.home.path.parent / "snapshot"
    write_folder(data, {"found.jpg": jpeg(1, 60), "tiles.jpg": jpeg(9), "post.txt": b"nobody wrote this before"})
    names = {"data": data, "snapshot": snapshot, "trust": policy, "use": "train.generative"}
    more = {"profile": "eu-art4", "max-age": "36500", "fail-on": "reserved,licence,unclear"}
    return {**{name: str(value) for name, value in names.items()}, **more}


def given(job: dict[str, str], folder: Path, **changed: str) -> dict[str, str]:
    inputs = {f"PLACET_{name.upper().replace('-', '_')}": value for name, value in job.items()}
    places = {"PLACET_OUT": folder / "out", "GITHUB_STEP_SUMMARY": folder / "summary", "GITHUB_OUTPUT": folder / "said"}
    return inputs | {name: str(path) for name, path in places.items()} | changed


def test_the_table_is_in_the_summary_and_the_job_fails(job: dict[str, str], tmp_path: Path) -> None:
    code = main(given(job, tmp_path))

    assert code == 1
    assert (tmp_path / "summary").read_text() == (
        "### Placet: some of it may not be used\n\n"
        f"`{tmp_path / 'data'}` for `train.generative` under `eu-art4`\n\n"
        "| outcome | rows | |\n|---|---:|---|\n"
        "| reserved | 1 | a maker, a site or the file itself said no |\n"
        "| cleared | 2 | may be used |\n"
    )
    assert (tmp_path / "said").read_text() == f"certificate={tmp_path / 'out' / 'clearance.json'}\n"
    assert (tmp_path / "out" / "clearance.json").exists()


def test_only_what_the_job_names_fails_it(job: dict[str, str], tmp_path: Path) -> None:
    assert main(given(job, tmp_path, PLACET_FAIL_ON="unclear")) == 0
    assert (tmp_path / "summary").read_text().startswith("### Placet: it may be used")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"PLACET_PROFILE": ""}, 64),
        ({"PLACET_PROFILE": "any"}, 64),
        ({"PLACET_FAIL_ON": "reserved,unkown"}, 64),
        ({"PLACET_FAIL_ON": ""}, 64),
        ({"PLACET_SNAPSHOT": "nowhere"}, 1),
        ({"PLACET_DATA": "--help"}, 1),
        ({"PLACET_DATA": "`$(id)`"}, 1),
        ({"PLACET_MAX_AGE": "soon"}, 64),
    ],
)
def test_what_could_not_be_done_fails_the_job(
    job: dict[str, str], tmp_path: Path, changed: dict[str, str], code: int
) -> None:
    assert main(given(job, tmp_path, **changed)) == code
    assert not (tmp_path / "said").exists()


def test_a_name_cannot_end_its_code(job: dict[str, str], tmp_path: Path) -> None:
    data = tmp_path / "a`| <b>\n"
    (tmp_path / "data").rename(data)

    main(given({**job, "data": f"{data}/"}, tmp_path))

    assert (tmp_path / "summary").read_text().splitlines()[2] == (
        f"`{tmp_path}/a| <b>\\n/` for `train.generative` under `eu-art4`"
    )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the steps are of bash")
def test_the_step_itself_is_run(job: dict[str, str], tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    step = next(step for step in action["runs"]["steps"] if step.get("id") == "clear")
    bin_ = tmp_path / "placet" / "venv" / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "python").symlink_to(sys.executable)
    known = {"runner.temp": str(tmp_path), **{f"inputs.{name}": value for name, value in job.items()}}
    environment = {name: _filled(text, known) for name, text in step["env"].items()}
    environment |= {"PYTHONPATH": os.pathsep.join(sys.path), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}

    said = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )

    assert said.returncode == 1, said.stderr
    assert "| reserved | 1 |" in (tmp_path / "summary").read_text()
    assert set(job) <= set(action["inputs"])


def _filled(text: str, known: dict[str, Any]) -> str:
    for name, value in known.items():
        text = text.replace("${{ " + name + " }}", value)
    assert "${{" not in text
    return text
