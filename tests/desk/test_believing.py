"""Forged, broken, stale and rolled-back snapshots: each is refused in a sentence that names what is wrong."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from placet.cli.verify import Ask
from placet.core.stance import Stance
from placet.core.subject import Kind, Subject
from placet.desk import believing, snapshots, verifying
from placet.desk.believing import believe
from placet.desk.snapshots import check_deeply
from placet.errors import BadRecord, NotFound, PlacetError, Refused, Rollback, TooNew, Untrusted, VerificationFailed
from placet.signing.findings import Mark, verdict
from placet.snapshot.arrays import ARRAYS
from placet.snapshot.build import digest_files
from placet.snapshot.library import open_library, read_manifest
from tests.factories import NOW
from tests.snapshot.world import World, a_world, jpeg, prose

DAY = 86_400


def _populate(world: World) -> None:
    works = {"no.jpg": jpeg(1), "no.txt": prose(1).encode()}
    world.register(1, works, Stance.RESERVE, titles=True, thumbs=False)
    world.register(2, {"yes.jpg": jpeg(2)}, Stance.ALLOW, thumbs=True)
    world.say(1, [Subject(Kind.URL, "https://maker.example/1.jpg")], Stance.RESERVE)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = a_world(tmp_path_factory.mktemp("made"))
    _populate(world)
    world.snapshot()
    return world


@pytest.fixture
def world(made: World, tmp_path: Path) -> World:
    """The same home and snapshot, to be spoiled."""
    shutil.copytree(made.home.path.parent, tmp_path / "world")
    return World(replace(made.home, path=tmp_path / "world" / "home"))


NEEDED = [name for name, shape in ARRAYS.items() if not shape.optional]  # this registry has nothing for the others


def _folder(world: World) -> Path:
    return world.home.path.parent / "snapshot"


def _files() -> list[str]:
    tables = ["parties", "thumbs", "words", "works"]
    return [
        *("manifest.json", "publish.tlog-proof", "publish.consistency"),
        *(f"{name}.parquet" for name in tables),
        *(f"arrays/{name}" for name in NEEDED),
        *("log/checkpoint", "log/tile"),
    ]


def _spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[random.Random(path.name).randrange(len(data))] ^= 1 << 3
    path.write_bytes(data)


@pytest.mark.parametrize("name", _files())
def test_one_flipped_byte_is_refused_and_its_file_named(world: World, name: str) -> None:
    folder = _folder(world)
    believe(world.home, folder, None, 30)
    paths = [folder / name] if name != "log/tile" else [p for p in sorted(folder.glob("log/**/*")) if p.is_file()]
    assert paths
    for path in paths:
        if not path.stat().st_size:
            path.write_bytes(b"x")
        whole = path.read_bytes()
        _spoil(path)

        with pytest.raises(PlacetError, match=path.relative_to(folder).as_posix().replace(".", r"\.")) as told:
            world.clear(world.home.path, folder, world.home.path.parent / "out")

        assert "\n" not in str(told.value)
        path.write_bytes(whole)
    believe(world.home, folder, None, 30)


@pytest.mark.parametrize("name", ["words.parquet", "arrays/said.work", "log/checkpoint"])
def test_a_missing_file_is_named(world: World, name: str) -> None:
    (_folder(world) / name).unlink()

    with pytest.raises(VerificationFailed, match=f"BROKEN: .*{name} of the snapshot cannot be read"):
        believe(world.home, _folder(world), None, 30)


def test_a_folder_that_is_no_snapshot_says_so(world: World, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no manifest\.json"):
        believe(world.home, tmp_path, None, 30)
    (_folder(world) / "publish.tlog-proof").unlink()
    with pytest.raises(NotFound, match=r"no publish\.tlog-proof: nothing shows that a log published it"):
        believe(world.home, _folder(world), None, 30)


def test_an_old_one_is_refused(world: World) -> None:
    world.home.now = lambda: NOW + 31 * DAY

    with pytest.raises(Refused, match=r"31 days old, and at most 30 are allowed: .* raise --max-age"):
        believe(world.home, _folder(world), None, 30)
    believe(world.home, _folder(world), None, 31)


def test_one_from_the_future_is_refused(world: World) -> None:
    world.home.now = lambda: NOW - 2 * DAY

    with pytest.raises(Refused, match="made in the future"):
        believe(world.home, _folder(world), None, 30)


def test_one_of_an_unknown_log_is_untrusted(world: World, tmp_path: Path) -> None:
    stranger = a_world(tmp_path / "stranger", 1)
    stranger.register(1, {"a.jpg": jpeg(8)})
    stranger.snapshot()

    with pytest.raises(Untrusted, match=r"UNTRUSTED: .* nothing here says to believe that log"):
        believe(stranger.home, _folder(world), None, 30)
    policy = next((stranger.home.path / "trust").glob("*.policy"))
    with pytest.raises(Untrusted, match="UNTRUSTED"):
        believe(world.home, _folder(world), policy, 30)
    with pytest.raises(NotFound, match="no policy file"):
        believe(world.home, _folder(world), tmp_path / "nothing", 30)


def test_a_newer_format_asks_for_an_update(world: World) -> None:
    path = _folder(world) / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"v":1', b'"v":3'))

    with pytest.raises(TooNew, match="format 3; this release reads up to 2: update placet"):
        believe(world.home, _folder(world), None, 30)


# ---- what is remembered ---------------------------------------------------------------------------


def test_files_are_hashed_once_and_again_when_they_were_written_to(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, hashed = believing.check_files, list[Path]()
    monkeypatch.setattr(
        believing, "check_files", lambda folder, manifest: (hashed.append(folder), real(folder, manifest))
    )

    for _ in range(3):
        believe(world.home, _folder(world), None, 30)
    assert len(hashed) == 1

    said = _folder(world) / "arrays" / "said.word"
    before = said.stat()
    _spoil(said)
    os.utime(said, ns=(before.st_atime_ns, before.st_mtime_ns))  # as who wants to go unnoticed would
    with pytest.raises(VerificationFailed, match=r"BROKEN: arrays/said\.word was changed"):
        believe(world.home, _folder(world), None, 30)


def test_a_copy_elsewhere_is_hashed_again(world: World, tmp_path: Path) -> None:
    believe(world.home, _folder(world), None, 30)
    shutil.copytree(_folder(world), tmp_path / "copy")
    _spoil(tmp_path / "copy" / "works.parquet")

    with pytest.raises(VerificationFailed, match=r"works\.parquet was changed"):
        believe(world.home, tmp_path / "copy", None, 30)


def test_a_look_ahead_remembers_nothing(world: World) -> None:
    believe(world.home, _folder(world), None, 30, keep=False)

    assert not (world.home.path / "trust" / "seen").exists()
    assert not (world.home.path / "cache").exists()


def test_an_older_snapshot_after_a_newer_one_is_a_rollback(world: World, tmp_path: Path) -> None:
    world.register(1, {"more.jpg": jpeg(4)})
    newer = world.snapshot("newer")
    believe(world.home, _folder(world), None, 30)
    believe(world.home, newer, None, 30)
    believe(world.home, newer, None, 30)

    with pytest.raises(Rollback, match=r"had 13 entries when it was last seen here, .* published at 10"):
        believe(world.home, _folder(world), None, 30)
    begun = read_manifest(_folder(world)).digest
    believe(world.home, _folder(world), None, 30, begun=begun)
    believe(world.home, newer, None, 30)
    elsewhere = replace(world.home, path=tmp_path / "elsewhere")
    believe(elsewhere, _folder(world), next((world.home.path / "trust").glob("*.policy")), 30)


def _forked(world: World, tmp_path: Path, seed: int, more: int) -> Path:
    """A snapshot signed by the same log key over another history."""
    fork = a_world(tmp_path / "fork")
    shutil.copytree(world.home.path / "keys", fork.home.path / "keys")
    fork.register(9, {"other.jpg": jpeg(seed)})
    for number in range(more):
        fork.register(1, {f"{number}.jpg": jpeg(100 + number)})
    return fork.snapshot("forked")


@pytest.mark.parametrize("more", [2, 4, 6])
def test_another_history_under_the_same_key_is_a_rollback(world: World, tmp_path: Path, more: int) -> None:
    believe(world.home, _folder(world), None, 30)

    with pytest.raises(Rollback):
        believe(world.home, _forked(world, tmp_path, 77, more), None, 30)


def _verified(world: World, folder: Path) -> tuple[Mark, str]:
    findings = verifying.snapshot(folder, Ask(home=world.home))
    return verdict(findings), "\n".join(finding.sentence for finding in findings)


@pytest.mark.parametrize("more", [4, 6])
def test_verify_remembers_what_it_saw_and_tells_another_history(world: World, tmp_path: Path, more: int) -> None:
    first, _ = _verified(world, _folder(world))

    again, _ = _verified(world, _folder(world))
    forked, why = _verified(world, _forked(world, tmp_path, 77, more))

    assert first is again is Mark.CHECKED
    assert forked is Mark.BROKEN
    assert "seen here" in why


def test_an_older_snapshot_still_verifies_and_is_told_to_be_older(world: World) -> None:
    world.register(1, {"more.jpg": jpeg(4)})
    _verified(world, world.snapshot("newer"))

    mark, why = _verified(world, _folder(world))

    assert mark is Mark.CHECKED
    assert "what was said since, and whether that log began as this one" in why
    assert "had 13 entries when it was last seen here, and this is of 9" in why


# ---- a dishonest operator, who has the log's key --------------------------------------------------


def _resign(world: World) -> None:
    """Make a manifest that fits the spoiled files, and publish it as the log's operator can."""
    folder = _folder(world)
    names = ("manifest.json", "publish.tlog-proof", "publish.consistency")
    old = read_manifest(folder)
    for name in names:
        (folder / name).unlink()
    counts = dict(old.counts)
    for table in ("works", "words", "parties"):
        counts[table] = pq.read_metadata(folder / f"{table}.parquet").num_rows
    manifest = replace(old, files=digest_files(folder), counts=counts)
    (folder / "manifest.json").write_bytes(manifest.data())
    snapshots._publish(world.home, manifest, folder)


