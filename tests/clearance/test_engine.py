"""Running a plan: the same bytes whoever runs it, whenever it stops, and nothing trusted that does not hold."""

from __future__ import annotations

import errno
import faulthandler
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from placet.clearance import unit as units
from placet.clearance.certificate import check_outputs, read_certificate
from placet.clearance.unit import UnitRecord, read_record
from placet.core.profile import PROFILES
from placet.core.stance import Stance
from placet.core.use import Use
from placet.errors import BadDataset, BadRecord, PlanChanged, Refused, WrongUsage
from tests.factories import NOW, a_key
from tests.snapshot.datasets import contents, write_folder, write_jsonl, write_parquet, write_tar
from tests.snapshot.world import World, a_world, jpeg, prose

pytestmark = pytest.mark.slow
COLUMNS = [
    *("unit", "row", "use", "profile", "stance", "outcome"),
    *("basis", "work", "match", "score", "declaration", "reason"),
    *("standard", "overruled", "because", "licence", "origin", "disputed"),
]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = a_world(tmp_path)
    world.register(1, {"no.jpg": jpeg(1), "no.txt": prose(1).encode()}, Stance.RESERVE)
    world.register(2, {"price.jpg": jpeg(2)}, Stance.LICENSE)
    world.register(3, {"yes.jpg": jpeg(3)}, Stance.ALLOW)
    world.snapshot()
    return world


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Ten units in four formats."""
    root, pictures = tmp_path / "crawl", {f"{n:03d}.jpg": jpeg(n, 60) for n in range(1, 6)}
    write_folder(root, {"loose/a.jpg": jpeg(1, 50), "loose/b.txt": prose(9).encode(), "loose/c.jpg": b"no picture"})
    for number in range(4):
        write_tar(root / f"{number}.tar", pictures)
    write_parquet(root / "rows.parquet", pictures, group=2)
    write_jsonl(root / "texts.jsonl", {"a": prose(1)[:900], "b": prose(8)})
    return root


def _clear(world: World, dataset: Path, out: str = "out", **asked: Any) -> Path:
    folder = world.home.path.parent / out
    world.clear(dataset, world.home.path.parent / "snapshot", folder, **asked)
    return folder


def _check(out: Path) -> int:
    return check_outputs(read_certificate((out / "clearance.json").read_bytes()), out)


def test_every_row_has_one_line_with_these_columns(world: World, dataset: Path) -> None:
    out = _clear(world, dataset)

    table = pq.read_table(out / "decisions.parquet")
    assert table.column_names == COLUMNS
    assert table.num_rows == 3 + 4 * 5 + 5 + 2
    keys = list(zip(table.column("unit").to_pylist(), table.column("row").to_pylist(), strict=True))
    assert len(set(keys)) == table.num_rows
    assert set(table.column("outcome").to_pylist()) == {"reserved", "licence", "cleared", "unclear"}
    assert _check(out) == 4 + 3 + 1 + 1


def test_all_profiles_are_one_column_each(world: World, dataset: Path) -> None:
    out = _clear(world, dataset, profiles=tuple(PROFILES.values()))

    table = pq.read_table(out / "decisions.parquet")
    assert table.column_names == [*COLUMNS, *PROFILES]
    for name in PROFILES:
        alone = pq.read_table(_clear(world, dataset, name, profile=name) / "decisions.parquet")
        assert alone.column("outcome").to_pylist() == table.column(name).to_pylist()
    assert _check(out)


@pytest.mark.parametrize("emit", ["decisions", "list", "skip-index", "dataset"])
def test_two_runs_and_two_workers_give_the_same_bytes(world: World, dataset: Path, emit: str) -> None:
    one, again = _clear(world, dataset, emit=emit), _clear(world, dataset, "again", emit=emit)
    two = _clear(world, dataset, "two", emit=emit, workers=2)

    assert contents(one) == contents(again) == contents(two)
    assert any(name.startswith("units/") for name in contents(one))


def test_workers_that_cannot_fork_give_the_same_bytes(
    world: World, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = contents(_clear(world, dataset))
    monkeypatch.setattr("placet.clearance.engine._FORKS", False)

    assert contents(_clear(world, dataset, "spawned", workers=2)) == whole


def test_a_run_that_stopped_in_the_middle_comes_out_the_same(world: World, dataset: Path) -> None:
    whole = contents(_clear(world, dataset, emit="dataset"))

    for kept in (0, 2, 5):
        out = world.home.path.parent / f"stopped-{kept}"
        shutil.copytree(world.home.path.parent / "out", out)
        for path in [out / "decisions.parquet", out / "clearance.json", *sorted(out.glob("units/*.json"))[kept * 2 :]]:
            path.unlink(missing_ok=True)
        assert contents(_clear(world, dataset, out.name, emit="dataset")) == whole


def test_a_finished_run_is_finished_again_without_reading_a_row(
    world: World, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = contents(_clear(world, dataset))
    monkeypatch.setattr("placet.clearance.engine.clear_unit", None)

    assert contents(_clear(world, dataset)) == whole


def test_a_run_goes_on_at_the_time_it_began(world: World, dataset: Path) -> None:
    whole = contents(_clear(world, dataset))
    world.home.now = lambda: NOW + 5000

    assert contents(_clear(world, dataset)) == whole


def test_a_run_that_died_before_it_had_a_plan_begins_anew(world: World, dataset: Path) -> None:
    out = world.home.path.parent / "out"
    (out / "units").mkdir(parents=True)
    (out / ".placet-output").touch()
    (out / ".placet-0123456789abcdef.tmp").write_bytes(b"half a pl")

    assert _check(_clear(world, dataset))


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"use": Use.MINE}, "use"),
        ({"profile": "consent"}, "profile"),
        ({"at": NOW + 1}, "time"),
        ({"territory": "FR"}, "territory"),
        ({"effort": "exact"}, "effort"),
        ({"emit": "list"}, "output"),
    ],
)
def test_a_changed_plan_is_refused_and_named(world: World, dataset: Path, changed: dict[str, Any], what: str) -> None:
    _clear(world, dataset, at=NOW)

    with pytest.raises(PlanChanged, match=f"begun with another {what} .* choose a new OUT"):
        _clear(world, dataset, **{"at": NOW} | changed)


def test_another_snapshot_dataset_or_rule_is_refused(
    world: World, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = _clear(world, dataset)

    other = dataset.with_name("other crawl")
    shutil.copytree(dataset, other)
    with pytest.raises(PlanChanged, match=r"another dataset \(crawl, now other crawl\)"):
        _clear(world, other)
    with pytest.raises(PlanChanged, match="another snapshot"):
        world.clear(dataset, world.snapshot("newer"), out)
    monkeypatch.setattr("placet.snapshot.match.STRONG_DISTANCE", 12)
    with pytest.raises(PlanChanged, match=r"another rule of image .*certain at 16.*now .*certain at 12"):
        _clear(world, dataset)


@pytest.mark.parametrize("change", ["longer", "gone", "added"])
def test_another_list_of_files_is_refused(world: World, dataset: Path, change: str) -> None:
    _clear(world, dataset)
    if change == "longer":
        (dataset / "loose/b.txt").write_text("longer than it was " * 900)
    elif change == "gone":
        (dataset / "2.tar").unlink()
    else:
        (dataset / "new.jpg").write_bytes(jpeg(9))

    with pytest.raises(PlanChanged, match="the dataset has changed since this run was begun"):
        _clear(world, dataset)


def _flip(path: Path, at: int = -20) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def _foreign(path: Path) -> None:
    (other,) = path.parent.glob("000003.json")
    shutil.copy(other, path)


def _recounted(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"rows":5', b'"rows":4'))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "flipped": _flip,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "empty": lambda path: path.write_bytes(b""),
    "another unit's": _foreign,
    "recounted": _recounted,
    "no json": lambda path: path.write_bytes(b"\xff\xfe"),
    "json of another kind": lambda path: path.write_bytes(b"[1,2]"),
    "fields of another kind": lambda path: path.write_bytes(
        b'{"counts":3,"inputs":"ab","outputs":"ab","plan":"","rows":1,"tallies":[],"unit":"","v":1}'
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_record_that_does_not_hold_is_redone(world: World, dataset: Path, damage: str) -> None:
    out = _clear(world, dataset)
    whole = contents(out)

    DAMAGES[damage](out / "units" / "000000.json")

    assert contents(out) != whole
    assert contents(_clear(world, dataset)) == whole


@pytest.mark.parametrize("name", ["000000.parquet", "000000.shown.json", "000000.problems.jsonl"])
def test_an_output_that_does_not_hold_is_redone(world: World, dataset: Path, name: str) -> None:
    out = _clear(world, dataset)
    whole = contents(out)

    (out / "units" / name).write_bytes(b"something else")

    assert contents(_clear(world, dataset)) == whole


def test_a_record_of_another_plan_is_redone(world: World, dataset: Path) -> None:
    whole, other = contents(_clear(world, dataset)), _clear(world, dataset, "other", profile="consent")
    out = world.home.path.parent / "out"

    for path in other.glob("units/000000*"):
        shutil.copy(path, out / "units" / path.name)

    assert contents(_clear(world, dataset)) == whole


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    record = UnitRecord(plan="p", unit="u", rows=1, inputs={}, outputs={}, counts={"uk": {"silent": 1}}, tallies={})
    (tmp_path / "record").write_bytes(record.data())

    assert read_record(tmp_path / "record") == record
    _flip(tmp_path / "record", 9)
    with pytest.raises(BadRecord, match="record"):
        read_record(tmp_path / "record")


# ---- where things may lie -------------------------------------------------------------------------


def test_out_and_dataset_lie_apart(world: World, dataset: Path) -> None:
    snapshot = world.home.path.parent / "snapshot"

    with pytest.raises(WrongUsage, match="OUT lies inside DATASET"):
        world.clear(dataset, snapshot, dataset / "out")
    with pytest.raises(WrongUsage, match="DATASET lies inside OUT"):
        world.clear(dataset, snapshot, dataset.parent)
    with pytest.raises(WrongUsage, match="the same place"):
        world.clear(dataset, snapshot, dataset)
    assert not (dataset / "out").exists()


def test_a_folder_of_something_else_is_never_written_into(world: World, dataset: Path, tmp_path: Path) -> None:
    write_folder(tmp_path / "mine", {"letter.txt": b"dear"})

    with pytest.raises(Refused, match="mine is not empty and holds no run to resume"):
        _clear(world, dataset, "mine")
    with pytest.raises(Refused, match=r"letter.txt is a file"):
        _clear(world, dataset, "mine/letter.txt")
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["letter.txt"]


@pytest.mark.parametrize("name", ["folder", "rows.jsonl"])
def test_nothing_to_clear_is_a_sentence(world: World, tmp_path: Path, name: str) -> None:
    empty = tmp_path / "empty" / name
    (empty if name == "folder" else empty.parent).mkdir(parents=True)
    if name != "folder":
        empty.write_bytes(b"\n\n")

    with pytest.raises(BadDataset, match=r"there is (nothing|not one row) in"):
        _clear(world, empty.parent)


# ---- what goes wrong on the way -------------------------------------------------------------------


def test_a_killed_worker_is_a_sentence_and_the_run_goes_on(
    world: World, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, real = contents(_clear(world, dataset)), units.clear_unit
    fuse = world.home.path.parent / "fuse"
    fuse.touch()

    def dying(*given: Any) -> UnitRecord:
        if given[2] == 4 and fuse.exists():
            fuse.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*given)

    monkeypatch.setattr("placet.clearance.engine.clear_unit", dying)
    with pytest.raises(Refused, match=r"a worker process died.*run the same command again"):
        _clear(world, dataset, "killed", workers=2)

    assert not fuse.exists()
    assert contents(_clear(world, dataset, "killed", workers=2)) == whole


@pytest.mark.parametrize("workers", [1, 2])
def test_a_shard_that_shrinks_while_it_is_read_clears_nothing(
    world: World, dataset: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """A mapped file that is cut off kills its reader (SIGBUS), which must not be the process that talks."""
    real = units.read_unit

    def cut(root: Path, unit: Any) -> Any:
        for number, row in enumerate(real(root, unit)):
            if unit.path == "1.tar" and number == 1:
                faulthandler.disable()  # pytest's own, which would print the death that is wanted
                os.truncate(root / "1.tar", 1024)
            yield row

    monkeypatch.setattr(units, "read_unit", cut)
    with pytest.raises(Refused, match=r"a file was cut off while it was being read|1\.tar was changed while"):
        _clear(world, dataset, workers=workers)
    assert not (world.home.path.parent / "out" / "clearance.json").exists()


@pytest.mark.parametrize("name", ["rows.parquet", "texts.jsonl", "2.tar"])
def test_a_file_written_to_while_it_is_read_clears_nothing(
    world: World, dataset: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    real = units.read_unit

    def touched(root: Path, unit: Any) -> Any:
        for row in real(root, unit):
            if unit.path == name:
                os.utime(root / name, ns=(1, 1))
            yield row

    monkeypatch.setattr(units, "read_unit", touched)
    with pytest.raises(Refused, match=f"{name} was changed while it was being read"):
        _clear(world, dataset)


def test_one_file_is_one_digest_though_the_run_was_interrupted(world: World, dataset: Path) -> None:
    out = _clear(world, dataset)
    (first, *_) = [path for path in sorted(out.glob("units/*.json")) if b"rows.parquet" in path.read_bytes()]
    first.unlink()

    _flip(dataset / "rows.parquet", 400)

    with pytest.raises(Refused, match=r"rows\.parquet was changed while the dataset was being cleared"):
        _clear(world, dataset)


@pytest.mark.parametrize("name", ["loose/a.jpg", "texts.jsonl", "rows.parquet", "0.tar"])
def test_a_file_that_vanishes_after_planning_is_unclear(
    world: World, dataset: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    from placet.desk import clearing

    real = clearing.run_units
    monkeypatch.setattr(
        clearing, "run_units", lambda *given, **more: ((dataset / name).unlink(), real(*given, **more))[1]
    )

    out = _clear(world, dataset)

    lines = [json.loads(line) for line in (out / "problems.jsonl").read_text().splitlines()]
    assert any(line["reason"] == "unit.unreadable" and Path(name).name in line["why"] for line in lines)
    rows = pq.read_table(out / "decisions.parquet").to_pylist()
    assert all(row["outcome"] == "unclear" for row in rows if row["unit"].startswith(name) or row["row"] == name)


def test_a_file_changed_after_it_was_judged_is_not_given_out(
    world: World, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(dataset, {"loose/d.jpg": jpeg(30)})
    real = units.emit_dataset

    def swapped(root: Path, *given: Any) -> Any:
        if given[0].format == "files":
            (root / "loose/d.jpg").write_bytes(jpeg(1, 50))
        return real(root, *given)

    monkeypatch.setattr(units, "emit_dataset", swapped)
    with pytest.raises(Refused, match=r"loose/d\.jpg was changed after it was judged"):
        _clear(world, dataset, emit="dataset")
    assert not (world.home.path.parent / "out/dataset/loose/d.jpg").exists()


@pytest.mark.parametrize("step", [0, 1, 4, 9, 17, 30])
def test_a_full_disk_is_one_sentence_and_the_run_goes_on_later(
    world: World, dataset: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    whole = contents(_clear(world, dataset, emit="dataset"))
    left, real = [step], os.fsync

    def full(handle: int) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(Refused, match="the disk is full while writing"):
            _clear(world, dataset, "full", emit="dataset")

    assert contents(_clear(world, dataset, "full", emit="dataset")) == whole


def test_a_disk_that_is_really_full(world: World, dataset: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(small)], capture_output=True)
    if made.returncode:
        pytest.skip("this machine does not let a test mount a small disk")
    try:
        with pytest.raises(Refused, match="the disk is full while writing"):
            _clear(world, dataset, "small/out")
        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        assert _check(_clear(world, dataset, "small/out"))
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.parametrize(("later", "outcome"), [(0, "reserved"), (4_999, "reserved"), (5_000, "cleared")])
def test_a_withdrawal_holds_from_when_it_was_said(world: World, tmp_path: Path, later: int, outcome: str) -> None:
    world.home.now = lambda: NOW + 5_000
    composer = world.home.composer(a_key(1))
    (said,) = [word for word in world.library("before").words if word.by == a_key(1).public.hex()]
    composer.withdraw(said)
    world.home.log.append(composer.submission())
    write_folder(tmp_path / "mine", {"a.jpg": jpeg(1, 60)})

    world.clear(tmp_path / "mine", world.snapshot("after"), tmp_path / "judged", at=NOW + later)

    assert pq.read_table(tmp_path / "judged/decisions.parquet").column("outcome").to_pylist() == [outcome]
