"""Units on Ray: the bytes of the local run, whoever dies on the way, or a sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from placet.app import engine_of
from placet.clearance.cluster import RayEngine
from placet.clearance.engine import Worker, begin, gather_outputs, run_in_pool, run_units
from placet.clearance.plan import Plan, parse_plan
from placet.clearance.voices import Voices
from placet.core.stance import Stance
from placet.errors import Refused, WrongUsage
from placet.snapshot.library import open_library
from placet.snapshot.match import Matcher
from tests.snapshot.datasets import contents, write_jsonl, write_parquet, write_tar
from tests.snapshot.world import World, a_world, jpeg, prose

_RUN = "import sys; from placet.cli import main; sys.exit(main(sys.argv[1:]))"


def test_the_engine_is_chosen_by_name_and_a_wrong_choice_is_a_sentence() -> None:
    assert engine_of("pool") is run_in_pool
    assert engine_of("ray", "", 3) == RayEngine("", 3)
    with pytest.raises(WrongUsage, match="choose one of pool, ray"):
        engine_of("dask")
    with pytest.raises(WrongUsage, match="add --engine ray"):
        engine_of("pool", "10.0.0.1:6379")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "127.0.0.1:99999", "[::1]:1", "127.0.0.1:port"])
def test_a_cluster_that_does_not_answer_is_a_sentence(address: str) -> None:
    with pytest.raises(Refused, match="there is no Ray cluster at"):
        engine_of("ray", address)


def test_no_units_start_no_cluster() -> None:
    worker: Any = None

    assert list(RayEngine()(worker, 2, [])) == []


# ---- with Ray itself ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[World, dict[str, bytes]]:
    """Fifteen units in three formats, and what the local run makes of them."""
    folder = tmp_path_factory.mktemp("cluster")
    world, pictures = a_world(folder), {f"{n:03d}.jpg": jpeg(n, 60) for n in range(1, 40)}
    world.register(1, {"no.jpg": jpeg(1), "no.txt": prose(1).encode()}, Stance.RESERVE)
    world.register(2, {"yes.jpg": jpeg(2)}, Stance.ALLOW)
    world.snapshot()
    for number in range(4):
        write_tar(folder / f"crawl/{number}.tar", pictures)
    write_parquet(folder / "crawl/rows.parquet", pictures, group=4)
    write_jsonl(folder / "crawl/texts.jsonl", {str(n): prose(n) for n in range(1, 60)})
    world.clear(folder / "crawl", folder / "snapshot", folder / "whole", at=world.home.now())
    return world, contents(folder / "whole")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A small cluster of this machine, for all tests here."""
    ray = pytest.importorskip("ray", reason="ray is not installed")
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(num_cpus=2, object_store_memory=80 << 20, include_dashboard=False, log_to_driver=False)
    yield ray
    ray.shutdown()


def plan_in(world: World, out: Path) -> Plan:
    """The plan of the local run, begun again."""
    whole = world.home.path.parent / "whole"
    return begin(parse_plan((whole / "plan.json").read_bytes()), out)


pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::FutureWarning", "ignore::DeprecationWarning"
)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_a_run_of_two_workers_whose_driver_is_killed_goes_on_and_gives_the_local_bytes(
    scene: tuple[World, dict[str, bytes]], cluster: Any
) -> None:
    world, whole = scene
    folder, out = world.home.path.parent, world.home.path.parent / "killed"
    words = ["clear", folder / "crawl", "--snapshot", folder / "snapshot", "--use", "train.generative"]
    words += ["--profile", "eu-art4", "--out", out, "--at", "2025-06-15T15:06:40", "--max-age", 36500]
    words += ["--home", world.home.path, "--engine", "ray", "--workers", 2]
    running = subprocess.Popen(
        [sys.executable, "-c", _RUN, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while running.poll() is None and not list(out.glob("units/*.json")):
        time.sleep(0.01)
    running.kill()

    assert running.wait(60) == -signal.SIGKILL
    assert 0 < len(list(out.glob("units/*.json"))) < 15
    world.clear(folder / "crawl", folder / "snapshot", out, at=world.home.now(), engine="ray", workers=2)
    assert {name: data for name, data in contents(out).items() if not name.endswith(".tmp")} == whole


def a_fuse(path: Path, *, burns_once: bool) -> Any:
    """In place of voices: whoever opens it dies by SIGKILL, as a process does that memory runs out for."""

    class Fuse(Voices):
        def __reduce__(self) -> Any:
            lit = f"import os, pathlib; p = pathlib.Path({str(path)!r})\nif p.exists():\n"
            return exec, (lit + (" p.unlink();" if burns_once else " ") + " os.kill(os.getpid(), 9)", {})

    path.touch()
    return Fuse()


def _run(world: World, name: str, voices: Any) -> dict[str, bytes]:
    folder = world.home.path.parent
    out = folder / name
    plan, matcher = plan_in(world, out), Matcher(open_library(folder / "snapshot"))
    records = run_units(folder / "crawl", plan, out, matcher, 2, voices=voices, engine=RayEngine())
    gather_outputs(plan, out, records)
    return contents(out)


@pytest.mark.slow
def test_a_worker_that_dies_is_tried_again(scene: tuple[World, dict[str, bytes]], cluster: Any) -> None:
    world, _ = scene
    fuse = world.home.path.parent / "fuse"
    quiet = _run(world, "alive", None)

    again = _run(world, "died", a_fuse(fuse, burns_once=True))

    assert not fuse.exists()
    assert again == quiet


@pytest.mark.slow
def test_a_worker_that_dies_every_time_is_a_sentence(
    scene: tuple[World, dict[str, bytes]], cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = scene
    monkeypatch.setattr("placet.clearance.cluster.RETRIES", 0)

    with pytest.raises(Refused, match=r"a worker process died.*run the same command again.*tried again 0 times"):
        _run(world, "dies", a_fuse(world.home.path.parent / "fuse", burns_once=False))


@pytest.mark.slow
def test_a_worker_with_other_versions_refuses_in_its_own_words(
    scene: tuple[World, dict[str, bytes]], cluster: Any, tmp_path: Path
) -> None:
    world, _ = scene
    folder = world.home.path.parent
    plan = plan_in(world, tmp_path / "out")
    other = replace(plan, rules={**plan.rules, "versions": "placet 0.0.9"})
    worker = Worker(folder / "crawl", other, tmp_path / "out", Matcher(open_library(folder / "snapshot")), None)

    with pytest.raises(Refused, match=r"a worker has placet .*was begun with placet 0\.0\.9: install the same"):
        list(RayEngine()(worker, 2, range(3)))