def _rows(world: World, name: str, change: Callable[[list[dict[str, Any]]], object]) -> None:
    path = _folder(world) / f"{name}.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


def _array(world: World, name: str, change: Callable[[np.ndarray], np.ndarray]) -> None:
    path, shape = _folder(world) / "arrays" / name, ARRAYS[name]
    values = np.fromfile(path, shape.dtype).reshape(-1, shape.width) if shape.width else np.fromfile(path, shape.dtype)
    path.write_bytes(change(values.copy()).tobytes())


def _drop_work(world: World) -> None:
    """The row of the work that came last, out of the table and out of every array."""
    _rows(world, "works", lambda rows: rows.pop())
    last = 2
    owners = {name: np.fromfile(_folder(world) / "arrays" / name, "<u4") for name in NEEDED if name.endswith(".work")}
    beside = {"sha256": ("key",), "blake3": ("key",), "text-sha256": ("key",), "said": ("word",)}
    beside |= {"image-plh": ("hash", "reading"), "text-winnow": ("hash", "position")}
    for name, works in owners.items():
        stem = name.removesuffix(".work")
        for part in (*beside[stem], "work"):
            _array(world, f"{stem}.{part}", lambda values, keep=works != last: values[keep])
    for name in ("works.id", "works.quality"):
        _array(world, name, lambda values: values[:-1])


