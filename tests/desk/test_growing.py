"""A published snapshot that grows: it verifies to its entries, and clears as a whole one does."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from placet.core.stance import Stance
from placet.desk.snapshots import check_deeply, publish_snapshot
from placet.errors import NotFound, Refused, VerificationFailed
from placet.snapshot.library import open_library
from tests.snapshot.datasets import write_folder
from tests.snapshot.world import World, a_world, jpeg, picture, prose


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A registry that grew twice: `grown` out of `more` out of `old`, and `whole` of the same works and words."""
    world = a_world(tmp_path_factory.mktemp("made"))
    folder = world.home.path.parent
    world.register(1, {"no.jpg": jpeg(1), "gone.jpg": jpeg(7), "no.txt": prose(1).encode()}, titles=True, thumbs=False)
    world.snapshot("old")
    ids = world.register(2, {"price.jpg": jpeg(2), "yes.txt": prose(2).encode()}, Stance.LICENSE, thumbs=False)
    publish_snapshot(world.home, folder / "more", since=folder / "old")
    world.register(3, {"again.jpg": jpeg(1), "yes.jpg": jpeg(3)}, Stance.ALLOW)
    work = next(work for work in world.home.registry.works() if work.id == ids["price.jpg"])
    (world.home.log_files.folder / world.home.log_files.blob_path(work.record.prints)).unlink()
    publish_snapshot(world.home, folder / "grown", since=folder / "more")
    world.snapshot("whole")
    return world


def test_it_verifies_down_to_the_logs_own_entries(made: World) -> None:
    folder = made.home.path.parent / "grown"

    checked = check_deeply(folder, made.home.own_policy)

    assert len(checked.library) == 7
    assert [each.again for each in checked.library.manifest.segments] == [0, 1]
    assert checked.library.manifest.counts == open_library(made.home.path.parent / "whole").manifest.counts


@pytest.mark.slow
def test_the_same_rows_are_decided_the_same_way(made: World, tmp_path: Path) -> None:
    folder = made.home.path.parent
    write_folder(
        tmp_path / "data",
        {
            "same.jpg": jpeg(1),
            "smaller.jpg": jpeg(picture(1).resize((180, 120)), 80),
            "withheld.jpg": jpeg(picture(2).resize((180, 120)), 80),
            "withheld-same.jpg": jpeg(2),
            "yes.jpg": jpeg(picture(3).resize((180, 120)), 80),
            "first.txt": prose(1)[200:900].encode(),
            "second.txt": prose(2)[200:900].encode(),
            "nobody.txt": prose(9).encode(),
        },
    )

    for name in ("grown", "whole"):
        made.clear(tmp_path / "data", folder / name, tmp_path / name)

    grown, whole = (pq.read_table(tmp_path / name / "decisions.parquet").to_pylist() for name in ("grown", "whole"))
    assert grown == whole
    assert len({row["outcome"] for row in grown}) > 2


@pytest.mark.parametrize("name", ["works.parquet", "arrays/image-plh.hash"])
def test_an_older_one_that_was_changed_is_not_signed_again(made: World, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "old"
    publish_snapshot(made.home, folder)
    path = folder / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    with pytest.raises(VerificationFailed, match="was changed after the snapshot was signed"):
        publish_snapshot(made.home, tmp_path / "new", since=folder)

    assert not (tmp_path / "new").exists()


def test_another_logs_snapshot_and_none_are_refused(made: World, tmp_path: Path) -> None:
    other = a_world(tmp_path, seed=1)
    other.register(1, {"a.jpg": jpeg(4)})

    with pytest.raises((Refused, VerificationFailed)):
        publish_snapshot(other.home, tmp_path / "new", since=made.home.path.parent / "old")
    with pytest.raises(NotFound, match="there is no snapshot at"):
        publish_snapshot(other.home, tmp_path / "new", since=tmp_path / "nothing")

    assert not (tmp_path / "new").exists()
