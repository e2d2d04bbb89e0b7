"""Tiles: known paths and sizes, and the law that tiles hold the whole tree."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placet.errors import BadRecord, NotFound
from placet.record import merkle, tiles
from placet.record.merkle import Tree
from placet.record.tiles import Tile

VECTORS = json.loads((files("placet") / "vectors/record/tiles.json").read_text())
MANY = [merkle.leaf_hash(number.to_bytes(3)) for number in range(70_000)]
TREE = Tree(MANY)


@pytest.mark.parametrize("case", VECTORS["paths"], ids=lambda case: case["path"])
def test_the_paths_of_the_standard_are_written_and_read(case):
    tile = Tile(case["level"], case["index"], case["width"])

    assert tile.path == case["path"]
    assert tiles.parse_tile_path(case["path"]) == tile


@pytest.mark.parametrize("case", VECTORS["sizes"], ids=lambda case: str(case["size"]))
def test_a_log_of_a_known_size_has_the_known_tiles(case):
    written = list(tiles.tiles_of(0, case["size"]))

    for level, (full, partial) in enumerate(zip(case["full"], case["partial"][: len(case["full"])], strict=True)):
        here = [tile.width for tile in written if tile.level == level]
        assert here == [256] * full + [partial] * (partial > 0)
    assert written[-1] == Tile(len(case["partial"]) - 1, 0, case["partial"][-1])


@given(st.builds(Tile, st.integers(0, 63), st.integers(0, 2**63 - 1), st.integers(1, 256)))
def test_every_tile_is_found_again_by_its_path(tile):
    assert tiles.parse_tile_path(tile.path) == tile


@given(st.integers(0, 2**63 - 1), st.integers(1, 256))
def test_every_bundle_is_found_again_by_its_path(index, width):
    assert tiles.parse_bundle_path(tiles.bundle_path(index, width)) == (index, width)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 70_000), max_size=4).map(sorted))
def test_tiles_written_step_by_step_hold_the_whole_tree(sizes):
    store: dict[str, list[bytes]] = {}
    for old, new in zip([0, *sizes], sizes, strict=False):
        for tile in tiles.tiles_of(old, new):
            start = tile.index * 256
            store[tile.path] = TREE.levels[8 * tile.level][start : start + tile.width]
            assert len(store[tile.path]) == tile.width
    size = sizes[-1] if sizes else 0

    def node(level: int, index: int) -> bytes:
        tile, start, stop = tiles.locate(level, index, size)
        return merkle.root(store[tile.path][start:stop])

    for index in {0, size // 3, size - 1} if size else ():
        path = merkle.inclusion_path(index, size, node)
        merkle.verify_inclusion(MANY[index], index, size, path, merkle.root(MANY[:size]))


@given(st.integers(0, 70_000), st.integers(0, 2_000))
def test_bundles_cover_every_new_entry(old, grown):
    written = list(tiles.bundles_of(old, old + grown))
    covered = {256 * index + place for index, width in written for place in range(width)}

    assert covered >= set(range(old, old + grown))
    assert max(covered, default=-1) < old + grown
    assert all((index + 1) * 256 > old for index, _ in written)


def test_nothing_is_written_when_nothing_grew():
    assert list(tiles.tiles_of(300, 300)) == list(tiles.bundles_of(300, 300)) == []


@pytest.mark.parametrize("grow", [tiles.tiles_of, tiles.bundles_of])
def test_a_log_never_shrinks(grow):
    with pytest.raises(BadRecord, match="it only grows"):
        grow(5, 4)


def test_a_node_that_is_not_complete_yet_is_not_located():
    assert tiles.locate(3, 1, 16) == (Tile(0, 0, 16), 8, 16)
    assert tiles.locate(8, 0, 70_000) == (Tile(1, 0, 256), 0, 1)
    with pytest.raises(NotFound, match="no complete subtree 2 at level 3"):
        tiles.locate(3, 2, 16)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/000/",
        "/tile/0/000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/0",
        "tile/0/1234",
        "tile/0/x000/001",
        "tile/0/001/002",
        "tile/0/X001/002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/012",
        "tile/0/000.p/",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/../../etc/passwd",
        "tile/entries/000",
        "tile/data/000",
    ],
)
def test_any_other_spelling_of_a_tile_path_is_refused(path):
    with pytest.raises(BadRecord):
        tiles.parse_tile_path(path)


def test_a_bundle_path_is_no_tile_path():
    with pytest.raises(BadRecord, match="not an entry bundle"):
        tiles.parse_bundle_path("tile/0/000")
    with pytest.raises(BadRecord, match="not how a bundle's path is written"):
        tiles.parse_bundle_path("tile/entries/x000/001")


@given(st.text(max_size=40) | st.from_regex(r"tile/(entries|[0-9]{1,2})/(x?[0-9]{3}/?){1,4}(\.p/[0-9]{1,3})?"))
def test_a_path_that_is_read_is_the_path_that_is_written(path):
    for read, write in (
        (tiles.parse_tile_path, lambda tile: tile.path),
        (tiles.parse_bundle_path, lambda place: tiles.bundle_path(*place)),
    ):
        try:
            found = read(path)
        except BadRecord:
            continue
        assert write(found) == path


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=20))
def test_a_bundle_gives_its_entries_back(entries):
    assert tiles.decode_bundle(tiles.encode_bundle(entries), len(entries)) == tuple(entries)


@given(st.binary(max_size=200), st.integers(0, 256))
def test_hostile_bundle_bytes_are_refused_or_read_exactly(data, width):
    try:
        entries = tiles.decode_bundle(data, width)
    except BadRecord:
        return
    assert b"".join(len(entry).to_bytes(2) + entry for entry in entries) == data
    assert len(entries) == width


def test_a_bundle_that_cannot_be_says_why():
    bundle = tiles.encode_bundle([b"one", b""])

    with pytest.raises(BadRecord, match="ends inside entry 2 of 3"):
        tiles.decode_bundle(bundle, 3)
    with pytest.raises(BadRecord, match="2 bytes follow the 1 entries"):
        tiles.decode_bundle(bundle, 1)
    with pytest.raises(BadRecord, match="entry 1 of the bundle has 65536 bytes"):
        tiles.encode_bundle([b"", bytes(65_536)])
    with pytest.raises(BadRecord, match="1 to 256 entries, not 0"):
        tiles.encode_bundle([])
    assert tiles.decode_bundle(tiles.encode_bundle([bytes(65_535)]), 1) == (bytes(65_535),)