def _add_work(world: World) -> None:
    _rows(world, "works", lambda rows: rows.append(rows[0] | {"id": "ab" * 16}))
    _array(world, "works.id", lambda values: np.concatenate((values, np.full((1, 16), 0xAB, np.uint8))))
    _array(world, "works.quality", lambda values: np.append(values, np.uint8(9)))


def _say_nothing_of_the_first(world: World) -> None:
    for name in ("said.work", "said.word"):
        _array(world, name, lambda values: values[1:])


def _swap_thumbnail(world: World) -> None:
    _rows(world, "thumbs", lambda rows: rows[0].update(jpeg=jpeg(66)))


LIES: dict[str, tuple[Callable[[World], object], str]] = {
    "a refusal dropped": (
        lambda world: _rows(world, "words", lambda rows: rows.pop(0)),
        r"entry 2 of the log \(reserve, by key .*\) is missing from the snapshot",
    ),
    "a stance changed": (
        lambda world: _rows(world, "words", lambda rows: rows[0].update(stance="allow")),
        "tells entry 2 of the log differently",
    ),
    "a term shortened": (
        lambda world: _rows(world, "words", lambda rows: rows[0].update(until=NOW - 1)),
        "tells entry 2 of the log differently",
    ),
    "a subject left out": (
        lambda world: _rows(world, "words", lambda rows: rows[0]["subjects"].pop()),
        "tells entry 2 of the log differently",
    ),
    "a word added": (
        lambda world: _rows(world, "words", lambda rows: rows.append(rows[-1] | {"entry": 99})),
        "says something at entry 99 that the log does not",
    ),
    "a word said of nothing": (_say_nothing_of_the_first, r"what entry 2 of the log says about work .* is hidden"),
    "a word said of another": (
        lambda world: _array(world, "said.work", lambda values: np.sort(values * 0)),
        r"what entry \d of the log says about work .* is hidden",
    ),
    "a work dropped": (_drop_work, r"work \w{12} of entry 4 is missing from the snapshot"),
    "a work added": (_add_work, "holds work abababababab, which the log does not"),
    "a digest changed": (
        lambda world: _rows(world, "works", lambda rows: rows[0].update(sha256="00" * 32)),
        r"tells work \w{12} of entry 1 differently",
    ),
    "digests hidden from look-ups": (
        lambda world: _array(world, "sha256.key", lambda values: values * 0),
        r"the array sha256\.key is not that of the log's works",
    ),
    "works under another name": (
        lambda world: _array(world, "works.id", lambda values: values[::-1]),
        r"the array works\.id is not that of the log's works",
    ),
    "a party added": (
        lambda world: _rows(world, "parties", lambda rows: rows.append(rows[-1] | {"key": "ee" * 32})),
        "names other keys, or other roles, than the log",
    ),
    "a thumbnail swapped": (_swap_thumbnail, "is not the one its holder published"),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_a_dishonest_operator_signs_is_broken_and_the_entry_named(world: World, lie: str) -> None:
    tell, why = LIES[lie]
    tell(world)
    _resign(world)

    with pytest.raises(PlacetError, match=f"^BROKEN: .*{why}"):
        check_deeply(_folder(world), world.home.policy)


def test_the_honest_one_holds(world: World) -> None:
    checked = check_deeply(_folder(world), world.home.policy)

    assert checked.entries == 9
    assert len(checked.library) == 3


# ---- arrays that would lead a kernel astray -------------------------------------------------------

TRAPS: dict[str, tuple[str, Callable[[np.ndarray], np.ndarray], str]] = {
    "beyond": ("image-plh.work", lambda values: values + 9, "names a work beyond the 3"),
    "said beyond": ("said.word", lambda values: values + 9, "names a word that is not there"),
    "reading beyond": ("image-plh.reading", lambda values: values + 100, "names a reading that"),
    "no quality": ("works.quality", lambda values: values * 0 + 101, "no quality"),
    "unsorted hashes": ("text-winnow.hash", lambda values: values[::-1], "text-winnow.hash is not sorted"),
    "unsorted keys": ("sha256.key", lambda values: values[::-1], "sha256.key is not sorted"),
    "unsorted words": ("blake3.key", lambda values: np.roll(values, 1, axis=0), "blake3.key is not sorted"),
    "unsorted works": ("said.work", lambda values: values[::-1], "said.work is not sorted"),
    "shorter": ("image-plh.hash", lambda values: values[1:], "image-plh.hash and image-plh.work differ in length"),
    "longer": ("works.id", lambda values: np.vstack((values, values)), "works.id and works.quality differ in length"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_an_array_that_does_not_fit_is_refused_before_it_is_used(world: World, trap: str) -> None:
    name, change, why = TRAPS[trap]
    _array(world, name, change)

    with pytest.raises(BadRecord, match=why):
        open_library(_folder(world))


def test_half_a_row_is_refused(world: World) -> None:
    path = _folder(world) / "arrays" / "image-plh.hash"
    path.write_bytes(path.read_bytes()[:-1])

    with pytest.raises(BadRecord, match=r"image-plh.hash has \d+ bytes, no whole number of rows of 32"):
        open_library(_folder(world))


def test_a_file_that_nobody_signed_is_not_read(world: World) -> None:
    path = _folder(world) / "manifest.json"
    manifest = read_manifest(_folder(world))
    files = {name: each for name, each in manifest.files.items() if name != "words.parquet"}
    path.write_bytes(replace(manifest, files=files).data())

    with pytest.raises(BadRecord, match=r"does not list words\.parquet"):
        open_library(_folder(world))


@pytest.mark.parametrize("table", ["works", "words", "parties"])
def test_a_table_with_fewer_rows_is_refused(world: World, table: str) -> None:
    _rows(world, table, lambda rows: rows.pop())

    with pytest.raises(BadRecord, match=rf"{table}\.parquet has \d rows, and \d are expected"):
        open_library(_folder(world))
