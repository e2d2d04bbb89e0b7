"""The examples of adapters, run as a reader would, against one registry."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
SAYS = {
    "datatrove": ["kept post", "dropped tale reserved.declared"],
    "datasets": [
        "kept tiles.jpg",
        "found.jpg reserved (320, 225) Its maker, its site or the file itself said no to this use.",
        "tiles.jpg cleared (1200, 1000) Nobody spoke, and the chosen profile leaves this use open.",
        "streamed tiles.jpg",
    ],
    "webdataset": ["dropped found reserved.declared", "kept tiles (1200, 1000)"],
    "ray_data": [
        "kept post.txt tiles.jpg",
        "found.jpg reserved Its maker, its site or the file itself said no to this use.",
        "post.txt cleared Nobody spoke, and the chosen profile leaves this use open.",
        "tiles.jpg cleared Nobody spoke, and the chosen profile leaves this use open.",
    ],
    "torch": [
        "kept tiles.jpg",
        "stopped: row 0 may not be used (reserved.declared): "
        "Its maker, its site or the file itself said no to this use.",
    ],
}
PACKAGES = {"ray_data": "ray"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("adapters") / "first-hour"


@pytest.mark.slow
@pytest.mark.parametrize("name", SAYS)
def test_an_adapter_does_what_its_example_says(stage: Path, tmp_path: Path, name: str) -> None:
    if name != "torch" and importlib.util.find_spec(PACKAGES.get(name, name)) is None:
        pytest.skip(f"{name} is not installed")
    environment = {**os.environ, "HOME": str(tmp_path), "HF_HOME": str(tmp_path)}

    said = subprocess.run(
        [sys.executable, EXAMPLES / f"with_{name}.py", stage], capture_output=True, text=True, env=environment
    )

    assert said.returncode == 0, said.stderr
    assert [line.strip() for line in said.stdout.splitlines()] == SAYS[name]
