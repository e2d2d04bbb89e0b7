"""The house rules that a machine can hold: who may import whom, and what `import placet` costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src" / "placet"
EVERYONE = {"errors"}

# docs/house.md section 3: each room and the rooms it may import, besides errors and itself.
ROOMS: dict[str, set[str]] = {
    "core": set(),
    "signals": {"core"},
    "record": {"core"},
    "fingerprints": {"core"},
    "signing": {"core", "record"},
    "evidence": {"core", "record", "signing"},
    "log": {"core", "record", "signing"},
    "fetch": {"core", "signals", "signing"},
    "registry": {"core", "signals", "record", "signing", "fingerprints", "log"},
    "snapshot": {"core", "record", "signing", "fingerprints"},
    "licensing": {"core", "record", "signing", "registry"},
    "clearance": {"core", "signals", "record", "signing", "fingerprints", "snapshot"},
    "protection": {"core", "fingerprints"},
    "campaigns": {"core", "record", "signing", "registry"},
    "vectors": set(),
}
PORTS = {"core", "log", "registry", "snapshot", "licensing", "record", "signing"}
HEAVY = {"torch", "ray", "pyarrow", "numba", "numpy", "PIL", "sqlalchemy", "fastapi", "onnxruntime", "av", "cv2"}
OUTSIDE = {"socket", "urllib.request", "http", "http.client", "httpcore2", "requests", "logging"}
CLOCKS = {
    "time.time",
    "time.time_ns",
    "datetime.now",
    "datetime.utcnow",
    "date.today",
    "os.environ",
    "os.getenv",
}


def allowed(room: str) -> set[str]:
    everything = {path.name for path in SRC.iterdir() if path.is_dir()}
    if room == "app":
        return everything - {"web", "cli", "desk"}
    if room == "desk":
        return (everything | {"app"}) - {"web", "cli"}
    if room == "web":
        return (everything | {"app"}) - {"cli"}
    if room == "cli":
        return everything | {"app"}
    if room == "store":
        return PORTS | {"store"}
    if room == "__init__":
        return everything | {"app"}
    return ROOMS[room] | {room}


def room_of(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def imports(path: Path) -> list[str]:
    """Every dotted placet name that a file imports, also by `from placet import X`."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by dots"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


FILES = sorted(path for path in SRC.rglob("*.py") if path.name != "errors.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_rooms_look_only_where_they_may(path):
    room = room_of(path)
    for name in imports(path):
        if name.startswith("placet."):
            other = name.split(".")[1]
            assert other in allowed(room) | EVERYONE, f"{path.relative_to(SRC)} may not import {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_the_network_stays_in_fetch(path):
    if room_of(path) in ("fetch", "web"):
        return
    for name in imports(path):
        assert not any(name == bad or name.startswith(bad + ".") for bad in OUTSIDE), f"{path} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SRC)))
def test_clock_and_environment_enter_in_app_only(path):
    if room_of(path) in ("app", "cli", "web"):
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            assert not any(name.endswith(clock) for clock in CLOCKS), f"{path}:{node.lineno} reads {name}"


def test_every_folder_is_a_known_room():
    folders = {path.parent.name for path in SRC.glob("*/__init__.py")}

    assert folders <= set(ROOMS) | {"store", "desk", "web", "cli"}


def test_importing_placet_loads_nothing_heavy():
    code = "import sys, placet, placet.core; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert not HEAVY & {name.split(".")[0] for name in out.stdout.split()}
