"""kill -9, ten times, wherever it falls: nothing lost, nothing twice, the same bytes as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from placet.clearance.certificate import check_outputs, read_certificate
from placet.core.stance import Stance
from tests.snapshot.datasets import contents, write_jsonl, write_parquet, write_tar
from tests.snapshot.world import World, a_world, jpeg, prose

_KILLS = 10
_RUN = "import sys; from placet.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("kill")
    world, pictures = a_world(folder), {f"{n:03d}.jpg": jpeg(n, 60) for n in range(1, 40)}
    world.register(1, {"no.jpg": jpeg(1), "no.txt": prose(1).encode()}, Stance.RESERVE)
    world.register(2, {"yes.jpg": jpeg(2)}, Stance.ALLOW)
    world.snapshot()
    for number in range(8):
        write_tar(folder / f"crawl/{number}.tar", pictures)
    write_parquet(folder / "crawl/rows.parquet", pictures, group=4)
    write_jsonl(folder / "crawl/texts.jsonl", {str(n): prose(n) for n in range(1, 60)})
    world.clear(folder / "crawl", folder / "snapshot", folder / "whole", emit="dataset", at=world.home.now())
    return world, contents(folder / "whole")


def _start(world: World, out: Path, workers: int) -> subprocess.Popen[bytes]:
    folder = world.home.path.parent
    words = ["clear", folder / "crawl", "--snapshot", folder / "snapshot", "--use", "train.generative"]
    words += ["--profile", "eu-art4", "--out", out, "--at", "2025-06-15T15:06:40", "--emit", "dataset"]
    words += ["--workers", workers, "--max-age", 36500, "--home", world.home.path]
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, *map(str, words)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _kill_after(running: subprocess.Popen[bytes], out: Path, files: int, pause: float) -> bool:
    """Kill the whole group `pause` seconds after `files` more of its files are there; False when it was faster."""
    before = sum(1 for _ in out.rglob("*"))
    while running.poll() is None and sum(1 for _ in out.rglob("*")) < before + files:
        time.sleep(0.001)
    time.sleep(pause)
    if running.poll() is not None:
        return False
    os.killpg(running.pid, signal.SIGKILL)
    running.wait()
    return True


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
@pytest.mark.parametrize("workers", [1, 2])
def test_a_clearance_killed_ten_times_is_the_one_that_was_never_killed(
    scene: tuple[World, dict[str, bytes]], workers: int
) -> None:
    world, whole = scene
    rng, out = random.Random(workers), world.home.path.parent / f"killed-{workers}"
    killed = sum(
        _kill_after(_start(world, out, workers), out, rng.choice((0, 1, 2, 3, 5)), rng.random() * 0.01)
        for _ in range(_KILLS)
    )

    running = _start(world, out, workers)

    assert running.wait(120) in (0, 2)
    assert killed == _KILLS
    assert contents(out) == whole
    table = pq.read_table(out / "decisions.parquet", columns=["unit", "row"])
    rows = list(zip(table.column("unit").to_pylist(), table.column("row").to_pylist(), strict=True))
    assert len(rows) == len(set(rows)) == 8 * 39 + 39 + 59
    assert check_outputs(read_certificate((out / "clearance.json").read_bytes()), out) == 8 + 10 + 1
